"""The notices that were shown, to be read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.notifications import Notification
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.dates import format_time
from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.row_list import RowList


class NoticesScreen(Dialog[str | None]):
    """Lists notices. Returns the text of the one to copy; None when closed."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]
    DEFAULT_CSS = """
    NoticesScreen OptionList, NoticesScreen OptionList:focus { max-height: 60vh; }
    """

    def __init__(self, notices: Sequence[Notification]) -> None:
        """Args:
        notices: The notices, the latest first. May be empty.
        """
        super().__init__()
        self._notices = notices

    def compose(self) -> ComposeResult:
        """The list, or that it is empty."""
        keys = [("Esc", "close", "escape")]
        if self._notices:
            keys = [("↑↓", "select", ""), ("Enter", "copy", "enter"), *keys]
        yield DialogFrame(
            "Notices",
            RowList(*(Option(_row(notice)) for notice in self._notices), markup=False)
            if self._notices
            else Static("No notices yet.", classes="note"),
            KeyLine(keys),
            size="list",
            state=f"{len(self._notices)}" if self._notices else "",
        )

    @on(OptionList.OptionSelected)
    def _copy(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._notices[event.option_index].message)


def _row(notice: Notification) -> Content:
    """The time, a mark, and the text."""
    mark, colour = {"error": ("✗", "$error"), "warning": ("▲", "$warning")}.get(notice.severity, (" ", ""))
    time = format_time(notice.raised_at, "%H:%M")
    return Content.assemble((f"{time}  ", "$dim"), (mark, colour), " ", safe_line(notice.message))
