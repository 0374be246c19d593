"""Finds commands by what a user types: words of their name, of their help, or other words for the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tui.workspace.commands import Command

_WORD: Final = re.compile(r"[\w$]+")

_PREFIX_RANK: Final = 4
"""How much worse the beginning of a word fits than the whole word."""


def find_commands(typed: str, commands: Sequence[Command], recent: Sequence[str] = ()) -> list[Command]:
    """The commands that have every typed word, the best first.

    A word is found where a word of the command starts with it. One in the first words of the help counts most, then
    one anywhere in it, then the name, the slash word and the synonyms.

    Args:
        typed: What the user typed. Empty for all commands.
        commands: The commands, in their usual order.
        recent: The names of commands that were used before, the latest first. They come first among equals.
    """
    words = [word.casefold() for word in _WORD.findall(typed)]
    order = {name: at for at, name in enumerate(recent)}
    ranked = [
        (rank, order.get(command.name, len(order)), at, command)
        for at, command in enumerate(commands)
        if (rank := _rank(words, command)) is not None
    ]
    return [command for *_, command in sorted(ranked, key=lambda entry: entry[:3])]


def _rank(words: Sequence[str], command: Command) -> int | None:
    """How well a command fits, 0 being best. None if a word is missing."""
    total = 0
    for word in words:
        fits = (rank + (text != word) * _PREFIX_RANK for rank, text in _texts(command) if text.startswith(word))
        best = min(fits, default=None)
        if best is None:
            return None
        total += best
    return total


def _texts(command: Command) -> Iterator[tuple[int, str]]:
    help_words = [word.casefold() for word in _WORD.findall(command.help)]
    yield from ((min(at, 3), word) for at, word in enumerate(help_words))
    yield from ((2, word) for word in (*command.name.split("_"), command.slash))
    yield from ((3, word.casefold()) for word in command.synonyms.split())
