"""A growing piece of Markdown, rendered: closed blocks once for each width, the open one as far as it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.ui.markdown.autoclose import autoclosed
from tui.ui.markdown.blocks import Block, BlockSplitter, Kind
from tui.ui.markdown.containers import Container, container_of, lazy_content
from tui.ui.markdown.incoming import IncomingText
from tui.ui.markdown.incremental import LARGE, BlockLayout, FenceLayout, ParagraphLayout, TableLayout
from tui.ui.markdown.lines import BLANK, Line
from tui.ui.markdown.render import MIN_CONTENT_CELLS, CodeBlock, code_blocks_in, parse_table, render

_MAX_CONTAINER_LEVEL: Final = 8
"""Large quotes and items inside each other that are laid out piece by piece. Deeper ones are rendered in one go."""


class MarkdownDocument:
    """Markdown that may still grow. ParsedRequest for its lines, it renders what is new, and nothing twice."""

    def __init__(self, text: str = "", *, finished: bool = True, container: Container | None = None) -> None:
        """Args:
        text: What is there already, as it came.
        finished: Whether that is all.
        container: What it is nested in. None for nothing.
        """
        self.reused = 0
        """How many of the lines that were last given are those that were given before."""
        self._container = container
        self._incoming = IncomingText()
        self._splitter = BlockSplitter()
        self._closed: list[_ClosedBlock] = []
        self._open = _OpenBlock(container)
        self._finished = False
        self._lines: list[Line] = []
        self._width = 0
        self._rendered_blocks = 0
        self._rendered_lines = 0
        self.append(text)
        if finished:
            self.finish()

    def code_blocks(self) -> list[CodeBlock]:
        """The code in its closed blocks, in order, without the fences; that in items and quotes too."""
        return [code for closed in self._closed for code in code_blocks_in(closed.block)]

    def append(self, text: str) -> None:
        """Let it grow."""
        self._add(self._splitter.feed(self._incoming.feed(text)))

    def finish(self) -> None:
        """Nothing follows: what was open is closed."""
        if not self._finished:
            self._finished = True
            self._add(self._splitter.finish())

    def lines(self, width: int) -> list[Line]:
        """All its lines at a width. The list is its own: it grows in place, and must not be changed."""
        if width != self._width:
            self._reset(width)
        self.reused = self._rendered_lines
        for closed in self._closed[self._rendered_blocks :]:
            self._put(self._rendered_lines, closed.block, closed.lines(width))
            self._rendered_lines = len(self._lines)
        self._rendered_blocks = len(self._closed)
        at = self._rendered_lines
        for block, lines, kept in self._open.rendered(self._splitter, width):
            self._put(at, block, lines, kept)
            at = len(self._lines)
        del self._lines[at:]
        return self._lines

    def stable_lines(self) -> int:
        """How many of the lines that were last given will never change at this width."""
        return self._rendered_lines

    def drop_lines(self) -> None:
        """Forget every line. They are made again when they are wanted."""
        for closed in self._closed:
            closed.drop_lines()
        self._reset(0)

    def _add(self, blocks: list[Block]) -> None:
        if blocks:
            first, *others = blocks
            self._closed.append(_ClosedBlock(first, self._container, self._open.finished(first), self._width))
            self._closed.extend(_ClosedBlock(block, self._container) for block in others)
            self._open = _OpenBlock(self._container)

    def _reset(self, width: int) -> None:
        self._lines = []
        self._width = width
        self._rendered_blocks = self._rendered_lines = 0
        self._open = _OpenBlock(self._container)

    def _put(self, at: int, block: Block, lines: Sequence[Line], kept: int = 0) -> None:
        """Put a block's lines at a place, instead of what is there but for so many of them."""
        in_item = self._container is not None and not self._container.is_quote
        if at and lines and (block.apart or not (block.follows or in_item)):
            if kept:
                at += 1
            else:
                self._lines[at:] = [BLANK]
                at = len(self._lines)
        if kept:
            self.reused = at + kept
        self._lines[at + kept :] = lines[kept:]


class _ClosedBlock:
    """A block that nothing changes any more. Its lines are made when they are wanted, and can be dropped."""

    def __init__(
        self, block: Block, container: Container | None, lines: list[Line] | None = None, width: int = 0
    ) -> None:
        self.block = block
        self._container = container
        self._lines = lines
        self._width = width

    def lines(self, width: int) -> list[Line]:
        """Its lines, without the blank one that may stand before it."""
        if self._lines is None or self._width != width:
            self._lines = _lines_of(self.block, width, self._container)
            self._width = width
        return self._lines

    def drop_lines(self) -> None:
        """Forget the lines."""
        self._lines = None


class _OpenBlock:
    """The block that is still open: rendered anew each frame while it is small, and piece by piece once it is large."""

    def __init__(self, container: Container | None) -> None:
        self._container = container
        self._kind: Kind = "closed"
        self._growing: BlockLayout | None = None

    def rendered(self, splitter: BlockSplitter, width: int) -> list[tuple[Block, Sequence[Line], int]]:
        """What is open, with its lines, and how many of those were given before.

        Mostly one block, sometimes two when a begun line starts another.
        """
        if splitter.open_size + len(splitter.partial_line) > LARGE:
            grown = self._grown(splitter, width)
            if grown is not None:
                return grown
        return [(block, self._rendered(block, width), 0) for block in splitter.open_blocks()]

    def finished(self, block: Block) -> list[Line] | None:
        """The lines of a block that was the open one until now. None where they are not made yet."""
        if self._growing is None or self._kind != block.kind:
            return None
        return self._growing.finished(block.source.split("\n"))

    def _grown(self, splitter: BlockSplitter, width: int) -> list[tuple[Block, Sequence[Line], int]] | None:
        whole, begun = splitter.open_lines, splitter.partial_line
        block = splitter.open_block if whole else splitter.partial_block()
        is_new = self._growing is None or self._kind != block.kind
        if is_new:
            self._kind = block.kind
            self._growing = _growing(block, whole or [begun], width, self._container)
        if self._growing is None or (lines := self._growing.lines(whole, begun)) is None:
            return None
        grown: list[tuple[Block, Sequence[Line], int]] = [(block, lines, 0 if is_new else self._growing.reused)]
        if whole and begun and isinstance(self._growing, _ContainerLayout) and not self._growing.takes(begun):
            grown.extend((other, self._rendered(other, width), 0) for other in splitter.partial_blocks())
        return grown

    def _rendered(self, block: Block, width: int) -> list[Line]:
        return render(autoclosed(block), width, block.number, self._container.depth if self._container else 0)


class _ContainerLayout:
    """A large quote or item: what is nested in it is a document of its own."""

    def __init__(self, container: Container, width: int) -> None:
        self.reused = 0
        self._container = container
        self._room = width - container.cells
        self._inside = MarkdownDocument(finished=False, container=container)
        self._lines: list[Line] = []
        self._taken = 0
        self._begun = 0
        """Characters of the begun line that stand inside already."""
        self._is_lost = False

    def takes(self, begun: str) -> bool:
        """Whether a begun line belongs to it for sure."""
        return self._container.content_of(begun) is not None

    def lines(self, whole: Sequence[str], begun: str) -> list[Line] | None:
        self._take(whole)
        if begun and (content := self._container.content_of(begun, first=not self._taken)) is not None:
            self._inside.append(content[self._begun :])
            self._begun = len(content)
        return None if self._is_lost else self._prefixed()

    def finished(self, whole: Sequence[str]) -> list[Line] | None:
        self._take(whole)
        self._inside.finish()
        return None if self._is_lost else self._prefixed()

    def _take(self, whole: Sequence[str]) -> None:
        contents = []
        for at in range(self._taken, len(whole)):
            content = self._container.content_of(whole[at], first=at == 0)
            if content is None:
                content = lazy_content(whole[at])
            if content is None:
                self._is_lost = True
                return
            contents.append(content[self._begun :] + "\n")
            self._begun = 0
        self._inside.append("".join(contents))
        self._taken = max(self._taken, len(whole))

    def _prefixed(self) -> list[Line]:
        inside = self._inside.lines(self._room)
        self.reused = self._inside.reused
        self._lines[self.reused :] = [
            self._container.prefixed(inside[at], first=at == 0) for at in range(self.reused, len(inside))
        ]
        return self._lines


def _lines_of(block: Block, width: int, container: Container | None) -> list[Line]:
    """The lines of a closed block: the same as if it had grown."""
    whole = block.source.split("\n")
    growing = _growing(block, whole, width, container) if len(block.source) > LARGE else None
    lines = growing.finished(whole) if growing else None
    return render(block.source, width, block.number, container.depth if container else 0) if lines is None else lines


def _growing(block: Block, whole: Sequence[str], width: int, outer: Container | None) -> BlockLayout | None:
    """What lays a large block out piece by piece. None for kinds that stay small."""
    match block.kind:
        case "fence":
            return FenceLayout(whole[0], width)
        case "table":
            table = parse_table("\n".join(whole[:2]))
            return TableLayout(whole[:2], table, width) if table else None
        case "paragraph":
            return ParagraphLayout(width)
        case "quote" | "item":
            container = container_of(block, whole[0], outer)
            if container and container.level <= _MAX_CONTAINER_LEVEL and width - container.cells >= MIN_CONTENT_CELLS:
                return _ContainerLayout(container, width)
    return None
