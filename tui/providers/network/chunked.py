"""Joins the chunks of a chunked body that arrived together, before the HTTP library parses them.

Model servers send one chunk per token, and h11 takes longer to parse a chunk than our decoders take to read its token.
Chunk boundaries have no meaning in HTTP, so several chunks may be rewritten as one.
"""

from __future__ import annotations

import re
from typing import Final, Literal

_CHUNKED_RESPONSE: Final = re.compile(
    rb"HTTP/1\.1 [2-5](?s:.*)\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE
)
_INFORMATIONAL_RESPONSE: Final = re.compile(rb"HTTP/1\.1 1\d\d[ \r]")
_CHUNK_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,8}\Z")
_MAX_SIZE_DIGITS: Final = 8
_MAX_HEAD_BYTES: Final = 65_536
_LINE_END: Final = b"\r\n"


class ChunkJoiner:
    """Filters the bytes that one connection receives, joining the chunks of chunked bodies. No I/O.

    Everything else passes unchanged: other bodies, and whatever is unusual or
    invalid, such as chunk extensions and trailers. Validating is the HTTP
    library's job.
    """

    def __init__(self) -> None:
        self._state: Literal["head", "body", "passthrough"] = "passthrough"
        self._partial = b""
        """In a head: its beginning, already passed on. In a body: the beginning of a chunk size, not yet passed on."""
        self._chunk_bytes_left = 0
        """How many bytes of the current chunk have not yet arrived."""
        self._line_end_due = False
        """Whether the current chunk is complete except for its line end."""

    def expect_head(self) -> None:
        """Expect the head of a response, because a request was sent. No-op in the middle of a body."""
        if self._state == "passthrough":
            self._state = "head"
            self._partial = b""

    def feed(self, data: bytes) -> bytes:
        """Return the bytes to pass on for these. May be empty."""
        if self._state == "passthrough":
            return data
        if self._state == "head":
            return self._feed_head(data)
        return self._feed_body(data)

    def _feed_head(self, data: bytes) -> bytes:
        received = self._partial + data
        stop = received.find(b"\r\n\r\n") + 4
        if stop < 4:
            self._partial = received
            if len(received) > _MAX_HEAD_BYTES:
                self._state = "passthrough"
            return data
        head, rest = received[:stop], received[stop:]
        if _INFORMATIONAL_RESPONSE.match(head):
            self._partial = b""
            return data[: len(data) - len(rest)] + (self._feed_head(rest) if rest else b"")
        if not _CHUNKED_RESPONSE.match(head):
            self._state = "passthrough"
            return data
        self._state = "body"
        self._partial = b""
        self._chunk_bytes_left, self._line_end_due = 0, False
        return data[: len(data) - len(rest)] + self._feed_body(rest)

    def _feed_body(self, data: bytes) -> bytes:
        if self._partial:
            data = self._partial + data
            self._partial = b""
        parts: list[bytes] = []
        # The line end of a chunk that was passed on without it, in an earlier call.
        late_line_end = b""
        at, length = 0, len(data)
        while at < length:
            if self._chunk_bytes_left:
                part = data[at : at + self._chunk_bytes_left]
                parts.append(part)
                at += len(part)
                self._chunk_bytes_left -= len(part)
                self._line_end_due = not self._chunk_bytes_left
            elif self._line_end_due:
                if not data.startswith(_LINE_END, at):
                    if length - at == 1 and data.endswith(b"\r"):
                        break
                    # Invalid: pass it on unchanged, so that the HTTP library reports it.
                    self._state = "passthrough"
                    return late_line_end + _encode_chunk(parts, with_line_end=False) + data[at:]
                self._line_end_due = False
                at += 2
                if not parts:
                    late_line_end = _LINE_END
            else:
                stop = data.find(_LINE_END, at, at + _MAX_SIZE_DIGITS + 2)
                if stop < 0 and length - at < _MAX_SIZE_DIGITS + 2:
                    break
                size = int(data[at:stop], 16) if stop > 0 and _CHUNK_SIZE.match(data, at, stop) else 0
                if not size:
                    self._state = "passthrough"
                    return late_line_end + _encode_chunk(parts) + data[at:]
                self._chunk_bytes_left = size
                at = stop + 2
        self._partial = data[at:]
        return late_line_end + _encode_chunk(parts, with_line_end=not self._line_end_due)


def _encode_chunk(parts: list[bytes], *, with_line_end: bool = True) -> bytes:
    """Encode the parts as one chunk; as nothing if they are empty."""
    data = b"".join(parts)
    return b"%x\r\n%b%b" % (len(data), data, _LINE_END if with_line_end else b"") if data else b""
