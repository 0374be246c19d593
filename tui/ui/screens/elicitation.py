"""A tool server's question to the user, as a form."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import ScreenResume
from textual.widgets import Input, Static

from tui.chat.chunk import JSONValue
from tui.chat.elicitation_form import MAX_TEXT, field_problem, form_fields, parse_value
from tui.chat.safe_text import safe_line
from tui.chat.tool_servers import Elicitation, ElicitationAnswer
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.choice_row import ChoiceRow
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


class ElicitationScreen(Dialog["ElicitationAnswer | None"]):
    """Asks for the values that a server wants. Returns the answer; None when closed: the question waits on."""

    DEFAULT_CSS = """
    ElicitationScreen VerticalScroll { height: auto; max-height: 16; margin-top: 1; }
    ElicitationScreen .label { color: $second; height: auto; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("alt+d", "decline", show=False),
    ]

    def __init__(self, question: Elicitation) -> None:
        """Args:
        question: What the server asks.
        """
        super().__init__()
        self._question = question
        self._fields = form_fields(question.schema)
        self._has_ended = False

    def compose(self) -> ComposeResult:
        """The question, a field for each value, and the keys."""
        with DialogFrame(f"{self._question.server} asks you"):
            yield Static(Content(safe_line(self._question.message[:MAX_TEXT])), markup=False)
            yield Static("What you type is sent to this tool server.", classes="note", markup=False)
            with VerticalScroll():
                for index, field in enumerate(self._fields):
                    about = f"  {field.about}" if field.about else ""
                    needed = "" if field.is_required else " (optional)"
                    yield Static(Content(f"{field.label}{needed}{about}"), classes="label", markup=False)
                    if field.is_chosen:
                        chosen = field.choices.index(field.default) if field.default in field.choices else None
                        yield ChoiceRow(field.titles or field.choices, chosen, id=f"field-{index}")
                    else:
                        yield Input(safe_line(field.default), id=f"field-{index}", classes="field")
            yield Static("", id="problem", classes="message", markup=False)
            yield KeyLine([("Enter", "send", "enter"), ("Alt+D", "decline", "alt+d"), ("Esc", "later", "escape")])

    def on_mount(self) -> None:
        """A blinking cursor would paint while nothing happens."""
        for field in self.query(Input):
            field.cursor_blink = False
        if self._fields:
            self.query_one("#field-0").focus()

    def end(self) -> bool:
        """Close the form: nobody waits for the answer any more. Returns whether it was open."""
        is_open, self._has_ended = self.is_attached, True
        self._close_ended()
        return is_open

    @on(ScreenResume)
    def _close_ended(self) -> None:
        """Close a form that has ended, once no other dialog covers it."""
        if self._has_ended and self.is_current:
            self.dismiss(None)

    def key_enter(self) -> None:
        """Send the answer, also from a row of choices."""
        self._send()

    @on(Input.Submitted)
    def _handle_submitted(self) -> None:
        self._send()

    def action_decline(self) -> None:
        """Refuse to answer."""
        self.dismiss(ElicitationAnswer("decline"))

    def _send(self) -> None:
        content: dict[str, JSONValue] = {}
        for index, field in enumerate(self._fields):
            widget = self.query_one(f"#field-{index}")
            if isinstance(widget, ChoiceRow):
                typed = "" if widget.chosen is None else field.choices[widget.chosen]
            else:
                assert isinstance(widget, Input)
                typed = widget.value
            if not typed:
                if field.is_required:
                    self._show_problem(widget.id, f"{field.label} is needed.")
                    return
                continue
            value = parse_value(field, typed)
            if problem := field_problem(field, value):
                self._show_problem(widget.id, f"{field.label} {problem}")
                return
            content[field.name] = value
        self.dismiss(ElicitationAnswer("accept", content))

    def _show_problem(self, widget_id: str | None, text: str) -> None:
        self.query_one("#problem", Static).update(Content(text))
        self.query_one(f"#{widget_id}").focus()
