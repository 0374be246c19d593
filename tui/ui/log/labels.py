"""How the log words things: figures, failures, tool calls."""

from __future__ import annotations

import json
from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Version
from tui.chat.formatting import format_seconds, format_size
from tui.chat.message import ChatMessage, Failure, Image
from tui.chat.safe_text import safe_line

_FAILURES: Final = {
    "connect": "Not reached",
    "connect_timeout": "Not reached in time",
    "first_token_timeout": "No answer in time",
    "idle_timeout": "Fell silent",
    "total_timeout": "Out of time",
    "auth": "Not allowed",
    "model_not_found": "No such model",
    "rate_limited": "Too many requests",
    "bad_request": "Refused",
    "server": "Server error",
    "stream_error": "Server error in mid-answer",
    "protocol": "Not understood",
    "interrupted": "Cut off",
    "cancelled": "Stopped",
}

CUT: Final = (
    "The server left out the beginning of the conversation: it is longer than the model's window. "
    "A larger num_ctx (/set num_ctx=…), or a new conversation, makes room."
)
"""What to say of an answer that was given without having read everything."""


def failure_title(failure: Failure) -> str:
    """A failure in two or three words."""
    return _FAILURES.get(failure.kind, failure.kind)


def finish_note(message: ChatMessage) -> str:
    """What to say of an answer that is whole, but not as one expects. Empty for all others."""
    if message.outcome != "complete":
        return ""
    if message.is_empty:
        return "The server sent an empty answer."
    if message.finish_reason == "length":
        return "It stopped at its limit of tokens: the answer is not finished."
    if message.finish_reason == "content_filter":
        return "The server's filter stopped the answer."
    if not message.content and not message.tool_calls:
        return "The model thought, and gave no answer."
    return ""


def tool_call_label(call: ToolCall) -> str:
    """A tool call on one line."""
    arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)
    return safe_line(f"{call.name or '(no name)'}({arguments})")


def version_label(version: Version) -> str:
    """Which of its versions a message is."""
    return f"‹ {version.number}/{version.of} ›"


def image_label(image: Image) -> str:
    """An image on one line."""
    return safe_line(f"{image.name or 'image'} · {image.media_type} · {format_size(len(image.data))}")


def thinking_label(words: int, seconds: float | None, *, live: bool) -> str:
    """Folded thinking on one line.

    Args:
        words: How many words of it there are.
        seconds: How long it took. None where that is not known.
        live: Whether it still goes on.
    """
    count = f"{words:,} word{'' if words == 1 else 's'}"
    took = "" if seconds is None else f" {format_seconds(seconds)}," if live else f" for {format_seconds(seconds)},"
    return f"{'thinking…' if live else 'thought'}{took} {count}"
