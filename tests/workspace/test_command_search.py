"""Finding commands by typed words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.workspace.command_search import find_commands, matched_letters
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
    assert set(found("")) == {command.name for command in LISTED}
    assert found("", ("quit", "export"))[:3] == ["quit", "export", "cancel_stream"]
    assert found("")[-1] == "open_pasted"


def test_recent_command_comes_first_among_equals() -> None:
    equals = found("search")
    assert len(equals) > 1

    assert found("search", (equals[1],))[0] == equals[1]


@given(st.text(max_size=20))
def test_any_text_can_be_typed(typed: str) -> None:
    assert set(found(typed)) <= {command.name for command in LISTED}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("thme", "theme"),
        ("exprot", "export"),
        ("tempreature", "edit_conversation_settings"),
        ("sidbar", "focus_sidebar"),
    ],
)
def test_mistyped_word_finds_what_was_meant(typed: str, first: str) -> None:
    assert found(typed)[0] == first


def test_beginning_of_a_word_comes_before_articles() -> None:
    assert found("the")[0] == "theme"
    assert len(found("the")) > 3


def test_matched_letters_are_beginnings_of_words() -> None:
    assert matched_letters("the", "Change theme, then the other") == {7, 8, 9, 14, 15, 16, 19, 20, 21}
    assert matched_letters("LAST c", "Copy the last answer") == {0, 9, 10, 11, 12}
    assert matched_letters("", "Copy") == frozenset()
