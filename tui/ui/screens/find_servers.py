"""The servers that were found on this machine, and how to start those that were not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tui.providers.discovery import FoundServer

_AROUND: Final = 8
"""Lines around the list: borders, message, keys."""

_LABEL_CELLS: Final = 19


class FindServersScreen(Dialog["FoundServer | None"]):
    """Looks for servers. Enter adds one in place.

    Returns a server that wants a key or is configured already, to be edited in the form; None when closed.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("f5", "search", show=False),
    ]

    def __init__(
        self,
        find: Callable[[], Awaitable[tuple[FoundServer, ...]]],
        add: Callable[[FoundServer], Awaitable[str]],
        found: Callable[[], tuple[FoundServer, ...]],
        commands: Mapping[str, str],
    ) -> None:
        """Args:
        find: Looks for servers.
        add: Adds a server as a provider; returns the provider's name.
        found: Returns the servers that were found last, as they are now.
        commands: How to start each server, by its name.
        """
        super().__init__()
        self._find = find
        self._add = add
        self._found = found
        self._commands = commands
        self._shown: tuple[FoundServer, ...] = ()

    def compose(self) -> ComposeResult:
        """A message, the servers, and the keys."""
        with DialogFrame("Servers on this machine", size="list"):
            yield Static("", id="message", classes="note", markup=False)
            yield RowList(markup=False)
            yield KeyLine([("Enter", "add or edit", "enter"), ("F5", "look again", "f5"), ("Esc", "close", "escape")])

    def on_mount(self) -> None:
        """Look for servers."""
        self.query_one(RowList).focus()
        self._search()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the list on the screen."""
        self.query_one(RowList).styles.max_height = max(2, event.size.height - _AROUND)

    def action_search(self) -> None:
        """Look again."""
        self._search()

    @work(group="search", exclusive=True)
    async def _search(self) -> None:
        self._show_message("looking…")
        try:
            found = await self._find()
        except LlmTuiError as error:
            self._show_error(error)
            return
        new = sum(not server.is_configured for server in found)
        self._show_message(
            "No server answers. Start one, then press F5."
            if not found
            else "All that answer are configured."
            if not new
            else "Enter adds a server to the config file."
        )
        self._show()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        server = self._shown[int(str(event.option.id))]
        if server.is_configured or server.needs_key:
            self.dismiss(server)
        else:
            self._run_add(server)

    @work(group="add", exclusive=True)
    async def _run_add(self, server: FoundServer) -> None:
        try:
            name = await self._add(server)
        except LlmTuiError as error:
            self._show_error(error)
        else:
            self._show_message(f"Added {server.label} as {name}.")
            self._show()

    @on(RowList.WidthChanged)
    def _show(self) -> None:
        listed = self.query_one(RowList)
        width = listed.row_cells
        at = listed.highlighted
        self._shown = self._found()
        rows = [Option(_found_row(server, width), id=str(index)) for index, server in enumerate(self._shown)]
        software = {server.software for server in self._shown}
        missing = [(name, command) for name, command in self._commands.items() if name not in software]
        if missing:
            rows.append(Option(Content.styled("Not found, and how to start it", "$accent bold"), disabled=True))
            rows += [Option(_missing_row(name, command, width), disabled=True) for name, command in missing]
        listed.clear_options()
        listed.add_options(rows)
        if self._shown:
            # First what can be added; then the cursor stays.
            new = (index for index, server in enumerate(self._shown) if not server.is_configured)
            listed.highlighted = next(new, 0) if at is None else min(at, len(self._shown) - 1)

    def _show_error(self, error: LlmTuiError) -> None:
        self._show_message(" ".join(filter(None, (str(error), error.hint))))

    def _show_message(self, text: str) -> None:
        self.query_one("#message", Static).update(Content(safe_line(text)))


def _found_row(server: FoundServer, width: int) -> Content:
    mark, colour = ("▲", "$warning") if server.needs_key else ("●", "$success")
    count = "" if server.n_models is None else "1 model" if server.n_models == 1 else f"{server.n_models} models"
    if server.is_configured:
        state = f"configured as {safe_line(server.configured_as)}"
    else:
        state = "wants a key" if server.needs_key else "new"
    label = Content(safe_line(server.label)).truncate(_LABEL_CELLS, ellipsis=True, pad=True)
    where = safe_line(server.base_url.removeprefix("http://"))
    details = f"{where} · {count}" if count else where
    right = Content.styled(state, "$dim" if server.is_configured else "bold $user")
    room = max(8, width - _LABEL_CELLS - right.cell_length - 5)
    left = Content(details).truncate(room, ellipsis=True, pad=True)
    return Content.assemble((mark, colour), " ", label, " ", left, "  ", right)


def _missing_row(name: str, command: str, width: int) -> Content:
    label = Content(name).truncate(_LABEL_CELLS, ellipsis=True, pad=True)
    before = _LABEL_CELLS + 3
    # A command that is cut cannot be typed from the screen.
    lines = wrap(command, max(8, width - before), break_on_hyphens=False)
    shown = f"\n{' ' * before}".join(lines)
    return Content.assemble(("○", "$dim"), " ", label, " ", (shown, "$second"))
