"""Compressed bodies, which nobody asked for, unpacked a bounded piece at a time."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from typing import Final

from tui.errors import ProtocolBroken

_GZIP_OR_ZLIB: Final = 47
"""zlib's word for: look at the header, and tell the two apart."""
_HINT: Final = "Something between here and the server compresses; have it leave event streams alone."


class Inflater:
    """Unpacks gzip and deflate. However much a body promises to become, a piece stays within its size."""

    def __init__(self, most: int) -> None:
        """Args:
        most: The most bytes of one piece.
        """
        self._most = most
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next packed bytes; give what they unpack to, a piece at a time.

        Raises:
            ProtocolBroken: When they are not what the header said.
        """
        more = True
        while more:
            if self._unpack.eof:
                # A gzip body may be several, one after another. And a finished unpacker would hoard what it is given.
                self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
            before = self._unpack.copy()
            try:
                piece = self._unpack.decompress(data, self._most)
            except zlib.error as cause:
                yield from _up_to_the_damage(before, data)
                raise ProtocolBroken(
                    # Before it stand the library's own words and number.
                    f"The reply says that it is compressed, and cannot be unpacked: {str(cause).rpartition(': ')[2]}.",
                    hint=_HINT,
                ) from cause
            if piece:
                yield piece
            if self._unpack.eof:
                data = self._unpack.unused_data
                more = bool(data)
            else:
                data = self._unpack.unconsumed_tail
                # A full piece may have left more inside the unpacker, even when it took in all of the data.
                more = len(piece) == self._most


def _up_to_the_damage(unpack: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What the bytes before the damage unpack to. One by one, for of a call that fails zlib gives nothing."""
    with contextlib.suppress(zlib.error):
        pieces = (unpack.decompress(data[at : at + 1]) for at in range(len(data)))
        yield from filter(None, pieces)


def inflater_for(content_encoding: str, most: int) -> Inflater | None:
    """What unpacks a body with this `Content-Encoding`. None when there is nothing to unpack.

    Raises:
        ProtocolBroken: When it is one that nobody asked for and we cannot unpack.
    """
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return Inflater(most)
    raise ProtocolBroken(
        f"The reply is compressed as {encoding!r}, though we asked for none.",
        hint=_HINT,
    )
