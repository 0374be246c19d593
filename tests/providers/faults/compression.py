"""Compressed responses: intact, cut off, corrupt, too large."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from tests.fault_server import Connection, Script, replies
from tests.providers.faults.fault import COMPLETE, PARTIAL, Fault
from tests.providers.faults.servers import hello_body
from tests.providers.wire_formats import WireFormat

DECOMPRESSION_BOMB: Final = gzip.compress(bytes(20_000_000))


def _streams_gzip(wire: WireFormat, text: bytes, *, damage: bytes) -> Script:
    """Streams compressed text and then the damage, and closes the connection before the end of the body."""
    compressor = zlib.compressobj(wbits=31)
    compressed = compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)

    async def script(connection: Connection) -> None:
        await connection.head(200, wire.content_type, headers={"Content-Encoding": "gzip"})
        await connection.body(compressed, damage)
        connection.close()

    return script


COMPRESSION: Final = (
    Fault(
        "The stream is compressed",
        lambda wire: replies(200, gzip.compress(hello_body(wire)), wire.content_type, {"Content-Encoding": "gzip"}),
        expected_answer=COMPLETE,
    ),
    Fault(
        "A compressed stream is cut off",
        lambda wire: _streams_gzip(wire, wire.text("Hello"), damage=b""),
        error_kind="interrupted",
        expected_answer=PARTIAL,
    ),
    Fault(
        "A compressed stream is corrupt",
        lambda wire: _streams_gzip(wire, wire.text("Hello"), damage=b"\xff" * 50),
        error_kind="protocol",
        expected_answer=PARTIAL,
        expected_words=("compressed",),
    ),
    Fault(
        "The response is a decompression bomb",
        lambda wire: replies(200, DECOMPRESSION_BOMB, wire.content_type, {"Content-Encoding": "gzip"}),
        options={"max_event_bytes": 200_000},
        error_kind="protocol",
        expected_words=("200,000",),
    ),
    Fault(
        "The response uses an encoding that was not requested",
        lambda wire: replies(200, b"...", wire.content_type, {"Content-Encoding": "br"}),
        error_kind="protocol",
        expected_words=("'br'",),
    ),
)
