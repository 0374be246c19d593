"""HelpScreen: all commands with their keys."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

import pytest
from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.running import RunningApp
from tests.ui.themed_app import ThemedApp
from tui.ui.screens.help import HelpScreen
from tui.workspace.commands import BY_SLASH, COMMANDS
from tui.workspace.keys import Keys

DOCUMENTED_KEYS: Final = (
    ("send", "Enter"),
    ("new_line", "Ctrl+J, Shift+Enter, Alt+Enter"),
    ("cancel_stream", "Esc"),
    ("new_conversation", "Ctrl+N"),
    ("help", "F1"),
    ("settings", "F2"),
    ("focus_sidebar", "F3"),
    ("pick_model", "F4"),
    ("regenerate", "F5"),
    ("toggle_sidebar", "Ctrl+T"),
    ("edit_prompt", "Ctrl+O"),
    ("copy_answer", "F6"),
    ("next_area", "Tab"),
    ("previous_area", "Shift+Tab"),
    ("select_previous", "↑, k"),
    ("select_next", "↓, j"),
    ("copy_message", "c"),
    ("copy_code", "b"),
    ("regenerate_selected", "r"),
    ("fold", "Space"),
    ("recall_prompt", "↑"),
    ("page_up", "PageUp"),
    ("page_down", "PageDown"),
    ("scroll_top", "Ctrl+Home"),
    ("scroll_end", "Ctrl+End"),
    ("rename_this", "Alt+I"),
    ("export", "Alt+X"),
    ("repaint", "Ctrl+L"),
    ("quit", "Ctrl+Q"),
    ("copy_or_stop", "Ctrl+C"),
)
"""The documented default keys of commands."""


@contextlib.asynccontextmanager
async def shown_help(
    configured: dict[str, str], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[HelpScreen, Pilot[None]]]:
    """The help screen, for configured keys."""
    app = ThemedApp()
    async with app.run_test(size=size) as pilot:
        screen = HelpScreen(Keys(configured))
        app.push_screen(screen)
        await pilot.pause()
        yield screen, pilot


def words(text: str) -> str:
    return " ".join(text.split())


async def test_documented_keys_are_those_of_the_table() -> None:
    async with shown_help({}) as (screen, _):
        rows = [row for place in ("anywhere", "prompt", "log", "call", "sidebar") for row in screen.rows(place)]

    assert {(name, keys) for name, keys in DOCUMENTED_KEYS} <= {(row.name, row.keys) for row in rows}


@pytest.mark.parametrize("width", [40, 60, 80, 120])
async def test_every_command_is_listed(width: int) -> None:
    async with shown_help({}, (width, 24)) as (screen, _):
        text = screen.text
        columns = screen.query_one("#rows").size.width
        assert max(map(cell_len, text.splitlines())) <= columns
        for command in COMMANDS:
            if command.keys:
                assert command.help.split()[0] in text
                assert Keys({}).label(command.name).split(", ")[0] in text
        for command in BY_SLASH.values():
            assert command.usage in text


async def test_configured_keys_replace_the_default_keys() -> None:
    async with shown_help({"quit": "ctrl+x,f12", "no_action": "f11"}) as (screen, _):
        assert [row.keys for row in screen.rows("anywhere") if row.name == "quit"] == ["Ctrl+X, F12"]
        assert "F11" not in screen.text


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("ctrl+n", "Ctrl+N New conversation new_conversation"),
        ("d", "d, Delete Delete the message and everything after it delete_message"),
        ("xyzzy", "Nothing found."),
        ("regenerate", "F5 Regenerate the last answer regenerate"),
        ("/set", "/set [KEY=VALUE] Set an option in this conversation: temperature=0.2, … set_option"),
    ],
)
async def test_typing_finds_commands_with_their_config_names(typed: str, line: str) -> None:
    async with shown_help({}, (110, 40)) as (screen, pilot):
        screen.query_one(Input).value = typed
        await pilot.pause()
        assert line in [words(found) for found in screen.text.splitlines()]


async def test_help_scrolls_on_a_small_terminal() -> None:
    async with shown_help({}, (50, 12)) as (screen, pilot):
        scroll = screen.query_one(VerticalScroll)
        await pilot.press("pagedown", "down")
        await pilot.pause()
        assert scroll.scroll_y == 11
        await pilot.press("up")
        await pilot.pause()
        assert scroll.scroll_y == 10


async def test_legend_explains_the_marks() -> None:
    async with shown_help({}) as (screen, _):
        assert "● server reachable" in screen.text
        assert "✗ failed" in screen.text


@pytest.mark.parametrize("key", ["escape", "f1"])
async def test_help_opens_and_closes_without_losing_the_draft(key: str, app: RunningApp) -> None:
    await app.type("half")
    await app.press("f1")
    assert isinstance(app.screen, HelpScreen)
    await app.press(key)
    assert len(app.app.screen_stack) == 1
    await app.type("way")
    assert app.prompt.text == "halfway"
