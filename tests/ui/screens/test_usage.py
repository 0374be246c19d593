"""The screen of usage."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.ui.running import RunningApp
from tui.chat.usage import AnswerFigures, summarize
from tui.ui.screens.usage import UsageScreen, usage_content

pytestmark = pytest.mark.usefixtures("work_folder")

DAY_S = 86_400


def figures(model: str, tokens: int, day: int = 0) -> AnswerFigures:
    """The figures of an answer."""
    return AnswerFigures("ollama", model, 1.8e9 + day * DAY_S, tokens, 0, 0.5, 40.0)


def test_bars_compare_tokens_and_every_line_fits() -> None:
    report = summarize([figures("a-model-with-quite-a-long-name:8b", 1000), figures("small", 500), figures("none", 0)])
    for width in (68, 92, 200):
        lines = usage_content(report, width).plain.splitlines()
        bars = {line.split()[0]: line.count("━") for line in lines[1:4]}
        assert max(map(len, lines)) <= width
        none, half, full = sorted(bars.values())
        assert (none, bars["none"], bars["small"]) == (0, 0, half)
        assert abs(full - 2 * half) <= 1 < full
    assert "FIRST" not in usage_content(report, 68).plain.splitlines()[0]
    assert "━" not in usage_content(report, 30).plain


def test_only_the_latest_days_are_listed() -> None:
    text = usage_content(summarize([figures("m", 1, day) for day in range(40)]), 92).plain
    assert text.count("2027-") == 30
    assert "10 earlier days" in text


async def test_usage_of_saved_answers_is_shown(app: RunningApp) -> None:
    await app.ask_and_wait("hello")
    await app.ask("/usage")
    await app.until(lambda: isinstance(app.screen, UsageScreen))
    await app.until(lambda: "echo" in str(app.screen.query_one("#tables", Static).render()))
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)


async def test_usage_says_what_to_expect_while_nothing_is_saved(app: RunningApp) -> None:
    await app.press("ctrl+p", *"usage", "enter")
    await app.until(lambda: isinstance(app.screen, UsageScreen))
    assert "No answers are saved yet." in str(app.screen.query_one(".note", Static).render())
