"""The progress of a download without a terminal: lines now and then."""

from __future__ import annotations

import pytest

from tui.chat.model_info import ModelProgress
from tui.commands.action_output import TextActionOutput
from tui.commands.output import Output

GIGABYTE = 10**9


class SteppedClock:
    """A clock that only the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_line_is_printed_for_each_tenth(capfd: pytest.CaptureFixture[str]) -> None:
    shown = TextActionOutput(Output(), lambda: 0.0)
    for percent in range(101):
        await shown.progress(ModelProgress("downloading", percent * GIGABYTE, 100 * GIGABYTE, percent / 100))

    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[:2] == ["downloading  0 %  0 B of 100 GB", "downloading  10 %  10.0 GB of 100 GB"]
    assert lines[-1] == "downloading  100 %  100 GB of 100 GB"


async def test_slow_download_prints_a_line_every_ten_seconds(capfd: pytest.CaptureFixture[str]) -> None:
    clock = SteppedClock()
    shown = TextActionOutput(Output(), clock)
    for second in range(21):
        await shown.progress(ModelProgress("downloading", second * 10**6))
        clock.now += 1

    assert capfd.readouterr().err.splitlines() == ["downloading  0 B", "downloading  10.0 MB", "downloading  20.0 MB"]


async def test_repeated_report_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    clock = SteppedClock()
    shown = TextActionOutput(Output(), clock)
    for _ in range(100):
        await shown.progress(ModelProgress("paused", 5, 10, 0.5))
        clock.now += 1

    assert capfd.readouterr().err == "paused  50 %  5 B of 10 B\n"


async def test_status_of_a_server_is_cleaned(capfd: pytest.CaptureFixture[str]) -> None:
    await TextActionOutput(Output(), lambda: 0.0).progress(ModelProgress("\x1b[2J\n"))

    assert capfd.readouterr().err == "␛[2J\n"
