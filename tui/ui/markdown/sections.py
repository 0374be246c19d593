"""Cuts large finished blocks into sections, each of which is laid out by itself.

The sections do not depend on the width, so that a change of the width costs as much as the sections near the view.
They are the pieces that the layouts of growing blocks use, so that the lines are the same.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import Final

from tui.chat.growing_text import GrowingText
from tui.ui.markdown.certain_text import certain_text
from tui.ui.markdown.code import highlighted, language_of
from tui.ui.markdown.code_lines import code_cells, code_line_lines, code_title_lines, ground_cells
from tui.ui.markdown.fences import code_line_count, unindented
from tui.ui.markdown.incremental import (
    CONTEXT_LINES,
    CONTEXT_SIZE,
    LARGE,
    MAX_SECTION,
    MIN_SECTION,
    MOST_EXAMINED,
    SECTION_ROWS,
    next_piece,
    table_rows,
    unindented_piece,
)
from tui.ui.markdown.inline import merged
from tui.ui.markdown.line_starts import BLANKS
from tui.ui.markdown.lines import BLANK, Ground, Line, Run, cells_of, lines_between, wrap, wrapped_spans
from tui.ui.markdown.render import inline_runs
from tui.ui.markdown.row_filter import widening_rows
from tui.ui.markdown.source_lines import BlockSource, SourceLines
from tui.ui.markdown.tables import Columns, Row, Table, body_lines, columns_of, header_lines, list_lines

_READ_AT_ONCE: Final = 60_000
"""Characters of a fence that are read when its sections are made. A longer one is read step by step."""


class FenceSections:
    """The code of a fence. Each section is highlighted with the lines before it as context."""

    def __init__(self, source: BlockSource) -> None:
        """Args:
        source: The source of the fence, with the lines that open and close it.
        """
        self._source = source
        self._lines = SourceLines(source.text, source.start)
        """The lines that were read."""
        self._read = 0
        """The offset in the source of the first line that was not read."""
        self._bounds = array("Q", [1])
        """The numbers of the first lines of the sections, and of the line after the last one."""
        self._section_size = 0
        self._widest, self._widest_cells = "", 0
        self._ground = Ground(0)
        self._width = 0
        self._opening = source.lines_from(0)[0][0]
        self._language = language_of(self._opening.strip().lstrip("`~"))
        if source.size <= _READ_AT_ONCE:
            while not self.is_prepared(0):
                self.prepare(0)

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def is_prepared(self, width: int) -> bool:  # noqa: ARG002
        """Whether all lines were read."""
        return self._read > self._source.size

    def prepare(self, width: int) -> None:  # noqa: ARG002
        """Read some more lines."""
        first = max(1, len(self._lines) - 1)
        lines, self._read = self._source.lines_from(self._read)
        self._lines.extend(lines)
        is_last = self.is_prepared(0)
        # The last line may close the fence, which is known at the end.
        count = code_line_count(self._lines) + 1 if is_last else len(self._lines) - 1
        new = self._lines[first : min(count, len(self._lines))]
        self._measure(new)
        for at, line in enumerate(new, first):
            self._section_size += len(line) + 1
            if self._section_size >= (MAX_SECTION if line.strip(BLANKS) else MIN_SECTION):
                self._bounds.append(at + 1)
                self._section_size = 0
        if is_last and (self._bounds[-1] < first + len(new) or len(self._bounds) == 1):
            self._bounds.append(first + len(new))

    def estimate(self, at: int, width: int) -> int:  # noqa: ARG002
        """The approximate number of lines of a section, which is exact if none must be cut."""
        return self._bounds[at + 1] - self._bounds[at] + (at == 0)

    def has_only_short_lines(self, width: int) -> bool:
        """Whether no line of the code must be cut."""
        return cells_of(self._widest) == code_cells(self._widest, width) - code_cells("", width)

    def lines(self, at: int, width: int) -> list[Line]:
        """The lines of a section. The first one has the title line."""
        title = code_title_lines(self._language, width, self._ground_at(width)) if at == 0 else []
        return [*title, *self._code_lines(at, width)]

    def share_of(self, position: tuple[int, ...]) -> int:
        """The part of the block that is above a position, in thousandths, as far as it is known."""
        return min(1_000, position[0] * 1_000 // max(1, len(self)))

    def forget_highlighting(self) -> None:
        """Highlight the code again when it is laid out again."""
        self._language = language_of(self._opening.strip().lstrip("`~"))

    def _code_lines(self, at: int, width: int) -> list[Line]:
        start, stop = self._bounds[at : at + 2]
        first, size = start, 0
        while first > max(1, start - CONTEXT_LINES) and (size := size + len(self._lines[first - 1])) < CONTEXT_SIZE:
            first -= 1
        if first == stop:
            return []
        found = highlighted(unindented(self._opening, self._lines[first:stop]), self._language)
        if not found.is_complete:
            # Highlighting more of this code would take as long, again and again.
            self._language = ""
        ground = self._ground_at(width)
        return [line for runs in found.lines[start - first :] for line in code_line_lines(runs, width, ground)]

    def _measure(self, lines: list[str]) -> None:
        """Find the widest line."""
        for line in unindented(self._opening, lines).expandtabs(4).split("\n"):
            # A character has two cells at most.
            if 2 * len(line) > self._widest_cells and (cells := cells_of(line)) > self._widest_cells:
                self._widest, self._widest_cells = line, cells

    def _ground_at(self, width: int) -> Ground:
        """The ground that all lines share."""
        if width != self._width:
            self._width = width
            title = code_title_lines(self._language, width, Ground(0))[0].width
            self._ground = Ground(ground_cells(max(title, code_cells(self._widest, width)), width))
        return self._ground


class TableSections:
    """The rows of a table. Columns may become wider from one section to the next."""

    def __init__(self, source: str, header: Table) -> None:
        """Args:
        source: The source of the table.
        header: Its header, without rows.
        """
        lines = source.split("\n")
        self._head = lines[:2]
        self._header = header
        offsets = [0, *accumulate(len(line) + 1 for line in lines)]
        self._source = source
        self._rows = max(0, len(lines) - 2)
        self._bounds = [*(offsets[at] for at in range(2, len(lines), SECTION_ROWS)), offsets[-1]]
        """The offsets in the source of the sections, and after the last one."""
        self._columns: list[Columns] = []
        """What each section and those before it say about the columns."""
        self.widest_rows: list[str] = []
        """The source of rows of these sections that have the same columns as all of them."""

    def __len__(self) -> int:
        return max(1, len(self._bounds) - 1)

    def is_prepared(self, width: int) -> bool:  # noqa: ARG002
        """Whether all sections can be laid out."""
        return len(self._columns) == len(self)

    def prepare(self, width: int) -> None:  # noqa: ARG002
        """Read one more section."""
        columns = self._columns[-1] if self._columns else columns_of(self._header)
        widening = widening_rows(self._source_rows(len(self._columns)), columns)
        self._columns.append(columns.with_rows(self._parsed(widening)))
        if columns != self._columns[-1]:
            self.widest_rows.extend(widening)

    def estimate(self, at: int, width: int) -> int:
        """The approximate number of lines of a section, which is exact if no row must be wrapped."""
        rows = min(SECTION_ROWS, self._rows - at * SECTION_ROWS)
        columns = self._columns[at]
        if widths := columns.fitted(width):
            wrapped = max(
                (-(-wanted // cells) for wanted, cells in zip(columns.wanted, widths, strict=True)), default=1
            )
            return max(1, rows * min(2, wrapped) + (2 if at == 0 else 0))
        return max(1, rows * (len(self._header.header) + 1) - (at == 0))

    def lines(self, at: int, width: int) -> list[Line]:
        """The lines of a section. The first one has the header."""
        widths = self._columns[at].fitted(width)
        table = replace(self._columns[at].aligned(self._header), rows=self._rows_of(at))
        if not widths:
            return [*([BLANK] if at else ()), *list_lines(table, width)]
        return [*(header_lines(table, widths) if at == 0 else ()), *body_lines(table, widths)]

    def share_of(self, position: tuple[int, ...]) -> int:
        """The part of the block that is above a position, in thousandths, as far as it is known."""
        return min(1_000, position[0] * 1_000 // max(1, len(self)))

    def forget_highlighting(self) -> None:
        """Do nothing: there is no code."""

    def _rows_of(self, at: int) -> tuple[Row, ...]:
        return self._parsed(self._source_rows(at))

    def _source_rows(self, at: int) -> list[str]:
        return self._source[self._bounds[at] : self._bounds[at + 1] - 1].split("\n") if self._rows else []

    def _parsed(self, rows: list[str]) -> tuple[Row, ...]:
        return table_rows(self._head, rows) if rows else ()


_WRAPPED_AT_ONCE: Final = 8_000
"""Characters of a paragraph that are wrapped at once."""


class ParagraphSections:
    """The pieces of a very long paragraph. Each section has the lines that begin in its piece."""

    def __init__(self, source: BlockSource) -> None:
        """Args:
        source: The source of the paragraph.
        """
        self._source = source
        self._bounds = array("Q", [0])
        """The offsets in the source of the pieces that were read, and after the last one."""
        self._shown: GrowingText | None = None
        """The text of the pieces, as it is shown. None while it is the same as the source."""
        self._offsets = array("Q", [0])
        """The offsets of the pieces in this text, and after the last one."""
        self._is_read = False
        self._width = 0
        self._starts = array("Q")
        self._stops = array("Q")
        """Where each line begins and ends in the text, at the width."""
        self._is_wrapped = False

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def is_prepared(self, width: int) -> bool:
        """Whether all sections can be laid out at a width."""
        return self._is_read and self._is_wrapped and width == self._width

    def prepare(self, width: int) -> None:
        """Read or wrap one more piece."""
        if not self._is_read:
            self._read()
            return
        if width != self._width:
            self._width = width
            self._starts, self._stops, self._is_wrapped = array("Q"), array("Q"), False
        size = _WRAPPED_AT_ONCE
        start = 0
        if self._starts:
            # It may go on.
            start = self._starts.pop()
            self._stops.pop()
        while True:
            spans, _ = wrapped_spans(self._text(start, start + size), width)
            self._is_wrapped = start + size >= self._offsets[-1]
            # The last line may go on. Even thousands of characters may be only one line, if they have no width.
            if len(spans) > 1 or self._is_wrapped:
                break
            size *= 2
        self._starts.extend(start + first for first, _ in spans)
        self._stops.extend(start + last for _, last in spans)

    def estimate(self, at: int, width: int) -> int:  # noqa: ARG002
        """The number of lines of a section."""
        first, last = self._lines_of(at)
        return last - first

    def lines(self, at: int, width: int) -> list[Line]:  # noqa: ARG002
        """The lines of a section. There are none if a line spans all of it."""
        first, last = self._lines_of(at)
        if first == last:
            return []
        # One line more, because a formula that goes on there changes the separator before.
        numbers = range(first, min(last + 1, len(self._starts)))
        stop = max(at + 1, bisect_left(self._offsets, self._stops[numbers[-1]]))
        runs = list(merged(run for piece in range(at, stop) for run in self._runs_of(piece)))
        offset = self._offsets[at]
        shifted = [(self._starts[each] - offset, self._stops[each] - offset) for each in numbers]
        return lines_between(runs, shifted, [self._separator(each) for each in numbers])[: last - first]

    def share_of(self, position: tuple[int, ...]) -> int:
        """The part of the block that is above a position, in thousandths, as far as it is known."""
        return min(1_000, position[0] * 1_000 // max(1, self._offsets[-1]))

    def forget_highlighting(self) -> None:
        """Do nothing: there is no code."""

    def offset_of(self, line: int) -> int:
        """The offset in the text at which a line begins."""
        return self._starts[line] if line < len(self._starts) else self._offsets[-1]

    def line_of(self, offset: int) -> int:
        """The line that shows an offset in the text."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def _text(self, start: int, stop: int) -> str:
        """The characters between two offsets in the text."""
        stop = min(stop, self._offsets[-1])
        return self._source.part(start, stop) if self._shown is None else self._shown.part(start, stop)

    def _separator(self, line: int) -> str | None:
        """What is between a line and the next one, as in `wrapped_spans`."""
        is_last = line + 1 == len(self._starts)
        hidden = self._text(self._stops[line], self._offsets[-1] if is_last else self._starts[line + 1])
        if is_last:
            return f"{hidden}\n" if hidden else None
        return None if hidden == "\n" else hidden

    def _read(self) -> None:
        start = self._bounds[-1]
        size = next_piece(self._source.part(start, start + MOST_EXAMINED), 0) or self._source.size - start
        self._bounds.append(start + size)
        text = certain_text(self._piece(len(self)))
        if text is None:
            text = "".join(run.text for run in self._runs_of(len(self)))
        if self._shown is None and text != self._source.part(start, start + len(text)):
            self._shown = GrowingText(self._source.part(0, start))
        if self._shown is not None:
            self._shown.append(text)
        self._offsets.append(self._offsets[-1] + len(text))
        self._is_read = start + size == self._source.size

    def _lines_of(self, at: int) -> tuple[int, int]:
        """The first line of a section, and the one after its last."""
        first = bisect_left(self._starts, self._offsets[at])
        is_last = at == len(self) - 1
        return first, len(self._starts) if is_last else bisect_left(self._starts, self._offsets[at + 1])

    def _runs_of(self, at: int) -> list[Run]:
        return inline_runs(self._piece(at))

    def _piece(self, at: int) -> str:
        start, stop = self._bounds[at : at + 2]
        before = min(1, start)
        piece = unindented_piece(self._source.part(start - before, stop), before, stop - start + before)
        return piece.rstrip(" \t\n") if stop == self._source.size else piece


class PlainSections:
    """The lines of a large block that is shown as its source."""

    def __init__(self, source: str) -> None:
        """Args:
        source: The source of the block.
        """
        self._source = source
        self._bounds = [0]
        while self._bounds[-1] < len(source):
            newline = source.find("\n", self._bounds[-1] + LARGE)
            self._bounds.append(newline + 1 or len(source))

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def is_prepared(self, width: int) -> bool:  # noqa: ARG002
        """True: nothing must be read."""
        return True

    def prepare(self, width: int) -> None:
        """Do nothing."""

    def estimate(self, at: int, width: int) -> int:
        """The approximate number of lines of a section."""
        source = self._part(at)
        return 1 + source.count("\n") + len(source) // max(1, width)

    def lines(self, at: int, width: int) -> list[Line]:
        """The lines of a section."""
        return [line for text in self._part(at).split("\n") for line in wrap([Run(text.expandtabs(4))], width)]

    def share_of(self, position: tuple[int, ...]) -> int:
        """The part of the block that is above a position, in thousandths, as far as it is known."""
        return min(1_000, position[0] * 1_000 // max(1, len(self)))

    def forget_highlighting(self) -> None:
        """Do nothing: there is no code."""

    def _part(self, at: int) -> str:
        return self._source[self._bounds[at] : self._bounds[at + 1]].removesuffix("\n")


Sections = FenceSections | TableSections | ParagraphSections | PlainSections
