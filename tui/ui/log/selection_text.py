"""What is copied when lines on screen are selected: the text, not its borders, and not as it happens to be wrapped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tui.ui.markdown.lines import Line

_ORNAMENTS: Final = frozenset({"rule", "language"})
"""Looks of what is not said by anybody."""


def text_between(lines: Iterable[tuple[int, Line]], start: tuple[int, int], end: tuple[int, int], margin: int) -> str:
    """The text between two places.

    Args:
        lines: The lines from the first place's to the last's, each with its number.
        start: Number of the first line, and the first character of it.
        end: Number of the last line, and the character before which it ends.
        margin: Characters on screen before a line's text.
    """
    taken: list[str] = []
    for number, line in lines:
        if _is_ornament(line):
            continue
        first = start[1] - margin if number == start[0] else 0
        last = end[1] - margin if number == end[0] else None
        taken.append(_taken(line, max(0, first), last))
        taken.append("\n" if line.joint is None else line.joint)
    return "".join(taken[:-1])


def _is_ornament(line: Line) -> bool:
    """Whether a line stands only on screen: a rule, the language above a code block."""
    return any(run.look.name in _ORNAMENTS for run in line.runs) and not any(run.taken for run in line.runs)


def _taken(line: Line, first: int, last: int | None) -> str:
    parts = []
    at = 0
    for run in line.runs:
        stop = len(run.text) if last is None else max(0, last - at)
        if run.taken:
            parts.append(run.text[max(0, first - at) : stop])
        at += len(run.text)
    return "".join(parts)
