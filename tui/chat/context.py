"""How much of a model's context a conversation takes, and whether the server has left some of it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.chat.message import ChatMessage

_NEARLY_FULL: Final = 0.85

_MUST_HAVE_BEEN_CUT: Final = 0.7
"""The least that a prompt which was cut to fit takes of the window. Less, and something else made it short."""

_CHARACTERS_PER_TOKEN: Final = 4
"""About so many, in most languages that are written with letters."""


@dataclass(frozen=True, slots=True)
class ContextUse:
    """What a conversation takes of the context that its model is loaded with."""

    used: int
    """Tokens of all that was said, by the server's own count at the last answer."""

    window: int | None = None
    """Tokens that the model is loaded with. None where the server does not tell."""

    @property
    def share(self) -> float | None:
        """How much of the window that is: 1 is all of it. None where the window is not known."""
        return self.used / self.window if self.window else None

    @property
    def is_nearly_full(self) -> bool:
        """Whether the next turn may be the one that does not fit."""
        return self.share is not None and self.share >= _NEARLY_FULL


def context_use(path: Sequence[ChatMessage], window: int | None) -> ContextUse | None:
    """What a conversation takes. None where no server has counted yet.

    Args:
        path: The conversation.
        window: Tokens that the model is loaded with. None where that is not known.
    """
    usage = next((message.stats.usage for message in reversed(path) if message.stats.usage), None)
    if usage is None or usage.prompt_tokens is None:
        return None
    return ContextUse(usage.prompt_tokens + (usage.completion_tokens or 0), window)


def may_not_fit(use: ContextUse | None, prompt: str) -> bool:
    """Whether a prompt would probably be more than the window has room for."""
    if use is None or use.window is None:
        return False
    return use.used + len(prompt) / _CHARACTERS_PER_TOKEN > use.window


def was_cut(path: Sequence[ChatMessage], window: int | None) -> bool:
    """Whether the server has left out the beginning of the conversation to answer the last prompt.

    No server says so, but its own count tells: a prompt that is as long as the
    window was cut to it; and one that has not grown since the last turn, though
    that turn is part of it now, has lost something.

    Args:
        path: The conversation, with the answer at its end.
        window: Tokens that the model is loaded with. None where that is not known: then nobody can tell.
    """
    answers = [message for message in path if message.role == "assistant"]
    if window is None or not answers or (now := _prompt_tokens(answers[-1])) is None:
        return False
    if now >= window:
        return True
    before = next((message for message in reversed(answers[:-1]) if _prompt_tokens(message) is not None), None)
    if before is None or (before.provider, before.model) != (answers[-1].provider, answers[-1].model):
        return False
    return now <= (_prompt_tokens(before) or 0) and now >= window * _MUST_HAVE_BEEN_CUT


def _prompt_tokens(message: ChatMessage) -> int | None:
    return message.stats.usage.prompt_tokens if message.stats.usage else None
