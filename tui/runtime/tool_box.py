"""The configured tool servers as the tools of a session."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from tui.chat.tools import ToolResult, ToolSpec

if TYPE_CHECKING:
    from tui.session.tool_box import OnProgress
    from tui.tools.servers import ToolServers


class ServerToolBox:
    """The tools of some of the configured servers. Implements `tui.session.tool_box.ToolBox`."""

    def __init__(self, servers: ToolServers, names: Collection[str]) -> None:
        """Args:
        servers: All servers.
        names: Those whose tools are on.
        """
        self._servers = servers
        self._names = tuple(names)

    async def specs(self) -> tuple[ToolSpec, ...]:
        """The tools of the servers, which are started if need be."""
        return await self._servers.specs(self._names)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why tools of some servers are missing."""
        return tuple(state.reason for state in self._servers.states if state.name in self._names and state.reason)

    async def argument_problem(self, spec: ToolSpec, arguments: Mapping[str, Any]) -> str:
        """Why arguments do not fit the tool's schema."""
        from tui.tools.arguments import argument_problem, load

        # The library takes almost half a second to import.
        await asyncio.to_thread(load)
        problem = argument_problem(spec.schema, arguments)
        return f"Not run: the arguments do not fit the tool's schema.\n{problem}" if problem else ""

    async def call(self, spec: ToolSpec, arguments: Mapping[str, Any], on_progress: OnProgress) -> ToolResult:
        """Call a tool. It does not run if the server has changed it since it was listed, and so since the approval."""
        return await self._servers.call(spec.server, spec.name, arguments, on_progress, fingerprint=spec.fingerprint)
