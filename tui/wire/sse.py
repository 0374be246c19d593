"""Server-Sent Events: bytes → events, by the WHATWG rules.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an event stream" and "Interpreting an
event stream".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tui.errors import ProtocolBroken
from tui.wire.lines import LineDecoder


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event."""

    data: str
    """Its `data` lines, joined by newlines."""

    event: str = ""
    """Its type. Empty is the same as `message`."""

    id: str = ""
    """The last id that the stream has named so far."""


@dataclass(frozen=True, slots=True)
class StrayLine:
    """A line that the standard has readers ignore, for its field has no meaning there.

    Some servers report their errors in one: llama-server had an `error:` field
    until September 2025, others write bare JSON without `data:`.
    """

    text: str


class SSEDecoder:
    """Turns the arriving bytes of an event stream into events."""

    retry_ms: int | None = None
    """How long the server asks to wait before reconnecting. Nobody does: a request that was posted is not resumed."""

    def __init__(self, max_event_bytes: int) -> None:
        """Args:
        max_event_bytes: The most bytes that one event may have.
        """
        self._lines = LineDecoder(max_event_bytes, lone_cr=True)
        self._max_event_bytes = max_event_bytes
        self._data: list[str] = []
        self._data_bytes = 0
        self._event = ""
        self._id = ""

    def feed(self, data: bytes) -> Iterator[ServerSentEvent | StrayLine]:
        """Take the next bytes; give the events that they complete. Use it up before the next call.

        Raises:
            ProtocolBroken: When an event gets too long, after the events before it.
        """
        for line in self._lines.feed(data):
            if not line:
                if self._data:
                    yield self._whole_event()
                self._event = ""
            # The one line that nearly every event consists of, taken first.
            elif line.startswith(b"data: "):
                self._add_data(line[6:])
            elif not line.startswith(b":"):
                yield from self._take_field(line)

    def finish(self) -> tuple[ServerSentEvent | StrayLine, ...]:
        """The unfinished rest. The standard drops it; it may still hold an error, or the end."""
        # One line end for the line that has none, one for the event.
        return tuple(self.feed(b"\n\n"))

    def _whole_event(self) -> ServerSentEvent:
        data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
        self._data.clear()
        self._data_bytes = 0
        return ServerSentEvent(data, self._event, self._id)

    def _take_field(self, line: bytes) -> Iterator[StrayLine]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"data":
                self._add_data(value)
            case b"event":
                self._event = value.decode("utf-8", "replace")
            case b"id":
                if b"\0" not in value:
                    self._id = value.decode("utf-8", "replace")
            case b"retry":
                # Thousands of digits would be more than Python turns into a number.
                if value.isdigit() and len(value) < 10:
                    self.retry_ms = int(value)
            case _:
                yield StrayLine(line.decode("utf-8", "replace"))

    def _add_data(self, value: bytes) -> None:
        self._data_bytes += len(value) + 1
        if self._data_bytes > self._max_event_bytes:
            raise ProtocolBroken(
                f"The server sent an event of more than {self._max_event_bytes:,} bytes.",
                hint="If such long events are meant, raise buffers.max_event_bytes.",
            )
        self._data.append(value.decode("utf-8", "replace"))
