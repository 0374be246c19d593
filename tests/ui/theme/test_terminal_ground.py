"""Reading the terminal's ground."""

from __future__ import annotations

import pytest

from tui.ui.theme.terminal_ground import has_dark_ground, is_dark_response


@pytest.mark.parametrize(
    ("value", "is_dark"), [("15;0", True), ("0;15", False), ("0;default;7", False), ("12;8", True), ("", True)]
)
def test_environment_tells_the_ground(value: str, is_dark: bool) -> None:
    assert has_dark_ground({"COLORFGBG": value}) is is_dark


@pytest.mark.parametrize(
    ("response", "is_dark"),
    [
        ("rgb:0000/0000/0000", True),
        ("rgb:ffff/ffff/ffff", False),
        ("rgb:1c1c/1c1c/1c1c", True),
        ("rgb:fd/f6/e3", False),
        ("rgb:f/f/f", False),
        ("rgba:ffff/ffff/ffff/8000", False),
        ("rgb:28/28", None),
        ("?", None),
        ("", None),
    ],
)
def test_response_of_the_terminal_tells_the_ground(response: str, is_dark: bool | None) -> None:
    assert is_dark_response(response) is is_dark


def test_without_a_word_from_the_environment_the_ground_is_dark() -> None:
    assert has_dark_ground({})
