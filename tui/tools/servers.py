"""All tool servers of one program run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from tui.chat.tool_servers import PromptSpec, ResourceSpec, ServerContent, ServerState
from tui.chat.tools import ToolResult, ToolSpec
from tui.errors import ToolServerError
from tui.tools.options import ServerOptions, ToolServerConfig
from tui.tools.server import OnProgress, ToolServer
from tui.tools.server_log import ServerLog

if TYPE_CHECKING:
    from tui.tools.client import OnElicitation

_T = TypeVar("_T")


class ToolServers:
    """Owns the configured servers. Each starts when it is first needed, and ends with `aclose` at the latest."""

    def __init__(self, config: ToolServerConfig) -> None:
        """Args:
        config: The servers and their limits.
        """
        self.on_changed: Callable[[str], None] = lambda _: None
        """Called with the name of a server whose state has changed, or what it offers."""
        self.on_elicitation: OnElicitation | None = None
        """Asks the user a server's question. None tells servers that are started that it cannot ask."""
        self._config = config
        self._servers = {name: self._new(options) for name, options in config.servers.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """The servers, in the order of the config."""
        return tuple(self._servers)

    @property
    def states(self) -> tuple[ServerState, ...]:
        """What each server is doing. Those that could not be started have the reason."""
        return tuple(server.state for server in self._servers.values())

    def state(self, name: str) -> ServerState:
        """What a server is doing.

        Raises:
            ToolServerError: If there is no server with that name.
        """
        return self._server(name).state

    async def specs(self, names: Collection[str] | None = None) -> tuple[ToolSpec, ...]:
        """The tools of some servers, listed anew. Starts servers that are not up; a failure is in the server's state.

        A server that could not be started is not tried again before `restart`.

        Args:
            names: The servers. None means all; names that are not configured are ignored.
        """
        return await self._gather(names, ToolServer.tools)

    async def prompts(self, names: Collection[str] | None = None) -> tuple[PromptSpec, ...]:
        """The prompts of some servers. Like `specs`."""
        return await self._gather(names, ToolServer.prompts)

    async def resources(self, names: Collection[str] | None = None) -> tuple[ResourceSpec, ...]:
        """The resources of some servers. Like `specs`."""
        return await self._gather(names, ToolServer.resources)

    async def call(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any],
        on_progress: OnProgress | None = None,
        *,
        fingerprint: str | None = None,
    ) -> ToolResult:
        """Call a tool. What goes wrong is a result too, for the model. If the caller is cancelled, the server is told.

        Args:
            server: The server's name.
            tool: The tool's name on it.
            arguments: The arguments. They are checked against the tool's schema.
            on_progress: Called with the server's reports of progress, which may come often.
            fingerprint: The fingerprint of the tool that was approved. It does not run if the server has changed it
                since. None runs it as it is now.
        """
        try:
            found = self._server(server)
        except ToolServerError as error:
            return ToolResult(str(error), is_error=True)
        return await found.call(tool, arguments, on_progress, fingerprint=fingerprint)

    async def get_prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> ServerContent:
        """The text of a server's prompt.

        Raises:
            ToolServerError: If the server cannot be asked, or refuses.
        """
        return await self._server(server).get_prompt(name, arguments)

    async def read_resource(self, server: str, uri: str) -> ServerContent:
        """The content of a server's resource.

        Raises:
            ToolServerError: If the server cannot be asked, or refuses.
        """
        return await self._server(server).read_resource(uri)

    async def restart(self, name: str) -> None:
        """End a server and start it again, also if it could not be started before.

        Raises:
            ToolServerError: If it cannot be started, or there is no server with that name.
        """
        await self._server(name).restart()

    async def configure(self, config: ToolServerConfig) -> None:
        """Use other settings. Ends the servers that are no longer there, or are reached in another way."""
        old, old_config, self._config = self._servers, self._config, config
        kept = {}
        if (config.limits, config.log_folder) == (old_config.limits, old_config.log_folder):
            kept = {name: server for name, server in old.items() if config.servers.get(name) == server.options}
        self._servers = {name: kept.get(name) or self._new(options) for name, options in config.servers.items()}
        await self._close(server for name, server in old.items() if name not in kept)

    async def aclose(self) -> None:
        """End all servers. They end together: the slowest decides."""
        await self._close(self._servers.values())

    async def _close(self, servers: Iterable[ToolServer]) -> None:
        """End servers. Not interrupted by a cancellation: the event loop must not end before the servers' tasks."""
        running: set[asyncio.Task[None]] = {asyncio.create_task(server.aclose()) for server in servers}
        cancelled: asyncio.CancelledError | None = None
        while running:
            try:
                _, running = await asyncio.wait(running)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def _new(self, options: ServerOptions) -> ToolServer:
        folder = self._config.log_folder
        log = ServerLog(folder / f"{options.name}.log" if folder is not None and not options.url else None)
        return ToolServer(
            options,
            self._config.limits,
            log,
            on_changed=lambda: self.on_changed(options.name),
            on_elicitation=lambda: self.on_elicitation,
        )

    def _server(self, name: str) -> ToolServer:
        server = self._servers.get(name)
        if server is None:
            raise ToolServerError(f"There is no tool server {name!r}.", hint="Add it to the config.")
        return server

    async def _gather(
        self, names: Collection[str] | None, ask: Callable[[ToolServer], Awaitable[tuple[_T, ...]]]
    ) -> tuple[_T, ...]:
        async def answers(server: ToolServer) -> tuple[_T, ...]:
            try:
                return await ask(server)
            except ToolServerError:
                # The reason is in the server's state.
                return ()

        servers = [server for name, server in self._servers.items() if names is None or name in names]
        found = await asyncio.gather(*map(answers, servers))
        return tuple(item for items in found for item in items)
