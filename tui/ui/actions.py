"""The one table of what a user can do: name, default keys, words. Bindings, palette and help are read off it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from textual.binding import Binding, BindingType
from textual.keys import Keys

Place = Literal["anywhere", "prompt", "log", "sidebar"]
"""Where an action's keys work."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the user can do."""

    name: str
    """What `[keys]` in the config file calls it."""

    keys: str
    """Its default keys, as Textual names them, joined by commas."""

    words: str
    """What it does, as help and palette say it."""

    place: Place = "anywhere"

    in_palette: bool = True
    """Whether it makes sense without its key."""


ACTIONS: Final = (
    Action("send", "enter", "Send the prompt", "prompt", in_palette=False),
    Action("new_line", "ctrl+j,shift+enter,alt+enter", "New line", "prompt", in_palette=False),
    Action("recall_prompt", "up", "Recall earlier prompts, from an empty prompt", "prompt", in_palette=False),
    Action("undo", "ctrl+underscore,super+z", "Undo", "prompt", in_palette=False),
    Action("open_pasted", "alt+v", "Open the folded paste at the cursor", "prompt", in_palette=False),
    Action("redo", "ctrl+y,super+y", "Redo", "prompt", in_palette=False),
    Action("cancel_stream", "escape", "Stop the answer; else close what is open, else back to the prompt"),
    Action("new_conversation", "ctrl+n", "New conversation"),
    Action("temporary_conversation", "alt+n", "New conversation that is not kept"),
    Action("keep_conversation", "alt+k", "Keep this temporary conversation after all"),
    Action("pin_conversation", "alt+p", "Pin this conversation, or no longer"),
    Action("rename_this", "alt+t", "Rename this conversation"),
    Action("export", "alt+e", "Write this conversation to a Markdown file"),
    Action("help", "f1", "Help: every action and its key"),
    Action("settings", "f2", "Settings"),
    Action("focus_sidebar", "f3", "Sidebar: switch provider or conversation"),
    Action("pick_model", "f4", "Choose a model"),
    Action("regenerate", "f5", "Regenerate the last answer"),
    Action("regenerate_with", "alt+r", "Regenerate with another model or provider"),
    Action("compare", "f9", "Compare models: one prompt, several answers side by side"),
    Action("choose_how", "alt+s", "System prompt and options of this conversation"),
    Action("copy_answer", "f6", "Copy the last answer"),
    Action("search", "ctrl+f", "Search in this conversation"),
    Action("search_all", "ctrl+g", "Search in all conversations"),
    Action("continue_answer", "f7", "Go on with an answer that was cut off, stopped or too long"),
    Action("next_area", "tab", "Complete; else to the next area: prompt, log, sidebar", in_palette=False),
    Action("previous_area", "shift+tab", "To the area before: sidebar, log, prompt", in_palette=False),
    Action("toggle_sidebar", "ctrl+t", "Hide or show the sidebar"),
    Action("edit_prompt", "ctrl+o", "Edit the prompt in $VISUAL or $EDITOR"),
    Action("copy_or_stop", "ctrl+c", "Copy the selection; else stop the answer", in_palette=False),
    Action("page_up", "pageup", "Scroll the conversation up", in_palette=False),
    Action("page_down", "pagedown", "Scroll the conversation down", in_palette=False),
    Action("scroll_top", "ctrl+home", "Go to the beginning of the conversation"),
    Action("scroll_end", "ctrl+end", "Go to the end of the conversation, and follow it"),
    Action("toggle_mouse", "f8", "Leave the mouse to the terminal, or take it back"),
    Action("suspend", "ctrl+z", "Suspend to the shell; `fg` returns", in_palette=False),
    Action("quit", "ctrl+q", "Quit"),
    Action("select_previous", "up,k", "Select the message before", "log", in_palette=False),
    Action("select_next", "down,j", "Select the message after", "log", in_palette=False),
    Action("copy_message", "c", "Copy the message", "log", in_palette=False),
    Action("copy_code", "b", "Copy its code block; which one, when there are several", "log", in_palette=False),
    Action("fold", "space", "Fold or unfold thinking and tools", "log", in_palette=False),
    Action("edit_message", "e", "Edit a prompt and send it again, in its place", "log"),
    Action("regenerate_selected", "r", "Regenerate the answer", "log", in_palette=False),
    Action("previous_version", "left", "Go to the version before: of an edited prompt, of an answer", "log"),
    Action("next_version", "right", "Go to the version after", "log"),
    Action("fork", "f", "Fork a conversation from here", "log"),
    Action("delete_message", "d,delete", "Delete the message and what followed it", "log"),
    Action("undelete", "u", "Take back what was deleted", "log"),
    Action("filter_conversations", "slash", "Show only conversations whose title has what you type", "sidebar"),
    Action("pin_selected", "p", "Pin the conversation, or no longer", "sidebar", in_palette=False),
    Action("rename_conversation", "r", "Rename the conversation", "sidebar", in_palette=False),
    Action("delete_conversation", "d,delete", "Delete the conversation", "sidebar", in_palette=False),
    Action("undelete_conversation", "u", "Take back the conversation that was deleted", "sidebar", in_palette=False),
)

BY_NAME: Final[Mapping[str, Action]] = {action.name: action for action in ACTIONS}

_KEY_WORDS: Final = {
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
    "up": "↑",
    "down": "↓",
    "underscore": "_",
}


def keys_of(name: str, chosen: Mapping[str, str]) -> str:
    """The keys of an action: the user's where there are any, else its own.

    Args:
        name: The action.
        chosen: `[keys]` of the config file.
    """
    return chosen.get(name, BY_NAME[name].keys)


def shown_keys(keys: str) -> str:
    """Keys as people write them: `ctrl+j,shift+enter` → `Ctrl+J, Shift+Enter`."""
    return ", ".join(_shown_key(key.strip()) for key in keys.split(",") if key.strip())


def unknown_actions(chosen: Iterable[str]) -> tuple[str, ...]:
    """Those names of `[keys]` that no action has."""
    return tuple(name for name in chosen if name not in BY_NAME)


def clashes(chosen: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the user's keys: those that there are not, and those that another action of the place has.

    Args:
        chosen: `[keys]` of the config file.
    """
    for name in filter(BY_NAME.__contains__, chosen):
        place = BY_NAME[name].place
        for key in filter(None, map(str.strip, chosen[name].split(","))):
            if not _is_key(key):
                base = key.rpartition("+")[2]
                near = [] if _is_key(base) else get_close_matches(base, _KEY_NAMES, 1)
                yield f"[keys] {name} = {key!r} is no key{f': did you mean {near[0]!r}?' if near else '.'}"
            for other in ACTIONS:
                if other.name != name and other.place == place and key in keys_of(other.name, chosen).split(","):
                    yield f"[keys] {name} and {other.name} both want {key!r}: only one of them can have it."


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+")
    return (len(base) == 1 or base in _KEY_NAMES) and set(modifiers) <= _MODIFIERS


_MODIFIERS: Final = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_KEY_NAMES: Final = frozenset(
    {key.value.rpartition("+")[2] for key in Keys if not key.value.startswith("<")}
    | {"underscore", "minus", "plus", "comma", "full_stop", "slash", "backslash", "question_mark", "exclamation_mark"}
)


def _shown_key(key: str) -> str:
    parts = key.split("+")
    shown = [_KEY_WORDS.get(part, part.upper() if len(part) == 1 and len(parts) > 1 else part) for part in parts]
    return "+".join(part[0].upper() + part[1:] if part[0] == "f" and part[1:].isdigit() else part for part in shown)


def bindings_for(place: Place) -> list[BindingType]:
    """The bindings of a place. Each has its action's name as its id, by which the user's own keys find it."""
    return [
        Binding(action.keys, action.name, action.words, show=False, id=action.name, priority=action.name in _FIRST)
        for action in ACTIONS
        if action.place == place
    ]


_FIRST: Final = frozenset({"copy_or_stop", "quit", "next_area", "previous_area"})
"""Actions whose keys the focused widget does not get first."""
