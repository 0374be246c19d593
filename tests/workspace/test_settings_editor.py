"""SettingsEditor: changes are written in order, used, and reset."""

from __future__ import annotations

import tomllib

import pytest

from tests.workspace.conftest import FrontEnd
from tui.errors import LlmTuiError
from tui.workspace.events import SettingsChanged
from tui.workspace.keys import Keys
from tui.workspace.settings_editor import SettingsEditor
from tui.workspace.settings_list import all_settings

BY_KEY = {each.key: each for each in all_settings()}


class Edited:
    """An editor, and what it reported."""

    def __init__(self, front_end: FrontEnd) -> None:
        self.front_end = front_end
        self.editor = SettingsEditor(front_end.runtime, front_end.workspace, front_end.start)
        self.results: list[LlmTuiError | None] = []
        self.editor.on_written = self.results.append

    def row(self, key: str) -> tuple[object, str]:
        """Value and origin of a setting."""
        found = next(row for row in self.editor.rows if row.setting.key == key)
        return found.value, found.origin

    async def written(self, count: int = 1) -> None:
        """Wait until some changes are written."""
        await self.front_end.until(lambda: len(self.results) >= count)


@pytest.fixture
def edited(front_end: FrontEnd) -> Edited:
    return Edited(front_end)


async def test_changes_are_shown_at_once_and_written_in_order(edited: Edited) -> None:
    for value in (10, 20, 30):
        edited.editor.change({"timeouts.idle": value})
        assert edited.row("timeouts.idle") == (value, "yours")
    await edited.written(3)
    assert edited.results == [None, None, None]
    assert edited.front_end.runtime.settings.timeouts.idle == 30
    assert tomllib.loads(edited.editor.path.read_text()) == {"timeouts": {"idle": 30}}


async def test_change_that_cannot_be_written_is_reported_and_taken_back(edited: Edited) -> None:
    edited.editor.path.write_text("broken = [")
    edited.editor.change({"motion": False})
    edited.editor.change({"ascii": True})
    await edited.written(2)
    assert all(isinstance(error, LlmTuiError) for error in edited.results)
    assert edited.row("motion") == (True, "default")
    assert edited.editor.path.read_text() == "broken = ["


async def test_reset_removes_the_key(edited: Edited) -> None:
    edited.editor.change({"motion": False, "retry.attempts": 5})
    edited.editor.reset(BY_KEY["motion"])
    assert edited.row("motion") == (True, "default")
    await edited.written(2)
    assert tomllib.loads(edited.editor.path.read_text()) == {"retry": {"attempts": 5}}


async def test_reset_all_keeps_providers_and_unknown_keys(edited: Edited) -> None:
    edited.editor.path.write_text(
        'theme = "nord"\nmine = 1\n[keys]\nchoose_how = "f12"\n[providers.ollama]\nkeep_alive = "1m"\n'
    )
    edited.editor.change({})
    await edited.written()
    edited.editor.reset_all()
    await edited.written(2)
    data = tomllib.loads(edited.editor.path.read_text())
    assert data == {"mine": 1, "keys": {}, "providers": {"ollama": {"keep_alive": "1m"}}}


async def test_file_that_was_edited_elsewhere_is_used(edited: Edited) -> None:
    before = edited.front_end.runtime.settings
    edited.editor.path.write_text("sidebar_width = 40\n")
    edited.editor.change({})
    await edited.written()
    assert edited.row("sidebar_width") == (40, "yours")
    assert edited.front_end.of(SettingsChanged) == [SettingsChanged(before)]
    assert edited.editor.path.read_text() == "sidebar_width = 40\n"


async def test_key_of_every_command_can_be_changed(edited: Edited) -> None:
    commands = [each for each in all_settings() if each.command]
    edited.editor.change({each.key: f"ctrl+alt+f{at % 24 + 1}" for at, each in enumerate(commands)})
    await edited.written()
    keys = Keys(edited.front_end.runtime.settings.keys)
    for at, each in enumerate(commands):
        assert keys.of(each.command) == f"ctrl+alt+f{at % 24 + 1}"
        assert edited.row(each.key)[1] == "yours"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("timeouts.idle", 5, ""),
        ("timeouts.idle", -1, "It must be a number of seconds from 0 to 86400 (0 means no limit)."),
        ("retry.backoff_max", 0.1, "retry.backoff_max is 0.1; it must be at least backoff_initial, which is 0.5."),
        ("retry.backoff_initial", 9, "retry.backoff_max is 8.0; it must be at least backoff_initial, which is 9."),
        ("provider", "nowhere", 'provider is "nowhere"; it must be one of "ollama", "lmstudio", "demo", or "".'),
        ("provider", "demo", ""),
    ],
)
async def test_reason_against_a_value(edited: Edited, key: str, value: object, reason: str) -> None:
    assert edited.editor.reason_against(BY_KEY[key], value) == reason


async def test_broken_file_is_a_reason_against_every_value(edited: Edited) -> None:
    edited.editor.path.write_text("broken = [")
    assert "config.toml" in edited.editor.reason_against(BY_KEY["motion"], False)
