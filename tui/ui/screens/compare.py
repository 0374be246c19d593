"""One prompt, several answers side by side, as they stream in; one of them to go on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.chat.conversation import Conversation
from tui.chat.formatting import format_stats
from tui.chat.message import ChatMessage
from tui.chat.safe_text import safe_line
from tui.ui.desk import Held
from tui.ui.markdown.lines import Line
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.status_bar import format_meter

_TICK_S = 0.25
_WIDE = 76
"""Cells from which on the figures of an answer find room on one line."""

_LEAST_WIDTH = 36
"""Cells below which columns are laid below each other."""


class AnswerColumn(Vertical):
    """One of the answers: who gives it, the answer, and how it stands."""

    DEFAULT_CSS = """
    AnswerColumn { width: 1fr; height: 1fr; border: round $foreground 20%; border-title-color: $foreground 80%; }
    AnswerColumn:focus-within { border: round $primary; }
    AnswerColumn MessageLog { height: 1fr; }
    AnswerColumn Static { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, held: Held, number: int) -> None:
        """Args:
        held: Who answers.
        number: Its place, from 1.
        """
        super().__init__()
        self.held = held
        self.log_ = MessageLog()
        self._figures = Static("", markup=False)
        session = held.session
        self.border_title = Content(f"{number} {safe_line(session.model)} · {safe_line(session.provider.name)}")

    def compose(self) -> ComposeResult:
        """The answer, and its figures below it."""
        yield self.log_
        yield self._figures

    def tick(self) -> None:
        """Show how the answer stands."""
        session = self.held.session
        ended = session.ended
        if self.held.turn is not None and (meter := self.held.watch.meter(session.stage)) is not None:
            words = format_meter(meter)
        elif ended is not None:
            words = format_stats(ended.answer) or ("nothing came" if ended.answer.is_empty else "")
        else:
            words = ""
        # All of it is what one compares by: where a line is too short, it has two.
        self._figures.styles.height = 1 if self.size.width >= _WIDE else 2
        self._figures.update(Content(words))


class CompareScreen(ModalScreen[Held | None]):
    """Answers in columns. Gives the one that the user goes on with; None for none of them."""

    AUTO_FOCUS = ""
    """None has the focus at first: then Esc means them all."""

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

    def __init__(self, answering: Sequence[Held], stop: Callable[[Held], None]) -> None:
        """Args:
        answering: Who answers, in the order of the columns.
        stop: Stops one of them.
        """
        super().__init__()
        self._stop = stop
        self.columns = [AnswerColumn(held, number) for number, held in enumerate(answering, 1)]

    def compose(self) -> ComposeResult:
        """The answers, and the keys."""
        with Container(id="columns"):
            yield from self.columns
        yield Static("", id="keys", markup=False)

    def on_mount(self) -> None:
        """Show how the answers stand, a few times a second."""
        self.set_interval(_TICK_S, self.tick)
        self.tick()

    def on_resize(self, event: events.Resize) -> None:
        """Lay the columns below each other where there is no room for them side by side."""
        self.query_one("#columns").set_class(event.size.width < _LEAST_WIDTH * len(self.columns), "narrow")

    def tick(self) -> None:
        """Show how the answers stand, and what can be done."""
        for column in self.columns:
            column.tick()
        running = any(column.held.turn is not None for column in self.columns)
        stops = "Esc stops it" if self._focused is not None else "Esc stops all"
        self.query_one("#keys", Static).update(
            f"←→ choose a column · Enter goes on with it · {stops if running else 'Esc closes: all are kept'}"
        )

    def action_go(self, by: int) -> None:
        """Go to another column."""
        at = self._at
        first = 0 if by > 0 else len(self.columns) - 1
        self.columns[first if at is None else (at + by) % len(self.columns)].log_.focus()
        self.tick()

    def action_stop(self) -> None:
        """Stop the answer of the column with the focus, else all of them; close when there is nothing to stop."""
        at = self._at
        running = [column for column in self.columns if column.held.turn is not None]
        if not running:
            self.dismiss(None)
            return
        here = [] if at is None or self.columns[at] not in running else [self.columns[at]]
        for column in here or running:
            self._stop(column.held)

    def action_choose(self, number: int | None = None) -> None:
        """Go on with a column: that of a number, else that with the focus."""
        at = self._at if number is None else number - 1
        if at is None:
            self.notify("Which one? ←→ choose, or press its number.", markup=False, timeout=3)
        elif at < len(self.columns):
            self.dismiss(self.columns[at].held)

    def action_scroll(self, how: str) -> None:
        """Scroll the column with the focus, or all of them."""
        at = self._at
        for column in self.columns if at is None else [self.columns[at]]:
            getattr(column.log_, f"scroll_{how}")(animate=False)

    @property
    def _focused(self) -> AnswerColumn | None:
        return None if self._at is None else self.columns[self._at]

    @property
    def _at(self) -> int | None:
        return next((at for at, column in enumerate(self.columns) if column.log_.has_focus), None)


def nothing_yet(_: int) -> list[Line]:
    """What stands in a column before its answer begins."""
    return []


def alone(prompt: ChatMessage) -> Conversation:
    """A conversation in which nothing was said yet: a prompt and its answer are to be all that is shown."""
    return Conversation(prompt.id)
