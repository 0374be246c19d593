"""The demo server: its sockets, and the conversations that it holds over them."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tui.demo.connection import Connection
from tui.demo.http1 import Refused, Reply, written
from tui.demo.responses import refusal_reply
from tui.demo.routes import Routes

if TYPE_CHECKING:
    from types import TracebackType

    from tui.demo.answer_writer import AnswerWriter
    from tui.demo.http1 import Head

_SEND_BUFFER_BYTES = 64 * 1024
"""What the system may hold for a client that does not read. Its own choice would be megabytes: minutes of an answer."""


class DemoServer:
    """A server that speaks as Ollama, OpenAI and LM Studio do, on one port, with scripts for models.

    ```python
    async with DemoServer() as server:
        print(server.url)
    ```
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._routes = Routes()
        self._listening: asyncio.Server | None = None
        self._changing = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open_streams = 0
        self._tokens_written = 0

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:54321`.

        Raises:
            RuntimeError: If it is not running.
        """
        if self._listening is None:
            raise RuntimeError("the demo server is not running")
        host, port = self._listening.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def open_streams(self) -> int:
        """How many answers are being written right now, or waited for."""
        return self._open_streams

    @property
    def tokens_written(self) -> int:
        """How many tokens have been written since the server was made. It stands still while a client does not read."""
        return self._tokens_written

    async def start(self) -> None:
        """Listen. Does nothing when it listens already.

        Raises:
            OSError: If the port is taken, or the host is not ours.
        """
        async with self._changing:
            if self._listening is not None:
                return
            loop = asyncio.get_running_loop()
            listening = await loop.create_server(self._connection, self._host, self._port, start_serving=False)
            for listener in listening.sockets:
                # Connections inherit it.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            self._listening = listening
            try:
                await listening.start_serving()
            except BaseException:
                self._listening = None
                listening.close()
                raise
            self._stopped.clear()

    async def stop(self) -> None:
        """Stop listening and close every connection at once, answers under way included. May be called again."""
        async with self._changing:
            listening, self._listening = self._listening, None
            if listening is not None:
                listening.close()
            for task in self._tasks:
                task.cancel()
            for connection in self._connections:
                connection.writer.transport.abort()
            closed = [connection.writer.wait_closed() for connection in self._connections]
            await asyncio.gather(*self._tasks, *closed, return_exceptions=True)
            if listening is not None:
                await listening.wait_closed()
            self._stopped.set()

    async def serve_forever(self) -> None:
        """Serve until cancelled, or stopped from elsewhere. Starts first when need be."""
        async with self:
            await self._stopped.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _connection(self) -> Connection:
        return Connection(self._welcome, self._connections.discard)

    def _welcome(self, connection: Connection) -> None:
        if self._listening is None:
            # It was accepted while we stopped.
            connection.writer.transport.abort()
            return
        self._connections.add(connection)
        task = asyncio.get_running_loop().create_task(self._converse(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, connection: Connection) -> None:
        """Answer one request after the other, until one side has had enough."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while await self._exchange(connection):
                    pass
        except asyncio.CancelledError:
            connection.writer.transport.abort()
            raise
        finally:
            connection.writer.close()

    async def _exchange(self, connection: Connection) -> bool:
        """Answer one request. Returns whether another may follow."""
        path = ""
        try:
            head = await connection.read_head()
            if head is None:
                return False
            path = head.path
            body = await connection.read_body(head)
        except Refused as refusal:
            # Where its body ends is not known, so no other request can follow.
            connection.writer.write(written(refusal_reply(path, refusal), keeps_alive=False))
            connection.writer.write_eof()
            await connection.linger()
            return False
        outcome = self._routes.lead(head, body)
        if isinstance(outcome, Reply):
            return await self._reply(connection, head, outcome)
        return await self._perform(connection, head, outcome)

    async def _reply(self, connection: Connection, head: Head, reply: Reply) -> bool:
        if reply.after_s:
            with connection.answering():
                await asyncio.sleep(reply.after_s)
        without_body = head.method == "HEAD"
        connection.writer.write(written(reply, keeps_alive=head.keeps_alive, without_body=without_body))
        await connection.writer.drain()
        return head.keeps_alive

    async def _perform(self, connection: Connection, head: Head, performance: AnswerWriter) -> bool:
        self._open_streams += 1
        try:
            with connection.answering():
                return await performance.give(connection.writer, keeps_alive=head.keeps_alive, count=self._count)
        except Refused as refusal:
            return await self._reply(connection, head, refusal_reply(head.path, refusal))
        finally:
            self._open_streams -= 1

    def _count(self, tokens: int) -> None:
        self._tokens_written += tokens
