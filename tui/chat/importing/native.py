"""Reads llm-tui's own JSON export. See `tui.chat.export.as_json` for the format."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from tui.chat.chunk import ToolCall, Usage
from tui.chat.conversation import Conversation, ToolChoice
from tui.chat.export import JSON_FORMAT, JSON_VERSION
from tui.chat.image import Image
from tui.chat.image_type import MEDIA_TYPES
from tui.chat.importing.values import Unusable, time_in, without_lone_surrogates
from tui.chat.message import AnswerStats, ChatMessage, Failure, Outcome, Role
from tui.chat.nesting import is_too_deep
from tui.chat.tool_outcome import Approval, ToolOutcome
from tui.errors import ErrorKind

_MAX_STAT: Final = 1e9
"""The largest time or rate of an answer that is imported: 30 years."""

_ID: Final = re.compile(r"[!-~]{1,200}")

_INCOMPLETE: Final = Failure(
    "interrupted", "The export was made before this answer was complete.", "The partial answer was imported."
)


def is_native(row: Mapping[str, Any]) -> bool:
    """Whether an object is a conversation exported by llm-tui."""
    return row.get("format") == JSON_FORMAT


def read_native(row: Mapping[str, Any], left_out: Counter[str], now: Callable[[], float]) -> Conversation:
    """The conversation in an exported object.

    Args:
        row: The exported conversation.
        left_out: Counts what cannot be imported.
        now: The present time, for a conversation without a time.

    Raises:
        Unusable: If a field is invalid: the export was changed by hand or by another program.
    """
    version = row.get("version")
    if version != JSON_VERSION:
        newer = isinstance(version, int) and version > JSON_VERSION
        raise Unusable("it was exported by a newer llm-tui" if newer else "unknown version")
    created_at = _created_at(row, left_out, now)
    messages: dict[str, ChatMessage] = {}
    for index, value in enumerate(_list(row, "messages")):
        try:
            message = _message(value, messages, left_out, created_at)
        except Unusable as cause:
            raise Unusable(f"messages[{index}]: {cause}") from cause
        messages[message.id] = message
    head_id = _id(row, "head_id", may_be_null=True)
    if head_id is not None and head_id not in messages:
        raise Unusable("head_id is not the id of a message")
    return Conversation(
        id=_id(row, "id") or "",
        title=_text(row, "title"),
        created_at=created_at,
        provider=_text(row, "provider"),
        model=_text(row, "model"),
        messages=messages,
        head_id=head_id,
        system_prompt=None if row.get("system_prompt") is None else _text(row, "system_prompt"),
        options=_mapping(row, "options"),
        tools=_tool_choice(row),
    )


def _tool_choice(row: Mapping[str, Any]) -> ToolChoice:
    """Which tools are off. Nothing in a file allows a tool. Older exports have no such field."""
    if row.get("tools") is None:
        return ToolChoice()
    tools = _mapping(row, "tools")
    return ToolChoice(_names(tools, "servers_off"), _names(tools, "tools_off"))


def _names(row: Mapping[str, Any], key: str) -> frozenset[str]:
    names = _list(row, key)
    if not all(isinstance(name, str) for name in names):
        raise Unusable(f"{key} has something other than names")
    return frozenset(map(without_lone_surrogates, names))


def _created_at(row: Mapping[str, Any], left_out: Counter[str], fallback: Callable[[], float]) -> float:
    """When a conversation or message was created. 0 is exported where the time was unknown already."""
    value = row.get("created_at")
    is_unknown = not isinstance(value, bool) and value == 0
    return 0.0 if is_unknown else time_in(row, "created_at", left_out) or fallback()


def _message(row: object, before: Mapping[str, ChatMessage], left_out: Counter[str], began_at: float) -> ChatMessage:
    """One message. Its parent must precede it, so that the tree has no cycle."""
    if not isinstance(row, dict):
        raise Unusable("not an object")
    outcome: Any = row.get("outcome")
    if row.get("role") not in get_args(Role) or outcome not in get_args(Outcome):
        raise Unusable("unknown role or outcome")
    id_, parent_id = _id(row, "id") or "", _id(row, "parent_id", may_be_null=True)
    if id_ in before:
        raise Unusable("duplicate id")
    if parent_id is not None and parent_id not in before:
        raise Unusable("the parent does not precede it")
    failure = row.get("failure")
    is_incomplete = outcome == "streaming"
    return ChatMessage(
        id=id_,
        parent_id=parent_id,
        role=row["role"],
        content=_text(row, "content"),
        created_at=_created_at(row, left_out, lambda: began_at if parent_id is None else before[parent_id].created_at),
        thinking=_text(row, "thinking"),
        tool_calls=tuple(map(_call, _list(row, "tool_calls"))),
        tool=None if row.get("tool") is None else _tool_outcome(_mapping(row, "tool"), left_out),
        images=tuple(map(_image, _list(row, "images"))),
        provider=_text(row, "provider"),
        model=_text(row, "model"),
        finish_reason=None if row.get("finish_reason") is None else _text(row, "finish_reason"),
        outcome="failed" if is_incomplete else outcome,
        failure=_INCOMPLETE if is_incomplete else None if failure is None else _failure(failure),
        stats=_stats(_mapping(row, "figures"), left_out),
        options=_mapping(row, "options"),
    )


def _call(row: object) -> ToolCall:
    if not isinstance(row, dict) or not isinstance(row.get("arguments"), dict | str):
        raise Unusable("invalid tool call")
    if is_too_deep(row["arguments"]):
        raise Unusable("the arguments of a tool call are nested too deeply")
    return ToolCall(_text(row, "name"), row["arguments"], None if row.get("id") is None else _text(row, "id"))


def _tool_outcome(row: Mapping[str, Any], left_out: Counter[str]) -> ToolOutcome:
    links = _list(row, "links")
    if row.get("approval") not in get_args(Approval) or not isinstance(row.get("is_error"), bool):
        raise Unusable("unknown approval or state of a tool call")
    if not _text(row, "call_id") or not all(isinstance(link, str) for link in links):
        raise Unusable("invalid id or links of a tool call")
    return ToolOutcome(
        call_id=_text(row, "call_id"),
        name=_text(row, "name"),
        full_name=_text(row, "full_name"),
        approval=row["approval"],
        is_error=row["is_error"],
        links=tuple(map(without_lone_surrogates, links)),
        seconds=_stat(row, "seconds", left_out) or 0.0,
    )


def _image(row: object) -> Image:
    if not isinstance(row, dict):
        raise Unusable("invalid image")
    try:
        data = base64.b64decode(_text(row, "data"), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Unusable("an image is not base64") from cause
    media_type = _text(row, "media_type")
    if media_type not in MEDIA_TYPES:
        raise Unusable("unsupported image type")
    return Image(media_type, data, _text(row, "name"))


def _failure(row: object) -> Failure:
    if not isinstance(row, dict) or row.get("kind") not in get_args(ErrorKind):
        raise Unusable("invalid failure")
    return Failure(row["kind"], _text(row, "message"), _text(row, "hint"), _count(row, "status"))


def _stats(row: Mapping[str, Any], left_out: Counter[str]) -> AnswerStats:
    usage = row.get("usage")
    if usage is not None and not isinstance(usage, dict):
        raise Unusable("usage is not an object")
    return AnswerStats(
        usage=None
        if usage is None
        else Usage(
            _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"), _count(usage, "cached_prompt_tokens")
        ),
        first_token_s=_stat(row, "first_token_s", left_out),
        total_s=_stat(row, "total_s", left_out),
        tokens_per_second=_stat(row, "tokens_per_second", left_out),
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise Unusable(f"{key} is not text")
    return without_lone_surrogates(value)


def _id(row: Mapping[str, Any], key: str, *, may_be_null: bool = False) -> str | None:
    value = row.get(key)
    if value is None and may_be_null:
        return None
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise Unusable(f"{key} is not an id")
    return value


def _stat(row: Mapping[str, Any], key: str, left_out: Counter[str]) -> float | None:
    """A time or rate of an answer. None if it is missing or out of range."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable(f"{key} is not a number")
    # Compared before the conversion: an integer may be too large for a float. A comparison with NaN is false.
    if 0 <= value <= _MAX_STAT:
        return float(value)
    left_out["time or rate that is out of range"] += 1
    return None


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Unusable(f"{key} is not an integer")
    return value


def _list(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    if not isinstance(value, list):
        raise Unusable(f"{key} is not a list")
    return value


def _mapping(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = row.get(key)
    if not isinstance(value, dict):
        raise Unusable(f"{key} is not an object")
    if key == "options" and is_too_deep(value):
        raise Unusable(f"{key} are nested too deeply")
    return value
