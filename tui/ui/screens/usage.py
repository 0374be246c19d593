"""Tokens, answers and speed of all saved answers, as tables with bars."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.chat.formatting import format_count
from tui.chat.usage import UsageReport
from tui.chat.usage_tables import FIRST_TEXT, MAX_DAYS, MAX_NAME, UsageTable, draw_bar, usage_summary, usage_tables
from tui.ui.screens.dialog import Dialog, cursor_bindings
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine

_BAR: Final = " ━"
_MAX_BAR: Final = 24
_MIN_BAR: Final = 6
_SHAPES: Final = ((MAX_NAME, True), (24, True), (18, True), (24, False), (18, False), (14, False), (10, False))
"""What to try until there is space for bars: characters of names, and whether to show times to the first token."""

_CHROME: Final = 10
"""Lines that are not the tables'."""


class UsageScreen(Dialog[None]):
    """Shows the usage by model, provider and day."""

    DEFAULT_CSS = """
    UsageScreen VerticalScroll {
        height: auto; scrollbar-size-vertical: 1; scrollbar-color: $line; scrollbar-background: $raised;
    }
    UsageScreen #tables { height: auto; margin-top: 1; text-wrap: nowrap; }
    """
    BINDINGS: ClassVar = [
        Binding("escape,enter", "dismiss(None)", show=False),
        *cursor_bindings("scroll"),
    ]

    def __init__(self, report: UsageReport) -> None:
        """Args:
        report: The usage.
        """
        super().__init__()
        self._report = report

    def compose(self) -> ComposeResult:
        """The totals, the tables, and the keys."""
        answers = self._report.total.answers
        with DialogFrame("Usage", size="list", state=format_count(answers, "answer") if answers else ""):
            if answers:
                yield Static(Content("\n".join(usage_summary(self._report))), classes="note", markup=False)
                with VerticalScroll(can_focus=False):
                    yield Static("", id="tables", markup=False)
            else:
                yield Static("No answers are saved yet. They are counted from the first one.", classes="note")
            keys = [("Esc", "close", "escape")]
            yield KeyLine([("↑↓", "scroll", ""), *keys] if answers else keys)

    def on_mount(self) -> None:
        """Draw the tables when their width is known."""
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Another width has space for other bars."""
        self.call_after_refresh(self._draw)

    def action_scroll(self, by: int) -> None:
        """Scroll by some lines."""
        for area in self.query(VerticalScroll):
            area.scroll_relative(y=by, animate=False)

    def _draw(self) -> None:
        for area in self.query(VerticalScroll):
            area.styles.max_height = max(1, self.size.height - _CHROME)
            # A column is left to the scroll bar.
            width = area.content_size.width - 1
            self.query_one("#tables", Static).update(usage_content(self._report, width))


def usage_content(report: UsageReport, width: int) -> Content:
    """The tables, with bars where there is space for them. Long names are cut for that, and a column may go.

    Args:
        report: The usage of at least one answer.
        width: Cells that there are.
    """
    parts = []
    for shapes in zip(*(_shaped(report, *shape) for shape in _SHAPES), strict=True):
        fitting = (each for each in shapes if len(each.lines()[0]) + 2 + _MIN_BAR <= width)
        parts.append(_table(next(fitting, shapes[-1]), width))
    if (hidden := len(report.by_day) - MAX_DAYS) > 0:
        earlier = f"{format_count(hidden, 'earlier day')}: `llm-tui usage --json` has all."
        parts.append(Content.assemble((earlier, "$dim")))
    return Content("\n\n").join(parts)


def _shaped(report: UsageReport, max_name: int, has_first_token: bool) -> list[UsageTable]:
    tables = usage_tables(report, max_name)
    return tables if has_first_token else [each.without(FIRST_TEXT) for each in tables]


def _table(table: UsageTable, width: int) -> Content:
    header, *rows = table.lines()
    room = min(_MAX_BAR, width - len(header) - 2)
    lines = [Content.assemble((header, "bold $accent"))]
    for row, share in zip(rows, table.shares, strict=True):
        bar = draw_bar(share, room, _BAR) if room >= _MIN_BAR else ""
        lines.append(Content.assemble((row, "$text"), "  ", (bar, "$accent")))
    return Content("\n").join(lines)
