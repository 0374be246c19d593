"""Decompresses response bodies in pieces of bounded size.

We request uncompressed responses, but some proxies compress anyway. The output of one call is limited (`max_length` of
zlib), so a small body that expands to gigabytes costs no more memory than any other.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from typing import Final

from tui.errors import ProtocolBroken

_GZIP_OR_ZLIB: Final = 47
"""The `wbits` with which zlib detects the format from the header."""
_HINT: Final = "The server or a proxy compresses its responses; turn that off for event streams."


class Inflater:
    """Decompresses gzip and deflate."""

    def __init__(self, max_piece_bytes: int) -> None:
        """Args:
        max_piece_bytes: The maximum length of one decompressed piece.
        """
        self._max_piece_bytes = max_piece_bytes
        self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what these bytes decompress to, piece by piece.

        Raises:
            ProtocolBroken: If the data is not in the announced format, after what was decompressed before.
        """
        more = True
        while more:
            if self._decompressor.eof:
                # A gzip body may have several members. A finished decompressor only accumulates its input.
                self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
            before = self._decompressor.copy()
            try:
                piece = self._decompressor.decompress(data, self._max_piece_bytes)
            except zlib.error as cause:
                yield from _decompress_until_error(before, data)
                # zlib's text is "Error -3 while decompressing data: incorrect header check".
                reason = str(cause).rpartition(": ")[2]
                raise ProtocolBroken(
                    f"The compressed response cannot be decompressed: {reason}.", hint=_HINT
                ) from cause
            if piece:
                yield piece
            if self._decompressor.eof:
                data = self._decompressor.unused_data
                more = bool(data)
            else:
                data = self._decompressor.unconsumed_tail
                # After a full piece there may be more output, even if all input was consumed.
                more = len(piece) == self._max_piece_bytes


def _decompress_until_error(decompressor: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Decompress the valid beginning of the data, byte by byte: a failed call discards its output."""
    with contextlib.suppress(zlib.error):
        pieces = (decompressor.decompress(data[at : at + 1]) for at in range(len(data)))
        yield from filter(None, pieces)


def inflater_for(content_encoding: str, max_piece_bytes: int) -> Inflater | None:
    """Return an inflater for a `Content-Encoding`. None if the body is not compressed.

    Raises:
        ProtocolBroken: If the encoding is not supported.
    """
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return Inflater(max_piece_bytes)
    raise ProtocolBroken(
        f"The response is compressed as {encoding!r}, although we requested no compression.",
        hint=_HINT,
    )
