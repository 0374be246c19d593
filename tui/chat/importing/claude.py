"""Claude's export, `conversations.json` → conversations.

Sources: the fields as read by other importers, such as
https://github.com/Sinity/polylogue/blob/master/docs/providers/claude-ai.md, and
https://whychose.com/seo/claude-conversation-export-format (read in November 2026).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Conversation
from tui.chat.fences import fenced
from tui.chat.formatting import truncate
from tui.chat.importing.tool_steps import CallStep, Step, arguments_in, call_id, messages_of
from tui.chat.importing.tree import Node, build_conversation
from tui.chat.importing.values import list_in, text_in, time_in
from tui.chat.message import ChatMessage
from tui.chat.nesting import TOO_DEEP, is_too_deep

_MAX_KIND: Final = 40
"""Characters of an unknown kind of content in the report."""

_NO_PARENT: Final = "00000000-0000-4000-8000-000000000000"

_FINISH_REASONS: Final = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "": None}


def is_claude(row: Mapping[str, Any]) -> bool:
    """Whether an object is a conversation exported by Claude."""
    return isinstance(row.get("chat_messages"), list)


def read_claude(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in an exported object.

    Args:
        row: `{"uuid", "name", "created_at", "updated_at", "model"?, "current_leaf_message_uuid"?, "chat_messages":
            [{"uuid", "sender": "human" or "assistant", "text", "content"?: [{"type", …}], "attachments": […],
            "files": […], "parent_message_uuid"?}]}`. Times are ISO 8601. Content of type `tool_use` has `id`, `name`
            and `input`, content of type `tool_result` has `tool_use_id` and `content`.
        left_out: Counts what cannot be imported.
        now: The present time, for a conversation without any time.

    Raises:
        Unusable: If the conversation has no messages.
    """
    rows: dict[str, Mapping[str, Any]] = {}
    for at, exported in enumerate(list_in(row, "chat_messages")):
        if isinstance(exported, dict):
            rows[text_in(exported, "uuid") or str(at)] = exported
        else:
            left_out["message that is not an object"] += 1
    blocks = [each for name, exported in rows.items() for each in _blocks(name, exported)]
    results = {id_: block for id_, block in reversed(blocks) if block.get("type") == "tool_result"}
    calls = {id_ for id_, block in blocks if _is_call(block)}
    if orphans := sum(block.get("type") == "tool_result" and id_ not in calls for id_, block in blocks):
        left_out["tool message"] += orphans
    nodes: dict[str, Node] = {}
    previous: str | None = None
    for name, exported in rows.items():
        parent = text_in(exported, "parent_message_uuid")
        messages = _messages(name, exported, results, left_out)
        # Older exports have no parents: there, a message follows the one before it.
        nodes[name] = Node(None if parent == _NO_PARENT else parent or previous, messages)
        previous = name
    return build_conversation(
        "claude",
        text_in(row, "uuid") or f"{row.get('created_at')} {text_in(row, 'name')}",
        nodes,
        text_in(row, "current_leaf_message_uuid") or previous,
        title=text_in(row, "name"),
        created_at=time_in(row, "created_at", left_out),
        updated_at=time_in(row, "updated_at", left_out),
        now=now,
        model=text_in(row, "model"),
    )


def _blocks(name: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The content of a message, each block with the id of the tool call that it is or answers. Empty for other blocks.

    Older exports have no ids: there, a result belongs to the call before it.
    """
    call = ""
    for at, value in enumerate(list_in(row, "content")):
        block = value if isinstance(value, dict) else {}
        if block.get("type") == "tool_use":
            call = text_in(block, "id") or f"{name}\x1f{at}"
            yield call, block
        elif block.get("type") == "tool_result":
            yield text_in(block, "tool_use_id") or call, block
        else:
            yield "", block


def _is_call(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "tool_use" and text_in(block, "name") != ""


def _messages(
    name: str, row: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], left_out: Counter[str]
) -> tuple[ChatMessage, ...]:
    """The message of a node. Several if the model called tools in it.

    Args:
        name: The exported id of the node.
        row: The exported message.
        results: The results of the conversation's tool calls, by the ids of the calls.
        left_out: Counts what cannot be imported.
    """
    sender = text_in(row, "sender")
    if sender not in ("human", "assistant"):
        left_out[f"message of sender {truncate(sender, _MAX_KIND) or 'unknown'}"] += 1
        return ()
    steps: list[Step] = []
    thinking: list[str] = []
    for id_, block in _blocks(name, row):
        kind = text_in(block, "type")
        if kind == "text":
            # Texts are separate paragraphs.
            steps += [*(["\n\n"] if steps and isinstance(steps[-1], str) else []), text_in(block, "text")]
        elif kind == "thinking":
            thinking.append(text_in(block, "thinking"))
        elif sender == "assistant" and _is_call(block):
            steps.append(_call(id_, block, results.get(id_), left_out))
        elif kind == "tool_use":
            left_out["tool call"] += 1
        elif kind != "tool_result":
            left_out[f"content of type {truncate(kind, _MAX_KIND) or 'unknown'}"] += 1
    texts = (step.strip("\n") for step in steps if isinstance(step, str))
    text = "\n\n".join(filter(None, texts)) or text_in(row, "text")
    files = list_in(row, "files") or list_in(row, "files_v2")
    if files:
        left_out["file that is not in the export"] += len(files)
    created_at = time_in(row, "created_at", left_out)
    if sender == "human":
        text = "\n\n".join(filter(None, [text, *_attachments(row, left_out)]))
        return (ChatMessage("", "user", text, created_at=created_at),) if text else ()
    has_calls = any(isinstance(step, CallStep) for step in steps)
    if not text and not any(thinking) and not has_calls:
        return ()
    reason = text_in(row, "stop_reason")
    answer = ChatMessage(
        "",
        "assistant",
        text,
        created_at=created_at,
        thinking="\n\n".join(filter(None, thinking)),
        model=text_in(row, "model"),
        finish_reason=_FINISH_REASONS.get(reason, reason),
    )
    return messages_of(steps, answer) if has_calls else (answer,)


def _call(id_: str, block: Mapping[str, Any], result: Mapping[str, Any] | None, left_out: Counter[str]) -> CallStep:
    """A tool call with its result, if the export has one."""
    given = block.get("input")
    arguments = arguments_in(text_in(block, "input") or "{}")
    if isinstance(given, dict):
        arguments = TOO_DEEP if is_too_deep(given) else given
    call = ToolCall(text_in(block, "name"), arguments, call_id(id_))
    if result is None:
        return CallStep(call, None)
    texts = [text_in(result, "content")]
    for item in list_in(result, "content"):
        # The results of a search have a title and an address besides the text.
        lines = [text_in(item, key) for key in ("title", "url", "text")] if isinstance(item, dict) else []
        texts.append("\n".join(filter(None, lines)))
        if not texts[-1]:
            left_out["image or file in the result of a tool"] += 1
    return CallStep(call, "\n\n".join(filter(None, texts)), is_error=result.get("is_error") is True)


def _attachments(row: Mapping[str, Any], left_out: Counter[str]) -> list[str]:
    """The texts of attached files, as llm-tui attaches them: the name, and the text in a fence."""
    found = []
    for attachment in list_in(row, "attachments"):
        text = text_in(attachment, "extracted_content") if isinstance(attachment, dict) else ""
        if not text:
            left_out["file that is not in the export"] += 1
            continue
        name = " ".join(text_in(attachment, "file_name").split()) or "attachment"
        suffix = PurePosixPath(name).suffix[1:]
        found.append(f"{name}:\n\n{fenced(text, suffix if suffix.isalnum() else '')}")
    return found
