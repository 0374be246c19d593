"""The system prompt and the options of one conversation, edited; what the user chose is given back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.chunk import JSONValue
from tui.chat.options import format_options, near_option, parse_option
from tui.chat.safe_text import safe_line
from tui.config.prompts import read_prompt
from tui.errors import LlmTuiError, UsageError
from tui.ui.widgets.writing_area import WritingArea


class Chosen(NamedTuple):
    """How a conversation is held."""

    system_prompt: str | None
    """None for the provider's own."""

    options: Mapping[str, JSONValue]
    """Those of the conversation alone."""


class ChosenScreen(ModalScreen[Chosen | None]):
    """A field for the system prompt, and one for options, a line each. Ctrl+S gives them back, Esc gives nothing."""

    BINDINGS: ClassVar = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "save", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ChosenScreen { align: center middle; }
    ChosenScreen > Vertical {
        width: 88; max-width: 98%; height: 30; max-height: 96%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    ChosenScreen .title { color: $text-primary; text-style: bold; padding: 0 1; }
    ChosenScreen .about { color: $text-muted; padding: 0 1; height: auto; max-height: 3; }
    ChosenScreen WritingArea { border: none; padding: 0 1; background: $foreground 8%; scrollbar-size-vertical: 1; }
    ChosenScreen WritingArea:focus { border: none; background: $primary 20%; }
    ChosenScreen #system { height: 1fr; min-height: 3; }
    ChosenScreen #options { height: 5; }
    ChosenScreen OptionList {
        border: none; height: auto; max-height: 4; background: $surface; padding: 0 1; scrollbar-size-vertical: 1;
    }
    ChosenScreen OptionList:focus { border: none; }
    ChosenScreen #said { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, now: Chosen, usual: Chosen, prompts: Mapping[str, Path], folder: Path) -> None:
        """Args:
        now: What is chosen in the conversation.
        usual: What the provider's settings say.
        prompts: The user's own prompts by name.
        folder: Where they are.
        """
        super().__init__()
        self._usual = usual
        self._prompts = prompts
        self._folder = folder
        system = (usual.system_prompt or "") if now.system_prompt is None else now.system_prompt
        self._before = system, "\n".join(format_options(now.options))
        self._said_of: tuple[str, str] | None = None
        """What stood in the fields when something was asked about them last."""

    def compose(self) -> ComposeResult:
        """The prompt, the names of those there are, the options, and what is said of them."""
        with Vertical() as box:
            box.border_title = "This conversation"
            box.border_subtitle = "Tab to the next field · Ctrl+S saves · Esc leaves"
            yield Static("System prompt", classes="title", markup=False)
            yield WritingArea(self._before[0], id="system")
            if self._prompts:
                yield Static("Your prompts: Enter puts one here", classes="about", markup=False)
                yield OptionList(*(Option(Content(safe_line(name)), id=name) for name in self._prompts))
            else:
                where = f"Prompts kept as files, {safe_line(str(self._folder / 'NAME.md'))}, are listed here."
                yield Static(where, classes="about", markup=False)
            yield Static("Options, one on each line", classes="title", markup=False)
            yield WritingArea(self._before[1], id="options")
            yield Static(self._usual_words(), classes="about", markup=False)
            yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """The prompt first."""
        self.query_one("#system", WritingArea).focus()

    def _usual_words(self) -> str:
        words = format_options(self._usual.options)
        example = 'temperature=0.2, num_ctx=8192, seed=1, stop=["END"]: anything the server knows.'
        return f"The provider's own: {safe_line(', '.join(words))}" if words else example

    @on(OptionList.OptionSelected)
    def _take_prompt(self, event: OptionList.OptionSelected) -> None:
        try:
            text = read_prompt(self._prompts[str(event.option.id)])
        except LlmTuiError as error:
            self._say(error)
            return
        field = self.query_one("#system", WritingArea)
        # Undo brings back what stood there.
        field.replace(text, (0, 0), field.document.end)

    def action_save(self) -> None:
        """Give back what was chosen; where something is not allowed, say so and stay."""
        system, written = self._written
        options: dict[str, JSONValue] = {}
        try:
            for line in filter(None, map(str.strip, written.split("\n"))):
                key, value = parse_option(line)
                options[key] = value
        except UsageError as error:
            self._say(error)
            self.query_one("#options", WritingArea).focus()
            return
        unknown = [key for key in options if near_option(key)]
        if unknown and self._said_of != self._written:
            self._said_of = self._written
            key = unknown[0]
            self.query_one("#said", Static).update(
                f"Did you mean {near_option(key)}? Ctrl+S once more sends {safe_line(key)} as it is."
            )
            return
        usual = self._usual.system_prompt or ""
        self.dismiss(Chosen(None if system.strip() == usual.strip() else system.strip(), options))

    def action_leave(self) -> None:
        """Leave; what was changed is asked about first."""
        if self._written != self._before and self._said_of != self._written:
            self._said_of = self._written
            self.query_one("#said", Static).update("Changed and not saved: Ctrl+S saves, Esc once more leaves it.")
        else:
            self.dismiss(None)

    @property
    def _written(self) -> tuple[str, str]:
        return self.query_one("#system", WritingArea).text, self.query_one("#options", WritingArea).text

    def _say(self, error: LlmTuiError) -> None:
        self.query_one("#said", Static).update(f"{safe_line(str(error))} {safe_line(error.hint)}")
