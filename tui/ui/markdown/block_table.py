"""The final blocks of a text, in some bytes for each: a long text has a million of them."""

from __future__ import annotations

from array import array
from typing import Final, get_args

from tui.chat.growing_text import GrowingText
from tui.ui.markdown.blocks import Block, Kind
from tui.ui.markdown.source_lines import BlockSource

_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_CONTINUES_LIST, _BLANK_BEFORE, _KIND = 1, 2, 4
"""The bits of a block: whether it continues a list, whether a blank line precedes it, and from which on its kind is."""


class BlockTable:
    """Where the final blocks of a text are, and what is known of them. Their source is read from the text."""

    def __init__(self, text: GrowingText) -> None:
        """Args:
        text: The text that has the blocks.
        """
        self._text = text
        self._starts = array("Q")
        self._sizes = array("Q")
        self._bits = bytearray()
        self._numbers: dict[int, int] = {}
        """The numbers of items in ordered lists, by the index of the block."""

    def add(self, block: Block) -> None:
        """Add the next block."""
        if block.number is not None:
            self._numbers[len(self)] = block.number
        self._starts.append(block.start)
        self._sizes.append(len(block.source))
        flags = _CONTINUES_LIST * block.continues_list + _BLANK_BEFORE * block.blank_before
        self._bits.append(flags + _KIND * _KINDS.index(block.kind))

    def __len__(self) -> int:
        return len(self._starts)

    def kind(self, at: int) -> Kind:
        """The kind of a block."""
        return _KINDS[self._bits[at] // _KIND]

    def size(self, at: int) -> int:
        """The number of characters of a block."""
        return self._sizes[at]

    def newlines(self, at: int) -> int:
        """The number of newlines in a block."""
        return self._text.count("\n", self._starts[at], self._starts[at] + self._sizes[at])

    def source(self, at: int) -> BlockSource:
        """The source of a block."""
        return BlockSource(self._text, self._starts[at], self._sizes[at])

    def header(self, at: int) -> Block:
        """A block without its source."""
        bits = self._bits[at]
        return Block(
            "",
            _KINDS[bits // _KIND],
            continues_list=bool(bits & _CONTINUES_LIST),
            blank_before=bool(bits & _BLANK_BEFORE),
            number=self._numbers.get(at),
            start=self._starts[at],
        )
