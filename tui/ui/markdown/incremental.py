"""Large blocks, laid out piece by piece: what can mean nothing else any more is laid out once, however long it grows.

Whether a block came at once or over minutes, it is cut into the same pieces,
so that it looks the same in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

from tui.ui.markdown.autoclose import closed_spans
from tui.ui.markdown.blocks import fence_content
from tui.ui.markdown.code import code_lines, language_of
from tui.ui.markdown.inline import merged
from tui.ui.markdown.lines import BLANK, Line, Run, wrap
from tui.ui.markdown.render import code_line_lines, code_title_lines, inline_runs, parse_table
from tui.ui.markdown.tables import Row, Table, body_lines, fitted_widths, header_lines, list_lines, natural_widths

LARGE: Final = 2_500
"""Characters from which on a block is laid out piece by piece. Below it is rendered anew each frame."""

_SECTION_LINES: Final = 500
_SECTION_SIZE: Final = 40_000
"""Lines, or else characters, of code that are coloured at once: what a frame has time for."""

_CONTEXT_LINES: Final = 30
_CONTEXT_SIZE: Final = 4_000
"""Lines of code before others that are looked at for their colours, and the most characters in them."""

_MAX_COLOURED_LINE: Final = 2_000
"""Characters of a line of code from which on it gets its colours only once it is whole."""

_SECTION_ROWS: Final = 100
"""Rows of a table that have columns of the same width."""

_MARKS: Final = frozenset("*_~`[$")
_MAX_PIECE: Final = 2 * LARGE
"""Characters of a paragraph after which it is cut even where a mark is not paired."""

_AFTER_PIECE: Final = LARGE // 4
"""Characters after a piece that must be there before it is cut off: the end of a paragraph is left in one."""


class BlockLayout(Protocol):
    """A large block while it grows."""

    kept: int
    """How many of the lines that were last given are those that were given before."""

    def lines(self, whole: Sequence[str], begun: str) -> list[Line] | None:
        """All its lines if it ended here. The list is its own: it grows in place.

        Args:
            whole: All lines of its source so far.
            begun: The line that is not whole yet. Empty where nobody can tell yet what it means.

        Returns:
            None where it must be rendered in one go after all.
        """

    def finished(self, whole: Sequence[str]) -> list[Line] | None:
        """All its lines, with nothing to follow. None where they are not what was seen of it before."""


class FenceLayout:
    """Code: coloured line by line in the light of those before, and once more when a section of it is whole."""

    def __init__(self, opening: str, width: int) -> None:
        self.reused = 0
        self._width = width
        self._opening = opening
        self._language = language_of(opening.strip().lstrip("`~"))
        self._lines = code_title_lines(self._language, width)
        self._sections = 1
        """Lines of the source that stand in whole sections, and the opening."""
        self._section_lines = len(self._lines)
        self._section_size = 0
        self._taken = 1
        self._taken_lines = len(self._lines)

    def lines(self, whole: Sequence[str], begun: str) -> list[Line]:
        self._take(whole)
        if begun:
            language = self._language if len(begun) < _MAX_COLOURED_LINE else ""
            for runs in code_lines(self._code([begun]), language):
                self._lines.extend(code_line_lines(runs, self._width))
        return self._lines

    def finished(self, whole: Sequence[str]) -> list[Line] | None:
        code = fence_content("\n".join(whole)).count("\n") + 1
        if self._taken > code + 1:
            # Blank lines at its end that do not belong to it.
            return None
        self._take(whole[: code + 1])
        if self._taken > self._sections:
            self._colour(whole[: self._taken])
        return self._lines

    def _take(self, whole: Sequence[str]) -> None:
        """Take new lines of code."""
        del self._lines[self._taken_lines :]
        self.reused = self._taken_lines
        for at in range(self._taken, len(whole)):
            self._section_size += len(whole[at]) + 1
            if at + 1 - self._sections >= _SECTION_LINES or self._section_size >= _SECTION_SIZE:
                self._colour(whole[: at + 1])
        if new := len(whole) - max(self._taken, self._sections):
            self._lines.extend(self._coloured(whole, len(whole) - new))
        self._taken = len(whole)
        self._taken_lines = len(self._lines)

    def _colour(self, whole: Sequence[str]) -> None:
        """Lay the last section out, now that it is whole."""
        del self._lines[self._section_lines :]
        self.reused = min(self.reused, self._section_lines)
        self._lines.extend(self._coloured(whole, self._sections))
        self._sections = len(whole)
        self._section_lines = len(self._lines)
        self._section_size = 0

    def _coloured(self, whole: Sequence[str], start: int) -> Iterator[Line]:
        """The lines from one of the source on, coloured in the light of those before it."""
        first = start
        size = 0
        while first > max(1, start - _CONTEXT_LINES) and (size := size + len(whole[first - 1])) < _CONTEXT_SIZE:
            first -= 1
        for runs in islice(code_lines(self._code(whole[first:]), self._language), start - first, None):
            yield from code_line_lines(runs, self._width)

    def _code(self, lines: Sequence[str]) -> str:
        return fence_content("\n".join([self._opening, *lines]))


class ParagraphLayout:
    """A paragraph without end: what can mean nothing else any more is wrapped once."""

    def __init__(self, width: int) -> None:
        self.reused = 0
        self._width = width
        self._lines: list[Line] = []
        self._settled_lines = 0
        self._carried: list[Run] = []
        """What is settled, but ends in a line that goes on."""
        self._settled = 0
        self._looked_at = 0
        """Characters that what is settled was settled by."""

    def lines(self, whole: Sequence[str], begun: str) -> list[Line]:
        rest = self._settle("\n".join([*whole, begun] if begun else whole))
        self._lines.extend(self._wrapped(closed_spans(rest)))
        return self._lines

    def finished(self, whole: Sequence[str]) -> list[Line] | None:
        text = "\n".join(whole)
        if len(text) < self._looked_at:
            # What seemed to be its last line was the first of another block.
            return None
        self._lines.extend(self._wrapped(self._settle(text).rstrip(" \t\n")))
        return self._lines

    def _wrapped(self, piece: str) -> list[Line]:
        return wrap(list(merged([*self._carried, *inline_runs(piece)])), self._width)

    def _settle(self, text: str) -> str:
        """Settle what can be; return the rest."""
        del self._lines[self._settled_lines :]
        self.reused = self._settled_lines
        while size := _next_piece(text, self._settled):
            stop = self._settled + size
            self._looked_at = stop + _AFTER_PIECE
            *full, last = self._wrapped(self._unindented(text, stop))
            self._lines.extend(full)
            # Blanks at its end that found no room stand before the next word all the same.
            unseen = (last.separator or "").removesuffix("\n")
            self._carried = [*last.runs, Run(unseen)] if unseen else list(last.runs)
            self._settled = stop
        self._settled_lines = len(self._lines)
        return self._unindented(text, len(text))

    def _unindented(self, text: str, stop: int) -> str:
        """The text from what is settled on, without the indentation of its first line."""
        piece = text[self._settled : stop]
        return piece if self._settled and text[self._settled - 1] != "\n" else piece.lstrip(" \t")


def _next_piece(text: str, start: int) -> int:
    """How many characters the next piece of a paragraph has. 0 while nobody can tell."""
    most = LARGE
    while len(text) - start >= most + _AFTER_PIECE:
        last_blank = max(text.rfind(blank, start + most // 2, start + most) for blank in " \n")
        stop = last_blank + 1 or start + most
        if most >= _MAX_PIECE or not _has_unpaired_mark(text[start:stop]):
            return stop - start
        most *= 2
    return 0


def _has_unpaired_mark(piece: str) -> bool:
    return any(run.look.name != "code" and _MARKS & set(run.text) for run in inline_runs(piece))


class TableLayout:
    """A long table: from one section of its rows to the next its columns may get wider."""

    def __init__(self, head: Sequence[str], table: Table, width: int) -> None:
        """Args:
        head: The lines of its header.
        table: What they are without any rows.
        width: Cells that it may take.
        """
        self.reused = 0
        self._head = list(head)
        self._table = table
        self._width = width
        self._wanted = natural_widths(table)
        self._widths = fitted_widths(self._wanted, width)
        self._rows: list[Row] = []
        """Those of the last section."""
        self._lines = header_lines(table, self._widths)
        self._section_lines = 0
        self._taken = len(head)
        self._taken_lines = len(self._lines)

    def lines(self, whole: Sequence[str], begun: str) -> list[Line]:
        del self._lines[self._taken_lines :]
        self.reused = self._taken_lines
        while self._taken < len(whole):
            self._take(whole[self._taken : self._taken + _SECTION_ROWS - len(self._rows)])
        self._taken_lines = len(self._lines)
        if "|" in begun.strip().strip("|") and len(begun) < LARGE:
            self._lay_out(self._parsed([begun]))
        return self._lines

    def finished(self, whole: Sequence[str]) -> list[Line] | None:
        return self.lines(whole, "") if len(whole) > len(self._head) else None

    def _take(self, rows: Sequence[str]) -> None:
        new = self._parsed(rows)
        self._taken += len(rows)
        self._rows.extend(new)
        self._wanted = natural_widths(replace(self._table, rows=new), self._wanted)
        widths = fitted_widths(self._wanted, self._width)
        if widths != self._widths:
            self._widths = widths
            del self._lines[self._section_lines :]
            self.reused = min(self.reused, self._section_lines)
            if not self._lines:
                self._lines.extend(header_lines(self._table, widths))
            new = tuple(self._rows)
        self._lay_out(new)
        if len(self._rows) == _SECTION_ROWS:
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
        table = parse_table("\n".join([*self._head, *rows]))
        return table.rows if table else ()
