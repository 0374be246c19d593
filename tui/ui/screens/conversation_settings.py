"""Edit the system prompt and the options of one conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.chunk import JSONValue
from tui.chat.options import closest_option, format_options, parse_option
from tui.chat.safe_text import safe_line
from tui.config.prompts import read_prompt
from tui.errors import LlmTuiError, UsageError
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.row_list import RowList
from tui.ui.widgets.text_editor import TextEditor


class ConversationSettings(NamedTuple):
    """The settings of a conversation."""

    system_prompt: str | None
    """None for the provider's."""

    options: Mapping[str, JSONValue]
    """The conversation's own options."""


class ConversationSettingsScreen(Dialog[ConversationSettings | None]):
    """A field for the system prompt and one for options, one a line. Returns both on Ctrl+S; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "save", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ConversationSettingsScreen DialogFrame { height: 30; }
    ConversationSettingsScreen TextEditor { scrollbar-size-vertical: 1; }
    ConversationSettingsScreen #system { height: 1fr; min-height: 3; }
    ConversationSettingsScreen #options { height: 5; }
    ConversationSettingsScreen OptionList { max-height: 4; }
    """

    def __init__(
        self,
        own: ConversationSettings,
        usual: ConversationSettings,
        prompts: Mapping[str, Path],
        folder: Path,
        fill_prompt: Callable[[str, str], Awaitable[str | None]],
    ) -> None:
        """Args:
        own: The settings of the conversation.
        usual: The settings of the provider.
        prompts: The files of the saved prompts, by name.
        folder: The folder of the saved prompts.
        fill_prompt: Returns a saved prompt with values for its variables, given its name and text. None if cancelled.
        """
        super().__init__()
        self._usual = usual
        self._prompts = prompts
        self._folder = folder
        self._fill_prompt = fill_prompt
        system = (usual.system_prompt or "") if own.system_prompt is None else own.system_prompt
        self._before = system, "\n".join(format_options(own.options))
        self._message_for: tuple[str, str] | None = None
        """The content of the fields when the last question was asked."""

    def compose(self) -> ComposeResult:
        """System prompt, saved prompts, options, and a line for messages."""
        with DialogFrame("This conversation", size="list"):
            yield Static("System prompt", classes="heading", markup=False)
            yield TextEditor(self._before[0], id="system", classes="field")
            if self._prompts:
                yield Static("Saved prompts (Enter inserts one)", classes="note", markup=False)
                yield RowList(*(Option(Content(safe_line(name)), id=name) for name in self._prompts))
            else:
                where = f"Prompts saved as {safe_line(str(self._folder / 'NAME.md'))} are listed here."
                yield Static(where, classes="note", markup=False)
            yield Static("Options, one per line", classes="heading", markup=False)
            yield TextEditor(self._before[1], id="options", classes="field")
            yield Static(self._usual_options(), classes="note", markup=False)
            yield Static("", id="message", classes="message", markup=False)
            yield KeyLine([("Tab", "next field", "tab"), ("Ctrl+S", "save", "ctrl+s"), ("Esc", "close", "escape")])

    def on_mount(self) -> None:
        """Start in the system prompt."""
        self.query_one("#system", TextEditor).focus()

    def _usual_options(self) -> str:
        usual = format_options(self._usual.options)
        example = 'temperature=0.2, num_ctx=8192, seed=1, stop=["END"], or any other option of the server.'
        return f"Provider defaults: {safe_line(', '.join(usual))}" if usual else example

    @on(OptionList.OptionSelected)
    def _insert_prompt(self, event: OptionList.OptionSelected) -> None:
        self.run_worker(self._insert(str(event.option.id)), "insert a prompt", exclusive=True)

    async def _insert(self, name: str) -> None:
        try:
            text = await self._fill_prompt(name, read_prompt(self._prompts[name]))
        except LlmTuiError as error:
            self._show_error(error)
            return
        if text is None:
            return
        field = self.query_one("#system", TextEditor)
        # Undo restores the old text.
        field.replace(text, (0, 0), field.document.end)

    def action_save(self) -> None:
        """Return the settings; stay where something is not allowed, and show why."""
        system, typed = self._content
        options: dict[str, JSONValue] = {}
        try:
            for line in filter(None, map(str.strip, typed.split("\n"))):
                key, value = parse_option(line)
                options[key] = value
        except UsageError as error:
            self._show_error(error)
            self.query_one("#options", TextEditor).focus()
            return
        unknown = [key for key in options if closest_option(key)]
        if unknown and self._message_for != self._content:
            self._message_for = self._content
            key = unknown[0]
            self.query_one("#message", Static).update(
                f"Unknown option {safe_line(key)}. Did you mean {closest_option(key)}? Ctrl+S again to keep it."
            )
            return
        usual = self._usual.system_prompt or ""
        self.dismiss(ConversationSettings(None if system.strip() == usual.strip() else system.strip(), options))

    def action_leave(self) -> None:
        """Close; unsaved changes need a second Esc."""
        if self._content != self._before and self._message_for != self._content:
            self._message_for = self._content
            self.query_one("#message", Static).update("Unsaved changes. Ctrl+S to save, Esc again to discard.")
        else:
            self.dismiss(None)

    @property
    def _content(self) -> tuple[str, str]:
        return self.query_one("#system", TextEditor).text, self.query_one("#options", TextEditor).text

    def _show_error(self, error: LlmTuiError) -> None:
        self.query_one("#message", Static).update(f"{safe_line(str(error))} {safe_line(error.hint)}")
