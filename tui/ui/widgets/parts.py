"""Parts of a line that can be clicked, and as many of them as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content


class Part(NamedTuple):
    """A piece of a line."""

    content: Content

    command: str = ""
    """The command that a click runs. Empty for none."""

    start: int = 0
    """The cell where it begins."""


def fitting(parts: Sequence[Part], room: int, gaps: Sequence[int]) -> tuple[list[Part], int]:
    """As many parts as fit, and the gap between them.

    Args:
        parts: The parts, the most important first.
        room: Cells that there are.
        gaps: Gaps to try, the widest first.
    """
    kept = list(parts)
    while kept:
        for gap in gaps:
            if sum(part.content.cell_length for part in kept) + gap * (len(kept) - 1) <= room:
                return kept, gap
        kept.pop()
    return [], gaps[-1]


def part_at(parts: Sequence[Part], x: int) -> Part | None:
    """The part at a cell of the line. None between parts."""
    return next((part for part in parts if part.start <= x < part.start + part.content.cell_length), None)
