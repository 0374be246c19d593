"""Chunks of a chunked body that arrived together → one chunk, before the HTTP library sees them.

Model servers send one chunk for each token, and the library takes longer over a chunk than its token takes to read.
Where chunks begin and end means nothing in HTTP, so they may be joined on the way.
"""

from __future__ import annotations

import re
from typing import Final, Literal

_IS_CHUNKED: Final = re.compile(rb"HTTP/1\.1 [2-5](?s:.*)\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_GOES_BEFORE: Final = re.compile(rb"HTTP/1\.1 1\d\d[ \r]")
_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,8}\Z")
_LONGEST_SIZE: Final = 8
_LONGEST_HEAD: Final = 65_536
_LINE_END: Final = b"\r\n"


class ChunkJoiner:
    """Passes on what one connection receives, with the chunks of chunked bodies joined. No I/O.

    What is not as plain as can be, chunk extensions and trailers among it, and
    what is no chunked body at all, passes as it came: whether it is right is
    for the library to say.
    """

    def __init__(self) -> None:
        self._at: Literal["head", "body", "elsewhere"] = "elsewhere"
        self._held = b""
        """The head so far, which has been passed on; or the beginning of a chunk's size, which has not."""
        self._missing = 0
        """Bytes of the chunk under way that have not come."""
        self._ends_line = False
        """Whether a chunk is whole but for the line end after it, which is owed until it has come."""

    def expect_head(self) -> None:
        """Something was sent: what comes next may be the head of a reply. Not in the middle of a body."""
        if self._at == "elsewhere":
            self._at = "head"
            self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What to pass on for the next bytes. Empty where that is nothing yet."""
        if self._at == "elsewhere":
            return data
        if self._at == "head":
            return self._feed_head(data)
        return self._feed_body(data)

    def _feed_head(self, data: bytes) -> bytes:
        seen = self._held + data
        stop = seen.find(b"\r\n\r\n") + 4
        if stop < 4:
            self._held = seen
            if len(seen) > _LONGEST_HEAD:
                self._at = "elsewhere"
            return data
        head, rest = seen[:stop], seen[stop:]
        if _GOES_BEFORE.match(head):
            self._held = b""
            return data[: len(data) - len(rest)] + (self._feed_head(rest) if rest else b"")
        if not _IS_CHUNKED.match(head):
            self._at = "elsewhere"
            return data
        self._at = "body"
        self._held = b""
        self._missing, self._ends_line = 0, False
        return data[: len(data) - len(rest)] + self._feed_body(rest)

    def _feed_body(self, data: bytes) -> bytes:
        if self._held:
            data = self._held + data
            self._held = b""
        parts: list[bytes] = []
        owed = b""
        at, length = 0, len(data)
        while at < length:
            if self._missing:
                part = data[at : at + self._missing]
                parts.append(part)
                at += len(part)
                self._missing -= len(part)
                self._ends_line = not self._missing
            elif self._ends_line:
                if not data.startswith(_LINE_END, at):
                    if length - at == 1 and data.endswith(b"\r"):
                        break
                    # Not what it should be, and so it must look to the library.
                    self._at = "elsewhere"
                    return owed + _chunk(parts, whole=False) + data[at:]
                self._ends_line = False
                at += 2
                if not parts:
                    owed = _LINE_END
            else:
                stop = data.find(_LINE_END, at, at + _LONGEST_SIZE + 2)
                if stop < 0 and length - at < _LONGEST_SIZE + 2:
                    break
                size = int(data[at:stop], 16) if stop > 0 and _SIZE.match(data, at, stop) else 0
                if not size:
                    self._at = "elsewhere"
                    return owed + _chunk(parts) + data[at:]
                self._missing = size
                at = stop + 2
        self._held = data[at:]
        return owed + _chunk(parts, whole=not self._ends_line)


def _chunk(parts: list[bytes], *, whole: bool = True) -> bytes:
    """One chunk of several, without the line end after it where that has not come yet."""
    data = b"".join(parts)
    return b"%x\r\n%b%b" % (len(data), data, _LINE_END if whole else b"") if data else b""
