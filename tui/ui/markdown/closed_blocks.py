"""The final blocks of a document: each is an object only while its lines are needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, overload

from tui.chat.growing_text import GrowingText
from tui.ui.markdown.block_table import BlockTable
from tui.ui.markdown.blocks import Block, Kind
from tui.ui.markdown.incremental import LARGE
from tui.ui.markdown.lines import Line
from tui.ui.markdown.source_lines import BlockSource

if TYPE_CHECKING:
    from tui.ui.markdown.document import ContainerText
    from tui.ui.markdown.sections import Sections

_MOST_KNOWN: Final = 200
_MOST_CHARACTERS: Final = 2_000_000
"""Blocks that are kept: with the lines that they had when they were closed, or with the parts of a large block."""


class BlockRenderer(Protocol):
    """Renders blocks of a document."""

    def lines_of(self, block: Block, width: int) -> Sequence[Line]:
        """The lines of a block, without a blank line before them."""
        ...

    def parts_of(self, header: Block, source: BlockSource) -> Sections | ContainerText | None:
        """What a large block consists of. None if it is rendered as a whole.

        Args:
            header: The block without its source.
            source: Its source.
        """
        ...

    def fit(self, parts: Sections | ContainerText, width: int) -> bool:
        """Whether a width is enough for the parts of a block."""
        ...


class ClosedBlock:
    """A final block. Its lines are rendered on demand and can be dropped."""

    def __init__(self, table: BlockTable, at: int, renderer: BlockRenderer) -> None:
        """Args:
        table: Has the block.
        at: Its index there.
        renderer: Renders it.
        """
        self.header = table.header(at)
        """The block without its source."""
        self.kind = self.header.kind
        self.size = table.size(at)
        """The number of characters."""
        self._table = table
        self._at = at
        self._renderer = renderer
        self._lines: Sequence[Line] | None = None
        self._width = 0
        self._parts: Sections | ContainerText | None = None

    @property
    def source(self) -> str:
        """The source, which is read from the text."""
        return self._table.source(self._at).part()

    @property
    def newlines(self) -> int:
        """The number of newlines in it."""
        return self._table.newlines(self._at)

    @property
    def block(self) -> Block:
        """The block with its source."""
        return replace(self.header, source=self.source)

    def keep_lines(self, lines: Sequence[Line], width: int) -> None:
        """Keep lines that were laid out while the block grew."""
        self._lines, self._width = lines, width

    def has_lines(self, width: int) -> bool:
        """Whether the lines at a width are known, because the block was laid out while it grew."""
        return self._lines is not None and self._width == width

    def parts(self, width: int) -> Sections | ContainerText | None:
        """What a large block consists of, which is laid out by itself. None for a block that is laid out as a whole."""
        if self._parts is None and self.size > LARGE:
            self._parts = self._renderer.parts_of(self.header, self._table.source(self._at))
        return None if self._parts is None or not self._renderer.fit(self._parts, width) else self._parts

    def lines(self, width: int) -> Sequence[Line]:
        """The lines at a width, without a blank line before them."""
        if self._lines is None or self._width != width:
            self._lines = self._renderer.lines_of(self.block, width)
            self._width = width
        return self._lines

    def drop_lines(self) -> None:
        """Free the rendered lines."""
        self._lines = None


class ClosedBlocks(Sequence[ClosedBlock]):
    """The final blocks of a document. Only those whose lines were not read yet are kept as objects."""

    def __init__(self, text: GrowingText, renderer: BlockRenderer) -> None:
        """Args:
        text: The text of the document.
        renderer: Renders its blocks.
        """
        self._table = BlockTable(text)
        self._renderer = renderer
        self._known: OrderedDict[int, ClosedBlock] = OrderedDict()
        """The blocks that are kept, least recently used first."""
        self._known_size = 0
        """The number of characters of these."""

    def add(self, block: Block, lines: Sequence[Line] | None = None, width: int = 0) -> None:
        """Add the next block.

        Args:
            block: The block.
            lines: Its lines. None if they were not laid out while it grew.
            width: The width of the lines.
        """
        self._table.add(block)
        if lines is not None:
            self._kept(len(self) - 1).keep_lines(lines, width)

    def kind(self, at: int) -> Kind:
        """The kind of a block."""
        return self._table.kind(at)

    def with_code(self) -> Iterator[ClosedBlock]:
        """The blocks that may have code in fences."""
        return (self[at] for at in range(len(self)) if self.kind(at) in ("fence", "item", "quote"))

    def drop_lines(self) -> None:
        """Free the rendered lines."""
        for closed in self._known.values():
            closed.drop_lines()

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, at: int) -> ClosedBlock: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[ClosedBlock]: ...

    def __getitem__(self, at: int | slice) -> ClosedBlock | Sequence[ClosedBlock]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        if self._table.size(at) > LARGE or at in self._known:
            return self._kept(at)
        return ClosedBlock(self._table, at, self._renderer)

    def _kept(self, at: int) -> ClosedBlock:
        closed = self._known.get(at)
        if closed is not None:
            self._known.move_to_end(at)
            return closed
        closed = self._known[at] = ClosedBlock(self._table, at, self._renderer)
        self._known_size += closed.size
        while len(self._known) > 1 and (len(self._known) > _MOST_KNOWN or self._known_size > _MOST_CHARACTERS):
            self._known_size -= self._known.popitem(last=False)[1].size
        return closed
