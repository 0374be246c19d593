"""Runs of styled text, and wrapping them into lines. Colours are applied later, by the painter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len, split_graphemes

from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass


class Look(NamedTuple):
    """The style of a run, independent of colours."""

    name: str = ""
    """The role of the text: `heading1`, `code`, `keyword`, … Empty for plain text."""

    bold: bool = False
    italic: bool = False
    strike: bool = False

    link: str = ""
    """The link target. Empty if the text is not a link."""


PLAIN: Final = Look()


class Run(NamedTuple):
    """Text with a single look."""

    text: str
    look: Look = PLAIN

    copyable: bool = True
    """Whether selecting the text copies it. False for decoration such as borders and indentation."""

    source: str = ""
    """What is copied instead of the text: the source of a formula. Empty if the text is its own source."""


@dataclass(slots=True)
class Ground:
    """The ground of a code block, which all its lines share. It may grow while the block streams in."""

    cells: int
    """The width, without what stands before the block on its lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line on screen."""

    runs: tuple[Run, ...] = ()

    separator: str | None = None
    """The text between this line and the next that is not shown: the blanks at which the text was wrapped.

    None if the text itself ends the line. A newline, preceded by the blanks that did not fit, if there are any.
    """

    fill: str = ""
    """The role of the rest of the line, right of the text: `block` has a background. Empty for none."""

    lead: Run | None = None
    """Drawn in the gutter, left of the text: a mark or a bar. Never copied."""

    tail: Run | None = None
    """Drawn at the right edge of the column, or of the ground. Never copied."""

    ground: Ground | None = field(default=None, hash=False)
    """The ground of the code block that the line belongs to. None for all other lines."""

    @property
    def text(self) -> str:
        """The text of all runs."""
        return "".join(run.text for run in self.runs)

    @property
    def width(self) -> int:
        """The width of the text in cells."""
        return cell_len(self.text)

    def prefixed(self, *prefix: Run) -> Line:
        """The line with runs prepended."""
        return Line((*prefix, *self.runs), self.separator, self.fill, self.lead, self.tail, self.ground)


BLANK: Final = Line()


def blank_below(line: Line) -> Line:
    """The blank line below a line. Below code it knows the code's ground, of which half a line may be drawn."""
    is_code = line.ground is not None and line.runs[:1] and line.runs[0].look.name in ("block", "language")
    return Line(fill="block-below", ground=line.ground) if is_code else BLANK


MIN_CONTENT_CELLS: Final = 8
"""Minimum width of nested content. If less is left, the content is not indented."""

_UNIT: Final = lazy_pattern(r"[^\S\xa0\u2007\u202f]+|[\S\xa0\u2007\u202f]+")
"""Blanks, or the text between them. Non-breaking spaces count as text."""

_SINGLE_CELLS: Final = lazy_pattern(
    r"[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u2500-\u25fc]*"
)
"""Text in which every character is one cell wide, so that measuring it is unnecessary."""

_BREAKABLE: Final = lazy_pattern(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U0001f000-\U0003ffff]"
)
"""Characters between which a line may break: ideographs, syllables, emoji."""

_REGIONAL_INDICATOR: Final = lazy_pattern("[\U0001f1e6-\U0001f1ff]")

_NO_LINE_START: Final = frozenset("，。、；：！？）」』】》〉”’…・ー々,.;:!?)]}%")

_Span = tuple[int, int, int]
"""A part of a text: start offset, end offset, width in cells."""


def wrap(runs: Sequence[Run], width: int) -> list[Line]:
    """Wrap runs into lines of at most `width` cells, at newlines and blanks.

    Words longer than a line are split between grapheme clusters. Text may also
    break between ideographs. The lines joined with their separators are the
    original text.
    """
    spans, separators = wrapped_spans("".join(run.text for run in runs), width)
    return lines_between(runs, spans, separators)


def wrapped_spans(text: str, width: int) -> tuple[list[tuple[int, int]], list[str | None]]:
    """Where each line of a wrapped text begins and ends, and the separator behind each."""
    spans: list[tuple[int, int]] = []
    separators: list[str | None] = []
    start = 0
    for hard_line in text.split("\n"):
        broken = _break(hard_line, max(1, width))
        spans.extend((start + first, start + last) for first, last in broken)
        separators.extend(hard_line[last:following] for (_, last), (following, _) in pairwise(broken))
        hidden_blanks = hard_line[broken[-1][1] :]
        separators.append(f"{hidden_blanks}\n" if hidden_blanks else None)
        start += len(hard_line) + 1
    return spans, separators


def lines_between(
    runs: Sequence[Run], spans: Iterable[tuple[int, int]], separators: Sequence[str | None]
) -> list[Line]:
    """The lines of wrapped runs.

    Args:
        runs: The runs.
        spans: Where each line begins and ends in the text of the runs.
        separators: The separator behind each line.
    """
    parts = list(_parts(runs, spans))
    if any(run.source for run in runs):
        separators = list(separators)
        for at, part in enumerate(parts):
            if at and part and not part[0].copyable:
                separators[at - 1] = ""
    return [Line(part, separator) for part, separator in zip(parts, separators, strict=True)]


def longest_word(text: str) -> int:
    """The width in cells of the longest part of a text that wrapping does not break."""
    return max((size for start, _, size in _units(text) if not _is_blank(text[start])), default=0)


def chop(runs: Sequence[Run], width: int) -> list[Line]:
    """Cut runs into lines of at most `width` cells, keeping all blanks. For code."""
    text = "".join(run.text for run in runs)
    if cells_of(text) <= width:
        return [Line(tuple(run for run in runs if run.text))]
    spans = [(first, last) for first, last, _ in _pieces(text, (0, len(text), 0), max(1, width), max(1, width))]
    last = len(spans) - 1
    return [Line(part, None if at == last else "") for at, part in enumerate(_parts(runs, spans))]


def chop_code(runs: Sequence[Run], width: int) -> list[Line]:
    """Cut a line of code like `chop`, but after a blank, or between words, where the right half of a line has such."""
    text = "".join(run.text for run in runs)
    if len(text) <= width or not _SINGLE_CELLS.fullmatch(text):
        return chop(runs, width)
    spans = []
    start = 0
    while len(text) - start > width:
        stop = start + width
        half = start + max(1, width // 2)
        cut = text.rfind(" ", half, stop) + 1 or next(
            (at for at in range(stop, half, -1) if not (text[at - 1].isalnum() and text[at].isalnum())), stop
        )
        spans.append((start, cut))
        start = cut
    spans.append((start, len(text)))
    last = len(spans) - 1
    return [Line(part, None if at == last else "") for at, part in enumerate(_parts(runs, spans))]


def _parts(runs: Sequence[Run], spans: Iterable[tuple[int, int]]) -> Iterator[tuple[Run, ...]]:
    """The parts of the runs within each span of their joined text. Spans must be in ascending order."""
    first = begins = 0
    for start, stop in spans:
        while first < len(runs) and begins + len(runs[first].text) <= start:
            begins += len(runs[first].text)
            first += 1
        part = []
        at, offset = first, begins
        while at < len(runs) and offset < stop:
            text = runs[at].text[max(0, start - offset) : stop - offset]
            if text and runs[at].source and offset < start:
                # The source is copied with the first piece.
                part.append(runs[at]._replace(text=text, copyable=False, source=""))
            elif text:
                part.append(runs[at]._replace(text=text))
            offset += len(runs[at].text)
            at += 1
        yield tuple(part)


def _break(text: str, width: int) -> list[tuple[int, int]]:
    """The start and end of each line of a text, without the blanks at which it breaks."""
    if _SINGLE_CELLS.fullmatch(text):
        if len(text) <= width:
            return [(0, len(text))]
        if text[0] != " ":
            return _break_single_cells(text, width)
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
            # The unit is wider than a line, or than the rest of a line after its indentation.
            *full, (first, last, size) = _pieces(text, unit, width - cells, width)
            for _, stop, _ in full:
                spans.append((start, stop))
                start, cells = stop, 0
        end = last
        cells += size
    return [*spans, (start, len(text) if cells <= width else end)]


def _break_single_cells(text: str, width: int) -> list[tuple[int, int]]:
    """Like `_break`, for text that begins with no blank and has one cell for each character.

    Searches for the blanks where lines may end, and measures no words: a megabyte takes some milliseconds.
    """
    spans: list[tuple[int, int]] = []
    start, size = 0, len(text)
    while size - start > width:
        limit = start + width
        blank = limit if text[limit] == " " else text.rfind(" ", start, limit)
        if blank < 0:
            # A word that is longer than the line.
            spans.append((start, limit))
            start = limit
            continue
        end = following = blank
        while text[end - 1] == " ":
            end -= 1
        while following < size and text[following] == " ":
            following += 1
        if following == size:
            return [*spans, (start, end)]
        spans.append((start, end))
        start = following
    return [*spans, (start, size)]


def _units(text: str) -> Iterator[_Span]:
    """The parts of a text between which a line may break."""
    for match in _UNIT.finditer(text):
        unit = match.group()
        if _SINGLE_CELLS.fullmatch(unit):
            yield match.start(), match.end(), len(unit)
        elif _BREAKABLE.search(unit) is None:
            yield match.start(), match.end(), cell_len(unit)
        else:
            yield from _split_at_ideographs(unit, match.start())


def _split_at_ideographs(unit: str, offset: int) -> Iterator[_Span]:
    """Split text without blanks around ideographs. Characters that must not start a line stay with the one before."""
    start = cells = 0
    for first, last, size in _graphemes(unit):
        apart = _BREAKABLE.match(unit, first) or (first > 0 and _BREAKABLE.match(unit, first - 1))
        if first > start and apart and unit[first:last] not in _NO_LINE_START:
            yield offset + start, offset + first, cells
            start, cells = first, 0
        cells += size
    yield offset + start, offset + len(unit), cells


def _pieces(text: str, unit: _Span, room: int, width: int) -> Iterator[_Span]:
    """Split a unit between grapheme clusters: first to fit `room`, then to fit `width`."""
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
    """The grapheme clusters of a text: an emoji, a flag, or a letter with its marks is one."""
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


def is_single_cells(text: str) -> bool:
    """Whether every character of a text is certainly one cell wide."""
    return _SINGLE_CELLS.fullmatch(text) is not None


def cells_of(text: str) -> int:
    """The width of a text in cells."""
    return len(text) if _SINGLE_CELLS.fullmatch(text) else cell_len(text)
