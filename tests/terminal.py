"""The program on a terminal: a real pseudo-terminal, of which every byte that it is sent can be seen."""

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
    """One terminal with the program in its foreground."""

    def __init__(self, descriptor: int, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.received = bytearray()
        """All that the program has written to it."""
        self._descriptor = descriptor
        self._news = asyncio.Event()
        self._at_end = False
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    @property
    def settings(self) -> list[object]:
        """How the line is set: echo, signals and so on."""
        return termios.tcgetattr(self._descriptor)

    def type(self, keys: str) -> None:
        """Press keys, as the bytes that they send."""
        os.write(self._descriptor, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give it another size."""
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    async def until(self, is_so: Callable[[bytes], bool], since: int = 0) -> None:
        """Wait until what it received since some byte is so."""
        while not is_so(bytes(self.received[since:])):
            assert not self._at_end, f"it ended before: {bytes(self.received[-2000:])!r}"
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 30)

    async def shows(self, text: str, since: int = 0) -> None:
        """Wait until a text was written to it."""
        await self.until(lambda received: text.encode() in received, since)

    async def ended(self) -> int:
        """Wait until the program has ended; its exit code."""
        code = await asyncio.wait_for(self.process.wait(), 30)
        # What it wrote last may still be on its way.
        self._read()
        return code

    def close(self) -> None:
        """Pull the plug."""
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
        self._news.set()


@contextlib.asynccontextmanager
async def on_terminal(
    program: Program, *arguments: str, size: tuple[int, int] = (80, 24), typed: str = ""
) -> AsyncIterator[Terminal]:
    """The program on a terminal of its own.

    Args:
        program: Whose config and data.
        arguments: The command line.
        size: Columns and lines.
        typed: What is typed before it has even begun.
    """
    ours, theirs = os.openpty()
    # Between its keys and its program stands no shell that would have asked for the size.
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    os.set_blocking(ours, False)
    if typed:
        os.write(ours, typed.encode())
    environment = program.environment({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui",
        *arguments,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    terminal = Terminal(ours, process)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        terminal.close()
