"""Markdown as it grows → blocks: those that nothing can change any more, and the one that is still open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Final, Literal, NamedTuple

from markdown_it.token import Token

from tui.ui.markdown.inline import make_parser

Kind = Literal["paragraph", "fence", "code", "table", "quote", "item", "closed"]
"""What a block is, as far as it matters for what may follow. `closed` takes no further line."""

_KINDS: Final[dict[str, Kind]] = {
    "paragraph_open": "paragraph",
    "fence": "fence",
    "code_block": "code",
    "table_open": "table",
    "blockquote_open": "quote",
    "heading_open": "closed",
    "hr": "closed",
}
BLANKS: Final = " \t"
"""What Markdown takes for blank. Python takes more, and a line of those is a paragraph."""

MAY_START_BLOCK: Final = re.compile(r"[ \t]*+[-#>`~*_+=|:0-9]")
MARKER: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])( *)(?=\S)")
_TABLE_ROW: Final = re.compile(r" {0,3}\|")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_TELLING: Final = 200
"""Characters of a line that tell what it begins."""

_POSSIBLE_FENCE_END: Final = re.compile(r" {0,3}(`+|~+)\s*$")
_AMBIGUOUS: Final = re.compile(r"\s*+(#{1,6}|[-*+_=>|]+|\d{1,9}[.)]?|`{1,2}|~{1,2}|[-*+] \[.?\]?)?\s*$")
"""A begun line of which nobody can tell yet what it becomes."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Markdown that is rendered by itself: a paragraph, one item of a list, a fence, …"""

    source: str
    kind: Kind

    follows: bool = False
    """Whether it is an item of the same list as the block before it."""

    apart: bool = True
    """Whether a blank line stands between it and the block before it."""

    number: int | None = None
    """The number of an item in an ordered list. None for everything else."""


class BlockSplitter:
    """Splits Markdown into blocks while it comes in, each line looked at about once.

    Only whole lines decide: a begun `#` may yet become a heading, and a begun
    `-` a list. In CommonMark a line can change the last block before it and none
    before that, once link reference definitions are left out; so every block
    with another after it is final. The items of a list count as blocks here.
    """

    def __init__(self) -> None:
        self.open_lines: list[str] = []
        """The whole lines of the open block. Empty when none is open."""
        self.open_size = 0
        """Characters in them."""
        self._begun = ""
        self._open = _NONE
        self._indent: float = 0
        """Blanks before a line from which on it belongs to the open item or code, whatever it says."""
        self._is_lazy = False
        """Whether the last line belongs to the open item or quote only because a paragraph goes on in it."""
        self._blank_before = True
        """Whether a blank line stands before what comes next, while no block is open."""

    @property
    def open_kind(self) -> Kind:
        """What the open block is, by its whole lines. `closed` when there is none."""
        return self._open.kind

    @property
    def open_block(self) -> Block:
        """The open block, without its source."""
        return self._open

    @property
    def partial_line(self) -> str:
        """The line that is not whole yet. Empty while nobody can tell what it becomes."""
        undecided = _POSSIBLE_FENCE_END if self._open.kind == "fence" else _AMBIGUOUS
        return "" if undecided.match(self._begun) else self._begun

    def feed(self, text: str) -> list[Block]:
        """Take more text; give the blocks that it closes."""
        if "\n" not in text:
            self._begun += text
            return []
        *lines, self._begun = (self._begun + text).split("\n")
        return [block for line in lines for block in self._take(line)]

    def finish(self) -> list[Block]:
        """The text is at its end: give what was open."""
        closed = list(self._take(self._begun)) if self._begun else []
        self._begun = ""
        return [*closed, *self._close()]

    def open_blocks(self) -> list[Block]:
        """What the open block would be if the text ended here: mostly one block, sometimes two."""
        begun = self.partial_line
        lines = [*self.open_lines, begun] if begun else self.open_lines
        return [found.block for found in self._split(lines)]

    def partial_blocks(self) -> list[Block]:
        """What the begun line would be if it did not belong to the open block, large as that is."""
        begun = self.partial_line
        # As if there were no paragraph in it but its last line.
        opening, last = self.open_lines[0], self.open_lines[-1]
        before = self._item_stub(self.open_lines) or [
            (marker.group() if (marker := MARKER.match(opening)) else "> ") + last.lstrip(" >")
        ]
        *_, found = self._split([*before, begun])
        return [found.block if found.start else Block(begun, "paragraph", apart=False)]

    def partial_block(self) -> Block:
        """What the begun line opens where no block is open, as far as its beginning tells."""
        return self._split([self._begun[:_TELLING]])[0].block

    def _take(self, line: str) -> Iterator[Block]:
        if not self.open_lines and not line.strip(BLANKS):
            self._blank_before = True
            return
        self.open_lines.append(line)
        self.open_size += len(line) + 1
        goes_on = self._accepts(line)
        if goes_on is False:
            yield from self._close()
        elif goes_on is None:
            *before, line = self.open_lines
            stub = self._item_stub(before)
            found = self._split([*stub, line] if stub else self.open_lines)
            skipped = len(before) - len(stub) if stub else 0
            starts = [0, *(start + skipped for _, start in found[1:])]
            for (block, _), (start, stop) in zip(found, pairwise(starts), strict=False):
                yield replace(block, source=_source(self.open_lines[start:stop]))
            last = found[-1].block
            is_new = len(found) > 1 or self._open.kind != last.kind
            self._open = last
            self.open_lines = self.open_lines[starts[-1] :]
            self.open_size = sum(len(line) + 1 for line in self.open_lines)
            self._is_lazy = not is_new and self._indent < _UNREACHABLE
            self._indent = content_indent(self._open.kind, self.open_lines[0])
            if self._open.kind == "closed":
                yield from self._close()

    def _item_stub(self, before: Sequence[str]) -> list[str]:
        """Lines that tell as much of the next as the whole item before it would. Empty where there are none.

        After a blank line, what is not indented does not belong to an item, however long that is.
        """
        marker = MARKER.match(before[0]) if self._open.kind == "item" and not before[-1].strip(BLANKS) else None
        return [marker.group() + "x", ""] if marker else []

    def _close(self) -> Iterator[Block]:
        if self.open_lines:
            yield replace(self._open, source=_source(self.open_lines))
            self._blank_before = not self.open_lines[-1].strip(BLANKS)
        self.open_lines = []
        self.open_size = 0
        self._open = _NONE

    def _accepts(self, line: str) -> bool | None:
        """Whether the open block takes a line (True), ends with it (False), or only parsing can tell (None)."""
        blank = not line.strip(BLANKS)
        match self._open.kind:
            case "fence":
                return not closes_fence(line, self.open_lines[0])
            case "paragraph" | "table" | "quote" if blank:
                return False
            case "paragraph":
                if not MAY_START_BLOCK.match(line):
                    return True
                # The line before it may make a table with it.
                return _is_single_block("paragraph_open", ["x", *self.open_lines[-2:]]) or None
            case "table":
                return (
                    _TABLE_ROW.match(line) is not None
                    or _is_single_block("table_open", [*self.open_lines[:2], line])
                    or None
                )
            case "quote" if line.lstrip(" ").startswith(">"):
                self._is_lazy = False
                return True
            case "item" | "code" if blank or indent_width(line) >= self._indent:
                self._is_lazy = False
                return True
            case "item" | "quote" if self._is_lazy:
                return not MAY_START_BLOCK.match(line) or None
        return None

    def _split(self, lines: Sequence[str]) -> list[_FoundBlock]:
        """The blocks of some lines. The first continues the open one, where that is an item."""
        found: list[_FoundBlock] = []
        segments = list(_segments(_structure.parse("\n".join(lines))))
        for at, segment in enumerate(segments):
            stop = segments[at + 1].start if at + 1 < len(segments) else len(lines)
            source = _source(lines[segment.start : stop])
            apart = not lines[segment.start - 1].strip(BLANKS) if at else self._blank_before
            block = Block(source, segment.kind, segment.follows, apart, segment.number)
            found.append(_FoundBlock(block, segment.start))
        if found and self._open is not _NONE:
            _continue_open(found, self._open)
        return found or [_FoundBlock(_NONE, 0)]


_NONE: Final = Block("", "closed")
_UNREACHABLE: Final = inf
_structure: Final = make_parser()
_structure.core.ruler.enableOnly(["normalize", "block"])


class _FoundBlock(NamedTuple):
    block: Block
    start: int


class _Segment(NamedTuple):
    """A block among the tokens: where it begins, and whether it is an item that follows another of its list."""

    kind: Kind
    start: int
    number: int | None = None
    follows: bool = False


def _segments(tokens: Sequence[Token]) -> Iterator[_Segment]:
    number: int | None = None
    follows = False
    for token in tokens:
        if token.map is None or token.nesting < 0:
            continue
        if token.level == 0 and token.type in ("bullet_list_open", "ordered_list_open"):
            number = first_number(token)
            follows = False
        elif token.level == 0:
            yield _Segment(_KINDS[token.type], token.map[0])
        elif token.level == 1 and token.type == "list_item_open":
            yield _Segment("item", token.map[0], number, follows)
            follows = True
            number = None if number is None else number + 1


def _continue_open(found: list[_FoundBlock], opened: Block) -> None:
    """Let the first of the blocks be the open one again: with its place, and its number if it is an item."""
    first, start = found[0]
    shift = (opened.number or 0) - (first.number or 0) if opened.kind == "item" else 0
    found[0] = _FoundBlock(replace(first, follows=opened.follows, apart=opened.apart), start)
    for at, (block, start) in enumerate(found):
        if at and not block.follows:
            break
        number = None if block.number is None else block.number + shift
        found[at] = _FoundBlock(replace(block, number=number), start)


def first_number(token: Token) -> int | None:
    """The number that a list begins with. None for a list without numbers."""
    if token.type != "ordered_list_open":
        return None
    start = token.attrGet("start")
    return 1 if start is None else int(start)


def _source(lines: Sequence[str]) -> str:
    stop = len(lines)
    while stop > 1 and not lines[stop - 1].strip(BLANKS):
        stop -= 1
    return "\n".join(lines[:stop])


def content_indent(kind: Kind, opening: str) -> float:
    """How far a line must be indented to belong to a block that began with another line."""
    if kind == "code":
        return 4
    opening = opening.expandtabs(4)
    # An item that begins with an empty line may end with the next.
    if kind != "item" or (marker := MARKER.match(opening)) is None:
        return _UNREACHABLE
    blanks = len(marker.group(1))
    # More than four blanks are one, and code.
    return marker.end() - (blanks - 1 if blanks > 4 else 0)


def indent_width(line: str) -> int:
    """How many blanks stand before a line, where a tab is as many as it is wide."""
    blanks = line[: len(line) - len(line.lstrip(BLANKS))]
    return len(blanks.expandtabs(4))


def fence_content(fence: str) -> str:
    """The code in a fence, as it was written, closed or not."""
    opening, *body = fence.split("\n")
    if body and closes_fence(body[-1], opening):
        body.pop()
    indent = len(opening) - len(opening.lstrip(" "))
    return "\n".join(line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in body)


def closes_fence(line: str, opening: str) -> bool:
    opened, closing = _FENCE.match(opening), _FENCE.match(line)
    if opened is None or closing is None:
        return False
    return closing.group(1).startswith(opened.group(1)) and not line[closing.end() :].strip(BLANKS)


def _is_single_block(kind: str, lines: Sequence[str]) -> bool:
    """Whether lines make up a single block of a kind."""
    tops = [token.type for token in _structure.parse("\n".join(lines)) if token.level == 0 and token.nesting >= 0]
    return tops == [kind]
