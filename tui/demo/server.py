"""The demo server: listens, and answers the requests of every connection."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from tui.demo.answer_writer import AnswerWriter
from tui.demo.connection import Connection
from tui.demo.responses import HTTPError, Response, error_response
from tui.demo.routes import Routes

if TYPE_CHECKING:
    from types import TracebackType

_SEND_BUFFER_BYTES: Final = 64 * 1024
"""The socket's send buffer. By default it would grow to megabytes, which is minutes of an answer that is not read."""


class DemoServer:
    """A server with the APIs of Ollama, OpenAI and LM Studio on one port. Scripts play the models.

    ```python
    async with DemoServer() as server:
        print(server.url)
    ```
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._routes = Routes()
        self._server: asyncio.Server | None = None
        self._lifecycle_lock = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open_streams = 0
        self._tokens_written = 0

    @property
    def url(self) -> str:
        """The server's address, such as `http://127.0.0.1:54321`.

        Raises:
            RuntimeError: If the server is not running.
        """
        if self._server is None:
            raise RuntimeError("the demo server is not running")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def open_streams(self) -> int:
        """How many answers are being written or prepared."""
        return self._open_streams

    @property
    def tokens_written(self) -> int:
        """How many tokens this server has written. The number does not change while no client reads."""
        return self._tokens_written

    async def start(self) -> None:
        """Start to listen. No-op if the server is running.

        Raises:
            OSError: If the port is in use, or the host is not an address of this machine.
        """
        async with self._lifecycle_lock:
            if self._server is not None:
                return
            loop = asyncio.get_running_loop()
            server = await loop.create_server(self._new_connection, self._host, self._port, start_serving=False)
            for listener in server.sockets:
                # Accepted connections inherit the option.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            self._server = server
            try:
                await server.start_serving()
            except BaseException:
                self._server = None
                server.close()
                raise
            self._stopped.clear()

    async def stop(self) -> None:
        """Stop listening and close every connection at once, also in the middle of an answer. May be called again."""
        async with self._lifecycle_lock:
            server, self._server = self._server, None
            if server is not None:
                server.close()
            for task in self._tasks:
                task.cancel()
            for connection in self._connections:
                connection.abort()
            closed = [connection.wait_closed() for connection in self._connections]
            await asyncio.gather(*self._tasks, *closed, return_exceptions=True)
            if server is not None:
                await server.wait_closed()
            self._stopped.set()

    async def serve_forever(self) -> None:
        """Serve until cancelled or stopped. Starts the server if necessary."""
        async with self:
            await self._stopped.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _new_connection(self) -> Connection:
        return Connection(self._accept, self._connections.discard)

    def _accept(self, connection: Connection) -> None:
        if self._server is None:
            # The connection was accepted while the server stopped.
            connection.abort()
            return
        self._connections.add(connection)
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: Connection) -> None:
        """Answer one request after another until either side closes the connection."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while await self._handle_request(connection):
                    pass
        except asyncio.CancelledError:
            connection.abort()
            raise
        finally:
            connection.close()

    async def _handle_request(self, connection: Connection) -> bool:
        """Answer one request. Returns whether another may follow."""
        path = ""
        try:
            head = await connection.read_head()
            if head is None:
                return False
            path = head.path
            body = await connection.read_body(head)
        except HTTPError as error:
            # Where the body ends is unknown, so no other request can follow.
            await connection.send_last_response(error_response(path, error))
            return False
        match self._routes.dispatch(head, body):
            case Response() as response:
                if response.delay_s:
                    with connection.answering():
                        await asyncio.sleep(response.delay_s)
                return await connection.send_response(response, without_body=head.method == "HEAD")
            case AnswerWriter() as answer:
                return await self._write_answer(connection, head.path, answer)

    async def _write_answer(self, connection: Connection, path: str, answer: AnswerWriter) -> bool:
        self._open_streams += 1
        try:
            with connection.answering():
                return await answer.write(connection, self._count_tokens)
        except HTTPError as error:
            return await connection.send_response(error_response(path, error))
        finally:
            self._open_streams -= 1

    def _count_tokens(self, count: int) -> None:
        self._tokens_written += count
