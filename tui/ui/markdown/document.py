"""Renders a growing Markdown document: closed blocks once per width, the open block incrementally."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui.ui.markdown.autoclose import autoclosed
from tui.ui.markdown.blocks import TOO_DEEP, Block, BlockSplitter, Kind
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

_MAX_CONTAINER_LEVEL: Final = 16
"""Nesting depth up to which large quotes and items are laid out incrementally. Deeper ones are plain text."""

_MOST_AT_ONCE: Final = 4_000
"""Characters of a large open block that are laid out at once."""

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
        self._closed: list[ClosedBlock] = []
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
    def closed_blocks(self) -> Sequence[ClosedBlock]:
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
        """The text so far, but for what is not unambiguous yet."""
        return "\n".join([*(closed.block.source for closed in self._closed), *self._splitter.open_lines])

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
        return [code for closed in self._closed for code in code_blocks_in(closed.block)]

    def append(self, text: str) -> None:
        """Append text, not made safe yet."""
        self._add(self._splitter.feed(self._incoming.feed(text)))

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
            self._put(self._rendered_lines, closed.block, closed.lines(width), self._closed_reused)
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
        for closed in self._closed:
            closed.drop_lines()
        self._reset(0)

    def _add(self, blocks: list[Block]) -> None:
        if blocks:
            first, *others = blocks
            lines = self._open.finished(first)
            if lines is not None:
                self._closed_reused = self._open.reused
            self._closed.append(ClosedBlock(first, self._container, lines, self._width))
            self._closed.extend(ClosedBlock(block, self._container) for block in others)
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


class ClosedBlock:
    """A final block. Its lines are rendered on demand and can be dropped."""

    def __init__(
        self, block: Block, container: Container | None, lines: list[Line] | None = None, width: int = 0
    ) -> None:
        self.block = block
        self._container = container
        self._lines = lines
        self._width = width
        self._parts: Sections | ContainerText | None = None

    def has_lines(self, width: int) -> bool:
        """Whether the lines at a width are known, because the block was laid out while it grew."""
        return self._lines is not None and self._width == width

    def parts(self, width: int) -> Sections | ContainerText | None:
        """What a large block consists of, which is laid out by itself. None for a block that is laid out as a whole."""
        if self._parts is None and len(self.block.source) > LARGE:
            self._parts = _parts_of(self.block, self._container)
        parts = self._parts
        if isinstance(parts, ContainerText) and width - parts.container.cells < MIN_CONTENT_CELLS:
            return None
        return parts

    def lines(self, width: int) -> list[Line]:
        """The lines at a width, without a blank line before them."""
        if self._lines is None or self._width != width:
            self._lines = _lines_of(self.block, width, self._container)
            self._width = width
        return self._lines

    def drop_lines(self) -> None:
        """Free the rendered lines."""
        self._lines = None


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
        if splitter.open_kind == "fence" or splitter.open_size + len(splitter.partial_line) > LARGE:
            blocks = self._rendered_incrementally(splitter, width, most)
            if blocks is not None:
                return blocks
        return [(block, self._rendered(block, width), 0) for block in splitter.open_blocks()]

    def finished(self, block: Block) -> list[Line] | None:
        """The lines of the block that has just been closed. None if they must be rendered."""
        if self._kind != block.kind or self.is_behind or len(block.source) - self._size > _MOST_AT_ONCE:
            return None
        if self._plain is not None and len(block.source) <= MAX_AT_ONCE:
            return None
        layout = self._plain or self._layout
        lines = layout.finished(block.source.split("\n")) if layout else None
        if layout and self._is_shown:
            self.reused = layout.reused
        return lines

    def _rendered_incrementally(
        self, splitter: BlockSplitter, width: int, most: int | None
    ) -> list[tuple[Block, Sequence[Line], int]] | None:
        complete, partial = splitter.open_lines, splitter.partial_line
        block = splitter.open_block if complete else splitter.partial_block()
        is_new = self._kind != block.kind
        if is_new:
            self._size = 0
        size = splitter.open_size + len(partial)
        if most is not None and size - self._size > most:
            self.is_behind = True
            size = self._size + most
            complete, partial = _beginning(complete, partial, size)
        self._size = size
        if is_new:
            self._kind = block.kind
            self._layout = _layout_for(block, complete or [partial], width, self._container)
            self._plain = None
        layout: BlockLayout | None = self._plain or self._layout
        lines = layout.lines(complete, partial) if layout else None
        if lines is None:
            if splitter.open_size + len(partial) <= MAX_AT_ONCE:
                return None
            is_new = True
            layout = self._plain = PlainLayout(width)
            lines = layout.lines(complete, partial)
        self._is_shown = True
        blocks: list[tuple[Block, Sequence[Line], int]] = [(block, lines, 0 if is_new or not layout else layout.reused)]
        if complete and partial and isinstance(layout, _ContainerLayout) and not layout.accepts(partial):
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
        """Characters of the partial line that have been passed to the nested document."""
        self._partial_prefix = 0
        """Characters of the partial line before its content, if it has no tabs."""

    def accepts(self, partial: str) -> bool:
        """Whether a partial line certainly belongs to this container."""
        return self.container.content_of(partial) is not None

    def title_lines(self, width: int) -> list[Line]:
        """The line with the word of an alert, for a width with the bar. Empty for anything else."""
        lines = alert_title(self.container.alert, width - self.container.cells)
        return [self.container.prefixed(line, first=True) for line in lines]

    def consume_partial(self, partial: str) -> None:
        """Read what is new in the incomplete last line."""
        if self._partial_consumed and "\t" not in partial:
            # Only the new text, because the line may be very long.
            new = partial[self._partial_prefix + self._partial_consumed :]
        else:
            content = self.container.content_of(partial, first=not self.consumed)
            if content is None:
                return
            new = content[self._partial_consumed :]
            self._partial_prefix = len(partial) - len(content)
        self.document.append(new)
        self._partial_consumed += len(new)

    def consume(self, complete: Sequence[str]) -> None:
        """Read what is new in the complete lines."""
        contents = []
        if self.container.alert and complete:
            self.consumed = max(1, self.consumed)
        for at in range(self.consumed, len(complete)):
            content = self.container.content_of(complete[at], first=at == 0)
            if content is None:
                content = lazy_content(complete[at])
            if content is None:
                self.is_unparsable = True
                return
            contents.append(content[self._partial_consumed :] + "\n")
            self._partial_consumed = 0
        self.document.append("".join(contents))
        self.consumed = max(self.consumed, len(complete))


class _ContainerLayout:
    """Layout of a large quote or item while it grows."""

    def __init__(self, container: Container, width: int) -> None:
        self.reused = 0
        self._text = ContainerText(container)
        self._content_width = width - container.cells
        self._title = self._text.title_lines(width)
        self._lines = list(self._title)

    def accepts(self, partial: str) -> bool:
        """Whether a partial line certainly belongs to this container."""
        return self._text.accepts(partial)

    def lines(self, complete: Sequence[str], partial: str) -> list[Line] | None:
        self._text.consume(complete)
        if partial:
            self._text.consume_partial(partial)
        return None if self._text.is_unparsable else self._prefixed()

    def finished(self, complete: Sequence[str]) -> list[Line] | None:
        self._text.consume(complete)
        self._text.document.finish()
        return None if self._text.is_unparsable else self._prefixed()

    def _prefixed(self) -> list[Line]:
        document, container = self._text.document, self._text.container
        lines = document.lines(self._content_width)
        start = document.reused
        self.reused = len(self._title) + start
        self._lines[self.reused :] = [container.prefixed(lines[at], first=at == 0) for at in range(start, len(lines))]
        return self._lines


def _lines_of(block: Block, width: int, container: Container | None) -> list[Line]:
    """The lines of a closed block, identical to those from incremental layout."""
    complete = block.source.split("\n")
    layout = (
        _layout_for(block, complete, width, container) if block.kind == "fence" or len(block.source) > LARGE else None
    )
    lines = layout.finished(complete) if layout else None
    if lines is not None:
        return lines
    if len(block.source) > MAX_AT_ONCE:
        return PlainLayout(width).finished(complete)
    return _rendered(block, block.source, width, container)


def _beginning(complete: list[str], partial: str, size: int) -> tuple[list[str], str]:
    """The first lines of a block with at least a number of characters, or with the beginning of its last line."""
    count = 0
    for at, line in enumerate(complete):
        count += len(line) + 1
        if count >= size:
            return complete[: at + 1], ""
    return complete, partial[: size - count]


def _parts_of(block: Block, outer: Container | None) -> Sections | ContainerText | None:
    """What a large block consists of, with the same lines as from `_lines_of`. None if it is rendered as a whole."""
    head = block.source.split("\n", 2)[:2]
    match block.kind:
        case "fence":
            return FenceSections(block.source)
        case "paragraph":
            return ParagraphSections(block.source)
        case "table" if len(head[0]) <= LARGE:
            table = parse_table("\n".join(head))
            if table and block.source.count("\n") > 1:
                return TableSections(block.source, table)
        case "quote" | "item" if not _OPENS_TOO_MANY.match(head[0]):
            container = container_of(block, head[0], outer)
            if container and container.level <= _MAX_CONTAINER_LEVEL:
                return ContainerText(container)
            if container:
                return PlainSections(block.source)
        case "quote" | "item":
            return PlainSections(block.source)
    return PlainSections(block.source) if len(block.source) > MAX_AT_ONCE else None


def _rendered(block: Block, source: str, width: int, container: Container | None) -> list[Line]:
    """The lines of a block that is rendered as a whole."""
    if TOO_DEEP.match(source):
        return PlainLayout(width).finished(source.split("\n"))
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
