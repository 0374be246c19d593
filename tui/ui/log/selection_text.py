"""The text to copy for a selection on screen: without borders, and with wrapped lines joined again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tui.ui.log.paint import AIR
from tui.ui.markdown.lines import Line

_DECORATIONS: Final = frozenset({"rule", "language", "you-name", "label", "fold", "hint", "live", "figures"})
"""Looks of decoration, which is not part of the message, where it cannot be copied."""


def text_between(lines: Iterable[tuple[int, Line]], start: tuple[int, int], end: tuple[int, int], margin: int) -> str:
    """The text between two positions on screen.

    Args:
        lines: The lines from the first position's to the last's, each with its number.
        start: The number of the first line, and the index of its first selected character.
        end: The number of the last line, and the index after its last selected character.
        margin: Characters on screen before a line's text.
    """
    parts: list[str] = []
    for number, line in lines:
        if _is_decoration(line):
            continue
        first = start[1] - margin if number == start[0] else 0
        last = end[1] - margin if number == end[0] else None
        parts.append(_copyable_text(line, max(0, first), last))
        parts.append("\n" if line.separator is None else line.separator)
    return "".join(parts[:-1])


def copied_spans(line: Line, first: int, last: int | None) -> Iterator[tuple[int, int]]:
    """The parts of a line that a selection copies: indexes of the first character and after the last.

    Args:
        line: The line.
        first: The index of the first selected character.
        last: The index after the last. None for the end of the line.
    """
    at = 0
    for run in line.runs:
        start, stop = max(first, at), at + len(run.text) if last is None else min(last, at + len(run.text))
        if run.copyable and start < stop:
            yield start, stop
        at += len(run.text)


def _is_decoration(line: Line) -> bool:
    """Whether a line only decorates: a rule, a name above a message or above code, half a line above a card.

    Half a line below a card or code stands for the blank line there.
    """
    if line.fill in AIR:
        return line.fill.endswith("-above")
    return any(run.look.name in _DECORATIONS for run in line.runs) and not any(run.copyable for run in line.runs)


def _copyable_text(line: Line, first: int, last: int | None) -> str:
    parts = []
    at = 0
    for run in line.runs:
        stop = len(run.text) if last is None else max(0, last - at)
        if run.copyable:
            text = run.text[max(0, first - at) : stop]
            parts.append(run.source if text and run.source else text)
        at += len(run.text)
    return "".join(parts)
