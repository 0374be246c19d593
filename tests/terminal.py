"""Runs the program on a real pseudo-terminal and records every byte it writes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.program import Program

ROOT = Path(__file__).parents[1]


class Terminal:
    """A terminal with the program in its foreground."""

    def __init__(self, descriptor: int, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.received = bytearray()
        """Everything the program has written so far."""
        self._descriptor = descriptor
        self._data_received = asyncio.Event()
        self._at_end = False
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    @property
    def settings(self) -> list[object]:
        """The line settings: echo, signals and so on."""
        return termios.tcgetattr(self._descriptor)

    def type(self, keys: str) -> None:
        """Send the bytes of key presses."""
        os.write(self._descriptor, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size."""
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    async def until(self, condition: Callable[[bytes], bool], since: int = 0) -> None:
        """Wait until the bytes received from offset `since` on meet a condition."""
        while not condition(bytes(self.received[since:])):
            assert not self._at_end, f"the program ended early: {bytes(self.received[-2000:])!r}"
            self._data_received.clear()
            await asyncio.wait_for(self._data_received.wait(), 30)

    async def shows(self, text: str, since: int = 0) -> None:
        """Wait until the program has written a text."""
        await self.until(lambda received: text.encode() in received, since)

    async def ended(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        code = await asyncio.wait_for(self.process.wait(), 30)
        # The last output may not have been read yet.
        self._read()
        return code

    def close(self) -> None:
        """Close the terminal, as when its window is closed."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 65_536)
        except OSError:
            data = b""
        if not data:
            self._at_end = True
            asyncio.get_running_loop().remove_reader(self._descriptor)
        self.received += data
        self._data_received.set()


@contextlib.asynccontextmanager
async def on_terminal(
    program: Program, *arguments: str, size: tuple[int, int] = (80, 24), typed: str = ""
) -> AsyncIterator[Terminal]:
    """Run the program on a new terminal.

    Args:
        program: The config and data to run with.
        arguments: The command-line arguments.
        size: The number of columns and lines.
        typed: Keys typed before the program starts. May be empty.
    """
    user_end, program_end = os.openpty()
    # No shell runs on this terminal that would set the size.
    fcntl.ioctl(user_end, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    os.set_blocking(user_end, False)
    if typed:
        os.write(user_end, typed.encode())
    environment = program.environment({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui",
        *arguments,
        stdin=program_end,
        stdout=program_end,
        stderr=program_end,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(program_end)
    terminal = Terminal(user_end, process)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        terminal.close()
