"""Edit timeouts, buffers and retry."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line
from tui.config.rules import Rule
from tui.config.sections import rules_of
from tui.config.settings import SECTIONS, Settings
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine

_TITLES: Final = {"timeouts": "Timeouts", "buffers": "Buffers", "retry": "Retry"}

_AROUND: Final = 8
"""Lines around the fields: borders, the message below them, and a margin."""

Changes = dict[str, object]
"""New values by dotted key: `timeouts.idle`."""


class _Field(Input):
    """A field that shows where its value is cut off while the keys are elsewhere."""

    def render_line(self, y: int) -> Strip:
        """The line of the field."""
        line = super().render_line(y)
        width = self.scrollable_content_region.width
        if self.has_focus or cell_len(self.value) < width or width < 1:
            return line
        return Strip([*line.crop(0, width - 1), Segment("…", self.visual_style.rich_style)], width)


class SettingsScreen(Dialog[Changes | None]):
    """A field for each value. Returns what was changed on Ctrl+S; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape,f2", "leave", show=False),
        Binding("ctrl+s", "save", show=False),
        Binding("down", "app.focus_next", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    SettingsScreen VerticalScroll {
        height: auto; scrollbar-size-vertical: 1; scrollbar-color: $line; scrollbar-background: $raised;
    }
    SettingsScreen .heading { margin-top: 1; }
    SettingsScreen .row { height: auto; }
    SettingsScreen .name { width: 20; padding: 0 1; }
    SettingsScreen Input { width: 20; color: $text; }
    SettingsScreen Input.-invalid, SettingsScreen Input.-invalid:focus { border: none; color: $error; }
    SettingsScreen .about { width: 1fr; height: auto; padding: 0 1; color: $dim; }
    SettingsScreen #message { margin-top: 1; }
    """

    def __init__(self, settings: Settings, path: str) -> None:
        """Args:
        settings: The current settings.
        path: The config file, to show.
        """
        super().__init__()
        self._hint = f"Saves to {safe_line(path)}"
        self._rules: dict[str, Rule] = {}
        self._before: dict[str, Any] = {}
        for section in SECTIONS:
            values = getattr(settings, section)
            for name, rule in rules_of(SECTIONS[section]).items():
                self._rules[f"{section}.{name}"] = rule
                self._before[f"{section}.{name}"] = getattr(values, name)
        self._warned = False
        self._message_for: list[str] = []
        """The content of the fields when the last message was shown."""

    def compose(self) -> ComposeResult:
        """A row for each value, under the title of its section."""
        with DialogFrame("Settings", size="list"):
            with VerticalScroll(can_focus=False):
                for section, title in _TITLES.items():
                    yield Static(title, classes="heading", markup=False)
                    for key in self._rules:
                        if key.startswith(f"{section}."):
                            yield self._row(key)
            yield Static(self._hint, id="message", classes="note", markup=False)
            yield KeyLine([("↑↓", "field", ""), ("Ctrl+S", "save", "ctrl+s"), ("Esc", "close", "escape")])

    def on_resize(self, event: events.Resize) -> None:
        """Fit the dialog on the screen; the fields scroll."""
        self.query_one(VerticalScroll).styles.max_height = max(1, event.size.height - _AROUND)

    def _row(self, key: str) -> Horizontal:
        rule = self._rules[key]
        return Horizontal(
            Static(key.partition(".")[2], classes="name", markup=False),
            _Field(_as_text(self._before[key]), id=_id(key), select_on_focus=False, classes="field"),
            Static(f"{rule.about}{f' ({rule.unit})' if rule.unit else ''}", classes="about", markup=False),
            classes="row",
        )

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Return the changes; stay where a value is not allowed, and show why."""
        changes: Changes = {}
        for key, rule in self._rules.items():
            field = self.query_one(f"#{_id(key)}", Input)
            value = self._value_of(key)
            if not rule.takes(value):
                field.add_class("-invalid")
                field.focus()
                self._show_message(f"{key} is {field.value.strip() or 'empty'}; it must be {rule.allowed}.")
                return
            if value != _plain(self._before[key]):
                changes[key] = value
        first, most = (self._value_of(key) for key in ("retry.backoff_initial", "retry.backoff_max"))
        if first > most:
            self._show_message("retry.backoff_max must be at least retry.backoff_initial.")
            return
        self.dismiss(changes)

    @on(Input.Changed)
    def _clear_message(self, event: Input.Changed) -> None:
        # The event for the last letter may arrive after saving failed; the message is about that letter already.
        if self._field_values() != self._message_for:
            event.input.remove_class("-invalid")
            self._warned = False
            self._show_message(self._hint)

    def action_leave(self) -> None:
        """Close without saving; unsaved changes need a second Esc."""
        changed = any(
            self.query_one(f"#{_id(key)}", Input).value != _as_text(value) for key, value in self._before.items()
        )
        if changed and not self._warned:
            self._warned = True
            self._show_message("Unsaved changes. Ctrl+S to save, Esc again to discard.")
            return
        self.dismiss(None)

    def _value_of(self, key: str) -> Any:
        return _read(self.query_one(f"#{_id(key)}", Input).value, is_list=isinstance(self._before[key], tuple))

    def _field_values(self) -> list[str]:
        return [field.value for field in self.query(Input)]

    def _show_message(self, text: str) -> None:
        self._message_for = self._field_values()
        message = self.query_one("#message", Static)
        message.set_class(text == self._hint, "note")
        message.set_class(text != self._hint, "message")
        message.update(Content(safe_line(text)))


def _id(key: str) -> str:
    return key.replace(".", "-")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _as_text(value: Any) -> str:
    """A value as its field shows it: `5`, `0.25`, `408, 425`."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value).removesuffix(".0")


def _read(text: str, *, is_list: bool) -> Any:
    """The value of a field: a number, or a list of them. The text itself when it is neither, which no rule accepts."""
    text = text.strip()
    try:
        return json.loads(f"[{text}]" if is_list and not text.startswith("[") else text)
    # Deep nesting is not a value either.
    except (ValueError, RecursionError):
        return text
