"""Chunks → the answer: gathered, saved a few times a second, and measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui.chat.chunk import ServerTiming, StreamingChunk, Usage
from tui.chat.growing_text import GrowingText
from tui.chat.message import AnswerStats, ChatMessage, Failure
from tui.errors import ProviderError
from tui.session.recorder import Recorder

CHECKPOINT_S: Final = 0.2
"""The longest time that text which was shown is not yet saved, in seconds."""

_MIN_MEASURED_S: Final = 0.5
"""Text that arrives within a shorter time says nothing about the speed of the model, even if it was several chunks: a
server or a proxy that buffers sends an answer of many seconds in one burst, which looks like thousands of tokens a
second. The rate while the answer arrives is shown after the same time."""


class AnswerBuilder:
    """Gathers one answer. Each chunk costs the same, however long the answer is."""

    def __init__(
        self, answer: ChatMessage, recorder: Recorder, monotonic: Callable[[], float], *, remember: bool
    ) -> None:
        """Args:
        answer: The answer so far: empty, or the partial one that is continued.
        recorder: Saves the text.
        monotonic: A monotonic clock, in seconds.
        remember: Whether to gather and save the text. False keeps memory flat however long the answer is.
        """
        self._answer = answer
        self._recorder = recorder
        self._monotonic = monotonic
        self._remember = remember
        self._sent_at = monotonic()
        self._first_text_at: float | None = None
        self._text_chunks = 0
        self._content = GrowingText(answer.content)
        self._thinking = GrowingText(answer.thinking)
        self._calls = list(answer.tool_calls)
        self._images = list(answer.images)
        self._saved_content = len(self._content)
        self._saved_thinking = len(self._thinking)
        self._checkpoint: asyncio.TimerHandle | None = None
        self.model = answer.model
        """The model that answers, as far as known."""
        self._finish_reason: str | None = None
        self._usage: Usage | None = None
        self._timing = ServerTiming()

    @property
    def partial_answer(self) -> ChatMessage:
        """The answer with the text that has arrived."""
        return replace(
            self._answer,
            content=self._content.text,
            thinking=self._thinking.text,
            tool_calls=tuple(self._calls),
            images=tuple(self._images),
            model=self.model,
        )

    def attach_recorder(self, recorder: Recorder) -> None:
        """Save the text that arrives from now on with another recorder."""
        self._recorder = recorder
        self._saved_content, self._saved_thinking = len(self._content), len(self._thinking)

    def restart_clock(self) -> None:
        """The request is only sent now: the time spent in our own queue does not count."""
        self._sent_at = self._monotonic()

    def add(self, chunk: StreamingChunk) -> None:
        """Add a chunk."""
        if self._text_chunks < 2 and chunk.has_text:
            self._text_chunks += 1
            if self._first_text_at is None:
                self._first_text_at = self._monotonic()
        self._finish_reason = chunk.finish_reason or self._finish_reason
        self._usage = chunk.usage or self._usage
        self._timing = chunk.timing or self._timing
        self.model = chunk.model or self.model
        if self._remember:
            self._content.append(chunk.content)
            self._thinking.append(chunk.thinking)
            self._calls.extend(chunk.tool_calls)
            self._images.extend(chunk.images)
            if self._checkpoint is None:
                self._checkpoint = asyncio.get_running_loop().call_later(CHECKPOINT_S, self._save)

    def finish(self, error: ProviderError | None, finished_at: float | None) -> ChatMessage:
        """The answer in its final state.

        Args:
            error: Why it is incomplete. None when it is complete.
            finished_at: When the last of the answer arrived, on the monotonic clock. What the server does after that is
                bookkeeping and may take its time. None for now.
        """
        if self._checkpoint is not None:
            self._checkpoint.cancel()
        failure = None if error is None else Failure(error.kind, str(error), error.hint, error.status)
        return replace(
            self._answer,
            content=self._content.text,
            thinking=self._thinking.text,
            tool_calls=tuple(self._calls),
            images=tuple(self._images),
            model=self.model,
            finish_reason=self._finish_reason,
            outcome="complete" if failure is None else "cancelled" if failure.kind == "cancelled" else "failed",
            failure=failure,
            stats=self._stats(finished_at),
        )

    def _save(self) -> None:
        self._checkpoint = None
        content = self._content.part(self._saved_content, len(self._content))
        thinking = self._thinking.part(self._saved_thinking, len(self._thinking))
        self._saved_content, self._saved_thinking = len(self._content), len(self._thinking)
        self._recorder.append_to_answer(self._answer.id, content, thinking)

    def _stats(self, finished_at: float | None) -> AnswerStats:
        end = self._monotonic() if finished_at is None else finished_at
        rate = self._timing.tokens_per_second
        tokens = self._usage.completion_tokens if self._usage else None
        # Without the time between two pieces of text, the speed of the model is unknown.
        if rate is None and tokens and self._first_text_at is not None and self._text_chunks > 1:
            answer_s = end - self._first_text_at
            rate = tokens / answer_s if answer_s >= _MIN_MEASURED_S else None
        return AnswerStats(
            usage=self._usage,
            first_token_s=None if self._first_text_at is None else self._first_text_at - self._sent_at,
            total_s=end - self._sent_at,
            tokens_per_second=rate,
        )
