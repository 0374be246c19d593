"""LinkScreen: shows an address and asks whether to open it."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.ui.themed_app import ThemedApp
from tui.ui.screens.link import LinkScreen
from tui.ui.widgets.dialog_frame import DialogFrame

WEB = "https://example.org/path?q=1"


async def result_of(address: str, *keys: str) -> tuple[list[bool | None], str]:
    """The results of the screen, and the text that it showed: title, address and keys."""
    results: list[bool | None] = []
    app = ThemedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = LinkScreen(address)
        app.push_screen(screen, results.append)
        await pilot.pause()
        frame = screen.query_one(DialogFrame)
        rows = [str(row.render()) for row in screen.query("#address, KeyLine")]
        shown = "\n".join([str(frame.border_title), *rows])
        await pilot.press(*keys)
        assert (app.screen is screen) == (not results)
    return results, shown


@pytest.mark.parametrize("key", ["enter", "y"])
async def test_enter_opens_a_web_page(key: str) -> None:
    results, shown = await result_of(WEB, key)

    assert results == [True]
    assert "Enter open in the browser" in " ".join(shown.split())


@pytest.mark.parametrize("key", ["escape", "n"])
async def test_escape_does_not_open_the_link(key: str) -> None:
    results, _ = await result_of(WEB, key)

    assert results == [False]


async def test_other_keys_do_nothing() -> None:
    results, _ = await result_of(WEB, "x", "space")

    assert results == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)"])
async def test_other_schemes_are_shown_but_never_opened(address: str) -> None:
    results, shown = await result_of(address, "enter")

    assert results == [False]
    assert address in shown
    assert "Only web pages can be opened" in shown


async def test_address_is_shown_in_full_and_not_as_markup() -> None:
    address = f"https://example.org/[bold]{'a' * 300}[/]"
    app = ThemedApp()
    async with app.run_test(size=(60, 24)) as pilot:
        screen = LinkScreen(address)
        app.push_screen(screen)
        await pilot.pause()
        row = screen.query_one("#address", Static)
        lines = [row.render_line(y).text.strip() for y in range(row.size.height)]
        assert "".join(lines) == address
