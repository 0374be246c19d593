"""The messages of a request: a conversation's path in the shape that every server accepts.

Chat templates of many models demand alternating roles, and strict servers refuse messages without text. A conversation
has other shapes too: answers that were stopped while the model was thinking, tool calls without results, imported
messages. A server that refuses one of them would refuse every later prompt of the conversation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.chat.message import ChatMessage
from tui.chat.safe_text import is_blank

_SEPARATOR = "\n\n"


def messages_to_send(
    system_prompt: str, history: Iterable[ChatMessage], prompt: ChatMessage, partial: ChatMessage | None = None
) -> tuple[ChatMessage, ...]:
    """The messages of a request: at most one system message, then prompts and answers in turn, from a prompt on.

    Thinking is left out: it costs context, and models are trained without it. Messages without text or images are left
    out, and what then stands side by side is joined, so that no prompt is lost.

    Args:
        system_prompt: The system prompt. May be empty.
        history: The messages before the prompt.
        prompt: The new prompt. It is always sent.
        partial: The beginning of the answer, for the server to continue; it is sent even if it has only thinking. None
            asks for a new answer.
    """
    system = [system_prompt] if system_prompt.strip() else []
    turns: list[ChatMessage] = []
    for message in (*history, prompt, *([] if partial is None else [partial])):
        text = message.text
        content = "" if is_blank(text) else text
        # Imported answers can have images too, but servers accept them in prompts only.
        images = message.images if message.role == "user" else ()
        if not (content or images or message is prompt or message is partial):
            continue
        if message.role == "system":
            # Imported conversations can have some at any place, but templates accept one at the beginning.
            if content not in system:
                system.append(content)
        elif turns and turns[-1].role == message.role:
            texts = filter(None, (turns[-1].content, content))
            images = (*turns[-1].images, *images)
            turns[-1] = replace(message, content=_SEPARATOR.join(texts), images=images)
        elif turns or message.role == "user":
            turns.append(replace(message, content=content, images=images))
    first = [ChatMessage("system", "system", _SEPARATOR.join(system))] if system else []
    return (*first, *turns)
