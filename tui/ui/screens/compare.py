"""Several answers to one prompt, side by side as they stream in. The user continues with one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.chat.conversation import Conversation
from tui.chat.formatting import model_label
from tui.chat.message import AnswerStats, ChatMessage
from tui.chat.safe_text import safe_line
from tui.ui.log.entries import PromptEntry
from tui.ui.log.scrollback import Scrollback
from tui.ui.markdown.lines import Line
from tui.ui.screens.dialog import Dialog
from tui.ui.widgets.dialog_frame import KeyLine, arrow_hint
from tui.ui.widgets.figure_bars import figure_bars
from tui.ui.widgets.key_bar import KeyHint
from tui.ui.widgets.line_view import LineView
from tui.ui.widgets.message_log import MessageLog
from tui.workspace.comparison import Comparison
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.target import Target

_TICK_S = 0.25

_MIN_WIDTH = 36
"""Cells of a column. Where there is no room for all of them, some are shown."""

_MIN_HEIGHT = 20
"""Lines of the screen from which on there is space for figures."""

_PROMPT_SHARE = 4
"""The prompt has at most one line in as many of the screen."""

_USE: Final = "compare:use"
"""The command of what can be done about a failure."""


class PromptCard(LineView):
    """The prompt that all answers are for, above them."""

    DEFAULT_CSS = """
    PromptCard { height: 3; }
    """

    def __init__(self, prompt: ChatMessage) -> None:
        """Args:
        prompt: The prompt.
        """
        scrollback = Scrollback()
        scrollback.show([PromptEntry(prompt)])
        scrollback.go_to(0)
        super().__init__(scrollback)
        self.can_focus = False

    def on_resize(self) -> None:
        """Be as high as the prompt, up to a limit."""
        super().on_resize()
        self.styles.height = max(1, min(self._scrollback.total, self.screen.size.height // _PROMPT_SHARE))


class AnswerColumn(Vertical):
    """One of the answers: its model, its text, and its progress."""

    DEFAULT_CSS = """
    AnswerColumn { width: 1fr; min-width: 1; height: 1fr; margin: 0 1; border-top: solid $line; }
    AnswerColumn.-selected { border-top: heavy $spark; }
    AnswerColumn MessageLog { height: 1fr; }
    AnswerColumn Static { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    AnswerColumn #figures { height: auto; margin-top: 1; padding: 0 2; display: none; }
    AnswerColumn.-measured #figures { display: block; }
    """

    def __init__(self, answer: OpenConversation, number: int, *, leaves_machine: bool) -> None:
        """Args:
        answer: The answer.
        number: Its number, from 1.
        leaves_machine: Whether the prompt leaves this machine for it.
        """
        super().__init__()
        self.answer = answer
        self.log_ = MessageLog(only_answers=True)
        # The keys are those of the screen.
        self.log_.can_focus = False
        action = ("Enter", "Use this answer, to continue it or to ask again", _USE)
        self.log_.turns.failure_actions = lambda answer: (action,) if answer.can_continue else ()
        self._title = Static("", markup=False)
        self._figures = Static("", id="figures", markup=False)
        self._number = number
        self._leaves_machine = leaves_machine

    def compose(self) -> ComposeResult:
        """The model, and its answer with progress and statistics."""
        yield self._title
        yield self.log_
        yield self._figures

    @property
    def stats(self) -> AnswerStats | None:
        """The figures of the answer. None until it has ended."""
        path = self.answer.session.conversation.path
        return None if self.answer.is_running or not path or path[-1].role != "assistant" else path[-1].stats

    def show_figures(self, figures: Content) -> None:
        """Show the figures below the answer. Empty for none."""
        self.set_class(bool(figures), "-measured")
        self._figures.update(figures)

    def select(self, selected: bool) -> None:
        """Mark the column as the one to continue with, or not."""
        self.set_class(selected, "-selected")
        session = self.answer.session
        model, provider = model_label(session.model), safe_line(session.provider.name)
        self._title.update(
            Content.assemble(
                ("› " if selected else "  ", "bold $user"),
                (f"{self._number} ", "$dim"),
                ("↗ ", "$warning") if self._leaves_machine else "",
                (model, "bold $accent" if not selected else "bold $text"),
                (f"  {provider}", "$dim"),
            )
        )

    def tick(self) -> None:
        """Show the progress of the answer."""
        session, stats = self.answer.session, self.answer.stats
        self.log_.turns.tick(stats.progress(session.stage) if self.answer.is_running else None, stats.thinking_s)


class CompareScreen(Dialog[OpenConversation | None]):
    """Answers in columns. Returns the one to continue with, or None."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar = [
        Binding("left,shift+tab", "go(-1)", show=False, priority=True),
        Binding("right,tab", "go(1)", show=False, priority=True),
        Binding("escape", "stop", show=False, priority=True),
        Binding("s", "stop_one", show=False, priority=True),
        Binding("c", "copy", show=False, priority=True),
        Binding("f1", "help", show=False, priority=True),
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
    CompareScreen { background: $ground; }
    CompareScreen > #title { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    CompareScreen > KeyLine { background: $panel; margin: 0; }
    CompareScreen > #columns { layout: horizontal; height: 1fr; }
    """

    def __init__(
        self,
        comparison: Comparison,
        copy: Callable[[str, str], None],
        leaves_machine: Callable[[Target], bool],
        show_help: Callable[[], None],
        *,
        has_tools: bool,
    ) -> None:
        """Args:
        comparison: The answers, in the order of the columns.
        copy: Copies a text; its second argument says what it is.
        leaves_machine: Returns whether prompts to a model leave this machine.
        show_help: Shows all keys.
        has_tools: Whether tools are on in the conversation. Compared answers cannot use them, which is shown.
        """
        super().__init__()
        self._show_help = show_help
        self._has_tools = has_tools
        self._first = 0
        """The first column that is shown."""
        self._copy = copy
        self._comparison = comparison
        self.columns = [
            AnswerColumn(
                answer,
                number,
                leaves_machine=leaves_machine(Target(answer.session.provider.name, answer.session.model)),
            )
            for number, answer in enumerate(comparison.answers, 1)
        ]
        self._selected = 0
        self._measured: tuple[list[AnswerStats | None], int] = ([], 0)
        """What the figures below the answers show, and how wide they are."""

    def compose(self) -> ComposeResult:
        """The prompt, the answers, and the keys."""
        yield Static("", id="title", markup=False)
        yield PromptCard(self._comparison.prompt)
        with Container(id="columns"):
            yield from self.columns
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the progress a few times a second."""
        self._select(0)
        self.set_interval(_TICK_S, self.tick)
        self.tick()

    def on_resize(self) -> None:
        """Show as many columns as fit side by side."""
        self._fit()

    def tick(self) -> None:
        """Show the progress of all answers, and the keys."""
        for column in self.columns:
            column.tick()
        self._show_figures()
        running = [column for column in self.columns if column.answer.is_running]
        bar = self.query_one(KeyLine)
        stop_one = [KeyHint("s", "stop this one", "s")] if self._column in running and len(running) > 1 else []
        stop = ("stop all" if len(running) > 1 else "stop") if running else "close"
        bar.hints = (
            arrow_hint("←→", "column"),
            KeyHint("Enter", "use this answer", "enter"),
            KeyHint("c", "copy", "c"),
            *stop_one,
            KeyHint("Esc", stop, "escape", is_kept=True),
            KeyHint("F1", "help", "f1", is_kept=True),
        )
        bar.detail = f"» {len(running)} streaming" if running else "all answers are kept"

    def _show_figures(self) -> None:
        """Show the figures of the answers that have ended, where there is space for them."""
        width = self._column.size.width - 4
        has_space = self.size.height >= _MIN_HEIGHT
        measured = ([column.stats for column in self.columns] if has_space else [], width)
        if measured != self._measured:
            self._measured = measured
            figures = figure_bars(*measured) or [Content()] * len(self.columns)
            for column, lines in zip(self.columns, figures, strict=True):
                column.show_figures(lines)

    @on(MessageLog.CommandClicked)
    def _use_clicked(self, message: MessageLog.CommandClicked) -> None:
        message.stop()
        # The click has selected the column.
        self.call_later(self.action_choose)

    def action_help(self) -> None:
        """Show all keys."""
        self._show_help()

    @on(events.Click)
    def _select_clicked(self, event: events.Click) -> None:
        for at, column in enumerate(self.columns):
            if event.widget is not None and column in event.widget.ancestors_with_self:
                self._select(at)

    def action_go(self, by: int) -> None:
        """Go to another column."""
        self._select((self._selected + by) % len(self.columns))

    def action_stop(self) -> None:
        """Stop all answers; close when none is streaming."""
        running = [column for column in self.columns if column.answer.is_running]
        if not running:
            self.dismiss(None)
        for column in running:
            self._comparison.stop(column.answer)

    def action_stop_one(self) -> None:
        """Stop the answer in the selected column."""
        if self._column.answer.is_running:
            self._comparison.stop(self._column.answer)

    def action_copy(self) -> None:
        """Copy the answer in the selected column, or what has arrived of it."""
        session = self._column.answer.session
        answer = session.partial_answer or session.conversation.path[-1]
        text = answer.text if answer.role == "assistant" else ""
        self._copy(text, f"the answer of {model_label(session.model)}")

    def action_choose(self, number: int | None = None) -> None:
        """Continue with the answer of a column: the one with a number, or the selected one."""
        at = self._selected if number is None else number - 1
        if at < len(self.columns):
            self.dismiss(self.columns[at].answer)

    def action_scroll(self, how: str) -> None:
        """Scroll the selected column."""
        getattr(self._column.log_, f"scroll_{how}")(animate=False)

    @property
    def _column(self) -> AnswerColumn:
        return self.columns[self._selected]

    def _select(self, at: int) -> None:
        self._selected = at
        for number, column in enumerate(self.columns):
            column.select(number == at)
        self._fit()
        self.tick()

    def _fit(self) -> None:
        """Show the selected column, and as many beside it as fit; say which in the title."""
        count = len(self.columns)
        shown = max(1, min(count, self.size.width // _MIN_WIDTH))
        self._first = max(0, min(max(self._first, self._selected - shown + 1), self._selected, count - shown))
        for at, column in enumerate(self.columns):
            column.display = self._first <= at < self._first + shown
        title = safe_line(self._column.answer.session.conversation.title)
        numbers = f"{self._first + 1}–{self._first + shown}" if shown > 1 else f"{self._first + 1}"
        state = f"{count} models" if shown == count else f"{numbers} of {count} models"
        if self._has_tools:
            state += " · without tools"
        room = self.size.width - 2 - len("Compare   ") - len(state) - 3
        left = Content.assemble(("Compare", "bold $text"), "   ", (title, "$second"))
        left = left.truncate(max(len("Compare"), room + len("Compare   ")), ellipsis=True)
        space = max(1, self.size.width - 2 - left.cell_length - len(state))
        self.query_one("#title", Static).update(Content.assemble(left, " " * space, (state, "$dim")))


def no_lines(_: int) -> list[Line]:
    """A column is empty until its answer begins."""
    return []


def empty_conversation(prompt: ChatMessage) -> Conversation:
    """A conversation without messages: a column shows one answer only."""
    return Conversation(prompt.id)
