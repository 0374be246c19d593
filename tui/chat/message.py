"""One message of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from tui.chat.chunk import JSONValue, ToolCall, Usage
from tui.chat.image import Image
from tui.chat.safe_text import is_blank
from tui.chat.thinking import split_thinking
from tui.chat.tool_outcome import ToolOutcome
from tui.errors import ErrorKind
from tui.light_dataclass import dataclass

Role = Literal["system", "user", "assistant", "tool"]
"""A message of role `tool` is the result of one tool call."""

Outcome = Literal["complete", "streaming", "cancelled", "failed"]
"""How a message ended. `streaming` has not ended yet, or its process died before it did."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an answer is incomplete: an error as data that can be saved and shown."""

    kind: ErrorKind
    message: str
    """One sentence, which may quote the server."""

    hint: str = ""
    """What the user can do next. May be empty."""

    status: int | None = None
    """HTTP status. None if there was none."""


@dataclass(frozen=True, slots=True)
class AnswerStats:
    """Times and token counts of an answer."""

    usage: Usage | None = None
    """Token counts. None if the server reported none."""

    first_token_s: float | None = None
    """Seconds from sending to the first text or thinking. None if none arrived."""

    total_s: float | None = None
    """Seconds from sending to the end of the answer. None if unknown."""

    tokens_per_second: float | None = None
    """As reported by the server, else computed from the time since the first token. None if neither is known."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a tree. An edited prompt or a regenerated answer is a sibling; nothing is overwritten."""

    id: str
    """Unique across all conversations."""

    role: Role
    content: str
    """The text, exactly as the user typed it or the server sent it."""

    parent_id: str | None = None
    """The id of the message before this one. None for a first message."""

    created_at: float = 0.0
    """Seconds since the epoch, UTC."""

    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    images: tuple[Image, ...] = ()

    tool: ToolOutcome | None = None
    """Which call a message of role `tool` answers, and who allowed it. None for other roles."""

    provider: str = ""
    """Config name of the provider of the answer. Empty for prompts."""

    model: str = ""
    """The model that generated the answer. Empty for prompts."""

    finish_reason: str | None = None
    """The server's reason for ending the answer. None if the server sent none."""

    outcome: Outcome = "complete"

    failure: Failure | None = None
    """Set if the outcome is `failed` or `cancelled`."""

    stats: AnswerStats = AnswerStats()

    options: Mapping[str, JSONValue] = field(default_factory=dict)
    """The options of the request for an answer: `temperature`, `num_ctx`, … Empty for prompts."""

    @property
    def is_empty(self) -> bool:
        """Whether it has no content, thinking, tool calls or images."""
        return not (self.content or self.thinking or self.tool_calls or self.images)

    @property
    def text(self) -> str:
        """The content without the thinking that a model may have written into it. Other roles' content is unchanged."""
        return split_thinking(self.content).answer if self.role == "assistant" else self.content

    @property
    def can_continue(self) -> bool:
        """Whether it is an incomplete answer with some text."""
        return self._is_incomplete and not is_blank(self.text)

    @property
    def stopped_while_thinking(self) -> bool:
        """Whether it is an incomplete answer with thinking, sent separately, and without text."""
        return self._is_incomplete and is_blank(self.content) and not is_blank(self.thinking)

    @property
    def _is_incomplete(self) -> bool:
        return self.role == "assistant" and (self.outcome != "complete" or self.finish_reason == "length")
