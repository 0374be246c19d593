"""Shortening data URLs in answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.cutting import pieces
from tui.providers.data_urls import DataURLShortener

LONG = "QUJD" * 2_000
IMAGE = f"![x](data:image/png;base64,{LONG}) done"


def shortened(*texts: str) -> str:
    shortener = DataURLShortener()
    return "".join(map(shortener.feed, texts)) + shortener.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (IMAGE, "![x](data:image/png;base64,…) done"),
        (f"{IMAGE} {IMAGE}", "![x](data:image/png;base64,…) done ![x](data:image/png;base64,…) done"),
        (f"data:;base64,{LONG}", "data:;base64,…"),
        ("url(data:image/gif;base64,R0lGOD==) x", "url(data:image/gif;base64,R0lGOD==) x"),
        ("data:image/gif;base64,R0lGOD==", "data:image/gif;base64,R0lGOD=="),
        ("a;base64,;base64,;base64 b", "a;base64,;base64,;base64 b"),
        (LONG, LONG),
        ("", ""),
    ],
)
def test_only_long_data_is_left_out(text: str, shown: str) -> None:
    assert shortened(text) == shown
    assert shortened(*text) == shown


@given(st.data())
def test_result_does_not_depend_on_the_pieces(data: st.DataObject) -> None:
    parts = [part.decode() for part in data.draw(pieces(f"a;base{IMAGE};base64,ab c".encode()))]

    assert shortened(*parts) == "a;base![x](data:image/png;base64,…) done;base64,ab c"


def test_data_is_not_held_in_memory() -> None:
    shortener = DataURLShortener()
    assert shortener.feed("data:;base64,") == "data:;base64,"
    assert "".join(shortener.feed("A" * 1_000) for _ in range(100)) == "…"
    assert shortener.finish() == ""
