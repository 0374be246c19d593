"""Answers in the message log, while they stream and afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
from tui.ui.log.tool_call_lines import ToolCallLines
from tui.ui.markdown.lines import BLANK, Line, Look, Run, blank_below, wrap
from tui.workspace.labels import (
    failure_title,
    finish_note,
    progress_label,
    thinking_label,
    waiting_mark,
)

if TYPE_CHECKING:
    from tui.ui.log.answer_text import AnswerText
    from tui.ui.markdown.render import CodeBlock
    from tui.workspace.turn_stats import TurnProgress

COMMAND_LINK: Final = "command:"
"""The start of a link that runs a command."""

_SLICE_CHARACTERS: Final = 2_000
_SLICE_CALLS: Final = 100
"""Characters and tool calls that are laid out before the time is checked again."""

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
        self._is_partial = False
        """Whether only a part of the message is laid out, until `lay_out` is called again."""
        self._is_live = message.outcome == "streaming"
        self._calls = ToolCallLines()
        self._hidden_calls: frozenset[str] = frozenset()
        """The calls that are shown below with their results, by their ids."""
        self._shown_calls = 0
        """Lines of tool calls in the current layout."""
        self._text_width = 0
        self._cached_text: AnswerText | None = None

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
        self.message = message
        self._is_live = False
        self.waiting_for = ""
        self.changed()

    def code_blocks(self) -> list[CodeBlock]:
        self._text.feed()
        return self._text.answer.code_blocks()

    def is_laid_out(self, width: int) -> bool:
        return super().is_laid_out(width) and not self._is_partial

    def lay_out(self, width: int, seconds: float) -> bool:
        end = time.monotonic() + seconds
        if width != self._text_width and self._size > _SLICE_CHARACTERS:
            # Parsing the text again takes longer than only laying it out, but can be done in slices.
            self._cached_text = self._text.restarted() if self._is_live else None
        self._text_width = width
        text, all_calls = self._text, self._visible_calls
        self._is_partial = True
        has_more = False
        while self._is_partial:
            calls = len(all_calls)
            if text.is_waiting:
                text.feed(_SLICE_CHARACTERS)
                text.answer.lines(width)
                has_more = True
            self._calls.lay_out(all_calls, width, is_unfolded=self.unfolded, most=_SLICE_CALLS)
            self._is_partial = text.is_waiting or self._calls.count < calls
            if time.monotonic() >= end:
                break
        if has_more or len(self._calls.lines) != self._shown_calls:
            self.changed()
        self._laid_out(width)
        return not self._is_partial

    def highlight(self, languages: AbstractSet[str]) -> bool:
        has_code = super().highlight(languages)
        if has_code:
            # A long text is parsed again, in slices.
            self._text_width = 0
            if self._size <= _SLICE_CHARACTERS:
                self._text.answer.drop_lines()
        return has_code

    @property
    def _shown_source(self) -> str:
        if self._cached_text is None:
            return ""
        return self._cached_text.source if self._is_live else self.message.content

    @property
    def _size(self) -> int:
        return self._text.content_size if self._is_live else len(self.message.content)

    def drop_lines(self) -> None:
        super().drop_lines()
        self._calls = ToolCallLines()
        self._is_partial = False
        if self._is_live:
            self._text.drop_lines()
        else:
            # The text can be rebuilt from the message. Keeping it would hold the source in memory twice.
            self._cached_text = None

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        text, calls = self._text, self._visible_calls
        if not self._is_partial:
            text.feed()
            self._calls.lay_out(calls, width, is_unfolded=self.unfolded)
        self._shown_calls = len(self._calls.lines)
        parts: list[Sequence[Line]] = [[*self._label_lines(width), *self._thinking_label_lines(width)]]
        if text.has_thinking and self.unfolded:
            thinking = text.thinking.lines(width - 2)
            parts.append(ArrivingLines(thinking) if self.is_thinking else thinking)
        if text.has_thinking and (text.has_answer or calls):
            parts.append([BLANK])
        answer = text.answer.lines(width)
        parts.append(ArrivingLines(answer) if self._is_live and not calls else answer)
        if text.has_answer and calls:
            parts.append([BLANK])
        parts.append(self._calls.lines)
        images = self.image_lines(width)
        if images:
            parts.append([BLANK, *images] if text.has_answer or calls else images)
        footer = self._footer_lines(width)
        if answer and not (calls or images):
            footer[:1] = [blank_below(answer[-1])]
        parts.append(footer)
        return parts

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
        elif reason := finish_note(message):
            lines.extend([BLANK, *wrap([Run(reason, HINT)], width)])
        if self.note:
            note = [own_run("▲ ", Look("warning")), Run(safe_line(self.note), Look("stopped"))]
            lines.extend([*gap_below(lines), *wrap(note, width)])
        if (stats := format_stats(message)) and not message.is_empty:
            lines.extend([*gap_below(lines), *figure_lines(stats, Look("figures"), width)])
        return [*lines, *gap_below(lines)]
