"""The entries of the message log: one message each, laid out as lines on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.conversation import Version
from tui.chat.formatting import format_json, format_stats
from tui.chat.message import ChatMessage, Failure
from tui.chat.safe_text import safe_line, safe_text
from tui.ui.log.labels import failure_title, finish_note, image_label, thinking_label, tool_call_label, version_label
from tui.ui.markdown.lines import BLANK, Line, Look, Run, chop, wrap
from tui.ui.markdown.plain import PlainDocument

if TYPE_CHECKING:
    from tui.ui.log.answer_text import AnswerText
    from tui.ui.markdown.render import CodeBlock

_MAX_PROMPT_CHARACTERS = 40_000
"""Characters of a prompt that are shown. The user has the rest of a pasted book elsewhere."""

_LABEL = Look("label")
_HINT = Look("hint")


class Entry:
    """One message in the log."""

    def __init__(self, message: ChatMessage) -> None:
        self.message = message
        self.version: Version | None = None
        """Which of the message's versions is shown. None where it has only one."""
        self.revision = 0
        """Counts the changes of what the entry shows."""
        self._parts: list[Sequence[Line]] | None = None
        self._width = 0

    def height(self, width: int) -> int:
        """The number of lines at a width."""
        return sum(map(len, self._laid_out(width)))

    def line(self, at: int, width: int) -> Line:
        """The line at an index; blank beyond the last."""
        for part in self._laid_out(width):
            if at < len(part):
                return part[at]
            at -= len(part)
        return BLANK

    def lines(self, width: int) -> Iterator[Line]:
        """All lines at a width."""
        return chain.from_iterable(self._laid_out(width))

    def estimate(self, width: int) -> int:
        """The approximate number of lines, without laying them out."""
        text = self.message.content
        return 4 + text.count("\n") + len(text) // max(20, width)

    def drop_lines(self) -> None:
        """Free the cached lines. They are laid out again on demand."""
        self._parts = None

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        """Lay the message out, as groups of lines below each other."""
        raise NotImplementedError

    def changed(self) -> None:
        """Mark the layout as outdated."""
        self.revision += 1
        self._parts = None

    def _laid_out(self, width: int) -> list[Sequence[Line]]:
        if self._parts is None or width != self._width:
            self._width = width
            self._parts = self.make_parts(width)
        return self._parts


class WelcomeEntry(Entry):
    """The welcome text of an empty conversation."""

    def __init__(self, lines: Callable[[int], list[Line]]) -> None:
        """Args:
        lines: Makes the lines for a width.
        """
        super().__init__(ChatMessage("welcome", "system", ""))
        self._make_lines = lines

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        return [self._make_lines(width)]


class PromptEntry(Entry):
    """A prompt, or any other message that is not an answer."""

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        bar = Run("▌ ", Look("prompt-bar"), copyable=False)
        lines = PlainDocument(self.message.content[:_MAX_PROMPT_CHARACTERS], Look("prompt")).lines(width - 2)
        hidden = len(self.message.content) - _MAX_PROMPT_CHARACTERS
        if hidden > 0:
            lines.extend(wrap([Run(f"… and {hidden:,} more characters", _HINT)], width - 2))
        if self.version is not None:
            lines.append(Line((Run(version_label(self.version), _HINT._replace(italic=True)),)))
        for image in self.message.images:
            lines.extend(wrap([Run(f"▣ {image_label(image)}", _LABEL)], width - 2))
        return [[line.prefixed(bar) for line in lines], [BLANK]]


class AnswerEntry(Entry):
    """An answer, while it streams and afterwards."""

    def __init__(self, message: ChatMessage) -> None:
        super().__init__(message)
        self.unfolded = False
        """Whether thinking and tool calls are shown in full."""
        self.thinking_s: float | None = None
        """Seconds that the thinking took so far. None if it was not measured."""
        self.waiting_for = ""
        """Status text shown until the first chunk arrives. Empty for none."""
        self.note = ""
        """A remark shown below the answer. Empty for none."""
        self._is_live = message.outcome == "streaming"
        self._cached_text: AnswerText | None = None

    @property
    def is_live(self) -> bool:
        """Whether the answer is still streaming."""
        return self._is_live

    @property
    def foldable(self) -> bool:
        """Whether the answer has thinking or tool calls to fold."""
        return bool(self._text.has_thinking or self._text.tool_calls)

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

    def fold(self) -> None:
        """Fold or unfold thinking and tool calls."""
        self.unfolded = not self.unfolded
        self.changed()

    def code_blocks(self) -> list[CodeBlock]:
        """The fenced code blocks of the answer, in order, without the fences."""
        return self._text.answer.code_blocks()

    def drop_lines(self) -> None:
        super().drop_lines()
        if self._is_live:
            self._text.drop_lines()
        else:
            # The text can be rebuilt from the message. Keeping it would hold the source in memory twice.
            self._cached_text = None

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        text = self._text
        parts: list[Sequence[Line]] = [[*self._label_lines(width), *self._thinking_label_lines(width)]]
        if text.has_thinking and self.unfolded:
            parts.append(text.thinking.lines(width - 2))
        if text.has_thinking and (text.has_answer or text.tool_calls):
            parts.append([BLANK])
        parts.append(text.answer.lines(width))
        if text.has_answer and text.tool_calls:
            parts.append([BLANK])
        parts.append([line for call in text.tool_calls for line in self._tool_call_lines(call, width)])
        parts.append(self._footer_lines(width))
        return parts

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
        name = safe_line(self.message.model) or safe_line(self.message.provider)
        runs = [Run(name, _LABEL)] if name else []
        if self.version is not None:
            runs.append(Run(f"{'  ' if name else ''}{version_label(self.version)}", _HINT))
        return wrap(runs, width) if runs else []

    def _thinking_label_lines(self, width: int) -> list[Line]:
        if not self._text.has_thinking:
            return []
        label = thinking_label(self._text.thinking_words, self.thinking_s, live=self.is_thinking)
        return wrap([Run(f"{'▾' if self.unfolded else '▸'} {label}", Look("fold"))], width)

    def _tool_call_lines(self, call: ToolCall, width: int) -> list[Line]:
        line = f"⚙ {tool_call_label(call)}"
        if not self.unfolded:
            return [_truncated(Run(line, Look("fold")), width)]
        arguments = call.arguments
        if not isinstance(arguments, str):
            arguments = format_json(arguments, 2)
        text = f"⚙ {safe_line(call.name)}\n{safe_text(arguments)}"
        return wrap([Run(text, Look("fold"))], width)

    def _footer_lines(self, width: int) -> list[Line]:
        message = self.message
        if self._is_live:
            text = self._text
            is_waiting = self.waiting_for and not (text.has_answer or text.has_thinking or text.tool_calls)
            return [*(wrap([Run(safe_line(self.waiting_for), _HINT)], width) if is_waiting else []), BLANK]
        lines: list[Line] = []
        if message.failure:
            lines.extend([BLANK, *_failure_lines(message.failure, width)])
        elif reason := finish_note(message):
            lines.extend([BLANK, *wrap([Run(reason, _HINT)], width)])
        if self.note:
            lines.extend([BLANK, *wrap([Run(f"→ {safe_line(self.note)}", Look("stopped"))], width)])
        if (stats := format_stats(message)) and not message.is_empty:
            lines.extend([BLANK, *wrap([Run(stats, Look("figures"))], width)])
        return [*lines, BLANK]


def entry_for(message: ChatMessage) -> Entry:
    """The entry that shows a message."""
    return AnswerEntry(message) if message.role == "assistant" else PromptEntry(message)


def _failure_lines(failure: Failure, width: int) -> list[Line]:
    if failure.kind == "cancelled":
        title = [Run(f"■ {failure_title(failure)}", Look("stopped", bold=True))]
    else:
        title = [
            Run(f"✗ {failure_title(failure)}", Look("failed", bold=True)),
            Run(f"  {safe_line(failure.message)}", Look("failed")),
        ]
    lines = wrap(title, width)
    if failure.hint:
        lines.extend(wrap([Run(f"→ {safe_line(failure.hint)}", _HINT)], width))
    return lines


def _truncated(run: Run, width: int) -> Line:
    """A run on one line, ending in `…` if it is too long."""
    first, *rest = chop([run], width)
    return Line((chop([run], width - 1)[0].runs[0], run._replace(text="…"))) if rest else first
