"""Answers in the message log, while they stream and afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.formatting import format_stats, model_label
from tui.chat.message import ChatMessage, Failure
from tui.chat.safe_text import safe_line
from tui.ui.log.arriving_lines import ArrivingLines
from tui.ui.log.entry import Entry
from tui.ui.log.entry_lines import HINT, card_lines, figure_lines, gap_below, own_run, time_run, version_runs
from tui.ui.log.line_stack import LayoutBudget, TextPosition
from tui.ui.log.partly_read_lines import PartlyReadLines
from tui.ui.log.tool_call_lines import ToolCallLines
from tui.ui.markdown.lines import BLANK, Line, Look, Run, wrap
from tui.workspace.labels import (
    failure_title,
    finish_note,
    progress_label,
    thinking_label,
    waiting_mark,
)

if TYPE_CHECKING:
    from tui.ui.log.answer_text import AnswerText
    from tui.ui.log.end_lines import EndLines
    from tui.ui.markdown.render import CodeBlock
    from tui.workspace.turn_stats import TurnProgress

COMMAND_LINK: Final = "command:"
"""The start of a link that runs a command."""

_SLICE_CHARACTERS: Final = 6_000
_SLICE_CALLS: Final = 100
"""Characters that are read, and tool calls that are laid out, before the time is checked again."""

_PREVIEWED: Final = 6_000
"""Characters from which on the end of an answer is shown before the answer was read."""

_VIEW_S: Final = 0.05
"""How long the lines around the view are laid out at once, in seconds. Usually it takes a fifth of that."""

_ABOVE: Final = -1
_BELOW: Final = -2
"""Places above and below the text of the answer. A number of lines follows."""

_LABEL: Final = Look("label")


class AnswerEntry(Entry):
    """An answer, while it streams and afterwards."""

    def __init__(self, message: ChatMessage, *, has_name: bool = True) -> None:
        """Args:
        message: The answer.
        has_name: Whether the line with the model and the time is shown.
        """
        super().__init__(message)
        self._has_name = has_name
        self.thinking_s: float | None = None
        """Seconds that the thinking took so far. None if it was not measured."""
        self.waiting_for = ""
        """Status text shown until the first chunk arrives. Empty for none."""
        self.progress: TurnProgress | None = None
        """How the turn was doing when it was last measured. None before that."""
        self.note = ""
        """A remark shown below the answer. Empty for none."""
        self.moves = True
        """Whether the sign for an awaited answer moves."""
        self.actions: tuple[tuple[str, str, str], ...] = ()
        """What can be done about a failure: key, words, command. Empty for an answer that is not the last one."""
        self._answer_top = 0
        """The number of lines above the text of the answer."""
        self._is_live = message.outcome == "streaming"
        self._calls = ToolCallLines()
        self._hidden_calls: frozenset[str] = frozenset()
        """The calls that are shown below with their results, by their ids."""
        self._cached_text: AnswerText | None = None
        self._preview: EndLines | None = None
        """The end of the text, while the text was not read to its end. None otherwise."""
        self._shows_open_block = False
        """Whether the block that is being read is shown as far as it was read, because the view is above the end."""

    @property
    def is_live(self) -> bool:
        """Whether the answer is still streaming."""
        return self._is_live

    @property
    def foldable(self) -> bool:
        return bool(self._text.has_thinking or self._visible_calls)

    def hide_call(self, call_id: str) -> ToolCall | None:
        """Leave out a call that is shown elsewhere; returns it. None if the answer has no such call."""
        call = next((call for call in self.message.tool_calls if call.id == call_id), None)
        if call is not None:
            self._hidden_calls |= {call_id}
            self._calls = ToolCallLines()
            self.changed()
        return call

    @property
    def _visible_calls(self) -> Sequence[ToolCall]:
        calls = self._text.tool_calls
        return [call for call in calls if call.id not in self._hidden_calls] if self._hidden_calls else calls

    @property
    def is_thinking(self) -> bool:
        """Whether the model is thinking and has not started to answer."""
        return self._is_live and self._text.has_thinking and not self._text.has_answer

    def append(self, chunk: StreamingChunk) -> None:
        """Add the next chunk of the answer."""
        self._text.append(chunk)
        self.changed()

    def finish(self, message: ChatMessage) -> None:
        """End the answer.

        Args:
            message: The final message. If the turn was stopped, it may hold text whose chunks never reached the log.
        """
        text = self._text
        content, thinking = message.content[text.content_size :], message.thinking[text.thinking_size :]
        text.append(StreamingChunk(content, thinking, message.tool_calls[len(text.tool_calls) :]))
        text.finish()
        text.share_content(message.content)
        self.message = message
        self._is_live = False
        self.waiting_for = ""
        self.changed()

    def code_blocks(self) -> list[CodeBlock]:
        self._text.feed()
        return self._text.answer.code_blocks()

    def lines(self, width: int) -> Iterator[Line]:
        while not self.lay_out(width, 1.0):
            pass
        return super().lines(width)

    def code_of(self, line: Line) -> str:
        lines = self._text.answer_lines.block_of(line)
        return self._code_in([each for each in lines if each.ground is line.ground])

    def lay_out(self, width: int, seconds: float) -> bool:
        budget = LayoutBudget(seconds)
        if self._preview is not None:
            self._preview, self._parts = None, None
        self._laid_out(width)
        is_complete = self._read(width, budget)
        self._laid_out(width)
        return is_complete and self._text.answer_lines.lay_out_next(budget)

    def lay_out_near(self, width: int, at: int | None, above: int, below: int, budget: LayoutBudget) -> int:
        self._laid_out(width)
        from_end = 0 if at is None else self.height(width) - at
        is_new = at is None and self._preview is None and self._text.is_waiting
        if is_new:
            self._update_preview(width, above, is_needed=True)
        elif at is not None and self._preview is not None and from_end - below <= len(self._preview):
            # Before the reader gets there, or a page above what is known.
            self._update_preview(width, from_end + above, is_needed=True)
        is_from_end = at is None or (self._preview is not None and from_end <= len(self._preview))
        if self._shows_open_block == is_from_end:
            self._shows_open_block, self._parts = not is_from_end, None
        if is_new and self._preview is not None:
            # The picture comes first.
            budget.is_exhausted = True
            return self.height(width)
        if is_from_end:
            return self._lay_out_near_end(width, from_end, above, budget)
        # Not within the budget, which is for reading: estimates of what is in view would be seen.
        self._read(width, budget)
        view_budget = LayoutBudget(_VIEW_S)
        line = self._lay_out_near_line(width, at or 0, above, below, view_budget)
        budget.is_exhausted |= view_budget.is_exhausted
        return line

    def _lay_out_near_end(self, width: int, from_end: int, above: int, budget: LayoutBudget) -> int:
        """Lay out the lines above one that is so far from the end, or show a preview of them. Returns its number."""
        is_read = self._read(width, budget)
        if is_read or self._preview is None:
            answer = self._text.answer_lines
            under = self.height(width) - self._answer_top - len(answer)
            # With a preview, fewer lines may be below than it seems now.
            wanted = above + from_end - (under if self._preview is None else 0)
            answer.lay_out(len(answer), max(0, wanted), 0, budget)
        else:
            budget.is_exhausted = True
        self._update_preview(width, above + from_end, is_needed=budget.is_exhausted)
        return max(0, self.height(width) - from_end)

    def _lay_out_near_line(self, width: int, at: int, above: int, below: int, budget: LayoutBudget) -> int:
        """Lay out the lines around one, as far as they were read. Returns its number."""
        height = self.height(width)
        answer = self._text.answer_lines
        # Below it are also lines of text that was not read.
        under = height - self._answer_top - len(answer)
        if height - at <= under:
            answer.lay_out(len(answer), max(0, above + height - at - under), 0, budget)
            return max(0, self.height(width) - (height - at))
        if at < self._answer_top:
            answer.lay_out(0, 0, max(0, below - self._answer_top + at), budget)
            return at
        return self._answer_top + answer.lay_out(at - self._answer_top, above, below, budget)

    def place_of(self, line: int, width: int) -> TextPosition:
        answer = self._text.answer_lines
        self._laid_out(width)
        if line < self._answer_top:
            return (_ABOVE, line)
        if line < self._answer_top + len(answer):
            return answer.position_of(line - self._answer_top)
        return (_BELOW, line - self._answer_top - len(answer))

    def line_of(self, place: TextPosition, width: int) -> int:
        answer = self._text.answer_lines
        self._laid_out(width)
        if place[0] == _ABOVE:
            return min(place[1], self._answer_top)
        if place[0] == _BELOW:
            return min(self._answer_top + len(answer) + place[1], self.height(width))
        return self._answer_top + answer.line_of(place)

    def highlight(self, languages: AbstractSet[str]) -> bool:
        has_code = super().highlight(languages)
        if has_code:
            self._text.answer_lines.drop_lines()
            self._text.answer.drop_lines()
        return has_code

    @property
    def _shown_source(self) -> str:
        if self._cached_text is None:
            return ""
        return self._cached_text.answer.source if self._is_live else self.message.content

    def drop_lines(self) -> None:
        super().drop_lines()
        self._calls = ToolCallLines()
        self._preview = None
        if self._is_live:
            self._text.drop_lines()
        else:
            # The text can be rebuilt from the message. Keeping it would hold the source in memory twice.
            self._cached_text = None

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        text, calls = self._text, self._visible_calls
        most = max(0, _SLICE_CALLS - self._calls.count)
        self._calls.lay_out(calls, width, is_unfolded=self.unfolded, most=most)
        parts: list[Sequence[Line]] = [[*self._label_lines(width), *self._thinking_label_lines(width)]]
        if text.has_thinking and self.unfolded:
            thinking = text.thinking.lines(width - 2)
            parts.append(ArrivingLines(thinking) if self.is_thinking else thinking)
        if text.has_thinking and (text.has_answer or calls):
            parts.append([BLANK])
        self._answer_top = sum(map(len, parts))
        answer = text.answer_lines
        answer.update(width, has_open_blocks=self._is_live or self._shows_open_block or not text.is_waiting)
        if text.is_waiting or self._preview is not None:
            unread = text.waiting_lines(width)
            if not self._is_live:
                unread += max(0, text.answer.open_size // max(1, width) - answer.open_line_count)
            parts.append(PartlyReadLines(answer, unread, self._preview))
        else:
            parts.append(ArrivingLines(answer) if self._is_live and not calls else answer)
        if text.has_answer and calls:
            parts.append([BLANK])
        parts.append(self._calls.lines)
        images = self.image_lines(width)
        if images:
            parts.append([BLANK, *images] if text.has_answer or calls else images)
        footer = self._footer_lines(width)
        if len(answer) and not (calls or images):
            footer[:1] = [answer.blank_line_below]
        parts.append(footer)
        return parts

    def _update_preview(self, width: int, lines: int, *, is_needed: bool) -> None:
        """Show the end of a long text as if it were all, until it was read to its end; and no longer."""
        if self._is_live or len(self.message.content) <= _PREVIEWED:
            return
        if not is_needed:
            if self._preview is not None:
                self._preview, self._parts = None, None
            return
        if self._preview is None or width != self._preview.width:
            from tui.ui.log.end_lines import EndLines

            self._preview = EndLines(self.message.content, width)
        if self._preview.reach(lines):
            self._parts = None

    def _read(self, width: int, budget: LayoutBudget) -> bool:
        """Read text that waits, and lay out tool calls, as far as the budget allows. Returns whether none is left."""
        text, all_calls = self._text, self._visible_calls
        has_more = False
        while text.is_waiting and budget.take():
            text.feed(_SLICE_CHARACTERS)
            has_more = True
        if has_more and not self._is_live:
            text.share_content(self.message.content)
        while text.answer.is_behind and budget.take():
            text.answer_lines.update(width)
            has_more = True
        before = len(self._calls.lines)
        self._calls.lay_out(all_calls, width, is_unfolded=self.unfolded, most=0)
        while self._calls.count < len(all_calls) and budget.take():
            self._calls.lay_out(all_calls, width, is_unfolded=self.unfolded, most=_SLICE_CALLS)
        if has_more or len(self._calls.lines) != before:
            self.changed()
        return not (text.is_waiting or text.answer.is_behind or self._calls.count < len(all_calls))

    def _failure_lines(self, failure: Failure, width: int) -> list[Line]:
        """A card with what happened and what to press; one line for an answer that the user stopped."""
        actions: list[Run] = []
        for key, word, command in self.actions:
            link = f"{COMMAND_LINK}{command}"
            actions += [
                own_run("   " if actions else "", HINT),
                own_run(f"{key} ", Look("action-key", link=link)),
                own_run(word, Look("action", link=link)),
            ]
        if failure.kind == "cancelled":
            return wrap(
                [own_run("◦ ", HINT), Run(failure_title(failure), Look("stopped")), own_run("   ", HINT), *actions],
                width,
            )
        title = [
            own_run("✗ ", Look("failed", bold=True)),
            Run(failure_title(failure), Look("failed", bold=True)),
            Run(f"  {safe_line(failure.message)}"),
        ]
        lines = wrap(title, width)
        if failure.hint:
            lines.extend(wrap([Run(safe_line(failure.hint), HINT)], width))
        if actions:
            lines.extend(wrap(actions, width))
        return card_lines(lines, "card", Look("card-bar"), is_airy=self.is_airy)

    def _progress_lines(self, width: int) -> list[Line]:
        """How the running turn is doing: where text will be while there is none, else below the text."""
        text = self._text
        if text.has_answer or text.has_thinking or text.tool_calls:
            if self.progress is None:
                return [BLANK]
            runs = [
                own_run("» ", Look("live")),
                own_run(progress_label(self.progress, width - 2), Look("figures")),
            ]
            return [BLANK, *wrap(runs, width), BLANK]
        status = safe_line(self.waiting_for) or (progress_label(self.progress, width - 7) if self.progress else "")
        return [
            *wrap(
                [
                    own_run(f"{waiting_mark(self.progress, moves=self.moves)}  ", Look("live")),
                    own_run(status, HINT),
                ],
                width,
            ),
            BLANK,
        ]

    @property
    def _text(self) -> AnswerText:
        """The answer's text. Built on demand: most messages of a long conversation are never in view."""
        if self._cached_text is None:
            # Imported here to load the Markdown renderer with the first answer, not before the first paint.
            from tui.ui.log.answer_text import AnswerText

            message = self.message
            text = self._cached_text = AnswerText()
            text.append(StreamingChunk(message.content, message.thinking, message.tool_calls))
            if not self._is_live:
                text.finish()
        return self._cached_text

    def _label_lines(self, width: int) -> list[Line]:
        if not self._has_name:
            return []
        name = model_label(self.message.model) or safe_line(self.message.provider) or "Answer"
        runs = [own_run(name, _LABEL), *version_runs(self.version)]
        first, *rest = wrap(runs, width)
        return [replace(first, lead=Run("◆ ", _LABEL), tail=time_run(self.message)), *rest]

    def _thinking_label_lines(self, width: int) -> list[Line]:
        if not self._text.has_thinking:
            return []
        label = thinking_label(self._text.thinking_words, self.thinking_s, live=self.is_thinking)
        return figure_lines(f"{'▾' if self.unfolded else '▸'} ∴ {label}", Look("fold"), width)

    def _footer_lines(self, width: int) -> list[Line]:
        message = self.message
        if self._is_live:
            return self._progress_lines(width)
        lines: list[Line] = []
        if message.failure:
            lines.extend([BLANK, *self._failure_lines(message.failure, width)])
        elif reason := finish_note(message, has_text=self._text.is_waiting or self._text.has_text):
            lines.extend([BLANK, *wrap([Run(reason, HINT)], width)])
        if self.note:
            note = [own_run("▲ ", Look("warning")), Run(safe_line(self.note), Look("stopped"))]
            lines.extend([*gap_below(lines), *wrap(note, width)])
        if (stats := format_stats(message)) and not message.is_empty:
            lines.extend([*gap_below(lines), *figure_lines(stats, Look("figures"), width)])
        return [*lines, *gap_below(lines)]
