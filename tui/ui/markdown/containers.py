"""Quotes and list items as containers: strips their prefixes from source lines, and adds markers to rendered lines."""

from __future__ import annotations

from tui.light_dataclass import dataclass
from tui.ui.markdown.blocks import MAY_START_BLOCK, Block
from tui.ui.markdown.line_starts import BLANKS, MARKER, content_indent, item_content, quote_content
from tui.ui.markdown.lines import Line, Run
from tui.ui.markdown.quotes import alert_of, bar_of, quoted
from tui.ui.markdown.render import TASK_BOX, checkbox, item_marker


@dataclass(frozen=True, slots=True)
class Container:
    """A quote or list item that contains blocks."""

    marker: Run
    """The marker before the first rendered line."""

    marker_length: int = 0
    """Characters of the marker in the first source line. 0 for a quote."""

    indent: int = 0
    """Indentation of all source lines except the first. 0 for a quote."""

    depth: int = 0
    """The number of unordered lists around the content."""

    level: int = 1
    """The number of quotes and items around the content."""

    alert: str = ""
    """The word of an alert, whose first source line is no content. Empty for a quote or item."""

    @property
    def is_quote(self) -> bool:
        """Whether this is a quote and not an item."""
        return not self.indent

    @property
    def cells(self) -> int:
        """The number of cells by which the content is narrower."""
        return Line((self.marker,)).width

    def content_of(self, line: str, *, first: bool = False) -> str | None:
        """The content of a source line, without the prefix of this container.

        Args:
            line: A source line of this container.
            first: Whether `line` is the first line, which has the marker.

        Returns:
            None if the line does not have the prefix.
        """
        if self.is_quote:
            return quote_content(line)
        return item_content(line, self.marker_length if first else self.indent, is_first=first)

    def prefixed(self, line: Line, *, first: bool) -> Line:
        """A rendered line of the content, with marker, bar or indentation."""
        if self.is_quote:
            return quoted(line).prefixed(self.marker)
        return line.prefixed(self.marker if first else Run(" " * self.cells, copyable=False))


def container_of(block: Block, opening: str, outer: Container | None) -> Container | None:
    """The container of a quote or item.

    Args:
        block: The quote or item.
        opening: Its first source line.
        outer: The container of the block itself. None at the top level.

    Returns:
        None if the content can only be determined by parsing the whole block.
    """
    depth, level = (outer.depth, outer.level + 1) if outer else (0, 1)
    if block.kind == "quote":
        alert, _ = alert_of(quote_content(opening) or "")
        return Container(bar_of(alert), depth=depth, level=level, alert=alert)
    opening = opening.expandtabs(4)
    marker = MARKER.match(opening)
    if marker is None:
        return None
    indent = marker_length = int(content_indent("item", opening))
    sign = None if block.number is None else f"{block.number}{marker.group().strip()[-1]}"
    inside = depth if sign else depth + 1
    if task := TASK_BOX.match(opening, indent):
        sign, marker_length = checkbox(task), task.end()
        if MAY_START_BLOCK.match(opening, marker_length):
            # The text after the box is not parsed as a block, but would be on a line of its own.
            return None
    return Container(item_marker(sign, depth), marker_length, indent, inside, level)


def lazy_content(line: str) -> str | None:
    """The content of a lazy continuation line of a paragraph in a quote or item.

    None if the line would start another block when it had the container's prefix.
    """
    return None if MAY_START_BLOCK.match(line) else line.lstrip(BLANKS)
