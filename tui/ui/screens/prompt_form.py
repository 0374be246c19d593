"""Asks for the values of a saved prompt's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.widgets.text_area import Selection

from tui.chat.safe_text import safe_line, safe_text
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.text_editor import TextEditor
from tui.workspace.keys import Keys
from tui.workspace.saved_prompts import FilledForm, VariableForm


class ValueField(TextEditor):
    """A value of one line or more. Grows with its text."""

    DEFAULT_CSS = """
    ValueField, ValueField:focus { height: auto; min-height: 1; max-height: 6; scrollbar-size-vertical: 1; }
    """

    class Submitted(Message):
        """Posted when the user goes on from here."""

    def __init__(self, text: str, keys: Keys, **named: str) -> None:
        """Args:
        text: The text at first.
        keys: Have the keys that break the line.
        named: For the widget.
        """
        super().__init__(text, classes="field", **named)
        self._new_line_keys = frozenset(key.strip() for key in keys.of("new_line").split(","))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter" or event.key in self._new_line_keys:
            event.prevent_default()
            event.stop()
            if event.key == "enter":
                self.post_message(self.Submitted())
            else:
                self.insert("\n")
        else:
            await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        # The widget's own handler would insert escape sequences as they are.
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        self.replace(safe_text(text), *self.selection, maintain_selection_offset=False)
        self.move_cursor(self.selection.end)


class PromptForm(Dialog[FilledForm]):
    """One field a variable. Enter goes to the next empty field, or uses the prompt."""

    DEFAULT_CSS = """
    PromptForm VerticalScroll { height: auto; max-height: 16; }
    PromptForm .label { color: $second; height: auto; }
    """
    BINDINGS: ClassVar = [Binding("escape", "close(False)", show=False)]

    def __init__(self, form: VariableForm, keys: Keys) -> None:
        """Args:
        form: What to ask for.
        keys: Have the keys that break the line.
        """
        super().__init__()
        self._form = form
        self._keys = keys
        self._fields = {name: ValueField(safe_text(form.values.get(name, "")), keys) for name in form.variables}

    def compose(self) -> ComposeResult:
        """A field for each variable, and the keys."""
        new_line = self._keys.label("new_line").split(", ")[0]
        more = [("Tab", "next field", "tab")] if len(self._fields) > 1 else []
        with DialogFrame(self._form.name):
            with VerticalScroll(can_focus=False):
                for name, field in self._fields.items():
                    yield Static(Content(safe_line(name)), classes="label", markup=False)
                    yield field
            yield KeyLine(
                [
                    ("Enter", "use the prompt", "enter"),
                    *more,
                    (new_line, "new line", self._keys.of("new_line").split(",")[0].strip()),
                    ("Esc", "cancel", "escape"),
                ]
            )

    def on_mount(self) -> None:
        """Start in the first empty field. What was remembered is selected, so that typing replaces it."""
        fields = list(self._fields.values())
        for field in fields:
            # The cursor at the start: the field shows its first line.
            field.selection = Selection(field.document.end, (0, 0))
        next((field for field in fields if not field.text), fields[0]).focus()

    @on(ValueField.Submitted)
    def _go_on(self) -> None:
        fields = list(self._fields.values())
        at = next((index for index, field in enumerate(fields) if field.has_focus), len(fields))
        for field in fields[at + 1 :]:
            if not field.text:
                field.focus()
                return
        self.action_close(True)

    def action_close(self, is_confirmed: bool) -> None:
        """Return the values; those of a cancelled form are remembered too."""
        self.dismiss(FilledForm(self._values(), is_confirmed))

    def _values(self) -> Mapping[str, str]:
        return {name: field.text for name, field in self._fields.items()}
