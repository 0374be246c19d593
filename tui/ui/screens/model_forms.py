"""What the model picker asks: which model to download, with what context to load one, whether to delete one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from tui.chat.formatting import format_size
from tui.chat.model_info import ModelInfo
from tui.chat.safe_text import safe_line
from tui.ui.screens.dialog import Dialog
from tui.ui.screens.one_line import OneLineScreen
from tui.ui.screens.question import QuestionScreen
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.model_rows import describe, parse_tokens
from tui.workspace.model_entry import ModelEntry
from tui.workspace.target import Target


class PullScreen(Dialog[Target | None]):
    """Asks for the name of a model to download. Returns it with its provider, or None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("tab", "next_provider", show=False, priority=True),
    ]

    def __init__(self, providers: Sequence[str], provider: str, name: str = "") -> None:
        """Args:
        providers: The providers whose servers can download models. Not empty.
        provider: The one to begin with, if it is among them.
        name: The name at first.
        """
        super().__init__()
        self._providers = tuple(providers)
        self._at = self._providers.index(provider) if provider in self._providers else 0
        self._name = name

    def compose(self) -> ComposeResult:
        """The provider, and a field for the name."""
        field = Input(self._name, placeholder="name, as the server's library calls it: llama3.2", classes="field")
        field.cursor_blink = False
        others = [("Tab", "other provider", "tab")] if len(self._providers) > 1 else []
        yield DialogFrame(
            "Download a model",
            field,
            Static("", id="provider", classes="note", markup=False),
            KeyLine([("Enter", "download", "enter"), *others, ("Esc", "cancel", "escape")]),
        )

    def on_mount(self) -> None:
        """Name the provider."""
        self._show_provider()

    def action_next_provider(self) -> None:
        """Download it on another provider."""
        self._at = (self._at + 1) % len(self._providers)
        self._show_provider()

    @on(Input.Submitted)
    def _download(self, event: Input.Submitted) -> None:
        if name := event.value.strip():
            self.dismiss(Target(self._providers[self._at], name))

    def _show_provider(self) -> None:
        provider = safe_line(self._providers[self._at])
        self.query_one("#provider", Static).update(
            Content.assemble(" onto the server of ", (provider, "$text"), ". The chat goes on meanwhile.")
        )


class LoadScreen(Dialog[int | None]):
    """Asks for the context length to load a model with. Returns it, 0 for the server's choice, None when cancelled."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, info: ModelInfo, context_length: int = 0) -> None:
        """Args:
        info: The model.
        context_length: The context length at first. 0 leaves the field empty.
        """
        super().__init__()
        self._info = info
        self._context_length = context_length

    def compose(self) -> ComposeResult:
        """A field for the number of tokens."""
        most = self._info.context_length
        limit = "" if most is None else f" The model supports up to {most:,}."
        field = Input(
            str(self._context_length or ""), placeholder="context length in tokens", classes="field", type="text"
        )
        field.cursor_blink = False
        yield DialogFrame(
            f"Load {safe_line(self._info.name)}",
            field,
            Static(f" Empty leaves it to the server.{limit}", id="note", classes="note", markup=False),
            KeyLine([("Enter", "load", "enter"), ("Esc", "cancel", "escape")]),
        )

    @on(Input.Submitted)
    def _load(self, event: Input.Submitted) -> None:
        most = self._info.context_length
        tokens = parse_tokens(event.value, most)
        if not event.value.strip():
            self.dismiss(0)
        elif not tokens:
            self._refuse("A whole number of tokens, such as 8192 or 8k; or nothing.")
        elif most is not None and tokens > most:
            self._refuse(f"The model supports up to {most:,} tokens.")
        else:
            self.dismiss(tokens)

    def _refuse(self, text: str) -> None:
        note = self.query_one("#note", Static)
        note.update(f" {text}")
        note.set_class(True, "message")


def delete_screen(entry: ModelEntry) -> QuestionScreen:
    """Asks whether to delete a model from the server's disk.

    Args:
        entry: The model.
    """
    target, info = entry.target, entry.info
    size = f" frees {format_size(info.size_bytes)}" if info.size_bytes else " removes it"
    text = f"This{size} on the server of {safe_line(target.provider)}. Conversations with it stay."
    return QuestionScreen(f"Delete {safe_line(target.model)}?", text, "delete", "keep")


def copy_screen(entry: ModelEntry) -> OneLineScreen:
    """Asks for another name of a model. Returns it; empty or None for no copy.

    Args:
        entry: The model.
    """
    note = " Another name for it, on the same server."
    return OneLineScreen(f"Copy {safe_line(entry.target.model)}", note, "copy")


class ModelDetailsScreen(Dialog[None]):
    """Shows all that is known about a model."""

    BINDINGS: ClassVar = [Binding("escape,enter", "dismiss(None)", show=False)]
    DEFAULT_CSS = """
    ModelDetailsScreen #facts { height: auto; }
    """

    def __init__(self, entry: ModelEntry, address: str) -> None:
        """Args:
        entry: The model.
        address: The address of its server.
        """
        super().__init__()
        self._entry = entry
        self._address = address

    def compose(self) -> ComposeResult:
        """One line for each fact."""
        facts = describe(self._entry, self._address)
        width = max(len(label) for label, _ in facts)
        lines = [Content.assemble((label.ljust(width + 2), "$second"), (value, "$text")) for label, value in facts]
        yield DialogFrame(
            safe_line(self._entry.target.model),
            Static(Content("\n").join(lines), id="facts", markup=False),
            KeyLine([("Esc", "close", "escape")]),
        )
