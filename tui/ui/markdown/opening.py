"""The block that is still open: rendered as a whole while it is small, and line by line once it is large."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui.ui.markdown.blocks import Block, BlockSplitter
from tui.ui.markdown.code import code_lines, language_of
from tui.ui.markdown.inline import runs_of
from tui.ui.markdown.lines import Line, Run, wrap
from tui.ui.markdown.render import code_line_lines, code_title_lines, parser, render, table_of
from tui.ui.markdown.tables import body_lines, column_widths, table_lines

_SMALL: Final = 2_500
"""Characters of a block that are rendered anew each frame."""

_CONTEXT_LINES: Final = 30
"""Lines of code before a new one that are looked at for its colours."""


class OpenBlock:
    """Renders the open block at each frame, so that the cost of a frame does not grow with it."""

    def __init__(self) -> None:
        self._growing: _GrowingFence | _GrowingParagraph | _GrowingTable | None = None

    def rendered(self, splitter: BlockSplitter, width: int) -> list[tuple[Block, list[Line]]]:
        """The open blocks with their lines: mostly one, sometimes two when a begun line starts another."""
        whole, begun = splitter.open_lines, splitter.begun_line
        if splitter.open_size + len(begun) > _SMALL:
            growing = self._growing or _growing(splitter, width)
            if growing is not None:
                self._growing = growing
                return [(splitter.open_block, growing.lines(whole, begun))]
        rendered = []
        for block in splitter.open_blocks():
            source = _with_ends(block)
            rendered.append((block, render(source, width, block.number)))
        return rendered


def _growing(splitter: BlockSplitter, width: int) -> _GrowingFence | _GrowingParagraph | _GrowingTable | None:
    """What renders a large block of a kind. None for kinds that stay small, or are split into items."""
    match splitter.open_kind:
        case "fence":
            return _GrowingFence(splitter.open_lines[0], width)
        case "table":
            return _GrowingTable(splitter.open_lines, width)
        case "paragraph":
            return _GrowingParagraph(width)
        case "closed" if splitter.begins_paragraph():
            return _GrowingParagraph(width)
    return None


class _GrowingFence:
    """Code that is still being written: each line is coloured once, in the light of those before it."""

    def __init__(self, opening: str, width: int) -> None:
        self._width = width
        info = opening.strip().lstrip("`~")
        self._indent = len(opening) - len(opening.lstrip(" "))
        self._language = language_of(info)
        self._lines = code_title_lines(self._language, width)
        self._whole = len(self._lines)
        self._taken = 1

    def lines(self, whole: Sequence[str], begun: str) -> list[Line]:
        del self._lines[self._whole :]
        new = len(whole) - self._taken
        if new:
            context = [self._unindented(line) for line in whole[max(1, self._taken - _CONTEXT_LINES) :]]
            coloured = list(code_lines("\n".join(context), self._language))
            for runs in coloured[len(context) - new : len(context)]:
                self._lines.extend(code_line_lines(runs, self._width))
            self._taken = len(whole)
            self._whole = len(self._lines)
        if begun:
            for runs in code_lines(self._unindented(begun), self._language):
                self._lines.extend(code_line_lines(runs, self._width))
        return self._lines

    def _unindented(self, line: str) -> str:
        return line[min(self._indent, len(line) - len(line.lstrip(" "))) :]


class _GrowingParagraph:
    """A paragraph without end: what can mean nothing else any more is wrapped once."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[Line] = []
        self._whole = 0
        self._carried: list[Run] = []
        """What is settled, but ends in a line that goes on."""
        self._offset = 0

    def lines(self, whole: Sequence[str], begun: str) -> list[Line]:
        del self._lines[self._whole :]
        rest = "\n".join([*whole, begun] if begun else whole)[self._offset :]
        while len(rest) > _SMALL and (settled := _settled(rest)):
            wrapped = wrap([*self._carried, *_inline(rest[:settled])], self._width)
            self._lines.extend(wrapped[:-1])
            self._carried = list(wrapped[-1].runs)
            self._offset += settled
            rest = rest[settled:]
        self._whole = len(self._lines)
        self._lines.extend(wrap([*self._carried, *_inline(_closed_spans(rest))], self._width))
        return self._lines


class _GrowingTable:
    """A long table: the widths of its columns are settled, and each row is laid out once."""

    def __init__(self, whole: Sequence[str], width: int) -> None:
        self._head = list(whole[:2])
        table = table_of("\n".join(whole))
        self._widths = column_widths(table, width) if table else ()
        self._width = width
        self._lines = table_lines(table, width, self._widths) if table else []
        self._whole = len(self._lines)
        self._taken = len(whole)

    def lines(self, whole: Sequence[str], begun: str) -> list[Line]:
        del self._lines[self._whole :]
        if new := whole[self._taken :]:
            self._lines.extend(self._rows(new))
            self._taken = len(whole)
            self._whole = len(self._lines)
        if "|" in begun.strip().strip("|"):
            self._lines.extend(self._rows([begun]))
        return self._lines

    def _rows(self, rows: Sequence[str]) -> list[Line]:
        table = table_of("\n".join([*self._head, *rows]))
        if table is None:
            return []
        return body_lines(table, self._widths) if self._widths else table_lines(table, self._width, ())


_MARKS: Final = frozenset("*_~`[$")
_SPAN: Final = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_BEGUN_LINK: Final = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\Z")
_END_MARKS: Final = re.compile(r"(?<=\s)(\*{1,3}|_{1,3}|~~|`+)\Z|\A(\*{1,3}|_{1,3}|~~|`+)\Z")


def _inline(text: str) -> list[Run]:
    return runs_of(parser.parseInline(text)[0].children or ())


def _settled(rest: str) -> int:
    """How much of a paragraph's rest is settled: up to a blank, every mark before it paired. 0 when none is."""
    limit = len(rest) - _SMALL // 4
    blanks = [rest.rfind(blank, limit - _SMALL // 2, limit) for blank in " \n"]
    stop = max(blanks) + 1 or limit
    if len(rest) > 4 * _SMALL:
        return stop
    loose = {mark for run in _inline(rest[:stop]) if run.look.name != "code" for mark in _MARKS & set(run.text)}
    return 0 if loose else stop


def _with_ends(block: Block) -> str:
    """The source of an open block as it will look once the spans that it has opened are closed."""
    if block.kind in ("fence", "table") or "```" in block.source or "~~~" in block.source:
        return block.source
    before, blank, last = block.source.rpartition("\n\n")
    return before + blank + _closed_spans(last)


def _closed_spans(text: str) -> str:
    """A begun paragraph with its open spans closed, so that it does not change its look when they are."""
    text = _BEGUN_LINK.sub(r"\1", _END_MARKS.sub("", text))
    outside = _SPAN.sub("", text)
    if "`" in outside:
        return text + "`" if outside.count("`") == 1 else text
    ends = ""
    for mark in ("**", "~~"):
        parts = outside.split(mark)
        if len(parts) % 2 == 0 and parts[-1] and not parts[-1][0].isspace():
            if parts[-1].endswith(mark[0]) and parts[-1].count(mark[0]) == 1:
                # Half of the mark that closes it.
                text = text.removesuffix(mark[0])
            ends += mark
    return text.rstrip() + ends if ends else text
