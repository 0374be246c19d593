"""Malformed response headers, and responses with an unexpected content type."""

from __future__ import annotations

from typing import Final

from tests.fault_server import JSON, Connection, Script, drops, replies, resets
from tests.providers.faults.fault import COMPLETE, MAX_ATTEMPTS, Fault
from tests.providers.faults.servers import LOGIN_PAGE, hello_body, responds, sends_head, sends_raw


def _sends_before(data: bytes, script: Script) -> Script:
    async def both(connection: Connection) -> None:
        await connection.send(data)
        await script(connection)

    return both


RESPONSES: Final = (
    Fault(
        "The server responds with a web page",
        responds(200, LOGIN_PAGE, "text/html"),
        error_kind="protocol",
        expected_words=("web page", "Sign in", "base_url"),
        forbidden_words=("password",),
    ),
    Fault(
        "The server responds with a web page, with an answer's content type, and keeps the connection open",
        lambda wire: wire.hangs_after(b" \n<html><title>Sign", b" in</title><p>password</p></html>"),
        error_kind="protocol",
        expected_words=("web page", "Sign in"),
        forbidden_words=("password",),
    ),
    Fault(
        "The server closes the connection before the headers",
        lambda _: drops,
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server resets the connection before the headers",
        lambda _: resets,
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server closes the connection inside the headers",
        sends_raw(b"HTTP/1.1 200 OK\r\nCont"),
        error_kind="interrupted",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server speaks another protocol",
        sends_raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", close=False),
        error_kind="protocol",
        expected_words=("SSH-2.0-OpenSSH_9.6", "does not speak HTTP", "base_url"),
    ),
    Fault(
        "The headers never end",
        sends_raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000, close=False),
        error_kind="protocol",
        expected_words=("Invalid HTTP response",),
    ),
    Fault(
        "The response has two different Content-Length headers",
        sends_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nHello"),
        error_kind="protocol",
        expected_words=("Invalid HTTP response",),
    ),
    Fault(
        "An informational response precedes the answer",
        lambda wire: _sends_before(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", wire.streams_answer("Hello")),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The server sends one JSON object although a stream was requested",
        lambda wire: replies(200, wire.unstreamed),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The server sends one JSON object with the content type of a stream",
        lambda wire: wire.hangs_after(wire.unstreamed + b"\n"),
        expected_answer=COMPLETE,
    ),
    *(
        Fault(
            f"The stream has {f'the content type {content_type}' if content_type else 'no content type'}",
            sends_head(hello_body, until_close=True, content_type=content_type),
            expected_answer=COMPLETE,
        )
        for content_type in (JSON, "text/html", "")
    ),
)
