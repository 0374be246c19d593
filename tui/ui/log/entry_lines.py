"""Lines and runs of our own in entries: cards, times and hints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.chat.dates import day_of, format_time, today
from tui.chat.message import ChatMessage
from tui.ui.markdown.lines import BLANK, Line, Look, Run

HINT: Final = Look("hint")


def own_run(text: str, look: Look) -> Run:
    """A text of our own, which is not part of the message and is never copied."""
    return Run(text, look, copyable=False)


def card_lines(lines: Sequence[Line], fill: str, bar: Look, *, is_airy: bool) -> list[Line]:
    """Lines on a ground of their own, with a bar at their left."""
    card = [replace(line, fill=fill, lead=Run("▌ ", bar)) for line in lines]
    return [Line(fill=f"{fill}-above"), *card, Line(fill=f"{fill}-below")] if is_airy else card


def gap_below(lines: Sequence[Line]) -> list[Line]:
    """The blank line below some lines. None below a card that ends with half a line of its ground."""
    return [] if lines and lines[-1].fill.endswith("-below") else [BLANK]


def time_run(message: ChatMessage) -> Run | None:
    """When a message was sent: the time of day, with the date if that is not today."""
    day = day_of(message.created_at)
    if day is None:
        return None
    pattern = "%H:%M" if day == today() else "%d %b %Y %H:%M"
    return own_run(format_time(message.created_at, pattern).lstrip("0"), Look("time"))
