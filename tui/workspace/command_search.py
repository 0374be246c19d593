"""Finds commands by what a user types: words of their name, of their help, or other words for the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tui.on_demand import difflib
from tui.workspace.command import Command

_WORD: Final = re.compile(r"[\w$]+")

_PREFIX_RANK: Final = 4
"""How much worse the beginning of a word fits than the whole word."""

_SMALL_WORDS: Final = frozenset(
    {"a", "an", "and", "for", "from", "here", "in", "it", "of", "on", "or", "the", "to", "with"}
)
_SMALL_WORD_RANK: Final = 20
"""How well a word fits that most texts have. Worse than any other."""

_LEAST_MISTYPED: Final = 3
"""Letters from which on a word that is found nowhere may be mistyped."""

_LEAST_ALIKE: Final = 0.75
"""How much of a mistyped word and the one that was meant is the same, from 0 to 1."""


def find_commands(typed: str, commands: Sequence[Command], recent: Sequence[str] = ()) -> list[Command]:
    """The commands that have every typed word, the best first.

    A word is found where a word of the command starts with it. One in the first words of the help counts most, then
    one anywhere in it, then the name, the slash word and the synonyms. If nothing is found, the words may be mistyped.

    Args:
        typed: What the user typed. Empty for all commands.
        commands: The commands, in their usual order. Those of the prompt come last: their keys are known best.
        recent: The names of commands that were used before, the latest first. They come first among equals.
    """
    words = [word.casefold() for word in _WORD.findall(typed)]
    return _found(words, commands, recent) or _found([_meant(word, commands) for word in words], commands, recent)


def matched_letters(typed: str, text: str) -> frozenset[int]:
    """The letters of a text in which the typed words are found, by their index."""
    starts = tuple(word.casefold() for word in _WORD.findall(typed))
    return frozenset(
        at
        for word in _WORD.finditer(text)
        if (length := max((len(start) for start in starts if word[0].casefold().startswith(start)), default=0))
        for at in range(word.start(), word.start() + length)
    )


def _meant(word: str, commands: Sequence[Command]) -> str:
    """The word of a command that is most like a mistyped one. The word itself if none is, or if it is found."""
    known = {text for command in commands for _, text in _texts(command)}
    if len(word) < _LEAST_MISTYPED or any(text.startswith(word) for text in known):
        return word
    return next(iter(difflib.get_close_matches(word, known, 1, _LEAST_ALIKE)), word)


def _found(words: Sequence[str], commands: Sequence[Command], recent: Sequence[str]) -> list[Command]:
    order = {name: at for at, name in enumerate(recent)}
    ranked = [
        (rank, order.get(command.name, len(order)), command.place == "prompt", at, command)
        for at, command in enumerate(commands)
        if (rank := _rank(words, command)) is not None
    ]
    return [command for *_, command in sorted(ranked, key=lambda entry: entry[:4])]


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
    yield from ((_SMALL_WORD_RANK if word in _SMALL_WORDS else min(at, 3), word) for at, word in enumerate(help_words))
    yield from ((2, word) for word in (*command.name.split("_"), command.slash))
    yield from ((3, word.casefold()) for word in command.synonyms.split())
