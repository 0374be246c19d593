"""One request: the stages it goes through, what arrives, and how it ended, as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.echo import EchoRemover
from tui.chat.message import ChatMessage
from tui.chat.turn import ChunkReceived, ServerActivity, Stage, TurnEnded, TurnRetried
from tui.errors import ProviderError, TurnCancelled
from tui.session.answer_builder import AnswerBuilder
from tui.session.recorder import Recorder

_THINKING: Final = ServerActivity("thinking")
_ANSWERING: Final = ServerActivity("answering")
_WAITING: Final = ServerActivity("waiting")
_HAS_READ: Final = ServerActivity("reading", 1.0)
"""The last report of a server that reads a prompt."""


class Turn:
    """Follows one request from its first stage to its end. It neither sends nor reads: the session does."""

    def __init__(
        self,
        answer: ChatMessage,
        recorder: Recorder,
        monotonic: Callable[[], float],
        *,
        continues: bool,
        remember: bool,
        with_ids: Callable[[tuple[ToolCall, ...]], tuple[ToolCall, ...]] = tuple,
    ) -> None:
        """Args:
        answer: The answer so far: empty, or the partial one that is continued.
        recorder: Saves the text.
        monotonic: A monotonic clock, in seconds.
        continues: Whether the server may repeat the beginning of the answer.
        remember: Whether to gather the text.
        with_ids: Returns tool calls with the ids that their results refer to.
        """
        self.stage: Stage | None = None
        """What the request is waiting for. None before the first stage."""
        self.builder = AnswerBuilder(answer, recorder, monotonic, remember=remember)
        self.error: ProviderError | None = TurnCancelled("You stopped this answer.")
        """Why the answer is incomplete. Stopping closes the stream without an error, so that is what it starts as."""
        self.answer_id: str | None = None
        """The server's id of the answer. None if the server has not sent one that is of use."""
        self._monotonic = monotonic
        self._with_ids = with_ids
        self._echo = EchoRemover(answer.text) if continues else None

    def enter(self, activity: ServerActivity) -> None:
        """Record what the request is waiting for now."""
        if activity == _HAS_READ:
            # What follows may take long without a word: some servers hold back what the model thinks.
            activity = _WAITING
        if self.stage is None or self.stage.name != activity.stage:
            if self.stage is not None and self.stage.name == "queued locally":
                self.builder.restart_clock()
            self.stage = Stage(activity.stage, self._monotonic(), activity.fraction)
        elif self.stage.fraction != activity.fraction:
            self.stage = replace(self.stage, fraction=activity.fraction)

    def wait_for_retry(self, retried: TurnRetried) -> None:
        """Record that an attempt failed and another follows."""
        began = self._monotonic()
        self.stage = Stage("retrying", began, until=began + retried.wait_s)

    def consume(self, chunk: StreamingChunk) -> ChunkReceived:
        """Add a chunk to the answer; returns what to show of it."""
        if chunk.content or chunk.tool_calls or chunk.images:
            self.enter(_ANSWERING)
        elif chunk.thinking:
            self.enter(_THINKING)
        self.answer_id = chunk.answer_id or self.answer_id
        if chunk.tool_calls:
            chunk = chunk._replace(tool_calls=self._with_ids(chunk.tool_calls))
        if self._echo is not None:
            chunk = chunk._replace(content=self._echo.feed(chunk.content))
        self.builder.add(chunk)
        return ChunkReceived(chunk)

    def succeed(self) -> ChunkReceived | None:
        """The stream ended well. Returns text that was held back, if any."""
        self.error = None
        if self._echo is None or not (rest := self._echo.finish()):
            return None
        chunk = StreamingChunk(content=rest)
        self.builder.add(chunk)
        return ChunkReceived(chunk)

    def end(self) -> TurnEnded:
        """How the turn ended. No chunk may follow."""
        finished_at = self.stage.since if self.stage is not None and self.stage.name == "finishing" else None
        if isinstance(self.error, TurnCancelled) and finished_at is not None:
            # The whole answer had arrived: there was nothing left to stop.
            self.error = None
        return TurnEnded(self.builder.finish(self.error, finished_at), self.error)
