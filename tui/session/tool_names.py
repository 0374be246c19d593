"""The names and ids of tools and calls, as every server accepts them.

OpenAI's API refuses names with other characters than letters, digits, `-` and `_`, and templates of Mistral's models
refuse ids that are not nine letters and digits.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from tui.chat.chunk import ToolCall
from tui.chat.tools import OfferedTool, ToolSpec
from tui.lazy_pattern import lazy_pattern

_MAX_NAME: Final = 64
_NAME: Final = lazy_pattern(r"[A-Za-z0-9_-]{1,64}")
_ID_LENGTH: Final = 9


def safe_tool_name(name: str) -> str:
    """A name without characters that servers refuse. Unchanged if it has none."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_MAX_NAME]


def offered_tools(specs: Iterable[ToolSpec]) -> tuple[OfferedTool, ...]:
    """Tools under names that are unique: their own where that is possible, else with the name of the server."""
    listed = list({spec.full_name: spec for spec in specs}.values())
    counts = Counter(spec.name for spec in listed)
    own_names = {spec.name for spec in listed if counts[spec.name] == 1 and _NAME.fullmatch(spec.name)}
    taken = set(own_names)
    tools = []
    for spec in listed:
        name = spec.name
        if name not in own_names:
            name = _free_name(safe_tool_name(f"{spec.server}_{spec.name}"), taken)
            taken.add(name)
        tools.append(OfferedTool(name, spec))
    return tuple(tools)


def tool_called(name: str, tools: Mapping[str, OfferedTool]) -> OfferedTool | None:
    """The tool that a model means with a name: the offered one, or `files.read_file`. None if there is none.

    Args:
        name: The name that the model called.
        tools: The offered tools by name.
    """
    return tools.get(name) or next((tool for tool in tools.values() if tool.spec.full_name == name), None)


def with_unique_ids(calls: Iterable[ToolCall], taken: Collection[str], new_id: Callable[[], str]) -> list[ToolCall]:
    """Calls of which each has an id of its own. Ids of the server stay where they are unique.

    Args:
        calls: The calls.
        taken: The ids of earlier calls.
        new_id: Returns a unique text.
    """
    seen = set(taken)
    named = []
    for call in calls:
        call_id = call.id or ""
        if call_id in seen or not _NAME.fullmatch(call_id):
            call_id = _made_id(new_id())
        seen.add(call_id)
        named.append(replace(call, id=call_id))
    return named


def _free_name(name: str, taken: Collection[str]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name[: _MAX_NAME - len(f'_{number}')]}_{number}"
    return free


def _made_id(unique: str) -> str:
    return hashlib.sha256(unique.encode()).hexdigest()[:_ID_LENGTH]
