"""The table of commands."""

from __future__ import annotations

import pytest

from tui.workspace.commands import BY_NAME, BY_SLASH, COMMANDS


def test_every_name_is_unique() -> None:
    assert len(BY_NAME) == len(COMMANDS)


def test_every_slash_word_is_unique() -> None:
    assert len(BY_SLASH) == len([command for command in COMMANDS if command.slash])


def test_every_command_can_be_reached_by_key_or_word() -> None:
    assert [command.name for command in COMMANDS if not command.keys and not command.slash] == []


def test_bare_slash_command_names_another_command() -> None:
    assert {command.bare for command in COMMANDS if command.bare} <= set(BY_NAME)


@pytest.mark.parametrize("place", ["anywhere", "prompt", "log", "call", "sidebar"])
def test_no_key_is_used_twice_in_one_place(place: str) -> None:
    keys = [key for command in COMMANDS if command.place == place and command.keys for key in command.keys.split(",")]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("send", "enter"),
        ("new_line", "ctrl+j,shift+enter,alt+enter"),
        ("cancel_stream", "escape"),
        ("new_conversation", "ctrl+n"),
        ("help", "f1"),
        ("settings", "f2"),
        ("focus_sidebar", "f3"),
        ("pick_model", "f4"),
        ("regenerate", "f5"),
        ("copy_answer", "f6"),
        ("continue_answer", "f7"),
        ("toggle_mouse", "f8"),
        ("compare", "f9"),
        ("toggle_sidebar", "ctrl+t"),
        ("edit_prompt", "ctrl+o"),
        ("search", "ctrl+f"),
        ("search_all", "ctrl+g"),
        ("copy_or_stop", "ctrl+c"),
        ("repaint", "ctrl+l"),
        ("quit", "ctrl+q"),
        ("regenerate_with", "alt+r"),
        ("edit_conversation_settings", "alt+s"),
        ("temporary_conversation", "alt+n"),
        ("keep_conversation", "alt+k"),
        ("pin_conversation", "alt+p"),
        ("rename_this", "alt+i"),
        ("export", "alt+x"),
        ("open_pasted", "alt+v"),
    ],
)
def test_keys_that_users_rely_on_stay(name: str, keys: str) -> None:
    assert BY_NAME[name].keys == keys


def test_multiplexers_and_shells_keep_their_keys() -> None:
    keys = {key for command in COMMANDS for key in command.keys.split(",")}

    assert keys.isdisjoint({"ctrl+b", "ctrl+backslash"})
