"""The parts of every dialog: its frame, the field that filters, and the line with its keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from textual import geometry, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line
from tui.ui.text_column import AIRY_LINES
from tui.ui.widgets.key_bar import KeyBar, KeyHint

Size = Literal["question", "list"]
"""`question` is for questions, forms and the palette; `list` is wider."""

_WIDTHS: Final = {"question": 76, "list": 100}


class DialogFrame(Vertical):
    """The frame of a dialog: a title, its content, and a state at the lower right."""

    DEFAULT_CSS = """
    DialogFrame {
        height: auto; max-height: 100%; background: $raised; color: $text; padding: 0 2;
        border: round $edge; border-title-color: $text; border-title-style: bold; border-title-background: $raised;
        border-subtitle-color: $second; border-subtitle-background: $raised;
    }
    DialogFrame.-airy { padding: 1 2 0 2; }
    DialogFrame > KeyLine { margin-top: 1; }
    DialogFrame OptionList, DialogFrame OptionList:focus {
        border: none; height: auto; padding: 0; background: $raised; background-tint: 0%; color: $second;
        scrollbar-size-vertical: 1; scrollbar-background: $raised; scrollbar-color: $line;
    }
    DialogFrame OptionList > .option-list--option { padding: 0 1 0 0; }
    DialogFrame OptionList > .option-list--option-disabled { color: $dim; }
    DialogFrame OptionList > .option-list--option-highlighted { background: $raised; color: $text; }
    DialogFrame .heading { color: $accent; text-style: bold; height: 1; }
    DialogFrame .note { color: $dim; height: auto; }
    DialogFrame .message { color: $warning; height: auto; }
    DialogFrame .field { border: none; height: 1; padding: 0 1; background: $raised; background-tint: 0%; }
    DialogFrame .field:focus { border: none; background: $well; background-tint: 0%; }
    """

    def __init__(self, title: str, *children: Widget, size: Size = "question", state: str = "") -> None:
        """Args:
        title: The dialog's title.
        children: Its content.
        size: How wide it is, where there is space.
        state: Shown at the lower right, such as a count. Empty for none.
        """
        super().__init__(*children)
        self._cells = _WIDTHS[size]
        self.border_title = Content(safe_line(title))
        self.show_state(state)

    def show_state(self, state: str) -> None:
        """Show a state at the lower right. Empty for none."""
        self.border_subtitle = Content(safe_line(state))

    def on_mount(self) -> None:
        """Fit into the screen."""
        self.fit(self.screen.size)

    def fit(self, screen: geometry.Size) -> None:
        """Fit into the screen, which has a new size.

        Args:
            screen: The size of the screen.
        """
        width, height = screen
        self.styles.width = max(1, min(self._cells, width - 4))
        self.set_class(height >= AIRY_LINES, "-airy")


class FilterField(Horizontal):
    """The field at the top of a list: typed letters filter it."""

    DEFAULT_CSS = """
    FilterField { height: 2; border-bottom: solid $line; }
    FilterField > Static { width: 2; color: $user; text-style: bold; }
    FilterField > Input, FilterField > Input:focus {
        width: 1fr; border: none; height: 1; padding: 0; background: $raised; background-tint: 0%;
    }
    FilterField > Input > .input--placeholder { color: $dim; }
    FilterField > Input > .input--cursor { background: $spark; color: $onspark; }
    """

    def __init__(self, text: str = "", *, placeholder: str) -> None:
        """Args:
        text: The text at first.
        placeholder: Shown while nothing is typed.
        """
        super().__init__()
        self._field = Input(text, placeholder=placeholder, select_on_focus=False)
        self._field.cursor_blink = False

    def compose(self) -> ComposeResult:
        """A mark, and the field."""
        yield Static("› ", markup=False)
        yield self._field


_ARROWS: Final = {"↑↓": ("up", "down"), "←→": ("left", "right")}
"""Pairs of keys, and their names for Textual."""


def arrow_hint(label: str, word: str) -> KeyHint:
    """The hint for `↑↓` or `←→`. A click on one of the arrows presses it."""
    first, second = _ARROWS[label]
    return KeyHint(label[1], word, second, other=(label[0], first))


class KeyLine(KeyBar):
    """The keys of a dialog, at its bottom. A click presses the key."""

    indent = 0

    DEFAULT_CSS = """
    KeyLine { background: $raised; }
    """

    def __init__(self, keys: Iterable[tuple[str, str, str]] = ()) -> None:
        """Args:
        keys: For each key its label, what it does, and its name for Textual; the names of `↑↓` and `←→` are known.
            May be set later, as `hints`.
        """
        super().__init__()
        self.hints = tuple(
            arrow_hint(label, word) if label in _ARROWS else KeyHint(label, word, name, is_kept=label == "Esc")
            for label, word, name in keys
        )

    @on(KeyBar.Pressed)
    def _press(self, message: KeyBar.Pressed) -> None:
        message.stop()
        self.app.simulate_key(message.command)
