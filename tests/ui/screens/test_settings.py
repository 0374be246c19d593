"""SettingsScreen: valid and invalid values of each field, and the config file after saving."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tests.ui.themed_app import ThemedApp
from tui.config.load import load
from tui.config.save import save_changes
from tui.config.settings import Settings
from tui.demo.server import DemoServer
from tui.limits import RetryPolicy, TimeLimits
from tui.ui.screens.settings import Changes, SettingsScreen

FIELDS: Final[tuple[tuple[str, str, Any, str, str], ...]] = (
    ("timeouts.connect", "2.5", 2.5, "-1", "a number of seconds from 0 to 86400 (0 means no limit)"),
    ("timeouts.first_token", "0", 0, "soon", "a number of seconds from 0 to 86400 (0 means no limit)"),
    ("timeouts.idle", "12", 12, "86401", "a number of seconds from 0 to 86400 (0 means no limit)"),
    ("timeouts.total", "0.25", 0.25, "NaN", "a number of seconds from 0 to 86400 (0 means no limit)"),
    ("buffers.read_bytes", "4096", 4096, "1023", "a whole number of bytes from 1024 to 16777216"),
    ("buffers.queue_chunks", "1", 1, "0", "a whole number of chunks from 1 to 100000"),
    ("buffers.max_event_bytes", "1024", 1024, "2048.5", "a whole number of bytes from 1024 to 1073741824"),
    ("buffers.flush_hz", "60", 60, "121", "a number of updates a second from 1 to 120"),
    ("retry.attempts", "20", 20, "true", "a whole number of tries from 1 to 20"),
    ("retry.backoff_initial", "0", 0, "Infinity", "a number of seconds from 0 to 600 (0 means no wait)"),
    ("retry.backoff_max", "600", 600, "1 s", "a number of seconds from 0 to 600 (0 means no wait)"),
    ("retry.statuses", "500, 503", [500, 503], "99", "an array of HTTP statuses, whole numbers from 100 to 599"),
)
"""For each key: a valid text, its value, an invalid text, and the rule in the error message."""


class RunningSettings:
    """The running screen, with its keyboard and results."""

    def __init__(self, screen: SettingsScreen, pilot: Pilot[None], results: list[Changes | None]) -> None:
        self.screen = screen
        self.results = results
        self.press = pilot.press
        self._pilot = pilot

    async def until_closed(self) -> None:
        """Wait until the screen has closed."""
        while not self.results:
            await self._pilot.pause()

    @property
    def message(self) -> str:
        return str(self.screen.query_one("#message", Static).content)

    def field(self, key: str) -> Input:
        return self.screen.query_one(f"#{key.replace('.', '-')}", Input)

    async def write(self, key: str, text: str) -> None:
        """Replace the text of a field, as by a paste."""
        field = self.field(key)
        field.focus()
        field.clear()
        field.insert_text_at_cursor(text)
        await self._pilot.pause()


@contextlib.asynccontextmanager
async def open_settings(settings: Settings | None = None) -> AsyncIterator[RunningSettings]:
    """Run the screen in an app of its own."""
    app = ThemedApp()
    results: list[Changes | None] = []
    async with app.run_test(size=(100, 40)) as pilot:
        screen = SettingsScreen(settings or Settings(), "the/file.toml")
        app.push_screen(screen, results.append)
        await pilot.pause()
        yield RunningSettings(screen, pilot, results)


@pytest.mark.parametrize(("key", "text", "value", "invalid", "allowed"), FIELDS)
async def test_field_rejects_an_invalid_value_and_accepts_a_valid_one(
    key: str, text: str, value: Any, invalid: str, allowed: str
) -> None:
    async with open_settings() as edit:
        await edit.write(key, invalid)
        await edit.press("ctrl+s")
        assert edit.results == []
        assert edit.message == f"{key} is {invalid}; it must be {allowed}."
        assert edit.field(key).has_class("-invalid")
        assert edit.field(key).has_focus

        await edit.write(key, text)
        assert not edit.field(key).has_class("-invalid")
        assert edit.message == "Saves to the/file.toml"
        # backoff_max must not be below backoff_initial, whichever is edited.
        if key == "retry.backoff_initial":
            await edit.write("retry.backoff_max", "8")
        await edit.press("ctrl+s")
        assert edit.results == [{key: value}]


async def test_save_includes_keys_typed_just_before() -> None:
    async with open_settings() as edit:
        for key in ("end", "0", "7", "ctrl+s"):
            edit.screen.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await edit.until_closed()
        assert edit.results == [{"timeouts.connect": 507}]


async def test_numbers_are_required() -> None:
    async with open_settings() as edit:
        for key, text, *_ in FIELDS:
            if key != "retry.statuses":
                await edit.write(key, "  ")
                await edit.press("enter")
                assert edit.results == []
                assert edit.message.startswith(f"{key} is empty; ")
                await edit.write(key, text)


def test_all_fields_are_tested() -> None:
    assert len(FIELDS) == len(SettingsScreen(Settings(), "")._rules)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(timeouts=TimeLimits(connect=0.00001, first_token=1234.5678, idle=86399.999, total=86400.0)),
        Settings(retry=RetryPolicy(statuses=(500,))),
        Settings(retry=RetryPolicy(statuses=())),
    ],
)
async def test_saving_without_edits_returns_no_changes(settings: Settings) -> None:
    async with open_settings(settings) as edit:
        await edit.press("ctrl+s")
        assert edit.results == [{}]


@pytest.mark.parametrize(
    ("text", "statuses"), [("500", [500]), ("", []), ("[500, 502]", [500, 502]), (" 500,502 ", [500, 502])]
)
async def test_statuses_are_read_with_or_without_brackets(text: str, statuses: list[int]) -> None:
    async with open_settings() as edit:
        await edit.write("retry.statuses", text)
        await edit.press("ctrl+s")
        assert edit.results == [{"retry.statuses": statuses}]


async def test_nonsense_is_rejected() -> None:
    async with open_settings() as edit:
        for key, right in (("timeouts.idle", "1"), ("retry.statuses", "500")):
            for text in ("500,", "[" * 100_000, "9" * 5_000, "500, [501]", '"500"', "{}", "[red]"):
                await edit.write(key, text)
                await edit.press("ctrl+s")
                assert edit.results == []
                assert edit.message.endswith(f"it must be {edit.screen._rules[key].allowed}.")
            await edit.write(key, right)


async def test_backoff_max_must_not_be_below_backoff_initial() -> None:
    async with open_settings() as edit:
        await edit.write("retry.backoff_initial", "9")
        await edit.press("ctrl+s")
        assert edit.results == []
        assert edit.message == "retry.backoff_max must be at least retry.backoff_initial."
        await edit.write("retry.backoff_max", "9")
        await edit.press("ctrl+s")
        assert edit.results == [{"retry.backoff_initial": 9, "retry.backoff_max": 9}]


@pytest.mark.parametrize("key", ["escape", "f2"])
async def test_unchanged_settings_close_immediately(key: str) -> None:
    async with open_settings() as edit:
        await edit.press("down", "up", key)
        assert edit.results == [None]


async def test_changed_settings_close_on_the_second_escape() -> None:
    async with open_settings() as edit:
        await edit.press("7", "escape")
        assert edit.results == []
        assert "Unsaved changes" in edit.message
        await edit.press("escape")
        assert edit.results == [None]


async def test_edit_after_the_warning_warns_again() -> None:
    async with open_settings() as edit:
        await edit.press("7", "escape", "8", "escape")
        assert edit.results == []
        assert "Unsaved changes" in edit.message


async def test_reverted_edit_counts_as_unchanged() -> None:
    async with open_settings() as edit:
        await edit.press("end", "7", "backspace", "escape")
        assert edit.results == [None]


def save_and_load(path: Path, changes: dict[str, Any]) -> Settings:
    save_changes(path, changes)
    return load(path, {}).settings


async def test_saved_changes_are_shown_when_reopened(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    changes = {key: value for key, _, value, _, _ in FIELDS}
    settings = save_and_load(path, changes)
    async with open_settings(settings) as edit:
        shown = {key: edit.field(key).value for key in changes}
        assert shown == {key: text for key, text, *_ in FIELDS}
        await edit.press("ctrl+s")
        assert edit.results == [{}]
    assert settings != replace(settings, timeouts=TimeLimits())


COMMENTED = """\
# first line
[timeouts] # own values
idle = 30.0 # not longer
# fast server
no_such_key = "unknown"
connect = 3 # local

[retry]
statuses = [ 500 ] # only this one
"""


async def test_saving_keeps_comments_order_and_unknown_keys(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.configure(f'provider = "server"\n[providers.server]\ntype = "ollama"\nbase_url = "{demo.url}"\n{COMMENTED}')
    before = program.config.read_text()
    app = await start_app(model="echo")
    await app.press("f2", "down", "down", "ctrl+a", "ctrl+k", *"45", "ctrl+s")
    await app.until(lambda: "Saved to" in "".join(app.notices))
    assert app.runtime.settings.timeouts == TimeLimits(connect=3.0, idle=45.0)
    await app.close()
    assert program.config.read_text() == before.replace("idle = 30.0 #", "idle = 45 #")


async def test_closing_does_not_write_the_file(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    before = program.config.stat()
    app = await start_app(model="echo")
    await app.press("f2", "7", "escape", "escape")
    await app.until(lambda: len(app.app.screen_stack) == 1)
    assert app.runtime.settings.timeouts == TimeLimits()
    await app.press("f2", "ctrl+s")
    await app.until(lambda: len(app.app.screen_stack) == 1)
    await app.close()
    after = program.config.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_invalid_config_file_is_reported_and_left_alone(program: Program, app: RunningApp) -> None:
    await app.press("f2", "7")
    program.configure("not = toml = at all")
    await app.press("ctrl+s")
    await app.until(lambda: app.notices)
    assert "config.toml" in app.notices[-1]
    await app.ask_and_wait("still here")
    assert app.shows("◆ echo", "still here")
    await app.close()
    assert program.config.read_text() == "not = toml = at all"


async def test_first_saved_setting_creates_the_file(program: Program, start_app: StartApp) -> None:
    program.config.unlink(missing_ok=True)
    app = await start_app(wait=False)
    await app.press("f2", "ctrl+a", "ctrl+k", *"2", "ctrl+s")
    await app.until(lambda: program.config.exists())
    await app.until(lambda: "Saved to" in "".join(app.notices))
    await app.close()
    assert tomllib.loads(program.config.read_text())["timeouts"] == {"connect": 2}
