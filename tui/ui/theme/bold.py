"""Removes bold from coloured text on a light ground with 16 colours, where terminals brighten it until it is pale."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_NOT_BOLD: Final = Style(bold=False)


class ColouredBoldFilter(LineFilter):
    """Leaves only text in the terminal's own colour bold. Others keep their colour, which tells as much."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments without bold where they are coloured."""
        return [
            Segment(text, style + _NOT_BOLD, control)
            if style is not None and style.bold and style.color is not None and not style.color.is_default
            else Segment(text, style, control)
            for text, style, control in segments
        ]
