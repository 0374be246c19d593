"""Searching in all conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.conversation import FoundMessage
from tui.chat.dates import format_time
from tui.chat.formatting import format_count, without_marks
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import RowList
from tui.workspace.library import MAX_FOUND


class SearchScreen(Dialog[FoundMessage | None]):
    """A query above, the messages that match below. Returns the chosen one; None when cancelled."""

    DEFAULT_CSS = """
    SearchScreen DialogFrame { max-height: 80%; }
    SearchScreen OptionList, SearchScreen OptionList:focus { max-height: 60vh; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        *cursor_bindings(),
    ]

    def __init__(self, search: Callable[[str], Awaitable[tuple[FoundMessage, ...]]], words: str = "") -> None:
        """Args:
        search: Finds messages that contain all of some words, the latest first.
        words: The words to search for at first.
        """
        super().__init__()
        self._words = words
        self._search = search
        self._found: tuple[FoundMessage, ...] = ()
        self._found_for: str | None = None
        """The query of `_found`. None while it is being searched for."""
        self._chooses_when_found = False
        """Whether Enter was pressed before that."""

    def compose(self) -> ComposeResult:
        """A line to type in, and a list below it."""
        yield DialogFrame(
            "Search in all conversations",
            FilterField(self._words, placeholder="words, in any order"),
            Static("", id="message", classes="note", markup=False),
            RowList(markup=False),
            KeyLine([("↑↓", "select", ""), ("Enter", "open", "enter"), ("Esc", "close", "escape")]),
            size="list",
        )

    def on_mount(self) -> None:
        """Letters go to the query; the list follows it."""
        self.query_one(OptionList).can_focus = False

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        self._found_for, self._chooses_when_found = None, False
        self._find(event.value)

    @work(exclusive=True)
    async def _find(self, words: str) -> None:
        note = self.query_one("#message", Static)
        try:
            found = await self._search(words)
        except LlmTuiError as error:
            self._found_for = words
            note.update(Content(f"{safe_line(str(error))} {safe_line(error.hint)}"))
            return
        self._found, self._found_for = found, words
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_content(message)) for message in found])
        if found:
            options.highlighted = 0
        self.query_one(DialogFrame).show_state(_count(len(found)) if words.strip() else "")
        note.display = bool(words.strip()) and not found
        note.update("No message contains all of these words.")
        if self._chooses_when_found:
            self._choose()

    @on(Input.Submitted)
    def _choose(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        query = self.query_one(Input).value
        if query.strip() and self._found_for != query:
            self._chooses_when_found = True
        elif highlighted is not None:
            self.dismiss(self._found[highlighted])

    @on(OptionList.OptionSelected)
    def _choose_by_mouse(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])

    def action_move(self, by: int) -> None:
        """Move the cursor in the list, while letters go to the query."""
        self.query_one(RowList).move_cursor(by)


def _count(found: int) -> str:
    """How many messages were found, for the frame of the dialog."""
    return f"the latest {found}" if found >= MAX_FOUND else format_count(found, "message")


def _content(message: FoundMessage) -> Content:
    when = format_time(message.said_at) or "unknown date"
    pieces = [(_line(without_marks(text)), "bold $text on $hit" if hit else "") for text, hit in message.excerpt]
    head = (f"{when}  {safe_line(message.title)}", "$dim")
    return Content.assemble(head, "\n  ", *pieces)


def _line(text: str) -> str:
    """A piece of an excerpt on one line, with one space at an end that had some."""
    ends = (" " if text[:1].isspace() else "", " " if text[-1:].isspace() else "")
    return f"{ends[0]}{safe_line(text)}{ends[1]}" if text.strip() else " "
