"""What a command is: name, keys, slash word, argument, help, and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tui.light_dataclass import dataclass

Place = Literal["anywhere", "prompt", "log", "call", "sidebar"]
"""Where the keys of a command work. `call` is a tool call in the log that asks: its keys come before the log's."""

Need = Literal[
    "asked call",
    "blank prompt",
    "code",
    "deleted messages",
    "foldable message",
    "folded paste",
    "found servers",
    "idle",
    "log",
    "messages",
    "partial answer",
    "pictures",
    "prompt",
    "saved conversation",
    "selected answer",
    "selected message",
    "sidebar",
    "streaming",
    "temporary conversation",
    "text",
    "thinking",
    "versions",
]
"""Something that must be there for a command to do anything. The places are those that have the focus."""

_GROUPS: Final[Mapping[Place, str]] = {
    "prompt": "Prompt",
    "log": "Message",
    "call": "Tool call",
    "sidebar": "Sidebar",
    "anywhere": "Program",
}


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do."""

    name: str
    """The name in `[keys]` of the config file. Never changed without an entry in `RENAMED`."""

    help: str
    """What it does, as help and palette show it."""

    keys: str = ""
    """Default keys, as Textual names them, joined by commas. Empty for a command that is only typed."""

    place: Place = "anywhere"

    in_palette: bool = True
    """Whether the palette lists it while there is what it needs."""

    needs: tuple[Need, ...] = ()
    """What must be there for it to do anything. Empty for a command that always works."""

    topic: str = ""
    """What it is about, in one word, as the palette shows it. Empty for the name of its place."""

    slash: str = ""
    """The word behind the slash: `model`. Empty for a command that cannot be typed."""

    argument: str = ""
    """The argument, as help shows it: `NAME`, or `[NAME]` if it is optional. Empty for commands without one."""

    slash_help: str = ""
    """The help text of the slash command if it differs from that of the key. Empty if not."""

    word: str = ""
    """What it does in one or two words, for the key bar: `copy`. Empty for a command that never stands there."""

    synonyms: str = ""
    """Other words by which the palette finds it, separated by blanks."""

    bare: str = ""
    """The command that runs when it is typed without its argument. Empty for itself."""

    @property
    def group(self) -> str:
        """What it is about, in one word."""
        return self.topic or _GROUPS[self.place]

    @property
    def usage(self) -> str:
        """How it is typed: `/model [NAME]`."""
        return f"/{self.slash} {self.argument}".rstrip()

    @property
    def typed_help(self) -> str:
        """What it does when typed."""
        return self.slash_help or self.help

    @property
    def needs_argument(self) -> bool:
        """Whether it cannot be typed without an argument."""
        return bool(self.argument) and not self.argument.startswith("[")
