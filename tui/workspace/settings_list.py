"""The settings that the settings screen lists, in words. Pure; the list comes from the rules of the config.

A key that is added to the config appears by itself. Only tables whose names the user chooses, the providers and the
tool servers, are left out: they have dialogs of their own. Each command is a setting too: its key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from tui.config.load import COMMAND_LINE, DEFAULT, FILE
from tui.config.rules import Rule
from tui.config.settings import SETTINGS, Settings, default_of
from tui.config.toml_text import KeyPath, dotted
from tui.light_dataclass import dataclass
from tui.workspace.commands import COMMANDS, RENAMED
from tui.workspace.keys import Keys, key_label

KEYS: Final = "keys"
"""The table with the keys of the commands."""

_GENERAL: Final = "General"
_FIRST: Final = ("Look", "Chat", _GENERAL, "Tools")
_LAST: Final = "Keys"
"""The order of the groups. Others stand between, in the order of the config."""

_EMPTY: Final[Mapping[KeyPath, str]] = {("provider",): "the first that answers"}
"""What an empty text means, for the keys where it means something."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of the config that can be changed in the settings screen."""

    path: KeyPath
    rule: Rule
    title: str
    group: str

    default: Any
    """The default, as TOML has it."""

    @property
    def key(self) -> str:
        """The key as it stands in the file: `timeouts.idle`."""
        return dotted(self.path)

    @property
    def command(self) -> str:
        """The command whose keys it is. Empty if it is none's."""
        return self.path[1] if self.path[0] == KEYS else ""

    @property
    def choices(self) -> tuple[Any, ...]:
        """The valid values, where there are only a few. Empty if not."""
        return (False, True) if self.rule.types == (bool,) else self.rule.choices

    def value(self, settings: Settings) -> Any:
        """Its value, as TOML has it."""
        if self.command:
            return Keys(settings.keys).of(self.command)
        value: Any = settings
        for name in self.path:
            value = getattr(value, name)
        return list(value) if isinstance(value, tuple) else value

    def origin(self, origins: Mapping[str, str]) -> str:
        """Where its value comes from, in a word or two: `default`, `yours`, `$NAME` or `command line`.

        Args:
            origins: As `LoadedSettings` has them.
        """
        origin = next((origins[key] for key in self._keys if key in origins), DEFAULT)
        if origin in (DEFAULT, COMMAND_LINE):
            return origin
        return "yours" if origin == FILE else f"${origin.rpartition(' ')[2]}"

    def changes(self, value: object) -> dict[str, object]:
        """The changes that set a value, for `Workspace.change_settings`. None removes the key."""
        return dict.fromkeys(self._keys) | {self.key: value}

    def words(self, value: Any) -> str:
        """A value as people read it: `96 columns`, `no limit`, `Ctrl+N`."""
        if self.command:
            return key_label(value) or "no key"
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, int | float):
            if value == 0 and self.rule.zero:
                return self.rule.zero
            return f"{self.edited(value, grouped=True)} {_unit(self.rule.unit, value)}".rstrip()
        if isinstance(value, list):
            return self.edited(value) or "none"
        return str(value) or _EMPTY.get(self.path, "empty")

    def edited(self, value: Any, *, grouped: bool = False) -> str:
        """A value as it is typed: `5`, `0.25`, `408, 425`.

        Args:
            value: The value.
            grouped: Whether thousands are set apart.
        """
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, float) and value == int(value):
            value = int(value)
        return f"{value:,}" if grouped and isinstance(value, int) else str(value)

    def read(self, text: str) -> Any:
        """The value of a typed text. The text itself if it is not what the key needs, which no rule accepts."""
        if self.rule.types == (str,):
            return text
        text = text.strip()
        try:
            return json.loads(f"[{text}]" if list in self.rule.types and not text.startswith("[") else text)
        # Deep nesting is not a value either.
        except (ValueError, RecursionError):
            return text

    @property
    def _keys(self) -> list[str]:
        """The key in the file, and the names that it had before."""
        older = [dotted((KEYS, old)) for old, name in RENAMED.items() if name == self.command]
        return [self.key, *older]


@cache
def all_settings() -> tuple[Setting, ...]:
    """All settings, group by group."""
    found = list(settings_of(SETTINGS))
    groups = [*_FIRST, *dict.fromkeys(each.group for each in found if each.group not in (*_FIRST, _LAST)), _LAST]
    return tuple(sorted(found, key=lambda each: groups.index(each.group)))


def setting_rank(words: Sequence[str], setting: Setting) -> int | None:
    """How well typed words fit a setting. See `text_rank`."""
    name = f"{setting.title} {setting.path[-1]} {setting.group}"
    return text_rank(words, name, f"{setting.key} {setting.rule.about}")


def text_rank(words: Sequence[str], name: str, about: str) -> int | None:
    """How well typed words fit a name and what it is about: 0 is best. None if a word is in neither.

    Args:
        words: The beginnings of words, case folded.
        name: The name.
        about: The text in which a word counts less.
    """
    texts = (name, about)
    total = 0
    for word in words:
        found = [at for at, text in enumerate(texts) if _has_start(text.casefold(), word)]
        if not found:
            return None
        total += found[0]
    return total


def _has_start(text: str, word: str) -> bool:
    """Whether a word of a text starts with another; names with underscores are several words."""
    parts = text.replace("_", " ").replace("(", " ").split()
    return word in text.split() or any(part.startswith(word) for part in (*parts, *text.split()))


def settings_of(rule: Rule, path: KeyPath = ()) -> Iterator[Setting]:
    """The settings in a table, in the order of the config.

    Args:
        rule: The rule of the table.
        path: The key of the table. Empty for the whole file.
    """
    for name, inner in (rule.fields or {}).items():
        own = (*path, name)
        if inner.fields is not None:
            yield from settings_of(inner, own)
        elif own == (KEYS,):
            assert inner.items is not None
            for command in COMMANDS:
                if command.keys:
                    yield Setting((*own, command.name), inner.items, command.help, _LAST, command.keys)
        elif inner.items is None:
            default = default_of(own)
            group = inner.group or (path[-1].capitalize() if path else _GENERAL)
            title = inner.title or name.replace("_", " ").capitalize()
            yield Setting(own, inner, title, group, list(default) if isinstance(default, tuple) else default)


def _unit(unit: str, value: float) -> str:
    """A unit for a number: `1 second`, `2 seconds`."""
    if value != 1 or not unit.endswith("s"):
        return unit
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit[:-1]
