"""The keys of the commands, and how people write them."""

from __future__ import annotations

import pytest

from tui.workspace.commands import RENAMED
from tui.workspace.keys import Keys, key_label, unknown_names


def test_configured_keys_replace_the_defaults() -> None:
    keys = Keys({"send": "ctrl+enter", "no_such_command": "f12"})

    assert keys.of("send") == "ctrl+enter"
    assert keys.configured == {"send": "ctrl+enter"}


def test_only_commands_that_need_no_key_can_be_without_one() -> None:
    keys = Keys({"send": "", "quit": " ,", "settings": " ", "compare": ""})
    assert [keys.label(name) for name in ("send", "quit", "settings", "compare")] == ["Enter", "Ctrl+Q", "F2", ""]


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_renamed_command_keeps_keys_from_an_older_config(old: str, new: str) -> None:
    assert Keys({old: "f12"}).of(new) == "f12"
    assert unknown_names([old]) == ()


def test_unknown_names_are_found() -> None:
    assert unknown_names(["send", "sned"]) == ("sned",)


@pytest.mark.parametrize(
    ("keys", "label"),
    [
        ("ctrl+j,shift+enter", "Ctrl+J, Shift+Enter"),
        ("f10", "F10"),
        ("k", "k"),
        ("escape", "Esc"),
        ("up, k", "↑, k"),
        ("ctrl+underscore", "Ctrl+_"),
    ],
)
def test_keys_are_labelled_as_people_write_them(keys: str, label: str) -> None:
    assert key_label(keys) == label
