"""Makes the SDK's client for a server: over stdio with a guard process, or over HTTP."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

import httpx2
from mcp import Client, StdioServerParameters, types
from mcp.client.context import ClientRequestContext
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from tui import __version__
from tui.chat.tool_servers import Elicitation, ElicitationAnswer
from tui.tools.options import ConnectionMode, ServerOptions, ToolLimits

OnElicitation = Callable[[Elicitation], Awaitable[ElicitationAnswer]]

_GUARD: Final = Path(__file__).with_name("guard.py")
_FIRST_ERROR: Final = 400
_NOT_FOUND: Final = 404
_CONNECT_S: Final = 10.0
_READ_S: Final = 300.0
"""The longest silence of a response. A call has a limit of its own."""


def make_client(
    options: ServerOptions,
    limits: ToolLimits,
    log: IO[bytes] | None,
    mode: ConnectionMode,
    *,
    on_closed: Callable[[], None],
    on_http_error: Callable[[int, bool], None],
    on_list_changed: Callable[[], None],
    on_elicitation: OnElicitation | None,
) -> Client:
    """A client that is not connected yet.

    Args:
        options: How the server is reached.
        limits: The limits of messages.
        log: The file for the stderr of a program.
        mode: How the protocol version is negotiated.
        on_closed: Called when the server has closed the connection.
        on_http_error: Called with an HTTP status from 400 on, and whether the server has forgotten our session.
        on_list_changed: Called when the server says that its tools, prompts or resources are others now.
        on_elicitation: Asks the user the server's questions. None tells the server that it cannot ask.
    """

    async def handle_message(message: object) -> None:
        if isinstance(
            message,
            types.ToolListChangedNotification
            | types.PromptListChangedNotification
            | types.ResourceListChangedNotification,
        ):
            on_list_changed()

    async def elicit(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:  # noqa: ARG001
        assert on_elicitation is not None
        if isinstance(params, types.ElicitRequestURLParams):
            question = Elicitation(options.name, params.message, url=params.url)
        else:
            schema = dict(params.requested_schema)
            question = Elicitation(options.name, params.message, schema)
        answer = await on_elicitation(question)
        content: Any = dict(answer.content) if answer.action == "accept" and not question.url else None
        return types.ElicitResult(action=answer.action, content=content)

    transport = _http(options, limits, on_http_error) if options.url else _stdio(options, limits, log)
    # Without a callback for sampling, the SDK refuses requests of the server for it.
    return Client(
        _watched(transport, on_closed),
        mode=mode,
        read_timeout_seconds=limits.open_s,
        message_handler=handle_message,
        elicitation_callback=elicit if on_elicitation is not None else None,
        client_info=types.Implementation(name="llm-tui", version=__version__),
        # The lists are kept by us.
        cache=None,
    )


def _stdio(options: ServerOptions, limits: ToolLimits, log: IO[bytes] | None) -> Any:
    command = options.command
    if sys.platform != "win32":
        # Isolated, and without site packages: nothing but the standard library, and a fast start.
        interpreter = (sys.executable, "-I", "-S", str(_GUARD))
        command = (*interpreter, str(os.getpid()), str(limits.message_bytes), str(limits.log_bytes), *command)
    parameters = StdioServerParameters(
        command=command[0],
        args=list(command[1:]),
        env=dict(options.env),
        # With "strict", one wrong byte ends the session without a word.
        encoding_error_handler="replace",
    )
    # The SDK passes the file's descriptor on, whatever its type.
    return stdio_client(parameters, errlog=log)  # type: ignore[arg-type]


@asynccontextmanager
async def _http(
    options: ServerOptions, limits: ToolLimits, on_http_error: Callable[[int, bool], None]
) -> AsyncGenerator[Any, None]:
    async def inspect(response: httpx2.Response) -> None:
        """Note errors, and limit the size of a response that is not a stream of events, which have a limit."""
        if response.status_code >= _FIRST_ERROR:
            is_lost = response.status_code == _NOT_FOUND and "mcp-session-id" in response.request.headers
            on_http_error(response.status_code, is_lost)
        if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
            response.stream = _BoundedStream(response, limits.message_bytes)

    async with (
        httpx2.AsyncClient(
            # Compressed responses could unpack to any size.
            headers={**options.headers, "accept-encoding": "identity"},
            timeout=httpx2.Timeout(_CONNECT_S, read=_READ_S),
            event_hooks={"response": [inspect]},
        ) as http_client,
        streamable_http_client(
            options.url, http_client=http_client, max_sse_event_size=limits.message_bytes
        ) as streams,
    ):
        yield streams


class _BoundedStream(httpx2.AsyncByteStream):
    """The body of a response, up to a size."""

    def __init__(self, response: httpx2.Response, max_bytes: int) -> None:
        self._response = response
        self._stream = response.stream
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The parts of the body."""
        assert isinstance(self._stream, httpx2.AsyncByteStream)
        encoding = self._response.headers.get("content-encoding", "identity")
        count = 0
        async for part in self._stream:
            count += len(part)
            if count > self._max_bytes or encoding != "identity":
                raise httpx2.StreamError(
                    f"The server sent more than {self._max_bytes} bytes."
                    if encoding == "identity"
                    else f"The server compressed its response ({encoding}), which llm-tui did not accept."
                )
            yield part

    async def aclose(self) -> None:
        """Close the connection."""
        assert isinstance(self._stream, httpx2.AsyncByteStream)
        await self._stream.aclose()


@asynccontextmanager
async def _watched(transport: Any, on_closed: Callable[[], None]) -> AsyncGenerator[Any, None]:
    """A transport that says when the server has closed the connection. The SDK says it only to the next request."""
    async with transport as (reader, writer):
        yield _WatchedReader(reader, on_closed), writer


class _WatchedReader:
    """A stream of messages that calls a function at its end."""

    def __init__(self, stream: Any, on_closed: Callable[[], None]) -> None:
        self._stream = stream
        self._on_closed = on_closed

    @property
    def last_context(self) -> Any:
        """What the SDK keeps with a message, if anything."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> Any:
        """The next message."""
        return await self._stream.receive()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> _WatchedReader:
        """The messages."""
        return self

    async def __anext__(self) -> Any:
        """The next message."""
        try:
            return await self._stream.__anext__()
        except StopAsyncIteration:
            self._on_closed()
            raise

    async def __aenter__(self) -> _WatchedReader:
        """Open the stream."""
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Close the stream."""
        closed: bool | None = await self._stream.__aexit__(kind, error, trace)
        return closed
