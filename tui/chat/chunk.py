"""One step of a streaming answer, with its tool calls, usage and timing."""

from __future__ import annotations

from typing import NamedTuple

from tui.chat.image import Image
from tui.light_dataclass import dataclass

JSONValue = None | bool | int | float | str | list["JSONValue"] | dict[str, "JSONValue"]
"""Any JSON value."""

JSONObject = dict[str, JSONValue]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model's request to call a function."""

    name: str
    """The function's name. May be empty if the stream was interrupted inside the call."""

    arguments: JSONObject | str
    """The arguments; the raw string if it is not a valid JSON object, such as one truncated by the token limit."""

    id: str | None = None
    """The server's id for the call. None if the server sends none (Ollama before 0.12)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of an answer, as reported by the server."""

    prompt_tokens: int | None = None
    """Tokens of the prompt and the history. None if the server did not report them: unknown is never 0."""

    completion_tokens: int | None = None
    """Tokens of the answer. None if the server did not report them."""

    cached_prompt_tokens: int | None = None
    """Those of `prompt_tokens` that the server still knew from an earlier request. None if it did not report them."""

    def to_json(self) -> dict[str, int | None]:
        """The counts by name. The cached tokens, which few servers report, are left out if they are unknown."""
        counts = {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}
        cached = self.cached_prompt_tokens
        return counts if cached is None else {**counts, "cached_prompt_tokens": cached}


@dataclass(frozen=True, slots=True)
class ServerTiming:
    """Times measured by the server, in seconds. None if the server did not report them."""

    load_s: float | None = None
    """Loading the model."""

    prompt_s: float | None = None
    """Processing the prompt."""

    answer_s: float | None = None
    """Generating the answer."""

    tokens_per_second: float | None = None
    """Tokens of the answer divided by `answer_s`."""


# A tuple, because every token creates one: a frozen dataclass takes three times as long to create.
class StreamingChunk(NamedTuple):
    """One step of an answer.

    A delta: the `content` of every chunk, joined in order, is the whole answer.
    """

    content: str = ""
    """Answer text. May be empty: some servers begin with a role only."""

    thinking: str = ""
    """Thinking of the model, if the server sends it separately from the answer."""

    tool_calls: tuple[ToolCall, ...] = ()
    """Complete tool calls. The provider has joined their fragments."""

    finish_reason: str | None = None
    """`stop`, `length`, `tool_calls`, `content_filter`, `load`, `unload`, or another value of the server. Sent once."""

    usage: Usage | None = None
    """Token counts. Only the last chunk carries them."""

    timing: ServerTiming | None = None
    """Times measured by the server. Only the last chunk carries them."""

    model: str | None = None
    """The answering model, as the server names it. Sent once, and only if it is not the requested one."""

    images: tuple[Image, ...] = ()
    """Images that belong to the answer."""

    answer_id: str | None = None
    """The server's id of the answer, for `Provider.end_thinking`. Sent once, and only if the server can do that."""

    @property
    def has_text(self) -> bool:
        """Whether the chunk carries content, thinking, a tool call or an image."""
        return bool(self.content or self.thinking or self.tool_calls or self.images)
