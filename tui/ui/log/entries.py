"""What each message looks like in the log: lines, made when they are wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.conversation import Version
from tui.chat.formatting import format_stats
from tui.chat.message import ChatMessage
from tui.chat.safe_text import safe_line, safe_text
from tui.ui.log.labels import failure_title, finish_note, image_label, thinking_label, tool_call_label, version_label
from tui.ui.markdown.lines import BLANK, Line, Look, Run, chop, wrap
from tui.ui.markdown.plain import PlainDocument

if TYPE_CHECKING:
    from tui.ui.log.answer_text import AnswerText
    from tui.ui.markdown.render import CodeBlock

_MOST_OF_A_PROMPT = 40_000
"""Characters of a prompt that are shown. Whoever pastes a book knows it."""

_LABEL = Look("label")
_HINT = Look("hint")


class Entry:
    """One message in the log."""

    def __init__(self, message: ChatMessage) -> None:
        self.message = message
        self.version: Version | None = None
        """Which of its versions it is. None where there is no other."""
        self.revision = 0
        """Another number each time that it looks different from before."""
        self._parts: list[Sequence[Line]] | None = None
        self._width = 0

    def height(self, width: int) -> int:
        """How many lines it has at a width."""
        return sum(map(len, self._laid_out(width)))

    def line(self, at: int, width: int) -> Line:
        """One of its lines."""
        for part in self._laid_out(width):
            if at < len(part):
                return part[at]
            at -= len(part)
        return BLANK

    def lines(self, width: int) -> Iterator[Line]:
        """All of its lines, one after the other."""
        return chain.from_iterable(self._laid_out(width))

    def estimate(self, width: int) -> int:
        """About how many lines it has, without making them."""
        text = self.message.content
        return 4 + text.count("\n") + len(text) // max(20, width)

    def drop(self) -> None:
        """Forget the lines: they are made again when they are wanted."""
        self._parts = None

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        """Its lines, in parts below each other."""
        raise NotImplementedError

    def changed(self) -> None:
        """It no longer looks as it did."""
        self.revision += 1
        self._parts = None

    def _laid_out(self, width: int) -> list[Sequence[Line]]:
        if self._parts is None or width != self._width:
            self._width = width
            self._parts = self.make_parts(width)
        return self._parts


class WelcomeEntry(Entry):
    """What stands in an empty conversation."""

    def __init__(self, lines: Callable[[int], list[Line]]) -> None:
        """Args:
        lines: Makes the lines for a width.
        """
        super().__init__(ChatMessage("welcome", "system", ""))
        self._make_lines = lines

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        return [self._make_lines(width)]


class PromptEntry(Entry):
    """What the user wrote."""

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        bar = Run("▌ ", Look("prompt-bar"), taken=False)
        lines = PlainDocument(self.message.content[:_MOST_OF_A_PROMPT], Look("prompt")).lines(width - 2)
        hidden = len(self.message.content) - _MOST_OF_A_PROMPT
        if hidden > 0:
            lines.extend(wrap([Run(f"… and {hidden:,} more characters", _HINT)], width - 2))
        if self.version is not None:
            lines.append(Line((Run(version_label(self.version), _HINT._replace(italic=True)),)))
        for image in self.message.images:
            lines.extend(wrap([Run(f"▣ {image_label(image)}", _LABEL)], width - 2))
        return [[line.prefixed(bar) for line in lines], [BLANK]]


class AnswerEntry(Entry):
    """What a model answers, while it does and afterwards."""

    def __init__(self, message: ChatMessage) -> None:
        super().__init__(message)
        self.unfolded = False
        """Whether thinking and tool calls are shown whole."""
        self.thinking_s: float | None = None
        """How long the thinking took, as far as it has been watched."""
        self.waiting_for = ""
        """What it waits for, while nothing of it has come."""
        self.note = ""
        """What else is known of it."""
        self._is_live = message.outcome == "streaming"
        self._text_of_it: AnswerText | None = None

    @property
    def is_live(self) -> bool:
        """Whether more of it may come."""
        return self._is_live

    @property
    def foldable(self) -> bool:
        """Whether it has anything that can be folded."""
        return bool(self._text.has_thinking or self._text.calls)

    @property
    def is_thinking(self) -> bool:
        """Whether it is thinking, and has not begun to answer."""
        return self._is_live and self._text.has_thinking and not self._text.has_answer

    def grow(self, chunk: StreamingChunk) -> None:
        """Take more of the answer."""
        self._text.grow(chunk)
        self.changed()

    def end(self, message: ChatMessage) -> None:
        """The answer is over; this is what became of it. If it was stopped, its last words may not have come here."""
        text = self._text
        content, thinking = message.content[text.content_taken :], message.thinking[text.thinking_taken :]
        text.grow(StreamingChunk(content, thinking, message.tool_calls[len(text.calls) :]))
        text.finish()
        self.message = message
        self._is_live = False
        self.waiting_for = ""
        self.changed()

    def fold(self) -> None:
        """Fold what is unfolded, and the other way round."""
        self.unfolded = not self.unfolded
        self.changed()

    def code_blocks(self) -> list[CodeBlock]:
        """The code in the answer's fences, in order, without the fences."""
        return self._text.answer.code_blocks()

    def drop(self) -> None:
        super().drop()
        if self._is_live:
            self._text.drop()
        else:
            # It can be made again of the message, and would keep its source a second time.
            self._text_of_it = None

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        text = self._text
        parts: list[Sequence[Line]] = [[*self._label(width), *self._folded_thinking(width)]]
        if text.has_thinking and self.unfolded:
            parts.append(text.thinking.lines(width - 2))
        if text.has_thinking and (text.has_answer or text.calls):
            parts.append([BLANK])
        parts.append(text.answer.lines(width))
        if text.has_answer and text.calls:
            parts.append([BLANK])
        parts.append([line for call in text.calls for line in self._call_lines(call, width)])
        parts.append(self._foot(width))
        return parts

    @property
    def _text(self) -> AnswerText:
        """Its text. Made when it is first wanted: of a long conversation most is never seen."""
        if self._text_of_it is None:
            # What renders Markdown is loaded for the first answer, not for the first paint.
            from tui.ui.log.answer_text import AnswerText

            message = self.message
            text = self._text_of_it = AnswerText()
            text.grow(StreamingChunk(message.content, message.thinking, message.tool_calls))
            if not self._is_live:
                text.finish()
        return self._text_of_it

    def _label(self, width: int) -> list[Line]:
        name = safe_line(self.message.model) or safe_line(self.message.provider)
        runs = [Run(name, _LABEL)] if name else []
        if self.version is not None:
            runs.append(Run(f"{'  ' if name else ''}{version_label(self.version)}", _HINT))
        return wrap(runs, width) if runs else []

    def _folded_thinking(self, width: int) -> list[Line]:
        if not self._text.has_thinking:
            return []
        words = thinking_label(self._text.thought_words, self.thinking_s, live=self.is_thinking)
        return wrap([Run(f"{'▾' if self.unfolded else '▸'} {words}", Look("fold"))], width)

    def _call_lines(self, call: ToolCall, width: int) -> list[Line]:
        line = f"⚙ {tool_call_label(call)}"
        if not self.unfolded:
            return [_cut(Run(line, Look("fold")), width)]
        arguments = call.arguments
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, indent=2, ensure_ascii=False)
        text = f"⚙ {safe_line(call.name)}\n{safe_text(arguments)}"
        return wrap([Run(text, Look("fold"))], width)

    def _foot(self, width: int) -> list[Line]:
        message = self.message
        if self._is_live:
            waits = self.waiting_for and not (self._text.has_answer or self._text.has_thinking or self._text.calls)
            return [*(wrap([Run(self.waiting_for, _HINT)], width) if waits else []), BLANK]
        lines: list[Line] = []
        if failure := message.failure:
            look = Look("stopped" if failure.kind == "cancelled" else "failed", bold=True)
            mark = "■" if failure.kind == "cancelled" else "✗"
            title = [Run(f"{mark} {failure_title(failure)}", look)]
            if failure.kind != "cancelled":
                title.append(Run(f"  {safe_line(failure.message)}", Look("failed")))
            lines.extend([BLANK, *wrap(title, width)])
            if failure.hint:
                lines.extend(wrap([Run(f"→ {safe_line(failure.hint)}", _HINT)], width))
        elif said := finish_note(message):
            lines.extend([BLANK, *wrap([Run(said, _HINT)], width)])
        if self.note:
            lines.extend([BLANK, *wrap([Run(f"→ {self.note}", Look("stopped"))], width)])
        if (figures := format_stats(message)) and not message.is_empty:
            lines.extend([BLANK, *wrap([Run(figures, Look("figures"))], width)])
        return [*lines, BLANK]


def entry_for(message: ChatMessage) -> Entry:
    """What shows a message."""
    return AnswerEntry(message) if message.role == "assistant" else PromptEntry(message)


def _cut(run: Run, width: int) -> Line:
    """A run on one line, with `…` where the rest of it found no room."""
    first, *rest = chop([run], width)
    return Line((chop([run], width - 1)[0].runs[0], run._replace(text="…"))) if rest else first
