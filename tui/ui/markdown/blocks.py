"""Splits streamed Markdown into final blocks and one open block.

Each line is examined about once, as it arrives; see `BlockSplitter`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from markdown_it.token import Token

from tui.chat.growing_text import GrowingText
from tui.light_dataclass import dataclass
from tui.ui.markdown.fences import FenceEnd
from tui.ui.markdown.inline import make_parser
from tui.ui.markdown.line_starts import (
    BLANKS,
    CODE_INDENT,
    MARKER,
    UNREACHABLE,
    block_start,
    content_indent,
    indent_width,
    item_content,
    quote_content,
)
from tui.ui.markdown.source_lines import SourceLines

Kind = Literal["paragraph", "fence", "code", "table", "quote", "item", "closed"]
"""The kind of a block, as far as it decides which lines may continue it. `closed` blocks accept no more lines."""

_KINDS: Final[dict[str, Kind]] = {
    "paragraph_open": "paragraph",
    "fence": "fence",
    "code_block": "code",
    "table_open": "table",
    "blockquote_open": "quote",
    "heading_open": "closed",
    "hr": "closed",
}
_TEXT: Final = r"[ \t]*+(?:\d++(?![.)](?:[ \t]|\Z))|\*{1,3}(?=[^*\s])|_{1,3}(?=[^_\s])|`{1,2}(?=[^`])|~{1,2}(?=[^~]))"
"""The start of a line of text that begins with a number, or with marks of emphasis or code."""

MAY_START_BLOCK: Final = re.compile(rf"(?!{_TEXT})[ \t]*+[-#>`~*_+=|:0-9]")
_TABLE_ROW: Final = re.compile(r" {0,3}\|")
_DELIMITERS: Final = " \t|:-"
"""The characters of the line below the header of a table."""

_TABLE_STUB: Final = ("|x|", "|-|")
"""A stand-in for an open table: which lines continue it does not depend on its columns."""

_STUB_LINES: Final = 2
"""Lines of a paragraph that are enough to parse the next line."""

_LARGE_CONTAINER: Final = 500
"""Characters from which on an item or quote is not parsed as a whole to find out how it ends."""

TOO_DEEP: Final = re.compile(r"(?:[ \t]*+(?:[-*+>]|\d{1,9}[.)])){40}")
"""The start of a line that opens so many items and quotes that the parser would lose the text after it."""

_MAX_LEVEL: Final = 16
"""Nesting depth up to which the content of items and quotes is split to find out how they end."""

_MAX_PREFIX: Final = 100
"""Characters at the start of a line that are enough to tell which block it begins."""

_CERTAIN: Final = 2_000
"""Characters from which on a partial line is not ambiguous, whatever they are."""

_POSSIBLE_FENCE_END: Final = re.compile(r" {0,3}(`+|~+)\s*$")
_AMBIGUOUS: Final = re.compile(r"\s*+(#{1,6}|[-*+_=>|]+|\d{1,9}[.)]?|`{1,2}|~{1,2}|[-*+] \[.?\]?)?\s*$")
"""A partial line that may still become different kinds of blocks."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Markdown that is rendered independently: a paragraph, one list item, a fence, …"""

    source: str
    kind: Kind

    continues_list: bool = False
    """Whether this is an item of the same list as the previous block."""

    blank_before: bool = True
    """Whether a blank line separates this block from the previous one."""

    number: int | None = None
    """The number of an item in an ordered list. None for other blocks."""

    start: int = field(default=0, compare=False)
    """The offset of a final block in the text."""


class BlockSplitter:
    """Splits streamed Markdown into blocks, examining each line about once.

    Only complete lines are classified: a partial `#` may become a heading, and a
    partial `-` a list. In CommonMark a line can change only the block directly
    before it, if link reference definitions are disabled, so every block that is
    followed by another is final. List items count as blocks here.
    """

    def __init__(self, level: int = 0) -> None:
        """Args:
        level: The number of items and quotes around the text, as far as they are split by splitters.
        """
        self.text = GrowingText()
        """The text so far."""
        self.open_lines = SourceLines(self.text, 0)
        """The complete lines of the open block. Empty if no block is open."""
        self._level = level
        self._partial_start = 0
        """The offset of the incomplete last line."""
        self._open = _NONE
        self._indent: float = 0
        """The indentation from which on every line belongs to the open item or code block."""
        self._is_lazy = False
        """Whether the last line belongs to the open item or quote only as a lazy paragraph continuation."""
        self._was_lazy = False
        """Whether any line of the open block belongs to it only so."""
        self._blank_before = True
        """Whether a blank line precedes the next block. Valid while no block is open."""
        self._fence_end: FenceEnd | None = None
        """Finds the end of the open fence. None until it has a second line."""
        self._content: BlockSplitter | None = None
        """Splits the content of a large open item or quote. None until it is needed."""
        self._content_lines = 0
        """Open lines that were fed to `_content`."""

    @property
    def open_size(self) -> int:
        """The number of characters in `open_lines`, including newlines."""
        return self.open_lines.stop - self.open_lines.start

    @property
    def open_kind(self) -> Kind:
        """The kind of the open block, by its complete lines. `closed` if no block is open."""
        return self._open.kind

    @property
    def open_block(self) -> Block:
        """The open block, without its source."""
        return self._open

    @property
    def partial_size(self) -> int:
        """The number of characters of the incomplete last line. 0 while it is ambiguous."""
        size = len(self.text) - self._partial_start
        if size > _CERTAIN:
            return size
        undecided = _POSSIBLE_FENCE_END if self._open.kind == "fence" else _AMBIGUOUS
        return 0 if undecided.match(self._partial()) else size

    @property
    def partial_line(self) -> str:
        """The incomplete last line, which may be very long. Empty while it is ambiguous."""
        return self._partial() if self.partial_size else ""

    def feed(self, text: str) -> list[Block]:
        """Feed more text, and return the blocks that it closes."""
        before = len(self.text)
        self.text.append(text)
        if "\n" not in text:
            return []
        lines = text.split("\n")
        if before > self._partial_start:
            lines[0] = self.text.part(self._partial_start, before) + lines[0]
        lines.pop()
        return [block for line in lines for block in self._feed_line(line)]

    def finish(self) -> list[Block]:
        """Close the open block at the end of the text, and return the remaining blocks."""
        partial = self._partial()
        closed = list(self._feed_line(partial)) if partial else []
        return [*closed, *self._close()]

    def _partial(self) -> str:
        """The incomplete last line."""
        return self.text.part(self._partial_start, len(self.text))

    def open_blocks(self) -> list[Block]:
        """The blocks that the open lines would be if the text ended here: usually one, sometimes two."""
        partial = self.partial_line
        lines = [*self.open_lines, partial] if partial else self.open_lines
        return [found.block for found in self._split(lines)]

    def partial_blocks(self) -> list[Block]:
        """The blocks that the partial line would start if it did not belong to the open block.

        Does not parse the whole open block, which may be large.
        """
        partial = self.partial_line
        # Parse only the last line of the open block: a stand-in with the same container is enough.
        opening, last = self.open_lines[0], self.open_lines[-1]
        before = self._item_stub(opening, last) or [
            (marker.group() if (marker := MARKER.match(opening)) else "> ") + last.lstrip(" >")
        ]
        *_, found = self._split([*before, partial])
        return [found.block if found.start else Block(partial, "paragraph", blank_before=False)]

    def partial_block(self) -> Block:
        """The block that the start of the partial line opens, while no block is open."""
        return self._split([self.text.part(self._partial_start, self._partial_start + _MAX_PREFIX)])[0].block

    def ends_with_paragraph(self, count: int) -> bool:
        """Whether the first lines of the open block certainly end with a paragraph, which may be continued lazily.

        Feeds the content of an item or quote to another splitter, so that each line is parsed once for each level,
        and not once for each line that follows.

        Args:
            count: How many of the open lines to consider.
        """
        if self._open.kind not in ("item", "quote"):
            return self._open.kind == "paragraph"
        if TOO_DEEP.match(self.open_lines[0]):
            # The parser would lose the text, so the last line counts as a paragraph.
            return True
        if self._level >= _MAX_LEVEL or (self._open.kind == "item" and self._indent == UNREACHABLE):
            return False
        if self._content is None:
            self._content = BlockSplitter(self._level + 1)
        for line in self.open_lines[self._content_lines : count]:
            content = self._content_of(line)
            if content is None and line.lstrip(" ").startswith(">") and self._open.kind == "quote":
                return False
            # A line without the prefix continues a paragraph, whatever its text is.
            self._content.feed(f"{'x' if content is None else content}\n")
            self._content_lines += 1
        return self._content.ends_with_paragraph(len(self._content.open_lines))

    def _feed_line(self, line: str) -> Iterator[Block]:
        start = self._partial_start
        self._partial_start += len(line) + 1
        if begun := self._certain_start(line):
            yield from self._begin(begun, line, start)
            return
        if not self.open_lines:
            if not line.strip(BLANKS):
                self._blank_before = True
                self.open_lines = SourceLines(self.text, self._partial_start)
                return
            self.open_lines = SourceLines(self.text, start)
        self.open_lines.append(line)
        accepted = self._accepts(line)
        if accepted is False:
            yield from self._close()
        elif accepted is None:
            stub = self._stub() if len(self.open_lines) > 1 else []
            found = self._split([*stub, line] if stub else self.open_lines)
            skipped = len(self.open_lines) - 1 - len(stub) if stub else 0
            starts = [0, *(start + skipped for _, start in found[1:])]
            at = self.open_lines.start
            for (block, _), (first, stop) in zip(found, pairwise(starts), strict=False):
                lines = self.open_lines[first:stop]
                yield replace(block, source=_source(lines), start=at)
                at += sum(len(each) + 1 for each in lines)
            last = found[-1].block
            is_new = len(found) > 1 or self._open.kind != last.kind
            self._open = last
            if starts[-1]:
                rest = self.open_lines[starts[-1] :]
                self.open_lines = SourceLines(self.text, at)
                self.open_lines.extend(rest)
            self._is_lazy = not is_new and self._open.kind in ("item", "quote")
            self._indent = content_indent(self._open.kind, self.open_lines[0])
            self._was_lazy = not is_new
            if is_new:
                self._content, self._content_lines = None, 0
            elif self._open.kind == "item" and self._indent == UNREACHABLE:
                # The first line was empty, and the item has not ended with the second line.
                self._indent = len(self.open_lines[0].expandtabs(4).rstrip()) + 1
                self._is_lazy = indent_width(line) < self._indent
            if self._open.kind == "closed":
                yield from self._close()

    def _certain_start(self, line: str) -> Block | None:
        """The block that certainly begins with a line, without its source. None if the line must be examined."""
        opened = self._open.kind
        if opened == "closed" and (not MAY_START_BLOCK.match(line)):
            is_paragraph = line.strip(BLANKS) and indent_width(line) < CODE_INDENT
            return Block("", "paragraph", blank_before=self._blank_before) if is_paragraph else None
        if opened not in ("closed", "paragraph", "item") or (found := block_start(line)) is None:
            return None
        before = MARKER.match(self.open_lines[0]) if opened == "item" else None
        if TOO_DEEP.match(line) or (opened == "item" and (before is None or self._was_lazy)):
            return None
        continues_list = before is not None and found.marker == before.group().rstrip()[-1:]
        if opened != "closed" and not (continues_list or found.ends_paragraph):
            return None
        number = found.number
        if continues_list and self._open.number is not None:
            number = self._open.number + 1
        blank_before = self._blank_before if opened == "closed" else not self.open_lines[-1].strip(BLANKS)
        return Block("", found.kind, continues_list, blank_before, number)

    def _begin(self, block: Block, line: str, start: int) -> Iterator[Block]:
        """Close the open block, and open one that begins with a line at an offset."""
        yield from self._close()
        self.open_lines = SourceLines(self.text, start)
        self.open_lines.append(line)
        self._open = block
        self._is_lazy = self._was_lazy = False
        self._indent = content_indent(block.kind, line)
        if block.kind == "closed":
            yield from self._close()

    def _stub(self) -> list[str]:
        """A short stand-in for the open block before its last line that parses that the same way. Empty for none."""
        opening, before = self.open_lines[0], self.open_lines[-2]
        match self._open.kind:
            case "paragraph":
                # The last line and the next one may form a table header.
                return ["x", before] if len(self.open_lines) - 1 > _STUB_LINES else []
            case "table":
                return list(_TABLE_STUB)
            case "code":
                return ["    x"] if before.strip(BLANKS) else ["    x", ""]
            case "item" | "quote" if self._is_lazy or TOO_DEEP.match(opening):
                return [self._lazy_stub(opening)]
        return self._item_stub(opening, before)

    def _item_stub(self, opening: str, last: str) -> list[str]:
        """A stand-in for an open item that ends with a blank line. Empty for any other block.

        After a blank line, an unindented line does not belong to the item, so the item's content is irrelevant.

        Args:
            opening: The first line of the item.
            last: Its last line.
        """
        marker = MARKER.match(opening) if self._open.kind == "item" and not last.strip(BLANKS) else None
        return [marker.group() + "x", ""] if marker else []

    def _lazy_stub(self, opening: str) -> str:
        """A stand-in for an open item or quote that ends with a paragraph."""
        if self._open.kind == "quote":
            return "> x"
        marker = MARKER.match(opening)
        return f"{marker.group()}x" if marker else f"{opening.rstrip()} x"

    def _content_of(self, line: str) -> str | None:
        if self._open.kind == "quote":
            return quote_content(line)
        return item_content(line, int(self._indent), is_first=not self._content_lines)

    def _close(self) -> Iterator[Block]:
        if self.open_lines:
            lines = self.open_lines
            stop = len(lines)
            end = lines.stop - 1
            while stop > 1 and not lines[stop - 1].strip(BLANKS):
                stop -= 1
                end -= len(lines[stop]) + 1
            yield replace(self._open, source=self.text.part(lines.start, end), start=lines.start)
            self._blank_before = not lines[-1].strip(BLANKS)
        self.open_lines = SourceLines(self.text, self._partial_start)
        self._open = _NONE
        self._fence_end = None
        self._content, self._content_lines = None, 0

    def _accepts(self, line: str) -> bool | None:
        """Whether the open block continues with a line (True), ends with it (False), or must be parsed (None)."""
        blank = not line.strip(BLANKS)
        match self._open.kind:
            case "fence":
                if self._fence_end is None:
                    self._fence_end = FenceEnd(self.open_lines[0])
                return not self._fence_end.closes(line)
            case "paragraph" | "table" | "quote" if blank:
                return False
            case "paragraph":
                if not MAY_START_BLOCK.match(line):
                    return True
                if "|" in line and not line.strip(_DELIMITERS):
                    # Very likely a table, whose header may be wide: it is parsed once.
                    return None
                # The previous line and this one may form a table header.
                return _is_single_block("paragraph_open", ["x", *self.open_lines[-2:]]) or None
            case "table":
                return (
                    _TABLE_ROW.match(line) is not None or _is_single_block("table_open", [*_TABLE_STUB, line]) or None
                )
            case "quote" if line.lstrip(" ").startswith(">"):
                self._is_lazy = False
                return True
            case "item" | "code" if blank or indent_width(line) >= self._indent:
                self._is_lazy = False
                return True
            case "item" | "quote":
                if not self._is_lazy and self.open_size > _LARGE_CONTAINER:
                    self._is_lazy = self.ends_with_paragraph(len(self.open_lines) - 1)
                if self._is_lazy:
                    return not MAY_START_BLOCK.match(line) or len(self._split_stub(line)) == 1 or None
        return None

    def _split_stub(self, line: str) -> list[_Segment]:
        """The blocks of a line after a lazy continuation line of the open item or quote."""
        return list(_segments(_structure.parse(f"{self._lazy_stub(self.open_lines[0])}\n{line}")))

    def _split(self, lines: Sequence[str]) -> list[_FoundBlock]:
        """The blocks of these lines. The first one continues the open block, if there is one."""
        found: list[_FoundBlock] = []
        segments = list(_segments(_structure.parse("\n".join(lines))))
        for at, segment in enumerate(segments):
            stop = segments[at + 1].start if at + 1 < len(segments) else len(lines)
            source = _source(lines[segment.start : stop])
            blank_before = not lines[segment.start - 1].strip(BLANKS) if at else self._blank_before
            block = Block(source, segment.kind, segment.continues_list, blank_before, segment.number)
            found.append(_FoundBlock(block, segment.start))
        if found and self._open is not _NONE:
            _continue_open(found, self._open)
        return found or [_FoundBlock(_NONE, 0)]


_NONE: Final = Block("", "closed")
_structure: Final = make_parser()
_structure.core.ruler.enableOnly(["normalize", "block"])


class _FoundBlock(NamedTuple):
    block: Block
    start: int


class _Segment(NamedTuple):
    """A top-level block or list item in a token stream."""

    kind: Kind
    start: int
    number: int | None = None
    continues_list: bool = False


def _segments(tokens: Sequence[Token]) -> Iterator[_Segment]:
    number: int | None = None
    continues_list = False
    for token in tokens:
        if token.map is None or token.nesting < 0:
            continue
        if token.level == 0 and token.type in ("bullet_list_open", "ordered_list_open"):
            number = first_number(token)
            continues_list = False
        elif token.level == 0:
            yield _Segment(_KINDS[token.type], token.map[0])
        elif token.level == 1 and token.type == "list_item_open":
            yield _Segment("item", token.map[0], number, continues_list)
            continues_list = True
            number = None if number is None else number + 1


def _continue_open(found: list[_FoundBlock], opened: Block) -> None:
    """Copy spacing and list position of the open block to the first found block, and renumber its list."""
    first, start = found[0]
    shift = (opened.number or 0) - (first.number or 0) if opened.kind == "item" else 0
    found[0] = _FoundBlock(
        replace(first, continues_list=opened.continues_list, blank_before=opened.blank_before), start
    )
    for at, (block, start) in enumerate(found):
        if at and not block.continues_list:
            break
        number = None if block.number is None else block.number + shift
        found[at] = _FoundBlock(replace(block, number=number), start)


def first_number(token: Token) -> int | None:
    """The first number of an ordered list. None for an unordered list."""
    if token.type != "ordered_list_open":
        return None
    start = token.attrGet("start")
    return 1 if start is None else int(start)


def _source(lines: Sequence[str]) -> str:
    stop = len(lines)
    while stop > 1 and not lines[stop - 1].strip(BLANKS):
        stop -= 1
    return "\n".join(lines[:stop])


def _is_single_block(kind: str, lines: Sequence[str]) -> bool:
    """Whether lines form a single block of a kind."""
    tops = [token.type for token in _structure.parse("\n".join(lines)) if token.level == 0 and token.nesting >= 0]
    return tops == [kind]
