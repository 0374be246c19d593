"""Labels and notes for messages, in both front ends: failures, stages, tool calls, images, thinking."""

from __future__ import annotations

from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.formatting import format_count, format_json, format_rate, format_seconds, format_size
from tui.chat.image import Image
from tui.chat.message import ChatMessage, Failure
from tui.chat.safe_text import is_blank, safe_line
from tui.chat.turn import StageName
from tui.workspace.turn_stats import TurnProgress

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

STAGES: Final[dict[StageName, str]] = {
    "queued locally": "queued",
    "connecting": "connecting",
    "waiting": "waiting for the first token",
    "queued": "queued",
    "loading": "loading the model",
    "reading": "reading the prompt",
    "thinking": "thinking",
    "answering": "streaming",
    "finishing": "finishing",
    "retrying": "retrying",
    "starting tools": "starting the tools",
    "deciding": "waiting for your decision",
    "running tools": "running tools",
}
"""What a turn waits for, in words."""

STALLED_AFTER_S: Final = 3.0
"""Seconds of silence within an answer after which it is shown."""

CONTEXT_TRUNCATED_NOTE: Final = (
    "The conversation exceeds the context window; the server dropped its beginning. "
    "Load the model with a larger context (Ollama: /set num_ctx=…) or start a new conversation."
)
"""The note below an answer for which the server truncated the conversation."""


def failure_title(failure: Failure) -> str:
    """A failure in two or three words."""
    return _FAILURES.get(failure.kind, failure.kind)


def finish_note(message: ChatMessage, *, has_text: bool | None = None) -> str:
    """A note about a complete answer that ended in an unusual way. Empty for all others.

    Args:
        message: The answer.
        has_text: Whether it has text besides thinking, if that is known. Finding it out takes long for a long answer.
    """
    if message.outcome != "complete":
        return ""
    if message.is_empty:
        return "The server sent an empty answer."
    if message.finish_reason == "length":
        return "Token limit reached; the answer is incomplete."
    if message.finish_reason == "content_filter":
        return "The server's content filter stopped the answer."
    if has_text is None:
        has_text = not is_blank(message.text)
    if not (has_text or message.tool_calls):
        return "The model only thought and did not answer."
    return ""


def tool_call_label(call: ToolCall) -> str:
    """A tool call on one line."""
    arguments = call.arguments if isinstance(call.arguments, str) else format_json(call.arguments)
    return safe_line(f"{call.name or '(no name)'}({arguments})")


def image_label(image: Image) -> str:
    """An image's name, type and size on one line."""
    return safe_line(f"{image.name or 'image'} · {image.media_type} · {format_size(len(image.data))}")


def thinking_label(words: int, seconds: float | None, *, live: bool) -> str:
    """The label of folded thinking, on one line.

    Args:
        words: The number of words in the thinking.
        seconds: The time it took. None if unknown.
        live: Whether the model is still thinking. Then the progress below the text has the seconds.
    """
    count = format_count(words, "word")
    if live:
        return f"Thinking · {count}"
    return f"Thought{'' if seconds is None else f' for {format_seconds(seconds)}'} · {count}"


def progress_label(progress: TurnProgress, width: int = 1000) -> str:
    """How a turn is doing, as text. Where space is short, the least important parts are left out."""
    stage, elapsed = progress.stage, format_seconds(progress.stage_s)
    if stage == "answering" and progress.silent_s >= STALLED_AFTER_S:
        parts = [f"silent for {format_seconds(progress.silent_s)}"]
    elif stage == "waiting" and progress.follows_stopped_turn and progress.stage_s >= STALLED_AFTER_S:
        # Replaces the stage: this is the more likely reason for the wait, and both rarely fit.
        parts = ["the server may still be finishing the stopped answer", elapsed]
    elif progress.left_s is not None:
        parts = [f"{STAGES[stage]} in {format_seconds(progress.left_s)}"]
    else:
        done = "" if progress.fraction is None else f" {progress.fraction:.0%}"
        parts = [f"{STAGES[stage]}{done}", elapsed]
    if progress.chunks_per_second is not None:
        parts.insert(1, f"{format_rate(progress.chunks_per_second)} tok/s")
    while len(parts) > 1 and len(" · ".join(parts)) > width:
        parts.pop()
    return " · ".join(parts)


def waiting_mark(progress: TurnProgress | None, *, moves: bool = True) -> str:
    """The sign that the text will appear here: one to three dots, one more each half second.

    Args:
        progress: How the turn is doing. None if that is not known yet.
        moves: Whether the number of dots changes.
    """
    dots = 3 if progress is None or not moves else int(progress.stage_s * 2) % 3 + 1
    return "∙ ∙ ∙"[: 2 * dots - 1].ljust(5)
