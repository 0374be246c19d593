"""Lines on stdout and stderr. Nobody's slowness blocks us, and a closed pipe ends quietly."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
from collections.abc import Mapping
from typing import Final

from tui.chat.safe_text import safe_line, safe_text
from tui.errors import OutputFailed

_PIECE: Final = 4096
"""Bytes that a pipe takes without blocking once it takes any. Source: pipe(7), PIPE_BUF."""


_MOST_HELD: Final = 65_536
"""Bytes that are gathered before they are written without waiting for a pause."""


class Output:
    """Standard output, written as things happen: what comes at once in one piece, and before anything is waited for.

    Who reads slowly makes us wait, and only us: not the event loop.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.Handle | None = None
        """Set while what is pending will be written as soon as nothing else is to be done."""
        self._room: asyncio.Future[None] | None = None
        """Set while nobody reads. Done when all that is pending is out."""
        self._failure: OSError | None = None
        if sys.stdout is None:
            raise OutputFailed("Standard output is closed.", hint="Send it somewhere, such as `> FILE`.")
        self._descriptor = sys.stdout.fileno()
        self._encoding = sys.stdout.encoding or "utf-8"
        self.is_terminal = sys.stdout.isatty()
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(self._descriptor, select.POLLOUT)

    @property
    def is_stuck(self) -> bool:
        """Whether something waits to be read before more can be written."""
        return self._room is not None

    async def write(self, text: str) -> None:
        """Write text. On a terminal without anything that it would obey.

        Raises:
            BrokenPipeError: When nobody reads any more.
        """
        if self.is_terminal:
            text = safe_text(text)
        await self._put(text.encode(self._encoding, "replace"))

    async def write_control(self, sequence: str) -> None:
        """Write one of our own escape sequences to a terminal."""
        await self._put(sequence.encode("ascii"))

    async def write_json(self, event: Mapping[str, object]) -> None:
        """Write one object on a line of its own. ASCII only, so that no line is ever torn."""
        await self._put(json.dumps(event, separators=(",", ":")).encode("ascii") + b"\n")

    async def flush(self) -> None:
        """See everything out.

        Raises:
            BrokenPipeError: When nobody reads any more.
            OutputFailed: When it cannot be written for another reason, such as a full disk.
        """
        if self._room is None:
            self._write_on()
        if self._room is not None:
            await asyncio.shield(self._room)
        if isinstance(self._failure, BrokenPipeError):
            raise self._failure
        if self._failure is not None:
            raise output_failed(self._failure) from self._failure

    async def _put(self, data: bytes) -> None:
        self._pending += data
        if self._room is not None or self._failure is not None or len(self._pending) >= _MOST_HELD:
            await self.flush()
        elif self._due is None:
            self._due = self._loop.call_soon(self._write_on)

    def _write_on(self) -> None:
        """Write what can be written at once."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        written = 0
        try:
            while written < len(self._pending) and (self._poll is None or self._poll.poll(0)):
                written += os.write(self._descriptor, self._pending[written : written + _PIECE])
        except OSError as failure:
            self._failure = failure
            written = len(self._pending)
        del self._pending[:written]
        if self._pending and self._room is None:
            self._room = self._loop.create_future()
            self._loop.add_writer(self._descriptor, self._write_on)
        elif not self._pending and self._room is not None:
            self._loop.remove_writer(self._descriptor)
            self._room.set_result(None)
            self._room = None


def output_failed(cause: OSError) -> OutputFailed:
    """Why nothing more can be written to standard output."""
    return OutputFailed(f"Standard output cannot be written: {cause.strerror}.", hint="Is the disk full?")


def print_error(message: str, hint: str = "") -> None:
    """One line on stderr, free of anything that a terminal would obey."""
    line = " ".join(part for part in (f"llm-tui: {safe_line(message)}", safe_line(hint)) if part)
    # A closed stderr takes no complaint, and there is nobody to tell.
    if sys.stderr is not None:
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:
            return
