"""A text of several lines, perhaps with a name: a saved prompt, a system prompt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line, safe_text
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.text_editor import TextEditor


class NamedText(NamedTuple):
    """What was typed."""

    name: str
    """Empty where none was asked for."""

    text: str


class TextForm(Dialog[bool]):
    """A field for a text, and one for its name if it needs one. Closes when the text is saved, or with Esc."""

    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "save", show=False, priority=True),
        Binding("ctrl+o", "edit", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    TextForm DialogFrame { height: 24; }
    TextForm TextEditor { height: 1fr; min-height: 3; scrollbar-size-vertical: 1; }
    TextForm #name { margin-bottom: 1; }
    """

    def __init__(
        self,
        title: str,
        note: str,
        text: str,
        save: Callable[[NamedText], Awaitable[None]],
        edit: Callable[[str], str],
        *,
        has_name: bool = False,
    ) -> None:
        """Args:
        title: The dialog's title; safe to show.
        note: What the text is for; safe to show.
        text: The text so far.
        save: Saves what was typed. What it raises is shown, and the dialog stays open.
        edit: Lets the user edit a text in another editor, and returns it.
        has_name: Whether the text needs a name.
        """
        super().__init__()
        self._title = title
        self._note = note
        self._before = safe_text(text)
        self._save = save
        self._edit = edit
        self._has_name = has_name
        self._warned_about = ""
        """The text that would be lost by another Esc."""

    def compose(self) -> ComposeResult:
        """The name, the text, a line for messages, and the keys."""
        with DialogFrame(self._title, size="list"):
            yield Static(Content(self._note), classes="note", markup=False)
            if self._has_name:
                yield Input(placeholder="name", id="name", classes="field")
            yield TextEditor(self._before, id="text", classes="field")
            yield Static("", id="message", classes="message", markup=False)
            yield KeyLine(
                [("Ctrl+S", "save", "ctrl+s"), ("Ctrl+O", "your editor", "ctrl+o"), ("Esc", "close", "escape")]
            )

    def on_mount(self) -> None:
        """Start in the first field, at the end of what is there."""
        for field in self.query(Input):
            # A blinking cursor would paint while nothing happens.
            field.cursor_blink = False
        editor = self.query_one(TextEditor)
        editor.move_cursor(editor.document.end)
        (self.query_one("#name", Input) if self._has_name else editor).focus()

    def on_input_submitted(self) -> None:
        """Enter in the name goes to the text."""
        self.query_one(TextEditor).focus()

    @property
    def _typed(self) -> NamedText:
        name = self.query_one("#name", Input).value if self._has_name else ""
        return NamedText(name, self.query_one(TextEditor).text)

    def action_save(self) -> None:
        """Save, and close; or say why that is not possible."""
        self.run_worker(self._save_and_close(), "save", exclusive=True)

    async def _save_and_close(self) -> None:
        try:
            await self._save(self._typed)
        except LlmTuiError as error:
            self._say(f"{error} {error.hint}")
        else:
            self.dismiss(True)

    def action_edit(self) -> None:
        """Edit the text in the user's editor."""
        editor = self.query_one(TextEditor)
        try:
            text = self._edit(editor.text)
        except LlmTuiError as error:
            self._say(f"{error} {error.hint}")
        else:
            # Undo restores the old text.
            editor.replace(safe_text(text), (0, 0), editor.document.end)

    def action_leave(self) -> None:
        """Close; what is not saved needs a second Esc."""
        text = self._typed.text
        if text not in (self._before, self._warned_about):
            self._warned_about = text
            self._say("Not saved. Ctrl+S to save, Esc again to discard.")
        else:
            self.dismiss(False)

    def _say(self, text: str) -> None:
        self.query_one("#message", Static).update(safe_line(text))
