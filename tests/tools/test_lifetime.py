"""However a program with tool servers ends, it ends soon, and no process of theirs is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import Record, processes_marked, wait_until_gone
from tui.tools import guard

EVERYTHING = ("fork", "daemon", "ignore-end")


async def start_program(folder: Path, *faults: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.tools.client_program",
        str(folder),
        *faults,
        cwd=Path(__file__).parent.parent.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, processes can leave their group")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
async def test_nothing_is_left_when_the_program_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    process = await start_program(tmp_path, *EVERYTHING)
    # With the program itself: the guard, the server, its child, and the one that left the group.
    assert len(processes_marked(str(tmp_path))) == 5

    process.send_signal(number)

    assert await process.wait() == -number
    await wait_until_gone(str(tmp_path))


@pytest.mark.parametrize("faults", [EVERYTHING, ("hang",), ()])
async def test_nothing_is_left_after_an_interrupt(tmp_path: Path, record: Record, faults: tuple[str, ...]) -> None:
    process = await start_program(tmp_path, *faults)
    await record.wait_for("method")

    process.send_signal(signal.SIGINT)
    out, _ = await process.communicate()

    assert out == b"closing\nclosed\n"
    assert process.returncode == 130 or process.returncode == -signal.SIGINT
    await wait_until_gone(str(tmp_path))


@pytest.mark.parametrize("faults", [EVERYTHING, ("hang",)])
async def test_second_interrupt_does_not_hang(tmp_path: Path, record: Record, faults: tuple[str, ...]) -> None:
    process = await start_program(tmp_path, *faults)
    await record.wait_for("method")
    assert process.stdout is not None

    process.send_signal(signal.SIGINT)
    assert await process.stdout.readline() == b"closing\n"
    process.send_signal(signal.SIGINT)
    await process.communicate()

    await wait_until_gone(str(tmp_path))


@pytest.mark.parametrize("faults", [EVERYTHING, ("hang",)])
async def test_event_loop_that_ends_first_does_not_hang(tmp_path: Path, faults: tuple[str, ...]) -> None:
    process = await start_program(tmp_path, "forget", *faults)

    out, _ = await process.communicate()

    assert out == b"closing\nclosed\n"
    assert process.returncode == 0
    await wait_until_gone(str(tmp_path))


async def run_guard(folder: Path, *command: str, stdin: bytes = b"") -> tuple[int | None, bytes, str]:
    """The exit code of a guard, what it passes on, and its log."""
    log = folder / "guard.log"
    with log.open("a+b") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", guard.__file__, str(os.getpid()), "1000", "1000", *command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            start_new_session=True,
        )
        out, _ = await process.communicate(stdin)
    started, _, text = log.read_text().partition("\n")
    # A long log has lost it.
    return process.returncode, out, text if started == f"--- started by process {process.pid}" else f"{started}\n{text}"


async def test_guard_passes_on_input_output_and_exit_code(tmp_path: Path) -> None:
    code = "import sys; print(input()); print('words', file=sys.stderr); sys.exit(5)"

    assert await run_guard(tmp_path, sys.executable, "-c", code, stdin=b"hello\n") == (5, b"hello\n", "words\n")


async def test_guard_passes_on_all_output_of_a_server_that_ends(tmp_path: Path) -> None:
    code = "import sys\nfor number in range(20000): print(number)"

    _, out, _ = await run_guard(tmp_path, sys.executable, "-c", code)

    assert out.split() == [b"%d" % number for number in range(20000)]


async def test_guard_says_if_the_program_does_not_exist(tmp_path: Path) -> None:
    code, out, log = await run_guard(tmp_path, "/no/such/program")

    assert (code, out) == (127, b"")
    assert log == "Cannot start /no/such/program: No such file or directory\n"


async def test_guard_keeps_the_end_of_the_log(tmp_path: Path) -> None:
    code = "import sys\nfor number in range(500): print(number, file=sys.stderr, flush=True)"

    _, _, log = await run_guard(tmp_path, sys.executable, "-c", code)

    assert len(log) <= 1000
    assert "started" not in log
    assert log.endswith("498\n499\n")


@pytest.mark.parametrize(("line", "is_too_long"), [(1000, False), (1001, True)])
async def test_guard_ends_a_server_with_a_too_long_line(tmp_path: Path, line: int, is_too_long: bool) -> None:
    half = line // 2
    code = (
        "import sys, time\n"
        f"for size in ({half}, {line - half}): sys.stdout.write('x' * size); sys.stdout.flush(); time.sleep(0.05)\n"
        "print(); print('y')"
    )

    _, out, log = await run_guard(tmp_path, sys.executable, "-c", code)

    assert (out == b"x" * line + b"\ny\n") != is_too_long
    assert ("a line of more than 1000 bytes" in log) == is_too_long


async def test_guard_whose_parent_has_ended_before_ends(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        # Process 1 is not its parent.
        *(sys.executable, "-I", guard.__file__, "1", "1000", "1000", sys.executable, "-c", "input()", str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    await process.wait()

    await wait_until_gone(str(tmp_path))
    assert process.stdin is not None
    process.stdin.close()
