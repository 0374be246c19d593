"""The settings: every key of the config outside of providers and tool servers, found by typing, used at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.light_dataclass import dataclass
from tui.ui.screens.dialog import Dialog, ask, cursor_bindings
from tui.ui.screens.key_capture import KeyCapture
from tui.ui.screens.question import QuestionScreen
from tui.ui.screens.settings_rows import Row, all_rows, allowed_values, found_rows, row_content
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine, arrow_hint
from tui.ui.widgets.group_nav import GroupNav
from tui.ui.widgets.key_bar import KeyHint
from tui.ui.widgets.row_list import FilteredList
from tui.workspace.keys import NEEDED
from tui.workspace.settings_editor import SettingRow, SettingsEditor

_AROUND: Final = 14
"""Lines around the list: frame, filter, groups, details, keys, and the header and key bar behind the dialog."""

_MAX_ROWS: Final = 24

_NOT_WHILE_EDITING: Final = frozenset({"change", "move", "next_group", "add_key", "remove_keys", "edit_file"})
"""Actions whose keys the field has while a value is typed."""

_WIDE: Final = 90
"""Cells of the dialog from which on the groups stand in a column."""


@dataclass(frozen=True, slots=True)
class SettingsActions:
    """What the settings screen lets others do. Each returns when it is done."""

    choose_theme: Callable[[], Awaitable[None]]
    choose_provider: Callable[[], Awaitable[None]]
    choose_model: Callable[[], Awaitable[None]]
    edit_system_prompt: Callable[[], Awaitable[None]]
    edit_file: Callable[[], Awaitable[None]]

    reason_against_key: Callable[[str, str], str]
    """Returns why a command must not have a key. Empty if it may."""


class SettingsScreen(Dialog[str | None]):
    """Lists the settings. Returns the name of a command whose dialog the user wants to see; None when closed."""

    BINDINGS: ClassVar = [
        Binding("escape,f2", "leave", show=False),
        *cursor_bindings(),
        Binding("left", "change(-1)", show=False, priority=True),
        Binding("right", "change(1)", show=False, priority=True),
        Binding("tab", "next_group(1)", show=False, priority=True),
        Binding("shift+tab", "next_group(-1)", show=False, priority=True),
        Binding("alt+r", "reset", show=False, priority=True),
        Binding("alt+a", "add_key", show=False, priority=True),
        Binding("alt+k", "remove_keys", show=False, priority=True),
        Binding("alt+o", "edit_file", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    SettingsScreen #list { height: auto; layout: vertical; }
    SettingsScreen #list.-wide { layout: horizontal; }
    SettingsScreen GroupNav { width: 1fr; margin-bottom: 1; }
    SettingsScreen #list.-wide GroupNav { width: 15; margin-bottom: 0; }
    SettingsScreen FilteredList { width: 1fr; }
    SettingsScreen #details { height: 4; border-top: solid $line; }
    SettingsScreen #about { height: auto; max-height: 3; }
    SettingsScreen #facts { height: auto; max-height: 2; color: $dim; }
    SettingsScreen #edit { height: 2; display: none; }
    SettingsScreen #edit > .label { width: 2; color: $user; text-style: bold; }
    SettingsScreen #edit > Input { width: 26; color: $text; }
    SettingsScreen #edit > #reason { width: 1fr; padding-left: 2; color: $dim; height: auto; }
    SettingsScreen #edit > #reason.-error { color: $error; }
    SettingsScreen #details.-editing > #edit { display: block; }
    SettingsScreen #details.-editing > #facts { display: none; }
    """

    def __init__(self, editor: SettingsEditor, actions: SettingsActions) -> None:
        """Args:
        editor: Has the settings, and changes them.
        actions: What others do.
        """
        super().__init__()
        self._editor = editor
        self._actions = actions
        self._rows: dict[int, Row] = {}
        """The rows of the list, by index. Headings and blank lines have none."""
        self._editing: SettingRow | None = None
        """The setting whose value is being typed. None for none."""
        self._error = ""
        """What went wrong with the last change. Empty for nothing."""

    def compose(self) -> ComposeResult:
        """A field that filters, the groups, the settings, details of the one at the cursor, and the keys."""
        with DialogFrame("Settings", size="list"):
            yield FilterField(placeholder=f"search all {len(self._editor.rows)} settings")
            with Vertical(id="list"):
                yield GroupNav()
                yield FilteredList(markup=False)
            with Vertical(id="details"):
                yield Static("", id="about", markup=False)
                yield Static("", id="facts", markup=False)
                with Horizontal(id="edit"):
                    yield Static("›", classes="label", markup=False)
                    yield Input(id="value", classes="field", select_on_focus=False)
                    yield Static("", id="reason", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """List all settings."""
        for field in self.query(Input):
            field.cursor_blink = False
        self._filter_field.focus()
        self._editor.on_written = self._handle_written
        self.refresh_rows()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the list on the screen, and lay its rows out for the width."""
        is_wide = event.size.width - 4 >= _WIDE
        self.query_one("#list").set_class(is_wide, "-wide")
        self.query_one(GroupNav).is_column = is_wide
        # As high as it may be, so that the dialog does not move while letters filter.
        self._list.styles.height = max(2, min(_MAX_ROWS, event.size.height - _AROUND - (0 if is_wide else 2)))
        self.call_after_refresh(self.refresh_rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows to a value that is typed, and to the filter where there is nothing to switch."""
        if action in _NOT_WHILE_EDITING and self._editing is not None:
            return False
        if action == "change":
            return self._has_choices
        return super().check_action(action, parameters)

    # The list.

    @property
    def _filter_field(self) -> Input:
        return self.query_one("FilterField > Input", Input)

    @property
    def _list(self) -> FilteredList:
        return self.query_one(FilteredList)

    @property
    def _current(self) -> Row | None:
        """The row at the cursor."""
        at = self._list.highlighted
        return None if at is None else self._rows.get(at)

    @property
    def _has_choices(self) -> bool:
        """Whether the row at the cursor has a few values to switch between."""
        row = self._current
        return row is not None and row.setting is not None and bool(row.setting.setting.choices)

    def refresh_rows(self, *, to_best: bool = False) -> None:
        """Show the settings as they are now.

        Args:
            to_best: Whether the cursor goes to the first row, which fits best to what is typed. If not, it stays.
        """
        if not self.is_attached:
            return
        current, listed = self._current, self._list
        at_before = listed.highlighted
        typed = self._filter_field.value.strip()
        rows = all_rows(self._editor)
        shown = found_rows(typed, rows)
        options: list[Option] = []
        self._rows = {}
        group = ""
        for row in shown:
            if row.group != group and not typed:
                options += [Option("", disabled=True)] * bool(options)
                options.append(Option(Content.styled(row.group, "bold $accent"), disabled=True))
            group = row.group
            self._rows[len(options)] = row
            options.append(Option(row_content(row, listed.row_cells, in_group=not typed)))
        scroll = listed.scroll_y
        listed.clear_options()
        listed.add_options(options)
        same = (
            at for at, row in self._rows.items() if current and not to_best and (row.group, row.title) == current[:2]
        )
        listed.highlighted = next(same, next(iter(self._rows), None))
        if listed.highlighted == at_before:
            listed.scroll_to(y=scroll, animate=False)
        nav = self.query_one(GroupNav)
        nav.groups = tuple(dict.fromkeys(row.group for row in rows))
        n_own = sum(row.origin == "yours" for row in rows)
        count = f"{len(shown)} found" if typed else f"{n_own} changed" if n_own else "nothing changed"
        self.query_one(DialogFrame).show_state(f"{self._path_label(len(count) + 12)} · {count}")
        self._show_details()

    def action_move(self, by: int) -> None:
        """Move the cursor, and stay in the field."""
        if not self._rows:
            return
        self._error = ""
        indexes = list(self._rows)
        at = indexes.index(self._list.highlighted) if self._list.highlighted in self._rows else 0
        at = min(max(at + by, 0), len(indexes) - 1)
        self._list.highlighted = indexes[at]
        if at == 0:
            # The heading is above the first row.
            self._list.scroll_home(animate=False)

    def action_next_group(self, by: int) -> None:
        """Go to the first setting of the next group (1) or of the previous one (-1)."""
        groups = list(dict.fromkeys(row.group for row in self._rows.values()))
        if groups and self._current is not None:
            self._go_to_group(groups[(groups.index(self._current.group) + by) % len(groups)])

    @on(GroupNav.Chosen)
    def _handle_group_chosen(self, message: GroupNav.Chosen) -> None:
        if self._editing is None:
            self._filter_field.value = ""
            self.refresh_rows()
            self._go_to_group(message.group)

    def _go_to_group(self, group: str) -> None:
        at = next(at for at, row in self._rows.items() if row.group == group)
        self._error = ""
        self._list.highlighted = at
        self._list.scroll_to(y=max(0, at - 1), animate=False, force=True)

    @on(Input.Changed, "FilterField > Input")
    def _filter(self, event: Input.Changed) -> None:
        self._error = ""
        if event.value.isspace():
            # A blank alone finds nothing: it was meant for the row.
            event.input.value = ""
            if self._has_choices:
                self.action_change(1)
            return
        self.refresh_rows(to_best=bool(event.value))

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        """Show what the row has no space for, and which keys work on it."""
        row = self._current
        self.query_one(GroupNav).current = "" if row is None else row.group
        if self._error:
            about = Content.styled(self._error, "$error")
        elif row is None:
            about = Content.styled("No setting has these words. Esc shows all.", "$second")
        else:
            about = Content.assemble((row.title, "bold $text"), ("  ", ""), (row.about, "$second"))
        self.query_one("#about", Static).update(about)
        self.query_one("#facts", Static).update(Content("" if row is None or self._error else row.facts))
        self.query_one(KeyLine).hints = tuple(self._hints(row))

    def _hints(self, row: Row | None) -> list[KeyHint]:
        esc = KeyHint("Esc", "close", "escape", is_kept=True)
        if self._editing is not None:
            return [KeyHint("Enter", "save", "enter"), KeyHint("Alt+R", "reset", "alt+r"), esc._replace(word="cancel")]
        hints = []
        if row is not None:
            if self._has_choices:
                hints.append(arrow_hint("←→", "change"))
            else:
                hints.append(KeyHint("Enter", row.word, "enter"))
            if row.setting is not None and row.setting.setting.command:
                hints.append(KeyHint("Alt+A", "add a key", "alt+a"))
                if row.setting.value and row.setting.setting.command not in NEEDED:
                    hints.append(KeyHint("Alt+K", "no key", "alt+k"))
            if row.origin == "yours":
                hints.append(KeyHint("Alt+R", "reset", "alt+r"))
        if self._filter_field.value:
            return [*hints, esc._replace(word="all settings")]
        return [*hints, KeyHint("Tab", "group", "tab"), KeyHint("Alt+O", "edit the file", "alt+o"), esc]

    # Changes.

    def action_change(self, by: int) -> None:
        """Use the next choice (1) or the previous one (-1)."""
        row = self._current
        if row is not None and row.setting is not None:
            setting, value, _ = row.setting
            choices = setting.choices
            at = choices.index(value) if value in choices else 0
            self._change(setting.changes(choices[(at + by) % len(choices)]))

    def action_reset(self) -> None:
        """Use the default again."""
        row, editing = self._current, self._editing
        if editing is not None:
            self._stop_editing()
        if row is None or row.origin != "yours":
            return
        if row.setting is not None:
            self._change(row.setting.setting.changes(None))
        elif row.reset_key:
            self._change({row.reset_key: None})

    @on(Input.Submitted, "FilterField > Input")
    @on(OptionList.OptionSelected)
    def _act(self) -> None:
        """Do what Enter does on the row."""
        row = self._current
        if row is None:
            return
        if row.action.startswith("/"):
            self.dismiss(row.action[1:])
        elif row.action:
            self._run(row.action)
        elif row.setting is not None and row.setting.setting.command:
            self._ask_for_key(row.setting, adds=False)
        elif row.setting is not None and row.setting.setting.choices:
            self.action_change(1)
        elif row.setting is not None:
            self._edit(row.setting)

    @work(group="ask", exclusive=True)
    async def _run(self, action: str) -> None:
        if action == "reset_all":
            await self._reset_all()
        else:
            try:
                await getattr(self._actions, action)()
            except LlmTuiError as error:
                self._error = _error_text(error)
        self.refresh_rows()

    async def _reset_all(self) -> None:
        count = sum(row.origin == "yours" for row in self._editor.rows)
        if not count:
            self._error = "All settings have their defaults."
            return
        things = "1 setting" if count == 1 else f"{count} settings"
        text = f"{things.capitalize()} in the file will be removed from it. Providers and tool servers stay."
        if await ask(self, QuestionScreen("Reset all settings?", text, "reset")):
            self._editor.reset_all()

    def action_edit_file(self) -> None:
        """Open the file in the editor."""
        self._run("edit_file")

    def action_add_key(self) -> None:
        """Give a command one more key."""
        row = self._current
        if row is not None and row.setting is not None and row.setting.setting.command:
            self._ask_for_key(row.setting, adds=True)

    def action_remove_keys(self) -> None:
        """Leave a command without a key."""
        row = self._current
        command = "" if row is None or row.setting is None else row.setting.setting.command
        if command in NEEDED:
            self._error = f"This command needs a key: {NEEDED[command]}. Enter gives it another one."
            self._show_details()
        elif command and row is not None and row.setting is not None:
            self._change(row.setting.setting.changes(""))

    @work(group="ask", exclusive=True)
    async def _ask_for_key(self, row: SettingRow, *, adds: bool) -> None:
        setting, keys, _ = row

        def reason_against(key: str) -> str:
            return self._actions.reason_against_key(setting.command, key)

        key = await ask(self, KeyCapture(setting.command, keys, reason_against, adds=adds))
        if key is not None:
            joined = ",".join(dict.fromkeys([*keys.split(","), key] if adds and keys else [key]))
            if joined != keys:
                self._change(setting.changes(joined))

    def _change(self, changes: dict[str, object]) -> None:
        self._error = ""
        self._editor.change(changes)
        self.refresh_rows()

    def _handle_written(self, error: LlmTuiError | None) -> None:
        if error is not None:
            self._error = _error_text(error)
        self.refresh_rows()

    # A value that is typed.

    def _edit(self, row: SettingRow) -> None:
        self._editing = row
        self._error = ""
        field = self.query_one("#value", Input)
        field.value = row.setting.edited(row.value)
        field.cursor_position = len(field.value)
        self.query_one("#details").add_class("-editing")
        field.focus()
        self._check()
        self._show_details()

    def _stop_editing(self) -> None:
        self._editing = None
        self.query_one("#details").remove_class("-editing")
        self._filter_field.focus()
        self._show_details()

    @on(Input.Changed, "#value")
    def _check(self) -> None:
        """Say beside the field what is allowed, or why what is typed is not."""
        if self._editing is None:
            return
        setting = self._editing.setting
        reason = self._editor.reason_against(setting, self._typed_value)
        shown = self.query_one("#reason", Static)
        shown.set_class(bool(reason), "-error")
        shown.update(Content(safe_line(reason or allowed_values(self._editing))))

    @property
    def _typed_value(self) -> Any:
        assert self._editing is not None
        return self._editing.setting.read(self.query_one("#value", Input).value)

    @on(Input.Submitted, "#value")
    def _save(self) -> None:
        """Use the typed value, unless it is not allowed."""
        if self._editing is None:
            return
        setting, value = self._editing.setting, self._typed_value
        # Checked again: the last letter may have arrived together with Enter.
        self._check()
        if not self._editor.reason_against(setting, value):
            self._stop_editing()
            self._change(setting.changes(value))

    def action_leave(self) -> None:
        """Leave the value as it was, show all settings again, or close."""
        if self._editing is not None:
            self._stop_editing()
        elif self._filter_field.value:
            self._filter_field.value = ""
        else:
            self.dismiss(None)

    def _path_label(self, around: int) -> str:
        """The path of the file, as long as there is space for it beside other cells."""
        path = str(self._editor.path)
        home = str(Path.home())
        path = f"~{path.removeprefix(home)}" if path.startswith(f"{home}/") else path
        room = max(12, min(100, self.size.width - 4) - around)
        return path if len(path) <= room else f"…{path[1 - room :]}"


def _error_text(error: LlmTuiError) -> str:
    return safe_line(" ".join(filter(None, (str(error), error.hint))))
