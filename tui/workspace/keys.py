"""The keys of the commands: which they are, and how people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tui.workspace.commands import BY_NAME, RENAMED

_KEY_NAMES: Final = {
    "ctrl": "Ctrl",
    "shift": "Shift",
    "alt": "Alt",
    "super": "Cmd",
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "tab": "Tab",
    "delete": "Delete",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "underscore": "_",
    "slash": "/",
}

NEEDED: Final[Mapping[str, str]] = {
    "send": "nothing could be sent without one",
    "settings": "it is the way back to these settings",
    "quit": "it is the way out",
}
"""Commands that always have a key, and why."""


class Keys:
    """The keys of the commands: the user's where they set some, else the defaults."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        """Args:
        configured: `[keys]` of the config file: command name → keys. Unknown names are ignored, and so is no key
            for a command that needs one.
        """
        self.use(configured)

    def use(self, configured: Mapping[str, str]) -> None:
        """Use other keys from now on. See `__init__`."""
        self.configured: Mapping[str, str] = {
            name: keys
            for old, keys in configured.items()
            if (name := RENAMED.get(old, old)) in BY_NAME and (name not in NEEDED or _has_key(keys))
        }

    def of(self, name: str) -> str:
        """The keys of a command, as Textual names them: `ctrl+j,shift+enter`."""
        return self.configured.get(name, BY_NAME[name].keys)

    def label(self, name: str) -> str:
        """The keys of a command, as people write them: `Ctrl+J, Shift+Enter`."""
        return key_label(self.of(name))

    def press(self, name: str) -> str:
        """How a command is run, as the beginning of a sentence: `Press F5`, or `Type /regenerate` without a key."""
        label, slash = self.label(name), BY_NAME[name].slash
        return f"Press {label}" if label or not slash else f"Type /{slash}"


def key_label(keys: str) -> str:
    """Keys as people write them: `ctrl+j,shift+enter` → `Ctrl+J, Shift+Enter`."""
    return ", ".join(_one_key_label(key.strip()) for key in keys.split(",") if key.strip())


def unknown_names(configured: Iterable[str]) -> tuple[str, ...]:
    """The names of `[keys]` that no command has."""
    return tuple(name for name in configured if RENAMED.get(name, name) not in BY_NAME)


def without_needed_key(configured: Mapping[str, str]) -> tuple[str, ...]:
    """The commands that need a key, and have none in `[keys]`. They keep their default keys."""
    names = (RENAMED.get(name, name) for name, keys in configured.items() if not _has_key(keys))
    return tuple(name for name in names if name in NEEDED)


def _has_key(keys: str) -> bool:
    return any(key.strip() for key in keys.split(","))


def _one_key_label(key: str) -> str:
    parts = key.split("+")
    shown = [_KEY_NAMES.get(part, part.upper() if len(part) == 1 and len(parts) > 1 else part) for part in parts]
    return "+".join(part[0].upper() + part[1:] if part[0] == "f" and part[1:].isdigit() else part for part in shown)
