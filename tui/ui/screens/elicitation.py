"""A tool server's question to the user, as a form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import ScreenResume
from textual.widgets import Input, Static

from tui.chat.chunk import JSONValue
from tui.chat.safe_text import safe_line
from tui.chat.tool_servers import Elicitation, ElicitationAnswer
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.choice_row import ChoiceRow
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine

Kind = Literal["string", "number", "integer", "boolean", "choice"]

_MAX_FIELDS: Final = 20
_MAX_CHOICES: Final = 50
_MAX_TEXT: Final = 1_000
"""Characters of a question or of the words beside a field that are shown."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One value that the server asks for."""

    name: str
    label: str
    about: str
    kind: Kind
    is_required: bool
    choices: tuple[str, ...] = ()


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
            yield Static(Content(safe_line(self._question.message[:_MAX_TEXT])), markup=False)
            yield Static("What you type is sent to this tool server.", classes="note", markup=False)
            with VerticalScroll():
                for index, field in enumerate(self._fields):
                    about = f"  {field.about}" if field.about else ""
                    needed = "" if field.is_required else " (optional)"
                    yield Static(Content(f"{field.label}{needed}{about}"), classes="label", markup=False)
                    if field.choices:
                        yield ChoiceRow(field.choices, id=f"field-{index}")
                    else:
                        yield Input(id=f"field-{index}", classes="field")
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
            if value is None:
                self._show_problem(widget.id, f"{field.label} is not a {field.kind}.")
                return
            content[field.name] = value
        self.dismiss(ElicitationAnswer("accept", content))

    def _show_problem(self, widget_id: str | None, text: str) -> None:
        self.query_one("#problem", Static).update(Content(text))
        self.query_one(f"#{widget_id}").focus()


def form_fields(schema: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The fields of a server's schema. What is not one of the known kinds is typed as text."""
    properties = schema.get("properties")
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    if not isinstance(properties, dict):
        return ()
    fields = []
    for name, about in list(properties.items())[:_MAX_FIELDS]:
        about = about if isinstance(about, dict) else {}
        kind = _kind_of(about)
        choices = ("true", "false") if kind == "boolean" else _choices_of(about)
        fields.append(
            FormField(
                str(name),
                safe_line(_text(about.get("title")) or str(name)),
                safe_line(_text(about.get("description"))),
                kind,
                name in needed,
                choices,
            )
        )
    return tuple(fields)


def parse_value(field: FormField, typed: str) -> JSONValue:
    """What was typed as a value of the field's kind. None if it is none."""
    try:
        if field.kind == "integer":
            return int(typed)
        if field.kind == "number":
            number = float(typed)
            return number if math.isfinite(number) else None
    except ValueError:
        return None
    return typed == "true" if field.kind == "boolean" else typed


def _kind_of(about: Mapping[str, Any]) -> Kind:
    match about.get("type"):
        case "number":
            return "number"
        case "integer":
            return "integer"
        case "boolean":
            return "boolean"
    return "choice" if _choices_of(about) else "string"


def _choices_of(about: Mapping[str, Any]) -> tuple[str, ...]:
    choices = about.get("enum")
    if not isinstance(choices, Sequence) or isinstance(choices, str):
        return ()
    return tuple(choice for choice in choices if isinstance(choice, str) and choice)[:_MAX_CHOICES]


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""
