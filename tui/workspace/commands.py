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
    """Whether the palette lists it. It does not where the command makes no sense without its key."""

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
    Command("send", "Send the prompt", "enter", "prompt", in_palette=False, word="send"),
    Command("new_line", "New line", "ctrl+j,shift+enter,alt+enter", "prompt", in_palette=False, word="new line"),
    Command("recall_prompt", "Recall earlier prompts, from an empty prompt", "up", "prompt", in_palette=False),
    Command("undo", "Undo", "ctrl+underscore,super+z", "prompt", in_palette=False),
    Command("redo", "Redo", "ctrl+y,super+y", "prompt", in_palette=False),
    Command("open_pasted", "Expand the folded paste at the cursor", "alt+v", "prompt", in_palette=False),
    Command(
        "cancel_stream",
        "Stop the answer, close the open panel, or focus the prompt",
        "escape",
        word="stop",
        synonyms="interrupt",
    ),
    Command("new_conversation", "New conversation", "ctrl+n", slash="new", word="new", synonyms="chat"),
    Command(
        "temporary_conversation", "New temporary conversation", "alt+n", slash="temp", synonyms="private incognito"
    ),
    Command("keep_conversation", "Save this temporary conversation", "alt+k", slash="keep", word="save"),
    Command("pin_conversation", "Pin or unpin this conversation", "alt+p", slash="pin"),
    Command("rename_this", "Rename this conversation", "alt+i", slash="title", argument="[TEXT]", synonyms="title"),
    Command(
        "export",
        "Export this conversation to a Markdown file",
        "alt+x",
        slash="export",
        argument="[FILE]",
        slash_help="Export this conversation: .md, .html or .json",
        synonyms="save markdown html json file",
    ),
    Command("help", "Help: all commands and keys", "f1", slash="help", word="help", synonyms="keys shortcuts"),
    Command(
        "settings",
        "Settings",
        "f2",
        slash="settings",
        slash_help="Timeouts, buffers, retry",
        synonyms="preferences config configuration timeouts retry buffers",
    ),
    Command(
        "focus_sidebar",
        "Sidebar: switch provider or conversation",
        "f3",
        slash="provider",
        argument="[NAME]",
        slash_help="Switch provider",
        synonyms="server ollama",
    ),
    Command(
        "providers",
        "Providers: add, edit, test, remove",
        slash="providers",
        synonyms="server key address openai openrouter groq connection disable",
    ),
    Command(
        "find_servers",
        "Find servers on this machine",
        slash="servers",
        synonyms="discover search vllm llama.cpp lm studio ollama local",
    ),
    Command("add_found", "Add the servers that were found", "alt+a", synonyms="servers"),
    Command(
        "pick_model",
        "Choose a model",
        "f4",
        slash="model",
        argument="[NAME]",
        word="model",
        synonyms="switch manage download pull load unload favourite",
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
    ),
    Command(
        "answer_now",
        "Answer now: end the thinking, where the server can",
        "alt+e",
        word="answer now",
        synonyms="stop thinking reasoning",
    ),
    Command("regenerate", "Regenerate the last answer", "f5", slash="regenerate", word="again", synonyms="again retry"),
    Command("regenerate_with", "Regenerate with another model or provider", "alt+r"),
    Command(
        "compare",
        "Compare models: one prompt, several answers side by side",
        "f9",
        slash="compare",
        slash_help="Compare models on the last prompt, side by side",
        synonyms="side",
    ),
    Command(
        "edit_conversation_settings",
        "System prompt and options of this conversation",
        "alt+s",
        slash="system",
        argument="[NAME or TEXT]",
        slash_help="Set this conversation's system prompt",
        synonyms="temperature num_ctx context prompt options seed top_p",
    ),
    Command(
        "set_option",
        "Set an option in this conversation: temperature=0.2, …",
        in_palette=False,
        slash="set",
        argument="[KEY=VALUE]",
        bare="edit_conversation_settings",
    ),
    Command(
        "clear_option",
        "Clear an option (`system` clears the system prompt)",
        in_palette=False,
        slash="unset",
        argument="KEY",
    ),
    Command(
        "tools",
        "Tools of this conversation",
        slash="tools",
        argument="[FILE]",
        slash_help="Tools of this conversation, or import an mcp.json",
        synonyms="mcp servers functions import",
    ),
    Command("copy_answer", "Copy the last answer", "f6", slash="copy", synonyms="clipboard yank"),
    Command("search", "Search in this conversation", "ctrl+f", synonyms="find"),
    Command(
        "search_all",
        "Search in all conversations",
        "ctrl+g",
        slash="search",
        argument="[WORDS]",
        synonyms="find history",
    ),
    Command(
        "continue_answer",
        "Continue an interrupted or truncated answer",
        "f7",
        slash="continue",
        word="continue",
        synonyms="resume",
    ),
    Command("attach", "Attach a file (same as @FILE)", in_palette=False, slash="attach", argument="FILE"),
    Command(
        "import",
        "Import conversations (llm-tui, Open WebUI, ChatGPT)",
        in_palette=False,
        slash="import",
        argument="FILE",
    ),
    Command("theme", "Change theme", slash="theme", argument="[NAME]", synonyms="colour color dark light look"),
    Command("notices", "List the notices that were shown", slash="notices", synonyms="messages errors history log"),
    Command("palette", "All commands", "ctrl+p", in_palette=False, word="all"),
    Command("next_area", "Accept completion, or focus the next panel", "tab", in_palette=False, word="log"),
    Command("previous_area", "Focus the previous panel", "shift+tab", in_palette=False),
    Command("toggle_sidebar", "Hide or show the sidebar", "ctrl+t"),
    Command("edit_prompt", "Edit the prompt in $VISUAL or $EDITOR", "ctrl+o"),
    Command("copy_or_stop", "Copy the selection, or stop the answer", "ctrl+c", in_palette=False),
    Command("page_up", "Scroll the conversation up", "pageup", in_palette=False),
    Command("page_down", "Scroll the conversation down", "pagedown", in_palette=False),
    Command("scroll_top", "Go to the start of the conversation", "ctrl+home"),
    Command("scroll_end", "Go to the end of the conversation and follow it", "ctrl+end"),
    Command("toggle_mouse", "Toggle mouse capture", "f8", synonyms="select copy terminal"),
    Command("repaint", "Repaint the screen", "ctrl+l", in_palette=False),
    Command("suspend", "Suspend to the shell; `fg` returns", "ctrl+z", in_palette=False),
    Command("quit", "Quit", "ctrl+q", slash="quit", synonyms="exit leave"),
    Command("select_previous", "Select the previous message", "up,k", "log", in_palette=False, word="select"),
    Command("select_next", "Select the next message", "down,j", "log", in_palette=False),
    Command("copy_message", "Copy the message", "c", "log", in_palette=False, word="copy"),
    Command("copy_code", "Copy a code block", "b", "log", in_palette=False, word="code"),
    Command("fold", "Fold or unfold thinking, tools, files, pastes", "space", "log", in_palette=False, word="unfold"),
    Command("edit_message", "Edit a prompt and resend it in its place", "e", "log", word="edit"),
    Command("regenerate_selected", "Regenerate the answer", "r", "log", in_palette=False, word="again"),
    Command("previous_version", "Previous version of the prompt or answer", "left", "log"),
    Command("next_version", "Next version of the prompt or answer", "right", "log", word="versions"),
    Command("fork", "Fork a conversation from here", "f", "log", slash="fork", word="fork"),
    Command("delete_message", "Delete the message and everything after it", "d,delete", "log", word="delete"),
    Command("undelete", "Undo delete", "u", "log", word="undo", synonyms="restore"),
    Command("allow_once", "Run the tool call that asks, once", "y", "call", in_palette=False, word="once"),
    Command(
        "allow_in_conversation",
        "Run the tool that asks without asking again, in this conversation",
        "a",
        "call",
        in_palette=False,
        word="in this conversation",
    ),
    Command(
        "allow_always",
        "Run the tool that asks always without asking (in the config)",
        "A",
        "call",
        in_palette=False,
        word="always",
    ),
    Command("deny", "Do not run the tool call that asks", "n", "call", in_palette=False, word="no"),
    Command(
        "deny_with_reason",
        "Do not run the tool call that asks, and say why",
        "w",
        "call",
        in_palette=False,
        word="no, and say why",
    ),
    Command("allow_all_once", "Run all tool calls that ask, once", "Y", "call", in_palette=False, word="all once"),
    Command("deny_all", "Run none of the tool calls that ask", "N", "call", in_palette=False, word="none"),
    Command("end_turn", "End the turn after too many tool calls", "s", "call", in_palette=False, word="stop"),
    Command("filter_conversations", "Filter conversations by title and text", "slash", "sidebar", word="filter"),
    Command("pin_selected", "Pin or unpin the conversation", "p", "sidebar", in_palette=False, word="pin"),
    Command("rename_conversation", "Rename the conversation", "r", "sidebar", in_palette=False, word="rename"),
    Command("delete_conversation", "Delete the conversation", "d,delete", "sidebar", in_palette=False, word="delete"),
    Command("undelete_conversation", "Undo delete", "u", "sidebar", in_palette=False, word="undo"),
    Command("narrow_sidebar", "Make the sidebar narrower", "[", "sidebar", in_palette=False),
    Command("widen_sidebar", "Make the sidebar wider", "]", "sidebar", in_palette=False),
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
        self.configured: Final[Mapping[str, str]] = {
            name: keys for old, keys in configured.items() if (name := RENAMED.get(old, old)) in BY_NAME
        }

    def of(self, name: str) -> str:
        """The keys of a command, as Textual names them: `ctrl+j,shift+enter`."""
        return self.configured.get(name, BY_NAME[name].keys)

    def label(self, name: str) -> str:
        """The keys of a command, as people write them: `Ctrl+J, Shift+Enter`."""
        return key_label(self.of(name))


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
