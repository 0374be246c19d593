"""The updates that a session sends to a front end during a turn."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.errors import ErrorKind, ProviderError
from tui.light_dataclass import dataclass

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
    "starting tools",
    "deciding",
    "running tools",
]
"""`queued locally` waits for other answers of the same provider; `queued` waits in the server's queue; `deciding` waits
for the user, who has to decide about tool calls."""


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
class ToolProgress:
    """How far a running tool call is."""

    began: float
    """When it began to run, on a monotonic clock, in seconds."""

    fraction: float | None = None
    """Progress from 0 to 1. None if the tool server does not report it."""

    text: str = ""
    """What the tool server says about it. Foreign text; may be empty."""


@dataclass(frozen=True, slots=True)
class ToolsUnavailable:
    """Some tools that the user chose are not offered to the model. Sent once for each reason."""

    reason: str
    """One sentence, which may quote the server."""


@dataclass(frozen=True, slots=True)
class ToolCallsReceived:
    """An answer has ended with tool calls, and was recorded. The turn continues with their results."""

    answer: ChatMessage
    """The answer in its final state."""

    results: tuple[ChatMessage, ...]
    """One message of role `tool` for each call, in the order of the calls. Their outcome is `streaming` until they end.
    Each is the parent of the next."""


@dataclass(frozen=True, slots=True)
class ToolCallWaiting:
    """A call waits for the decision of the user."""

    result: ChatMessage
    """The message of the call, still without content."""


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """A call was allowed, which was recorded, and runs now."""

    result: ChatMessage
    """The message of the call, with who allowed it."""


@dataclass(frozen=True, slots=True)
class ToolCallEnded:
    """A call has a result, which was recorded. Calls that did not run have one, too: the reason."""

    result: ChatMessage
    """The message of the call in its final state."""


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """All calls of an answer have results, and the request for the next answer of the turn is being sent."""

    answer: ChatMessage
    """The new answer, still empty. Its parent is the last result."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn has ended, and its last answer was recorded. Always the last update of a turn."""

    answer: ChatMessage
    error: ProviderError | None = None
    """Why the answer is incomplete. None if it is complete."""


ToolUpdate = ToolCallsReceived | ToolCallWaiting | ToolCallStarted | ToolCallEnded
"""What happens between two answers of a turn."""

TurnUpdate = TurnStarted | ChunkReceived | TurnRetried | ToolsUnavailable | ToolUpdate | AnswerStarted | TurnEnded
"""Between `TurnStarted` and `TurnEnded`, a turn may have several answers: each but the last ends with tool calls."""
