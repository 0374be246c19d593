"""Non-blocking writes to stdout, and errors on stderr.

A slow reader suspends the writer, but never blocks the event loop.
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.chat.safe_text import SafeTextStream, safe_line, safe_text
from tui.errors import OutputFailed
from tui.on_demand import json

_PIPE_BUF: Final = 4096
"""A pipe that is writable accepts this many bytes without blocking. Source: pipe(7), PIPE_BUF."""

_MAX_PENDING_BYTES: Final = 65_536
"""With more bytes pending, a write waits until they are written."""


class Output:
    """Standard output. Writes made without an `await` on other work in between are joined to one."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._loop = asyncio.get_running_loop()
        self._scheduled: asyncio.Handle | None = None
        """Set while the pending bytes are scheduled to be written when the event loop is next idle."""
        self._drained: asyncio.Future[None] | None = None
        """Set while the reader does not read. Resolved when all pending bytes are written."""
        self._failure: OSError | None = None
        check_stdout()
        self._descriptor = sys.stdout.fileno()
        self._encoding = sys.stdout.encoding or "utf-8"
        self.is_terminal = sys.stdout.isatty()
        self._safe_text = SafeTextStream()
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(self._descriptor, select.POLLOUT)

    @property
    def is_blocked(self) -> bool:
        """Whether the reader must read before more can be written."""
        return self._drained is not None

    async def write(self, text: str) -> None:
        """Write text. On a terminal, without its control characters.

        Raises:
            BrokenPipeError: If the reader has closed the pipe.
        """
        if self.is_terminal:
            text = self._safe_text.feed(text)
        await self._put(text.encode(self._encoding, "replace"))

    async def write_control(self, sequence: str) -> None:
        """Write one of our own escape sequences to a terminal."""
        await self._put(sequence.encode("ascii"))

    async def write_json(self, event: Mapping[str, object]) -> None:
        """Write one object on its own line. ASCII only, so that no character is split between two writes."""
        await self._put(json.dumps(event, separators=(",", ":")).encode("ascii") + b"\n")

    async def flush(self) -> None:
        """Wait until everything is written.

        Raises:
            BrokenPipeError: If the reader has closed the pipe.
            OutputFailed: If the output cannot be written for another reason, such as a full disk.
        """
        if self._drained is None:
            self._write_available()
        if self._drained is not None:
            await asyncio.shield(self._drained)
        if isinstance(self._failure, BrokenPipeError):
            raise self._failure
        if self._failure is not None:
            raise output_failed(self._failure) from self._failure

    async def _put(self, data: bytes) -> None:
        self._pending += data
        if self._drained is not None or self._failure is not None or len(self._pending) >= _MAX_PENDING_BYTES:
            await self.flush()
        elif self._scheduled is None:
            self._scheduled = self._loop.call_soon(self._write_available)

    def _write_available(self) -> None:
        """Write as much as is possible without blocking."""
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        written = 0
        try:
            while written < len(self._pending) and (self._poll is None or self._poll.poll(0)):
                written += os.write(self._descriptor, self._pending[written : written + _PIPE_BUF])
        except OSError as failure:
            self._failure = failure
            written = len(self._pending)
        del self._pending[:written]
        if self._pending and self._drained is None:
            self._drained = self._loop.create_future()
            self._loop.add_writer(self._descriptor, self._write_available)
        elif not self._pending and self._drained is not None:
            self._loop.remove_writer(self._descriptor)
            self._drained.set_result(None)
            self._drained = None


def check_stdout() -> None:
    """Check that there is a standard output.

    Raises:
        OutputFailed: If it is closed.
    """
    if sys.stdout is None:
        raise OutputFailed("Standard output is closed.", hint="Redirect it, for example with `> FILE`.")


def output_failed(cause: OSError) -> OutputFailed:
    """The error for a failed write to standard output."""
    return OutputFailed(f"Cannot write to standard output: {cause.strerror}.", hint="Is the disk full?")


def print_path(path: Path) -> None:
    """Print a path on its own line. See `print_text`."""
    print_text(safe_line(str(path)) if sys.stdout is not None and sys.stdout.isatty() else str(path))


def print_text(text: str) -> None:
    """Print a text and a newline: without control characters on a terminal, unchanged elsewhere.

    Scripts read it, and a file name in it need not be valid text.
    """
    if sys.stdout is None:
        return
    if sys.stdout.isatty():
        print(safe_text(text))
    else:
        sys.stdout.buffer.write(os.fsencode(text) + b"\n")
        sys.stdout.buffer.flush()


def print_error(message: str, hint: str = "") -> None:
    """Print one line on stderr, without control characters."""
    line = " ".join(part for part in (f"llm-tui: {safe_line(message)}", safe_line(hint)) if part)
    # If stderr is closed, there is no other place to report the error.
    if sys.stderr is not None:
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:
            return
