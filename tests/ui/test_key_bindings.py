"""The table of commands as Textual's bindings, and errors in configured keys."""

from __future__ import annotations

from typing import Any

import pytest
from textual.binding import Binding

from tui.ui.key_bindings import bindings_for, configured_name, conflicts, reason_against
from tui.ui.screens.chat import ChatScreen
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.prompt_box import PROMPT_EDITS, PromptBox
from tui.ui.widgets.sidebar import Sidebar
from tui.workspace.command import Command
from tui.workspace.commands import COMMANDS
from tui.workspace.keys import Keys


def test_binding_ids_are_command_names() -> None:
    assert [binding.id for binding in bindings_for("anywhere") if isinstance(binding, Binding)] == [
        command.name for command in COMMANDS if command.place == "anywhere" and command.keys
    ]


def test_screen_binds_every_command_that_works_anywhere() -> None:
    assert bindings_for("anywhere") == ChatScreen.BINDINGS


def test_each_widget_has_the_keys_and_an_action_of_its_commands() -> None:
    places: dict[str, Any] = {"prompt": PromptBox, "log": MessageLog, "sidebar": Sidebar}
    # The prompt handles its own Enter, in the order of the letters around it.
    elsewhere = {"send", "new_line"}
    for command in COMMANDS:
        if (widget := places.get(command.place)) and command.name not in elsewhere:
            bound = {binding.id: binding for binding in widget.BINDINGS if isinstance(binding, Binding)}[command.name]
            assert bound.key == command.keys
            action = bound.action.split("(")[0]
            owner = ChatScreen if action.startswith("screen.") else widget
            assert hasattr(owner, f"action_{action.removeprefix('screen.')}"), command.name


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ({"regenerate": "f11", "send": "ctrl+enter", "copy_message": "ctrl+shift+y,y"}, []),
        ({"cancel_stream": "escpe"}, ["[keys] cancel_stream = 'escpe' is not a key: did you mean 'escape'?"]),
        ({"send": "kontrol+x"}, ["[keys] send = 'kontrol+x' is not a key."]),
        ({"regenerate": "f4"}, ["[keys] regenerate and pick_model both use 'f4': only one of them can."]),
        ({"regenerate": "f4", "pick_model": "f5"}, []),
        ({"sned": "nonsense"}, []),
        ({"copy_message": "enter"}, []),
    ],
)
def test_impossible_keys_are_reported(configured: dict[str, str], expected: list[str]) -> None:
    assert list(conflicts(Keys(configured))) == expected


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.keys], ids=lambda each: each.name)
def test_default_keys_are_valid(command: Command) -> None:
    assert list(conflicts(Keys({command.name: command.keys}))) == []


@pytest.mark.parametrize(
    ("name", "key", "reason"),
    [
        ("compare", "f12", ""),
        ("compare", "f5", "'Regenerate the last answer' has it. Give that another key first."),
        ("compare", "f11", "'Help: all commands and keys' has it. Give that another key first."),
        ("compare", "enter", "'Send the prompt' has it. Give that another key first."),
        ("compare", "f9", ""),
        ("compare", "x", "it is typed into the prompt. Press it with Ctrl or Alt."),
        ("send", "space", "it is typed into the prompt. Press it with Ctrl or Alt."),
        ("compare", "ctrl+k", "it edits the prompt (delete to end of line or delete line)."),
        ("copy_message", "x", ""),
        ("copy_message", "f5", ""),
        ("copy_message", "b", "'Copy a code block' has it. Give that another key first."),
        ("compare", "nonsense", "the config has no name for this key."),
    ],
)
def test_reason_against_a_key(name: str, key: str, reason: str) -> None:
    assert reason_against(Keys({"help": "f1,f11"}), name, key, PROMPT_EDITS) == reason


@pytest.mark.parametrize(
    ("key", "character", "name"),
    [
        ("ctrl+k", "\x0b", "ctrl+k"),
        ("A", "A", "A"),
        ("left_square_bracket", "[", "["),
        ("slash", "/", "slash"),
        ("space", " ", "space"),
        ("comma", ",", "comma"),
        ("f5", None, "f5"),
        ("enter", "\r", "enter"),
    ],
)
def test_pressed_key_has_the_name_of_the_config(key: str, character: str | None, name: str) -> None:
    assert configured_name(key, character) == name
