from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.config.tables import leaves
from tui.config.toml_text import dotted, key_path, printable, toml_value

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_value_round_trips(value: object) -> None:
    assert tomllib.loads(f"key = {toml_value(value)}") == {"key": value}


@given(st.lists(texts, min_size=1, max_size=4).map(tuple))
def test_key_round_trips(path: tuple[str, ...]) -> None:
    assert key_path(dotted(path)) == path
    assert list(leaves(tomllib.loads(f"{dotted(path)} = 1"))) == [(path, 1)]


@given(texts)
def test_printable_does_not_change_the_value(text: str) -> None:
    shown = printable(toml_value(text))

    assert shown.isprintable()
    assert tomllib.loads(f"key = {shown}") == {"key": text}


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("timeouts.idle", ("timeouts", "idle")),
        ('providers."my.server" . model', ("providers", "my.server", "model")),
        ("providers.'a\"b'.model", ("providers", 'a"b', "model")),
        (r'"\u00e9\U0001F600"', ("é😀",)),
        ('""', ("",)),
    ],
)
def test_key_is_parsed_like_toml(key: str, path: tuple[str, ...]) -> None:
    assert key_path(key) == path


@pytest.mark.parametrize("key", ["", "a..b", ".a", "a b", '"a', "ä"])
def test_invalid_key_is_rejected(key: str) -> None:
    with pytest.raises(ValueError, match="not a TOML key"):
        key_path(key)


def test_unsupported_type_is_rejected() -> None:
    with pytest.raises(TypeError, match="cannot be of type date"):
        toml_value(dt.date(2020, 1, 1))


def test_invisible_characters_are_escaped() -> None:
    assert printable("a\x1b[2J\u202e\U000e0001") == r"a\u001b[2J\u202e\U000e0001"
    assert printable("Grüße, 世界 😀") == "Grüße, 世界 😀"
