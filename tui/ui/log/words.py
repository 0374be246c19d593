"""How the log words things: figures, failures, tool calls."""

from __future__ import annotations

import json
from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Version
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


def figures_words(message: ChatMessage) -> str:
    """What is known of an answer, on one quiet line. Empty when that is nothing."""
    figures = message.figures
    parts = []
    if message.finish_reason and message.finish_reason != "stop":
        parts.append(safe_line(message.finish_reason))
    if figures.usage and figures.usage.completion_tokens is not None:
        parts.append(f"{figures.usage.completion_tokens:,} tokens")
    if figures.tokens_per_second is not None:
        parts.append(f"{rate_words(figures.tokens_per_second)} tok/s")
    if figures.first_token_s is not None:
        parts.append(f"first after {seconds_words(figures.first_token_s)}")
    if figures.total_s is not None:
        parts.append(f"{seconds_words(figures.total_s)} in all")
    return " · ".join(parts)


def finish_words(message: ChatMessage) -> str:
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


def tool_call_words(call: ToolCall) -> str:
    """A tool call on one line."""
    arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)
    return safe_line(f"{call.name or '(no name)'}({arguments})")


def version_words(version: Version) -> str:
    """Which of its versions a message is."""
    return f"‹ {version.number}/{version.of} ›"


def image_words(image: Image) -> str:
    """An image on one line."""
    return safe_line(f"{image.name or 'image'} · {image.media_type} · {size_words(len(image.data))}")


def thinking_words(words: int, seconds: float | None, *, live: bool) -> str:
    """Folded thinking on one line.

    Args:
        words: How many words of it there are.
        seconds: How long it took. None where that is not known.
        live: Whether it still goes on.
    """
    count = f"{words:,} word{'' if words == 1 else 's'}"
    took = "" if seconds is None else f" {seconds_words(seconds)}," if live else f" for {seconds_words(seconds)},"
    return f"{'thinking…' if live else 'thought'}{took} {count}"


def seconds_words(seconds: float) -> str:
    """A span of time: `0.42 s`, `12 s`, `3 min 20 s`."""
    # What rounds up to the next form is said in it: 9.96 is 10, not 10.0.
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def rate_words(per_second: float) -> str:
    """A rate: `8.4`, `120`."""
    return f"{per_second:.1f}" if per_second < 19.95 else f"{per_second:,.0f}"


def size_words(size: int) -> str:
    """A size in bytes: `34 kB`, `4.7 GB`."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit in ("B", "kB") or value >= 99.95 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
