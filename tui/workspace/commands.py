"""The one table of commands: name, keys, slash word, argument, help.

Key bindings, the palette, F1, slash commands, completion and the README's tables are made from it. What a command does
is defined in `slash_commands` for those with an argument, in the chat's screen and its widgets for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Place = Literal["anywhere", "prompt", "log", "call", "sidebar"]
"""Where the keys of a command work. `call` is a tool call in the log that asks: its keys come before the log's."""

Need = Literal[
    "asked call",
    "blank prompt",
    "code",
    "deleted messages",
    "foldable message",
    "folded paste",
    "found servers",
    "idle",
    "log",
    "messages",
    "partial answer",
    "prompt",
    "saved conversation",
    "selected answer",
    "selected message",
    "sidebar",
    "streaming",
    "temporary conversation",
    "text",
    "thinking",
    "versions",
]
"""Something that must be there for a command to do anything. The places are those that have the focus."""

_GROUPS: Final[Mapping[Place, str]] = {
    "prompt": "Prompt",
    "log": "Message",
    "call": "Tool call",
    "sidebar": "Sidebar",
    "anywhere": "Program",
}


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do."""

    name: str
    """The name in `[keys]` of the config file. Never changed without an entry in `RENAMED`."""

    help: str
    """What it does, as help and palette show it."""

    keys: str = ""
    """Default keys, as Textual names them, joined by commas. Empty for a command that is only typed."""

    place: Place = "anywhere"

    in_palette: bool = True
    """Whether the palette lists it while there is what it needs."""

    needs: tuple[Need, ...] = ()
    """What must be there for it to do anything. Empty for a command that always works."""

    topic: str = ""
    """What it is about, in one word, as the palette shows it. Empty for the name of its place."""

    slash: str = ""
    """The word behind the slash: `model`. Empty for a command that cannot be typed."""

    argument: str = ""
    """The argument, as help shows it: `NAME`, or `[NAME]` if it is optional. Empty for commands without one."""

    slash_help: str = ""
    """The help text of the slash command if it differs from that of the key. Empty if not."""

    word: str = ""
    """What it does in one or two words, for the key bar: `copy`. Empty for a command that never stands there."""

    synonyms: str = ""
    """Other words by which the palette finds it, separated by blanks."""

    bare: str = ""
    """The command that runs when it is typed without its argument. Empty for itself."""

    @property
    def group(self) -> str:
        """What it is about, in one word."""
        return self.topic or _GROUPS[self.place]

    @property
    def usage(self) -> str:
        """How it is typed: `/model [NAME]`."""
        return f"/{self.slash} {self.argument}".rstrip()

    @property
    def typed_help(self) -> str:
        """What it does when typed."""
        return self.slash_help or self.help

    @property
    def needs_argument(self) -> bool:
        """Whether it cannot be typed without an argument."""
        return bool(self.argument) and not self.argument.startswith("[")


COMMANDS: Final = (
    Command("send", "Send the prompt", "enter", "prompt", word="send", needs=("text",)),
    Command("new_line", "New line", "ctrl+j,shift+enter,alt+enter", "prompt", word="new line", needs=("prompt",)),
    Command("recall_prompt", "Recall earlier prompts, from an empty prompt", "up", "prompt", needs=("prompt",)),
    Command("undo", "Undo", "ctrl+underscore,super+z", "prompt", needs=("prompt",)),
    Command("redo", "Redo", "ctrl+y,super+y", "prompt", needs=("prompt",)),
    Command("open_pasted", "Expand the folded paste at the cursor", "alt+v", "prompt", needs=("folded paste",)),
    Command(
        "cancel_stream",
        "Stop the answer, close the open panel, or focus the prompt",
        "escape",
        word="stop",
        synonyms="interrupt",
        needs=("streaming",),
        topic="Answer",
    ),
    Command(
        "new_conversation", "New conversation", "ctrl+n", slash="new", word="new", synonyms="chat", topic="Conversation"
    ),
    Command(
        "temporary_conversation",
        "New temporary conversation",
        "alt+n",
        slash="temp",
        synonyms="private incognito",
        topic="Conversation",
    ),
    Command(
        "keep_conversation",
        "Save this temporary conversation",
        "alt+k",
        slash="keep",
        word="save",
        needs=("temporary conversation",),
        topic="Conversation",
    ),
    Command(
        "pin_conversation",
        "Pin or unpin this conversation",
        "alt+p",
        slash="pin",
        needs=("saved conversation",),
        topic="Conversation",
    ),
    Command(
        "rename_this",
        "Rename this conversation",
        "alt+i",
        slash="title",
        argument="[TEXT]",
        synonyms="title",
        needs=("saved conversation",),
        topic="Conversation",
    ),
    Command(
        "export",
        "Export this conversation to a Markdown file",
        "alt+x",
        slash="export",
        argument="[FILE]",
        slash_help="Export this conversation: .md, .html or .json",
        synonyms="save markdown html json file",
        needs=("messages",),
        topic="Conversation",
    ),
    Command("help", "Help: all commands and keys", "f1", slash="help", word="help", synonyms="keys shortcuts"),
    Command(
        "settings", "Settings", "f2", slash="settings", synonyms="preferences config configuration timeouts buffers"
    ),
    Command(
        "focus_sidebar",
        "Sidebar: switch provider or conversation",
        "f3",
        slash="provider",
        argument="[NAME]",
        slash_help="Switch provider",
        synonyms="server ollama",
        topic="Models",
    ),
    Command(
        "providers",
        "Providers: add, edit, test, remove",
        slash="providers",
        synonyms="server key address openai openrouter groq connection disable",
        topic="Models",
    ),
    Command(
        "find_servers",
        "Find servers on this machine",
        slash="servers",
        synonyms="discover search vllm llama.cpp lm studio ollama local",
        topic="Models",
    ),
    Command(
        "add_found",
        "Add the servers that were found",
        "alt+a",
        synonyms="servers",
        needs=("found servers",),
        topic="Models",
    ),
    Command(
        "pick_model",
        "Choose a model",
        "f4",
        slash="model",
        argument="[NAME]",
        word="model",
        synonyms="switch manage download pull load unload favourite",
        topic="Models",
    ),
    Command(
        "think",
        "Thinking: off, on, or the model's next level",
        "alt+t",
        slash="think",
        argument="[VALUE]",
        slash_help="Switch thinking: off, on, a level, or default",
        word="thinking",
        synonyms="reasoning effort",
        topic="Answer",
    ),
    Command(
        "answer_now",
        "Answer now: end the thinking, where the server can",
        "alt+e",
        word="answer now",
        synonyms="stop thinking reasoning",
        needs=("thinking",),
        topic="Answer",
    ),
    Command(
        "regenerate",
        "Regenerate the last answer",
        "f5",
        slash="regenerate",
        word="again",
        synonyms="again retry",
        needs=("messages", "idle"),
        topic="Answer",
    ),
    Command(
        "regenerate_with",
        "Regenerate with another model or provider",
        "alt+r",
        needs=("messages", "idle"),
        topic="Answer",
    ),
    Command(
        "compare",
        "Compare models: one prompt, several answers side by side",
        "f9",
        slash="compare",
        slash_help="Compare models on the last prompt, side by side",
        synonyms="side",
        needs=("idle",),
        topic="Answer",
    ),
    Command(
        "edit_conversation_settings",
        "System prompt and options of this conversation",
        "alt+s",
        slash="system",
        argument="[NAME or TEXT]",
        slash_help="Set this conversation's system prompt",
        synonyms="temperature num_ctx context prompt options seed top_p",
        topic="Conversation",
    ),
    Command(
        "set_option",
        "Set an option in this conversation: temperature=0.2, …",
        slash="set",
        argument="[KEY=VALUE]",
        bare="edit_conversation_settings",
        needs=("blank prompt",),
        topic="Conversation",
    ),
    Command(
        "clear_option",
        "Clear an option (`system` clears the system prompt)",
        slash="unset",
        argument="KEY",
        needs=("blank prompt",),
        topic="Conversation",
    ),
    Command(
        "copy_answer",
        "Copy the last answer",
        "f6",
        slash="copy",
        synonyms="clipboard yank",
        needs=("messages",),
        topic="Answer",
    ),
    Command(
        "search", "Search in this conversation", "ctrl+f", synonyms="find", needs=("messages",), topic="Conversation"
    ),
    Command(
        "tools",
        "Tools of this conversation",
        slash="tools",
        argument="[FILE]",
        slash_help="Tools of this conversation, or import an mcp.json",
        synonyms="mcp servers functions import",
        topic="Conversation",
    ),
    Command(
        "search_all",
        "Search in all conversations",
        "ctrl+g",
        slash="search",
        argument="[WORDS]",
        synonyms="find history",
        topic="Conversation",
    ),
    Command(
        "continue_answer",
        "Continue an interrupted or truncated answer",
        "f7",
        slash="continue",
        word="continue",
        synonyms="resume",
        needs=("partial answer", "idle"),
        topic="Answer",
    ),
    Command("attach", "Attach a file (same as @FILE)", slash="attach", argument="FILE", topic="Prompt"),
    Command(
        "import",
        "Import conversations of llm-tui and other programs",
        slash="import",
        argument="FILE",
        needs=("blank prompt",),
        topic="Conversation",
    ),
    Command(
        "theme", "Change theme", slash="theme", argument="[NAME]", synonyms="colours dark light look skin", topic="Look"
    ),
    Command("usage", "Usage: tokens and speed by model, provider and day", slash="usage", synonyms="statistics cost"),
    Command("notices", "List the notices that were shown", slash="notices", synonyms="messages errors history log"),
    Command("palette", "All commands", "ctrl+p", in_palette=False, word="all"),
    Command("next_area", "Accept completion, or focus the next panel", "tab", word="log", topic="Look"),
    Command("previous_area", "Focus the previous panel", "shift+tab", topic="Look"),
    Command("toggle_sidebar", "Hide or show the sidebar", "ctrl+t", topic="Look"),
    Command("edit_prompt", "Edit the prompt in $VISUAL or $EDITOR", "ctrl+o", topic="Prompt"),
    Command("copy_or_stop", "Copy the selection, or stop the answer", "ctrl+c"),
    Command("page_up", "Scroll the conversation up", "pageup", needs=("messages",), topic="Conversation"),
    Command("page_down", "Scroll the conversation down", "pagedown", needs=("messages",), topic="Conversation"),
    Command(
        "scroll_top", "Go to the start of the conversation", "ctrl+home", needs=("messages",), topic="Conversation"
    ),
    Command(
        "scroll_end",
        "Go to the end of the conversation and follow it",
        "ctrl+end",
        needs=("messages",),
        topic="Conversation",
    ),
    Command("toggle_mouse", "Toggle mouse capture", "f8", synonyms="select copy terminal"),
    Command("repaint", "Repaint the screen", "ctrl+l", topic="Look"),
    Command("suspend", "Suspend to the shell; `fg` returns", "ctrl+z"),
    Command("quit", "Quit", "ctrl+q", slash="quit", synonyms="exit leave"),
    Command("select_previous", "Select the previous message", "up,k", "log", word="select", needs=("log",)),
    Command("select_next", "Select the next message", "down,j", "log", needs=("log",)),
    Command("copy_message", "Copy the message", "c", "log", word="copy", needs=("selected message",)),
    Command("copy_code", "Copy a code block", "b", "log", word="code", needs=("selected message", "code")),
    Command(
        "fold",
        "Fold or unfold thinking, tools, files, pastes",
        "space",
        "log",
        word="unfold",
        needs=("foldable message",),
    ),
    Command(
        "edit_message", "Edit a prompt and resend it in its place", "e", "log", word="edit", needs=("messages", "idle")
    ),
    Command(
        "regenerate_selected", "Regenerate the answer", "r", "log", word="again", needs=("selected answer", "idle")
    ),
    Command("previous_version", "Previous version of the prompt or answer", "left", "log", needs=("versions", "idle")),
    Command(
        "next_version",
        "Next version of the prompt or answer",
        "right",
        "log",
        word="versions",
        needs=("versions", "idle"),
    ),
    Command("fork", "Fork a conversation from here", "f", "log", slash="fork", word="fork", needs=("messages",)),
    Command(
        "delete_message",
        "Delete the message and everything after it",
        "d,delete",
        "log",
        word="delete",
        needs=("messages", "idle"),
    ),
    Command("undelete", "Undo delete", "u", "log", word="undo", synonyms="restore", needs=("deleted messages",)),
    Command("allow_once", "Run the tool call that asks, once", "y", "call", needs=("asked call",), word="once"),
    Command(
        "allow_in_conversation",
        "Run the tool that asks without asking again, in this conversation",
        "a",
        "call",
        needs=("asked call",),
        word="in this conversation",
    ),
    Command(
        "allow_always",
        "Run the tool that asks always without asking (in the config)",
        "A",
        "call",
        needs=("asked call",),
        word="always",
    ),
    Command("deny", "Do not run the tool call that asks", "n", "call", needs=("asked call",), word="no"),
    Command(
        "deny_with_reason",
        "Do not run the tool call that asks, and say why",
        "w",
        "call",
        needs=("asked call",),
        word="no, and say why",
    ),
    Command("allow_all_once", "Run all tool calls that ask, once", "Y", "call", needs=("asked call",), word="all once"),
    Command("deny_all", "Run none of the tool calls that ask", "N", "call", needs=("asked call",), word="none"),
    Command("end_turn", "End the turn after too many tool calls", "s", "call", needs=("asked call",), word="stop"),
    Command("filter_conversations", "Filter conversations by title and text", "slash", "sidebar", word="filter"),
    Command("pin_selected", "Pin or unpin the conversation", "p", "sidebar", word="pin", needs=("sidebar",)),
    Command("rename_conversation", "Rename the conversation", "r", "sidebar", word="rename", needs=("sidebar",)),
    Command("delete_conversation", "Delete the conversation", "d,delete", "sidebar", word="delete", needs=("sidebar",)),
    Command("undelete_conversation", "Undo delete", "u", "sidebar", word="undo", needs=("sidebar",)),
    Command("narrow_sidebar", "Make the sidebar narrower", "[", "sidebar", needs=("sidebar",)),
    Command("widen_sidebar", "Make the sidebar wider", "]", "sidebar", needs=("sidebar",)),
)

BY_NAME: Final[Mapping[str, Command]] = {command.name: command for command in COMMANDS}
BY_SLASH: Final[Mapping[str, Command]] = {command.slash: command for command in COMMANDS if command.slash}

RENAMED: Final[Mapping[str, str]] = {"choose_how": "edit_conversation_settings"}
"""Names in older config files, and the present names of these commands."""

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


class Keys:
    """The keys of the commands: the user's where they set some, else the defaults."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        """Args:
        configured: `[keys]` of the config file: command name → keys. Unknown names are ignored.
        """
        self.use(configured)

    def use(self, configured: Mapping[str, str]) -> None:
        """Use other keys from now on. See `__init__`."""
        self.configured: Mapping[str, str] = {
            name: keys for old, keys in configured.items() if (name := RENAMED.get(old, old)) in BY_NAME
        }

    def of(self, name: str) -> str:
        """The keys of a command, as Textual names them: `ctrl+j,shift+enter`."""
        return self.configured.get(name, BY_NAME[name].keys)

    def label(self, name: str) -> str:
        """The keys of a command, as people write them: `Ctrl+J, Shift+Enter`."""
        return key_label(self.of(name))

    def press(self, name: str) -> str:
        """How a command is run, as the beginning of a sentence: `Press F5`."""
        return f"Press {self.label(name)}"


def key_label(keys: str) -> str:
    """Keys as people write them: `ctrl+j,shift+enter` → `Ctrl+J, Shift+Enter`."""
    return ", ".join(_one_key_label(key.strip()) for key in keys.split(",") if key.strip())


def unknown_names(configured: Iterable[str]) -> tuple[str, ...]:
    """The names of `[keys]` that no command has."""
    return tuple(name for name in configured if RENAMED.get(name, name) not in BY_NAME)


def _one_key_label(key: str) -> str:
    parts = key.split("+")
    shown = [_KEY_NAMES.get(part, part.upper() if len(part) == 1 and len(parts) > 1 else part) for part in parts]
    return "+".join(part[0].upper() + part[1:] if part[0] == "f" and part[1:].isdigit() else part for part in shown)
