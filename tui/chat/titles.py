"""Titles that a model makes: what it is asked, and what is made of its answer."""

from __future__ import annotations

import re
from typing import Final

from tui.chat.conversation import Conversation, title_from
from tui.chat.message import ChatMessage
from tui.chat.thinking import split_thinking

MOST_READ: Final = 20_000
"""Characters of the model's answer after which no title comes any more. What it thinks counts too."""

_MOST_SAID: Final = 2_000
"""Characters of a message that the model is shown: a title needs no more."""

_LONGEST: Final = 200
"""Characters of a line that may be a title. What is longer is an answer to something else."""

_ASKS: Final = (
    "Give the conversation above a title of at most six words, in its own language. "
    "Answer with the title alone, without quotation marks."
)
_AROUND: Final = " \t\"'“”„«»*_#`"
_PREFIX: Final = re.compile(r"^(?:title|titel|titre|título)\s*:\s*", re.IGNORECASE)


def title_question(conversation: Conversation) -> tuple[ChatMessage, ...]:
    """What to ask for a title: what was said first, and the question. Empty where there is nothing to be called."""
    said = conversation.path[:2]
    if len(said) < 2:
        return ()
    shown = [ChatMessage(message.id, message.role, _told(message)[:_MOST_SAID]) for message in said if message.content]
    return (*shown, ChatMessage("title", "user", _ASKS)) if len(shown) == 2 else ()


def title_in(answer: str) -> str | None:
    """The title in what has come of the answer. None while more may yet come of it; empty when there is none."""
    lines = split_thinking(answer).answer.lstrip().split("\n", 1)
    line = _PREFIX.sub("", lines[0].strip(_AROUND)).strip(_AROUND)
    if len(lines[0]) > _LONGEST or len(answer) > MOST_READ:
        return ""
    return title_from(line.removesuffix(".")) if len(lines) == 2 and line else None


def has_own_title(conversation: Conversation) -> bool:
    """Whether a conversation is called otherwise than by its first prompt."""
    first = next((message for message in conversation.messages.values() if message.role == "user"), None)
    return first is None or conversation.title != title_from(first.content)


def _told(message: ChatMessage) -> str:
    return split_thinking(message.content).answer if message.role == "assistant" else message.content
