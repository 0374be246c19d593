"""Choose a model of any provider, or several to compare; and manage the models where the servers can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.screens.model_hints import model_hints
from tui.ui.screens.model_management import ModelManagement
from tui.ui.screens.picker_cursor import PickerCursor
from tui.ui.screens.picker_models import PickerModels
from tui.ui.text_column import AIRY_LINES
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.ui.widgets.message_line import MessageLine
from tui.ui.widgets.model_list import ModelList
from tui.ui.widgets.model_rows import ModelRow, Row, facts_line, legend_line
from tui.workspace.events import Events, ModelJobsChanged, ModelsChanged
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.model_details import ModelDetails
from tui.workspace.model_jobs import ModelJobs
from tui.workspace.target import Target

_REST_S: Final = 0.15
"""Seconds that the cursor rests on a model before its server is asked for details."""

_LINES_AROUND: Final = 9
_AIRY_LINES_AROUND: Final = 13
"""Lines of the dialog beside the list."""

_MESSAGE_MARGIN: Final = 10
"""Cells beside a message, in the dialog and around it."""

_MAX_LINES: Final = 32


class ModelPicker(Dialog[tuple[Target, ...]]):
    """Lists the models of all providers as they answer. Returns the chosen ones; an empty tuple when cancelled."""

    BINDINGS: ClassVar = [
        Binding("escape", "cancel", show=False),
        *cursor_bindings(),
        Binding("tab", "mark", show=False, priority=True),
        Binding("alt+f", "favourite", show=False, priority=True),
        Binding("ctrl+right", "next_word_or_favourite", show=False, priority=True),
        Binding("alt+i", "details", show=False, priority=True),
        Binding("alt+p", "pull", show=False, priority=True),
        Binding("alt+l", "load", show=False, priority=True),
        Binding("alt+u", "unload", show=False, priority=True),
        Binding("alt+d", "delete", show=False, priority=True),
        Binding("alt+y", "copy", show=False, priority=True),
        Binding("alt+c", "stop_job", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ModelPicker #facts, ModelPicker #legend { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    ModelPicker #legend { display: none; }
    ModelPicker .-airy #legend { display: block; }
    ModelPicker .-airy #facts { margin-top: 1; }
    """

    def __init__(
        self,
        title: str,
        catalog: ModelCatalog,
        jobs: ModelJobs,
        events: Events,
        current: Target,
        *,
        address_of: Callable[[str], str] = lambda _: "",
        context_length_of: Callable[[str], int] = lambda _: 0,
        least: int = 1,
        most: int = 1,
    ) -> None:
        """Args:
        title: The title of the dialog.
        catalog: Has the models. It is asked again when the dialog opens.
        jobs: Downloads, loads and deletes models.
        events: Tell when either changed.
        current: The model in use. Marked at first where several are chosen.
        address_of: Returns the address of a provider's server.
        context_length_of: Returns the context length that models of a provider are loaded with. 0 for the server's.
        least: The smallest number to choose.
        most: The largest number to choose.
        """
        super().__init__()
        self._title = title
        self._catalog = catalog
        self._events = events
        self._current = current
        self._least = least
        self._most = most
        self._models = PickerModels(catalog, jobs, current, address_of, has_marks=most > 1)
        self._picker_cursor = PickerCursor()
        self._management = ModelManagement(
            self,
            catalog,
            jobs,
            report=self._report,
            on_pull=self._follow_download,
            on_copy=self._picker_cursor.go_to,
            address_of=address_of,
            context_length_of=context_length_of,
        )
        self._submits_when_listed = False
        """Whether Enter was pressed before any model was there to choose."""
        self._message = MessageLine()
        self._job_error: LlmTuiError | None = None
        """The error of a download or load that is shown. None if another message is, or none."""
        self._unsubscribe: list[Callable[[], None]] = []
        self._rest: Timer | None = None
        self._details = ModelDetails(catalog, self._in_view)
        self._is_asking_details = False

    def compose(self) -> ComposeResult:
        """A field to type in, the list below it, and what is known about the model at the cursor."""
        yield DialogFrame(
            self._title,
            FilterField(placeholder="name, provider, or what it can do"),
            ModelList(has_boxes=self._most > 1),
            self._message,
            Static("", id="facts", markup=False),
            Static("", id="legend", markup=False),
            KeyLine(),
            size="list",
        )

    def on_mount(self) -> None:
        """Show what is known, and ask all providers."""
        self._fit_list()
        self._unsubscribe = [
            self._events.subscribe(ModelsChanged, self._handle_models_changed),
            self._events.subscribe(ModelJobsChanged, lambda _: self._show_groups()),
        ]
        self._collect()
        self._load()

    def on_unmount(self) -> None:
        """Nothing is left to show."""
        self._stop_listening()

    def dismiss(self, result: tuple[Target, ...] | None = None) -> AwaitComplete:
        """Close with the chosen models. A change that arrives while the widgets go must not start work on them."""
        if self.is_active:
            self._stop_listening()
        return super().dismiss(result)

    def _stop_listening(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()

    def on_resize(self) -> None:
        """Use the lines that there are."""
        self.call_after_refresh(self._show_groups)

    @property
    def listed(self) -> list[Target]:
        """The models that are shown, in their order."""
        return self._models.shown

    def _in_view(self) -> list[Target]:
        """The models whose rows are in view. None while the app closes and the widgets go."""
        return [target for each in self.query(ModelList) for target in each.in_view]

    @property
    def rows(self) -> Sequence[Row]:
        """The lines of the list."""
        return self.query_one(ModelList).rows

    @property
    def cursor(self) -> ModelRow | None:
        """The model at the cursor. None if there is none."""
        return self.query_one(ModelList).cursor

    # Loading.

    @work
    async def _load(self) -> None:
        await self._catalog.refresh(self._current.provider)
        failed = next((each for each in self._catalog.providers if each.name == self._current.provider), None)
        if failed is not None and failed.error is not None:
            self._report(failed.error)
        if self._submits_when_listed:
            self._submit()

    @work(group="background")
    async def _ask_for_all_details(self) -> None:
        """Complete the rows while the picker is open, those in view first."""
        try:
            await self._details.run()
        finally:
            self._is_asking_details = False

    def _handle_models_changed(self, _: ModelsChanged) -> None:
        self._collect()
        if not self._is_asking_details:
            self._is_asking_details = True
            self._ask_for_all_details()
        if self._submits_when_listed and self._models.shown and not self._awaits_current:
            self._submit()

    @property
    def _awaits_current(self) -> bool:
        """Whether the provider in use has not answered yet: Enter may mean one of its models."""
        return any(each.is_asking for each in self._catalog.providers if each.name == self._current.provider)

    # Typing and choosing.

    @on(Input.Changed)
    def _filter(self) -> None:
        self._submits_when_listed = False
        self._picker_cursor.forget()
        self._show_message("")
        self._show()

    @on(Input.Submitted)
    def _submit(self) -> None:
        row = self.cursor
        chosen = list(self._models.marked)
        self._submits_when_listed = self._catalog.is_asking and (
            row is None or (not self._typed and not self._models.shown)
        )
        if self._submits_when_listed:
            return
        if self._most > 1:
            if len(chosen) < self._least and row is not None and row.target not in chosen:
                chosen.append(row.target)
            if len(chosen) < self._least:
                self._show_message(f"Choose at least {self._least}. Tab marks one.")
            else:
                self.dismiss(tuple(chosen))
        elif row is not None:
            self._use(row)
        # Not every server lists all its models.
        elif self._typed:
            self.dismiss((Target(self._current.provider, self._typed),))

    @on(ModelList.Clicked)
    def _choose_clicked(self) -> None:
        self._picker_cursor.stay()
        if self._most > 1:
            self.action_mark()
        elif (row := self.cursor) is not None:
            self._use(row)

    def _use(self, row: ModelRow) -> None:
        if row.can_be_used:
            self.dismiss((row.target,))
        else:
            self._show_message("It is not downloaded yet.")

    def action_cancel(self) -> None:
        """Close without choosing."""
        self.dismiss(())

    def action_mark(self) -> None:
        """Mark or unmark the model at the cursor; where only one can be chosen, show or hide what may not chat."""
        row = self.cursor
        if self._most == 1:
            self._models.only_chat = not self._models.only_chat
            self._collect()
            return
        if row is None:
            return
        self._picker_cursor.stay()
        marked = self._models.marked
        if row.target not in marked and len(marked) == self._most:
            self._show_message(f"You can compare at most {self._most}.")
        else:
            self._models.toggle_mark(row.target)
        self._show_groups()

    def action_move(self, by: int) -> None:
        """Move the cursor in the list, while letters go to the filter."""
        if self._models.shown:
            self._picker_cursor.stay()
        self._show_message("")
        self.query_one(ModelList).move_cursor(by)
        # At the end of the list the cursor stays, and so does what is said about its model.
        self._show_row()

    # Managing.

    def action_favourite(self) -> None:
        """Mark the model at the cursor as a favourite, or no longer."""
        if (row := self.cursor) is not None:
            self._picker_cursor.stay()
            self._catalog.toggle_favourite(row.target)

    def action_next_word_or_favourite(self) -> None:
        """Move behind the next word; at the end of the field, mark a favourite.

        Textual reports Alt+F as Ctrl+Right where the terminal does not speak the kitty keyboard protocol.
        """
        field = self.query_one(Input)
        if field.cursor_position < len(field.value):
            field.action_cursor_right_word()
        else:
            self.action_favourite()

    @work(exclusive=True, group="manage")
    async def action_details(self) -> None:
        """Show all that is known about the model at the cursor."""
        if (row := self.cursor) is not None:
            target = row.target
            await self._management.show_details(target, lambda: self._models.entry(target) or row.entry)

    @work(exclusive=True, group="manage")
    async def action_pull(self) -> None:
        """Download a model: the one at the cursor again if its download stopped, or another one by its name."""
        row = self.cursor
        provider = self._current.provider if row is None else row.target.provider
        await self._management.pull(row, provider, "" if self._models.shown else self._typed)

    @work(exclusive=True, group="manage")
    async def action_load(self) -> None:
        """Load the model at the cursor into memory."""
        if (row := self.cursor) is not None:
            await self._management.load(row)

    @work(exclusive=True, group="manage")
    async def action_unload(self) -> None:
        """Remove the model at the cursor from memory."""
        if (row := self.cursor) is not None:
            await self._management.unload(row)

    @work(exclusive=True, group="manage")
    async def action_copy(self) -> None:
        """Give the model at the cursor another name besides its own."""
        if (row := self.cursor) is not None:
            await self._management.copy(row)

    @work(exclusive=True, group="manage")
    async def action_delete(self) -> None:
        """Delete the model at the cursor from the server's disk, if the user agrees."""
        if (row := self.cursor) is not None:
            await self._management.delete(row)

    def action_stop_job(self) -> None:
        """Stop what is being done with the model at the cursor, or dismiss what failed."""
        if (row := self.cursor) is not None:
            self._management.stop(row)

    def _follow_download(self, target: Target) -> None:
        """Go to a model that is downloaded, whatever the list was filtered by: there it can be stopped."""
        self._picker_cursor.go_to(target)
        self.query_one(Input).value = ""

    # Showing.

    @property
    def _typed(self) -> str:
        return self.query_one(Input).value.strip()

    def _collect(self) -> None:
        """Gather all models that can be shown."""
        self._models.collect()
        self.query_one("#legend", Static).update(legend_line(self._models.everything), layout=False)
        self._show_groups()

    def _show_groups(self) -> None:
        """Show the models after a change of anything but the filter."""
        # While the app closes, models may still change, and the widgets go one by one.
        if self.is_mounted and self.query(ModelList) and self.query("KeyLine"):
            self._models.group(has_blanks=self.size.height >= AIRY_LINES)
            self._show()

    def _show(self) -> None:
        list_, typed = self.query_one(ModelList), self._typed
        rows = self._models.rows(typed)
        self._fit_list()
        list_.show(rows, self._models.everything, typed, self._wanted(list_))
        self._show_state(len(rows) if typed else len(self._models.shown))
        self._show_row()

    def _fit_list(self) -> None:
        """Leave the lines below the list to the message and the keys."""
        width = max(1, self.query_one(ModelList).size.width or self.size.width - _MESSAGE_MARGIN)
        around = _AIRY_LINES_AROUND if self.size.height >= AIRY_LINES else _LINES_AROUND
        most = min(self.size.height - around - self._message.lines_in(width), _MAX_LINES)
        # As high as without a filter, so that the dialog does not jump while the user types.
        self.query_one(ModelList).styles.height = max(2, min(most, len(self._models.groups) + 1))

    def _wanted(self, list_: ModelList) -> Target | None:
        """The model that the cursor belongs on."""
        at = None if list_.cursor is None else list_.cursor.target
        return self._picker_cursor.wanted(at, self._models.groups, self._models.first_for_cursor(self._typed))

    def _show_state(self, count: int) -> None:
        total = self._models.total
        asking = [safe_line(each.name) for each in self._catalog.providers if each.is_asking]
        counted = f"{count} of {total}" if total else ""
        waiting = f"asking {', '.join(asking)}…" if asking else ""
        self.query_one(DialogFrame).show_state(" · ".join(filter(None, [waiting, counted])))
        if not count and not self._catalog.is_asking and not self._message.text:
            text = "No match. Enter uses the name as typed." if self._typed else "No server lists a model."
            self._show_message(text if self._most == 1 or not self._typed else "No match.")

    @on(ModelList.CursorMoved)
    def _handle_cursor_moved(self) -> None:
        self._show_row()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_REST_S, self._ask_for_details)

    @work(exclusive=True, group="details")
    async def _ask_for_details(self) -> None:
        if (row := self.cursor) is not None and row.target.provider in self._management.reachable:
            await self._management.can(row.target.provider, "load")
            await self._catalog.describe(row.target)

    def _show_row(self) -> None:
        row = self.cursor
        # One line, whatever stands in it: another layout would paint the dialog twice.
        self.query_one("#facts", Static).update(Content() if row is None else facts_line(row), layout=False)
        actions = (None if row is None else self._catalog.actions(row.target.provider)) or frozenset()
        self.query_one(KeyLine).hints = tuple(
            model_hints(row, actions, least=self._least, most=self._most, only_chat=self._models.only_chat)
        )
        error = None if row is None or row.job is None else row.job.error
        if error is not None:
            self._report(error)
            self._job_error = error
        elif self._job_error is not None:
            self._show_message("")

    def _report(self, error: LlmTuiError) -> None:
        self._show_message(f"{safe_line(str(error))} {safe_line(error.hint)}".rstrip())

    def _show_message(self, text: str) -> None:
        self._job_error = None
        self._message.show(text)
        self._fit_list()
