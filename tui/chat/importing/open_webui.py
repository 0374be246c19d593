"""Reads Open WebUI's exported chats."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.chat.chunk import ToolCall
from tui.chat.conversation import Conversation
from tui.chat.formatting import truncate
from tui.chat.image import Image
from tui.chat.importing.images import image_from_url
from tui.chat.importing.tool_steps import CallStep, Step, arguments_in, call_id, messages_of, text_in_json
from tui.chat.importing.tree import Node, build_conversation, parents_of
from tui.chat.importing.values import list_in, mapping_in, text_in, time_in, without_lone_surrogates
from tui.chat.message import ChatMessage, Failure

_DETAILS: Final = re.compile(
    r'<details type="(\w+)"([^>]*)>\s*(?:<summary>.*?</summary>)?(.*?)</details>\s*', re.DOTALL
)
_ATTRIBUTE: Final = re.compile(r'(\w+)="([^"]*)"')

_MAX_KIND: Final = 40
"""Characters of an unknown role in the report."""


def is_open_webui(row: Mapping[str, Any]) -> bool:
    """Whether an object is a chat exported by Open WebUI."""
    return "messages" in mapping_in(mapping_in(row, "chat") or row, "history")


def read_open_webui(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in an exported chat.

    Args:
        row: The exported chat.
        left_out: Counts what cannot be imported.
        now: The present time, for a chat without any time.

    Raises:
        Unusable: If the chat has no messages.
    """
    chat = mapping_in(row, "chat") or row
    history = mapping_in(chat, "history")
    exported = {name: node for name, node in mapping_in(history, "messages").items() if isinstance(node, dict)}
    parents = parents_of(exported, "parentId", "childrenIds")
    nodes = {name: Node(parents[name], _messages(name, node, left_out)) for name, node in exported.items()}
    system_prompt = text_in(mapping_in(chat, "params"), "system") or text_in(chat, "system")
    models = [model for model in list_in(chat, "models") if isinstance(model, str)]
    return build_conversation(
        "open-webui",
        text_in(row, "id") or text_in(chat, "id"),
        nodes,
        text_in(history, "currentId") or None,
        title=text_in(row, "title") or text_in(chat, "title"),
        created_at=time_in(row, "created_at", left_out) or time_in(chat, "timestamp", left_out),
        updated_at=time_in(row, "updated_at", left_out),
        now=now,
        model=next(iter(models), ""),
        system_prompt=system_prompt or None,
    )


def _messages(name: str, row: Mapping[str, Any], left_out: Counter[str]) -> tuple[ChatMessage, ...]:
    """The message of a node. Several if the model called tools in it.

    Args:
        name: The exported id of the node.
        row: The node.
        left_out: Counts what cannot be imported.
    """
    role = row.get("role")
    content = text_in(row, "content")
    if role not in ("user", "assistant"):
        left_out[f"message of role {truncate(role, _MAX_KIND) if isinstance(role, str) else 'unknown'}"] += 1
        return ()
    images = tuple(filter(None, (_image(file, left_out) for file in list_in(row, "files"))))
    if role == "user":
        return (ChatMessage("", "user", content, created_at=time_in(row, "timestamp", left_out), images=images),)
    steps, thinking = _steps(name, content, left_out)
    if not any(isinstance(step, CallStep) for step in steps):
        content = "".join(step for step in steps if isinstance(step, str))
        steps = _output_steps(name, list_in(row, "output")) or [content]
    error = row.get("error")
    error_text = text_in(error, "content") if isinstance(error, dict) else content if error else ""
    failure = Failure("server", error_text or "Open WebUI recorded an error here.") if error else None
    if images:
        left_out["image in an answer"] += len(images)
    answer = ChatMessage(
        "",
        "assistant",
        content if isinstance(error, dict) or not error else "",
        created_at=time_in(row, "timestamp", left_out),
        thinking="\n\n".join(thinking),
        model=text_in(row, "model"),
        outcome="failed" if failure is not None else "complete",
        failure=failure,
    )
    return messages_of(steps, answer) if any(isinstance(step, CallStep) for step in steps) else (answer,)


def _steps(name: str, content: str, left_out: Counter[str]) -> tuple[list[Step], list[str]]:
    """The texts and tool calls of an answer in order, and its thinking. All but text is written as HTML in it."""
    steps: list[Step] = []
    thinking: list[str] = []
    end = 0
    for found in _DETAILS.finditer(content):
        steps.append(content[end : found.start()])
        end = found.end()
        kind, body = found.group(1), html.unescape(found.group(3)).strip()
        attributes = {key: html.unescape(value) for key, value in _ATTRIBUTE.findall(found.group(2))}
        if kind == "reasoning":
            lines = body.split("\n")
            thinking.append("\n".join(line.removeprefix(">").removeprefix(" ") for line in lines))
        elif kind == "tool_calls" and attributes.get("name"):
            # Some versions write the result as an attribute, others behind the summary.
            result = text_in_json(attributes.get("result") or body) if attributes.get("done") == "true" else None
            seeds = (name, str(len(steps)), attributes.get("id", ""))
            call = ToolCall(attributes["name"], arguments_in(attributes.get("arguments", "{}")), call_id(*seeds))
            steps.append(CallStep(call, result))
        else:
            left_out["output of a tool or code interpreter"] += 1
    return [*steps, content[end:]], thinking


def _output_steps(name: str, items: list[Any]) -> list[Step]:
    """The texts and tool calls in a list of the form of OpenAI's Responses API. Empty if it has no calls."""
    rows = [item for item in items if isinstance(item, dict)]
    results = {text_in(row, "call_id"): row for row in rows if row.get("type") == "function_call_output"}
    steps: list[Step] = []
    for row in rows:
        if row.get("type") == "message":
            steps.append(_output_text(row.get("content")))
        elif row.get("type") == "function_call" and text_in(row, "name"):
            given = text_in(row, "call_id")
            call = ToolCall(text_in(row, "name"), arguments_in(text_in(row, "arguments")), call_id(name, given))
            result = results.get(given)
            steps.append(CallStep(call, None if result is None else _output_text(result.get("output"))))
    return steps if any(isinstance(step, CallStep) for step in steps) else []


def _output_text(value: object) -> str:
    if isinstance(value, str):
        return without_lone_surrogates(value)
    parts = value if isinstance(value, list) else []
    return "".join(text_in(part, "text") for part in parts if isinstance(part, dict))


def _image(file: object, left_out: Counter[str]) -> Image | None:
    url = text_in(file, "url") if isinstance(file, dict) else ""
    return image_from_url(url, text_in(file, "name") if isinstance(file, dict) else "", left_out)
