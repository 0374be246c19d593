"""What is being written at the cursor, and what it may become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from tui.ui.slash import COMMANDS

_PATH: Final = re.compile(r'(?:^|(?<=\s))@(?:"([^"\n]*)|((?:\\.|[^\s\\"])*))$')
_COMMAND: Final = re.compile(r"/([a-z]*)$")
_ARGUMENT: Final = re.compile(r"/([a-z]+)[ \t]+(\S*)$")


class Beginning(NamedTuple):
    """The beginning of something that can be completed."""

    kind: Literal["command", "path"] | str
    """`command`, `path`, or for the argument of a command the command's name."""

    word: str
    """It, as far as it is written; a path without its quotes."""

    start: int
    """Where it begins in what is written, its `@` or `/` with it."""


class Candidate(NamedTuple):
    """What it may become."""

    text: str
    """What is put in its place."""

    label: str
    words: str = ""
    """What it is."""

    goes_on: bool = False
    """Whether something follows it at once: a folder is no file yet."""


def beginning_at(before: str) -> Beginning | None:
    """What is being written.

    Args:
        before: What stands before the cursor.
    """
    if found := _COMMAND.match(before):
        return Beginning("command", found.group(1), 0)
    if (found := _PATH.search(before)) is not None:
        quoted, bare = found.groups()
        word = re.sub(r"\\(.)", r"\1", bare) if quoted is None else quoted
        return Beginning("path", word, found.start())
    if found := _ARGUMENT.match(before):
        return Beginning(found.group(1), found.group(2), found.start(2))
    return None


def command_candidates(word: str) -> list[Candidate]:
    """The commands that begin so."""
    return [
        Candidate(
            f"/{command.name}{' ' if command.argument else ''}",
            f"/{command.name} {command.argument}".rstrip(),
            command.words,
            goes_on=command.needs_argument,
        )
        for command in COMMANDS
        if command.name.startswith(word)
    ]


def word_candidates(word: str, known: Sequence[tuple[str, str]], end: str = "") -> list[Candidate]:
    """Those of some words that begin so, then those that contain it.

    Args:
        word: What is written.
        known: The words, and what each is.
        end: What follows a word at once, as `=` does an option.
    """
    wanted = word.casefold()
    fitting = [each for each in known if wanted in each[0].casefold()]
    fitting.sort(key=lambda each: not each[0].casefold().startswith(wanted))
    return [Candidate(name + end, name, words, goes_on=bool(end)) for name, words in fitting]
