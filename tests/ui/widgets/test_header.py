"""StatusBar: the text of its parts, and how it fits into narrow lines."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from tui.ui.widgets.status_bar import StatusBar, format_context, format_meter, sparkline

from tui.chat.context import ContextUse
from tui.workspace.turn_stats import TurnProgress


@pytest.mark.parametrize(
    ("meter", "text"),
    [
        (TurnProgress("connecting", 0.25, 0.25), "connecting 0.25 s"),
        (TurnProgress("waiting", 2.14, 3.0), "waiting for the first token 2.1 s"),
        (TurnProgress("waiting", 2.0, 2.0, follows_stopped_turn=True), "waiting for the first token 2.0 s"),
        (
            TurnProgress("waiting", 4.0, 4.0, follows_stopped_turn=True),
            "server may still be finishing the stopped answer (4.0 s)",
        ),
        (TurnProgress("loading", 12.2, 13.0), "loading the model 12 s"),
        (TurnProgress("queued", 12.2, 13.0), "queued 12 s"),
        (TurnProgress("reading", 2.1, 3.0, fraction=0.434), "reading the prompt 43% 2.1 s"),
        (TurnProgress("loading", 2.1, 3.0, fraction=0.0), "loading the model 0% 2.1 s"),
        (TurnProgress("retrying", 2.0, 3.0, left_s=3.04), "retrying in 3.0 s"),
        (TurnProgress("thinking", 4.0, 5.0, first_token_s=1.0), "thinking 4.0 s · first token 1.0 s"),
        (
            TurnProgress("answering", 4.0, 5.0, first_token_s=1.0, chunks_per_second=41.7),
            "streaming 4.0 s · 42 tok/s · first token 1.0 s",
        ),
        (TurnProgress("answering", 20.0, 21.0, silent_s=8.0), "silent for 8.0 s"),
    ],
)
def test_meter_describes_the_stage_of_the_turn(meter: TurnProgress, text: str) -> None:
    assert format_meter(meter) == text


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (60, "streaming 4.0 s · 42 tok/s · first token 1.0 s"),
        (45, "streaming 4.0 s · 42 tok/s"),
        (20, "streaming 4.0 s"),
        (3, "streaming 4.0 s"),
    ],
)
def test_meter_drops_details_on_narrow_lines(width: int, text: str) -> None:
    meter = TurnProgress("answering", 4.0, 5.0, first_token_s=1.0, chunks_per_second=41.7)

    assert format_meter(meter, width) == text


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (ContextUse(950), "context 950"),
        (ContextUse(1_234, 4_096), "context 1.2k of 4.1k (30%)"),
        (ContextUse(131_072, 131_072), "context 131k of 131k (100%)"),
    ],
)
def test_context_shows_used_and_total_tokens(use: ContextUse, text: str) -> None:
    assert format_context(use) == text


def test_sparkline_scales_rates_to_bars() -> None:
    assert sparkline((0.0, 2.0, 4.0, 8.0)) == "▁▂▃▆"
    assert sparkline((3.0, 3.0)) == "▆▆"
    assert sparkline((0.0, 0.0)) == ""
    assert sparkline(()) == ""


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (60, "ollama · m  ▃▆  streaming 4.0 s · 42 tok/s"),
        (72, "ollama · m · context 86 of 100 (86%)     ▃▆  streaming 4.0 s · 42 tok/s"),
        (44, "ollama · m    ▃▆  streaming 4.0 s · 42 tok/s"),
        (38, "ollama · m  streaming 4.0 s · 42 tok/s"),
    ],
)
async def test_narrow_line_drops_the_context_then_the_sparkline(width: int, text: str) -> None:
    class OneLine(App[None]):
        def compose(self) -> ComposeResult:
            yield StatusBar()

    app = OneLine()
    async with app.run_test(size=(width + 4, 3)) as pilot:
        bar = app.query_one(StatusBar)
        bar.provider, bar.model = "ollama", "m"
        bar.context = ContextUse(86, 100)
        bar.progress = TurnProgress("answering", 4.0, 5.0, chunks_per_second=41.7, rates=(1.0, 2.0))
        await pilot.pause()
        assert " ".join(str(bar.render()).split()) == " ".join(text.split())
