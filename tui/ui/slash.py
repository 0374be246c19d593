"""Commands that are written in the prompt box: `/model llama3.2`. The one table of them, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from tui.errors import UsageError


class SlashCommand(NamedTuple):
    """Something that can be said with a slash."""

    name: str
    argument: str
    """What may follow it, as help shows it: `NAME`, in brackets where it may be left away. Empty for nothing."""

    words: str
    """What it does."""

    action: str = ""
    """The action that does it when nothing follows it. Empty where something has to."""

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing alone."""
        return not self.action


COMMANDS: Final = (
    SlashCommand("model", "[NAME]", "Choose a model", "pick_model"),
    SlashCommand("provider", "[NAME]", "Go on with another provider", "focus_sidebar"),
    SlashCommand("system", "[NAME or TEXT]", "What the model is told first, in this conversation", "choose_how"),
    SlashCommand("set", "[KEY=VALUE]", "Set an option in this conversation: temperature=0.2, …", "choose_how"),
    SlashCommand("unset", "KEY", "Set an option no longer; `system` for the system prompt"),
    SlashCommand("new", "", "New conversation", "new_conversation"),
    SlashCommand("temp", "", "New conversation that is not kept", "temporary_conversation"),
    SlashCommand("keep", "", "Keep this temporary conversation after all", "keep_conversation"),
    SlashCommand("title", "[TEXT]", "Rename this conversation", "rename_this"),
    SlashCommand("pin", "", "Pin this conversation, or no longer", "pin_conversation"),
    SlashCommand("fork", "", "Fork a conversation from here", "fork"),
    SlashCommand("compare", "", "Compare models: the last prompt again, answers side by side", "compare"),
    SlashCommand("regenerate", "", "Regenerate the last answer", "regenerate"),
    SlashCommand("continue", "", "Go on with an answer that is not finished", "continue_answer"),
    SlashCommand("copy", "", "Copy the last answer", "copy_answer"),
    SlashCommand("attach", "FILE", "Have a file go with the next prompt, as @FILE in it does"),
    SlashCommand("search", "[WORDS]", "Search in all conversations", "search_all"),
    SlashCommand("export", "[FILE]", "Write this conversation to a file: .md, .html or .json", "export"),
    SlashCommand("import", "FILE", "Take in conversations: ours, Open WebUI's, ChatGPT's"),
    SlashCommand("settings", "", "Timeouts, buffers, retry", "settings"),
    SlashCommand("help", "", "Every action and its key", "help"),
    SlashCommand("quit", "", "Quit", "quit"),
)

BY_NAME: Final[Mapping[str, SlashCommand]] = {command.name: command for command in COMMANDS}

_COMMAND: Final = re.compile(r"/([a-z]+)(?:[ \t]+(\S.*?))?\s*", re.DOTALL)


class Order(NamedTuple):
    """A command that was written."""

    command: SlashCommand
    argument: str


def read_order(written: str) -> Order | None:
    """The command that a prompt is. None for what is to be sent.

    The beginning of a command is enough where only one begins so.

    Raises:
        UsageError: When there is no such command, or something is missing or too much.
    """
    found = _COMMAND.fullmatch(written)
    if found is None:
        return None
    name, argument = found.group(1), found.group(2) or ""
    beginning = [command for command in COMMANDS if command.name.startswith(name)]
    command = BY_NAME.get(name) or (beginning[0] if len(beginning) == 1 else None)
    if command is None:
        near = [f"/{each.name}" for each in beginning] or [f"/{each}" for each in get_close_matches(name, BY_NAME, 1)]
        meant = f"Did you mean {' or '.join(near)}? " if near else ""
        raise UsageError(f"There is no command /{name}.", hint=f"{meant}Two slashes send it as text: //{name}")
    if command.needs_argument and not argument:
        raise UsageError(f"/{command.name} what?", hint=f"Write it like /{command.name} {command.argument}.")
    if argument and not command.argument:
        raise UsageError(f"/{command.name} takes nothing behind it.", hint="Two slashes send it as text.")
    return Order(command, argument)


def without_slash(written: str) -> str:
    """What is sent of a prompt that is no command: one of two slashes at its beginning goes."""
    return written[1:] if written.startswith("//") and _COMMAND.fullmatch(written[1:]) else written
