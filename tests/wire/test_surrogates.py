"""Tests of SurrogateJoiner."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.wire.surrogates import SurrogateJoiner


def join(*parts: str) -> str:
    joiner = SurrogateJoiner()
    return "".join([joiner.feed(part) for part in parts] + [joiner.finish()])


def test_pair_split_between_chunks_becomes_one_character() -> None:
    assert join("a\ud83d", "\ude00b") == "a😀b"
    assert join("a\ud83d", "", "\ude00b") == "a😀b"


def test_unpaired_half_becomes_replacement_character() -> None:
    assert join("a\ud83d") == "a\ufffd"
    assert join("a\ud83d", "b") == "a\ufffdb"
    assert join("\ude00", "\ud83d\ud83d", "\ude00") == "\ufffd\ufffd😀"
    assert join("\ud83d\n", "\ude00") == "\ufffd\n\ufffd"


def test_only_a_trailing_high_surrogate_is_held_back() -> None:
    joiner = SurrogateJoiner()
    assert joiner.feed("whole 😀") == "whole 😀"
    assert joiner.feed("a\ud83d") == "a"
    assert joiner.finish() == "\ufffd"
    assert joiner.finish() == ""


@given(st.text(st.characters(categories=None), max_size=40), st.data())
def test_any_text_becomes_encodable_at_any_chunk_boundary(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    assert join(text[:cut], text[cut:]) == join(text)
    join(text).encode()
