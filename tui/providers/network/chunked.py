"""Joins the chunks of a chunked body that arrived together, before the HTTP library parses them.

Model servers send one chunk per token, and h11 takes longer to parse a chunk than our decoders take to read its token.
Chunk boundaries have no meaning in HTTP, so several chunks may be rewritten as one.

The end of each response is noticed as well: h11 would take bytes after it for the next response.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from tui.lazy_pattern import lazy_pattern

_CHUNKED_RESPONSE: Final = lazy_pattern(
    rb"HTTP/1\.1 [2-5](?s:.*)\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE
)
_INFORMATIONAL_RESPONSE: Final = lazy_pattern(rb"HTTP/1\.1 1\d\d[ \r]")
_BODILESS_RESPONSE: Final = lazy_pattern(rb"HTTP/1\.[01] (?:204|304)[ \r]")
_CONTENT_LENGTH: Final = lazy_pattern(rb"\r\ncontent-length:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_LENGTH: Final = lazy_pattern(rb"[0-9]{1,18}")
_CHUNK_SIZE: Final = lazy_pattern(rb"[0-9a-fA-F]{1,8}\Z")
_MAX_SIZE_DIGITS: Final = 8
_MAX_HEAD_BYTES: Final = 65_536
_LINE_END: Final = b"\r\n"
_GREETING: Final = lazy_pattern(rb"(?!HTTP/)[ -~](?s:.{4})")
"""Replies of SOCKS proxies and TLS alerts begin with a control character."""


class ChunkJoiner:
    """Filters the bytes that one connection receives, joining the chunks of chunked bodies. No I/O.

    Everything else passes unchanged: other bodies, and whatever is unusual or
    invalid, such as chunk extensions and trailers. Validating is the HTTP
    library's job.
    """

    def __init__(self) -> None:
        self._state: Literal["head", "chunks", "trailers", "length", "passthrough", "ended"] = "ended"
        self._partial = b""
        """In a head or in trailers: their beginning, already passed on. In chunks: the beginning of a chunk size, not
        yet passed on."""
        self._bytes_left = 0
        """How many bytes of the current chunk, or of a body with a length, have not yet arrived."""
        self._has_excess = False
        """Whether bytes arrived after the end of a response."""
        self._line_end_due = False
        """Whether the current chunk is complete except for its line end."""

    @property
    def is_between_responses(self) -> bool:
        """Whether the last response has ended and nothing came after it, so that the connection may be used again."""
        return self._state == "ended" and not self._has_excess

    @property
    def is_greeting(self) -> bool:
        """Whether text arrived in the place of a head: the greeting of a server that speaks another protocol."""
        return self._state == "head" and bool(_GREETING.match(self._partial))

    @property
    def other_protocol(self) -> bytes:
        """What arrived in the place of a head, if it cannot become one. Empty if it can."""
        can_be_head = self._state != "head" or b"HTTP/".startswith(self._partial[:5])
        return b"" if can_be_head else self._partial

    def expect_head(self) -> None:
        """Expect the head of a response, because a request was sent. No-op in the middle of a body."""
        # Before the first request, a SOCKS proxy answers on the same connection.
        is_other_protocol = self._state == "head" and not b"HTTP/".startswith(self._partial[:5])
        if self._state in ("passthrough", "ended") or is_other_protocol:
            self._state = "head"
            self._partial = b""

    def feed(self, data: bytes) -> bytes:
        """Return the bytes to pass on for these. May be empty."""
        match self._state:
            case "chunks":
                return self._feed_chunks(data)
            case "head":
                return self._feed_head(data)
            case "length":
                self._skip_body(data)
            case "trailers":
                self._skip_trailers(data)
            case "ended":
                self._end(data)
        return data

    def _feed_head(self, data: bytes) -> bytes:
        received = self._partial + data
        stop = received.find(b"\r\n\r\n") + 4
        if stop < 4:
            self._partial = received
            if len(received) > _MAX_HEAD_BYTES:
                self._state = "passthrough"
            return data
        head, rest = received[:stop], received[stop:]
        if _GREETING.match(head):
            self._partial = received
            return data
        self._partial = b""
        if _INFORMATIONAL_RESPONSE.match(head):
            return data[: len(data) - len(rest)] + (self._feed_head(rest) if rest else b"")
        if _CHUNKED_RESPONSE.match(head):
            self._state = "chunks"
            self._bytes_left, self._line_end_due = 0, False
            return data[: len(data) - len(rest)] + self._feed_chunks(rest)
        lengths = _CONTENT_LENGTH.findall(head)
        if _BODILESS_RESPONSE.match(head):
            self._end(rest)
        elif len(lengths) == 1 and _LENGTH.fullmatch(lengths[0]) and b"\r\ntransfer-encoding:" not in head.lower():
            self._state = "length"
            self._bytes_left = int(lengths[0])
            self._skip_body(rest)
        else:
            self._state = "passthrough"
        return data

    def _skip_body(self, data: bytes) -> None:
        excess = data[self._bytes_left :]
        self._bytes_left -= min(len(data), self._bytes_left)
        if not self._bytes_left:
            self._end(excess)

    def _skip_trailers(self, data: bytes) -> None:
        received = self._partial + data
        _, end, excess = received.partition(b"\r\n\r\n")
        self._partial = received
        if end:
            self._end(excess)
        elif len(received) > _MAX_HEAD_BYTES:
            self._state = "passthrough"

    def _end(self, excess: bytes) -> None:
        self._state = "ended"
        self._partial = b""
        self._has_excess = self._has_excess or bool(excess)

    def _feed_chunks(self, data: bytes) -> bytes:
        if self._partial:
            data = self._partial + data
            self._partial = b""
        parts: list[bytes] = []
        # The line end of a chunk that was passed on without it, in an earlier call.
        late_line_end = b""
        at, length = 0, len(data)
        while at < length:
            if self._bytes_left:
                part = data[at : at + self._bytes_left]
                parts.append(part)
                at += len(part)
                self._bytes_left -= len(part)
                self._line_end_due = not self._bytes_left
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
                    is_last = stop > 0 and _CHUNK_SIZE.match(data, at, stop) is not None
                    self._state = "trailers" if is_last else "passthrough"
                    if is_last:
                        # The line end of the size: without trailers, an empty line follows it at once.
                        self._skip_trailers(data[stop:])
                    return late_line_end + _encode_chunk(parts) + data[at:]
                self._bytes_left = size
                at = stop + 2
        self._partial = data[at:]
        return late_line_end + _encode_chunk(parts, with_line_end=not self._line_end_due)


def _encode_chunk(parts: list[bytes], *, with_line_end: bool = True) -> bytes:
    """Encode the parts as one chunk; as nothing if they are empty."""
    data = b"".join(parts)
    return b"%x\r\n%b%b" % (len(data), data, _LINE_END if with_line_end else b"") if data else b""
