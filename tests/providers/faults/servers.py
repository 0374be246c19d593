"""Scripts for the servers of the catalogue. Each function returns a factory: from a wire format to a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from tests.fault_server import JSON, Connection, Script, replies
from tests.providers.wire_formats import WireFormat
from tui.limits import TimeLimits

PROXY_PAGE: Final = b"<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>"
LOGIN_PAGE: Final = b"<!DOCTYPE html><html><title>Sign in</title><p>password</p></html>"


def limits(**seconds: float) -> dict[str, Any]:
    """Provider options with the given timeouts. The others are long."""
    return {"limits": TimeLimits(**{"connect": 60, "first_token": 60, "idle": 60, "total": 60, **seconds})}


def hello_body(wire: WireFormat) -> bytes:
    """The complete answer `Hello`, in two pieces of text."""
    return wire.body("Hel", "lo")


def streams_body(make_body: Callable[[WireFormat], bytes]) -> Callable[[WireFormat], Script]:
    """A server that streams a body and ends it properly."""
    return lambda wire: wire.streams(make_body(wire))


def responds(
    status: int, body: object = b"", content_type: str = JSON, **headers: str
) -> Callable[[WireFormat], Script]:
    """A server that sends a complete response, the same in every wire format.

    Args:
        status: The status.
        body: The body. Anything but bytes is encoded as JSON.
        content_type: The media type.
        headers: Additional headers, with underscores for hyphens.
    """
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: replies(status, encoded, content_type, named)


def sends_raw(*pieces: bytes, close: bool = True) -> Callable[[WireFormat], Script]:
    """A server that sends raw bytes, including the headers, and then closes the connection or stalls."""

    async def script(connection: Connection) -> None:
        for piece in pieces:
            await connection.send(piece)
        if close:
            connection.close()

    return lambda _: script


def sends_head(
    *pieces: Callable[[WireFormat], bytes],
    length: Callable[[WireFormat], int] | None = None,
    close: bool = True,
    **head: Any,
) -> Callable[[WireFormat], Script]:
    """A server that sends custom headers and then pieces of a body, without ending it.

    Args:
        pieces: Make the pieces of the body.
        length: Makes the Content-Length. None sends a chunked body.
        close: Whether the connection is closed afterwards. Otherwise the server stalls.
        head: Other arguments of `Connection.head`.
    """

    def make_script(wire: WireFormat) -> Script:
        async def script(connection: Connection) -> None:
            await connection.head(
                **{"content_type": wire.content_type, "length": None if length is None else length(wire), **head}
            )
            await connection.body(*(piece(wire) for piece in pieces))
            if close:
                connection.close()

        return script

    return make_script


def streams_forever(
    first: Callable[[WireFormat], bytes], repeated: Callable[[WireFormat], bytes]
) -> Callable[[WireFormat], Script]:
    """A server that sends one piece, and then repeats another until the client disconnects."""

    def make_script(wire: WireFormat) -> Script:
        async def script(connection: Connection) -> None:
            await connection.head(200, wire.content_type)
            await connection.body(first(wire))
            while True:
                await connection.body(repeated(wire))
                await asyncio.sleep(0)

        return script

    return make_script


def drips(make_body: Callable[[WireFormat], bytes]) -> Callable[[WireFormat], Script]:
    """A server that sends a body byte by byte."""

    def make_script(wire: WireFormat) -> Script:
        async def script(connection: Connection) -> None:
            await connection.head(200, wire.content_type)
            await connection.drip(make_body(wire))
            await connection.end()

        return script

    return make_script
