"""How much of the context window a conversation uses, and whether the server dropped its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.chat.message import ChatMessage
from tui.chat.safe_text import is_blank
from tui.light_dataclass import dataclass

_NEARLY_FULL: Final = 0.85

_MIN_SHARE_IF_CUT: Final = 0.7
"""A prompt truncated to fit still fills at least this share of the window. A shorter one has another reason."""

_CHARACTERS_PER_TOKEN: Final = 4
"""An approximation for languages with alphabetic scripts."""


@dataclass(frozen=True, slots=True)
class ContextUse:
    """Use of the context window by a conversation."""

    used: int
    """Tokens of the conversation, as the server counted them for the last answer. Its thinking, of which the server
    counts no tokens of its own, is left out by its share of the characters."""

    window: int | None = None
    """Context window of the loaded model, in tokens. None if the server does not report it."""

    @property
    def share(self) -> float | None:
        """The used share of the window, 1 for all of it. None if the window is unknown."""
        return self.used / self.window if self.window else None

    @property
    def is_nearly_full(self) -> bool:
        """Whether the next turn may exceed the window."""
        return self.share is not None and self.share >= _NEARLY_FULL


def context_use(path: Sequence[ChatMessage], window: int | None) -> ContextUse | None:
    """The context use of a conversation. None if no server has reported a count yet.

    Args:
        path: The messages of the conversation.
        window: Context window of the loaded model, in tokens. None if unknown.
    """
    at = next((at for at in range(len(path) - 1, -1, -1) if path[at].stats.usage), None)
    usage = None if at is None else path[at].stats.usage
    if at is None or usage is None or usage.prompt_tokens is None:
        return None
    answer = path[at]
    calls = sum(len(call.name) + len(str(call.arguments)) for call in answer.tool_calls)
    # Thinking is not sent back.
    generated = len(answer.content) + len(answer.thinking) + calls
    text = 0 if is_blank(answer.text) else len(answer.text)
    kept = (text + calls) / generated if text or calls else 0
    # No server has counted the results of its tool calls yet.
    results = sum(len(message.content) for message in path[at + 1 :] if message.role == "tool")
    tokens = (usage.completion_tokens or 0) * kept + results / _CHARACTERS_PER_TOKEN
    return ContextUse(usage.prompt_tokens + round(tokens), window)


def may_not_fit(use: ContextUse | None, prompt: str) -> bool:
    """Whether a prompt would probably exceed the window."""
    if use is None or use.window is None:
        return False
    return use.used + len(prompt) / _CHARACTERS_PER_TOKEN > use.window


def was_cut(path: Sequence[ChatMessage], window: int | None) -> bool:
    """Whether the server dropped the beginning of the conversation to answer the last prompt.

    No server reports this, but its token counts show it: a prompt as long as the
    window was truncated to it, and a prompt that has not grown since the last
    turn, although it now includes that turn, has lost something.

    Args:
        path: The messages of the conversation; the last is the answer.
        window: Context window of the loaded model, in tokens. None if unknown: then the result is False.
    """
    answers = [message for message in path if message.role == "assistant"]
    if window is None or not answers or (tokens := _prompt_tokens(answers[-1])) is None:
        return False
    if tokens >= window:
        return True
    results = {message.id for message in path if message.role == "tool"}
    # Between the answers of one turn, thinking is sent too, and makes the prompt longer than that of the next turn.
    before = next(
        (
            message
            for message in reversed(answers[:-1])
            if _prompt_tokens(message) is not None and message.parent_id not in results
        ),
        None,
    )
    if before is None or (before.provider, before.model) != (answers[-1].provider, answers[-1].model):
        return False
    return tokens <= (_prompt_tokens(before) or 0) and tokens >= window * _MIN_SHARE_IF_CUT


def _prompt_tokens(message: ChatMessage) -> int | None:
    return message.stats.usage.prompt_tokens if message.stats.usage else None
