"""A growing piece of Markdown, rendered: closed blocks once for each width, the open one as far as it has changed."""

from __future__ import annotations

from collections.abc import Sequence

from tui.ui.markdown.arriving import ArrivingText
from tui.ui.markdown.blocks import Block, BlockSplitter, code_of
from tui.ui.markdown.lines import BLANK, Line
from tui.ui.markdown.opening import OpenBlock
from tui.ui.markdown.render import render


class ClosedBlock:
    """A block that nothing changes any more. Its lines are made when they are wanted, and can be dropped."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._width = 0
        self._lines: list[Line] | None = None

    def lines(self, width: int) -> list[Line]:
        """Its lines, without the blank one that may stand before it."""
        if self._lines is None or self._width != width:
            self._lines = render(self.block.source, width, self.block.number)
            self._width = width
        return self._lines

    def drop(self) -> None:
        """Forget the lines."""
        self._lines = None


class MarkdownDocument:
    """Markdown that may still grow. Asked for its lines, it renders what is new, and nothing twice."""

    def __init__(self, text: str = "", *, finished: bool = True) -> None:
        """Args:
        text: What is there already, as it came.
        finished: Whether that is all.
        """
        self._closed: list[ClosedBlock] = []
        self._splitter = BlockSplitter()
        self._open = OpenBlock()
        self._arriving = ArrivingText()
        self._finished = False
        self._lines: list[Line] = []
        self._width = 0
        self._rendered_blocks = 0
        self._rendered_lines = 0
        self.append(text)
        if finished:
            self.finish()

    def code_blocks(self) -> list[str]:
        """The code in its closed fences, in order, without the fences."""
        return [code_of(closed.block.source) for closed in self._closed if closed.block.kind == "fence"]

    def append(self, text: str) -> None:
        """Let it grow."""
        self._add(self._splitter.feed(self._arriving.feed(text)))

    def finish(self) -> None:
        """Nothing follows: what was open is closed."""
        if not self._finished:
            self._finished = True
            self._add(self._splitter.finish())

    def lines(self, width: int) -> list[Line]:
        """All its lines at a width. The list is its own: it grows in place, and must not be changed."""
        if width != self._width:
            self._forget(width)
        del self._lines[self._rendered_lines :]
        for closed in self._closed[self._rendered_blocks :]:
            self._add_lines(closed.block, closed.lines(width))
        self._rendered_blocks = len(self._closed)
        self._rendered_lines = len(self._lines)
        if not self._finished:
            for block, lines in self._open.rendered(self._splitter, width):
                self._add_lines(block, lines)
        return self._lines

    def stable_lines(self) -> int:
        """How many of the lines that were last given will never change at this width."""
        return self._rendered_lines

    def drop(self) -> None:
        """Forget every line. They are made again when they are wanted."""
        for closed in self._closed:
            closed.drop()
        self._forget(0)

    def _add(self, blocks: list[Block]) -> None:
        if blocks:
            self._closed.extend(ClosedBlock(block) for block in blocks)
            self._open = OpenBlock()

    def _forget(self, width: int) -> None:
        self._lines = []
        self._width = width
        self._rendered_blocks = self._rendered_lines = 0
        self._open = OpenBlock()

    def _add_lines(self, block: Block, lines: Sequence[Line]) -> None:
        if self._lines and lines and not block.tight:
            self._lines.append(BLANK)
        self._lines.extend(lines)
