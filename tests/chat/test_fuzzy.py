"""Fuzzy matching of typed words with names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.fuzzy import match


def matched(word: str, text: str) -> str:
    """The text with its matched letters as capitals. Empty without a match."""
    found = match(word, text)
    if found is None:
        return ""
    return "".join(letter.upper() if at in found.positions else letter for at, letter in enumerate(text))


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("qwen3", "qwen3", "QWEN3"),
        ("llama", "codellama-llama", "codellama-LLAMA"),
        ("8b", "qwen3:8b", "qwen3:8B"),
        ("wen", "qwen3", "qWENeh".replace("eh", "3")),
        ("q3", "qwen3", "Qwen3"),
        ("q8", "qwen3:14b-q8_0", "qwen3:14b-Q8_0"),
        ("qc", "qwen2.5-coder", "Qwen2.5-Coder"),
        ("gpt20", "gpt-oss:20b", "GPT-oss:20b"),
        # Its first letter has to start a part of the name.
        ("wn", "qwen3", ""),
        ("3q", "qwen3", ""),
        ("qwen33", "qwen3", ""),
    ],
)
def test_matched_letters(word: str, text: str, expected: str) -> None:
    assert matched(word, text) == expected


def test_better_matches_have_lower_scores() -> None:
    texts = ["llama", "llama3", "code-llama", "codellama", "l-l-a-m-a", "l--l--a--m--a"]
    scores = [found.score for text in texts if (found := match("llama", text)) is not None]
    assert len(scores) == len(texts)
    assert scores == sorted(set(scores))


@given(st.text(min_size=1, max_size=5), st.text(max_size=20))
def test_positions_spell_the_word(word: str, text: str) -> None:
    found = match(word, text)
    if found is not None:
        assert "".join(text[at] for at in found.positions) == word
        assert list(found.positions) == sorted(set(found.positions))
    assert (found is None) <= (word not in text)
