"""What every command does first: the log file, and long work on the file of the conversations."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from tests.commands.test_status_line import TerminalStream
from tui.commands.bootstrap import LogFile, StoreWorkReporter
from tui.store.store_work import StoreWork


def record() -> logging.LogRecord:
    return logging.LogRecord("tui", logging.INFO, __file__, 1, "line", None, None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="requires /dev/full")
@pytest.mark.parametrize("reports_at_once", [True, False])
def test_full_log_is_reported_once_at_once_or_at_the_end(
    capsys: pytest.CaptureFixture[str], reports_at_once: bool
) -> None:
    handler = LogFile(Path("/dev/full"), reports_at_once=reports_at_once)
    handler.handle(record())
    handler.handle(record())
    assert capsys.readouterr().err.count("Cannot write the log file /dev/full") == reports_at_once
    # As `logging.shutdown` does.
    handler.flush()
    handler.close()
    handler.close()
    assert capsys.readouterr().err.count("Cannot write the log file /dev/full") == (not reports_at_once)


def test_log_is_appended_and_survives_odd_characters(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for text in ("first", "caf\udce9"):
        handler = LogFile(path, reports_at_once=True)
        handler.handle(logging.makeLogRecord({"msg": text}))
        handler.close()
    assert path.read_text() == "first\ncaf\\udce9\n"


def test_mistake_in_a_log_call_is_not_taken_for_a_full_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = LogFile(tmp_path / "log", reports_at_once=True)
    handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("x",)}))
    handler.close()
    assert "Cannot write" not in capsys.readouterr().err


@pytest.mark.parametrize("draws_bar", [True, False])
def test_long_work_is_a_bar_only_where_one_may_be_drawn(monkeypatch: pytest.MonkeyPatch, draws_bar: bool) -> None:
    terminal = TerminalStream()
    monkeypatch.setattr(sys, "stderr", terminal)
    show = StoreWorkReporter(draws_bar=draws_bar)
    show(StoreWork("upgrading conversations", 0.5))
    show(StoreWork("upgrading conversations", 0.5, "stopped"))
    *drawn, said = terminal.getvalue().split("\r")
    assert any("upgrading conversations  [####" in line for line in drawn) == draws_bar
    assert said.strip() == ("llm-tui: Stopped: the saved conversations are as they were. The next start upgrades them.")
