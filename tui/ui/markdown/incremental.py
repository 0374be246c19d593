"""Incremental layout of large blocks: the final part of a growing block is laid out once.

A block is always cut into the same pieces, whether it arrived at once or over
minutes, so that the finished layout is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Protocol

from tui.ui.markdown.autoclose import closed_spans
from tui.ui.markdown.blocks import BLANKS
from tui.ui.markdown.code import highlighted, language_of
from tui.ui.markdown.code_lines import code_cells, code_line_lines, code_title_lines, ground_cells
from tui.ui.markdown.fences import fence_content, unindented
from tui.ui.markdown.inline import merged
from tui.ui.markdown.lines import BLANK, Ground, Line, Run, wrap
from tui.ui.markdown.plain import PlainDocument
from tui.ui.markdown.render import inline_runs, parse_table
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


class BlockLayout(Protocol):
    """The layout of a large block while it grows."""

    reused: int
    """The number of leading lines of the last `lines` call that are identical to those of the call before."""

    def lines(self, complete: Sequence[str], partial: str) -> list[Line] | None:
        """All lines, as if the block ended here. The returned list is updated in place by later calls.

        Args:
            complete: All complete source lines so far.
            partial: The incomplete last line. Empty while it is ambiguous.

        Returns:
            None if the block must be rendered at once instead.
        """

    def finished(self, complete: Sequence[str]) -> list[Line] | None:
        """All lines of the finished block. None if `complete` contradicts the lines seen before."""


class FenceLayout:
    """Code: each line is highlighted with the lines before it as context, and again once its section is complete."""

    def __init__(self, opening: str, width: int) -> None:
        self.reused = 0
        self._width = width
        self._opening = opening
        self._language = language_of(opening.strip().lstrip("`~"))
        self._ground = Ground(0)
        self._lines = code_title_lines(self._language, width, self._ground)
        self._widest = self._lines[0].width
        """Cells of the longest complete line. The ground is as wide, and all lines share it."""
        self._sections = 1
        """Source lines in complete sections, including the opening line."""
        self._section_lines = len(self._lines)
        self._section_size = 0
        self._consumed = 1
        self._consumed_lines = len(self._lines)

    def lines(self, complete: Sequence[str], partial: str) -> list[Line]:
        self._consume(complete)
        widest = self._widest
        if partial:
            language = self._language if len(partial) < _MAX_HIGHLIGHTED_PARTIAL else ""
            for runs in self._runs([partial], language):
                widest = max(widest, _code_cells(runs, self._width))
                self._lines.extend(code_line_lines(runs, self._width, self._ground))
        self._ground.cells = max(self._ground.cells, ground_cells(widest, self._width, is_open=True))
        return self._lines

    def finished(self, complete: Sequence[str]) -> list[Line] | None:
        code = fence_content("\n".join(complete)).count("\n") + 1
        if self._consumed > min(code + 1, len(complete)):
            # The last blank lines do not belong to the block.
            return None
        self._consume(complete[: code + 1])
        if self._consumed > self._sections:
            self._finish_section(complete[: self._consumed])
        self._ground.cells = ground_cells(self._widest, self._width)
        return self._lines

    def _consume(self, complete: Sequence[str]) -> None:
        """Add new lines of code."""
        del self._lines[self._consumed_lines :]
        self.reused = self._consumed_lines
        for at in range(self._consumed, len(complete)):
            self._section_size += len(complete[at]) + 1
            is_blank = not complete[at].strip(BLANKS)
            if self._section_size >= (MIN_SECTION if is_blank else MAX_SECTION):
                self._finish_section(complete[: at + 1])
        if new := len(complete) - max(self._consumed, self._sections):
            self._lines.extend(self._highlighted(complete, len(complete) - new))
        self._consumed = len(complete)
        self._consumed_lines = len(self._lines)

    def _finish_section(self, complete: Sequence[str]) -> None:
        """Lay out the last section, which is complete now."""
        del self._lines[self._section_lines :]
        self.reused = min(self.reused, self._section_lines)
        self._lines.extend(self._highlighted(complete, self._sections))
        self._sections = len(complete)
        self._section_lines = len(self._lines)
        self._section_size = 0

    def _highlighted(self, complete: Sequence[str], start: int) -> Iterator[Line]:
        """The rendered lines from a source line on, highlighted with the lines before it as context."""
        first = start
        size = 0
        while first > max(1, start - CONTEXT_LINES) and (size := size + len(complete[first - 1])) < CONTEXT_SIZE:
            first -= 1
        for runs in self._runs(complete[first:], self._language)[start - first :]:
            self._widest = max(self._widest, _code_cells(runs, self._width))
            yield from code_line_lines(runs, self._width, self._ground)

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
    """A very long paragraph: its final part is wrapped once."""

    def __init__(self, width: int) -> None:
        self.reused = 0
        self._width = width
        self._lines: list[Line] = []
        self._final_lines = 0
        self._carried: list[Run] = []
        """The final runs of a line that continues."""
        self._final_size = 0
        self._examined_size = 0
        """Characters that were examined to decide which part is final."""

    def lines(self, complete: Sequence[str], partial: str) -> list[Line]:
        rest = self._consume("\n".join([*complete, partial] if partial else complete))
        self._lines.extend(self._wrapped(closed_spans(rest)))
        return self._lines

    def finished(self, complete: Sequence[str]) -> list[Line] | None:
        text = "\n".join(complete)
        if len(text) < self._examined_size:
            # The last line turned out to be the first line of another block.
            return None
        self._lines.extend(self._wrapped(self._consume(text).rstrip(" \t\n")))
        return self._lines

    def _wrapped(self, piece: str) -> list[Line]:
        return wrap(list(merged([*self._carried, *inline_runs(piece)])), self._width)

    def _consume(self, text: str) -> str:
        """Wrap the part that has become final, and return the rest."""
        del self._lines[self._final_lines :]
        self.reused = self._final_lines
        while size := next_piece(text, self._final_size):
            stop = self._final_size + size
            self._examined_size = stop + _AFTER_PIECE
            *full, last = self._wrapped(self._unindented(text, stop))
            self._lines.extend(full)
            # Blanks that did not fit at the end still separate the last word from the next one.
            hidden_blanks = (last.separator or "").removesuffix("\n")
            self._carried = [*last.runs, Run(hidden_blanks)] if hidden_blanks else list(last.runs)
            self._final_size = stop
        self._final_lines = len(self._lines)
        return self._unindented(text, len(text))

    def _unindented(self, text: str, stop: int) -> str:
        """The text after the final part, without the indentation of its first line."""
        return unindented_piece(text, self._final_size, stop)


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
    return any(run.look.name != "code" and _MARKS & set(run.text) for run in inline_runs(piece))


class PlainLayout:
    """A large block that no other layout can grow: its source, wrapped as plain text."""

    def __init__(self, width: int) -> None:
        self.reused = 0
        self._width = width
        self._document = PlainDocument()
        self._size = 0
        """Characters of the block's source that were passed on."""

    def lines(self, complete: Sequence[str], partial: str) -> list[Line]:
        text = "\n".join([*complete, partial] if partial else complete)
        if len(text) < self._size:
            # The last lines turned out to be the first ones of another block.
            self._document, self._size = PlainDocument(), 0
        self._document.append(text[self._size :])
        self._size = len(text)
        lines = self._document.lines(self._width)
        self.reused = self._document.reused
        return lines

    def finished(self, complete: Sequence[str]) -> list[Line]:
        return self.lines(complete, "")


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

    def lines(self, complete: Sequence[str], partial: str) -> list[Line]:
        del self._lines[self._consumed_lines :]
        self.reused = self._consumed_lines
        while self._consumed < len(complete):
            self._consume(complete[self._consumed : self._consumed + SECTION_ROWS - len(self._rows)])
        self._consumed_lines = len(self._lines)
        if "|" in partial.strip().strip("|") and len(partial) < LARGE:
            self._lay_out(self._parsed([partial]))
        return self._lines

    def finished(self, complete: Sequence[str]) -> list[Line] | None:
        return self.lines(complete, "") if len(complete) > len(self._head) else None

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
