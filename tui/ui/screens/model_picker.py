"""Choose a model of the current provider from a list that typing filters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.chat_support import CHAT_NOTES
from tui.chat.formatting import format_size
from tui.chat.model_info import ModelInfo
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import RowList


class ModelPicker(Dialog[str | None]):
    """Lists models. Returns the name of the chosen one; None when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "cancel", show=False),
        *cursor_bindings(),
    ]
    DEFAULT_CSS = """
    ModelPicker OptionList, ModelPicker OptionList:focus { max-height: 18; }
    """

    def __init__(
        self, provider: str, current: str, list_models: Callable[[], Awaitable[tuple[ModelInfo, ...]]]
    ) -> None:
        """Args:
        provider: The name of the provider.
        current: The model in use.
        list_models: Asks the provider for its models.
        """
        super().__init__()
        self._provider = provider
        self._current = current
        self._list_models = list_models
        self._models: tuple[ModelInfo, ...] = ()
        self._is_loading = True
        self._listed = False
        self._chooses_when_listed = False
        """Whether Enter was pressed before the models were there."""

    def compose(self) -> ComposeResult:
        """A line to type in, and a list below it."""
        yield DialogFrame(
            f"Models of {self._provider}",
            FilterField(placeholder="type to filter"),
            Static("loading…", id="message", classes="note", markup=False),
            RowList(markup=False),
            KeyLine([("Enter", "use", "enter"), ("Esc", "close", "escape")]),
        )

    def on_mount(self) -> None:
        """Ask for the models."""
        self.query_one(OptionList).can_focus = False
        self._load()

    @work
    async def _load(self) -> None:
        message = self.query_one("#message", Static)
        try:
            listed = await self._list_models()
        except LlmTuiError as error:
            self._is_loading = False
            message.update(Content(f"{safe_line(str(error))} {safe_line(error.hint)}"))
            if self._chooses_when_listed:
                self._choose()
            return
        # Some servers list a model twice.
        self._models = tuple({model.name: model for model in listed}.values())
        self._is_loading, self._listed = False, True
        self._show(self.query_one(Input).value)
        if self._chooses_when_listed:
            self._choose()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._chooses_when_listed = False
        if self._listed:
            self._show(event.value)

    @on(Input.Submitted)
    def _choose(self) -> None:
        options = self.query_one(OptionList)
        if self._is_loading:
            self._chooses_when_listed = True
        elif options.highlighted is not None:
            self.dismiss(options.get_option_at_index(options.highlighted).id)
        # Not every server lists all its models.
        elif typed := self.query_one(Input).value.strip():
            self.dismiss(typed)

    @on(OptionList.OptionSelected)
    def _choose_by_mouse(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_cancel(self) -> None:
        """Close without choosing."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the cursor in the list, while letters go to the filter."""
        self.query_one(RowList).move_cursor(by)

    def _show(self, query: str) -> None:
        parts = query.lower().split()
        models = [model for model in self._models if all(part in model.name.lower() for part in parts)]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._content(model), id=model.name) for model in models])
        names = [model.name for model in models]
        message = self.query_one("#message", Static)
        message.display = not names
        message.update(Content("No match. Enter uses the name as typed." if parts else "The server lists no models."))
        if names:
            # A name typed in full means that model, even where longer names contain it.
            meant = next((name for name in (query.strip(), self._current) if name in names), names[0])
            options.highlighted = names.index(meant)

    def _content(self, model: ModelInfo) -> Content:
        mark = {True: "●", False: "○", None: " "}[model.loaded]
        context = model.loaded_context_length or model.context_length
        notes = [
            "" if model.parameters == "0" else safe_line(model.parameters),
            "" if not model.size_bytes else format_size(model.size_bytes),
            "" if context is None else f"{context:,} tokens",
            "loaded" if model.loaded else "",
            "vision" if "vision" in model.capabilities else "",
            CHAT_NOTES[model.chat_support],
        ]
        name = safe_line(model.name)
        return Content.assemble(
            (f" {mark} ", "$success"),
            (name, "bold" if model.name == self._current else ""),
            (f"  {' · '.join(note for note in notes if note)}", "$text 55%"),
        )
