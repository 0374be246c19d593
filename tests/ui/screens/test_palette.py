"""Palette: finding and running commands, and changing the theme."""

from __future__ import annotations

from typing import get_args

import pytest
from textual.widgets import OptionList, Static

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.ui.screens.choice_picker import ChoicePicker
from tui.ui.screens.palette import Palette
from tui.ui.widgets.dialog_frame import DialogFrame
from tui.ui.widgets.row_list import RowList
from tui.workspace.command import Need
from tui.workspace.commands import COMMANDS


def rows(app: RunningApp) -> list[str]:
    return [" ".join(str(option.prompt).split()) for option in app.screen.query_one(OptionList).options]


def names(app: RunningApp) -> list[str]:
    return [str(option.id) for option in app.screen.query_one(OptionList).options]


async def open_palette(app: RunningApp) -> None:
    await app.press("ctrl+p")
    await app.until(lambda: isinstance(app.screen, Palette) and rows(app))


async def test_commands_are_listed_with_group_and_key(app: RunningApp) -> None:
    await open_palette(app)

    assert rows(app)[0] == "Conversation New conversation Ctrl+N"
    assert "Look Change theme /theme" in rows(app)
    assert "Prompt New line Ctrl+J" in rows(app)


async def test_only_commands_that_do_something_now_are_listed(app: RunningApp) -> None:
    await open_palette(app)
    empty = set(names(app))
    assert not empty & {"cancel_stream", "keep_conversation", "export", "regenerate", "copy_message", "send", "fork"}
    await app.press("escape")
    await app.ask_and_wait("hello")
    await app.press("tab", "up")
    await open_palette(app)
    selected = set(names(app))

    assert {"export", "regenerate", "copy_message", "fork", "select_previous"} <= selected
    assert not selected & {"undo", "new_line", "cancel_stream", "continue_answer"}


def test_every_command_needs_something_that_can_be_there() -> None:
    given = set(get_args(Need))

    assert {need for command in COMMANDS for need in command.needs} == given


async def test_stop_is_listed_while_an_answer_streams(start_app: StartApp) -> None:
    app = await start_app(provider="demo", model="lorem-2000-50")
    await app.ask("go")
    await app.until(lambda: app.is_running)
    await open_palette(app)

    assert "cancel_stream" in names(app)
    assert "regenerate" not in names(app)


async def test_command_of_the_log_acts_on_the_selected_message(app: RunningApp) -> None:
    await app.ask_and_wait("hello")
    await app.press("tab", "up")
    await open_palette(app)
    await app.type("copy the message")
    await app.press("enter")
    await app.until(lambda: app.clipboard == "hello")


async def test_command_with_an_argument_is_typed_up_to_it(app: RunningApp) -> None:
    await open_palette(app)
    await app.type("import conv")
    await app.press("enter")
    await app.until(lambda: app.prompt.text == "/import ")


async def test_cursor_is_marked_and_matched_letters_underlined(app: RunningApp) -> None:
    await open_palette(app)
    await app.type("the")
    await app.until(lambda: names(app)[0] == "theme")
    listed = app.screen.query_one(RowList)
    lines = [listed.render_line(y) for y in range(2)]

    assert lines[0].text.startswith("› Look          Change theme")
    assert lines[1].text.startswith("  ")
    assert "".join(part.text for part in lines[0] if part.style and part.style.underline) == "the"
    assert "colours, dark" in str(app.screen.query_one("#synonyms", Static).content)


@pytest.mark.parametrize("size", [(80, 24), (120, 50), (60, 12)])
async def test_header_and_key_bar_stay_in_view(start_app: StartApp, size: tuple[int, int]) -> None:
    app = await start_app(provider="demo", size=size)
    await open_palette(app)
    await app.pilot.pause()
    frame = app.screen.query_one(DialogFrame).region

    assert frame.y >= 1
    assert frame.bottom < size[1]


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

    assert rows(app)[0] == "Look Hide or show the sidebar Ctrl+T"


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
    await app.until(lambda: isinstance(app.screen, ChoicePicker))
    await app.type("nord")
    await app.until(lambda: app.app.theme == "nord")
    await app.press("enter")
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: 'theme = "nord"' in program.config.read_text())
    assert app.app.theme == "nord"


async def test_escape_restores_the_theme(app: RunningApp, program: Program) -> None:
    before = app.app.theme
    await app.ask("/theme")
    await app.until(lambda: isinstance(app.screen, ChoicePicker))
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
