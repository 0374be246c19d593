"""Notices: how many, for how long, where, and the list of the last ones."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList
from textual.widgets._toast import Toast

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.errors import ServerUnreachable
from tui.ui.screens.notices import NoticesScreen
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.key_bar import KeyBar

LONG = "This is a notice with many words. " * 12


def toasts(app: RunningApp) -> list[Toast]:
    return [toast for toast in app.screen.query(Toast) if toast.is_attached]


def texts(app: RunningApp) -> list[str]:
    return [str(toast.render()) for toast in toasts(app)]


async def shows(app: RunningApp, *expected: str) -> None:
    await app.until(lambda: texts(app) == list(expected))


async def test_third_notice_replaces_the_oldest(app: RunningApp) -> None:
    for text in ("one", "two", "three"):
        app.app._notices.notify(text)
    await shows(app, "two", "three")


async def test_cards_stay_at_the_top_however_many_there_were(app: RunningApp) -> None:
    for number in range(12):
        app.app._notices.notify(f"notice {number}")
        await app.pilot.pause()
    await shows(app, "notice 10", "notice 11")
    await app.until(lambda: [toast.region.y for toast in toasts(app)] == [1, 2])


async def test_notice_of_any_widget_has_the_same_limits(app: RunningApp) -> None:
    for number in range(4):
        app.prompt.notify(f"notice {number}")
        app.app.notify(f"app {number}")
    await shows(app, "notice 3", "app 3")
    assert app.app.NOTIFICATION_TIMEOUT == 4


async def test_error_stays_until_a_key_and_a_notice_does_not_go_with_it(app: RunningApp) -> None:
    notices = app.app._notices
    notices.show_error(ServerUnreachable("The server is gone.", hint="Start it."))
    notices.notify("Copied.")
    await shows(app, "The server is gone. Start it.", "Copied.")
    assert [toast._notification.timeout for toast in toasts(app)] == [10, 4]
    # A key that was on its way when the error came does not remove it.
    await app.press("a")
    assert len(toasts(app)) == 2
    toasts(app)[0]._notification.raised_at -= 2
    await app.press("a")
    await shows(app, "Copied.")


async def test_same_error_is_shown_once_while_it_is_on_screen(app: RunningApp) -> None:
    for _ in range(3):
        app.app._notices.show_error(ServerUnreachable("The server is gone."))
    await shows(app, "The server is gone.")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 12), (40, 8)])
@pytest.mark.parametrize("keys", [(), ("f1",), ("alt+s",), ("ctrl+p",), ("ctrl+g",)])
async def test_notices_cover_neither_composer_nor_keys(
    program: Program, demo: DemoServer, start_app: StartApp, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=size)
    await app.press(*keys)
    for number in range(3):
        app.app._notices.notify(f"{number} {LONG}")
    await app.until(lambda: len(toasts(app)) == 2)
    await app.pilot.pause()
    kept_free = [*app.screen.query(Composer), *app.screen.query(KeyBar)]
    for toast in toasts(app):
        visible = app.screen.find_widget(toast).visible_region
        for widget in kept_free:
            assert not visible.intersection(widget.region), widget


async def test_notices_are_listed_to_be_read_again_and_copied(app: RunningApp) -> None:
    for number in range(60):
        app.app._notices.notify(f"notice {number}")
    await app.pilot.pause()
    await app.ask("/notices")
    await app.until(lambda: isinstance(app.screen, NoticesScreen))
    listed = app.screen.query_one(OptionList)
    rows = [str(option.prompt) for option in listed.options]
    assert len(rows) == 50
    assert rows[0].endswith("notice 59")
    assert rows[0][2] == ":"
    await app.press("down", "enter")
    await app.until(lambda: app.clipboard == "notice 58")


async def test_list_without_notices_says_so_and_closes(app: RunningApp) -> None:
    app.app._notices._history.clear()
    await app.ask("/notices")
    await app.until(lambda: isinstance(app.screen, NoticesScreen))
    await app.press("enter", "escape")
    await app.until(lambda: app.screen is app.chat)


async def test_error_that_was_removed_can_be_shown_again(app: RunningApp) -> None:
    notices = app.app._notices
    notices.show_error(ServerUnreachable("The server is gone."))
    await shows(app, "The server is gone.")
    toasts(app)[0]._notification.raised_at -= 2
    await app.press("a")
    notices.show_error(ServerUnreachable("The server is gone."))
    await app.until(lambda: len(notices.history) == 2)
