"""A minimal HTTP client, which shows the bytes that the server sends unchanged."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tui.demo.server import DemoServer


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it was received."""

    status: int

    headers: dict[str, str]
    """By name in lower case."""

    body: bytes
    """Without the chunked encoding."""

    complete: bool = True
    """Whether the whole body arrived."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        """The objects of an NDJSON body. Every line ends with a newline, including the last."""
        *lines, rest = self.body.split(b"\n")
        assert rest == b""
        return [json.loads(line) for line in lines]

    @property
    def events(self) -> list[Any]:
        """The objects of an SSE body; `[DONE]` stays a string."""
        *events, rest = self.body.decode().split("\n\n")
        assert rest == ""
        assert all(event.startswith("data: ") for event in events)
        return [text if text == "[DONE]" else json.loads(text) for text in (event[6:] for event in events)]


class Client:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        """Send a request. A body that is not bytes is sent as JSON; underscores in header names become hyphens."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: demo"]
        if body is not None:
            lines.append(f"Content-Length: {len(data)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + data)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read the status and headers of an answer."""
        status_line, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        assert status_line.startswith("HTTP/1.1 ")
        return int(status_line.split()[1]), {name.lower(): value for name, value in (x.split(": ", 1) for x in lines)}

    async def answer(self, *, to_head: bool = False) -> Answer:
        """Read a whole answer."""
        status, headers = await self.head()
        if to_head:
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") != "chunked":
            return await self._plain(status, headers)
        chunks: list[bytes] = []
        try:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                chunks.append(await self.reader.readexactly(size))
                assert await self.reader.readexactly(2) == b"\r\n"
            assert await self.reader.readexactly(2) == b"\r\n"
        except asyncio.IncompleteReadError as cut:
            return Answer(status, headers, b"".join(chunks) + cut.partial, complete=False)
        return Answer(status, headers, b"".join(chunks))

    async def _plain(self, status: int, headers: dict[str, str]) -> Answer:
        try:
            return Answer(status, headers, await self.reader.readexactly(int(headers["content-length"])))
        except asyncio.IncompleteReadError as cut:
            return Answer(status, headers, cut.partial, complete=False)


@asynccontextmanager
async def connected(server: DemoServer) -> AsyncIterator[Client]:
    """A connection, closed on exit."""
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def ask(server: DemoServer, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """Send one request on its own connection."""
    async with connected(server) as client:
        client.send(method, path, body, **headers)
        return await client.answer(to_head=method == "HEAD")


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true, but at most 10 s."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the condition never became true")


def chat(model: str, text: str = "x", **fields: Any) -> dict[str, Any]:
    """A request body for both `/api/chat` and `/v1/chat/completions`."""
    return {"model": model, "messages": [{"role": "user", "content": text}], **fields}


def text_of(lines: list[Any]) -> str:
    """The answer in the lines of an `/api/chat` stream."""
    return "".join(line["message"]["content"] for line in lines)


def delta_text(events: list[Any], field: str = "content") -> str:
    """The answer in the events of a `/v1/chat/completions` stream."""
    choices = [choice for event in events if event != "[DONE]" for choice in event["choices"]]
    return "".join(choice["delta"].get(field, "") for choice in choices)
