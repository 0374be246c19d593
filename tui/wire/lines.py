"""Splits arriving bytes into lines.

Lines are split as bytes and decoded afterwards: no byte of a multi-byte UTF-8 character equals LF or CR, so a line is
always valid to decode on its own, wherever the network cut the stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.errors import ProtocolBroken

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class LineDecoder:
    """Splits arriving bytes into lines of bytes.

    A line ends at LF or CRLF, and in an event stream also at a lone CR.
    `str.splitlines`, and with it httpx's `aiter_lines`, also ends a line at
    U+0085 and U+2028, which a JSON string may contain unescaped: an answer
    quoting one would be split in two.
    """

    def __init__(self, max_line_bytes: int, *, lone_cr: bool) -> None:
        """Args:
        max_line_bytes: The maximum length of one line.
        lone_cr: Whether a CR without LF ends a line, as in an event stream.
        """
        self._max_line_bytes = max_line_bytes
        self._lone_cr = lone_cr
        self._after_cr = False
        self._partial_line = bytearray()
        self._bom_prefix: bytes | None = b""
        """The part of a byte order mark received so far. None once the start of the stream has been checked."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that these bytes complete, without their line ends.

        Exhaust the iterator before the next call.

        Raises:
            ProtocolBroken: If a line is too long, after the lines before it.
        """
        if self._bom_prefix is not None:
            data = self._strip_bom(data)
        if self._lone_cr:
            data = self._normalize_line_ends(data)
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._partial_line:
            lines[0] = bytes(self._partial_line) + lines[0]
            self._partial_line.clear()
        for line in lines:
            if len(line) > self._max_line_bytes:
                raise self._too_long()
            yield line.removesuffix(b"\r")
        self._partial_line += rest
        if len(self._partial_line) > self._max_line_bytes:
            raise self._too_long()

    def finish(self) -> bytes:
        """Return the bytes after the last line end, or empty bytes."""
        rest = (self._bom_prefix or b"") + bytes(self._partial_line)
        self._partial_line.clear()
        return rest

    def _strip_bom(self, data: bytes) -> bytes:
        start = (self._bom_prefix or b"") + data
        if len(start) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(start):
            self._bom_prefix = start
            return b""
        self._bom_prefix = None
        return start.removeprefix(_BYTE_ORDER_MARK)

    def _normalize_line_ends(self, data: bytes) -> bytes:
        if not data:
            return data
        # A CR ends its line immediately, because an LF after it may arrive much later.
        if self._after_cr:
            data = data.removeprefix(b"\n")
        self._after_cr = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _too_long(self) -> ProtocolBroken:
        return ProtocolBroken(
            f"The server sent a line of more than {self._max_line_bytes:,} bytes.",
            hint="To allow longer lines, raise buffers.max_event_bytes.",
        )
