"""Closes unfinished inline spans, so that streamed text looks as it will when they end."""

from __future__ import annotations

import re
from typing import Final

from tui.ui.markdown.blocks import Block

_BACKTICKS: Final = re.compile("`+")
_OPEN_LINK: Final = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\Z")
_TRAILING_MARKS: Final = re.compile(r"(?<=\s)(\*{1,3}|_{1,3}|~~|`+)\Z|\A(\*{1,3}|_{1,3}|~~|`+)\Z")


def autoclosed(block: Block) -> str:
    """The source of an open block, with its open spans closed."""
    if block.kind == "table":
        return closed_cell(block.source)
    if block.kind == "fence" or "```" in block.source or "~~~" in block.source:
        return block.source
    before, blank, last = block.source.rpartition("\n\n")
    return before + blank + closed_spans(last)


def closed_cell(row: str) -> str:
    """An unfinished row of a table, or a table that ends with one, with the open spans of its last cell closed.

    Otherwise the column would be as wide as the marks until they are closed.
    """
    before, bar, cell = row.rpartition("|")
    return before + bar + closed_spans(cell)


def closed_spans(text: str) -> str:
    """The text of an unfinished paragraph, with its open spans closed."""
    text = _OPEN_LINK.sub(r"\1", _TRAILING_MARKS.sub("", text))
    outside = _outside_code(text)
    if "`" in outside:
        return text + "`" if outside.count("`") == 1 else text
    ends = ""
    for mark in ("**", "~~"):
        parts = outside.split(mark)
        if len(parts) % 2 == 0 and parts[-1] and not parts[-1][0].isspace():
            if parts[-1].endswith(mark[0]) and parts[-1].count(mark[0]) == 1:
                # The text ends with half of the closing mark.
                text = text.removesuffix(mark[0])
            ends += mark
    return text.rstrip() + ends if ends else text


def _outside_code(text: str) -> str:
    """The text without its code spans. Linear: each run of backticks knows the next run of its length."""
    runs = [match.span() for match in _BACKTICKS.finditer(text)]
    closing: dict[int, int] = {}
    """For each length, the index of the first run after the current one."""
    closings: list[int | None] = []
    for at in range(len(runs) - 1, -1, -1):
        length = runs[at][1] - runs[at][0]
        closings.append(closing.get(length))
        closing[length] = at
    closings.reverse()
    parts = []
    at = end = 0
    while at < len(runs):
        other = closings[at]
        if other is not None:
            parts.append(text[end : runs[at][0]])
            end = runs[other][1]
            at = other
        at += 1
    return "".join(parts) + text[end:]
