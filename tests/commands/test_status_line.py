"""The progress of long work."""

from __future__ import annotations

import io
import sys

import pytest

from tui.commands.status_line import WorkProgress


class SteppedClock:
    """A clock that only the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class TerminalStream(io.StringIO):
    """Text that is written to a terminal."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


def test_short_work_prints_nothing_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    progress = WorkProgress("exporting", SteppedClock())
    progress.update(0.5, "1 of 2")
    progress.clear()
    assert capfd.readouterr().err == ""


def test_long_work_prints_a_line_now_and_then(capfd: pytest.CaptureFixture[str]) -> None:
    clock = SteppedClock()
    progress = WorkProgress("exporting", clock)
    for second in range(21):
        clock.now = float(second)
        progress.update(second / 20, f"{second} of 20")
    assert capfd.readouterr().err.splitlines() == [
        "exporting  5 %  1 of 20  19 s left",
        "exporting  55 %  11 of 20  9.0 s left",
    ]


def test_terminal_shows_a_bar_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, terminal = SteppedClock(), TerminalStream()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = WorkProgress("exporting", clock)
    for now, fraction in ((0.0, 0.0), (0.05, 0.1), (5.0, 0.5)):
        clock.now = now
        progress.update(fraction, f"{fraction:.1f} of it")
    progress.clear()
    first, second, gone, rest = terminal.getvalue().split("\r")[1:]
    assert first.startswith("exporting  [----")
    assert "(Ctrl+C stops)" in first
    assert " 50 %  0.5 of it  5.0 s left  (Ctrl+C stops)" in second
    assert "###---" in second
    assert max(map(len, (first, second))) < 80
    assert gone.strip() == rest == ""


def test_label_is_cleaned_and_long_lines_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = TerminalStream()
    monkeypatch.setattr(sys, "stderr", terminal)
    WorkProgress("importing \x1b[2J" + "x" * 200, SteppedClock()).update(None, "5 conversations")
    assert "\x1b" not in terminal.getvalue()
    assert len(terminal.getvalue()) <= 80


def test_narrow_terminal_keeps_figures_before_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = TerminalStream()
    monkeypatch.setattr(sys, "stderr", terminal)
    WorkProgress("exporting", SteppedClock()).update(0.5, "50,000 of 100,000 conversations of this file")
    assert terminal.getvalue() == "\rexporting  [######-------]   50 %  50,000 of 100,000 conversations of this file"
