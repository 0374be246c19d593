"""Tests for `tui.lazy_pattern`."""

from __future__ import annotations

import re

import pytest

from tui.lazy_pattern import lazy_pattern


def test_lazy_pattern_acts_like_a_compiled_one() -> None:
    pattern = lazy_pattern(r"(?P<word>b+)", re.IGNORECASE)
    found = pattern.search("aBb")
    assert found is not None
    assert found["word"] == "Bb"
    assert pattern.sub("-", "abba") == "a-a"
    assert pattern.pattern == r"(?P<word>b+)"
    assert [match[0] for match in pattern.finditer("abab")] == ["b", "b"]


def test_pattern_is_compiled_when_it_is_first_used() -> None:
    pattern = lazy_pattern("(")
    with pytest.raises(re.error):
        pattern.match("")
