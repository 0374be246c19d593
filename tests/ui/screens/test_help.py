"""HelpScreen: all commands with their keys."""

from __future__ import annotations

from typing import Final

import pytest
from textual.widgets import Static

from tests.ui.running import RunningApp
from tests.ui.themed_app import ThemedApp
from tui.ui.screens.help import HelpScreen
from tui.workspace.commands import BY_NAME, BY_SLASH, COMMANDS, Keys

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


def rows_of(screen: HelpScreen) -> list[tuple[str, str]]:
    """Keys and help text of each row."""
    keys = [str(row.content) for row in screen.query(".keys").results(Static)]
    texts = [str(row.content) for row in screen.query(".help").results(Static)]
    return list(zip(keys, texts, strict=True))


async def help_rows(configured: dict[str, str]) -> list[tuple[str, str]]:
    """The rows for configured keys."""
    app = ThemedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = HelpScreen(Keys(configured))
        app.push_screen(screen)
        await pilot.pause()
        return rows_of(screen)


async def test_all_documented_keys_are_listed() -> None:
    rows = await help_rows({})

    assert [
        (keys, BY_NAME[name].help) for name, keys in DOCUMENTED_KEYS if (keys, BY_NAME[name].help) not in rows
    ] == []


async def test_every_command_is_listed_once() -> None:
    rows = await help_rows({})

    keys = Keys({})
    bound = [(keys.label(command.name), command.help) for command in COMMANDS if command.keys]
    typed = [
        (f"/{command.slash} {command.argument}".rstrip(), command.slash_help or command.help)
        for command in BY_SLASH.values()
    ]
    assert sorted(rows[: len(bound)]) == sorted(bound)
    assert rows[len(bound) : -1] == typed


async def test_configured_keys_replace_the_default_keys() -> None:
    rows = await help_rows({"quit": "ctrl+x,f12", "no_action": "f11"})

    assert [keys for keys, text in rows if text == BY_NAME["quit"].help and keys[0] != "/"] == ["Ctrl+X, F12"]
    assert "F11" not in [keys for keys, _ in rows]


async def test_help_scrolls_to_the_end_on_a_small_terminal() -> None:
    app = ThemedApp()
    async with app.run_test(size=(50, 12)) as pilot:
        screen = HelpScreen(Keys({}))
        app.push_screen(screen)
        await pilot.pause()
        last = screen.query(".help").last()
        assert not screen.find_widget(last).visible_region
        await pilot.press("end")
        await pilot.pause()
        await pilot.wait_for_animation()
        assert screen.find_widget(last).visible_region.height == last.size.height


@pytest.mark.parametrize("key", ["escape", "f1", "q"])
async def test_help_opens_and_closes_without_losing_the_draft(key: str, app: RunningApp) -> None:
    await app.type("half")
    await app.press("f1")
    assert isinstance(app.screen, HelpScreen)
    await app.press(key)
    assert len(app.app.screen_stack) == 1
    await app.type("way")
    assert app.prompt.text == "halfway"
