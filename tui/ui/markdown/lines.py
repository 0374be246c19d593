"""Runs of text, and lines made of them: what Markdown becomes before it gets colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import cell_len, split_graphemes


class Look(NamedTuple):
    """How a run looks, without saying in which colour."""

    name: str = ""
    """The part that it plays: `heading`, `code`, `keyword`, … Empty for plain text."""

    bold: bool = False
    italic: bool = False
    strike: bool = False

    link: str = ""
    """Where it leads. Empty for what is no link."""


PLAIN: Final = Look()


class Run(NamedTuple):
    """Text of one look."""

    text: str
    look: Look = PLAIN

    taken: bool = True
    """Whether it is copied with the text around it. Borders and bullets in place of others are not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line on screen."""

    runs: tuple[Run, ...] = ()

    joint: str | None = None
    """What stood between this line and the next where they were wrapped. None where the text itself ends the line."""

    fill: str = ""
    """The part that the rest of the line, right of the text, plays: `code` has a background. Empty for none."""

    @property
    def text(self) -> str:
        """All of its text."""
        return "".join(run.text for run in self.runs)

    @property
    def width(self) -> int:
        """Cells that its text takes."""
        return cell_len(self.text)

    def prefixed(self, *prefix: Run) -> Line:
        """The line with something before it."""
        return Line((*prefix, *self.runs), self.joint, self.fill)


BLANK: Final = Line()

_UNIT: Final = re.compile(r"\s+|\S+")
_STANDS_ALONE: Final = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U0001f000-\U0003ffff]"
)
"""Characters between which a line may break: ideographs, syllables, emoji."""

_NEVER_FIRST: Final = frozenset("，。、；：！？）」』】》〉”’…・ー々,.;:!?)]}%")


def wrap(runs: Sequence[Run], width: int) -> list[Line]:
    """Lines of at most `width` cells. A newline inside a run ends a line; else they break at blanks.

    What is longer than a line is cut between characters, never inside one that
    several code points make up. Texts without blanks break between ideographs.
    """
    text = "".join(run.text for run in runs)
    lines: list[Line] = []
    start = 0
    for hard_line in text.split("\n"):
        spans = _break(hard_line, max(1, width))
        for at, (first, last) in enumerate(spans):
            is_last = at == len(spans) - 1
            joint = None if is_last else hard_line[last : spans[at + 1][0]]
            lines.append(Line(cut(runs, start + first, start + last), joint))
        start += len(hard_line) + 1
    return lines


def chop(runs: Sequence[Run], width: int) -> list[Line]:
    """Lines of exactly what stands there, cut wherever `width` cells are full. For code, where blanks matter."""
    text = "".join(run.text for run in runs)
    if cell_len(text) <= width:
        return [Line(tuple(run for run in runs if run.text))]
    stops = []
    cells = 0
    for first, _, size in split_graphemes(text)[0]:
        if cells + size > width and cells:
            stops.append(first)
            cells = 0
        cells += size
    edges = [0, *stops, len(text)]
    last = len(edges) - 2
    return [Line(cut(runs, edges[at], edges[at + 1]), None if at == last else "") for at in range(len(edges) - 1)]


def cut(runs: Iterable[Run], start: int, stop: int) -> tuple[Run, ...]:
    """The part of the runs between two offsets in their joined text."""
    taken = []
    at = 0
    for run in runs:
        end = at + len(run.text)
        if end > start and at < stop:
            taken.append(run._replace(text=run.text[max(0, start - at) : stop - at]))
        if end >= stop:
            break
        at = end
    return tuple(taken)


def _break(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line of a text begins and ends."""
    # A byte is a cell in most of what is written: then there is nothing to measure.
    if len(text) <= width and text.isascii():
        return [(0, len(text))]
    spans: list[tuple[int, int]] = []
    start = end = 0
    room = width
    for first, last, cells in _units(text, width):
        blank = text[first].isspace()
        if cells > room and end > start:
            if blank:
                # It ends the line, and is not seen.
                room = 0
                continue
            spans.append((start, end))
            start, room = first, width
        elif blank and end == start and spans:
            # Nor is it seen at the beginning of a line that was wrapped.
            start = end = last
            continue
        end = last
        room -= cells
    if end > start or not spans:
        spans.append((start, end if end > start else len(text)))
    return _without_trailing_blanks(text, spans)


def _without_trailing_blanks(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    seen = [(start, start + len(text[start:end].rstrip())) for start, end in spans]
    return [*seen[:-1], spans[-1]]


def _units(text: str, width: int) -> Iterable[tuple[int, int, int]]:
    """The parts between which a line may break, none wider than a line: start, end, cells."""
    for match in _UNIT.finditer(text):
        unit = match.group()
        if unit.isascii() and len(unit) <= width:
            yield match.start(), match.end(), len(unit)
        elif cell_len(unit) <= width and _STANDS_ALONE.search(unit) is None:
            yield match.start(), match.end(), cell_len(unit)
        else:
            yield from _characters(unit, match.start(), width)


def _characters(unit: str, offset: int, width: int) -> Iterable[tuple[int, int, int]]:
    """A unit in pieces: ideographs one by one, other characters in rows that fit a line."""
    start = end = 0
    cells = 0
    for first, last, size in split_graphemes(unit)[0]:
        character = unit[first:last]
        alone = _STANDS_ALONE.match(character) is not None
        joins = character in _NEVER_FIRST
        previous_alone = end > start and _STANDS_ALONE.match(unit[end - 1]) is not None
        if end > start and not (joins and cells + size <= width) and (alone or previous_alone or cells + size > width):
            yield offset + start, offset + end, cells
            start, cells = first, 0
        end = last
        cells += size
    if end > start:
        yield offset + start, offset + end, cells
