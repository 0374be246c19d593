"""One running server: a task that opens the SDK's client, and closes it.

The client may be used from any task, but it must be opened and closed in the same one, and that task must not be
cancelled: a second cancellation during the client's shutdown makes it hang, and leaves the server running. So each
connection has a task of its own, which ignores cancellations. It is asked to end by an event, and while it still opens,
by its anyio scope.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from tui.chat.safe_text import safe_line
from tui.errors import ToolServerError
from tui.tools.options import ConnectionMode

if TYPE_CHECKING:
    from mcp import Client

_T = TypeVar("_T")

Connect = Callable[["ConnectionMode", "Connection"], AbstractAsyncContextManager["Client"]]
"""Makes a client that is not connected yet."""

CONNECTION_CLOSED: Final = -32000
"""The code of the SDK's error for requests without an answer."""

_MAX_ERROR: Final = 500
_PATIENCE_S: Final = 5.0
"""How long a connection has to end after its server was killed."""

_HTTP_ERROR: Final = "Server returned an error response"
"""What the SDK says about every HTTP status that is an error."""


class _OwnerTask(asyncio.Task[None]):
    """A task that ends when it is asked to, but is not interrupted by a cancellation until it has had time to end.

    The event loop cancels all tasks before it closes, for example after a second Ctrl+C. anyio cancels the tasks in its
    scopes, which must work: it alone gives a message.
    """

    on_cancelled: Callable[[], None]
    """Asks the task to end."""

    def cancel(self, msg: object = None) -> bool:
        """Cancel the task for anyio; ask it to end for others."""
        if msg is not None or self.done():
            return super().cancel(msg)
        self.on_cancelled()
        self.get_loop().call_later(_PATIENCE_S, super().cancel)
        return True


class Connection:
    """A connection to a server, from its opening to its end. It is not opened again."""

    def __init__(
        self, name: str, place: str, connect: Connect, modes: tuple[ConnectionMode, ...], open_s: float
    ) -> None:
        """Start to open the connection.

        Args:
            name: The server's name.
            place: Its host and port. Empty for a program.
            connect: Makes the client.
            modes: How to negotiate the protocol version. The next one is tried if the server ends with the one before.
            open_s: The maximum time to open it.
        """
        self._name = name
        self._place = place
        self._connect = connect
        self._modes = modes
        self._open_s = open_s
        self._stop = anyio.Event()
        self._scope = anyio.CancelScope()
        self._requests: set[asyncio.Task[object]] = set()
        self._opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        # Without callers, the error of an opening is not an error of the program.
        self._opened.add_done_callback(lambda opened: opened.cancelled() or opened.exception())
        self.on_lists_changed: Callable[[], None] = lambda: None
        """Called when the server says that its tools, prompts or resources are others now."""
        self.on_opened: Callable[[Client], None] = lambda _: None
        """Called when it is open, before callers get the client."""
        self.on_kill: Callable[[], None] = lambda: None
        """Ends the server's processes. Called when the server does not end, or there is no time to wait."""
        self.on_ended: Callable[[Connection], None] = lambda _: None
        """Called when it has ended."""
        self.failure: ToolServerError | None = None
        """Why it could not be opened. None if it could."""
        self.has_lost_session = False
        """Whether the server said that it does not know us any more, instead of doing what was asked."""
        self._http_status: int | None = None
        """The last HTTP status that was an error. None if there was none."""
        self._error: BaseException | None = None
        self.was_closed_by_us = False
        self._task = _OwnerTask(self._own(), name=f"tool server {name}")
        self._task.on_cancelled = self._end_now

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is about to."""
        return self._stop.is_set() or self._task.done()

    async def client(self) -> Client:
        """The client, when it is connected. A caller that is cancelled does not stop the opening.

        Raises:
            ToolServerError: If the server cannot be reached.
        """
        return await asyncio.shield(self._opened)

    async def request(self, send: Callable[[Client], Awaitable[_T]]) -> _T:
        """Send a request. If the caller is cancelled, the server is told so.

        Raises:
            ToolServerError: If the server cannot be reached, or ends meanwhile.
            MCPError: If the server answers with an error, or not in time.
        """
        from mcp import MCPError

        client = await self.client()

        async def run() -> _T:
            return await send(client)

        task = asyncio.create_task(run())
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait({task})
        finally:
            # The SDK tells the server.
            task.cancel()
        if task.cancelled():
            raise ToolServerError(f"The tool server {self._name} was closed.")
        try:
            return task.result()
        except MCPError as error:
            if error.code == CONNECTION_CLOSED and self._stop.is_set():
                raise ToolServerError(f"The tool server {self._name} ended before it answered.") from error
            raise

    def server_closed(self) -> None:
        """Note that the server has closed the connection."""
        self._stop.set()

    def note_http_error(self, status: int, has_lost_session: bool) -> None:
        """Note an HTTP status that is an error, and whether it means that the server has forgotten us."""
        self._http_status = status
        self.has_lost_session = self.has_lost_session or has_lost_session

    def words_for(self, error: BaseException) -> str:
        """An error of the SDK or of the server on one line, not too long, as the end of a sentence."""
        from pydantic import ValidationError

        if isinstance(error, ValidationError):
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            text = f"it sent an invalid answer ({where}: {first['msg']})"
        elif str(error) == _HTTP_ERROR and self._http_status is not None:
            text = f"it answered with the HTTP status {self._http_status}"
        else:
            text = str(error).rstrip(".") or type(error).__name__
        text = safe_line(text)
        return text if len(text) <= _MAX_ERROR else f"{text[:_MAX_ERROR]}…"

    async def aclose(self, grace_s: float) -> bool:
        """End the connection and its server. Returns whether it has ended in time."""
        for request in list(self._requests):
            request.cancel()
        self._ask_to_end()
        if await self.wait(grace_s):
            return True
        self.on_kill()
        return await self.wait(_PATIENCE_S)

    async def wait(self, grace_s: float) -> bool:
        """Wait for the end. Returns whether it came in time."""
        # `wait_for` would cancel the task.
        ended, _ = await asyncio.wait({self._task}, timeout=grace_s)
        return bool(ended)

    def _ask_to_end(self) -> None:
        self.was_closed_by_us = True
        self._stop.set()
        if not self._opened.done():
            self._scope.cancel()

    def _end_now(self) -> None:
        self._ask_to_end()
        self.on_kill()

    async def _own(self) -> None:
        try:
            with self._scope:
                for mode in self._modes:
                    self._error = await self._open(mode)
                    if not _is_end_of_server(self._error) or self._opened.done() or self.was_closed_by_us:
                        break
                    self._stop = anyio.Event()
        finally:
            self._stop.set()
            if not self._opened.done():
                self.failure = self._opening_failed()
                self._opened.set_exception(self.failure)
            for request in list(self._requests):
                request.cancel()
            self.on_ended(self)

    async def _open(self, mode: ConnectionMode) -> BaseException | None:
        """Open the client, and close it when asked to. Returns the error, if one ended it."""
        stop = self._stop
        try:
            with anyio.fail_after(self._open_s) as limit:
                async with self._connect(mode, self) as client, anyio.create_task_group() as tasks:
                    limit.deadline = math.inf
                    self.on_opened(client)
                    self._opened.set_result(client)
                    tasks.start_soon(self._listen, client)
                    await stop.wait()
                    tasks.cancel_scope.cancel()
        # The SDK's tasks wrap errors in groups, several deep.
        except Exception as error:  # noqa: BLE001  # the SDK and the server are foreign
            return _first_error(error)
        return None

    async def _listen(self, client: Client) -> None:
        """Ask for news about lists. Servers with older protocol versions send them without being asked."""
        from mcp import MCPError
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        offered = client.server_capabilities
        kinds = {"tools": offered.tools, "prompts": offered.prompts, "resources": offered.resources}
        wanted = {kind for kind, ability in kinds.items() if ability is not None and ability.list_changed}
        if not wanted:
            return
        news_about = client.listen(
            tools_list_changed="tools" in wanted,
            prompts_list_changed="prompts" in wanted,
            resources_list_changed="resources" in wanted,
        )
        # Without news, the tools are still listed again for each turn.
        with contextlib.suppress(MCPError, ListenNotSupportedError, SubscriptionLost, TimeoutError):
            async with news_about as news:
                async for _ in news:
                    self.on_lists_changed()

    def _opening_failed(self) -> ToolServerError:
        """The error of an opening, in words."""
        error = self._error
        name = self._name
        match error:
            case None:
                failed = ToolServerError(f"The tool server {name} was closed.")
            case ToolServerError():
                return error
            case TimeoutError():
                failed = ToolServerError(
                    f"The tool server {name} did not answer within {self._open_s:g} seconds.",
                    hint='Check its command or url, or set mode = "legacy".',
                )
            case OSError():
                failed = ToolServerError(f"The tool server {name} cannot be started: {error.strerror or error}.")
            case _ if _is_end_of_server(error):
                failed = ToolServerError(
                    f"The tool server {name} ended before it answered.", hint="Check its command and arguments."
                )
            case _ if self._http_status in (401, 403):
                failed = ToolServerError(
                    f"The tool server {name} refused us with the HTTP status {self._http_status}.",
                    hint="Check its headers.",
                )
            case _ if is_refused(error):
                failed = ToolServerError(
                    f"The tool server {name} cannot be reached at {self._place}: {self.words_for(error)}.",
                    hint="Check that it runs, and its address.",
                )
            case _:
                failed = ToolServerError(f"The tool server {name} cannot be used: {self.words_for(error)}.")
        failed.__cause__ = error
        return failed


def _first_error(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def is_refused(error: BaseException | None) -> bool:
    """Whether a server over HTTP refuses connections: it does not run, which is known at once."""
    if not type(error).__module__.startswith("httpx2"):
        return False
    from httpx2 import ConnectError

    return isinstance(error, ConnectError)


def _is_end_of_server(error: BaseException | None) -> bool:
    """Whether the server ended by itself, instead of answering."""
    return getattr(error, "code", None) == CONNECTION_CLOSED
