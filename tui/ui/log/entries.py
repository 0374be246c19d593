"""The entries of the message log: one message each, laid out as lines on demand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from tui.chat.chunk import StreamingChunk
from tui.chat.conversation import Version
from tui.chat.dates import day_of, format_time, today
from tui.chat.formatting import format_stats
from tui.chat.message import ChatMessage, Failure
from tui.chat.safe_text import safe_line, safe_text
from tui.ui.log.arriving_lines import ArrivingLines
from tui.ui.log.labels import (
    failure_title,
    finish_note,
    image_label,
    progress_label,
    thinking_label,
    version_label,
    waiting_mark,
)
from tui.ui.log.prompt_parts import PromptPart, prompt_parts
from tui.ui.log.selection_text import text_between
from tui.ui.log.tool_call_lines import ToolCallLines
from tui.ui.markdown.lines import BLANK, Line, Look, Run, blank_below, wrap
from tui.ui.markdown.plain import PlainDocument

if TYPE_CHECKING:
    from tui.ui.log.answer_text import AnswerText
    from tui.ui.markdown.render import CodeBlock
    from tui.workspace.turn_stats import TurnProgress

_MAX_PROMPT_CHARACTERS = 40_000
"""Characters of a prompt that are shown. The user has the rest of a pasted book elsewhere."""

COMMAND_LINK: Final = "command:"
"""The start of a link that runs a command."""

_SLICE_CHARACTERS = 2_000
_SLICE_CALLS = 100
"""Characters and tool calls that are laid out before the time is checked again."""

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
        self.is_airy = False
        """Whether cards have half a line of their ground above and below."""
        self.unfolded = False
        """Whether everything is shown in full: thinking and tool calls, attached files and long pastes."""
        self._parts: list[Sequence[Line]] | None = None
        self._width = 0

    @property
    def foldable(self) -> bool:
        """Whether something can be folded."""
        return False

    @property
    def folded_text(self) -> str:
        """The text of the user that is folded now. Empty if there is none."""
        return ""

    def fold(self) -> None:
        """Fold or unfold what can be."""
        self.unfolded = not self.unfolded
        self.changed()

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

    def code_blocks(self) -> list[CodeBlock]:
        """The fenced code blocks of the message, in order, without the fences."""
        return []

    def code_of(self, line: Line) -> str:
        """The code of the block that a line belongs to, as it was written. As it is shown, if the block is open."""
        lines = [each for each in self.lines(self._width) if each.ground is line.ground and each.tail is None]
        shown = text_between(enumerate(lines), (0, 0), (len(lines), 0), 0)
        return next((block.code for block in self.code_blocks() if block.code.expandtabs(4) == shown), shown)

    def is_laid_out(self, width: int) -> bool:
        """Whether the whole message is laid out at a width."""
        return self._parts is not None and width == self._width

    def lay_out(self, width: int, seconds: float) -> bool:  # noqa: ARG002
        """Lay the message out, at least a part of it, and more of it as long as the time suffices.

        Afterwards, `height` and `line` are those of the part, until this has been called often enough.

        Args:
            width: The width of the lines in cells.
            seconds: The time after which no further part is laid out.

        Returns:
            Whether the whole message is laid out.
        """
        self._laid_out(width)
        return True

    def estimate(self, width: int) -> int:
        """The approximate number of lines, without laying them out."""
        text = self.message.content
        return 4 + text.count("\n") + len(text) // max(20, width)

    def set_airy(self, is_airy: bool) -> None:
        """Draw cards with or without half a line of their ground above and below."""
        if is_airy != self.is_airy:
            self.is_airy = is_airy
            self._parts = None

    def drop_lines(self) -> None:
        """Free the cached lines. They are laid out again on demand."""
        self._parts = None

    def highlight(self, languages: AbstractSet[str]) -> bool:
        """Highlight code of these languages, which can be highlighted only now. False if there seems to be none."""
        text = self._shown_source.lower()
        has_code = any(language in text for language in languages)
        if has_code:
            self.changed()
        return has_code

    @property
    def _shown_source(self) -> str:
        """The text of the message. Empty if it is not laid out."""
        return self.message.content if self._parts is not None else ""

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
    """A prompt, or any other message that is not an answer. Shown as it was typed, except for fences."""

    def __init__(self, message: ChatMessage) -> None:
        super().__init__(message)
        self._prompt_parts: list[PromptPart] | None = None

    @property
    def foldable(self) -> bool:
        return any(part.name for part in self._split)

    @property
    def folded_text(self) -> str:
        return "" if self.unfolded else "\n\n".join(part.text for part in self._split if part.name)

    def estimate(self, width: int) -> int:
        # Not kept: the parts of all prompts of a long conversation would hold their texts twice.
        parts = self._prompt_parts or prompt_parts(self.message.content)
        shown = [part.text for part in parts if self.unfolded or not part.name]
        return 4 + len(parts) + sum(text.count("\n") + len(text) // max(20, width) for text in shown)

    def drop_lines(self) -> None:
        super().drop_lines()
        self._prompt_parts = None

    def code_blocks(self) -> list[CodeBlock]:
        from tui.ui.markdown.code import language_of
        from tui.ui.markdown.render import CodeBlock

        parts = [(part.language, safe_text(part.text)) for part in self._split]
        return [CodeBlock(language_of(language), text) for language, text in parts if language is not None]

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        lines = [self._role_line()]
        left = _MAX_PROMPT_CHARACTERS
        hidden = 0
        for at, part in enumerate(self._split):
            if part.name:
                mark = "▾" if self.unfolded else "▸"
                lines.extend(wrap([_own(f"{mark} {safe_line(part.label)}", Look("fold"))], width))
            if part.name and not self.unfolded:
                continue
            text = part.text[:left]
            left -= len(text)
            hidden += len(part.text) - len(text)
            if part.language is not None:
                lines.extend(_code_lines(text, part.language, width))
            else:
                # The newline after the text shows its last line even if that is blank.
                end = "\n" if at < len(self._split) - 1 else ""
                lines += PlainDocument(f"{text}{end}", Look("prompt")).lines(width)
        if hidden:
            lines.extend(wrap([Run(f"… and {hidden:,} more characters", _HINT)], width))
        for image in self.message.images:
            lines.extend(wrap([_own(f"▸ {image_label(image)}", _HINT)], width))
        return [_card(lines, "you", Look("prompt-bar"), is_airy=self.is_airy), [BLANK]]

    @property
    def _split(self) -> list[PromptPart]:
        if self._prompt_parts is None:
            self._prompt_parts = prompt_parts(self.message.content)
        return self._prompt_parts

    def _role_line(self) -> Line:
        name = "You" if self.message.role == "user" else self.message.role.capitalize()
        runs = [_own(name, Look("you-name"))]
        if self.version is not None:
            runs.append(_own(f"  {version_label(self.version)}", _HINT))
        return Line(tuple(runs), tail=_time_run(self.message))


class AnswerEntry(Entry):
    """An answer, while it streams and afterwards."""

    def __init__(self, message: ChatMessage) -> None:
        super().__init__(message)
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
        text = self._text
        self._is_partial = True
        has_more = False
        while self._is_partial:
            calls = len(text.tool_calls)
            if text.is_waiting:
                text.feed(_SLICE_CHARACTERS)
                text.answer.lines(width)
                has_more = True
            self._calls.lay_out(text.tool_calls, width, is_unfolded=self.unfolded, most=_SLICE_CALLS)
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
        text = self._text
        if not self._is_partial:
            text.feed()
            self._calls.lay_out(text.tool_calls, width, is_unfolded=self.unfolded)
        self._shown_calls = len(self._calls.lines)
        parts: list[Sequence[Line]] = [[*self._label_lines(width), *self._thinking_label_lines(width)]]
        if text.has_thinking and self.unfolded:
            thinking = text.thinking.lines(width - 2)
            parts.append(ArrivingLines(thinking) if self.is_thinking else thinking)
        if text.has_thinking and (text.has_answer or text.tool_calls):
            parts.append([BLANK])
        answer = text.answer.lines(width)
        parts.append(ArrivingLines(answer) if self._is_live and not text.tool_calls else answer)
        if text.has_answer and text.tool_calls:
            parts.append([BLANK])
        parts.append(self._calls.lines)
        footer = self._footer_lines(width)
        if answer and not text.tool_calls:
            footer[:1] = [blank_below(answer[-1])]
        parts.append(footer)
        return parts

    def _failure_lines(self, failure: Failure, width: int) -> list[Line]:
        """A card with what happened and what to press; one line for an answer that the user stopped."""
        actions: list[Run] = []
        for key, word, command in self.actions:
            link = f"{COMMAND_LINK}{command}"
            actions += [
                _own("   " if actions else "", _HINT),
                _own(f"{key} ", Look("action-key", link=link)),
                _own(word, Look("action", link=link)),
            ]
        if failure.kind == "cancelled":
            return wrap(
                [_own("◦ ", _HINT), Run(failure_title(failure), Look("stopped")), _own("   ", _HINT), *actions],
                width,
            )
        title = [
            _own("✗ ", Look("failed", bold=True)),
            Run(failure_title(failure), Look("failed", bold=True)),
            Run(f"  {safe_line(failure.message)}"),
        ]
        lines = wrap(title, width)
        if failure.hint:
            lines.extend(wrap([Run(safe_line(failure.hint), _HINT)], width))
        if actions:
            lines.extend(wrap(actions, width))
        return _card(lines, "card", Look("card-bar"), is_airy=self.is_airy)

    def _progress_lines(self, width: int) -> list[Line]:
        """How the running turn is doing: where text will be while there is none, else below the text."""
        text = self._text
        if text.has_answer or text.has_thinking or text.tool_calls:
            if self.progress is None:
                return [BLANK]
            runs = [
                _own("» ", Look("live")),
                _own(progress_label(self.progress, width - 2), Look("figures")),
            ]
            return [BLANK, *wrap(runs, width), BLANK]
        status = safe_line(self.waiting_for) or (progress_label(self.progress, width - 7) if self.progress else "")
        return [
            *wrap(
                [
                    _own(f"{waiting_mark(self.progress, moves=self.moves)}  ", Look("live")),
                    _own(status, _HINT),
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
        name = safe_line(self.message.model) or safe_line(self.message.provider) or "Answer"
        runs = [_own(name, _LABEL)]
        if self.version is not None:
            runs.append(_own(f"  {version_label(self.version)}", _HINT))
        first, *rest = wrap(runs, width)
        return [replace(first, lead=Run("◆ ", _LABEL), tail=_time_run(self.message)), *rest]

    def _thinking_label_lines(self, width: int) -> list[Line]:
        if not self._text.has_thinking:
            return []
        label = thinking_label(self._text.thinking_words, self.thinking_s, live=self.is_thinking)
        return wrap([_own(f"{'▾' if self.unfolded else '▸'} ∴ {label}", Look("fold"))], width)

    def _footer_lines(self, width: int) -> list[Line]:
        message = self.message
        if self._is_live:
            return self._progress_lines(width)
        lines: list[Line] = []
        if message.failure:
            lines.extend([BLANK, *self._failure_lines(message.failure, width)])
        elif reason := finish_note(message):
            lines.extend([BLANK, *wrap([Run(reason, _HINT)], width)])
        if self.note:
            lines.extend(
                [BLANK, *wrap([_own("▲ ", Look("warning")), Run(safe_line(self.note), Look("stopped"))], width)]
            )
        if (stats := format_stats(message)) and not message.is_empty:
            lines.extend([BLANK, *wrap([_own(stats, Look("figures"))], width)])
        return [*lines, BLANK]


def entry_for(message: ChatMessage) -> Entry:
    """The entry that shows a message."""
    return AnswerEntry(message) if message.role == "assistant" else PromptEntry(message)


def _code_lines(code: str, info: str, width: int) -> list[Line]:
    """The lines of code in a prompt."""
    # Imported here to load the Markdown renderer with the first code, not before the first paint.
    from tui.ui.markdown.code import language_of
    from tui.ui.markdown.render import code_block_lines

    return code_block_lines(safe_text(code), language_of(info), width)


def _own(text: str, look: Look) -> Run:
    """A text of our own, which is not part of the message and is never copied."""
    return Run(text, look, copyable=False)


def _card(lines: Sequence[Line], fill: str, bar: Look, *, is_airy: bool) -> list[Line]:
    """Lines on a ground of their own, with a bar at their left."""
    card = [replace(line, fill=fill, lead=Run("▌ ", bar)) for line in lines]
    return [Line(fill=f"{fill}-above"), *card, Line(fill=f"{fill}-below")] if is_airy else card


def _time_run(message: ChatMessage) -> Run | None:
    """When a message was sent: the time of day, with the date if that is not today."""
    day = day_of(message.created_at)
    if day is None:
        return None
    pattern = "%H:%M" if day == today() else "%d %b %Y %H:%M"
    return _own(format_time(message.created_at, pattern).lstrip("0"), Look("time"))
