"""Messages as lines that read well: whole ones, one-line summaries, and what stands behind an answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Conversation
from tui.chat.formatting import format_count, format_rate, format_seconds, model_label, truncate, without_marks
from tui.chat.message import ChatMessage
from tui.chat.safe_text import is_blank, safe_line, safe_text
from tui.chat.thinking import split_thinking
from tui.plain.markdown import PlainMarkdown
from tui.plain.turn import outcome_line
from tui.workspace.labels import failure_title, finish_note, image_label, tool_call_label

_MAX_SUMMARY: Final = 100
"""Characters of a message in a list."""

_MAX_RESULT: Final = 40_000
"""Characters of a tool's result that are read."""


def numbered(conversation: Conversation) -> tuple[ChatMessage, ...]:
    """The messages that have numbers, from 1: prompts and answers, without the results of tools."""
    return tuple(message for message in conversation.path if message.role in ("user", "assistant"))


def speaker(message: ChatMessage) -> str:
    """Who says a message."""
    if message.role == "user":
        return "You"
    return model_label(message.model) or safe_line(message.provider) or "The model"


def summary_line(message: ChatMessage) -> str:
    """A message in one line."""
    text = truncate(safe_line(without_marks(message.text)), _MAX_SUMMARY)
    if not text and message.tool_calls:
        text = f"calls {format_count(len(message.tool_calls), 'tool')}"
    extras = [format_count(len(message.images), "image")] if message.images else []
    if message.failure is not None:
        extras.append(failure_title(message.failure).lower())
    more = f" ({', '.join(extras)})" if extras else ""
    return f"{speaker(message)}: {text or 'nothing'}{more}"


def message_lines(message: ChatMessage) -> Iterator[str]:
    """A whole message. Prompts are read as they were typed, answers without the marks of Markdown."""
    if message.role == "user":
        first, *others = safe_text(message.content).split("\n")
        yield f"You: {first}"
        yield from others
        yield from (f"Image: {image_label(image)}" for image in message.images)
        return
    yield f"{speaker(message)} says:"
    if message.thinking or split_thinking(message.content).thinking:
        yield "It thought before. /details reads that."
    markdown = PlainMarkdown()
    text = markdown.feed(message.text) + markdown.finish()
    yield from text.strip("\n").split("\n")
    yield from (f"Tool call: {tool_call_label(call)}" for call in message.tool_calls)
    if message.failure is not None:
        yield f"{failure_title(message.failure)}: {safe_line(message.failure.message)}"
    elif note := finish_note(message):
        yield note


def details_lines(conversation: Conversation, answer: ChatMessage) -> Iterator[str]:
    """What stands behind an answer: the thinking and the tools of its turn, and its figures."""
    calls: dict[str | None, ToolCall] = {}
    for message in _turn_of(conversation, answer):
        thinking = message.thinking or split_thinking(message.content).thinking
        if message.role == "assistant" and not is_blank(thinking):
            yield f"{speaker(message)} thought:"
            yield from safe_text(thinking).strip("\n").split("\n")
            yield "End of thinking."
        calls |= {call.id: call for call in message.tool_calls}
        if message.role == "tool" and message.tool is not None:
            if (call := calls.get(message.tool.call_id)) is not None:
                yield f"Tool call: {tool_call_label(call)}"
            yield outcome_line(message)
            if message.tool.approval != "denied":
                yield "Result:"
                yield from safe_text(message.content[:_MAX_RESULT]).split("\n")
                if len(message.content) > _MAX_RESULT:
                    yield f"and {len(message.content) - _MAX_RESULT:,} more characters."
                yield "End of the result."
    figures = figures_line(answer)
    yield figures or "The server told no figures."


def figures_line(answer: ChatMessage) -> str:
    """Tokens and times of an answer, in words. Empty where none are known."""
    stats, parts = answer.stats, []
    if stats.usage and stats.usage.prompt_tokens is not None:
        parts.append(f"prompt {format_count(stats.usage.prompt_tokens, 'token')}")
    if stats.usage and stats.usage.completion_tokens is not None:
        parts.append(f"answer {format_count(stats.usage.completion_tokens, 'token')}")
    if stats.tokens_per_second is not None:
        parts.append(f"{format_rate(stats.tokens_per_second)} tokens per second")
    if stats.first_token_s is not None:
        parts.append(f"first token after {format_seconds(stats.first_token_s)}")
    if stats.total_s is not None:
        parts.append(f"{format_seconds(stats.total_s)} in all")
    if answer.finish_reason and answer.finish_reason != "stop":
        parts.append(f"finish reason {safe_line(answer.finish_reason)}")
    return f"Figures: {', '.join(parts)}." if parts else ""


def _turn_of(conversation: Conversation, answer: ChatMessage) -> Sequence[ChatMessage]:
    """The messages between the prompt and an answer, with the answer."""
    path = conversation.path
    end = next((at for at, message in enumerate(path) if message.id == answer.id), len(path) - 1)
    start = end
    while start > 0 and path[start - 1].role != "user":
        start -= 1
    return path[start : end + 1]
