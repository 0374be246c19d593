"""Starts the built-in demo server when its address is first needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.demo.server import DemoServer


class DemoHost:
    """Owns the demo server of this process. Most runs never start it."""

    def __init__(self) -> None:
        self._server: DemoServer | None = None
        self._starting = asyncio.Lock()

    async def url(self) -> str:
        """The address of the demo server, which is started by the first call."""
        async with self._starting:
            if self._server is None:
                from tui.demo.server import DemoServer

                server = DemoServer()
                await server.start()
                self._server = server
            return self._server.url

    async def aclose(self) -> None:
        """Stop the server if it was started."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop()
