"""Incremental layout of large blocks: the final part of a growing block is laid out once.

A block is always cut into the same pieces, whether it arrived at once or over
minutes, so that the finished layout is the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Protocol

from tui.ui.markdown.autoclose import closed_cell, closed_spans
from tui.ui.markdown.certain_text import certain_text
from tui.ui.markdown.code import highlighted, language_of
from tui.ui.markdown.code_lines import code_cells, code_line_lines, code_title_lines, ground_cells
from tui.ui.markdown.fences import code_line_count, unindented
from tui.ui.markdown.growing_code_line import GrowingCodeLine
from tui.ui.markdown.inline import merged
from tui.ui.markdown.line_starts import BLANKS
from tui.ui.markdown.lines import BLANK, Ground, Line, Run, cells_of, wrap
from tui.ui.markdown.plain import PlainDocument
from tui.ui.markdown.render import inline_runs, parse_table
from tui.ui.markdown.segmented_lines import SegmentedLines
from tui.ui.markdown.source_lines import OpenText
from tui.ui.markdown.tables import Row, Table, body_lines, columns_of, header_lines, list_lines

LARGE: Final = 2_000
"""Characters from which on a block is laid out incrementally. Smaller blocks are rendered again each frame."""

MIN_SECTION: Final = 3_000
MAX_SECTION: Final = 4_000
"""Characters of code that are highlighted at once. A blank line ends a section from the minimum on."""

CONTEXT_LINES: Final = 30
CONTEXT_SIZE: Final = 1_000
"""Preceding lines that are highlighted as context for new lines, and the maximum number of their characters."""

_MAX_HIGHLIGHTED_PARTIAL: Final = 500
"""Characters from which on a line of code is highlighted only once it is complete."""

_LONG_PARTIAL: Final = 8_000
"""Characters from which on only the new part of a line of code is laid out."""

MAX_AT_ONCE: Final = 6_000
"""Characters from which on a block is shown as plain text if it can only be rendered as a whole."""

_MAX_ROW: Final = 8_000
"""Characters from which on a row of a table is a single cell of plain text."""

SECTION_ROWS: Final = 100
"""Rows of a table that share the same column widths."""

_MARKS: Final = frozenset("*_~`[$")
_MAX_PIECE: Final = 2 * LARGE
"""Characters of a paragraph after which it is cut even if a mark is unpaired."""

_AFTER_PIECE: Final = LARGE // 4
"""Characters that must follow a piece before it is cut off, so that the end of a paragraph stays in one piece."""

MOST_EXAMINED: Final = _MAX_PIECE + _AFTER_PIECE
"""Characters that decide how long a piece is."""


class BlockLayout(Protocol):
    """The layout of a large block while it grows."""

    reused: int
    """The number of leading lines of the last `lines` call that are identical to those of the call before."""

    def lines(self, source: OpenText) -> Sequence[Line] | None:
        """All lines, as if the block ended here. What is returned is updated in place by later calls.

        Args:
            source: The source so far. Its last line is empty while it is ambiguous.

        Returns:
            None if the block must be rendered at once instead.
        """

    def finished(self, source: OpenText) -> Sequence[Line] | None:
        """All lines of the finished block. None if `source` contradicts the lines seen before."""


class FenceLayout:
    """Code: each line is highlighted with the lines before it as context, and again once its section is complete.

    Where much code arrives at once, most of its sections are only counted until they are read.
    """

    def __init__(self, opening: str, width: int) -> None:
        self.reused = 0
        self._width = width
        self._opening = opening
        self._language = language_of(opening.strip().lstrip("`~"))
        self._ground = Ground(0)
        self._title = code_title_lines(self._language, width, self._ground)
        self._lines = SegmentedLines(self._section_lines)
        self._lines.tail.extend(self._title)
        self._widest = self._title[0].width
        """Cells of the longest complete line. The ground is as wide, and all lines share it."""
        self._starts = array("Q", [1])
        """The number of the first source line of each section. The last section is incomplete."""
        self._section_size = 0
        self._consumed = 1
        self._consumed_tail = len(self._title)
        """Lines of complete source lines behind the complete sections."""
        self._source: Sequence[str] = ()
        self._long: GrowingCodeLine | None = None
        """The very long partial line, whose lines are behind the others. None for a shorter one."""

    def lines(self, source: OpenText) -> Sequence[Line]:
        if self._long is None or source.count > self._consumed or source.partial_size < self._long.size:
            self._long = None
            self._consume(source, source.count)
        widest = self._widest
        if source.partial_size >= _LONG_PARTIAL:
            widest = max(widest, self._lay_out_long(source))
        elif source.partial_size:
            language = self._language if source.partial_size < _MAX_HIGHLIGHTED_PARTIAL else ""
            for runs in self._runs([source.partial()], language):
                widest = max(widest, _code_cells(runs, self._width))
                self._lines.tail.extend(code_line_lines(runs, self._width, self._ground))
        self._ground.cells = max(self._ground.cells, ground_cells(widest, self._width, is_open=True))
        return self._lines

    def finished(self, source: OpenText) -> Sequence[Line] | None:
        count = min(code_line_count(source.lines) + 1, len(source.lines))
        if self._consumed > count:
            # The last blank lines do not belong to the block.
            return None
        self._long = None
        self._consume(source, count)
        if self._consumed > self._starts[-1]:
            self._finish_section(self._consumed, is_read=True)
        self._ground.cells = ground_cells(self._widest, self._width)
        return self._lines

    def _consume(self, source: OpenText, count: int) -> None:
        """Add new lines of code."""
        complete = self._source = source.lines
        tail = self._lines.tail
        del tail[self._consumed_tail :]
        self.reused = len(self._lines)
        is_first = True
        for at in range(self._consumed, count):
            line = complete[at]
            self._section_size += len(line) + 1
            if self._section_size >= (MIN_SECTION if not line.strip(BLANKS) else MAX_SECTION):
                self._finish_section(at + 1, is_read=is_first and len(line) < _LONG_PARTIAL)
                is_first = False
        if new := count - max(self._consumed, self._starts[-1]):
            self._lines.tail.extend(self._highlighted(count - new, count))
        self._consumed = count
        self._consumed_tail = len(self._lines.tail)

    def _finish_section(self, stop: int, *, is_read: bool) -> None:
        """Lay out the last section, which is complete now.

        Args:
            stop: The number of the source line behind it.
            is_read: Whether it is likely to be read. If not, its lines are only counted.
        """
        start, number = self._starts[-1], len(self._starts) - 1
        self.reused = min(self.reused, self._lines.final_count)
        self._starts.append(stop)
        lines = self._section_lines(number) if is_read else None
        count = (
            len(lines) if lines is not None else self._counted(start, stop) + (len(self._title) if not number else 0)
        )
        self._lines.close_segment(lines, count)
        self._section_size = self._consumed_tail = 0

    def _section_lines(self, number: int) -> list[Line]:
        """The lines of a complete section."""
        lines = self._highlighted(self._starts[number], self._starts[number + 1])
        return [*(self._title if number == 0 else ()), *lines]

    def _highlighted(self, start: int, stop: int) -> Iterator[Line]:
        """The rendered lines of some source lines, highlighted with the lines before them as context."""
        complete = self._source
        first = start
        size = 0
        while first > max(1, start - CONTEXT_LINES) and (size := size + len(complete[first - 1])) < CONTEXT_SIZE:
            first -= 1
        for runs in self._runs(complete[first:stop], self._language)[start - first :]:
            self._widest = max(self._widest, _code_cells(runs, self._width))
            yield from code_line_lines(runs, self._width, self._ground)

    def _counted(self, start: int, stop: int) -> int:
        """The number of rendered lines of some source lines."""
        count = 0
        for line in unindented(self._opening, self._source[start:stop]).expandtabs(4).split("\n"):
            cells = code_cells(line, self._width)
            self._widest = max(self._widest, cells)
            is_short = 2 * len(line) < self._width or cells_of(line) == cells - code_cells("", self._width)
            count += 1 if is_short else len(code_line_lines([Run(line)], self._width, self._ground))
        return count

    def _lay_out_long(self, source: OpenText) -> int:
        """Lay out what is new of a very long partial line. Returns the width of the line."""
        tail = self._lines.tail
        long = self._long
        if long is None:
            long = self._long = GrowingCodeLine(self._opening, self._width, self._ground)
        else:
            self.reused = self._lines.final_count + self._consumed_tail + long.final_count
        first = self._consumed_tail + long.final_count
        new = long.extend(source.partial(long.size))
        if new is None:
            # The lines above are others now.
            first = self._consumed_tail
            new = long.lines
            self.reused = self._lines.final_count + first
        tail[first:] = new
        return long.cells

    def _runs(self, lines: Sequence[str], language: str) -> list[list[Run]]:
        """The highlighted runs of source lines."""
        found = highlighted(unindented(self._opening, lines), language)
        if not found.is_complete:
            # Highlighting more of this code would take as long, again and again.
            self._language = ""
        return found.lines


def _code_cells(runs: Sequence[Run], width: int) -> int:
    return code_cells("".join(run.text for run in runs), width)


class ParagraphLayout:
    """A very long paragraph: its final part is wrapped once, piece by piece."""

    def __init__(self, width: int) -> None:
        self.reused = 0
        self._width = width
        self._lines = SegmentedLines(self._lines_of)
        self._carried: list[tuple[Run, ...]] = [()]
        """The final runs of the line that continues in each piece. The last piece is not complete."""
        self._bounds = array("Q", [0])
        """The offset at which each piece begins."""
        self._examined_size = 0
        """Characters that were examined to decide which part is final."""
        self._source = OpenText.of("")

    def lines(self, source: OpenText) -> Sequence[Line]:
        rest = self._consume(source)
        self._lines.tail = self._wrapped(self._carried[-1], closed_spans(rest))
        return self._lines

    def finished(self, source: OpenText) -> Sequence[Line] | None:
        if source.size < self._examined_size:
            # The last line turned out to be the first line of another block.
            return None
        rest = self._consume(source)
        self._lines.tail = self._wrapped(self._carried[-1], rest.rstrip(" \t\n"))
        return self._lines

    def _wrapped(self, carried: Sequence[Run], piece: str) -> list[Line]:
        return wrap(list(merged([*carried, *inline_runs(piece)])), self._width)

    def _consume(self, source: OpenText) -> str:
        """Wrap the part that has become final, and return the rest."""
        self._source = source
        self._lines.tail = []
        self.reused = len(self._lines)
        while size := next_piece(source.part(start := self._bounds[-1], start + MOST_EXAMINED), 0):
            self._bounds.append(start + size)
            self._examined_size = start + size + _AFTER_PIECE
            *full, last = self._wrapped(self._carried[-1], self._piece(start, start + size))
            # Blanks that did not fit at the end still separate the last word from the next one.
            hidden_blanks = (last.separator or "").removesuffix("\n")
            self._carried.append((*last.runs, Run(hidden_blanks)) if hidden_blanks else last.runs)
            self._lines.close_segment(full, len(full))
        return self._piece(start, source.size)

    def _lines_of(self, at: int) -> list[Line]:
        """The lines that end in a final piece."""
        return self._wrapped(self._carried[at], self._piece(self._bounds[at], self._bounds[at + 1]))[:-1]

    def _piece(self, start: int, stop: int) -> str:
        """A piece, without the indentation of its first line."""
        before = min(1, start)
        return unindented_piece(self._source.part(start - before, stop), before, stop - start + before)


def unindented_piece(text: str, start: int, stop: int) -> str:
    """A piece of a paragraph, without the indentation of its first line."""
    piece = text[start:stop]
    return piece if start and text[start - 1] != "\n" else piece.lstrip(" \t")


def next_piece(text: str, start: int) -> int:
    """The number of characters of the next piece of a paragraph. 0 if it is undecided."""
    size_limit = LARGE
    while len(text) - start >= size_limit + _AFTER_PIECE:
        last_blank = max(text.rfind(blank, start + size_limit // 2, start + size_limit) for blank in " \n")
        stop = last_blank + 1 or start + size_limit
        if size_limit >= _MAX_PIECE or not _has_unpaired_mark(text[start:stop]):
            return stop - start
        size_limit *= 2
    return 0


def _has_unpaired_mark(piece: str) -> bool:
    return certain_text(piece) is None and any(
        run.look.name != "code" and _MARKS & set(run.text) for run in inline_runs(piece)
    )


class PlainLayout:
    """A large block that no other layout can grow: its source, wrapped as plain text."""

    def __init__(self, width: int) -> None:
        self.reused = 0
        self._width = width
        self._document = PlainDocument()
        self._size = 0
        """Characters of the block's source that were passed on."""

    def lines(self, source: OpenText) -> list[Line]:
        if source.size < self._size:
            # The last lines turned out to be the first ones of another block.
            self._document, self._size = PlainDocument(), 0
        self._document.append(source.part(self._size))
        self._size = source.size
        lines = self._document.lines(self._width)
        self.reused = self._document.reused
        return lines

    def finished(self, source: OpenText) -> list[Line]:
        return self.lines(source)


class TableLayout:
    """A long table: its columns may become wider from one section of rows to the next, or turn out to be no numbers."""

    def __init__(self, head: Sequence[str], table: Table, width: int) -> None:
        """Args:
        head: The source lines of the header.
        table: The parsed header, without rows.
        width: The available width in cells.
        """
        self.reused = 0
        self._head = list(head)
        self._table = table
        """The header, with the alignment of its columns so far."""
        self._source_table = table
        self._width = width
        self._columns = columns_of(table)
        self._widths = self._columns.fitted(width)
        self._rows: list[Row] = []
        """The rows of the last section."""
        self._lines = header_lines(table, self._widths)
        self._section_lines = 0
        self._consumed = len(head)
        self._consumed_lines = len(self._lines)

    def lines(self, source: OpenText) -> list[Line]:
        del self._lines[self._consumed_lines :]
        self.reused = self._consumed_lines
        while self._consumed < source.count:
            stop = min(source.count, self._consumed + SECTION_ROWS - len(self._rows))
            self._consume(source.lines[self._consumed : stop])
        self._consumed_lines = len(self._lines)
        partial = source.partial() if source.partial_size < LARGE else ""
        if "|" in partial.strip().strip("|"):
            self._lay_out(self._parsed([closed_cell(partial)]))
        return self._lines

    def finished(self, source: OpenText) -> list[Line] | None:
        return self.lines(source) if len(source.lines) > len(self._head) else None

    def _consume(self, rows: Sequence[str]) -> None:
        new = self._parsed(rows)
        self._consumed += len(rows)
        self._rows.extend(new)
        self._columns = self._columns.with_rows(new)
        widths, table = self._columns.fitted(self._width), self._columns.aligned(self._source_table)
        if (widths, table.aligns) != (self._widths, self._table.aligns):
            self._widths, self._table = widths, table
            del self._lines[self._section_lines :]
            self.reused = min(self.reused, self._section_lines)
            if not self._lines:
                self._lines.extend(header_lines(self._table, widths))
            new = tuple(self._rows)
        self._lay_out(new)
        if len(self._rows) == SECTION_ROWS:
            self._rows = []
            self._section_lines = len(self._lines)

    def _lay_out(self, rows: tuple[Row, ...]) -> None:
        table = replace(self._table, rows=rows)
        if self._widths:
            self._lines.extend(body_lines(table, self._widths))
        else:
            self._lines.extend([BLANK] if self._lines else [])
            self._lines.extend(list_lines(table, self._width))

    def _parsed(self, rows: Sequence[str]) -> tuple[Row, ...]:
        return table_rows(self._head, rows)


def table_rows(head: Sequence[str], rows: Sequence[str]) -> tuple[Row, ...]:
    """The rows of a part of a table.

    Args:
        head: The source lines of the header.
        rows: The source lines of the rows. At least one.
    """
    if max(map(len, rows)) > _MAX_ROW:
        return tuple(((Run(row),),) if len(row) > _MAX_ROW else table_rows(head, [row])[0] for row in rows)
    table = parse_table("\n".join([*head, *rows]))
    return table.rows if table else ()
