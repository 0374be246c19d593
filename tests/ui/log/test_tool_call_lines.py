"""Laying out tool calls."""

from __future__ import annotations

import pytest

from tui.chat.chunk import ToolCall
from tui.ui.log.tool_call_lines import ToolCallLines

CALLS = [ToolCall(f"f{number}", {"a": number}) for number in range(5)]


def test_each_call_is_laid_out_once() -> None:
    calls = ToolCallLines()
    calls.lay_out(CALLS[:3], 40, is_unfolded=False)
    before = list(calls.lines)
    calls.lay_out(CALLS, 40, is_unfolded=False)

    assert [line.text for line in calls.lines] == [f'▸ ƒ f{number}({{"a": {number}}})' for number in range(5)]
    assert all(one is other for one, other in zip(calls.lines, before, strict=False))


def test_calls_are_laid_out_in_parts() -> None:
    calls = ToolCallLines()
    calls.lay_out(CALLS, 40, is_unfolded=False, most=2)
    assert (calls.count, len(calls.lines)) == (2, 2)
    calls.lay_out(CALLS, 40, is_unfolded=False, most=20)
    assert (calls.count, len(calls.lines)) == (5, 5)


def test_unfolding_or_width_lays_out_again() -> None:
    calls = ToolCallLines()
    calls.lay_out(CALLS[:1], 40, is_unfolded=False)
    calls.lay_out(CALLS[:1], 40, is_unfolded=True)
    assert [line.text for line in calls.lines] == ["▾ ƒ f0", "{", '  "a": 0', "}"]
    calls.lay_out(CALLS[:1], 6, is_unfolded=False)
    assert [line.text for line in calls.lines] == ["▸ ƒ f…"]


@pytest.mark.parametrize("character", ["x", "日", "e\u0301"])
def test_huge_arguments_are_truncated_to_one_line(character: str) -> None:
    calls = ToolCallLines()
    calls.lay_out([ToolCall("f", {"a": character * 100_000})], 20, is_unfolded=False)

    [line] = calls.lines
    assert 19 <= line.width <= 20
    assert line.text.endswith("…")
