"""The list of providers: what can be reached, and what can be done with each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.light_dataclass import dataclass
from tui.ui.screens.check_steps import step_lines
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.row_list import FilteredList, RowList
from tui.ui.widgets.sidebar_rows import REACHABILITY_MARKS
from tui.workspace.provider_editor import ProviderRow

if TYPE_CHECKING:
    from tui.providers.connection_check import CheckStep

_AROUND: Final = 14
"""Lines around the list: borders, filter, results, keys."""

_NAME_CELLS: Final = 18
_TYPE_CELLS: Final = 10
_TYPES: Final = {"lmstudio": "LM Studio", "llamacpp": "llama.cpp", "ollama": "Ollama", "openai": "OpenAI"}


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """What the user wants to do in another dialog."""

    action: Literal["add", "edit", "find"]
    name: str = ""
    """The provider at the cursor."""


class ProvidersScreen(Dialog[ProviderRequest | None]):
    """Lists providers. Returns what to open next; None when closed. The rest is done in place."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        *cursor_bindings(),
        Binding("alt+a", "ask('add')", show=False, priority=True),
        Binding("alt+f", "ask('find')", show=False, priority=True),
        Binding("alt+t", "test", show=False, priority=True),
        Binding("alt+o", "switch", show=False, priority=True),
        Binding("alt+d", "remove", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ProvidersScreen #results { height: auto; max-height: 7; border-top: solid $line; color: $second; }
    ProvidersScreen KeyLine.-second { margin-top: 0; }
    """

    def __init__(
        self,
        rows: Callable[[], Sequence[ProviderRow]],
        at: str,
        test: Callable[[str], AsyncGenerator[CheckStep, None]],
        set_enabled: Callable[[str, bool], Awaitable[None]],
        remove: Callable[[str], Awaitable[None]],
    ) -> None:
        """Args:
        rows: Returns the providers as they are now.
        at: The provider to put the cursor on.
        test: Tests a provider; yields each step.
        set_enabled: Uses a provider again, or no longer.
        remove: Removes a provider.
        """
        super().__init__()
        self._rows = rows
        self._at = at
        self._test = test
        self._set_enabled = set_enabled
        self._remove = remove
        self._to_remove = ""
        """The provider that the next Alt+D removes. Empty for none."""

    def compose(self) -> ComposeResult:
        """A field that filters, the providers, results, and the keys."""
        with DialogFrame("Providers", size="list"):
            yield FilterField(placeholder="type to filter")
            yield FilteredList(markup=False)
            yield Static("", id="results", markup=False)
            yield KeyLine([("Enter", "edit", "enter"), ("Alt+A", "add", "alt+a"), ("Alt+T", "test", "alt+t"),
                           ("Alt+O", "on or off", "alt+o"), ("Alt+D", "remove", "alt+d")])  # fmt: skip
            second = KeyLine([("Alt+F", "find servers on this machine", "alt+f"), ("Esc", "close", "escape")])
            second.add_class("-second")
            yield second

    def on_mount(self) -> None:
        """List all providers."""
        self.query_one(Input).focus()
        self.refresh_rows()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the list on the screen."""
        self.query_one(RowList).styles.max_height = max(2, event.size.height - _AROUND)

    @on(RowList.WidthChanged)
    def refresh_rows(self) -> None:
        """Show the providers as they are now: one may have answered in the meantime."""
        listed = self.query_one(RowList)
        at = self._at or self._highlighted
        words = self.query_one(Input).value.lower().split()
        rows = [row for row in self._rows() if all(word in f"{row.name} {row.address}".lower() for word in words)]
        width = listed.row_cells
        listed.clear_options()
        listed.add_options(Option(_row(row, width), id=row.name) for row in rows)
        names = [row.name for row in rows]
        listed.highlighted = (names.index(at) if at in names else 0) if names else None
        self._at = ""
        n_off = sum(not row.is_enabled for row in self._rows())
        self.query_one(DialogFrame).show_state(f"{len(rows)} shown" + (f", {n_off} off" if n_off else ""))

    def action_move(self, by: int) -> None:
        """Move the cursor, and stay in the field."""
        self.query_one(RowList).move_cursor(by)

    def action_ask(self, action: Literal["add", "find"]) -> None:
        """Go on in another dialog."""
        self.dismiss(ProviderRequest(action, self._highlighted))

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _edit(self) -> None:
        if (row := self._row_at_cursor) is None:
            return
        if row.type == "demo":
            self._show_message(f"{row.name} is a demo server: there is nothing to edit.", "$warning")
        else:
            self.dismiss(ProviderRequest("edit", row.name))

    @on(Input.Changed)
    def _filter(self) -> None:
        self.refresh_rows()

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        if self._to_remove not in ("", event.option.id):
            self._to_remove = ""
            self._show_message("")

    def action_test(self) -> None:
        """Test the provider at the cursor."""
        if self._highlighted:
            self._run_test(self._highlighted)

    @work(group="test", exclusive=True)
    async def _run_test(self, name: str) -> None:
        self._show_message(f"testing {name}…")
        steps: list[CheckStep] = []
        try:
            async with aclosing(self._test(name)) as results:
                async for step in results:
                    steps.append(step)
                    area = self.query_one("#results", Static)
                    area.update(step_lines(steps, max(20, area.content_size.width)))
        except LlmTuiError as error:
            self._show_error(error)
        self.refresh_rows()

    def action_switch(self) -> None:
        """Use the provider at the cursor again, or no longer."""
        if (row := self._row_at_cursor) is not None:
            self._change(partial(self._set_enabled, row.name, not row.is_enabled))

    def action_remove(self) -> None:
        """Remove the provider at the cursor; the key has to be pressed twice."""
        if (row := self._row_at_cursor) is None:
            return
        name = row.name
        if row.is_built_in and not row.is_enabled:
            self._show_message(f"{name} is built in, and off already.", "$warning")
        elif self._to_remove != name:
            self._to_remove = name
            does = f"turns {name} off, which is built in" if row.is_built_in else f"removes {name} from the config file"
            self._show_message(f"Alt+D again {does}.", "$warning")
        else:
            self._to_remove = ""
            self._change(partial(self._remove, name))

    @work(group="change")
    async def _change(self, change: Callable[[], Awaitable[None]]) -> None:
        self._show_message("")
        try:
            await change()
        except LlmTuiError as error:
            self._show_error(error)
        self.refresh_rows()

    @property
    def _highlighted(self) -> str:
        """The name of the provider at the cursor. Empty while none is listed."""
        listed = self.query_one(OptionList)
        at = listed.highlighted
        return "" if at is None else str(listed.get_option_at_index(at).id)

    @property
    def _row_at_cursor(self) -> ProviderRow | None:
        return next((row for row in self._rows() if row.name == self._highlighted), None)

    def _show_error(self, error: LlmTuiError) -> None:
        self._show_message(" ".join(filter(None, (str(error), error.hint))), "$error")

    def _show_message(self, text: str, look: str = "$dim") -> None:
        self.query_one("#results", Static).update(Content.styled(safe_line(text), look))


def _row(row: ProviderRow, width: int) -> Content:
    mark, colour = REACHABILITY_MARKS[row.status.reachability] if row.is_enabled else (" ", "$dim")
    name = Content(safe_line(row.name)).truncate(_NAME_CELLS, ellipsis=True, pad=True)
    kind = Content.styled(_TYPES.get(row.type, row.type), "$dim").truncate(_TYPE_CELLS, ellipsis=True, pad=True)
    note = "off" if not row.is_enabled else safe_line(row.status.note)
    if row.is_enabled and row.status.reachability == "unreachable":
        note = row.status.words
    room = max(8, width - _NAME_CELLS - _TYPE_CELLS - 4 - (len(note) + 2 if note else 0))
    address = Content(safe_line(row.address) or "built in").truncate(room, ellipsis=True, pad=True)
    return Content.assemble((mark, colour), " ", name, " ", kind, " ", address, "  " if note else "", (note, "$dim"))
