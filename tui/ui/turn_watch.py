"""How a turn stands: its stage, its seconds, its rate. Fed with what happens, asked a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tui.chat.turn import ChunkReceived, Stage, TurnStarted, TurnUpdate
from tui.ui.widgets.status_bar import TurnMeter

_SPAN_S = 0.5
_SPANS = 10
"""Spans of time whose rate is told, and how long each of them is."""

_RATE_FROM_S = 0.5
"""Seconds of text before there is an honest rate."""


class TurnWatch:
    """Watches one turn after the other."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Args:
        monotonic: Seconds on a clock that nobody sets.
        """
        self._monotonic = monotonic
        self._began = 0.0
        self._first: float | None = None
        self._last = 0.0
        self._pieces = 0
        self._thought_from: float | None = None
        self._thought_till: float | None = None
        self._spans: dict[int, int] = {}
        """Pieces in each span of time since the first, by its number."""

    def take(self, updates: Iterable[TurnUpdate]) -> None:
        """Take note of what has happened."""
        now = self._monotonic()
        for update in updates:
            if isinstance(update, TurnStarted):
                self._began = self._last = now
                self._first = self._thought_from = self._thought_till = None
                self._pieces = 0
                self._spans = {}
            elif isinstance(update, ChunkReceived) and update.chunk.has_text:
                self._first = self._first or now
                self._last = now
                self._pieces += update.pieces
                span = int((now - self._first) / _SPAN_S)
                self._spans[span] = self._spans.get(span, 0) + update.pieces
                if update.chunk.thinking and self._thought_from is None:
                    self._thought_from = now
                if update.chunk.content and self._thought_till is None:
                    self._thought_till = now

    @property
    def thinking_s(self) -> float | None:
        """Seconds of thinking so far, or in all. None when there was none."""
        if self._thought_from is None:
            return None
        return (self._thought_till or self._monotonic()) - self._thought_from

    def meter(self, stage: Stage | None, *, after_stopped: bool = False) -> TurnMeter | None:
        """How it stands. None when nothing is under way.

        Args:
            stage: What it waits for.
            after_stopped: Whether the turn before it was stopped.
        """
        if stage is None:
            return None
        now = self._monotonic()
        streaming_s = 0.0 if self._first is None else now - self._first
        return TurnMeter(
            stage=stage.name,
            fraction=stage.fraction,
            left_s=None if stage.until is None else max(0.0, stage.until - now),
            stage_s=now - stage.since,
            total_s=now - self._began,
            silent_s=now - self._last,
            is_after_stopped=after_stopped,
            first_token_s=None if self._first is None else self._first - self._began,
            rates=self._rates(now),
            chunks_per_second=self._pieces / streaming_s if streaming_s > _RATE_FROM_S else None,
        )

    def _rates(self, now: float) -> tuple[float, ...]:
        """Pieces a second in each of the last spans that are over."""
        if self._first is None:
            return ()
        over = int((now - self._first) / _SPAN_S)
        for span in [span for span in self._spans if span < over - _SPANS]:
            del self._spans[span]
        return tuple(self._spans.get(span, 0) / _SPAN_S for span in range(max(0, over - _SPANS), over))
