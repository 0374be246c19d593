"""Choose models of any provider from a list that typing filters: one, or several to compare."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.model_info import ModelInfo
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import RowList
from tui.workspace.comparison import Target


class TargetPicker(Dialog[tuple[Target, ...]]):
    """Lists the models of all providers as they answer. Returns the chosen ones; an empty tuple when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "cancel", show=False),
        *cursor_bindings(),
        Binding("tab", "mark", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    TargetPicker OptionList, TargetPicker OptionList:focus { max-height: 18; }
    """

    def __init__(
        self,
        title: str,
        providers: Sequence[str],
        current: Target,
        list_models: Callable[[str], Awaitable[tuple[ModelInfo, ...]]],
        *,
        least: int = 1,
        most: int = 1,
    ) -> None:
        """Args:
        title: The title of the dialog.
        providers: The names of all providers.
        current: The model in use. Marked at first where several are chosen.
        list_models: Asks a provider for its models.
        least: The smallest number to choose.
        most: The largest number to choose.
        """
        super().__init__()
        self._title = title
        self._providers = providers
        self._current = current
        self._list_models = list_models
        self._least, self._most = least, most
        self._models: dict[Target, ModelInfo] = {}
        self._marked: list[Target] = [current] if most > 1 and current.model else []
        self._unreachable: list[str] = []
        self._shown: list[Target] = []
        self._is_loading = True
        self._submits_when_listed = False
        """Whether Enter was pressed before any model was there to choose."""
        self._has_moved = False
        """Whether the user moved the cursor: then it does not move while more models arrive."""

    def compose(self) -> ComposeResult:
        """A line to type in, and a list below it."""
        several = [("Tab", f"mark {self._least} to {self._most}", "tab")] if self._most > 1 else []
        yield DialogFrame(
            self._title,
            FilterField(placeholder="type to filter"),
            Static("loading…", id="message", classes="note", markup=False),
            RowList(markup=False),
            KeyLine([*several, ("Enter", "continue", "enter"), ("Esc", "close", "escape")]),
        )

    def on_mount(self) -> None:
        """Ask all providers at once."""
        self.query_one(OptionList).can_focus = False
        if self._current.model:
            self._models[self._current] = ModelInfo(self._current.model)
        self._load()

    @work
    async def _load(self) -> None:
        await asyncio.gather(*map(self._load_from, self._providers))
        self._is_loading = False
        self._show_message(f"Could not reach: {', '.join(self._unreachable)}." if self._unreachable else "")

    async def _load_from(self, provider: str) -> None:
        try:
            models = await self._list_models(provider)
        except LlmTuiError:
            self._unreachable.append(safe_line(provider))
            return
        listed = {Target(provider, model.name): model for model in models if model.chat_support != "no"}
        others = {target: model for target, model in self._models.items() if target not in listed}
        # Sorted by provider, whichever answers first.
        both = {**others, **listed}
        rank = {name: at for at, name in enumerate(self._providers)}
        self._models = dict(sorted(both.items(), key=lambda item: rank.get(item[0].provider, 0)))
        self._show()
        if self._submits_when_listed and self._shown:
            self._submit()

    @on(Input.Changed)
    def _filter(self) -> None:
        self._submits_when_listed = False
        self._show()

    @on(Input.Submitted)
    def _submit(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        chosen = list(self._marked)
        if self._most == 1 or (len(chosen) < self._least and highlighted is not None):
            under = None if highlighted is None else self._shown[highlighted]
            chosen += [under] if under is not None and under not in chosen else []
        self._submits_when_listed = self._is_loading and not self._shown
        if self._submits_when_listed:
            return
        if len(chosen) < self._least:
            self._show_message(f"Choose at least {self._least}. Tab marks one.")
        else:
            self.dismiss(tuple(chosen))

    @on(OptionList.OptionSelected)
    def _submit_by_mouse(self, event: OptionList.OptionSelected) -> None:
        if self._most == 1:
            self.dismiss((self._shown[event.option_index],))
        else:
            self.action_mark()

    def action_cancel(self) -> None:
        """Close without choosing."""
        self.dismiss(())

    def action_mark(self) -> None:
        """Mark or unmark the model at the cursor."""
        highlighted = self.query_one(OptionList).highlighted
        if self._most == 1 or highlighted is None:
            return
        target = self._shown[highlighted]
        self._has_moved = True
        if target in self._marked:
            self._marked.remove(target)
        elif len(self._marked) == self._most:
            self._show_message(f"You can compare at most {self._most}.")
        else:
            self._marked.append(target)
        self._show()

    def action_move(self, by: int) -> None:
        """Move the cursor in the list, while letters go to the filter."""
        rows = self.query_one(RowList)
        self._has_moved = self._has_moved or rows.option_count > 0
        rows.move_cursor(by)

    @property
    def _listed(self) -> list[Target]:
        parts = self.query_one(Input).value.lower().split()
        return [
            target
            for target in self._models
            if all(part in f"{target.provider} {target.model}".lower() for part in parts)
        ]

    def _show(self) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        under = None if at is None or not self._has_moved else self._shown[at]
        listed = self._shown = self._listed
        options.clear_options()
        options.add_options([Option(self._content(target)) for target in listed])
        if listed:
            options.highlighted = listed.index(under) if under in listed else self._first_of(listed)

    def _first_of(self, listed: list[Target]) -> int:
        """Where the cursor starts: on the model in use, or on the first one that can be marked besides it."""
        if self._most == 1:
            return listed.index(self._current) if self._current in listed else 0
        return next((at for at, target in enumerate(listed) if target not in self._marked), 0)

    def _show_message(self, text: str) -> None:
        message = self.query_one("#message", Static)
        message.display = bool(text)
        message.update(text)

    def _content(self, target: Target) -> Content:
        mark = f"[{'x' if target in self._marked else ' '}] " if self._most > 1 else ""
        loaded = "  loaded" if self._models[target].loaded else ""
        return Content.assemble(
            (f" {mark}", "$success"),
            (safe_line(target.model), "bold" if target == self._current else ""),
            (f"  {safe_line(target.provider)}{loaded}", "$text 55%"),
        )
