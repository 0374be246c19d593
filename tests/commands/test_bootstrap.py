"""The log file: where it cannot be written."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tui.commands.bootstrap import LogFile


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
