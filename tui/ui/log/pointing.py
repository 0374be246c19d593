"""What the mouse points at in the log: the word at a position, and the block around a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.cells import cell_len

from tui.ui.markdown.lines import Line
from tui.ui.words import word_around

LineAt = Callable[[int], Line]
"""Returns a line by its number. Lines outside of what is shown are blank."""


class Position(NamedTuple):
    """A place in the lines."""

    line: int
    character: int
    """The index of a character in the text of the line."""


class Span(NamedTuple):
    """A part of the lines."""

    start: Position
    end: Position
    """After the last character."""


def character_at(line: Line, cell: int) -> int | None:
    """The index of the character in a line that is drawn at a cell of the text. None beside the text."""
    if cell < 0:
        return None
    end = 0
    for index, character in enumerate(line.text):
        end += cell_len(character)
        if cell < end:
            return index
    return None


def word_at(line_at: LineAt, at: Position) -> Span | None:
    """The word at a position, over the lines that it was cut into. None for blanks."""
    first = last = at.line
    while first > 0 and line_at(first - 1).separator == "":
        first -= 1
    while line_at(last).separator == "":
        last += 1
    # Where each line's text starts in the joined text, and how much decoration stands before it.
    starts: list[tuple[int, int]] = []
    joined = ""
    for number in range(first, last + 1):
        line = line_at(number)
        decoration = _decoration_before(line) if number > first else 0
        starts.append((len(joined), decoration))
        joined += line.text[decoration:]
    start, decoration = starts[at.line - first]
    pointed = start + at.character - decoration
    word = word_around(joined, pointed)
    if word is None:
        return None

    def position(offset: int) -> Position:
        index = max(index for index, (start, _) in enumerate(starts) if start <= offset)
        return Position(first + index, offset - starts[index][0] + starts[index][1])

    last_character = position(word[1] - 1)
    return Span(position(word[0]), last_character._replace(character=last_character.character + 1))


def block_at(line_at: LineAt, number: int) -> Span | None:
    """The block that a line belongs to: a paragraph, an item, a row of a table, all lines of code. None for a gap."""
    line = line_at(number)
    if not line.text.strip() and not _is_code(line):
        return None
    first = last = number
    if _is_code(line):
        while first > 0 and line_at(first - 1).ground is line.ground:
            first -= 1
        while (below := line_at(last + 1)).ground is line.ground and _is_code(below):
            last += 1
    else:
        while first > 0 and line_at(first - 1).separator is not None:
            first -= 1
        while line_at(last).separator is not None:
            last += 1
    return Span(Position(first, 0), Position(last, len(line_at(last).text)))


def _is_code(line: Line) -> bool:
    """Whether it is a line of code, and not the blank line below."""
    return line.ground is not None and line.fill != "block-below"


def _decoration_before(line: Line) -> int:
    """Characters at the start of a line that are not part of the message, such as the indentation of an item."""
    count = 0
    for run in line.runs:
        if run.copyable:
            break
        count += len(run.text)
    return count
