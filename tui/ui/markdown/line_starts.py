"""What the first characters of a line tell: its indentation, and which block it begins where they leave no doubt.

The parser, which knows in all other cases, takes 20 times as long for a line. A long list has a block in each line.
"""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tui.ui.markdown.blocks import Kind

BLANKS: Final = " \t"
"""Characters that Markdown treats as blank. Python strips more, but a line of those is a paragraph in Markdown."""

CODE_INDENT: Final = 4
"""Cells of indentation that make code."""

MARKER: Final = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])( *)(?=\S)")
_QUOTED: Final = re.compile(r" {0,3}>(?: (?! *\t)|(?=[^ \t]|\Z))")
"""The prefix of a quoted line. Excludes prefixes followed by a tab, whose width only the parser computes."""

UNREACHABLE: Final = inf
"""The indentation of an item whose content is not known yet."""

_START: Final = re.compile(
    r"(?P<marker>[-*+]|(?P<number>\d{1,9})[.)]) {1,4}(?=\S)(?![-*_ \t]*\Z)"
    r"|(?P<heading>#{1,6})[ \t]"
    r"|(?P<fence>```+(?=[^`]*\Z)|~~~+)"
    r"|(?P<quote>>)"
)
"""An item, a heading, a fence or a quote without indentation. A rule of dashes with blanks is not an item."""


class BlockStart(NamedTuple):
    """What begins with a line."""

    kind: Kind
    marker: str = ""
    """The character that all items of a list have. Empty for other blocks."""
    number: int | None = None
    """The number of an item. None for an item without, and for other blocks."""

    @property
    def ends_paragraph(self) -> bool:
        """Whether a line without a blank line above ends a paragraph. A number does only if it is a one."""
        return self.number in (None, 1)


def block_start(line: str) -> BlockStart | None:
    """The block that begins with a line. None if it begins none, or if only the parser can tell."""
    found = _START.match(line)
    if found is None:
        return None
    if marker := found["marker"]:
        number = found["number"]
        return BlockStart("item", marker[-1], int(number) if number else None)
    if found["heading"]:
        return BlockStart("closed")
    return BlockStart("fence" if found["fence"] else "quote")


def content_indent(kind: Kind, opening: str) -> float:
    """The indentation that a line needs to belong to a block, given the first line of the block."""
    if kind == "code":
        return CODE_INDENT
    opening = opening.expandtabs(4)
    # An item with an empty first line may end with the next line.
    if kind != "item" or (marker := MARKER.match(opening)) is None:
        return UNREACHABLE
    blanks = len(marker.group(1))
    # More than four blanks count as one; the rest indents a code block.
    return marker.end() - (blanks - 1 if blanks > 4 else 0)


def quote_content(line: str) -> str | None:
    """The content of a line of a quote. None without the quote's prefix, or with a tab after it."""
    found = _QUOTED.match(line)
    return line[found.end() :] if found else None


def item_content(line: str, indent: int, *, is_first: bool) -> str | None:
    """The content of a line of an item. None if the line is not indented.

    Args:
        line: A source line of the item.
        indent: The characters of the marker, or of the indentation of all other lines.
        is_first: Whether `line` has the marker.
    """
    if is_first:
        return line.expandtabs(4)[indent:]
    if not line.strip(BLANKS):
        return ""
    extra = indent_width(line) - indent
    return None if extra < 0 else " " * extra + line.lstrip(BLANKS)


def indent_width(line: str) -> int:
    """The width of the indentation of a line, with tabs expanded."""
    blanks = line[: len(line) - len(line.lstrip(BLANKS))]
    return len(blanks.expandtabs(4))
