"""What is wrong with the theme and the keys."""

from __future__ import annotations

import pytest

from tui.config.settings import Settings
from tui.ui.settings_check import key_problems, theme_problems


def test_default_settings_have_no_problems() -> None:
    assert [*theme_problems(Settings()), *key_problems(Settings())] == []


def test_unknown_theme_suggests_a_similar_one() -> None:
    assert list(theme_problems(Settings(theme="grovbox"))) == ["Unknown theme 'grovbox'. Did you mean 'gruvbox'?"]
    assert list(theme_problems(Settings(theme="daylight"))) == []
    assert list(theme_problems(Settings(theme="lamplight-16"))) == []


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"cancel_steam": "f12"}, "unknown action 'cancel_steam'. Did you mean 'cancel_stream'?"),
        ({"quit": "ctrl+escpe"}, "'ctrl+escpe' is not a key: did you mean 'escape'?"),
        ({"quit": "hyperctrl+q"}, "is not a key"),
        ({"quit": "ctrl+n"}, "both use 'ctrl+n'"),
        ({"send": " , "}, "send is empty: it keeps its default key, Enter, because nothing could be sent without one."),
    ],
)
def test_each_kind_of_key_problem_is_named(keys: dict[str, str], problem: str) -> None:
    problems = list(key_problems(Settings(keys=keys)))
    assert any(problem in text for text in problems), problems
