"""Runs of text, and lines made of them: what Markdown becomes before it gets colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
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

    copyable: bool = True
    """Whether it is copied with the text around it. Borders and bullets in place of others are not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line on screen."""

    runs: tuple[Run, ...] = ()

    separator: str | None = None
    """What stands between this line and the next where that is not seen: blanks, where they were wrapped.

    None where the text itself ends the line. With blanks before its end that found no room, those and a newline.
    """

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
        return Line((*prefix, *self.runs), self.separator, self.fill)


BLANK: Final = Line()

_UNIT: Final = re.compile(r"[^\S\xa0\u2007\u202f]+|[\S\xa0\u2007\u202f]+")
"""Blanks, or what stands between them. Blanks that forbid to break there are none."""

_SINGLE_CELLS: Final = re.compile(
    r"[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u2500-\u25fc]*"
)
"""Most of what is written: there is nothing to measure."""

_BREAKABLE: Final = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U0001f000-\U0003ffff]"
)
"""Characters between which a line may break: ideographs, syllables, emoji."""

_REGIONAL_INDICATOR: Final = re.compile("[\U0001f1e6-\U0001f1ff]")

_NO_LINE_START: Final = frozenset("，。、；：！？）」』】》〉”’…・ー々,.;:!?)]}%")

_Span = tuple[int, int, int]
"""A part of a text: where it begins, where it ends, the cells that it takes."""


def wrap(runs: Sequence[Run], width: int) -> list[Line]:
    """Lines of at most `width` cells. A newline inside a run ends a line; else they break at blanks.

    What is longer than a line is cut between characters, never inside one that
    several code points make up. Texts without blanks break between ideographs.
    The lines and their separators together are the text as it was.
    """
    spans: list[tuple[int, int]] = []
    separators: list[str | None] = []
    start = 0
    for hard_line in "".join(run.text for run in runs).split("\n"):
        broken = _break(hard_line, max(1, width))
        spans.extend((start + first, start + last) for first, last in broken)
        separators.extend(hard_line[last:following] for (_, last), (following, _) in pairwise(broken))
        unseen = hard_line[broken[-1][1] :]
        separators.append(f"{unseen}\n" if unseen else None)
        start += len(hard_line) + 1
    return [Line(part, separator) for part, separator in zip(_parts(runs, spans), separators, strict=True)]


def chop(runs: Sequence[Run], width: int) -> list[Line]:
    """Lines of exactly what stands there, cut wherever `width` cells are full. For code, where blanks matter."""
    text = "".join(run.text for run in runs)
    if _cells(text) <= width:
        return [Line(tuple(run for run in runs if run.text))]
    spans = [(first, last) for first, last, _ in _pieces(text, (0, len(text), 0), max(1, width), max(1, width))]
    last = len(spans) - 1
    return [Line(part, None if at == last else "") for at, part in enumerate(_parts(runs, spans))]


def _parts(runs: Sequence[Run], spans: Iterable[tuple[int, int]]) -> Iterator[tuple[Run, ...]]:
    """The parts of the runs between offsets in their joined text, which never go back."""
    first = begins = 0
    for start, stop in spans:
        while first < len(runs) and begins + len(runs[first].text) <= start:
            begins += len(runs[first].text)
            first += 1
        part = []
        at, offset = first, begins
        while at < len(runs) and offset < stop:
            text = runs[at].text[max(0, start - offset) : stop - offset]
            if text:
                part.append(runs[at]._replace(text=text))
            offset += len(runs[at].text)
            at += 1
        yield tuple(part)


def _break(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line of a text begins and ends. Blanks at the end of one belong to none."""
    if len(text) <= width and _SINGLE_CELLS.fullmatch(text):
        return [(0, len(text))]
    spans: list[tuple[int, int]] = []
    start = end = cells = 0
    for unit in _units(text):
        first, last, size = unit
        if _is_blank(text[first]):
            cells += size
            continue
        if cells + size > width and (end > start or cells >= width):
            spans.append((start, end))
            start, cells = first, 0
        if cells + size > width:
            # Wider than a line, or what an indentation leaves of one.
            *full, (first, last, size) = _pieces(text, unit, width - cells, width)
            for _, stop, _ in full:
                spans.append((start, stop))
                start, cells = stop, 0
        end = last
        cells += size
    return [*spans, (start, len(text) if cells <= width else end)]


def _units(text: str) -> Iterator[_Span]:
    """The parts between which a line may break."""
    for match in _UNIT.finditer(text):
        unit = match.group()
        if _SINGLE_CELLS.fullmatch(unit):
            yield match.start(), match.end(), len(unit)
        elif _BREAKABLE.search(unit) is None:
            yield match.start(), match.end(), cell_len(unit)
        else:
            yield from _split_at_ideographs(unit, match.start())


def _split_at_ideographs(unit: str, offset: int) -> Iterator[_Span]:
    """What stands between two blanks in pieces: ideographs one by one, with what must not begin a line after them."""
    start = cells = 0
    for first, last, size in _graphemes(unit):
        apart = _BREAKABLE.match(unit, first) or (first > 0 and _BREAKABLE.match(unit, first - 1))
        if first > start and apart and unit[first:last] not in _NO_LINE_START:
            yield offset + start, offset + first, cells
            start, cells = first, 0
        cells += size
    yield offset + start, offset + len(unit), cells


def _pieces(text: str, unit: _Span, room: int, width: int) -> Iterator[_Span]:
    """A unit cut between characters: what fits the room, then rows of a width."""
    start, end, _ = unit
    unit_text = text[start:end]
    if _SINGLE_CELLS.fullmatch(unit_text):
        for first, last in pairwise([start, *range(start + room, end, width), end]):
            yield first, last, last - first
        return
    cells = 0
    at = start
    for first, _, size in _graphemes(unit_text):
        if cells + size > room and (cells or room < width):
            yield at, start + first, cells
            at, cells, room = start + first, 0, width
        cells += size
    yield at, end, cells


def _graphemes(text: str) -> Iterator[_Span]:
    """The characters of a text as a reader counts them: an emoji, a flag or a letter with its marks is one."""
    half: _Span | None = None
    for span in split_graphemes(text)[0]:
        is_half = _REGIONAL_INDICATOR.match(text, span[0]) is not None
        if half is not None and is_half:
            yield half[0], span[1], half[2] + span[2]
            half = None
            continue
        if half is not None:
            yield half
        half = span if is_half else None
        if half is None:
            yield span
    if half is not None:
        yield half


def _is_blank(character: str) -> bool:
    return character.isspace() and character not in "\xa0\u2007\u202f"


def _cells(text: str) -> int:
    return len(text) if _SINGLE_CELLS.fullmatch(text) else cell_len(text)
