"""One step of an answer, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

JSONValue = None | bool | int | float | str | list["JSONValue"] | dict[str, "JSONValue"]
"""Anything that JSON can hold."""

JSONObject = dict[str, JSONValue]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model asks to have called. llm-tui shows calls; it never runs them."""

    name: str
    """The function's name. May be empty when the stream was cut inside the call."""

    arguments: JSONObject | str
    """The arguments; the raw string when it is no valid JSON object, as when the token limit cut it."""

    id: str | None = None
    """The server's id for the call. None where it gives none (Ollama before 0.12)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, by the server's own count."""

    prompt_tokens: int | None = None
    """Tokens of the prompt and the history. None where the server did not say: unknown is never 0."""

    completion_tokens: int | None = None
    """Tokens of the answer. None where the server did not say."""


@dataclass(frozen=True, slots=True)
class ServerTiming:
    """What the server itself measured. All in seconds; None where it did not say."""

    load_s: float | None = None
    """Loading the model."""

    prompt_s: float | None = None
    """Reading the prompt."""

    answer_s: float | None = None
    """Writing the answer."""

    tokens_per_second: float | None = None
    """Tokens of the answer by the time it took to write them."""


# A tuple, for one is made of every token: a frozen data class takes three times as long to make.
class StreamingChunk(NamedTuple):
    """One step of an answer.

    A delta: the `content` of every chunk, joined in order, is the whole answer.
    """

    content: str = ""
    """Answer text. May be empty: some servers open with a bare role."""

    thinking: str = ""
    """What the model thinks before it answers, where the server tells it apart."""

    tool_calls: tuple[ToolCall, ...] = ()
    """Whole calls. Fragments are joined by the provider before they come here."""

    finish_reason: str | None = None
    """`stop`, `length`, `tool_calls`, `content_filter`, `load`, `unload`, or the server's word. Comes at most once."""

    usage: Usage | None = None
    """What the answer cost. Only the last chunk carries it."""

    timing: ServerTiming | None = None
    """What the server measured. Only the last chunk carries it."""

    model: str | None = None
    """The model that answers, by the server's word. Comes once, and only when it is not the one that was asked for."""

    @property
    def has_text(self) -> bool:
        """Whether something of the answer came with it: text, thinking or a tool call."""
        return bool(self.content or self.thinking or self.tool_calls)
