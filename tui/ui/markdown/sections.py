"""Cuts large finished blocks into sections, each of which is laid out by itself.

The sections do not depend on the width, so that a change of the width costs as much as the sections near the view.
They are the pieces that the layouts of growing blocks use, so that the lines are the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Final

from tui.ui.markdown.blocks import BLANKS
from tui.ui.markdown.code import highlighted, language_of
from tui.ui.markdown.code_lines import code_cells, code_line_lines, code_title_lines, ground_cells
from tui.ui.markdown.fences import fence_content, unindented
from tui.ui.markdown.incremental import (
    CONTEXT_LINES,
    CONTEXT_SIZE,
    LARGE,
    MAX_SECTION,
    MIN_SECTION,
    SECTION_ROWS,
    next_piece,
    table_rows,
    unindented_piece,
)
from tui.ui.markdown.inline import merged
from tui.ui.markdown.lines import BLANK, Ground, Line, Run, cells_of, lines_between, wrap, wrapped_spans
from tui.ui.markdown.render import inline_runs
from tui.ui.markdown.tables import Columns, Table, body_lines, columns_of, header_lines, list_lines


class FenceSections:
    """The code of a fence. Each section is highlighted with the lines before it as context."""

    def __init__(self, source: str) -> None:
        """Args:
        source: The source of the fence, with the lines that open and close it.
        """
        lines = source.split("\n")
        count = min(len(lines), fence_content(source).count("\n") + 2)
        self._source = source
        self._opening = lines[0]
        self._language = language_of(lines[0].strip().lstrip("`~"))
        self._starts = [0, *accumulate(len(line) + 1 for line in lines[: count - 1])]
        """The offset in the source of each line of code, and of the opening line before them."""
        self._starts.append(self._starts[-1] + len(lines[count - 1]) + 1 if count > 1 else self._starts[-1])
        self._bounds = list(_section_bounds(lines[:count]))
        """The numbers of the first lines of the sections, and of the line after the last one."""
        self._widest = _widest_code(unindented(lines[0], lines[1:count]))
        self._ground = Ground(0)
        self._width = 0

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def is_prepared(self, width: int) -> bool:  # noqa: ARG002
        """True: nothing must be read."""
        return True

    def prepare(self, width: int) -> None:
        """Do nothing."""

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
        while first > max(1, start - CONTEXT_LINES) and (size := size + self._size_of(first - 1)) < CONTEXT_SIZE:
            first -= 1
        code = self._source[self._starts[first] : self._starts[stop] - 1]
        found = highlighted(unindented(self._opening, code.split("\n")), self._language)
        if not found.is_complete:
            # Highlighting more of this code would take as long, again and again.
            self._language = ""
        ground = self._ground_at(width)
        return [line for runs in found.lines[start - first :] for line in code_line_lines(runs, width, ground)]

    def _size_of(self, line: int) -> int:
        return self._starts[line + 1] - self._starts[line] - 1

    def _ground_at(self, width: int) -> Ground:
        """The ground that all lines share."""
        if width != self._width:
            self._width = width
            title = code_title_lines(self._language, width, Ground(0))[0].width
            self._ground = Ground(ground_cells(max(title, code_cells(self._widest, width)), width))
        return self._ground


def _section_bounds(lines: list[str]) -> Iterator[int]:
    """The first line of each section of a fence, whose first line opens it, and the number of lines."""
    yield 1
    start, size = 1, 0
    for at in range(1, len(lines)):
        size += len(lines[at]) + 1
        if size >= (MAX_SECTION if lines[at].strip(BLANKS) else MIN_SECTION):
            yield at + 1
            start, size = at + 1, 0
    if start < len(lines):
        yield len(lines)


def _widest_code(code: str) -> str:
    """The widest line of code, with its tabs expanded."""
    widest, cells = "", 0
    for line in code.expandtabs(4).split("\n"):
        # A character has two cells at most.
        if 2 * len(line) > cells and (size := cells_of(line)) > cells:
            widest, cells = line, size
    return widest


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

    def __len__(self) -> int:
        return max(1, len(self._bounds) - 1)

    def is_prepared(self, width: int) -> bool:  # noqa: ARG002
        """Whether all sections can be laid out."""
        return len(self._columns) == len(self)

    def prepare(self, width: int) -> None:  # noqa: ARG002
        """Read one more section."""
        columns = self._columns[-1] if self._columns else columns_of(self._header)
        self._columns.append(columns.with_rows(self._rows_of(len(self._columns))))

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

    def _rows_of(self, at: int) -> tuple[tuple[list[Run], ...], ...]:
        rows = self._source[self._bounds[at] : self._bounds[at + 1] - 1].split("\n") if self._rows else []
        return table_rows(self._head, rows) if rows else ()  # type: ignore[return-value]  # cells are lists of runs


_WRAPPED_AT_ONCE: Final = 8_000
"""Characters of a paragraph that are wrapped at once."""


class ParagraphSections:
    """The pieces of a very long paragraph. Each section has the lines that begin in its piece."""

    def __init__(self, source: str) -> None:
        """Args:
        source: The source of the paragraph.
        """
        self._source = source
        self._bounds = [0]
        """The offsets in the source of the pieces that were read, and after the last one."""
        self._texts: list[str] = []
        """The text of each piece, as it is shown."""
        self._offsets = [0]
        """The offsets of the pieces in the whole text, and after the last one."""
        self._is_read = False
        self._text = ""
        """The whole text. Empty until all pieces were read."""
        self._width = 0
        self._spans: list[tuple[int, int]] = []
        """Where each line of the whole text begins and ends, at the width."""
        self._separators: list[str | None] = []
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
            self._spans, self._separators, self._is_wrapped = [], [], False
        size = _WRAPPED_AT_ONCE
        start = self._spans.pop()[0] if self._spans else 0
        del self._separators[len(self._spans) :]
        while True:
            spans, separators = wrapped_spans(self._text[start : start + size], width)
            self._is_wrapped = start + size >= len(self._text)
            # The last line may go on. Even thousands of characters may be only one line, if they have no width.
            if len(spans) > 1 or self._is_wrapped:
                break
            size *= 2
        self._spans.extend((start + first, start + last) for first, last in spans)
        self._separators.extend(separators)

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
        spans = self._spans[first : last + 1]
        stop = max(at + 1, bisect_left(self._offsets, spans[-1][1]))
        runs = list(merged(run for piece in range(at, stop) for run in self._runs_of(piece)))
        offset = self._offsets[at]
        shifted = [(begin - offset, end - offset) for begin, end in spans]
        return lines_between(runs, shifted, self._separators[first : last + 1])[: last - first]

    def share_of(self, position: tuple[int, ...]) -> int:
        """The part of the block that is above a position, in thousandths, as far as it is known."""
        return min(1_000, position[0] * 1_000 // max(1, len(self._text)))

    def forget_highlighting(self) -> None:
        """Do nothing: there is no code."""

    def offset_of(self, line: int) -> int:
        """The offset in the text at which a line begins."""
        return self._spans[line][0] if line < len(self._spans) else len(self._text)

    def line_of(self, offset: int) -> int:
        """The line that shows an offset in the text."""
        return max(0, bisect_right(self._spans, offset, key=lambda span: span[0]) - 1)

    def _read(self) -> None:
        start = self._bounds[-1]
        size = next_piece(self._source, start) or len(self._source) - start
        self._bounds.append(start + size)
        text = "".join(run.text for run in self._runs_of(len(self)))
        self._texts.append(text)
        self._offsets.append(self._offsets[-1] + len(text))
        if start + size == len(self._source):
            self._text = "".join(self._texts)
            self._texts.clear()
            self._is_read = True

    def _lines_of(self, at: int) -> tuple[int, int]:
        """The first line of a section, and the one after its last."""
        first = bisect_left(self._spans, (self._offsets[at], 0))
        is_last = at == len(self) - 1
        return first, len(self._spans) if is_last else bisect_left(self._spans, (self._offsets[at + 1], 0))

    def _runs_of(self, at: int) -> list[Run]:
        start, stop = self._bounds[at : at + 2]
        piece = unindented_piece(self._source, start, stop)
        return inline_runs(piece.rstrip(" \t\n") if stop == len(self._source) else piece)


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
