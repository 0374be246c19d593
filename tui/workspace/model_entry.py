"""One model in the catalog, its order among the others, and what it can do in words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.chat.chat_support import CHAT_NOTES, other_uses
from tui.workspace.target import Target

if TYPE_CHECKING:
    from tui.chat.model_info import ModelInfo

FAVOURITES: Final = "Favourites"
RECENT: Final = "Recent"
CANNOT_CHAT: Final = "Cannot chat"

_NUMBER: Final = re.compile(r"(\d+)")
_NUMBER_CELLS: Final = 12
"""Digits to which numbers in names are padded, to be compared as text."""


# A named tuple is made in a fifth of the time of a frozen dataclass, and there may be thousands.
class ModelEntry(NamedTuple):
    """One model of the catalog."""

    target: Target

    info: ModelInfo
    """What is known about it: its row in the server's list, completed with its details if they were asked for."""

    group: str
    """What it is listed under: `FAVOURITES`, `RECENT`, `CANNOT_CHAT`, or empty for its provider."""

    is_favourite: bool = False

    leaves_machine: bool = False
    """Whether prompts to it leave this machine and its network."""

    is_listed: bool | None = True
    """Whether its server lists it. None if that is not known: the server is being asked, or cannot be reached."""

    @property
    def can_chat(self) -> bool:
        """Whether nothing suggests that it cannot chat."""
        return self.info.chat_support == "yes"


def abilities(info: ModelInfo) -> tuple[str, ...]:
    """What a model can do, in single words: `see`, `think`, `tools`, `cloud`; or why it may not chat."""
    if info.chat_support != "yes":
        uses = "embed" if any("embed" in use for use in other_uses(info.capabilities)) else ""
        return (uses or CHAT_NOTES[info.chat_support],)
    can = info.capabilities
    words = {
        "see": bool(can & {"vision", "image", "multimodal"}),
        "think": bool(can & {"thinking", "reasoning"} or info.thinking),
        "tools": bool(can & {"tools", "tool_use"}),
        "cloud": info.is_remote,
    }
    return tuple(word for word, has in words.items() if has)


@lru_cache(maxsize=4096)
def name_order(name: str) -> str:
    """The sort key of a name: by letters in either case, and by the value of numbers, so that 8b comes before 14b."""
    parts = _NUMBER.split(name.casefold())
    # Every second part is a number.
    parts[1::2] = [number.zfill(_NUMBER_CELLS) for number in parts[1::2]]
    return "".join(parts)
