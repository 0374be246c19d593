"""The updates that a session sends to a front end during a turn."""

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
"""`queued locally` waits for other answers of the same provider; `queued` waits in the server's queue."""


class ServerActivity(NamedTuple):
    """What a server is doing."""

    stage: StageName

    fraction: float | None = None
    """Progress from 0 to 1. None if the server does not report it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The current stage of a turn."""

    name: StageName
    since: float
    """When it began, on a monotonic clock, in seconds."""

    fraction: float | None = None
    """Progress from 0 to 1. None if the server does not report it."""

    until: float | None = None
    """When it ends, on the same clock: the wait before a retry. None if unknown."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The prompt was added to the conversation, and the request is being sent."""

    prompt: ChatMessage
    answer: ChatMessage
    """The new answer, still empty."""


class ChunkReceived(NamedTuple):
    """The next part of the answer."""

    chunk: StreamingChunk

    pieces: int = 1
    """How many chunks from the server are joined in this one."""


@dataclass(frozen=True, slots=True)
class TurnRetried:
    """An attempt failed before any text arrived; a retry follows after a wait."""

    attempt: int
    """1 for the first retry."""

    wait_s: float
    kind: ErrorKind
    """The kind of the error."""

    message: str
    """The error message."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn has ended, and its answer was recorded. Always the last update of a turn."""

    answer: ChatMessage
    error: ProviderError | None = None
    """Why the answer is incomplete. None if it is complete."""


TurnUpdate = TurnStarted | ChunkReceived | TurnRetried | TurnEnded
