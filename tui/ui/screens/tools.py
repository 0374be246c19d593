"""The tools of a conversation: which servers and tools are on, and how the servers are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.formatting import format_count
from tui.chat.safe_text import safe_line
from tui.chat.visible_text import readable_line
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog, ask
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tui.chat.tool_servers import ServerStatus
    from tui.chat.tools import Approval, ToolSpec
    from tui.workspace.conversation_tools import ServerRow

_MAX_ABOUT: Final = 400
"""Characters of a description that are shown."""

_AROUND: Final = 12
"""Lines around the list: borders, message, details, keys."""

_STATUSES: Final[dict[ServerStatus, tuple[str, str, str]]] = {
    "down": ("◌", "$dim", "not started"),
    "starting": ("◌", "$dim", "starting"),
    "up": ("●", "$success", "up"),
    "failed": ("○", "$error", "failed"),
}
"""For each status of a server its mark, the mark's colour, and a word."""

_NO_SERVERS: Final = "No tool server is configured. Alt+I imports an mcp.json; or add a table [mcp.NAME] to the config."


class ToolsScreen(Dialog[None]):
    """Lists the tool servers and their tools. Enter switches one on or off in this conversation."""

    DEFAULT_CSS = """
    ToolsScreen RowList { scrollbar-gutter: stable; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("alt+r", "restart", show=False),
        Binding("alt+a", "ask_again", show=False),
        Binding("alt+i", "import_file", show=False),
    ]

    def __init__(
        self,
        rows: Callable[[], Sequence[ServerRow]],
        *,
        list_tools: Callable[[], Awaitable[None]],
        restart: Callable[[str], Awaitable[None]],
        switch_server: Callable[[str, bool], None],
        switch_tool: Callable[[str, bool], None],
        is_tool_on: Callable[[str], bool],
        allowed_by: Callable[[ToolSpec], Approval | None],
        ask_again: Callable[[ToolSpec], Awaitable[None]],
        import_file: Callable[[str], Awaitable[str]],
    ) -> None:
        """Args:
        rows: Returns the servers as they are now.
        list_tools: Lists the tools of the servers that are up.
        restart: Starts a server, or ends it and starts it again.
        switch_server: Switches the tools of a server on or off.
        switch_tool: Switches a tool on or off, by its full name.
        is_tool_on: Whether a tool is on, by its full name.
        allowed_by: Who has allowed a tool to run without asking. None for nobody.
        ask_again: Lets a tool no longer run without asking.
        import_file: Imports a file; returns what was done, in one sentence.
        """
        super().__init__()
        self._rows = rows
        self._list_tools = list_tools
        self._restart_server = restart
        self._switch_server = switch_server
        self._switch_tool = switch_tool
        self._is_tool_on = is_tool_on
        self._allowed_by = allowed_by
        self._ask_again = ask_again
        self._import_servers = import_file
        self._shown: list[tuple[ServerRow, ToolSpec | None]] = []
        """What each row shows: a server, or one of its tools."""

    def compose(self) -> ComposeResult:
        """A message, the servers with their tools, the details of one, and the keys."""
        with DialogFrame("Tools of this conversation", size="list"):
            yield Static("", id="message", classes="message", markup=False)
            yield RowList(markup=False)
            yield Static("", id="details", classes="note", markup=False)
            yield KeyLine(
                [
                    ("Enter", "on/off", "enter"),
                    ("Alt+R", "restart", "alt+r"),
                    ("Alt+A", "ask again", "alt+a"),
                    ("Alt+I", "import", "alt+i"),
                    ("Esc", "close", "escape"),
                ]
            )

    def on_mount(self) -> None:
        """List the tools of the servers that are up. None is started for that."""
        self.query_one(RowList).focus()
        self.refresh_rows()
        self._list()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the list on the screen, and lay its rows out for the width."""
        self.query_one(RowList).styles.max_height = max(2, event.size.height - _AROUND)
        self.call_after_refresh(self.refresh_rows)

    def refresh_rows(self) -> None:
        """Show the servers and tools as they are now."""
        if not self.is_attached:
            return
        listed = self.query_one(RowList)
        width = max(20, listed.row_cells)
        at = listed.highlighted
        self._shown = []
        options: list[Option] = []
        for row in self._rows():
            self._shown.append((row, None))
            options.append(Option(_server_row(row, width)))
            for spec in row.tools:
                self._shown.append((row, spec))
                is_on = row.is_on and self._is_tool_on(spec.full_name)
                options.append(Option(_tool_row(spec, self._allowed_by(spec), width, is_on=is_on)))
        listed.clear_options()
        listed.add_options(options)
        if options:
            listed.highlighted = min(at or 0, len(options) - 1)
        else:
            self._show_message(_NO_SERVERS)
        self._show_details()

    @work(group="list", exclusive=True)
    async def _list(self) -> None:
        self.refresh_rows()
        try:
            await self._list_tools()
        except LlmTuiError as error:
            self._show_error(error)
        self.refresh_rows()

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        """Show what the highlighted row has no space for."""
        self.query_one("#details", Static).update(Content("\n").join(self._details()))

    @on(OptionList.OptionSelected)
    def _switch(self) -> None:
        if (chosen := self._chosen) is None:
            return
        row, spec = chosen
        if spec is None:
            self._switch_server(row.state.name, not row.is_on)
        elif not row.is_on:
            self._show_message(f"Switch {row.state.name} on first.")
            return
        else:
            self._switch_tool(spec.full_name, not self._is_tool_on(spec.full_name))
        self._show_message("")
        self.refresh_rows()

    def action_restart(self) -> None:
        """Start the server of the row, or end it and start it again."""
        if (chosen := self._chosen) is not None:
            self._restart(chosen[0].state.name)

    def action_ask_again(self) -> None:
        """Let the tool of the row no longer run without asking."""
        chosen = self._chosen
        spec = None if chosen is None else chosen[1]
        if spec is None or self._allowed_by(spec) is None:
            self._show_message("Only a tool that is allowed can be asked about again.")
        else:
            self._withdraw(spec)

    @work(group="withdraw")
    async def _withdraw(self, spec: ToolSpec) -> None:
        try:
            await self._ask_again(spec)
        except LlmTuiError as error:
            self._show_error(error)
        else:
            self._show_message(f"{spec.full_name} asks before it runs.")
            # The servers may have been given their settings anew.
            self._list()

    def action_import_file(self) -> None:
        """Ask for a file, and import it."""
        self._import()

    @work(group="restart")
    async def _restart(self, name: str) -> None:
        self._show_message(f"Starting {name}…")
        try:
            await self._restart_server(name)
            await self._list_tools()
        except LlmTuiError as error:
            self._show_error(error)
        else:
            self._show_message("")
        self.refresh_rows()

    @work(group="import", exclusive=True)
    async def _import(self) -> None:
        from tui.ui.screens.one_line import OneLineScreen

        note = "The file of Claude Desktop, LM Studio or another program. Its servers start with your next prompt."
        path = await ask(self, OneLineScreen("Import an mcp.json", note, "import"))
        if not path:
            return
        try:
            self._show_message(await self._import_servers(path))
        except LlmTuiError as error:
            self._show_error(error)
        self.refresh_rows()

    @property
    def _chosen(self) -> tuple[ServerRow, ToolSpec | None] | None:
        at = self.query_one(RowList).highlighted
        return None if at is None or at >= len(self._shown) else self._shown[at]

    def _details(self) -> list[Content]:
        if (chosen := self._chosen) is None:
            return []
        row, spec = chosen
        if spec is not None:
            return [Content(readable_line(spec.description[:_MAX_ABOUT]) or "Its server does not describe it.")]
        state = row.state
        lines = [Content(safe_line(state.reason))] if state.reason else []
        lines += [Content(safe_line(line)) for line in state.log_lines[-3:]]
        if state.log is not None:
            lines.append(Content(f"Log: {safe_line(str(state.log))}"))
        return lines

    def _show_error(self, error: LlmTuiError) -> None:
        self._show_message(" ".join(filter(None, (str(error), error.hint))))

    def _show_message(self, text: str) -> None:
        if self.is_mounted:
            self.query_one("#message", Static).update(Content(safe_line(text)))


def _server_row(row: ServerRow, width: int) -> Content:
    mark, colour, word = _STATUSES[row.state.status]
    count = f" · {format_count(len(row.tools), 'tool')}" if row.tools else ""
    left = Content.assemble(
        _box(is_on=row.is_on), " ", (safe_line(row.state.name), "bold $text"), "  ", (mark, colour), f" {word}{count}"
    )
    reason = Content.styled(safe_line(row.state.reason), "$dim")
    return Content.assemble(left, "  ", reason).truncate(width, ellipsis=True)


def _tool_row(spec: ToolSpec, approval: Approval | None, width: int, *, is_on: bool) -> Content:
    hints = [
        *(["runs without asking" if approval == "config" else "allowed here"] if approval else []),
        *(["reads only"] if spec.read_only else []),
        *(["may destroy something"] if spec.destructive else []),
    ]
    name = Content(readable_line(spec.name)).truncate(30, ellipsis=True)
    words = (f"  {', '.join(hints)}", "$warning" if spec.destructive else "$second") if hints else ""
    about = (f"  {readable_line(spec.description[:_MAX_ABOUT])}", "$dim")
    return Content.assemble("    ", _box(is_on=is_on), " ", name, words, about).truncate(width, ellipsis=True)


def _box(*, is_on: bool) -> Content:
    return Content.styled("[x]" if is_on else "[ ]", "$user" if is_on else "$dim")
