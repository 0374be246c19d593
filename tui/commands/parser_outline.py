"""What the command line accepts, as values: for completion scripts and the manual page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from tui.light_dataclass import dataclass

ValueKind = Literal["file", "folder", "provider", "model", "conversation", "tool-server", "choice", "other"]
"""What can be given as a value."""

_BY_METAVAR: Final[Mapping[str, ValueKind]] = {
    "FILE": "file",
    "DIR": "folder",
    "FOLDER": "folder",
    "CONVERSATION": "conversation",
    "NAME[,NAME]": "tool-server",
}

_BY_NAME: Final[Mapping[str, ValueKind]] = {"provider": "provider", "model": "model"}


@dataclass(frozen=True, slots=True)
class Argument:
    """An option, or a positional argument."""

    names: tuple[str, ...]
    """`--version`, `-V`. Empty for a positional argument."""

    metavar: str
    """The placeholder of its value. Empty if it takes none."""

    help: str
    kind: ValueKind
    choices: tuple[str, ...] = ()
    """The values, if `kind` is `choice`."""

    repeats: bool = False
    """Whether a positional argument takes all that follow."""

    is_optional: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or the program itself."""

    path: tuple[str, ...]
    """The words that lead to it: `models`, `pull`. Empty for the program."""

    help: str
    """One line, as the list of commands has it."""

    description: str
    epilog: str
    options: tuple[Argument, ...]
    positionals: tuple[Argument, ...]
    commands: tuple[str, ...]
    """The words that can follow: the commands below this one."""


def commands_of(parser: argparse.ArgumentParser) -> tuple[Command, ...]:
    """The program and all its commands, each before those below it."""
    return tuple(_commands(parser, (), ""))


def _commands(parser: argparse.ArgumentParser, path: tuple[str, ...], help_: str) -> Iterator[Command]:
    options, positionals = [], []
    below: dict[str, tuple[argparse.ArgumentParser, str]] = {}
    for action in parser._actions:  # noqa: SLF001  # argparse has no public list
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            helps = {each.dest: str(each.help) for each in action._choices_actions}  # noqa: SLF001
            below = {name: (each, helps[name]) for name, each in action.choices.items() if name in helps}
        elif action.help is argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_argument(action))
        else:
            positionals.append(_argument(action))
    description, epilog = parser.description or "", parser.epilog or ""
    yield Command(path, help_, description, epilog, tuple(options), tuple(positionals), tuple(below))
    for name, (each, about) in below.items():
        yield from _commands(each, (*path, name), about)


def _argument(action: argparse.Action) -> Argument:
    choices = tuple(map(str, action.choices or ()))
    takes_value = action.nargs != 0
    metavar = ""
    if takes_value:
        named = action.metavar if isinstance(action.metavar, str) else None
        metavar = named or ("|".join(choices) if choices else action.dest.upper())
    kind: ValueKind = "choice" if choices else _BY_NAME.get(action.dest) or _BY_METAVAR.get(metavar, "other")
    return Argument(
        names=tuple(action.option_strings),
        metavar=metavar,
        help=action.help or "",
        kind=kind,
        choices=choices,
        repeats=action.nargs in ("+", "*"),
        is_optional=bool(action.option_strings) or action.nargs in ("?", "*"),
    )
