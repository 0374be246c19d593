"""What a session tells a front end while a turn is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.errors import ErrorKind, ProviderError

StageName = Literal[
    "queued locally",
    "connecting",
    "waiting",
    "queued",
    "loading",
    "reading",
    "thinking",
    "answering",
    "finishing",
    "retrying",
]
"""`queued locally` is waiting here, for other answers of the same provider; `queued` is waiting at the server."""


class ServerActivity(NamedTuple):
    """What a server is at."""

    stage: StageName

    fraction: float | None = None
    """How much of it is done, 0 to 1, where the server tells. None where it does not."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a turn is waiting for."""

    name: StageName
    since: float
    """When it began, on the monotonic clock of the process."""

    fraction: float | None = None
    """How much of it is done, 0 to 1, where the server tells. None where it does not."""

    until: float | None = None
    """When it ends, on the same clock, where that is known: a wait before another try."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The prompt is part of the conversation, and the request is on its way."""

    prompt: ChatMessage
    answer: ChatMessage
    """Empty as yet."""


class ChunkReceived(NamedTuple):
    """More of the answer."""

    chunk: StreamingChunk

    pieces: int = 1
    """How many chunks of the wire are joined in it."""


@dataclass(frozen=True, slots=True)
class TurnRetried:
    """A try failed before anything arrived; another follows after a wait."""

    attempt: int
    """1 for the first retry."""

    wait_s: float
    kind: ErrorKind
    """Of the failure."""

    message: str
    """The failure, as a sentence."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over, and its answer is kept. Always the last update, and always there."""

    answer: ChatMessage
    error: ProviderError | None = None
    """Why the answer is not whole. None when it is."""


TurnUpdate = TurnStarted | ChunkReceived | TurnRetried | TurnEnded
