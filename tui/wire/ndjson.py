"""Newline-delimited JSON: bytes → objects."""

from __future__ import annotations

from collections.abc import Iterator

from tui.wire.lines import LineDecoder
from tui.wire.objects import JSONObject, parse_object


class NDJSONDecoder:
    """Turns arriving bytes into JSON objects, one for each line that is not blank."""

    def __init__(self, max_event_bytes: int) -> None:
        """Args:
        max_event_bytes: The most bytes that one line may have.
        """
        self._lines = LineDecoder(max_event_bytes, lone_cr=False)

    def feed(self, data: bytes) -> Iterator[JSONObject]:
        """Take the next bytes; give the objects that they complete. Use it up before the next call.

        Raises:
            ProtocolBroken: When a line is too long or no JSON object, after the objects before it.
        """
        for line in self._lines.feed(data):
            if line and not line.isspace():
                yield parse_object(line.decode("utf-8", "replace"))

    def finish(self) -> str:
        """The unfinished last line. A whole answer that is one object often comes without a line end."""
        return self._lines.finish().decode("utf-8", "replace").strip()
