"""Says what happens in a turn: the answer line by line, thinking and tool calls in words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, assert_never

from tui.chat.chunk import StreamingChunk
from tui.chat.formatting import format_count, format_seconds, format_size, model_label
from tui.chat.message import ChatMessage, Failure
from tui.chat.safe_text import safe_line
from tui.chat.thinking import ThinkingSplitter
from tui.chat.tool_outcome import APPROVAL_LABELS
from tui.chat.turn import (
    AnswerStarted,
    ChunkReceived,
    ToolCallEnded,
    ToolCallsReceived,
    ToolCallStarted,
    ToolCallWaiting,
    ToolsUnavailable,
    TurnEnded,
    TurnRetried,
    TurnStarted,
    TurnUpdate,
)
from tui.commands.turn_output import is_other_model
from tui.plain.console import Console
from tui.plain.markdown import PlainMarkdown
from tui.workspace.labels import STAGES, failure_title, finish_note
from tui.workspace.open_conversation import OpenConversation

_TICK_S: Final = 0.25
"""How often it is checked whether something has to be said, in seconds."""

_PAUSE_S: Final = 1.0
"""Seconds without text after which the beginning of a line is said; and between two sentences of the same line."""

_LONGEST_WAIT_S: Final = 10.0
"""Seconds after which a line that has no end, such as a row of a table, is said as far as it has come."""

_FIRST_WAIT_S: Final = 3.0
"""Seconds in one stage after which the user is told what the turn waits for."""

_NEXT_WAIT_S: Final = 30.0
"""Seconds after which it is said again."""

_TICKS_PER_POLL: Final = 4
"""Ticks between two questions to a server that keeps us waiting."""

_SILENT_STAGES: Final = frozenset({"deciding", "finishing"})
"""Stages that are not said: the user is asked, or hears the end at once."""


class TurnSpeaker:
    """Says the turns of the current conversation. Implements `tui.workspace.turn_runner.TurnSink`."""

    def __init__(self, console: Console, on_shown: asyncio.Event) -> None:
        """Args:
        console: Says it.
        on_shown: Set when something was said.
        """
        self._console = console
        self._on_shown = on_shown
        self._answer: ChatMessage | None = None
        """The answer that is said now. None between turns."""
        self._model = ""
        """The model of the conversation. A first turn may begin before it is known."""
        self._splitter = ThinkingSplitter()
        self._text = PlainMarkdown()
        self._heard = (0, 0)
        """How much of the answer arrived here: characters of content and of thinking."""
        self._words = 0
        """Words of thinking in the answer."""
        self._is_thinking = False
        self._thinking_from = 0.0
        self._has_name = False
        """Whether it was said who answers."""
        self._is_continued = False
        """Whether the answer began in an earlier turn."""
        self._said_at = self._heard_at = self._first_heard_at = 0.0
        self._stage = ""
        """The last stage that was seen."""
        self._stage_said_at = 0.0
        self.asked: set[str] = set()
        """The calls that wait for the user and whose answer was said in full, by their messages."""

    @property
    def is_speaking(self) -> bool:
        """Whether the text of an answer is said now, which nothing else should interrupt."""
        return self._answer is not None and self._has_name

    async def show(self, conversation: OpenConversation, updates: Sequence[TurnUpdate]) -> None:
        """Say what happened. Returns when it is written: until then, nothing more is read."""
        self._model = conversation.session.model
        for update in updates:
            await self._say(update)
        await self._console.flush()
        self._on_shown.set()

    async def end(self, conversation: OpenConversation, ended: TurnEnded) -> None:
        """Say how a turn ended, with what arrived of it and was not said yet."""
        answer, error = ended.answer, ended.error
        if self._answer is not None and self._answer.id == answer.id:
            content, thinking = self._heard
            await self._chunk(StreamingChunk(answer.content[content:], answer.thinking[thinking:]))
            await self._end_text()
        if answer.images:
            await self._console.say(f"The answer has {format_count(len(answer.images), 'image')}.")
        self._answer = None
        goes_on = "/continue goes on" if conversation.session.can_continue else ""
        next_steps = f"{', '.join(filter(None, (goes_on, '/regenerate asks again')))}."
        if error is not None and error.kind == "cancelled":
            await self._console.say(f"Stopped. {next_steps}")
        elif error is not None:
            title = failure_title(Failure(error.kind, str(error)))
            words = (f"{title}: {safe_line(str(error))}", safe_line(error.hint), next_steps)
            await self._console.say(" ".join(filter(None, words)))
        elif note := finish_note(answer):
            await self._console.say(f"{note} {goes_on}." if goes_on else note)

    async def follow(self, conversation: OpenConversation) -> None:
        """Say what has waited long enough, and what the turn waits for, while it runs."""
        ticks = 0
        while True:
            await asyncio.sleep(_TICK_S)
            if not conversation.is_running:
                return
            ticks += 1
            if self._answer is not None:
                await self._say_part()
            await self._say_stage(conversation)
            if ticks % _TICKS_PER_POLL == 0:
                await conversation.session.poll_activity()

    # Updates.

    async def _say(self, update: TurnUpdate) -> None:
        console = self._console
        match update:
            case TurnStarted(_, answer) | AnswerStarted(answer):
                self._begin(answer)
            case ChunkReceived(chunk):
                content, thinking = self._heard
                self._heard = content + len(chunk.content), thinking + len(chunk.thinking)
                await self._chunk(chunk)
            case TurnRetried():
                wait = format_seconds(update.wait_s)
                await console.say(f"{safe_line(update.message)} Trying again in {wait}.")
            case ToolCallsReceived():
                await self._end_text()
            case ToolCallWaiting(result):
                self.asked.add(result.id)
            case ToolCallStarted(result):
                if result.tool is not None:
                    await console.say(f"Running {tool_name(result)}, {APPROVAL_LABELS[result.tool.approval]}.")
            case ToolCallEnded(result):
                await console.say(outcome_line(result))
            case TurnEnded() | ToolsUnavailable():
                # The end is said by `end`; that tools are missing is a notice of the workspace.
                pass
            case _:
                assert_never(update)

    def _begin(self, answer: ChatMessage) -> None:
        self._answer = answer
        self._splitter, self._text = ThinkingSplitter(), PlainMarkdown()
        # An answer that is continued begins with what was said before.
        self._heard = len(answer.content), len(answer.thinking)
        self._is_continued = bool(answer.content)
        self._words, self._is_thinking, self._has_name = 0, False, False
        self._said_at = self._heard_at = asyncio.get_running_loop().time()
        self._stage = ""

    async def _chunk(self, chunk: StreamingChunk) -> None:
        assert self._answer is not None
        if chunk.model and is_other_model(self._answer.model, chunk.model):
            await self._console.say(f"The model {safe_line(chunk.model)} answers instead of {self._name}.")
        if chunk.thinking:
            await self._think(chunk.thinking)
        if chunk.content:
            split = self._splitter.feed(chunk.content)
            if split.retracts:
                await self._console.say("What was said so far was thinking, not the answer.")
            if split.thinking:
                await self._think(split.thinking)
            await self._answer_text(split.answer)

    async def _think(self, text: str) -> None:
        now = asyncio.get_running_loop().time()
        if not self._is_thinking:
            self._is_thinking, self._thinking_from = True, now
            await self._console.say(f"{self._name} thinks.")
        self._words += len(text.split())
        self._heard_at = now

    async def _answer_text(self, text: str) -> None:
        if not text or (not self._has_name and not text.strip()):
            return
        await self._end_thinking()
        if not self._has_name:
            self._has_name = True
            text = text.lstrip("\n")
            await self._console.say(f"{self._name} {'goes on' if self._is_continued else 'says'}:")
            self._first_heard_at = asyncio.get_running_loop().time()
        self._heard_at = asyncio.get_running_loop().time()
        await self._write(self._text.feed(text))

    async def _end_thinking(self) -> None:
        if self._is_thinking:
            self._is_thinking = False
            seconds = format_seconds(asyncio.get_running_loop().time() - self._thinking_from)
            await self._console.say(f"It thought for {seconds}, about {format_count(self._words, 'word')}.")

    async def _end_text(self) -> None:
        """Say what is left of an answer's text."""
        rest = self._splitter.finish()
        if rest.thinking:
            await self._think(rest.thinking)
        await self._answer_text(rest.answer)
        await self._write(self._text.finish())
        await self._end_thinking()
        await self._console.end_line()

    async def _write(self, text: str) -> None:
        if text:
            self._said_at = asyncio.get_running_loop().time()
            await self._console.write(text)

    @property
    def _name(self) -> str:
        answer = self._answer
        model = self._model if answer is None else answer.model or self._model
        return model_label(model) or "The model"

    # What has waited.

    async def _say_part(self) -> None:
        """Say whole sentences of a line that is not whole; after a pause, everything up to the last word."""
        now = asyncio.get_running_loop().time()
        if now - self._said_at >= _PAUSE_S:
            is_silent = now - self._heard_at >= _PAUSE_S
            part = self._text.part(at_sentence=not is_silent)
            if not part and now - max(self._said_at, self._first_heard_at) >= _LONGEST_WAIT_S:
                part = self._text.rest()
            await self._write(part)
            await self._console.flush()

    async def _say_stage(self, conversation: OpenConversation) -> None:
        stage = conversation.session.stage
        if stage is None or stage.name in _SILENT_STAGES:
            return
        now = asyncio.get_running_loop().time()
        if stage.name != self._stage:
            is_heard = stage.name in ("thinking", "answering")
            self._stage = stage.name
            self._stage_said_at = stage.since if is_heard else stage.since - _NEXT_WAIT_S + _FIRST_WAIT_S
        if stage.name == "answering":
            self._stage_said_at = max(self._stage_said_at, self._heard_at)
        if now - self._stage_said_at < _NEXT_WAIT_S:
            return
        words = f"{STAGES[stage.name]}, {format_seconds(now - stage.since)}"
        if stage.name == "answering":
            words = f"no more text for {format_seconds(now - self._heard_at)}"
        elif stage.until is not None:
            words = f"{STAGES[stage.name]} in {format_seconds(max(0.0, stage.until - now))}"
        elif stage.fraction is not None:
            words = f"{STAGES[stage.name]}, {stage.fraction:.0%}"
        self._stage_said_at = now
        await self._console.say(f"{words[0].upper()}{words[1:]}.")
        await self._console.flush()


def tool_name(result: ChatMessage) -> str:
    """The tool of a call, safe to say."""
    tool = result.tool
    return "a tool" if tool is None else safe_line(tool.full_name or tool.name) or "a tool without a name"


def outcome_line(result: ChatMessage) -> str:
    """How a tool call went, in one line."""
    tool, name = result.tool, tool_name(result)
    if tool is None:
        return "The record of a tool call cannot be read."
    if result.failure is not None:
        return f"{name}: {failure_title(result.failure).lower()}."
    if tool.approval == "denied":
        return f"{name}: {safe_line(result.content)}"
    size = format_size(len(result.content.encode("utf-8", "replace")))
    images = f", {format_count(len(result.images), 'image')}" if result.images else ""
    took = format_seconds(tool.seconds)
    if tool.is_error:
        return f"{name} failed after {took}: {safe_line(result.content)[:200]}"
    return f"{name} is done after {took}: {size}{images}."
