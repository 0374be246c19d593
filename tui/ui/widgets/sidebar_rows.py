"""The rows of the sidebar, as text: providers, conversations, and messages that were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from textual.content import Content

from tui.chat.conversation import ConversationSummary, FoundMessage
from tui.chat.dates import day_of, format_time, month_of
from tui.chat.safe_text import safe_line
from tui.workspace.provider_status import ProviderStatus, Reachability

State = Literal["streaming", "waiting", "asking", "temporary"]
"""What an open conversation is doing. `waiting` is queued behind other answers of the same provider; `asking` waits for
the user, who has to decide about a tool call."""

REACHABILITY_MARKS: Final[dict[Reachability, tuple[str, str]]] = {
    "unknown": ("◌", "$dim"),
    "reachable": ("●", "$success"),
    "unreachable": ("○", "$dim"),
    "refused": ("▲", "$warning"),
}
"""For each reachability of a provider its mark, and the mark's colour."""

_STATES: Final[dict[State, tuple[str, str, str]]] = {
    "streaming": ("»", "$accent", "now"),
    "waiting": ("…", "$dim", "queued"),
    "asking": ("▲", "$warning", "asks"),
    "temporary": (" ", "", ""),
}
"""For each state its mark, the mark's colour, and what stands in place of the time."""

_TITLE_AT: Final = 3
"""The cell where titles start."""

_GAP: Final = 2
_WEEK: Final = 7
_MONTH: Final = 31


def providers_line(rows: Sequence[ProviderStatus], width: int, *, unfolded: bool) -> Content:
    counts = Counter(row.reachability for row in rows)
    marks: list[str | tuple[str, str]] = []
    for reachability in ("reachable", "unreachable", "refused", "unknown"):
        if count := counts[reachability]:
            mark, colour = REACHABILITY_MARKS[reachability]
            marks += ["  " if marks else "", (mark, colour), (f" {count}", "$dim")]
    left = Content.assemble((f" {'▾' if unfolded else '▸'} ", "$dim"), ("Providers", "bold $second"))
    return _spread(left, Content() if unfolded else Content.assemble(*marks), width)


def provider_row(row: ProviderStatus, width: int, *, current: bool) -> Content:
    mark, colour = REACHABILITY_MARKS[row.reachability]
    leaves = ("↗ ", "$warning") if row.leaves_machine else ""
    name = (safe_line(row.name), "bold $text" if current else "")
    left = Content.assemble("   ", (mark, colour), " ", leaves, name)
    # The chevron is the current conversation's.
    note = Content.styled("in use", "$second") if current else Content.styled(safe_line(row.note), "$dim")
    return _spread(left, note, width)


def command_row(word: str, width: int) -> Content:
    """A row below the providers that runs a command."""
    return _spread(Content.assemble("     ", (word, "$user")), Content(), width)


def _spread(left: Content, right: Content, width: int) -> Content:
    """A row with a text at each end. Where both do not fit, the left one is truncated first."""
    right = right.truncate(max(0, width - 8), ellipsis=True)
    room = max(1, width - right.cell_length - (1 if right else 0) - 1)
    left = left.truncate(room, ellipsis=True)
    return Content.assemble(left, " " * max(0, width - 1 - left.cell_length - right.cell_length), right)


def day_label(day: date | None, today: date) -> str:
    """A relative label for a day: `Today`, `This week`, `May 2026`. None is an unknown day."""
    if day is None:
        return "Unknown date"
    ago = (today - day).days
    if ago <= 0:
        return "Today"
    if ago == 1:
        return "Yesterday"
    if ago < _WEEK:
        return "This week"
    return "This month" if ago < _MONTH else month_of(day)


def time_label(seconds: float, today: date, *, has_month: bool = False) -> str:
    """When a conversation was last used, as short as the group it stands in allows: `14:02`, `Fri`, `29`.

    Args:
        seconds: The time, in seconds since the epoch.
        today: Today's date.
        has_month: Whether an older date needs its month, because the group does not tell it: `29 Oct`.
    """
    day = day_of(seconds)
    if day is None:
        return ""
    ago = (today - day).days
    if ago < _WEEK:
        return format_time(seconds, "%H:%M" if ago <= 1 else "%a")
    return format_time(seconds, "%d %b" if has_month else "%d").lstrip("0")


def conversation_row(
    row: ConversationSummary, state: State | None, today: date, width: int, *, current: bool
) -> Content:
    """One line: mark, title, time."""
    time = time_label(row.updated_at, today, has_month=row.is_pinned)
    mark, colour = ("›", "bold $user") if current else (" ", "")
    if state is not None and state != "temporary":
        mark, colour, time = _STATES[state]
    elif row.is_unread and not current:
        mark, colour = ("✗", "$error") if row.outcome == "failed" else ("◆", "$accent")
    look = "bold $text" if current or row.is_unread else "$text" if state == "streaming" else ""
    left = Content.assemble(" ", (mark, colour), " ", (safe_line(row.title) or "(untitled)", look))
    return _spread(left, Content.styled(time, "$dim"), width)


def found_row(message: FoundMessage, width: int, *, current: bool) -> Content:
    """One line: the title of a conversation, and the words in one of its messages."""
    mark = ("›", "bold $user") if current else " "
    room = max(2, width - _TITLE_AT - 1)
    title = Content.styled(safe_line(message.title) or "(untitled)", "bold $text" if current else "")
    title = title.truncate(max(1, room * 2 // 5), ellipsis=True)
    excerpt = _excerpt(message, max(1, room - title.cell_length - _GAP))
    return Content.assemble(" ", mark, " ", title, " " * _GAP, excerpt).truncate(width, ellipsis=True)


def _excerpt(message: FoundMessage, width: int) -> Content:
    """A part of the message that shows the first of the words."""
    pieces: list[Content | tuple[str, str]] = []
    for text, is_hit in message.excerpt:
        shown = " ".join(safe_line(text).split())
        ends = (" " if text[:1].isspace() else "", " " if text[-1:].isspace() else "")
        piece = Content.styled(f"{ends[0]}{shown}{ends[1]}", "$text on $hit" if is_hit else "$dim")
        if is_hit or pieces:
            pieces.append(piece)
        elif piece.cell_length > width // 3:
            # Most of the text before the hit goes, so that the hit is in view.
            pieces.append(Content.assemble(("…", "$dim"), piece[-max(1, width // 3) :]))
        else:
            pieces.append(piece)
    return Content.assemble(*pieces).truncate(width, ellipsis=True)
