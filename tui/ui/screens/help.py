"""Help: all commands and their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.ui.markdown.lines import Run, wrap
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, FilterField, KeyLine
from tui.workspace.command import Place
from tui.workspace.command_search import find_commands
from tui.workspace.commands import BY_SLASH, COMMANDS
from tui.workspace.keys import Keys

_PLACES: Final[dict[Place, str]] = {
    "prompt": "In the prompt",
    "anywhere": "Anywhere",
    "log": "In the conversation",
    "call": "On a tool call that asks",
    "sidebar": "In the sidebar",
}
_TYPED: Final = "Typed in the prompt"
_MARKS: Final = (
    ("●", "$success", "server reachable"),
    ("○", "$dim", "not reachable"),
    ("◌", "$dim", "being asked"),
    ("▲", "$warning", "needs a look"),
    ("›", "$user", "you are here"),
    ("»", "$accent", "streaming"),
    ("…", "$dim", "queued"),
    ("◆", "$accent", "an answer; unread in the list"),
    ("✗", "$error", "failed"),
    ("◦", "$dim", "stopped by you"),
    ("∴", "$second", "thinking"),
    ("ƒ", "$second", "tool"),
    ("■", "$success", "model in memory"),
    ("□", "$second", "model on disk"),
    ("★", "$user", "favourite"),
    ("↗", "$warning", "leaves this machine"),
    ("▸ ▾", "$dim", "folded, unfolded"),
    ("‹ 2/3 ›", "$dim", "second of three versions"),
    ("∙ ∙ ∙", "$dim", "waiting for the first token"),
    ("▍", "$accent", "where text arrives"),
    ("▎", "$spark", "the keys act on this"),
    ("━━──", "$accent", "how full the context is"),
)
_GAP: Final = 3
_MIN_COLUMN: Final = 33
"""Cells that a column needs. Where there is less space than for two, there is one."""

_MAX_KEYS: Final = 14
"""Cells of a column for keys. Longer ones have a line of their own."""


class _Row(NamedTuple):
    keys: str
    help: str
    name: str = ""
    """The command's name in `[keys]`. Empty for one without keys."""


class HelpScreen(Dialog[None]):
    """Lists all commands with the keys in use, and the slash commands. Typing finds some of them."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss", show=False),
        *cursor_bindings("scroll"),
    ]
    DEFAULT_CSS = """
    HelpScreen VerticalScroll {
        height: auto; scrollbar-size-vertical: 1; scrollbar-color: $line; scrollbar-background: $raised;
    }
    HelpScreen DialogFrame { max-height: 100%; }
    HelpScreen #rows { height: auto; width: 100%; }
    """

    def __init__(self, keys: Keys) -> None:
        """Args:
        keys: The keys in use.
        """
        super().__init__()
        self._keys = keys
        self._closing_keys = {key.strip() for key in keys.of("help").split(",")}

    def compose(self) -> ComposeResult:
        """A field that finds commands, and the commands of each place."""
        with DialogFrame("Help", size="list"):
            yield FilterField(placeholder="type a key or a word")
            with VerticalScroll(can_focus=False):
                yield Static("", id="rows", markup=False)
            yield KeyLine([("↑↓", "scroll", ""), ("Esc", "close", "escape")])

    def on_mount(self) -> None:
        """Show everything."""
        self.query_one(Input).focus()
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        """Lay the columns out for the new width."""
        self.query_one(VerticalScroll).styles.max_height = max(1, self.size.height - 10)
        self.call_after_refresh(self._show)

    def on_key(self, event: events.Key) -> None:
        """The user's key for help closes it too."""
        if event.key in self._closing_keys:
            # Without this, the chat behind would open it again.
            event.stop()
            self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scroll, and stay in the field."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    @on(Input.Changed)
    def _show(self) -> None:
        typed = self.query_one(Input).value.strip()
        width = self.query_one(VerticalScroll).scrollable_content_region.width - 1
        lines = self._found(typed, width) if typed else self._all(width)
        self.query_one("#rows", Static).update(Content("\n").join(lines))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @property
    def text(self) -> str:
        """What is listed, as plain text, for tests."""
        return str(self.query_one("#rows", Static).content)

    def rows(self, place: Place) -> list[_Row]:
        """The commands of a place that have keys."""
        return [
            _Row(self._keys.label(command.name), command.help, command.name)
            for command in COMMANDS
            if command.place == place and self._keys.of(command.name)
        ]

    def _all(self, width: int) -> list[Content]:
        typed = [*(_Row(each.usage, each.typed_help) for each in BY_SLASH.values()), _Row("@FILE", "Attach a file")]
        groups = [*((title, self.rows(place)) for place, title in _PLACES.items()), (_TYPED, typed)]
        is_double = width >= 2 * _MIN_COLUMN + _GAP
        column = (width - _GAP) // 2 if is_double else width
        blocks = [_block(title, rows, column) for title, rows in groups]
        lines = _side_by_side(blocks, column) if is_double else [line for block in blocks for line in block]
        return [*lines, *_legend(width)]

    def _found(self, typed: str, width: int) -> list[Content]:
        """The commands that a text finds, by their keys or words, with their names in `[keys]`."""
        by_key = [
            command for command in COMMANDS if typed.casefold() in self._keys.label(command.name).casefold().split(", ")
        ]
        found = dict.fromkeys([*by_key, *find_commands(typed.lstrip("/"), COMMANDS)])
        marks = [
            Content.assemble((mark, colour), "  ", (meaning, "$text"))
            for mark, colour, meaning in _MARKS
            if typed == mark or typed.casefold() in f"mark {meaning}"
        ]
        if not found and marks:
            return [Content.styled("Marks", "bold $accent"), *marks]
        if not found:
            return [Content.styled("Nothing found.", "$dim")]
        lines = [Content.styled("Names are those of [keys] in the config file.", "$dim"), Content()]
        for command in found:
            keys = self._keys.label(command.name) or (command.usage if command.slash else "")
            name = Content.styled(command.name, "$dim")
            row = _Row(keys, command.help)
            first, *rest = _row_lines(row, max(20, width - name.cell_length - 2), 24)
            lines += [_padded(first, width - name.cell_length).append(name), *rest]
        return [*lines, Content(), Content.styled("Marks", "bold $accent"), *marks] if marks else lines


def _block(title: str, rows: Sequence[_Row], width: int) -> list[Content]:
    lines = [Content.styled(title, "bold $accent")]
    rows = [row._replace(keys=_shortened(row.keys)) for row in rows]
    keys = min(_MAX_KEYS, max(len(row.keys) for row in rows) + 2)
    for row in rows:
        lines += _row_lines(row, width, keys)
    return [*lines, Content()]


def _shortened(keys: str) -> str:
    """The first of several keys, and as many others as fit."""
    shown, *others = keys.split(", ")
    for key in others:
        if len(shown) + len(key) + 4 > _MAX_KEYS:
            break
        shown += f", {key}"
    return shown


def _row_lines(row: _Row, width: int, keys: int) -> Iterator[Content]:
    """A row: its keys, and its help beside them. Help that does not fit is wrapped; long keys stand above it."""
    label = Content.styled(row.keys, "bold $user")
    helps = [line.text for line in wrap([Run(row.help)], max(8, width - keys))]
    if label.cell_length > keys - 2:
        yield label.truncate(width, ellipsis=True)
        label = Content()
    for text in helps:
        yield _padded(label, keys).append(Content.styled(text, "$text"))
        label = Content()


def _side_by_side(blocks: Sequence[list[Content]], width: int) -> list[Content]:
    """Blocks in two columns of about the same height, in reading order."""
    total = sum(map(len, blocks))
    left: list[Content] = []
    right: list[Content] = []
    for block in blocks:
        (left if not right and len(left) + len(block) / 2 <= total / 2 else right).extend(block)
    height = max(len(left), len(right))
    pairs = zip(
        [*left, *[Content()] * (height - len(left))], [*right, *[Content()] * (height - len(right))], strict=True
    )
    return [_padded(first, width + _GAP).append(second) for first, second in pairs]


def _legend(width: int) -> list[Content]:
    """What the marks mean."""
    lines = [Content.styled("Marks", "bold $accent")]
    row = Content()
    for mark, colour, meaning in _MARKS:
        part = Content.assemble((mark, colour), " ", (meaning, "$text")).truncate(width, ellipsis=True)
        if row and row.cell_length + 3 + part.cell_length > width:
            lines.append(row)
            row = Content()
        row = Content.assemble(row, "   " if row else "", part)
    return [*lines, row]


def _padded(content: Content, width: int) -> Content:
    return Content.assemble(content, " " * max(0, width - content.cell_length))
