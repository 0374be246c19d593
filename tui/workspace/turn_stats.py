"""How the running turn is doing: its stage, times and rates. Fed with what happens, asked a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tui.chat.turn import AnswerStarted, ChunkReceived, Stage, StageName, TurnStarted, TurnUpdate
from tui.light_dataclass import dataclass

_MIN_RATE_S = 0.5
"""Seconds of text before a rate means anything."""


@dataclass(frozen=True, slots=True)
class TurnProgress:
    """How the running turn is doing at one moment."""

    stage: StageName
    stage_s: float
    """Seconds in this stage."""

    total_s: float
    """Seconds since the prompt was sent."""

    fraction: float | None = None
    """How much of the stage is done, 0 to 1. None where the server does not tell."""

    left_s: float | None = None
    """Seconds until the stage ends. None where that is not known."""

    silent_s: float = 0.0
    """Seconds since the last text arrived."""

    follows_stopped_turn: bool = False
    """Whether the server may still be working on an answer that was stopped."""

    first_token_s: float | None = None
    """Seconds from sending to the first text. None while none has arrived."""

    chunks_per_second: float | None = None
    """Rate since the first text. None while there is too little to tell."""


class TurnStats:
    """Measures one turn after the other."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Args:
        monotonic: A monotonic clock, in seconds.
        """
        self._monotonic = monotonic
        self._began = 0.0
        self._answer_began = 0.0
        self._first_text: float | None = None
        self._last_text = 0.0
        self._chunks = 0
        self._thinking_from: float | None = None
        self._thinking_until: float | None = None

    def record(self, updates: Iterable[TurnUpdate]) -> None:
        """Record what happened."""
        now = self._monotonic()
        for update in updates:
            if isinstance(update, TurnStarted):
                self._began = now
                self._restart(now)
            elif isinstance(update, AnswerStarted):
                self._restart(now)
            elif isinstance(update, ChunkReceived) and update.chunk.has_text:
                self._first_text = self._first_text or now
                self._last_text = now
                self._chunks += update.pieces
                if update.chunk.thinking and self._thinking_from is None:
                    self._thinking_from = now
                if update.chunk.content and self._thinking_until is None:
                    self._thinking_until = now

    def _restart(self, now: float) -> None:
        """Measure another answer."""
        self._answer_began = self._last_text = now
        self._first_text = self._thinking_from = self._thinking_until = None
        self._chunks = 0

    @property
    def thinking_s(self) -> float | None:
        """Seconds of thinking: so far while it lasts, then in total. None when there was none."""
        if self._thinking_from is None:
            return None
        return (self._thinking_until or self._monotonic()) - self._thinking_from

    def progress(self, stage: Stage | None, *, follows_stopped_turn: bool = False) -> TurnProgress | None:
        """How the turn is doing now. None when no turn is running.

        Args:
            stage: What the turn is waiting for. None between turns.
            follows_stopped_turn: Whether the turn before it was stopped.
        """
        if stage is None:
            return None
        now = self._monotonic()
        streaming_s = 0.0 if self._first_text is None else now - self._first_text
        return TurnProgress(
            stage=stage.name,
            fraction=stage.fraction,
            left_s=None if stage.until is None else max(0.0, stage.until - now),
            stage_s=now - stage.since,
            total_s=now - self._began,
            silent_s=now - self._last_text,
            follows_stopped_turn=follows_stopped_turn,
            first_token_s=None if self._first_text is None else self._first_text - self._answer_began,
            chunks_per_second=self._chunks / streaming_s if streaming_s > _MIN_RATE_S else None,
        )
