"""Finding commands by typed words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.workspace.command_search import find_commands
from tui.workspace.commands import COMMANDS

LISTED = [command for command in COMMANDS if command.in_palette]


def found(typed: str, recent: tuple[str, ...] = ()) -> list[str]:
    return [command.name for command in find_commands(typed, LISTED, recent)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("theme", "theme"),
        ("dark", "theme"),
        ("change th", "theme"),
        ("export", "export"),
        ("markdown", "export"),
        ("temperature", "edit_conversation_settings"),
        ("config", "settings"),
        ("quit", "quit"),
        ("exit", "quit"),
        ("new", "new_conversation"),
        ("model", "pick_model"),
        ("/title", "rename_this"),
        ("SIDEBAR", "focus_sidebar"),
    ],
)
def test_typed_word_finds_the_expected_command_first(typed: str, first: str) -> None:
    assert found(typed)[0] == first


def test_every_typed_word_must_be_found() -> None:
    assert found("new quit") == []
    assert found("xyzzy") == []


def test_nothing_typed_lists_everything_recent_first() -> None:
    assert found("") == [command.name for command in LISTED]
    assert found("", ("quit", "export"))[:3] == ["quit", "export", LISTED[0].name]


def test_recent_command_comes_first_among_equals() -> None:
    equals = found("search")
    assert len(equals) > 1

    assert found("search", (equals[1],))[0] == equals[1]


@given(st.text(max_size=20))
def test_any_text_can_be_typed(typed: str) -> None:
    assert set(found(typed)) <= {command.name for command in LISTED}
