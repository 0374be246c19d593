"""What can be completed at the cursor, and with what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from tui.lazy_pattern import lazy_pattern
from tui.workspace.commands import BY_SLASH

_PATH: Final = lazy_pattern(r"""(?:^|(?<=\s))@(?:"([^"\n]*)|'([^'\n]*)|((?:\\.|[^\s\\"'])(?:\\.|[^\s\\"])*|))$""")
_SLASH: Final = lazy_pattern(r"/([^\s/:]*)$")
_SERVER_PROMPT: Final = lazy_pattern(r"/([A-Za-z0-9_-]+:\S*)$")
_ARGUMENT: Final = lazy_pattern(r"/([a-z]+)[ \t]+(\S*)$")
_FILE: Final = lazy_pattern(r"/([a-z]+)[ \t]+(\S[^\n]*|)$")
_FILE_COMMANDS: Final = frozenset(
    command.slash
    for command in BY_SLASH.values()
    if command.argument.strip("[]") == "FILE" and command.name != "export"
)
"""Commands that read a file. Its name may have blanks, and needs no quotes."""


class CompletionPrefix(NamedTuple):
    """The part before the cursor that can be completed."""

    kind: Literal["command", "path", "file", "server prompt"] | str
    """`command`, `path` behind an @, `file` behind a command, `server prompt`, or for another argument the command."""

    word: str
    """What is typed so far; a path without its quotes."""

    start: int
    """The column where it starts, including its `@` or `/`."""


class Candidate(NamedTuple):
    """One way to complete it."""

    text: str
    """What replaces the prefix."""

    label: str
    help: str = ""
    """What it is, in a few words. May be empty."""

    continues: bool = False
    """Whether more is typed directly behind it: a folder is not a file yet."""

    accepts_argument: bool = False
    """Whether an argument may follow it, behind a blank. Enter sends it without one."""

    has_name_last: bool = False
    """Whether the end of the label says most, as with a path. It is kept where there is no space for all of it."""


def prefix_at(before: str) -> CompletionPrefix | None:
    """The prefix that can be completed. None if nothing can be completed.

    Args:
        before: The text before the cursor, on its line.
    """
    if found := _SLASH.match(before):
        return CompletionPrefix("command", found.group(1), 0)
    if found := _SERVER_PROMPT.match(before):
        return CompletionPrefix("server prompt", found.group(1), 0)
    if (found := _PATH.search(before)) is not None:
        double, single, bare = found.groups()
        word = re.sub(r"\\(.)", r"\1", bare) if bare is not None else double or single or ""
        return CompletionPrefix("path", word, found.start())
    if (found := _FILE.match(before)) and found.group(1) in _FILE_COMMANDS:
        return CompletionPrefix("file", found.group(2), found.start(2))
    if found := _ARGUMENT.match(before):
        return CompletionPrefix(found.group(1), found.group(2), found.start(2))
    return None


def command_candidates(word: str) -> list[Candidate]:
    """The slash commands that start with a word."""
    return [
        Candidate(
            f"/{command.slash}{' ' if command.argument else ''}",
            command.usage,
            command.typed_help,
            continues=command.needs_argument,
        )
        for command in BY_SLASH.values()
        if command.slash.startswith(word)
    ]


def word_candidates(word: str, known: Sequence[tuple[str, str]], end: str = "") -> list[Candidate]:
    """The known words that start with what is typed, then those that contain it.

    Args:
        word: What is typed.
        known: The words, each with its help.
        end: What follows a word directly, as `=` follows the name of an option.
    """
    wanted = word.casefold()
    fitting = [each for each in known if wanted in each[0].casefold()]
    fitting.sort(key=lambda each: not each[0].casefold().startswith(wanted))
    return [Candidate(name + end, name, help_, continues=bool(end)) for name, help_ in fitting]
