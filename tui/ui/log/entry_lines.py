"""Lines and runs of our own in entries: cards, times and hints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rich.cells import cell_len

from tui.chat.conversation import Version
from tui.chat.dates import day_of, format_time, today
from tui.chat.message import ChatMessage
from tui.ui.markdown.lines import BLANK, Line, Look, Run, chop, wrap

MARK: Final = Look("live")
WARNING: Final = Look("warning")
HINT: Final = Look("hint")

_BETWEEN: Final = " · "

VERSION_LINK: Final = "version:"
"""The start of a link that goes to the next version of its message (1) or to the previous one (-1)."""


def own_run(text: str, look: Look) -> Run:
    """A text of our own, which is not part of the message and is never copied."""
    return Run(text, look, copyable=False)


def card_lines(lines: Sequence[Line], fill: str, bar: Look, *, is_airy: bool) -> list[Line]:
    """Lines on a ground of their own, with a bar at their left."""
    card = [replace(line, fill=fill, lead=Run("▌ ", bar)) for line in lines]
    return [Line(fill=f"{fill}-above"), *card, Line(fill=f"{fill}-below")] if is_airy else card


def figure_lines(text: str, look: Look, width: int) -> list[Line]:
    """Figures such as `184 tokens · 40 tok/s`, broken between two of them and not between a number and its unit."""
    rows: list[str] = []
    for part in text.split(_BETWEEN):
        if rows and cell_len(joined := f"{rows[-1]}{_BETWEEN}{part}") <= width:
            rows[-1] = joined
        else:
            rows.append(part)
    return [line for row in rows for line in wrap([own_run(row, look)], width)]


def gap_below(lines: Sequence[Line]) -> list[Line]:
    """The blank line below some lines. None below a card that ends with half a line of its ground."""
    return [] if lines and lines[-1].fill.endswith("-below") else [BLANK]


def version_runs(version: Version | None) -> list[Run]:
    """Which version of a message is shown: `‹ 2/3 ›`, where the arrows go to the others. Empty for the only one."""
    if version is None:
        return []
    before, after = (
        Look("action-key", link=f"{VERSION_LINK}{by}") if works else HINT
        for by, works in ((-1, version.number > 1), (1, version.number < version.of))
    )
    return [
        own_run("  ", HINT),
        own_run("‹ ", before),
        own_run(f"{version.number}/{version.of}", HINT),
        own_run(" ›", after),
    ]


def time_run(message: ChatMessage) -> Run | None:
    """When a message was sent: the time of day, with the date if that is not today."""
    day = day_of(message.created_at)
    if day is None:
        return None
    pattern = "%H:%M" if day == today() else "%d %b %Y %H:%M"
    return own_run(format_time(message.created_at, pattern).lstrip("0"), Look("time"))


def cut(text: str, cells: int) -> str:
    """The beginning of a text on one line that fits, with an ellipsis if it is not all of it."""
    # No more than that is measured.
    head = text[: 4 * cells + 4]
    if len(head) == len(text) and cell_len(head) <= cells:
        return text
    return f"{chop([Run(head)], max(1, cells - 1))[0].text}…" if cells > 0 else ""
