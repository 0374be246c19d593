"""The index of entry heights."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.ui.log.heights import HeightIndex

heights = st.lists(st.integers(0, 9), max_size=40)


def check(index: HeightIndex, expected: list[int]) -> None:
    """Assert that the index agrees with a plain running sum."""
    tops = list(accumulate(expected, initial=0))
    assert len(index) == len(expected)
    assert [index[at] for at in range(len(expected))] == expected
    assert [index.top(at) for at in range(len(expected) + 1)] == tops
    assert index.total == tops[-1]
    for line in range(tops[-1]):
        at, within = index.find(line)
        assert tops[at] + within == line
        assert within < expected[at]


@settings(derandomize=True, deadline=None)
@given(heights)
def test_index_matches_accumulated_heights(expected: list[int]) -> None:
    check(HeightIndex(expected), expected)


@settings(derandomize=True, deadline=None)
@given(heights, heights)
def test_append_adds_heights_at_the_end(first: list[int], more: list[int]) -> None:
    index = HeightIndex(first)
    for height in more:
        index.append(height)

    check(index, first + more)


@settings(derandomize=True, deadline=None)
@given(heights.filter(bool), st.data())
def test_set_and_truncate_update_the_index(expected: list[int], data: st.DataObject) -> None:
    index = HeightIndex(expected)
    at = data.draw(st.integers(0, len(expected) - 1))
    index.set(at, 5)
    expected[at] = 5
    check(index, expected)

    keep = data.draw(st.integers(0, len(expected)))
    index.truncate(keep)
    check(index, expected[:keep])
    index.append(3)
    check(index, [*expected[:keep], 3])


def test_find_beyond_the_end_returns_last_line() -> None:
    assert HeightIndex([2, 3]).find(99) == (1, 2)
    assert HeightIndex([2, 0]).find(2) == (1, 0)


def test_find_before_the_start_returns_first_line() -> None:
    assert HeightIndex([2, 3]).find(-4) == (0, 0)


def test_empty_index_finds_zero() -> None:
    assert HeightIndex().find(0) == (0, 0)
    assert HeightIndex().total == 0


def test_find_skips_entries_without_lines() -> None:
    assert HeightIndex([0, 0, 2, 0, 1]).find(0) == (2, 0)
    assert HeightIndex([0, 0, 2, 0, 1]).find(2) == (4, 0)
