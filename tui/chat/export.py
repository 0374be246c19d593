"""Conversation → Markdown, HTML or JSON text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final, Literal

from tui.chat.conversation import Conversation
from tui.chat.dates import MINUTE, format_time
from tui.chat.fences import fenced
from tui.chat.formatting import format_json, format_seconds
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.nesting import TOO_DEEP, is_too_deep
from tui.chat.open_blocks import close_blocks
from tui.chat.thinking import split_thinking
from tui.chat.tool_outcome import APPROVAL_LABELS

ExportFormat = Literal["md", "json", "html"]

JSON_FORMAT: Final = "llm-tui conversation"
JSON_VERSION: Final = 1

_FENCE: Final = re.compile(r"^ {0,3}(```+|~~~+)[^\n]*\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$\n?|\Z)", re.DOTALL | re.MULTILINE)

_STYLE: Final = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif}"
    "h2{font-size:1rem;margin:2rem 0 .3rem;color:#06c}.text{white-space:pre-wrap;overflow-wrap:anywhere}"
    "pre{background:#8881;padding:.7rem;overflow-x:auto}details,.note{color:#888}img{max-width:100%}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}h2{color:#6af}}"
)


def format_conversation(conversation: Conversation, wanted: ExportFormat) -> str:
    """A conversation as text that ends with a newline.

    Args:
        conversation: The conversation to export.
        wanted: `md` and `html` contain the path to the head; `json` contains everything, including other branches.
    """
    match wanted:
        case "md":
            return _as_markdown(conversation)
        case "html":
            return _as_html(conversation)
        case "json":
            return json.dumps(as_json(conversation), ensure_ascii=False, indent=1) + "\n"


def as_json(conversation: Conversation) -> dict[str, object]:
    """All data of a conversation.

    `{"format", "version", "id", "title", "created_at", "provider", "model", "head_id", "system_prompt", "options",
    "tools": {"servers_off", "tools_off"}, "messages": [{"id", "parent_id", "role", "content", "created_at", "thinking",
    "tool_calls", "tool", "images", "provider", "model", "finish_reason", "outcome", "failure", "figures",
    "options"}]}`. Times are seconds since the epoch; an image's `data` is base64; messages are in the order they were
    sent, and `parent_id` names the message before each. A `system_prompt` of null means the provider's. `tools` has
    what is off, by name; it does not have what the user allowed.
    """
    tools = conversation.tools
    return {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "provider": conversation.provider,
        "model": conversation.model,
        "head_id": conversation.head_id,
        "system_prompt": conversation.system_prompt,
        "options": {key: _bounded(value) for key, value in conversation.options.items()},
        "tools": {"servers_off": sorted(tools.servers_off), "tools_off": sorted(tools.tools_off)},
        "messages": [_message_as_json(message) for message in conversation.messages.values()],
    }


def _message_as_json(message: ChatMessage) -> dict[str, object]:
    usage = message.stats.usage
    return {
        "id": message.id,
        "parent_id": message.parent_id,
        "role": message.role,
        "content": message.content,
        "created_at": message.created_at,
        "thinking": message.thinking,
        # Not `asdict`: it recurses into the arguments, which may be nested too deeply.
        "tool_calls": [
            {"name": call.name, "arguments": _bounded(call.arguments), "id": call.id} for call in message.tool_calls
        ],
        "tool": None if message.tool is None else asdict(message.tool),
        "images": [
            {"name": image.name, "media_type": image.media_type, "data": _base64(image)} for image in message.images
        ],
        "provider": message.provider,
        "model": message.model,
        "finish_reason": message.finish_reason,
        "outcome": message.outcome,
        "failure": None if message.failure is None else asdict(message.failure),
        "figures": {**asdict(message.stats), "usage": None if usage is None else usage.to_json()},
        "options": {key: _bounded(value) for key, value in message.options.items()},
    }


def _as_markdown(conversation: Conversation) -> str:
    parts = [f"# {_one_line(conversation.title) or 'Conversation'}"]
    for message in conversation.path:
        parts.append(f"## {_speaker(message)}")
        parts.extend(f"![{_one_line(image.name) or 'image'}]({_data_url(image)})" for image in message.images)
        if message.role == "tool":
            parts.extend(filter(None, (f"*{_one_line(_tool_note(message))}*", fenced(message.content, ""))))
        thinking, answer = _parts_of(message)
        if thinking:
            parts.append("\n".join(f"> {line}".rstrip() for line in ["*Thinking*", "", *thinking.split("\n")]))
        if answer:
            parts.append(close_blocks(answer.strip("\n")))
        for call in message.tool_calls:
            arguments = call.arguments if isinstance(call.arguments, str) else format_json(call.arguments, 2)
            parts.append(f"Tool call: `{_one_line(call.name)}`\n\n{fenced(arguments, 'json')}")
        if message.failure is not None:
            parts.append(f"*{_one_line(message.failure.message)}*")
    return "\n\n".join(parts) + "\n"


def _as_html(conversation: Conversation) -> str:
    title = html.escape(_one_line(conversation.title) or "Conversation")
    body = "\n".join(line for message in conversation.path for line in _message_as_html(message))
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f"<body>\n<h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _message_as_html(message: ChatMessage) -> Iterator[str]:
    yield f"<h2>{html.escape(_speaker(message))}</h2>"
    for image in message.images:
        yield f'<p><img alt="{html.escape(image.name)}" src="{html.escape(_data_url(image))}"></p>'
    if message.role == "tool":
        yield f'<p class="note">{html.escape(_tool_note(message))}</p>'
        yield f"<pre>{html.escape(message.content)}</pre>"
    thinking, answer = _parts_of(message)
    if thinking:
        yield f'<details><summary>Thinking</summary><div class="text">{html.escape(thinking)}</div></details>'
    # Fenced text is shown as code, and everything else as plain text, so that no message can inject HTML.
    end = 0
    for fence in _FENCE.finditer(answer):
        yield from _text_as_html(answer[end : fence.start()])
        yield f"<pre><code>{html.escape(fence.group(2))}</code></pre>"
        end = fence.end()
    yield from _text_as_html(answer[end:])
    for call in message.tool_calls:
        arguments = call.arguments if isinstance(call.arguments, str) else format_json(call.arguments, 2)
        yield f"<p>Tool call: <code>{html.escape(call.name)}</code></p><pre>{html.escape(arguments)}</pre>"
    if message.failure is not None:
        yield f'<p class="note">{html.escape(message.failure.message)}</p>'


def _text_as_html(text: str) -> Iterator[str]:
    if stripped := text.strip("\n"):
        yield f'<div class="text">{html.escape(stripped)}</div>'


def _speaker(message: ChatMessage) -> str:
    if message.role == "user":
        who = "You"
    elif message.role == "system":
        who = "System"
    elif message.role == "tool":
        who = f"Result of {_tool_name(message)}"
    else:
        who = " · ".join(part for part in (message.model, message.provider) if part) or "Answer"
    when = format_time(message.created_at, MINUTE, utc=True)
    return f"{_one_line(who)} ({when} UTC)" if when else _one_line(who)


def _parts_of(message: ChatMessage) -> tuple[str, str]:
    """Thinking and text of a message. Both empty for a tool result, which is shown as code."""
    if message.role == "tool":
        return "", ""
    if message.role != "assistant":
        return message.thinking, message.content
    split = split_thinking(message.content)
    return (message.thinking + split.thinking).strip("\n"), split.answer


def _tool_name(message: ChatMessage) -> str:
    outcome = message.tool
    return (outcome and (outcome.full_name or outcome.name)) or "a tool"


def _tool_note(message: ChatMessage) -> str:
    """Who allowed a tool call, and how it went."""
    if message.tool is None:
        return "tool call"
    parts = [APPROVAL_LABELS[message.tool.approval]]
    if message.tool.approval not in ("denied", "elsewhere"):
        parts.append(format_seconds(message.tool.seconds))
    return " · ".join([*parts, *(["error"] if message.tool.is_error else [])])


def _bounded(value: object) -> object:
    return TOO_DEEP if is_too_deep(value) else value


def _data_url(image: Image) -> str:
    return f"data:{image.media_type};base64,{_base64(image)}"


def _base64(image: Image) -> str:
    return base64.b64encode(image.data).decode("ascii")


def _one_line(text: str) -> str:
    return " ".join(text.split())
