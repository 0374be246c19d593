"""The lines of a Markdown document: laid out near the view, estimated elsewhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Final, overload

from tui.ui.log.flat import FlatText
from tui.ui.log.line_sequence import item_of
from tui.ui.log.line_stack import (
    LayoutBudget,
    LineStack,
    Piece,
    TextPiece,
    TextPosition,
    rescaled,
    weak_partial,
)
from tui.ui.markdown.blocks import Kind
from tui.ui.markdown.closed_blocks import ClosedBlock
from tui.ui.markdown.document import ContainerText, MarkdownDocument, has_gap
from tui.ui.markdown.lines import BLANK, Line, blank_below
from tui.ui.markdown.sections import FenceSections, ParagraphSections, Sections

_LINES_READ: Final = 100
"""Source lines of a quote or item that are read at once."""

_CODE: Final = frozenset({"fence", "code"})
"""Kinds of blocks that are code."""

_MAX_PREFIXED: Final = 1_000
"""Lines of a quote or item that are kept with their prefix."""


class DocumentLines(LineStack, Sequence[Line]):
    """The lines of a document, which may still grow. Call `update` after each change of it, and of the width."""

    def __init__(self, document: MarkdownDocument) -> None:
        super().__init__()
        self._document = document
        self._width = 0
        self._tail: list[_OpenLines] = []
        """The open blocks."""
        self._ahead: tuple[int, Sequence[Line]] | None = None
        """A block of code whose lines were needed by the blank line below it, before the block itself."""

    def update(self, width: int, *, has_open_blocks: bool = True) -> None:
        """Take what has arrived.

        Args:
            width: The width of the lines in cells.
            has_open_blocks: Whether to lay out blocks that may still grow. Not needed if the rest is there already.
        """
        if width != self._width:
            self._width = width
            self._ahead = None
            self.reset(())
        blocks = self._document.closed_blocks
        for at in range(self.piece_count, len(blocks)):
            self.append(estimated_height(blocks[at], width) + self._has_gap(at))
        self._tail = []
        for block, lines in self._document.open_blocks(width) if has_open_blocks else ():
            gap: list[Line] = []
            has_lines_above = len(self._tail) or self._has_lines_above(self.piece_count)
            if has_lines_above and has_gap(block, self._document.container):
                gap = [self.blank_line_below]
            if lines:
                self._tail.append(_OpenLines(block.kind, gap, lines))

    @property
    def open_line_count(self) -> int:
        """The number of lines of the open blocks."""
        return sum(map(len, self._tail))

    def block_of(self, line: Line) -> list[Line]:
        """The lines of the block that has a line, without the one above. Empty if it is not laid out."""
        for opened in self._tail:
            if any(each.ground is line.ground for each in opened.lines):
                return list(opened.lines)
        for at in self.made_pieces:
            lines = list(self.piece(at))
            if any(each.ground is line.ground for each in lines):
                return lines
        return []

    def drop_lines(self) -> None:
        """Free the lines of all closed blocks. Their number stays known."""
        super().drop_lines()
        self._ahead = None
        self._document.closed_blocks.drop_lines()

    def make_piece(self, at: int, height: int, *, is_exact: bool) -> Piece:
        closed = self._document.closed_blocks[at]
        gap = weak_partial(self._gap_above, at)
        parts = None if closed.has_lines(self._width) else closed.parts(self._width)
        if parts is None:
            return TextPiece(weak_partial(self._whole_lines, at, gap), height, is_exact=is_exact)
        if isinstance(parts, ContainerText):
            return _ContainerLines(closed, parts, self._width, gap, height)
        return _SectionLines(parts, self._width, gap, height, has_gap=self._has_gap(at))

    def __len__(self) -> int:
        return super().__len__() + self.open_line_count

    def __iter__(self) -> Iterator[Line]:
        """All lines as they are now, even if the document grows in between. Not if the width changes."""
        opened = [line for block in self._tail for line in (*block.gap, *block.lines)]
        return chain(super().__iter__(), opened)

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        return item_of(self.line, len(self), at)

    @property
    def last_line(self) -> Line | None:
        return self._tail[-1].lines[-1] if self._tail else super().last_line

    @property
    def blank_line_below(self) -> Line:
        """The blank line that follows the document. Below code it knows the ground of the code."""
        blocks = self._document.closed_blocks
        kind = self._tail[-1].kind if self._tail else blocks.kind(-1) if blocks else "closed"
        # The last line of any other block may take long to lay out, and has no ground.
        return blank_below(self.last_line or BLANK) if kind in _CODE else BLANK

    def line(self, at: int) -> Line:
        closed = super().__len__()
        if at < closed:
            return super().line(at)
        at -= closed
        for opened in self._tail:
            if at < len(opened):
                return opened.line(at)
            at -= len(opened)
        return BLANK

    def lay_out(self, at: int, above: int, below: int, budget: LayoutBudget) -> int:
        closed, tail = super().__len__(), self.open_line_count
        if at < closed:
            return super().lay_out(at, above, below, budget)
        into = min(at - closed, tail)
        if above > into or not tail:
            super().lay_out(closed, max(above - into, 1), 0, budget)
        return super().__len__() + into

    def position_of(self, at: int) -> TextPosition:
        closed = super().__len__()
        if at < closed or not self._tail:
            return super().position_of(at)
        at -= closed
        for index, opened in enumerate(self._tail):
            if at < len(opened):
                return (self.piece_count + index, FlatText([*opened.gap, *opened.lines]).offset_of(at))
            at -= len(opened)
        return (self.piece_count + len(self._tail),)

    def line_of(self, position: TextPosition) -> int:
        index = position[0] - self.piece_count
        if index < 0 or not self._tail:
            return super().line_of(position)
        top = super().__len__() + sum(map(len, self._tail[:index]))
        if index >= len(self._tail) or len(position) < 2:
            return top
        opened = self._tail[index]
        return top + FlatText([*opened.gap, *opened.lines]).line_of(position[1])

    def _has_gap(self, at: int) -> bool:
        """Whether a blank line stands above a closed block."""
        blocks = self._document.closed_blocks
        return has_gap(blocks[at].header, self._document.container) and self._has_lines_above(at)

    def _has_lines_above(self, at: int) -> bool:
        """Whether there is a line above a block: not if there are only quotes without content."""
        blocks = self._document.closed_blocks
        return any(blocks[each].source.strip("> \t\n") for each in range(at))

    def _gap_above(self, at: int) -> list[Line]:
        """The blank line above a closed block, if there is one."""
        if not self._has_gap(at):
            return []
        if self._document.closed_blocks.kind(at - 1) not in _CODE:
            return [BLANK]
        closed = self._document.closed_blocks[at - 1]
        if not closed.has_lines(self._width) and closed.parts(self._width) is not None:
            return [blank_below(self.piece(at - 1).last_line or BLANK)]
        # Not the piece of the block: that has a blank line too, which would ask the block above, and so on.
        if closed.has_lines(self._width):
            lines = closed.lines(self._width)
        else:
            lines = self._lines_of(at - 1)
            self._ahead = (at - 1, lines)
        return [blank_below(lines[-1] if lines else BLANK)]

    def _whole_lines(self, at: int, gap: Gap) -> list[Line]:
        """The lines of a block that is laid out as a whole, and what is above it."""
        lines = self._lines_of(at)
        self._ahead = None
        return [*gap(), *lines] if lines else []

    def _lines_of(self, at: int) -> Sequence[Line]:
        """The lines of a block that is laid out as a whole."""
        if self._ahead is not None and self._ahead[0] == at:
            return self._ahead[1]
        closed = self._document.closed_blocks[at]
        lines = closed.lines(self._width)
        closed.drop_lines()
        return lines


class _OpenLines:
    """The lines of an open block."""

    def __init__(self, kind: Kind, gap: list[Line], lines: Sequence[Line]) -> None:
        self.kind = kind
        self.gap = gap
        self.lines = lines

    def __len__(self) -> int:
        return len(self.gap) + len(self.lines)

    def line(self, at: int) -> Line:
        return self.gap[at] if at < len(self.gap) else self.lines[at - len(self.gap)]


Gap = Callable[[], list[Line]]
"""Returns the blank line above a block, if there is one."""


class _SectionLines(LineStack):
    """The lines of a large block, which is cut into sections."""

    def __init__(self, sections: Sections, width: int, gap: Gap, height: int, *, has_gap: bool) -> None:
        super().__init__((height,))
        self._sections = sections
        self._width = width
        self._gap = gap
        self._head_size = int(has_gap)
        """The number of blank lines above the block."""
        self._is_ready = False
        if sections.is_prepared(width):
            self._cut()

    def make_piece(self, at: int, height: int, *, is_exact: bool) -> Piece:
        return TextPiece(weak_partial(self._lines_of, at), height, is_exact=is_exact)

    def __iter__(self) -> Iterator[Line]:
        self._prepare_all()
        return super().__iter__()

    @property
    def last_line(self) -> Line | None:
        self._prepare_all()
        # Not from the piece, which may begin with the blank line above the block.
        lines = self._sections.lines(len(self._sections) - 1, self._width)
        return lines[-1] if lines else None

    @property
    def is_laid_out(self) -> bool:
        return self._is_ready and super().is_laid_out

    def drop_lines(self) -> None:
        super().drop_lines()
        self._sections.forget_highlighting()

    def line(self, at: int) -> Line:
        return super().line(at) if self._is_ready else BLANK

    def lay_out(self, at: int, above: int, below: int, budget: LayoutBudget) -> int:
        before, was_ready = len(self), self._is_ready
        if not self._get_ready(budget):
            return at
        if not was_ready:
            at = rescaled(at, before, len(self))
            budget.renew()
        return super().lay_out(at, above, below, budget)

    def lay_out_next(self, budget: LayoutBudget) -> bool:
        return self._get_ready(budget) and super().lay_out_next(budget)

    def position_of(self, at: int) -> TextPosition:
        self._prepare_all()
        if isinstance(self._sections, ParagraphSections):
            return (self._sections.offset_of(max(0, at - self._head_size)),)
        return super().position_of(at)

    def line_of(self, position: TextPosition) -> int:
        if not self._is_ready:
            # Not prepared here, which may take long. The caller asks again when it is.
            return self._sections.share_of(position) * len(self) // 1_000
        if isinstance(self._sections, ParagraphSections):
            return self._head_size + self._sections.line_of(position[0])
        return super().line_of(position)

    def _get_ready(self, budget: LayoutBudget) -> bool:
        """Prepare the sections, as far as the budget allows. Returns whether they are."""
        while not self._is_ready and budget.take():
            self._prepare()
        return self._is_ready

    def _prepare(self) -> None:
        if not self._sections.is_prepared(self._width):
            self._sections.prepare(self._width)
        if self._sections.is_prepared(self._width):
            self._cut()

    def _prepare_all(self) -> None:
        while not self._is_ready:
            self._prepare()

    def _cut(self) -> None:
        self._is_ready = True
        heights = [self._sections.estimate(at, self._width) for at in range(len(self._sections))]
        heights[0] += self._head_size
        self.reset(heights)
        if isinstance(self._sections, FenceSections) and self._sections.has_only_short_lines(self._width):
            # Not the first, which has the title. Highlighting the others just to count their lines would take long.
            for at in range(1, len(heights)):
                self.set_exact(at)

    def _lines_of(self, at: int) -> list[Line]:
        lines = self._sections.lines(at, self._width)
        return [*self._gap(), *lines] if at == 0 else lines


class _ContainerLines:
    """The lines of a large quote or item: those of its content, with its marker or bar."""

    def __init__(self, closed: ClosedBlock, text: ContainerText, width: int, gap: Gap, height: int) -> None:
        self._source = closed.source
        self._source_lines: list[str] = []
        """The lines of the source, while they are read."""
        self._text = text
        self._width = width
        self._gap = gap
        self._height = height
        """The estimated number of lines, until the content was read."""
        self._head: list[Line] = []
        """The lines above the content."""
        self._content = DocumentLines(text.document)
        self._whole: Piece | None = None
        """The block, if its content cannot be understood by itself."""
        self._make_whole = partial(_block_lines, closed, width, gap)
        self._is_ready = False
        self._prefixed: OrderedDict[int, tuple[Line, Line]] = OrderedDict()
        """Lines of the content, each with its prefix, by their ids."""

    def __len__(self) -> int:
        if self._whole is not None:
            return len(self._whole)
        return len(self._head) + len(self._content) if self._is_ready else self._height

    def __iter__(self) -> Iterator[Line]:
        self._read_all()
        if self._whole is not None:
            return iter(self._whole)
        lines = (self._text.container.prefixed(line, first=at == 0) for at, line in enumerate(self._content))
        return chain(self._head, lines)

    @property
    def last_line(self) -> Line | None:
        self._read_all()
        if self._whole is not None:
            return self._whole.last_line
        last = self._content.last_line
        if last is None:
            return self._head[-1] if self._head else None
        return self._text.container.prefixed(last, first=len(self._content) == 1)

    @property
    def is_laid_out(self) -> bool:
        if self._whole is not None:
            return self._whole.is_laid_out
        return self._is_ready and self._content.is_laid_out

    def line(self, at: int) -> Line:
        if self._whole is not None:
            return self._whole.line(at)
        if not self._is_ready:
            return BLANK
        if at < len(self._head):
            return self._head[at]
        at -= len(self._head)
        line = self._content.line(at)
        known = self._prefixed.get(id(line))
        if known is None or at == 0:
            # Kept, because painted lines are known by their identity. The first line has another prefix.
            known = (line, self._text.container.prefixed(line, first=at == 0))
            self._prefixed[id(line)] = known
            if len(self._prefixed) > _MAX_PREFIXED:
                self._prefixed.popitem(last=False)
        return known[1]

    def lay_out(self, at: int, above: int, below: int, budget: LayoutBudget) -> int:
        before, was_ready = len(self), self._is_ready
        if not self._get_ready(budget):
            return at
        if not was_ready:
            at = rescaled(at, before, len(self))
            budget.renew()
        if self._whole is not None:
            return self._whole.lay_out(at, above, below, budget)
        head = len(self._head)
        if at < head:
            self._content.lay_out(0, 0, max(1, below - (head - at)), budget)
            return at
        return head + self._content.lay_out(at - head, above, below, budget)

    def lay_out_next(self, budget: LayoutBudget) -> bool:
        if not self._get_ready(budget):
            return False
        content = self._content if self._whole is None else self._whole
        return content.lay_out_next(budget)

    def position_of(self, at: int) -> TextPosition:
        self._read_all()
        if self._whole is not None:
            return self._whole.position_of(at)
        return self._content.position_of(max(0, at - len(self._head)))

    def line_of(self, position: TextPosition) -> int:
        self._read_all()
        if self._whole is not None:
            return self._whole.line_of(position)
        return len(self._head) + self._content.line_of(position)

    def drop_lines(self) -> None:
        self._prefixed.clear()
        self._content.drop_lines()

    def _get_ready(self, budget: LayoutBudget) -> bool:
        """Read the content, as far as the budget allows. Returns whether it is read."""
        while not self._is_ready and budget.take():
            self._read()
        return self._is_ready

    def _read(self) -> None:
        """Read some more of the content."""
        text = self._text
        # Split once: a large quote is read in hundreds of steps.
        lines = self._source_lines = self._source_lines or self._source.split("\n")
        if text.consumed < len(lines) and not text.is_unparsable:
            text.consume(lines, min(len(lines), text.consumed + _LINES_READ))
        if text.consumed < len(lines) and not text.is_unparsable:
            return
        self._is_ready = True
        self._source_lines = []
        if text.is_unparsable:
            self._whole = TextPiece(self._make_whole, self._height)
            return
        text.document.finish()
        self._content.update(self._width - text.container.cells)
        self._head = [*self._gap(), *text.title_lines(self._width)]

    def _read_all(self) -> None:
        while not self._is_ready:
            self._read()


def _block_lines(closed: ClosedBlock, width: int, gap: Gap) -> list[Line]:
    """The lines of a block that is laid out as a whole."""
    lines = closed.lines(width)
    closed.drop_lines()
    return [*gap(), *lines] if lines else []


def estimated_height(closed: ClosedBlock, width: int) -> int:
    """The approximate number of lines of a block, without a blank line above."""
    match closed.kind:
        case "fence" | "table":
            return max(2, closed.newlines)
        case "code":
            return closed.newlines + 2
        case "paragraph" | "closed":
            return 1 + closed.size // max(1, width)
    return 1 + max(closed.newlines // 2, closed.size // max(1, width))
