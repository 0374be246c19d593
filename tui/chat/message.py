"""One message of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.chat.chunk import JSONValue, ToolCall, Usage
from tui.errors import ErrorKind

Role = Literal["system", "user", "assistant"]

Outcome = Literal["complete", "streaming", "cancelled", "failed"]
"""How a message ended. `streaming` is one still under way, or one whose process died before it ended."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that goes with a prompt."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`."""

    data: bytes
    """The file, as it is."""

    name: str = ""
    """The file's name, to show. May be empty."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an answer is not whole: an error, as something to keep and show."""

    kind: ErrorKind
    message: str
    """One sentence, with the server's own words in it."""

    hint: str = ""
    """What to do next. May be empty."""

    status: int | None = None
    """HTTP status, where there was one."""


@dataclass(frozen=True, slots=True)
class AnswerStats:
    """How long an answer took, and what it cost."""

    usage: Usage | None = None
    """None where the server gave no count."""

    first_token_s: float | None = None
    """Seconds from sending to the first text or thinking. None when none came."""

    total_s: float | None = None
    """Seconds from sending to the end."""

    tokens_per_second: float | None = None
    """The server's figure where it gave one, else tokens by the time since the first. None when neither is known."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message. Messages form a tree: an edit or a new try is a sibling, nothing is overwritten."""

    id: str
    """Unique over all conversations."""

    role: Role
    content: str
    """The text, exactly as it was written or as it came."""

    parent_id: str | None = None
    """The message that it follows. None for the first of a conversation."""

    created_at: float = 0.0
    """Seconds since the epoch, UTC."""

    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    images: tuple[Image, ...] = ()

    provider: str = ""
    """The provider that gave the answer, by its name in the config. Empty for what the user wrote."""

    model: str = ""
    """The model that gave the answer. Empty for what the user wrote."""

    finish_reason: str | None = None
    """The server's word for why it stopped. None when it never said."""

    outcome: Outcome = "complete"

    failure: Failure | None = None
    """Set when the outcome is `failed` or `cancelled`."""

    stats: AnswerStats = AnswerStats()

    options: Mapping[str, JSONValue] = field(default_factory=dict)
    """The options that an answer was asked for with: `temperature`, `num_ctx`, … Empty for what the user wrote."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it ever arrived."""
        return not (self.content or self.thinking or self.tool_calls)

    @property
    def can_continue(self) -> bool:
        """Whether it is an answer that was begun and is not finished."""
        unfinished = self.outcome != "complete" or self.finish_reason == "length"
        return self.role == "assistant" and bool(self.content) and unfinished
