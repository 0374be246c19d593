"""LM Studio's conversations, `~/.lmstudio/conversations/**/*.conversation.json` → conversations.

LM Studio documents the folder (https://lmstudio.ai/docs/app/basics/chat), not the format. Source of the fields:
https://github.com/YorkieDev/lm-studio-conversation-converter/blob/main/script.js (read in November 2026).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

from tui.chat.chunk import Usage
from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.importing.tree import Node, build_conversation
from tui.chat.importing.values import list_in, mapping_in, text_in, time_in
from tui.chat.message import AnswerStats, ChatMessage, Failure, Outcome
from tui.light_dataclass import dataclass

_MAX_KIND: Final = 40
"""Characters of an unknown kind of content in the report."""

_MAX_STAT: Final = 1e9
"""The largest time or rate that is imported: 30 years."""

_MAX_TOKENS: Final = 10**12
_SYSTEM_PROMPT: Final = "llm.prediction.systemPrompt"

_FINISH_REASONS: Final = {
    "eosFound": "stop",
    "stopStringFound": "stop",
    "maxPredictedTokensReached": "length",
    "contextLengthReached": "length",
    "toolCalls": "tool_calls",
}

_FAILURES: Final[Mapping[str, tuple[Outcome, Failure]]] = {
    "userStopped": ("cancelled", Failure("cancelled", "This answer was stopped in LM Studio.")),
    "failed": ("failed", Failure("server", "LM Studio recorded an error here.")),
    "modelUnloaded": (
        "failed",
        Failure("server", "The model was unloaded in LM Studio before the answer was complete."),
    ),
}

_COMPLETE: Final[tuple[Outcome, None]] = ("complete", None)


def is_lmstudio(row: Mapping[str, Any]) -> bool:
    """Whether an object is a conversation of LM Studio."""
    messages = list_in(row, "messages")
    return "usePerChatPredictionConfig" in row or any(
        isinstance(message, dict) and isinstance(message.get("versions"), list) for message in messages
    )


def read_lmstudio(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in a file of LM Studio.

    Args:
        row: `{"name", "createdAt", "systemPrompt"?, "perChatPredictionConfig"?: {"fields": [{"key", "value"}]},
            "lastUsedModel"?: {"identifier"}, "messages": [{"currentlySelected", "versions": [{"type": "singleStep" or
            "multiStep", "role", "content"?, "steps"?}]}]}`. `createdAt` is in milliseconds.
        left_out: Counts what cannot be imported.
        now: The present time, for a conversation without any time.

    Raises:
        Unusable: If the conversation has no messages.
    """
    nodes: dict[str, Node] = {}
    parent: str | None = None
    for at, message in enumerate(list_in(row, "messages")):
        versions = list_in(message, "versions") if isinstance(message, dict) else []
        names = [f"{at}.{number}" for number in range(len(versions))]
        for name, version in zip(names, versions, strict=True):
            nodes[name] = Node.of(parent, _message(version, left_out) if isinstance(version, dict) else None)
        selected = message.get("currentlySelected") if names else None
        if names:
            # All versions of the next message follow the selected one of this message.
            is_known = isinstance(selected, int) and 0 <= selected < len(names)
            parent = names[selected if is_known and selected is not None else -1]
    fields = {
        text_in(each, "key"): each
        for each in list_in(mapping_in(row, "perChatPredictionConfig"), "fields")
        if isinstance(each, dict)
    }
    return build_conversation(
        "lmstudio",
        str(row.get("createdAt") or text_in(row, "name")),
        nodes,
        parent,
        title=text_in(row, "name"),
        created_at=time_in(row, "createdAt", left_out),
        updated_at=0.0,
        now=now,
        model=text_in(mapping_in(row, "lastUsedModel"), "identifier"),
        system_prompt=text_in(fields.get(_SYSTEM_PROMPT, {}), "value") or text_in(row, "systemPrompt") or None,
    )


@dataclass(slots=True)
class _Parts:
    """What the steps of an answer contain."""

    texts: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    generation: Mapping[str, Any] = field(default_factory=dict)
    """The last `genInfo`: the model, and its stats."""

    def read(self, step: Mapping[str, Any], left_out: Counter[str]) -> None:
        self.generation = mapping_in(step, "genInfo") or self.generation
        content = step.get("content")
        found = [content] if isinstance(content, str) else []
        for part in list_in(step, "content"):
            kind = text_in(part, "type") if isinstance(part, dict) else ""
            if kind == "text":
                found.append(text_in(part, "text"))
            elif kind in ("toolCallRequest", "toolCallResult"):
                left_out["tool call" if kind == "toolCallRequest" else "tool message"] += 1
            elif kind in ("file", "image"):
                left_out["file that is not in the export"] += 1
            else:
                left_out[f"content of type {truncate(kind, _MAX_KIND) or 'unknown'}"] += 1
        is_thinking = text_in(mapping_in(step, "style"), "type") == "thinking"
        (self.thinking if is_thinking else self.texts).append("".join(found))


def _message(version: Mapping[str, Any], left_out: Counter[str]) -> ChatMessage | None:
    role = text_in(version, "role")
    if role not in ("user", "assistant"):
        left_out[f"message of role {truncate(role, _MAX_KIND) or 'unknown'}"] += 1
        return None
    parts = _Parts()
    parts.read(version, left_out)
    for step in list_in(version, "steps"):
        if isinstance(step, dict):
            parts.read(step, left_out)
    text = "\n\n".join(filter(None, parts.texts))
    if role == "user":
        return ChatMessage("", "user", text) if text else None
    thinking = "\n\n".join(filter(None, parts.thinking))
    stats = mapping_in(parts.generation, "stats")
    reason = text_in(stats, "stopReason")
    outcome, failure = _FAILURES.get(reason, _COMPLETE)
    if not text and not thinking and failure is None:
        return None
    return ChatMessage(
        "",
        "assistant",
        text,
        thinking=thinking,
        model=text_in(parts.generation, "identifier") or text_in(mapping_in(version, "senderInfo"), "senderName"),
        finish_reason=None if failure is not None else _FINISH_REASONS.get(reason, reason) or None,
        outcome=outcome,
        failure=failure,
        stats=_stats(stats),
    )


def _stats(stats: Mapping[str, Any]) -> AnswerStats:
    """The tokens and times that LM Studio measured."""
    usage = Usage(_count(stats, "promptTokensCount"), _count(stats, "predictedTokensCount"), None)
    return AnswerStats(
        usage=None if usage == Usage() else usage,
        first_token_s=_number(stats, "timeToFirstTokenSec"),
        total_s=_number(stats, "totalTimeSec"),
        tokens_per_second=_number(stats, "tokensPerSecond"),
    )


def _number(row: Mapping[str, Any], key: str) -> float | None:
    value = row.get(key)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MAX_STAT
    return float(value) if is_number and value is not None else None


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_TOKENS else None
