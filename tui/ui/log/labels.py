"""The labels and notes of the message log: failures, tool calls, images, thinking."""

from __future__ import annotations

from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Version
from tui.chat.formatting import format_json, format_seconds, format_size
from tui.chat.message import ChatMessage, Failure, Image
from tui.chat.safe_text import safe_line

_FAILURES: Final = {
    "connect": "Connection failed",
    "connect_timeout": "Connection timed out",
    "first_token_timeout": "No answer in time",
    "idle_timeout": "Stream stalled",
    "total_timeout": "Total timeout",
    "auth": "Access denied",
    "model_not_found": "Model not found",
    "rate_limited": "Too many requests",
    "bad_request": "Request rejected",
    "server": "Server error",
    "stream_error": "Server error during the answer",
    "protocol": "Invalid response",
    "interrupted": "Interrupted",
    "cancelled": "Stopped",
}

CONTEXT_TRUNCATED_NOTE: Final = (
    "The conversation exceeds the context window; the server dropped its beginning. "
    "Increase num_ctx (/set num_ctx=…) or start a new conversation."
)
"""The note below an answer for which the server truncated the conversation."""


def failure_title(failure: Failure) -> str:
    """A failure in two or three words."""
    return _FAILURES.get(failure.kind, failure.kind)


def finish_note(message: ChatMessage) -> str:
    """A note about a complete answer that ended in an unusual way. Empty for all others."""
    if message.outcome != "complete":
        return ""
    if message.is_empty:
        return "The server sent an empty answer."
    if message.finish_reason == "length":
        return "Token limit reached; the answer is incomplete."
    if message.finish_reason == "content_filter":
        return "The server's content filter stopped the answer."
    if not message.text.strip() and not message.tool_calls:
        return "The model only thought and did not answer."
    return ""


def tool_call_label(call: ToolCall) -> str:
    """A tool call on one line."""
    arguments = call.arguments if isinstance(call.arguments, str) else format_json(call.arguments)
    return safe_line(f"{call.name or '(no name)'}({arguments})")


def version_label(version: Version) -> str:
    """The number of a message's version, and how many there are."""
    return f"‹ {version.number}/{version.of} ›"


def image_label(image: Image) -> str:
    """An image's name, type and size on one line."""
    return safe_line(f"{image.name or 'image'} · {image.media_type} · {format_size(len(image.data))}")


def thinking_label(words: int, seconds: float | None, *, live: bool) -> str:
    """The label of folded thinking, on one line.

    Args:
        words: The number of words in the thinking.
        seconds: The time it took. None if unknown.
        live: Whether the model is still thinking.
    """
    count = f"{words:,} word{'' if words == 1 else 's'}"
    duration = "" if seconds is None else f" {format_seconds(seconds)}," if live else f" for {format_seconds(seconds)},"
    return f"{'thinking…' if live else 'thought'}{duration} {count}"
