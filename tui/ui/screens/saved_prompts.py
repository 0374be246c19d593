"""The saved prompts: new, edit, delete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.light_dataclass import dataclass
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.key_bar import KeyHint
from tui.ui.widgets.row_list import RowList


@dataclass(frozen=True, slots=True)
class SavedPromptActions:
    """What the list lets others do. Each returns when it is done."""

    rows: Callable[[], Awaitable[Sequence[tuple[str, str]]]]
    """Returns the name of each prompt, and what it is about."""

    add: Callable[[], Awaitable[None]]
    edit: Callable[[str], Awaitable[None]]
    delete: Callable[[str], Awaitable[None]]


class SavedPromptsScreen(Dialog[None]):
    """Lists the saved prompts."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("n", "add", show=False),
        Binding("e", "edit", show=False),
        Binding("d,delete", "delete", show=False),
    ]
    DEFAULT_CSS = """
    SavedPromptsScreen OptionList, SavedPromptsScreen OptionList:focus { max-height: 60vh; min-height: 3; }
    SavedPromptsScreen #empty { height: auto; }
    """

    def __init__(self, actions: SavedPromptActions, folder: str) -> None:
        """Args:
        actions: What others do.
        folder: Where the prompts are; safe to show.
        """
        super().__init__()
        self._actions = actions
        self._folder = folder
        self._names: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        """The list, or what saved prompts are for, and the keys."""
        yield DialogFrame(
            "Saved prompts",
            Static(Content(f"Text files in {self._folder}. Type / and a name to send one."), classes="note"),
            RowList(markup=False),
            Static("", id="message", classes="message", markup=False),
            KeyLine(),
            size="list",
        )

    def on_mount(self) -> None:
        """List the prompts."""
        self._run(None)

    def action_add(self) -> None:
        """Write a new prompt."""
        self._run(self._actions.add)

    def action_edit(self) -> None:
        """Edit the prompt at the cursor."""
        if (name := self._current) is not None:
            self._run(lambda: self._actions.edit(name))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and a click edit the prompt."""
        event.stop()
        self.action_edit()

    def action_delete(self) -> None:
        """Delete the prompt at the cursor."""
        if (name := self._current) is not None:
            self._run(lambda: self._actions.delete(name))

    @property
    def _current(self) -> str | None:
        at = self.query_one(RowList).highlighted
        return None if at is None or at >= len(self._names) else self._names[at]

    @work(group="ask", exclusive=True)
    async def _run(self, action: Callable[[], Awaitable[None]] | None) -> None:
        """Do something, and list the prompts as they are then."""
        problem = ""
        try:
            if action is not None:
                await action()
        except LlmTuiError as error:
            problem = safe_line(f"{error} {error.hint}")
        before = self._names
        rows = await self._actions.rows()
        self._names = [name for name, _ in rows]
        listed = self.query_one(RowList)
        at = listed.highlighted or 0
        listed.clear_options()
        listed.add_options(
            Option(Content.assemble((safe_line(name), "$text"), "  ", (safe_line(about), "$dim")))
            for name, about in rows
        )
        if rows:
            new = [index for index, name in enumerate(self._names) if name not in before] if before else []
            listed.highlighted = new[0] if len(new) == 1 else min(at, len(rows) - 1)
        listed.display = bool(rows)
        empty = "" if rows else "None yet. n writes the first: {{name}} in it is asked for when you send it."
        self.query_one("#message", Static).update(Content(problem or empty))
        new_key, close = KeyHint("n", "new", "n"), KeyHint("Esc", "close", "escape", is_kept=True)
        on_row = (KeyHint("Enter", "edit", "enter"), new_key, KeyHint("d", "delete", "d"), close)
        self.query_one(KeyLine).hints = on_row if rows else (new_key, close)
        self.query_one(DialogFrame).show_state(f"{len(rows)}" if rows else "")
        if rows:
            listed.focus()
