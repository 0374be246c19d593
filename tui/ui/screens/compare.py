"""Several answers to one prompt, side by side as they stream in. The user goes on with one of them."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.chat.conversation import Conversation
from tui.chat.formatting import format_stats
from tui.chat.message import ChatMessage
from tui.chat.safe_text import safe_line
from tui.ui.markdown.lines import Line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.status_bar import format_meter
from tui.workspace.comparison import Comparison
from tui.workspace.open_conversation import OpenConversation

_TICK_S = 0.25
_WIDE = 76
"""Cells from which on the statistics of an answer fit on one line."""

_MIN_WIDTH = 36
"""Cells below which columns are stacked."""


class AnswerColumn(Vertical):
    """One of the answers: its model, its text, and its progress."""

    DEFAULT_CSS = """
    AnswerColumn { width: 1fr; height: 1fr; border: round $foreground 20%; border-title-color: $foreground 80%; }
    AnswerColumn:focus-within { border: round $primary; }
    AnswerColumn MessageLog { height: 1fr; }
    AnswerColumn Static { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, answer: OpenConversation, number: int) -> None:
        """Args:
        answer: The answer.
        number: Its number, from 1.
        """
        super().__init__()
        self.answer = answer
        self.log_ = MessageLog()
        self._stats = Static("", markup=False)
        session = answer.session
        self.border_title = Content(f"{number} {safe_line(session.model)} · {safe_line(session.provider.name)}")

    def compose(self) -> ComposeResult:
        """The answer, with its statistics below."""
        yield self.log_
        yield self._stats

    def tick(self) -> None:
        """Show the progress of the answer, or its statistics."""
        session = self.answer.session
        ended = session.last_turn
        if self.answer.is_running and (progress := self.answer.stats.progress(session.stage)) is not None:
            text = format_meter(progress)
        elif ended is not None:
            text = format_stats(ended.answer) or ("no answer" if ended.answer.is_empty else "")
        else:
            text = ""
        # Everything is shown, because it is what users compare by: a narrow column gets two lines.
        self._stats.styles.height = 1 if self.size.width >= _WIDE else 2
        self._stats.update(Content(text))


class CompareScreen(Dialog[OpenConversation | None]):
    """Answers in columns. Returns the one to go on with, or None."""

    AUTO_FOCUS = ""
    """No column has the focus at first, so that Esc stops all answers."""

    BINDINGS: ClassVar = [
        Binding("left,shift+tab", "go(-1)", show=False, priority=True),
        Binding("right,tab", "go(1)", show=False, priority=True),
        Binding("escape", "stop", show=False, priority=True),
        Binding("enter", "choose", show=False, priority=True),
        *(Binding(str(number), f"choose({number})", show=False, priority=True) for number in range(1, 5)),
        Binding("pageup", "scroll('page_up')", show=False, priority=True),
        Binding("pagedown", "scroll('page_down')", show=False, priority=True),
        Binding("up", "scroll('up')", show=False, priority=True),
        Binding("down", "scroll('down')", show=False, priority=True),
        Binding("ctrl+home", "scroll('home')", show=False, priority=True),
        Binding("ctrl+end", "scroll('end')", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    CompareScreen { background: $background; }
    CompareScreen > #columns { layout: horizontal; height: 1fr; }
    CompareScreen > #columns.narrow { layout: vertical; }
    CompareScreen > #keys { height: 1; padding: 0 2; color: $text-muted; }
    """

    def __init__(self, comparison: Comparison) -> None:
        """Args:
        comparison: The answers, in the order of the columns.
        """
        super().__init__()
        self._comparison = comparison
        self.columns = [AnswerColumn(answer, number) for number, answer in enumerate(comparison.answers, 1)]

    def compose(self) -> ComposeResult:
        """The answers, and the keys."""
        with Container(id="columns"):
            yield from self.columns
        yield Static("", id="keys", markup=False)

    def on_mount(self) -> None:
        """Show the progress a few times a second."""
        self.set_interval(_TICK_S, self.tick)
        self.tick()

    def on_resize(self, event: events.Resize) -> None:
        """Stack the columns where they do not fit side by side."""
        self.query_one("#columns").set_class(event.size.width < _MIN_WIDTH * len(self.columns), "narrow")

    def tick(self) -> None:
        """Show the progress of all answers, and the keys."""
        for column in self.columns:
            column.tick()
        running = any(column.answer.is_running for column in self.columns)
        stop = "Esc stop" if self._focused is not None else "Esc stop all"
        self.query_one("#keys", Static).update(
            f"←→ select · Enter continue with it · {stop if running else 'Esc close (all answers are kept)'}"
        )

    def action_go(self, by: int) -> None:
        """Go to another column."""
        at = self._at
        first = 0 if by > 0 else len(self.columns) - 1
        self.columns[first if at is None else (at + by) % len(self.columns)].log_.focus()
        self.tick()

    def action_stop(self) -> None:
        """Stop the answer in the focused column, or all of them; close when none is streaming."""
        at = self._at
        running = [column for column in self.columns if column.answer.is_running]
        if not running:
            self.dismiss(None)
            return
        here = [] if at is None or self.columns[at] not in running else [self.columns[at]]
        for column in here or running:
            self._comparison.stop(column.answer)

    def action_choose(self, number: int | None = None) -> None:
        """Go on with the column of a number, or with the focused one."""
        at = self._at if number is None else number - 1
        if at is None:
            self.notify("Select a column first (←→), or press its number.", markup=False, timeout=3)
        elif at < len(self.columns):
            self.dismiss(self.columns[at].answer)

    def action_scroll(self, how: str) -> None:
        """Scroll the focused column, or all of them."""
        at = self._at
        for column in self.columns if at is None else [self.columns[at]]:
            getattr(column.log_, f"scroll_{how}")(animate=False)

    @property
    def _focused(self) -> AnswerColumn | None:
        return None if self._at is None else self.columns[self._at]

    @property
    def _at(self) -> int | None:
        return next((at for at, column in enumerate(self.columns) if column.log_.has_focus), None)


def no_lines(_: int) -> list[Line]:
    """A column is empty until its answer begins."""
    return []


def empty_conversation(prompt: ChatMessage) -> Conversation:
    """A conversation without messages: a column shows the prompt and its answer only."""
    return Conversation(prompt.id)
