"""The commands that can be typed: those of the one table that make sense without a screen, and a few more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from tui.workspace.command import Command
from tui.workspace.commands import BY_SLASH
from tui.workspace.slash_parser import parse_command

_WITHOUT_SCREEN: Final = (
    Command(
        "conversations",
        "List the conversations, and open one",
        slash="conversations",
        argument="[WORDS]",
        topic="Conversation",
    ),
    Command(
        "open_conversation",
        "Open a conversation: words of its title, or `latest`",
        slash="open",
        argument="WORDS",
        topic="Conversation",
    ),
    Command(
        "delete_conversation",
        "Delete this conversation",
        slash="delete",
        topic="Conversation",
    ),
    Command("read", "Read this conversation, or one message of it", slash="read", argument="[NUMBER]", topic="Message"),
    Command("messages", "List the messages with their numbers", slash="messages", topic="Message"),
    Command("details", "Read thinking, tool results and figures of an answer", slash="details", topic="Message"),
    Command("find", "Find words in this conversation", slash="find", argument="WORDS", topic="Message"),
    Command(
        "edit_message",
        "Edit a prompt and send it again in its place",
        slash="edit",
        argument="[NUMBER]",
        topic="Message",
    ),
    Command(
        "versions",
        "Choose another version of a message",
        slash="versions",
        argument="[NUMBER]",
        topic="Message",
    ),
    Command(
        "delete_message",
        "Delete a message and everything after it",
        slash="remove",
        argument="NUMBER",
        topic="Message",
    ),
    Command("undelete", "Restore what was deleted last", slash="undo", topic="Conversation"),
    Command(
        "manage_models",
        "List the models; use, load, unload or remove one",
        slash="models",
        topic="Models",
    ),
    Command("pull_model", "Download a model", slash="pull", argument="NAME", topic="Models"),
    Command("resend", "Send the text again that was not sent", slash="resend", topic="Prompt"),
    Command("status", "Say what is in use: model, options, context", slash="status", topic="Conversation"),
)

_HELP: Final = {
    "help": "List the commands",
    "settings": "Say where the settings are",
    "focus_sidebar": "Choose a provider",
    "pick_model": "Choose a model",
    "import": "Import conversations of llm-tui and other programs",
    "compare": "Compare models: one prompt, several answers, one after the other",
    "providers": "List the providers, and test one",
    "think": "Switch thinking: off, on, a level, or default",
    "edit_conversation_settings": "Set or say the system prompt",
    "saved_prompts": "List the saved prompts",
    "quit": "Quit; Ctrl+D does the same",
}
"""What some commands do here, where that is not what they do on the screen."""

_NOT_HERE: Final = frozenset({"copy_answer", "notices", "theme"})
"""Commands that need a screen."""

_SAME: Final = {"undelete_conversation": "undelete", "rename_conversation": "rename_this"}
"""Commands of the screen that are typed under the name of another one here."""


def _typed() -> Iterator[Command]:
    yield from (command for command in BY_SLASH.values() if command.name not in _NOT_HERE)
    yield from _WITHOUT_SCREEN


BY_WORD: Final[Mapping[str, Command]] = {command.slash: command for command in _typed()}
"""All commands that can be typed, by the word behind the slash."""

BY_TYPED_NAME: Final[Mapping[str, Command]] = {
    **(by_name := {command.name: command for command in BY_WORD.values()}),
    **{name: by_name[same] for name, same in _SAME.items()},
}

parse_typed = partial(parse_command, commands=BY_WORD)
"""The command that a text is. See `tui.workspace.slash_parser.parse_command`."""


def help_lines() -> Iterator[str]:
    """All commands, by what they are about."""
    topics: dict[str, list[Command]] = {}
    for command in BY_WORD.values():
        topics.setdefault(command.group, []).append(command)
    for topic, commands in topics.items():
        yield f"{topic}:"
        for command in commands:
            yield f"  {command.usage}: {_HELP.get(command.name, command.typed_help)}."
    yield "A prompt:"
    yield "  @FILE in a prompt attaches a file. A line that ends with a backslash goes on in the next one."
    yield "  So does a prompt with ``` until the closing ```. Two slashes send a text that begins with one."
    yield "  Ctrl+C stops an answer, a download and an import. While a model thinks, the first one tells it to answer"
    yield "  now, where the server can do that. Tab completes commands, files and models."
