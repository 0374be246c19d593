"""The last check of text before the terminal: no control character is painted, wherever it comes from.

Foreign text is cleaned where it enters the screen, by `chat/safe_text`, which also shows what was there. This check is
for a place that was forgotten. Every widget paints through the app's line filters, also those that show borders, toasts
and inputs. Textual caches the filtered line, so a line is checked once, not once a frame.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.chat.safe_text import safe_text


class ControlCharacterFilter(LineFilter):
    """Replaces control characters in painted lines by as many blanks as they take, and removes terminal hyperlinks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments of a line, without anything that the terminal would interpret."""
        if _is_safe("".join([segment.text for segment in segments])) and not any(map(_link_of, segments)):
            return segments
        return [_cleaned(segment) for segment in segments]


def _is_safe(line: str) -> bool:
    if line.isascii():
        return line.isprintable()
    return "\n" not in line and "\t" not in line and safe_text(line) == line


def _link_of(segment: Segment) -> str | None:
    return None if segment.style is None else segment.style.link


def _cleaned(segment: Segment) -> Segment:
    text, style, control = segment
    # Widths must stay: the line is laid out already.
    text = "".join(character if _is_safe(character) else " " * cell_len(character) for character in text)
    return Segment(safe_text(text), style if style is None or not style.link else style.update_link(None), control)
