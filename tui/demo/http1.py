"""HTTP/1.1, as much of it as a demo server needs: requests read within bounds, replies written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

HEAD_BYTES = 16 * 1024
"""Most that a request line and its headers may take."""

BODY_BYTES = 64 * 1024 * 1024
"""Most that a request body may take. Images come as base64."""

LAST_CHUNK = b"0\r\n\r\n"

_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


class Refused(Exception):
    """A request that is not done; `str(refusal)` says why. Each protocol has its own shape for it."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        """The field that is at fault. None when it is none in particular. Only OpenAI's shape tells it."""
        self.code = code
        """A word for programs. Only OpenAI's shape tells it."""


class NoRoute(Refused):
    """Nothing is at that path, or nothing that takes that method."""

    def __init__(self, status: int, message: str, *, allow: str = "") -> None:
        super().__init__(status, message)
        self.allow = allow
        """The methods that it takes. Empty when there is nothing at all."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body."""

    method: str

    path: str
    """Without the query."""

    headers: Mapping[str, str]
    """By name in lower case."""

    @property
    def keeps_alive(self) -> bool:
        """Whether the client wants to send another request on this connection."""
        return "close" not in self.headers.get("connection", "").lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is short and known as a whole."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    after_s: float = 0.0
    """Seconds to wait before it is sent."""


def parse_head(data: bytes) -> Head:
    """Read a request line and headers, with the empty line that ends them.

    Raises:
        Refused: If it is not HTTP/1.1.
    """
    request_line, *lines = data.decode("latin-1").rstrip("\r\n").split("\r\n")
    parts = re.fullmatch(r"([A-Z]+) (\S+) HTTP/(\d)\.(\d)", request_line)
    if parts is None:
        raise Refused(400, "malformed request line")
    if (parts[3], parts[4]) != ("1", "1"):
        raise Refused(505, "only HTTP/1.1 is spoken here")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Refused(400, "malformed header")
        headers[name.lower()] = value.strip()
    return Head(parts[1], parts[2].partition("?")[0], headers)


def body_length(head: Head) -> int | None:
    """How long the body is, in bytes; None when it comes in chunks.

    Raises:
        Refused: If the length is missing where a body is due, is no number, or is too large.
    """
    coding = head.headers.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked":
            raise Refused(501, f"transfer encoding {coding!r} is not known here")
        return None
    length = head.headers.get("content-length")
    if length is None:
        if head.method in ("POST", "PUT", "PATCH"):
            raise Refused(411, "a body needs a Content-Length, or the chunked encoding")
        return 0
    if re.fullmatch(r"[0-9]{1,18}", length) is None:
        raise Refused(400, "malformed Content-Length")
    if int(length) > BODY_BYTES:
        raise Refused(413, f"request body is larger than {BODY_BYTES} bytes")
    return int(length)


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    """Read a chunked body and the trailers after it, which are dropped.

    Raises:
        Refused: If the chunks are malformed, or too large together.
        asyncio.LimitOverrunError: If a line has no end.
    """
    body = bytearray()
    while size := _chunk_size(await reader.readuntil(b"\r\n")):
        if len(body) + size > BODY_BYTES:
            raise Refused(413, f"request body is larger than {BODY_BYTES} bytes")
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise Refused(400, "malformed chunk")
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return bytes(body)


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if re.fullmatch(rb"[0-9a-fA-F]{1,8}", digits) is None:
        raise Refused(400, "malformed chunk size")
    return int(digits, 16)


def head_of_reply(status: int, headers: tuple[tuple[str, str], ...], *, keeps_alive: bool) -> bytes:
    """The status line and headers of a reply, with the empty line that ends them."""
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", "Server: llm-tui-demo"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not keeps_alive:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def written(reply: Reply, *, keeps_alive: bool, without_body: bool = False) -> bytes:
    """A reply as bytes. A HEAD request is answered without the body that is spoken of."""
    headers = (("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body))), *reply.headers)
    head = head_of_reply(reply.status, headers, keeps_alive=keeps_alive)
    return head if without_body else head + reply.body


def chunk(data: bytes) -> bytes:
    """One chunk of a body in the chunked encoding."""
    return b"%x\r\n%b\r\n" % (len(data), data)
