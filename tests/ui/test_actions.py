"""The table of actions: every key leads to one, and says so."""

from __future__ import annotations

from typing import Any

import pytest

from tui.ui.actions import ACTIONS, BY_NAME, Action, bindings_for, clashes, keys_of, shown_keys, unknown_actions
from tui.ui.screens.chat import ChatScreen
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.sidebar import Sidebar


def test_every_name_is_there_once() -> None:
    assert len(BY_NAME) == len(ACTIONS)


@pytest.mark.parametrize("place", ["anywhere", "prompt", "log"])
def test_no_key_does_two_things_in_one_place(place: str) -> None:
    keys = [key for action in ACTIONS if action.place == place for key in action.keys.split(",")]

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
        ("toggle_sidebar", "ctrl+t"),
        ("edit_prompt", "ctrl+o"),
        ("copy_or_stop", "ctrl+c"),
        ("quit", "ctrl+q"),
    ],
)
def test_the_keys_that_people_rely_on_stay(name: str, keys: str) -> None:
    assert keys_of(name, {}) == keys


def test_multiplexers_and_shells_keep_their_keys() -> None:
    keys = {key for action in ACTIONS for key in action.keys.split(",")}

    assert keys.isdisjoint({"ctrl+b", "ctrl+backslash"})


def test_every_action_can_be_done() -> None:
    for action in ACTIONS:
        if action.place == "anywhere" or action.in_palette:
            assert hasattr(ChatScreen, f"action_{action.name}"), action.name


def test_every_action_of_the_log_and_of_the_sidebar_has_its_keys_there() -> None:
    places: dict[str, Any] = {"log": MessageLog, "sidebar": Sidebar}
    for action in ACTIONS:
        if place := places.get(action.place):
            assert {binding.id: binding.key for binding in place.BINDINGS}[action.name] == action.keys


def test_the_users_keys_take_the_place_of_ours() -> None:
    assert keys_of("send", {"send": "ctrl+enter"}) == "ctrl+enter"


def test_a_name_that_no_action_has_is_told() -> None:
    assert unknown_actions(["send", "sned"]) == ("sned",)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"regenerate": "f11", "send": "ctrl+enter", "copy_message": "ctrl+shift+y,y"}, []),
        ({"cancel_stream": "escpe"}, ["[keys] cancel_stream = 'escpe' is no key: did you mean 'escape'?"]),
        ({"send": "kontrol+x"}, ["[keys] send = 'kontrol+x' is no key."]),
        ({"regenerate": "f4"}, ["[keys] regenerate and pick_model both want 'f4': only one of them can have it."]),
        ({"regenerate": "f4", "pick_model": "f5"}, []),
        ({"sned": "nonsense"}, []),
        ({"copy_message": "enter"}, []),
    ],
)
def test_keys_that_cannot_be_are_told(chosen: dict[str, str], words: list[str]) -> None:
    assert list(clashes(chosen)) == words


@pytest.mark.parametrize("action", ACTIONS)
def test_every_key_of_ours_can_be(action: Action) -> None:
    assert list(clashes({action.name: action.keys})) == []


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("ctrl+j,shift+enter", "Ctrl+J, Shift+Enter"),
        ("f10", "F10"),
        ("k", "k"),
        ("escape", "Esc"),
        ("up, k", "↑, k"),
        ("ctrl+underscore", "Ctrl+_"),
    ],
)
def test_keys_are_shown_as_people_write_them(keys: str, shown: str) -> None:
    assert shown_keys(keys) == shown


def test_bindings_have_the_names_by_which_the_config_knows_them() -> None:
    assert [binding.id for binding in bindings_for("log")] == [  # type: ignore[union-attr]  # they are Bindings
        action.name for action in ACTIONS if action.place == "log"
    ]
