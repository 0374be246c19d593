"""Bytes, as they arrive → whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.errors import ProtocolBroken

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class LineDecoder:
    """Turns arriving bytes into whole lines of bytes.

    Ends a line at LF, at CRLF, and where the protocol has it at a lone CR, and
    nowhere else. `str.splitlines`, and so httpx's `aiter_lines`, also ends one
    at U+0085 and U+2028, which a JSON string may hold unescaped: an answer
    quoting one would be torn in two. No byte of a longer UTF-8 character equals
    LF or CR, so lines are cut first and decoded whole.
    """

    def __init__(self, longest: int, *, lone_cr: bool) -> None:
        """Args:
        longest: The most bytes that one line may have.
        lone_cr: Whether a CR without LF ends a line, as in an event stream.
        """
        self._longest = longest
        self._lone_cr = lone_cr
        self._after_cr = False
        self._held = bytearray()
        self._mark: bytes | None = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next bytes; give the lines that they complete, without their ends.

        The iterator must be used up before the next call.

        Raises:
            ProtocolBroken: When a line gets too long, after the lines before it.
        """
        if self._mark is not None:
            data = self._without_mark(data)
        if self._lone_cr:
            data = self._with_lf_only(data)
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._held:
            lines[0] = bytes(self._held) + lines[0]
            self._held.clear()
        for line in lines:
            if len(line) > self._longest:
                raise self._too_long()
            yield line.removesuffix(b"\r")
        self._held += rest
        if len(self._held) > self._longest:
            raise self._too_long()

    def finish(self) -> bytes:
        """What came after the last line end. Empty when nothing did."""
        rest = (self._mark or b"") + bytes(self._held)
        self._held.clear()
        return rest

    def _without_mark(self, data: bytes) -> bytes:
        begun = (self._mark or b"") + data
        if len(begun) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(begun):
            self._mark = begun
            return b""
        self._mark = None
        return begun.removeprefix(_BYTE_ORDER_MARK)

    def _with_lf_only(self, data: bytes) -> bytes:
        if not data:
            return data
        # A CR ends its line at once: its LF, if one follows, may be a long time coming.
        if self._after_cr:
            data = data.removeprefix(b"\n")
        self._after_cr = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _too_long(self) -> ProtocolBroken:
        return ProtocolBroken(
            f"The server sent a line of more than {self._longest:,} bytes.",
            hint="If such long lines are meant, raise buffers.max_event_bytes.",
        )
