"""Palette: finding and running commands, and changing the theme."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tests.program import Program
from tests.ui.running import RunningApp
from tui.ui.screens.palette import Palette
from tui.ui.screens.theme_picker import ThemePicker
from tui.workspace.commands import COMMANDS


def rows(app: RunningApp) -> list[str]:
    return [" ".join(str(option.prompt).split()) for option in app.screen.query_one(OptionList).options]


async def open_palette(app: RunningApp) -> None:
    await app.press("ctrl+p")
    await app.until(lambda: isinstance(app.screen, Palette) and rows(app))


async def test_every_command_is_listed_with_its_key(app: RunningApp) -> None:
    await open_palette(app)

    assert len(rows(app)) == sum(command.in_palette for command in COMMANDS)
    assert "New conversation Ctrl+N" in rows(app)
    assert "Change theme /theme" in rows(app)


async def test_chosen_command_runs(app: RunningApp) -> None:
    shown = app.sidebar.display
    await open_palette(app)
    await app.type("hide or show the sidebar")
    await app.press("enter")
    await app.until(lambda: app.sidebar.display != shown)
    assert app.screen is app.chat


async def test_last_chosen_command_is_listed_first(app: RunningApp) -> None:
    await open_palette(app)
    await app.type("hide or show the sidebar")
    await app.press("enter")
    await app.until(lambda: app.screen is app.chat)
    await open_palette(app)

    assert rows(app)[0] == "Hide or show the sidebar Ctrl+T"


async def test_escape_closes_it_and_nothing_runs(app: RunningApp) -> None:
    await open_palette(app)
    await app.type("quit")
    await app.press("escape")

    assert app.screen is app.chat
    assert app.prompt.text == ""


async def test_text_that_finds_nothing_says_so(app: RunningApp) -> None:
    await open_palette(app)
    await app.type("xyzzy")
    assert rows(app) == []
    await app.press("enter")
    assert isinstance(app.screen, Palette)


async def test_theme_is_previewed_and_kept_in_the_config(app: RunningApp, program: Program) -> None:
    await open_palette(app)
    await app.type("theme")
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, ThemePicker))
    await app.type("nord")
    await app.until(lambda: app.app.theme == "nord")
    await app.press("enter")
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: 'theme = "nord"' in program.config.read_text())
    assert app.app.theme == "nord"


async def test_escape_restores_the_theme(app: RunningApp, program: Program) -> None:
    before = app.app.theme
    await app.ask("/theme")
    await app.until(lambda: isinstance(app.screen, ThemePicker))
    await app.press("down", "down")
    await app.until(lambda: app.app.theme != before)
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    assert app.app.theme == before
    assert "theme" not in program.config.read_text()


@pytest.mark.parametrize(("name", "theme"), [("daylight", "daylight"), ("nord", "nord")])
async def test_theme_can_be_named(app: RunningApp, program: Program, name: str, theme: str) -> None:
    await app.ask(f"/theme {name}")
    await app.until(lambda: app.app.theme.removesuffix("-16") == theme)
    assert f'theme = "{name}"' in program.config.read_text()


async def test_unknown_theme_suggests_a_similar_one(app: RunningApp) -> None:
    await app.ask("/theme nrod")
    await app.until(lambda: app.has_notice("There is no theme nrod. Did you mean nord?"))
