"""Runs the program on a pseudo-terminal, and records every byte of its output."""

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
from typing import Any, Protocol

import pyte

from tests.program import Program

ROOT = Path(__file__).parents[1]

ENTER = "\r"
CTRL_Q = "\x11"

OUTPUT_TIMEOUT_S = 60.0
"""How long to wait for more output, or for the end of the program. Generous, because machines may be loaded."""


class Terminal:
    """A pseudo-terminal with the program in its foreground."""

    def __init__(self, descriptor: int, process: asyncio.subprocess.Process, size: tuple[int, int]) -> None:
        self.process = process
        self.received = bytearray()
        """All output of the program."""
        self._descriptor = descriptor
        self._more_output = asyncio.Event()
        self._at_end = False
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._replayed = 0
        """Bytes of the output that the screen shows."""
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    @property
    def settings(self) -> list[Any]:
        """The terminal attributes: echo, signals and so on."""
        return termios.tcgetattr(self._descriptor)

    @settings.setter
    def settings(self, settings: list[Any]) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSANOW, settings)

    def type(self, keys: str) -> None:
        """Send the bytes of keys."""
        os.write(self._descriptor, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the size."""
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._screen.resize(lines, columns)

    @property
    def picture(self) -> str:
        """What the terminal shows now, as lines."""
        self._stream.feed(bytes(self.received[self._replayed :]))
        self._replayed = len(self.received)
        return "\n".join(self._screen.display)

    async def until_gone(self, text: str) -> None:
        """Wait until a text disappears from the screen, as when a dialog closes."""
        await self.until(lambda _: text not in self.picture)

    async def until(self, condition: Callable[[bytes], bool], since: int = 0) -> None:
        """Wait until a condition is true of the output.

        Args:
            condition: Takes the output.
            since: How many bytes of the output to skip.
        """
        while not condition(bytes(self.received[since:])):
            assert not self._at_end, f"the program ended before: {bytes(self.received[-2000:])!r}"
            self._more_output.clear()
            await asyncio.wait_for(self._more_output.wait(), OUTPUT_TIMEOUT_S)

    async def shows(self, text: str, since: int = 0) -> None:
        """Wait until a text is painted: in one piece, or in the cells of it that were different before.

        Args:
            text: On one line.
            since: How many bytes of the output to skip.
        """
        before = _picture(self._screen, bytes(self.received[:since])).count(text) if since else 0
        await self.until(lambda received: text.encode() in received[since:] or self.picture.count(text) > before)

    async def ended(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        code = await asyncio.wait_for(self.process.wait(), OUTPUT_TIMEOUT_S)
        # Output may still be buffered.
        self._read()
        return code

    def close(self) -> None:
        """Close the terminal, as when its window is closed."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        with contextlib.suppress(OSError):
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
        self._more_output.set()


def _picture(like: pyte.Screen, output: bytes) -> str:
    screen = pyte.Screen(like.columns, like.lines)
    pyte.ByteStream(screen).feed(output)
    return "\n".join(screen.display)


@contextlib.asynccontextmanager
async def on_terminal(
    program: Program,
    *arguments: str,
    size: tuple[int, int] = (80, 24),
    typed: str = "",
    term: str = "xterm-256color",
) -> AsyncIterator[Terminal]:
    """Run the program on a new pseudo-terminal.

    Args:
        program: Has the config and data.
        arguments: The command line.
        size: Columns and lines.
        typed: Input that is sent before the program starts.
        term: The kind of terminal.
    """
    ours, theirs = os.openpty()
    # No shell is involved that would set the size.
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    os.set_blocking(ours, False)
    if typed:
        os.write(ours, typed.encode())
    environment = program.environment({"TERM": term, "COLORTERM": "truecolor"})
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
    terminal = Terminal(ours, process, size)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        terminal.close()


class StartTerminal(Protocol):
    """The fixture `start_terminal`."""

    async def __call__(
        self, *arguments: str, size: tuple[int, int] = ..., typed: str = ..., wait: bool = ...
    ) -> Terminal:
        """Start the program. Arguments are those of `on_terminal`.

        Args:
            wait: Whether to wait until the app accepts keys.
        """


async def ready(terminal: Terminal) -> None:
    """Wait for the placeholder of the prompt, which is shown once the app accepts keys."""
    await terminal.shows("or / for commands")


async def quit_by_key(terminal: Terminal) -> None:
    """Quit the app, and wait until it has ended well."""
    # While an answer streams, the first one asks, and the second one answers.
    terminal.type(CTRL_Q * 2)
    assert await terminal.ended() == 0
