"""The file with a server's stderr."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.errors import ToolServerError
from tui.tools.server_log import ServerLog


def test_last_lines_are_those_since_the_start(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "logs" / "x.log")
    log.open().write(b"before\n")
    file = log.open()
    file.write(b"--- started by process 5\none\n\n\x1b[2Jtwo \xff\nthree")

    assert log.last_lines(2) == ("␛[2Jtwo \ufffd", "three")
    assert log.last_lines(9) == ("one", "␛[2Jtwo \ufffd", "three")
    log.close()
    assert log.last_lines(2) == ()


def test_temporary_file_is_used_without_a_path() -> None:
    log = ServerLog(None)
    log.open().write(b"one\n")

    assert log.last_lines(5) == ("one",)
    log.close()


def test_file_that_was_shortened_meanwhile_is_read_from_its_start(tmp_path: Path) -> None:
    log = ServerLog(tmp_path / "x.log")
    log.open().write(b"x" * 100)
    file = log.open()
    os.ftruncate(file.fileno(), 0)
    file.write(b"end\n")

    assert log.last_lines(5) == ("end",)
    log.close()


def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ToolServerError, match="Cannot write"):
        ServerLog(tmp_path / "file" / "x.log").open()


def test_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "x.log").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ToolServerError, match="Cannot write"):
        ServerLog(tmp_path / "x.log").open()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("process", [b"1", b"0", b"-1", b"99999999999999999999"])
def test_only_a_child_is_terminated(tmp_path: Path, process: bytes) -> None:
    log = ServerLog(tmp_path / "x.log")
    log.open().write(b"--- started by process %s\n" % process)

    log.terminate_guard()

    log.close()
    log.terminate_guard()
