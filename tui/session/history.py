"""The messages of a request: a conversation's path in the shape that every server accepts.

Chat templates of many models demand alternating roles, and strict servers refuse messages without text. A conversation
has other shapes too: answers that were stopped while the model was thinking, tool calls without results, imported
messages. A server that refuses one of them would refuse every later prompt of the conversation.

Tool calls are sent only with their results, and results only behind their calls. Names, ids and arguments are those of
the model where servers accept them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile
from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.message import ChatMessage
from tui.chat.safe_text import is_blank
from tui.session.tool_names import safe_tool_name

_SEPARATOR: Final = "\n\n"

NO_ANSWER: Final = "(This answer was interrupted.)"
"""Sent as the answer to tool results that were followed by none: templates demand one before the next prompt."""

_IMAGE_LEFT_OUT: Final = "(An image was left out: the model cannot see images.)"

_NO_OUTPUT: Final = "(no output)"
"""Sent as the result of a call that returned nothing."""


def messages_to_send(
    system_prompt: str,
    history: Iterable[ChatMessage],
    prompt: ChatMessage,
    partial: ChatMessage | None = None,
    rounds: Iterable[ChatMessage] = (),
) -> tuple[ChatMessage, ...]:
    """The messages of a request: at most one system message, then prompts and answers in turn, from a prompt on.

    Between an answer with tool calls and the next answer are the results of its calls, in the order of the calls.

    Thinking is left out: it costs context, and models are trained without it. Only answers with tool calls in `rounds`
    keep it, for servers that want it back until the turn ends. Messages without text, images or tool calls are left
    out, and what then stands side by side is joined, so that no prompt is lost.

    Args:
        system_prompt: The system prompt. May be empty.
        history: The messages before the prompt.
        prompt: The new prompt. It is always sent.
        partial: The beginning of the answer, for the server to continue; it is sent even if it has only thinking. None
            asks for a new answer.
        rounds: The answers with tool calls that followed the prompt, each with its results.
    """
    system = [system_prompt] if system_prompt.strip() else []
    turns: list[ChatMessage] = []
    earlier, running = list(history), list(rounds)
    for message, results in _with_results([*earlier, prompt, *running]):
        is_needed = message is prompt
        if message.role == "system":
            # Imported conversations can have some at any place, but templates accept one at the beginning.
            if not is_blank(message.content) and message.content not in system:
                system.append(message.content)
        elif results:
            keeps_thinking = any(message is answer for answer in running)
            _append_round(turns, message, results, thinking=message.thinking if keeps_thinking else "")
        else:
            _append(turns, message, is_needed=is_needed)
    if partial is not None:
        _append(turns, partial, is_needed=True)
    first = [ChatMessage("system", "system", _SEPARATOR.join(system))] if system else []
    return (*first, *turns)


def without_result_images(messages: Iterable[ChatMessage]) -> tuple[ChatMessage, ...]:
    """The messages for a model that cannot see: with a word in the place of a tool result's images."""
    return tuple(
        replace(message, content=f"{message.content}\n\n{_IMAGE_LEFT_OUT}", images=())
        if message.role == "tool" and message.images
        else message
        for message in messages
    )


def can_answer_results(path: tuple[ChatMessage, ...]) -> bool:
    """Whether the path ends with an answer to tool results of which no text arrived."""
    last = path[-1]
    is_incomplete = last.role == "assistant" and last.failure is not None and not last.tool_calls
    return is_incomplete and path[-2].role == "tool" and not last.can_continue


def _with_results(messages: Sequence[ChatMessage]) -> Iterator[tuple[ChatMessage, list[tuple[ToolCall, ChatMessage]]]]:
    """Each message but the tool results, and the calls of an answer that have results, with these."""
    for at, message in enumerate(messages):
        if message.role == "tool":
            continue
        later_messages = islice(messages, at + 1, None) if message.tool_calls else ()
        following = takewhile(lambda later: later.role == "tool", later_messages)
        results = {later.tool.call_id: later for later in following if later.tool and later.outcome != "streaming"}
        # A second call with the same id has no result of its own.
        yield (
            message,
            [
                (call, result)
                for call in message.tool_calls
                if call.id and call.name.strip() and (result := results.pop(call.id, None)) is not None
            ],
        )


def _append(turns: list[ChatMessage], message: ChatMessage, *, is_needed: bool) -> None:
    """Add a prompt, or an answer without tool calls."""
    text = message.text
    content = "" if is_blank(text) else text
    # Imported answers can have images too, but servers accept them in prompts only.
    images = message.images if message.role == "user" else ()
    if not (content or images or is_needed):
        return
    if message.role == "user" and turns and turns[-1].role == "tool":
        turns.append(ChatMessage("no answer", "assistant", NO_ANSWER))
    if turns and turns[-1].role == message.role:
        texts = filter(None, (turns[-1].content, content))
        images = (*turns[-1].images, *images)
        turns[-1] = replace(message, content=_SEPARATOR.join(texts), images=images, tool_calls=())
    elif turns or message.role == "user":
        turns.append(replace(message, content=content, images=images, tool_calls=()))


def _append_round(
    turns: list[ChatMessage], answer: ChatMessage, results: list[tuple[ToolCall, ChatMessage]], thinking: str
) -> None:
    """Add an answer with tool calls, and the results of these."""
    if not turns:
        return
    content = "" if is_blank(answer.text) else answer.text
    if turns[-1].role == "assistant":
        content = _SEPARATOR.join(filter(None, (turns.pop().content, content)))
    calls = tuple(
        ToolCall(safe_tool_name(call.name), call.arguments if isinstance(call.arguments, dict) else {}, call.id)
        for call, _ in results
    )
    turns.append(replace(answer, content=content, thinking=thinking, images=(), tool_calls=calls))
    for call, (_, result) in zip(calls, results, strict=True):
        assert result.tool is not None
        text = result.content if not is_blank(result.content) else result.failure.message if result.failure else ""
        turns.append(replace(result, content=text or _NO_OUTPUT, tool=replace(result.tool, name=call.name)))
