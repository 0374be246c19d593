"""Decodes newline-delimited JSON."""

from __future__ import annotations

from collections.abc import Iterator

from tui.wire.lines import LineDecoder
from tui.wire.objects import JSONObject, is_keep_alive, parse_object


class NDJSONDecoder:
    """Decodes arriving bytes into JSON objects, one per line. Blank lines and keep-alives are skipped."""

    def __init__(self, max_event_bytes: int) -> None:
        """Args:
        max_event_bytes: The maximum length of one line.
        """
        self._lines = LineDecoder(max_event_bytes, lone_cr=False)

    def feed(self, data: bytes) -> Iterator[JSONObject]:
        """Yield the objects that these bytes complete. Exhaust the iterator before the next call.

        Raises:
            ProtocolBroken: If a line is too long or not a JSON object, after the objects before it.
        """
        for line in self._lines.feed(data):
            if line and not line.isspace():
                text = line.decode("utf-8", "replace")
                if text.startswith("{") or not is_keep_alive(text):
                    yield parse_object(text)

    def finish(self) -> str:
        """Return the unterminated last line. A response that is a single object often has no line end."""
        return self._lines.finish().decode("utf-8", "replace").strip()
