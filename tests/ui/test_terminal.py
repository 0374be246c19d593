"""InputSplitter separates pastes from keys, independent of how the bytes are chunked."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if sys.platform == "win32":
    pytest.skip("Windows consoles send keys differently", allow_module_level=True)

from tui.ui.terminal import InputSplitter, Pasted

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"


def split(*pieces: str) -> list[str | Pasted]:
    """The result for these pieces, with consecutive keys joined."""
    splitter = InputSplitter()
    found: list[str | Pasted] = []
    for part in [*(part for piece in pieces for part in splitter.feed(piece)), splitter.flush()]:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return found


def test_paste_is_separated_from_surrounding_keys() -> None:
    assert split(f"ab{PASTE_START}one\ntwo{PASTE_END}cd") == ["ab", Pasted("one\ntwo"), "cd"]


def test_escape_sequence_inside_paste_is_text() -> None:
    assert split(f"{PASTE_START}\x1b[A\x1b\r{PASTE_START}\x03{PASTE_END}") == [Pasted(f"\x1b[A\x1b\r{PASTE_START}\x03")]


def test_incomplete_paste_waits() -> None:
    splitter = InputSplitter()

    assert list(splitter.feed(f"{PASTE_START}half")) == []
    assert splitter.flush() == ""
    assert list(splitter.feed(f" more{PASTE_END}")) == [Pasted("half more")]


@pytest.mark.parametrize("keys", ["\x1b", "\x1b[", "\x1bO", "\x1b[A", "\x1b[20~"])
def test_partial_paste_marker_becomes_keys(keys: str) -> None:
    assert split(keys) == [keys]


@pytest.mark.parametrize("held", ["\x1b", "\x1b[", "\x1b[2", "\x1b[27;3;1"])
def test_incomplete_sequence_is_held_until_flush(held: str) -> None:
    splitter = InputSplitter()

    assert list(splitter.feed(f"a{held}")) == ["a"]
    assert splitter.is_holding
    assert splitter.flush() == held
    assert not splitter.is_holding
    assert splitter.flush() == ""


@pytest.mark.parametrize("keys", ["a", "\x1bb", "\x1b[A", "\x1b[13;3u", "\x1b[<35;10;10M"])
def test_complete_keys_are_not_held(keys: str) -> None:
    splitter = InputSplitter()

    assert list(splitter.feed(keys)) == [keys]
    assert not splitter.is_holding


@pytest.mark.parametrize(
    ("sent", "translated"),
    [
        ("\x1b\r", "\x1b[13;3u"),
        ("\x1b[27;2;13~", "\x1b[13;2u"),
        ("\x1b[27;3;13~", "\x1b[13;3u"),
        ("\r", "\r"),
    ],
)
def test_modified_enter_becomes_kitty_sequence(sent: str, translated: str) -> None:
    assert split(f"a{sent}b") == [f"a{translated}b"]


def test_ten_megabytes_are_one_paste() -> None:
    text = "lorem ipsum\n" * 900_000
    stream = f"{PASTE_START}{text}{PASTE_END}"

    assert split(*(stream[at : at + 65_536] for at in range(0, len(stream), 65_536))) == [Pasted(text)]


# Key sequences as terminals send them, and their translations.
KEYS = st.sampled_from(["a", "ж", "\r", "\t", "\x1bb", "\x1b[A", "\x1b[1;2A", "\x1b[2~", "\x1b[20~", "\x1b[13;3u"]) | (
    st.sampled_from(["\x1b\r", "\x1b[27;2;13~", "\x1b[27;3;13~", "\x1b[27;5;13~"])
)
TRANSLATED = {"\x1b\r": "\x1b[13;3u", "\x1b[27;2;13~": "\x1b[13;2u", "\x1b[27;3;13~": "\x1b[13;3u"} | {
    "\x1b[27;5;13~": "\x1b[13;5u"
}
PASTES = (
    st.text("ab\x1b[201~\n\r", max_size=8).filter(lambda text: PASTE_END not in f"{text}{PASTE_END[:-1]}").map(Pasted)
)


@settings(derandomize=True, deadline=None)
@given(st.lists(KEYS | PASTES, max_size=6), st.data())
def test_result_does_not_depend_on_chunking(parts: list[str | Pasted], data: st.DataObject) -> None:
    stream = "".join(f"{PASTE_START}{part.text}{PASTE_END}" if isinstance(part, Pasted) else part for part in parts)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    found = split(*(stream[start:stop] for start, stop in zip([0, *places], [*places, len(stream)], strict=True)))

    expected: list[str | Pasted] = []
    for part in parts:
        if isinstance(part, str) and expected and isinstance(expected[-1], str):
            expected[-1] += TRANSLATED.get(part, part)
        else:
            expected.append(part if isinstance(part, Pasted) else TRANSLATED.get(part, part))
    assert found == expected
