"""Renders a growing Markdown document: closed blocks once per width, the open block incrementally."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui.ui.markdown.autoclose import autoclosed
from tui.ui.markdown.blocks import TOO_DEEP, Block, BlockSplitter, Kind
from tui.ui.markdown.closed_blocks import ClosedBlocks
from tui.ui.markdown.containers import Container, container_of, lazy_content
from tui.ui.markdown.incoming import IncomingText
from tui.ui.markdown.incremental import (
    LARGE,
    MAX_AT_ONCE,
    BlockLayout,
    FenceLayout,
    ParagraphLayout,
    PlainLayout,
    TableLayout,
)
from tui.ui.markdown.lines import MIN_CONTENT_CELLS, Line, blank_below
from tui.ui.markdown.quotes import alert_title
from tui.ui.markdown.render import CodeBlock, code_blocks_in, parse_table, render
from tui.ui.markdown.sections import FenceSections, ParagraphSections, PlainSections, Sections, TableSections
from tui.ui.markdown.source_lines import BlockSource, OpenText

_MAX_CONTAINER_LEVEL: Final = 16
"""Nesting depth up to which large quotes and items are laid out incrementally. Deeper ones are plain text."""

_MOST_AT_ONCE: Final = 4_000
_MOST_CODE_AT_ONCE: Final = 50_000
"""Characters of a large open block that are laid out at once. Code that is not near the view is only counted."""

_MOST_KEPT: Final = 60_000
"""Characters of a block whose lines are kept when it is closed. Those of a larger one are made again near the view."""

_MOST_EXAMINED: Final = 2_000
"""Characters at the beginning of a line that tell whether it belongs to a quote or item."""

_OPENS_TOO_MANY: Final = re.compile(rf"(?:[ \t]*+(?:>|(?:[-*+]|\d{{1,9}}[.)])(?=[ \t]))){{{_MAX_CONTAINER_LEVEL + 1}}}")
"""The first line of a large quote or item that is shown as plain text, because it opens so many others."""


class MarkdownDocument:
    """A Markdown document that may still grow. `lines` renders only what is new or has changed."""

    def __init__(self, text: str = "", *, finished: bool = True, container: Container | None = None) -> None:
        """Args:
        text: The text so far, not made safe yet. May be empty.
        finished: Whether `text` is complete.
        container: The quote or item that contains this document. None at the top level.
        """
        self.reused = 0
        """The number of leading lines of the last `lines` call that are identical to those of the call before."""
        self._container = container
        self._incoming = IncomingText()
        self._splitter = BlockSplitter()
        self._closed = ClosedBlocks(self._splitter.text, _Renderer(container))
        self._open = _OpenBlock(container)
        self._finished = False
        self._lines: list[Line] = []
        self._width = 0
        self._rendered_blocks = 0
        self._rendered_lines = 0
        self._closed_reused = 0
        """Leading lines of the block that has just been closed that are in `_lines` already."""
        self.append(text)
        if finished:
            self.finish()

    @property
    def closed_blocks(self) -> ClosedBlocks:
        """The final blocks, each of which is laid out by itself."""
        return self._closed

    @property
    def container(self) -> Container | None:
        """The quote or item that contains this document. None at the top level."""
        return self._container

    def open_blocks(self, width: int) -> list[tuple[Block, Sequence[Line]]]:
        """The open block, or two while its last line may start another one, each with its lines at a width.

        The lines are updated in place by later calls; do not modify them.
        """
        if width != self._width:
            self._reset(width)
        rendered = self._open.rendered(self._splitter, width, most=_MOST_AT_ONCE)
        return [(block, lines) for block, lines, _ in rendered]

    @property
    def source(self) -> str:
        """The safe text so far, but for its incomplete last line."""
        return self._splitter.text.part(0, self._splitter.open_lines.stop)

    @property
    def size(self) -> int:
        """The number of characters of the safe text."""
        return len(self._splitter.text)

    def text_until(self, size: int) -> str:
        """The beginning of the safe text."""
        return self._splitter.text.part(0, size)

    def share_text(self, whole: str) -> bool:
        """Refer to a string that ends with the text, instead of keeping it. No-op if it does not, or was not safe.

        Returns:
            Whether it is that text.
        """
        return self._splitter.text.share(whole)

    @property
    def open_size(self) -> int:
        """The number of characters of the open block."""
        return self._splitter.open_size

    @property
    def is_behind(self) -> bool:
        """Whether the last call of `open_blocks` laid out only a part of a large open block. The next one goes on."""
        return self._open.is_behind

    def code_blocks(self) -> list[CodeBlock]:
        """The code blocks of all closed blocks, in order, including those in items and quotes."""
        return [code for closed in self._closed.with_code() for code in code_blocks_in(closed.block)]

    def append(self, text: str) -> bool:
        """Append text, not made safe yet. Returns whether it was safe as it was."""
        safe = self._incoming.feed(text)
        self._add(self._splitter.feed(safe))
        return safe == text

    def finish(self) -> None:
        """Close the open block, because no more text follows. May be called again."""
        if not self._finished:
            self._finished = True
            self._add(self._splitter.finish())

    def lines(self, width: int) -> list[Line]:
        """All lines at a width. The returned list is updated in place by later calls; do not modify it."""
        if width != self._width:
            self._reset(width)
        self.reused = self._rendered_lines
        for closed in self._closed[self._rendered_blocks :]:
            self._put(self._rendered_lines, closed.header, closed.lines(width), self._closed_reused)
            self._rendered_lines = len(self._lines)
            self._closed_reused = 0
        self._rendered_blocks = len(self._closed)
        at = self._rendered_lines
        for block, lines, reused in self._open.rendered(self._splitter, width):
            self._put(at, block, lines, reused)
            at = len(self._lines)
        del self._lines[at:]
        return self._lines

    def stable_lines(self) -> int:
        """The number of leading lines of the last `lines` call that will never change at this width."""
        return self._rendered_lines

    def drop_lines(self) -> None:
        """Free all rendered lines. `lines` renders them again."""
        self._closed.drop_lines()
        self._reset(0)

    def _add(self, blocks: list[Block]) -> None:
        if blocks:
            first, *others = blocks
            lines = self._open.finished(first)
            if lines is not None:
                self._closed_reused = self._open.reused
            self._closed.add(first, lines, self._width)
            for block in others:
                self._closed.add(block)
            self._open = _OpenBlock(self._container)

    def _reset(self, width: int) -> None:
        self._lines = []
        self._width = width
        self._rendered_blocks = self._rendered_lines = self._closed_reused = 0
        self._open = _OpenBlock(self._container)

    def _put(self, at: int, block: Block, lines: Sequence[Line], reused: int = 0) -> None:
        """Replace the lines from `at` on by those of a block, keeping its first `reused` lines."""
        if at and lines and has_gap(block, self._container):
            if reused:
                at += 1
            else:
                self._lines[at:] = [blank_below(self._lines[at - 1])]
                at = len(self._lines)
        if reused:
            self.reused = at + reused
        self._lines[at + reused :] = lines[reused:]


def has_gap(block: Block, container: Container | None) -> bool:
    """Whether a blank line is shown between a block and the one before it.

    Args:
        block: The block.
        container: The quote or item that contains it. None at the top level.
    """
    in_item = container is not None and not container.is_quote
    return block.blank_before or not (block.continues_list or in_item)


class _OpenBlock:
    """The open block: rendered again each frame while it is small, and incrementally once it is large."""

    def __init__(self, container: Container | None) -> None:
        self.reused = 0
        """The number of leading lines of `finished` that are identical to those last rendered."""
        self._container = container
        self._kind: Kind = "closed"
        self._layout: BlockLayout | None = None
        self._plain: PlainLayout | None = None
        """Used once the block is too large to be rendered without a layout."""
        self._is_shown = False
        """Whether the lines last rendered are those of the layout."""
        self.is_behind = False
        """Whether the layout has only a part of the block."""
        self._size = 0
        """The number of characters of the block that the layout has."""

    def rendered(
        self, splitter: BlockSplitter, width: int, most: int | None = None
    ) -> list[tuple[Block, Sequence[Line], int]]:
        """The open blocks, each with its lines and the number of reused lines.

        Usually one block; two if the partial line starts another block.

        Args:
            splitter: Has the open block.
            width: The available width in cells.
            most: The most characters of a large block to lay out, in addition to those before. None for all.
        """
        self._is_shown = self.is_behind = False
        if splitter.open_kind == "fence" or splitter.open_size + splitter.partial_size > LARGE:
            blocks = self._rendered_incrementally(splitter, width, most)
            if blocks is not None:
                return blocks
        return [(block, self._rendered(block, width), 0) for block in splitter.open_blocks()]

    def finished(self, block: Block) -> Sequence[Line] | None:
        """The lines of the block that has just been closed. None if they must be rendered."""
        size = len(block.source)
        if self._kind != block.kind or self.is_behind or size - self._size > _MOST_AT_ONCE or size > _MOST_KEPT:
            return None
        if self._plain is not None and len(block.source) <= MAX_AT_ONCE:
            return None
        layout = self._plain or self._layout
        lines = layout.finished(OpenText.of(block.source)) if layout else None
        if layout and self._is_shown:
            self.reused = layout.reused
        return lines

    def _rendered_incrementally(
        self, splitter: BlockSplitter, width: int, most: int | None
    ) -> list[tuple[Block, Sequence[Line], int]] | None:
        complete, partial_size = splitter.open_lines, splitter.partial_size
        block = splitter.open_block if complete else splitter.partial_block()
        is_new = self._kind != block.kind
        if is_new:
            self._size = 0
        size = splitter.open_size + partial_size
        if most is not None and block.kind == "fence":
            most = _MOST_CODE_AT_ONCE
        if most is not None and size - self._size > most:
            self.is_behind = True
            size = self._size + most
            source = OpenText.beginning(splitter.text, complete, size)
        else:
            stop = len(splitter.text) if partial_size else complete.stop - 1
            source = OpenText(splitter.text, complete, len(complete), stop)
        self._size = size
        if is_new:
            self._kind = block.kind
            opening = complete[:2] or [source.partial()]
            self._layout = _layout_for(block, opening, width, self._container)
            self._plain = None
        layout: BlockLayout | None = self._plain or self._layout
        lines = layout.lines(source) if layout else None
        if lines is None:
            if splitter.open_size + partial_size <= MAX_AT_ONCE:
                return None
            is_new = True
            layout = self._plain = PlainLayout(width)
            lines = layout.lines(source)
        self._is_shown = True
        blocks: list[tuple[Block, Sequence[Line], int]] = [(block, lines, 0 if is_new or not layout else layout.reused)]
        if complete and source.partial_size and isinstance(layout, _ContainerLayout) and not layout.accepts(source):
            blocks.extend((other, self._rendered(other, width), 0) for other in splitter.partial_blocks())
        return blocks

    def _rendered(self, block: Block, width: int) -> list[Line]:
        return _rendered(block, autoclosed(block), width, self._container)


class ContainerText:
    """The content of a large quote or item: a nested document, which is read line by line."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.document = MarkdownDocument(finished=False, container=container)
        self.is_unparsable = False
        """Whether a line was not understood. Then the block must be laid out as a whole."""
        self.consumed = 0
        """The number of complete source lines that were read."""
        self._partial_consumed = 0
        """Characters of its content that have been passed to the nested document."""
        self._partial_read = 0
        """Characters of the partial line that were read."""

    def accepts(self, source: OpenText) -> bool:
        """Whether a partial line certainly belongs to this container."""
        return self.container.content_of(source.partial(0, _MOST_EXAMINED)) is not None

    def title_lines(self, width: int) -> list[Line]:
        """The line with the word of an alert, for a width with the bar. Empty for anything else."""
        lines = alert_title(self.container.alert, width - self.container.cells)
        return [self.container.prefixed(line, first=True) for line in lines]

    def consume_partial(self, source: OpenText) -> None:
        """Read what is new in the incomplete last line."""
        if self._partial_consumed:
            new = source.partial(self._partial_read)
            self._partial_read += len(new)
            if not self.container.is_quote and not self.consumed:
                # All tabs of the first line of an item are expanded.
                column = (self.container.marker_length + self._partial_consumed) % 4
                new = f"{' ' * column}{new}".expandtabs(4)[column:]
        else:
            partial = source.partial()
            content = self.container.content_of(partial, first=not self.consumed)
            if content is None:
                return
            new = content
            self._partial_read = len(partial)
        self.document.append(new)
        self._partial_consumed += len(new)

    def consume(self, complete: Sequence[str], count: int) -> None:
        """Read what is new in the first of the complete lines."""
        contents = []
        if self.container.alert and count:
            self.consumed = max(1, self.consumed)
        for at in range(self.consumed, count):
            content = self.container.content_of(complete[at], first=at == 0)
            if content is None:
                content = lazy_content(complete[at])
            if content is None:
                self.is_unparsable = True
                return
            contents.append(content[self._partial_consumed :] + "\n")
            self._partial_consumed = 0
        self.document.append("".join(contents))
        self.consumed = max(self.consumed, count)


class _ContainerLayout:
    """Layout of a large quote or item while it grows."""

    def __init__(self, container: Container, width: int) -> None:
        self.reused = 0
        self._text = ContainerText(container)
        self._content_width = width - container.cells
        self._title = self._text.title_lines(width)
        self._lines = list(self._title)

    def accepts(self, source: OpenText) -> bool:
        """Whether a partial line certainly belongs to this container."""
        return self._text.accepts(source)

    def lines(self, source: OpenText) -> list[Line] | None:
        self._text.consume(source.lines, source.count)
        if source.partial_size:
            self._text.consume_partial(source)
        return None if self._text.is_unparsable else self._prefixed()

    def finished(self, source: OpenText) -> list[Line] | None:
        self._text.consume(source.lines, source.count)
        self._text.document.finish()
        return None if self._text.is_unparsable else self._prefixed()

    def _prefixed(self) -> list[Line]:
        document, container = self._text.document, self._text.container
        lines = document.lines(self._content_width)
        start = document.reused
        self.reused = len(self._title) + start
        self._lines[self.reused :] = [container.prefixed(lines[at], first=at == 0) for at in range(start, len(lines))]
        return self._lines


class _Renderer:
    """Renders final blocks of a document. Implements `BlockRenderer`."""

    def __init__(self, container: Container | None) -> None:
        self._container = container

    def lines_of(self, block: Block, width: int) -> Sequence[Line]:
        """The lines of a closed block, identical to those from incremental layout."""
        if block.kind == "fence" or len(block.source) > LARGE:
            source = OpenText.of(block.source)
            layout = _layout_for(block, source.lines[:2], width, self._container)
            lines = layout.finished(source) if layout else None
            if lines is not None:
                return lines
            if len(block.source) > MAX_AT_ONCE:
                return PlainLayout(width).finished(source)
        return _rendered(block, block.source, width, self._container)

    def parts_of(self, header: Block, source: BlockSource) -> Sections | ContainerText | None:
        """What a large block consists of, with the same lines as from `lines_of`. None if it is rendered as a whole."""
        opening = source.lines_from(0)[0][0]
        match header.kind:
            case "fence":
                return FenceSections(source)
            case "paragraph":
                return ParagraphSections(source)
            case "table" if len(opening) <= LARGE:
                whole = source.part()
                table = parse_table("\n".join(whole.split("\n", 2)[:2]))
                if table and whole.count("\n") > 1:
                    return TableSections(whole, table)
            case "quote" | "item" if not _OPENS_TOO_MANY.match(opening):
                container = container_of(header, opening, self._container)
                if container and container.level <= _MAX_CONTAINER_LEVEL:
                    return ContainerText(container)
                if container:
                    return PlainSections(source.part())
            case "quote" | "item":
                return PlainSections(source.part())
        return PlainSections(source.part()) if source.size > MAX_AT_ONCE else None

    def fit(self, parts: Sections | ContainerText, width: int) -> bool:
        """Whether a width is enough for the parts of a block."""
        return isinstance(parts, Sections) or width - parts.container.cells >= MIN_CONTENT_CELLS


def _rendered(block: Block, source: str, width: int, container: Container | None) -> list[Line]:
    """The lines of a block that is rendered as a whole."""
    if TOO_DEEP.match(source):
        return PlainLayout(width).finished(OpenText.of(source))
    return render(source, width, block.number, container.depth if container else 0)


def _layout_for(block: Block, complete: Sequence[str], width: int, outer: Container | None) -> BlockLayout | None:
    """The incremental layout for a large block. None if its kind has none."""
    match block.kind:
        case "fence":
            return FenceLayout(complete[0], width)
        case "table":
            if len(complete[0]) > LARGE:
                return None
            table = parse_table("\n".join(complete[:2]))
            return TableLayout(complete[:2], table, width) if table else None
        case "paragraph":
            return ParagraphLayout(width)
        case "quote" | "item" if _OPENS_TOO_MANY.match(complete[0]):
            return PlainLayout(width)
        case "quote" | "item":
            container = container_of(block, complete[0], outer)
            if container and container.level > _MAX_CONTAINER_LEVEL:
                return PlainLayout(width)
            if container and width - container.cells >= MIN_CONTENT_CELLS:
                return _ContainerLayout(container, width)
    return None
