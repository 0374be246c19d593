"""Quotes and the items of lists: what their lines say without what makes them part of it, and what it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tui.ui.markdown.blocks import BLANKS, MARKER, MAY_START_BLOCK, Block, content_indent, indent_width
from tui.ui.markdown.lines import Line, Run
from tui.ui.markdown.render import BAR, TASK_BOX, checkbox, item_marker, quoted

_QUOTED: Final = re.compile(r" {0,3}>(?: (?! *\t)|(?=[^ \t]|\Z))")
"""The beginning of a quoted line. A tab after it is as wide as where it stands makes it: that is left to the parser."""


@dataclass(frozen=True, slots=True)
class Container:
    """What blocks are nested in."""

    marker: Run
    """What stands before its first line on screen."""

    begins: int = 0
    """Characters of its first line in the source that stand for the marker."""

    indent: int = 0
    """Blanks that stand before its lines, but the first, in the source. 0 for a quote."""

    depth: int = 0
    """How many lists without numbers stand around what is nested in it."""

    level: int = 1
    """How many quotes and items stand around what is nested in it."""

    @property
    def is_quote(self) -> bool:
        """Whether it is a quote. Else it is an item."""
        return not self.indent

    @property
    def cells(self) -> int:
        """How much narrower what is nested in it is."""
        return Line((self.marker,)).width

    def content_of(self, line: str, *, first: bool = False) -> str | None:
        """What one of its lines says inside of it. None where the line does not begin as those of it do."""
        if self.is_quote:
            found = _QUOTED.match(line)
            return line[found.end() :] if found else None
        if first:
            return line.expandtabs(4)[self.begins :]
        if not line.strip(BLANKS):
            return ""
        beyond = indent_width(line) - self.indent
        return None if beyond < 0 else " " * beyond + line.lstrip(BLANKS)

    def prefixed(self, line: Line, *, first: bool) -> Line:
        """How a line inside of it looks from outside."""
        if self.is_quote:
            return quoted(line).prefixed(self.marker)
        return line.prefixed(self.marker if first else Run(" " * self.cells, copyable=False))


def container_of(block: Block, opening: str, outer: Container | None) -> Container | None:
    """What a quote or an item is for what is nested in it.

    Args:
        block: The quote or the item.
        opening: Its first line.
        outer: What it is nested in itself. None for nothing.

    Returns:
        None where only parsing all of it can tell what stands in it.
    """
    depth, level = (outer.depth, outer.level + 1) if outer else (0, 1)
    if block.kind == "quote":
        return Container(BAR, depth=depth, level=level)
    opening = opening.expandtabs(4)
    marker = MARKER.match(opening)
    if marker is None:
        return None
    indent = begins = int(content_indent("item", opening))
    sign = None if block.number is None else f"{block.number}{marker.group().strip()[-1]}"
    inside = depth if sign else depth + 1
    if task := TASK_BOX.match(opening, indent):
        sign, begins = checkbox(task), task.end()
        if MAY_START_BLOCK.match(opening, begins):
            # After the box it does not, and alone on its line it would.
            return None
    return Container(item_marker(sign, depth), begins, indent, inside, level)


def lazy_content(line: str) -> str | None:
    """What a line says that belongs to a quote or an item only because a paragraph goes on in it.

    None where it would say something else if it began as the others do.
    """
    return None if MAY_START_BLOCK.match(line) else line.lstrip(BLANKS)
