"""One tool server: starts it when it is needed, lists what it offers, and calls its tools.

What needs the SDK is imported behind the first request, when a thread has imported the SDK.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui.chat.tool_servers import Elicitation, ElicitationAnswer, PromptSpec, ResourceSpec, ServerContent, ServerState
from tui.chat.tools import ToolResult, ToolSpec
from tui.errors import ToolServerError
from tui.tools.call_limits import CallLimits
from tui.tools.connection import CONNECTION_CLOSED, Connection, is_refused
from tui.tools.options import ConnectionMode, ServerOptions, ToolLimits
from tui.tools.sdk import load_sdk
from tui.tools.server_log import ServerLog

if TYPE_CHECKING:
    from mcp import Client, types

    from tui.tools.client import OnElicitation

_T = TypeVar("_T")

OnProgress = Callable[[float, float | None, str], None]
"""Called with what is done, of how much (None if unknown), and the server's words (may be empty). May come often."""

_LOG_LINES: Final = 5
_TIMED_OUT: Final = -32001
_MAX_PAGES: Final = 100
_NO_LIMIT_S: Final = 1e9


class ToolServer:
    """A configured server. Starts at the first use; starts again at the next use after it has ended."""

    def __init__(
        self,
        options: ServerOptions,
        limits: ToolLimits,
        log: ServerLog,
        on_changed: Callable[[], None],
        on_elicitation: Callable[[], OnElicitation | None],
    ) -> None:
        """Args:
        options: How it is reached.
        limits: The limits of its answers.
        log: The file for its stderr, if it is a program.
        on_changed: Called when its state has changed, or what it offers.
        on_elicitation: Returns the function that asks the user its questions. None if there is none.
        """
        self.options = options
        self.limits = limits
        self._log = log
        self._on_changed = on_changed
        self._on_elicitation = on_elicitation
        self._connection: Connection | None = None
        self._start_lock = asyncio.Lock()
        self._limits_of_calls = CallLimits()
        self._tools: dict[str, ToolSpec] | None = None
        """The tools by name. None if they must be listed."""
        self._prompts: tuple[PromptSpec, ...] | None = None
        self._resources: tuple[ResourceSpec, ...] | None = None
        self._has_failed_to_start = False
        self._state = ServerState(options.name, log=None if options.url else log.path)

    @property
    def state(self) -> ServerState:
        """What it is doing."""
        return self._state

    # Its life.

    async def start(self, *, again: bool = False) -> None:
        """Start the server, unless it runs.

        Args:
            again: Whether to try again if the last start has failed.

        Raises:
            ToolServerError: If it cannot be started, or the last start has failed.
        """
        if again:
            self._has_failed_to_start = False
        self._raise_last_failure()
        await (await self._open_connection()).client()

    async def restart(self) -> None:
        """End the server, and start it again.

        Raises:
            ToolServerError: If it cannot be started.
        """
        await self.aclose()
        await self.start(again=True)

    async def aclose(self) -> None:
        """End the server. Callers that wait for an answer get an error."""
        if self._connection is not None:
            await self._connection.aclose(self.limits.close_s)

    def _raise_last_failure(self) -> None:
        """Raise the error of the last start, if it took time to fail."""
        if self._has_failed_to_start:
            raise ToolServerError(self._state.reason, hint=self._state.hint)

    async def _open_connection(self) -> Connection:
        """The connection, opened if there is none. Concurrent callers share one."""
        async with self._start_lock:
            if self._connection is not None and self._connection.is_over:
                # The old process may need some time to end.
                await self._connection.wait(self.limits.close_s)
                self._connection = None
            if self._connection is None:
                try:
                    await self._prepare()
                except ToolServerError as error:
                    # Found at once, so it can be tried again each time.
                    self._set_failed(error)
                    raise
                self._connection = self._new_connection()
            return self._connection

    async def _prepare(self) -> None:
        self._set(status="starting", reason="", hint="", log_lines=())
        await load_sdk()
        program = self.options.command[0] if self.options.command else ""
        if program and shutil.which(program, path=self.options.env.get("PATH")) is None:
            raise ToolServerError(
                f"The tool server {self.options.name} cannot be started: there is no program {program}.",
                hint="Install it, or give its full path in the config.",
            )

    def _new_connection(self) -> Connection:
        options = self.options
        modes: tuple[ConnectionMode, ...] = ("auto", "legacy") if options.mode == "auto" else ("legacy",)
        self._tools = self._prompts = self._resources = None
        connection = Connection(options.name, options.place, self._connect, modes, self.limits.open_s)
        connection.on_kill = self._log.terminate_guard
        connection.on_ended = self._handle_ended
        connection.on_lists_changed = self._handle_lists_changed
        connection.on_opened = self._handle_opened
        return connection

    def _connect(self, mode: ConnectionMode, connection: Connection) -> AbstractAsyncContextManager[Client]:
        from tui.tools.client import make_client

        return make_client(
            self.options,
            self.limits,
            None if self.options.url else self._log.open(),
            mode,
            on_closed=connection.server_closed,
            on_http_error=connection.note_http_error,
            on_list_changed=connection.on_lists_changed,
            on_elicitation=self._asking(),
        )

    def _asking(self) -> OnElicitation | None:
        """The function that asks the user, as long as calls run, with their clock stopped meanwhile."""
        ask = self._on_elicitation()
        if ask is None:
            return None

        async def asking(question: Elicitation) -> ElicitationAnswer:
            answer = await self._limits_of_calls.wait_for_user(lambda: ask(question))
            return answer or ElicitationAnswer("cancel")

        return asking

    def _handle_opened(self, client: Client) -> None:
        self._has_failed_to_start = False
        self._set(status="up", version=client.protocol_version, instructions=client.instructions or "")

    def _handle_lists_changed(self) -> None:
        self._tools = self._prompts = self._resources = None
        self._on_changed()

    def _handle_ended(self, connection: Connection) -> None:
        self._tools = self._prompts = self._resources = None
        if connection.was_closed_by_us:
            self._set(status="down", reason="", hint="", version="")
        elif connection.failure is not None:
            # Each prompt would wait for another start. Only a refused connection is known at once.
            self._has_failed_to_start = not is_refused(connection.failure.__cause__)
            self._set_failed(connection.failure)
        else:
            self._set_failed(ToolServerError(f"The tool server {self.options.name} ended."))
        self._log.close()

    def _set_failed(self, error: ToolServerError) -> None:
        lines = self._log.last_lines(_LOG_LINES)
        self._set(status="failed", reason=str(error), hint=error.hint, version="", log_lines=lines)

    def _set(self, **values: Any) -> None:
        self._state = replace(self._state, **values)
        self._on_changed()

    # What it offers.

    async def tools(self) -> tuple[ToolSpec, ...]:
        """Its tools, listed anew.

        Raises:
            ToolServerError: If the server cannot be asked.
        """
        self._tools = None
        return tuple((await self._listed_tools()).values())

    async def _listed_tools(self) -> dict[str, ToolSpec]:
        if self._tools is None:
            tools = await self._list("tools", lambda client, cursor: client.list_tools(cursor=cursor))
            from tui.tools.results import tool_spec

            specs: dict[str, ToolSpec] = {}
            for tool in tools:
                specs.setdefault(tool.name, tool_spec(self.options.name, tool))
            self._tools = specs
            return specs
        return self._tools

    async def prompts(self) -> tuple[PromptSpec, ...]:
        """Its prompts.

        Raises:
            ToolServerError: If the server cannot be asked.
        """
        if self._prompts is None:
            prompts = await self._list("prompts", lambda client, cursor: client.list_prompts(cursor=cursor))
            from tui.tools.results import prompt_spec

            self._prompts = tuple(prompt_spec(self.options.name, prompt) for prompt in prompts)
        return self._prompts

    async def resources(self) -> tuple[ResourceSpec, ...]:
        """Its resources, and then the templates of others.

        Raises:
            ToolServerError: If the server cannot be asked.
        """
        if self._resources is None:
            found = [
                *await self._list("resources", lambda client, cursor: client.list_resources(cursor=cursor)),
                *await self._list(
                    "resource_templates", lambda client, cursor: client.list_resource_templates(cursor=cursor)
                ),
            ]
            from tui.tools.results import resource_spec

            self._resources = tuple(resource_spec(self.options.name, resource) for resource in found)
        return self._resources

    async def _list(self, kind: str, page: Callable[[Client, str | None], Awaitable[Any]]) -> Sequence[Any]:
        """All items of a kind, page by page. Empty if the server does not have the kind."""

        async def pages(client: Client) -> list[Any]:
            ability = "resources" if kind == "resource_templates" else kind
            if getattr(client.server_capabilities, ability) is None:
                return []
            found: list[Any] = []
            cursor: str | None = None
            for _ in range(_MAX_PAGES):
                listed = await page(client, cursor)
                found += getattr(listed, kind)
                cursor = listed.next_cursor
                if not cursor or len(found) >= self.limits.listed:
                    break
            return found[: self.limits.listed]

        try:
            found = await self._request(f"the list of {kind.replace('_', ' ')}", pages)
        except ToolServerError as error:
            if self._state.status == "up":
                self._set(reason=str(error), hint=error.hint)
            raise
        if self._state.reason:
            self._set(reason="", hint="")
        return found

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> ServerContent:
        """The text of a prompt.

        Raises:
            ToolServerError: If the server cannot be asked, or refuses.
        """
        result = await self._request(
            f"the prompt {name}", lambda client: client.get_prompt(name, dict(arguments) or None)
        )
        from tui.tools.results import prompt_content

        return prompt_content(result, self.limits.result_chars)

    async def read_resource(self, uri: str) -> ServerContent:
        """The content of a resource.

        Raises:
            ToolServerError: If the server cannot be asked, or refuses.
        """
        result = await self._request(f"the resource {uri}", lambda client: client.read_resource(uri))
        from tui.tools.results import resource_content

        return resource_content(result, self.limits.result_chars)

    # Calls.

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        on_progress: OnProgress | None = None,
        *,
        fingerprint: str | None = None,
    ) -> ToolResult:
        """Call a tool. What goes wrong is a result too, for the model. If the caller is cancelled, the server is told.

        Args:
            name: The tool's name on the server.
            arguments: The arguments.
            on_progress: Called with the server's reports of progress.
            fingerprint: The fingerprint of the tool that was approved. None runs the tool as it is now.
        """
        started = time.monotonic()
        try:
            result = await self._call(name, arguments, on_progress, fingerprint)
        except ToolServerError as error:
            result = ToolResult(str(error), is_error=True)
        return replace(result, seconds=time.monotonic() - started)

    async def _call(
        self, name: str, arguments: Mapping[str, Any], on_progress: OnProgress | None, fingerprint: str | None
    ) -> ToolResult:
        spec = (await self._listed_tools()).get(name)
        if spec is None:
            return ToolResult(f"The tool server {self.options.name} has no tool {name}.", is_error=True)
        if fingerprint is not None and spec.fingerprint != fingerprint:
            return ToolResult("The server has changed this tool since it was approved. Nothing was run.", is_error=True)
        from tui.tools.arguments import argument_problem
        from tui.tools.results import tool_result

        if problem := argument_problem(spec.schema, arguments):
            return ToolResult(f"The arguments do not fit the tool's schema. Nothing was run.\n{problem}", is_error=True)

        async def report(progress: float, total: float | None, message: str | None) -> None:
            if on_progress is not None:
                on_progress(progress, total, message or "")

        async def send(client: Client) -> types.CallToolResult:
            with self._limits_of_calls.limit(self.limits.call_s):
                return await client.call_tool(
                    name,
                    dict(arguments),
                    read_timeout_seconds=_NO_LIMIT_S,
                    progress_callback=None if on_progress is None else report,
                )

        return tool_result(await self._request(f"the tool {name}", send), self.limits.result_chars)

    async def _request(self, what: str, send: Callable[[Client], Awaitable[_T]]) -> _T:
        """Send a request.

        Args:
            what: What is asked for, for error messages.
            send: Sends it.

        Raises:
            ToolServerError: If the server cannot be asked, refuses, or does not answer in time.
        """
        self._raise_last_failure()
        connection = await self._open_connection()
        # The SDK is imported by now.
        from mcp import MCPError

        try:
            try:
                return await connection.request(send)
            except MCPError:
                if not connection.has_lost_session:
                    raise
            # The server was started anew, and has not done what was asked.
            connection.server_closed()
            connection = await self._open_connection()
            return await connection.request(send)
        except ToolServerError:
            raise
        except Exception as error:
            if isinstance(error, MCPError) and error.code == CONNECTION_CLOSED:
                # Over HTTP, nothing else says that the server is down.
                connection.server_closed()
            is_late = isinstance(error, TimeoutError) or (isinstance(error, MCPError) and error.code == _TIMED_OUT)
            words = "it took too long and was cancelled" if is_late else connection.words_for(error)
            raise ToolServerError(f"The tool server {self.options.name} failed at {what}: {words}.") from error
