"""The table of commands as Textual's key bindings, and what is wrong with keys that a user configured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from textual.binding import Binding, BindingType
from textual.keys import Keys as TextualKeys

from tui.on_demand import difflib
from tui.workspace.command import Place
from tui.workspace.commands import BY_NAME, COMMANDS
from tui.workspace.keys import Keys

_PRIORITY: Final = frozenset({"copy_or_stop", "quit", "next_area", "previous_area"})
"""Commands whose keys the focused widget does not get first."""

_MODIFIERS: Final = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_KEY_NAMES: Final = frozenset(
    {key.value.rpartition("+")[2] for key in TextualKeys if not key.value.startswith("<")}
    | {"underscore", "minus", "plus", "comma", "full_stop", "slash", "backslash", "question_mark", "exclamation_mark"}
)


def bindings_for(place: Place, actions: Mapping[str, str] | None = None) -> list[BindingType]:
    """The bindings of a place. The id of each is the command's name, by which the user's own keys find it.

    Args:
        place: The place.
        actions: The Textual action of each command. None for `command('name')`, which the chat's screen has.
    """
    return [
        Binding(
            command.keys,
            f"command('{command.name}')" if actions is None else actions[command.name],
            command.help,
            show=False,
            id=command.name,
            priority=command.name in _PRIORITY,
        )
        for command in COMMANDS
        if command.place == place and command.keys and (actions is None or command.name in actions)
    ]


def keymap_of(keys: Keys) -> dict[str, str]:
    """The user's keys as Textual's keymap. A command without a key has one there that no terminal sends.

    Textual leaves the default key where the keymap has an empty text.
    """
    return {name: own.strip() or f"no_key_of_{name}" for name, own in keys.configured.items()}


def configured_name(key: str, character: str | None) -> str:
    """The name of a pressed key for `[keys]` of the config.

    Args:
        key: The key, as Textual names it.
        character: What it types. None for nothing.
    """
    is_named = key.rpartition("+")[2] in _KEY_NAMES
    return character if character and character.isprintable() and "+" not in key and not is_named else key


def reason_against(keys: Keys, name: str, key: str, edits: Mapping[str, str]) -> str:
    """Why a command must not have a key, for people. Empty if it may.

    Args:
        keys: The keys in use.
        name: The command.
        key: The key, as the config has it.
        edits: The keys that edit the prompt, and what they do there.
    """
    place = BY_NAME[name].place
    if not _is_key(key):
        return "the config has no name for this key."
    if place in ("anywhere", "prompt"):
        if len(key) == 1 or key == "space":
            return "it is typed into the prompt. Press it with Ctrl or Alt."
        if key in edits:
            return f"it edits the prompt ({edits[key]})."
    rivals = {"anywhere": ("anywhere", "prompt"), "prompt": ("prompt", "anywhere")}.get(place, (place,))
    for other in COMMANDS:
        if other.name != name and other.place in rivals and key in _split(keys.of(other.name)):
            return f"{other.help!r} has it. Give that another key first."
    return ""


def conflicts(keys: Keys) -> Iterator[str]:
    """What is wrong with configured keys: keys that do not exist, and keys that two commands of a place have."""
    for name, configured in keys.configured.items():
        place = BY_NAME[name].place
        for key in _split(configured):
            if not _is_key(key):
                base = key.rpartition("+")[2]
                near = [] if _is_key(base) else difflib.get_close_matches(base, _KEY_NAMES, 1)
                yield f"[keys] {name} = {key!r} is not a key{f': did you mean {near[0]!r}?' if near else '.'}"
            for other in COMMANDS:
                if other.name != name and other.place == place and key in _split(keys.of(other.name)):
                    yield f"[keys] {name} and {other.name} both use {key!r}: only one of them can."


def _split(joined: str) -> list[str]:
    return [key for each in joined.split(",") if (key := each.strip())]


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+")
    return (len(base) == 1 or base in _KEY_NAMES) and set(modifiers) <= _MODIFIERS
