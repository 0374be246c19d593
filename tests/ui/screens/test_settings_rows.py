"""How typed words find the rows of the settings screen."""

from __future__ import annotations

import pytest

from tui.config.load import DEFAULT
from tui.ui.screens.settings_rows import Row, found_rows, setting_row
from tui.workspace.settings_editor import SettingRow
from tui.workspace.settings_list import all_settings

ROWS = [setting_row(SettingRow(each, each.default, DEFAULT)) for each in all_settings()]


def keys(typed: str) -> list[str]:
    """The keys of the settings that are found, the best first."""
    return [row.setting.setting.key for row in found_rows(typed, ROWS) if row.setting is not None]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("first wait", "retry.backoff_initial"),
        ("timeouts.idle", "timeouts.idle"),
        ("text_width", "text_width"),
        ("width text", "text_width"),
        ("ASCII", "ascii"),
        ("silence", "timeouts.idle"),
        ("retry", "retry.attempts"),
        ("quit", "confirm_quit"),
        ("fork", "keys.fork"),
        ("loading a model", "timeouts.first_token"),
    ],
)
def test_settings_are_found_by_words_and_by_key(typed: str, first: str) -> None:
    assert keys(typed)[0] == first


def test_unknown_words_find_nothing() -> None:
    assert keys("width nonsense") == []
    assert keys("") == [each.key for each in all_settings()]


def test_rows_without_a_setting_are_ranked_among_the_settings() -> None:
    prompt = Row("Chat", "System prompt", "none", "default", "Sent before each conversation.", "")
    found = found_rows("system", [prompt, *ROWS])
    assert [row.title for row in found[:2]] == ["System prompt", "System prompt and options of this conversation"]
    assert prompt not in found_rows("conversation system", [prompt._replace(about=""), *ROWS])
