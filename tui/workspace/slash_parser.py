"""Reads a slash command out of a prompt: `/model llama3.2`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple, Protocol

from tui.errors import UsageError
from tui.lazy_pattern import lazy_pattern
from tui.on_demand import difflib
from tui.workspace.command import Command
from tui.workspace.commands import BY_SLASH

_MAX_NEAR: Final = 5
"""Words that are suggested."""

_SLASH: Final = lazy_pattern(r"/([a-z]+)(?:[ \t]+(\S.*?))?\s*", re.DOTALL)


class ParsedCommand(NamedTuple):
    """A command and its argument."""

    command: Command
    argument: str
    """Empty without an argument."""


class Parse(Protocol):
    """Reads a command out of a text. See `parse_command`."""

    def __call__(self, typed: str, *, others: Collection[str] = ()) -> ParsedCommand | None:
        """Returns the command. None for a text that is to be sent."""
        ...


def parse_command(
    typed: str, commands: Mapping[str, Command] = BY_SLASH, *, others: Collection[str] = ()
) -> ParsedCommand | None:
    """The command that a prompt is. None for a prompt that is to be sent.

    The beginning of a word is enough where only one command starts with it.

    Args:
        typed: The prompt.
        commands: The commands that exist, by the word behind the slash.
        others: Other words that can be typed behind a slash: the saved prompts.

    Raises:
        UsageError: When the command does not exist, or its argument is missing or too much.
    """
    found = _SLASH.fullmatch(typed)
    if found is None:
        return None
    word, argument = found.group(1), found.group(2) or ""
    starting = [command for command in commands.values() if command.slash.startswith(word)]
    command = commands.get(word) or (starting[0] if len(starting) == 1 else None)
    if command is None:
        begun = [each for each in (*(each.slash for each in starting), *others) if each.startswith(word)]
        near = begun[:_MAX_NEAR] or difflib.get_close_matches(word, (*commands, *others), 1)
        meant = f"Did you mean {' or '.join(f'/{each}' for each in near)}? " if near else ""
        raise UsageError(f"There is no command /{word}.", hint=f"{meant}Type //{word} to send it as text.")
    if command.needs_argument and not argument:
        raise UsageError(f"/{command.slash} needs an argument.", hint=f"Type it like {command.usage}.")
    if argument and not command.argument:
        raise UsageError(f"/{command.slash} takes no argument.", hint="Start with // to send it as text.")
    return ParsedCommand(command, argument)


def with_slash(text: str) -> str:
    """What to type so that a text is sent, even if it looks like a command."""
    return f"/{text}" if _SLASH.fullmatch(text) else text


def without_slash(typed: str) -> str:
    """The text to send: of two slashes at the start of what looks like a command, one is removed."""
    return typed[1:] if typed.startswith("//") and _SLASH.fullmatch(typed[1:]) else typed
