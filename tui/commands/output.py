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

_PIECE: Final = 4096
"""Bytes that a pipe takes without blocking once it takes any. Source: pipe(7), PIPE_BUF."""


class Output:
    """Standard output, written as things happen. Who reads slowly makes us wait, and only us: not the event loop."""

    def __init__(self) -> None:
        self._descriptor = sys.stdout.fileno()
        self._encoding = sys.stdout.encoding or "utf-8"
        self.is_terminal = sys.stdout.isatty()
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(self._descriptor, select.POLLOUT)

    async def write(self, text: str) -> None:
        """Write text, and see it out. On a terminal without anything that it would obey.

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

    async def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            if self._poll is not None and not self._poll.poll(0):
                await _writable(self._descriptor)
            rest = rest[os.write(self._descriptor, rest[:_PIECE]) :]


def complain(message: str, hint: str = "") -> None:
    """One line on stderr, free of anything that a terminal would obey."""
    line = " ".join(part for part in (f"llm-tui: {safe_line(message)}", safe_line(hint)) if part)
    # A closed stderr takes no complaint, and there is nobody to tell.
    if sys.stderr is not None:
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:
            return


async def _writable(descriptor: int) -> None:
    """Wait until a pipe or a terminal takes more. Files always do."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(descriptor, _wake, ready)
    try:
        await ready
    finally:
        loop.remove_writer(descriptor)


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
