"""Decodes Server-Sent Events by the WHATWG rules.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an event stream" and "Interpreting an
event stream".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.errors import ProtocolBroken
from tui.light_dataclass import dataclass
from tui.wire.lines import LineDecoder
from tui.wire.objects import is_complete_json

_MAX_COMMENT_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event."""

    data: str
    """The `data` lines, joined by newlines."""

    event: str = ""
    """The event type. Empty means `message`."""

    id: str = ""
    """The last event id received on this stream; empty if none was."""


@dataclass(frozen=True, slots=True)
class StrayLine:
    """A line with an unknown field name, which the standard tells clients to ignore.

    Some servers report errors in such a line: llama-server used an `error:`
    field until September 2025, others send bare JSON without `data:`.
    """

    text: str


class SSEDecoder:
    """Decodes the arriving bytes of an event stream into events."""

    retry_ms: int | None = None
    """The server's reconnection delay. Not used: a POST request cannot be resumed."""

    dataless_event: str = ""
    """The name of the last event without data, which the standard discards; empty if there was none."""

    comment: str = ""
    """The last comment, without its colon and the space after it. Empty if there was none."""

    def __init__(self, max_event_bytes: int) -> None:
        """Args:
        max_event_bytes: The maximum length of one event.
        """
        self._lines = LineDecoder(max_event_bytes, lone_cr=True)
        self._max_event_bytes = max_event_bytes
        self._data: list[str] = []
        self._data_bytes = 0
        self._event = ""
        self._data_event = ""
        """The event type when the first `data` line arrived."""
        self._id = ""
        self._lacks_blank_lines = False
        """Whether the server ends events by one line end instead of two."""

    def feed(self, data: bytes) -> Iterator[ServerSentEvent | StrayLine]:
        """Yield the events that these bytes complete. Exhaust the iterator before the next call.

        Raises:
            ProtocolBroken: If an event is too long, after the events before it.
        """
        for line in self._lines.feed(data):
            if not line:
                if self._data:
                    yield self._complete_event(self._event)
                elif self._event:
                    self.dataless_event = self._event
                self._event = ""
            # Fast path: almost every event is a single line of this form.
            elif line.startswith(b"data: ") and not self._data and not self._lacks_blank_lines:
                self._add_data(line[6:])
            elif line.startswith(b":"):
                self.comment = line[1:_MAX_COMMENT_BYTES].removeprefix(b" ").decode("utf-8", "replace")
            else:
                yield from self._process_field(line)

    def finish(self) -> tuple[ServerSentEvent | StrayLine, ...]:
        """Return the unterminated last event. The standard discards it, but it may contain an error or the end."""
        # The first line end terminates the unfinished line, the second one the event.
        return tuple(self.feed(b"\n\n"))

    def _complete_event(self, event: str) -> ServerSentEvent:
        data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
        self._data.clear()
        self._data_bytes = 0
        return ServerSentEvent(data, event, self._id)

    def _complete_line(self) -> Iterator[ServerSentEvent]:
        """Yield the only `data` line so far if it is complete: JSON that no line can continue, or OpenAI's end marker.

        Some gateways leave out the blank line between events. Waiting for it would show nothing until the end.
        """
        if len(self._data) == 1 and (self._data[0] == "[DONE]" or is_complete_json(self._data[0])):
            self._lacks_blank_lines = True
            yield self._complete_event(self._data_event)

    def _process_field(self, line: bytes) -> Iterator[ServerSentEvent | StrayLine]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"data":
                yield from self._complete_line()
                self._add_data(value)
                if self._lacks_blank_lines:
                    yield from self._complete_line()
            case b"event":
                self._event = value.decode("utf-8", "replace")
            case b"id":
                if b"\0" not in value:
                    self._id = value.decode("utf-8", "replace")
            case b"retry":
                # `int` refuses strings of thousands of digits.
                if value.isdigit() and len(value) < 10:
                    self.retry_ms = int(value)
            case _:
                yield from self._complete_line()
                yield StrayLine(line.decode("utf-8", "replace"))

    def _add_data(self, value: bytes) -> None:
        self._data_bytes += len(value) + 1
        if self._data_bytes > self._max_event_bytes:
            raise ProtocolBroken(
                f"The server sent an event of more than {self._max_event_bytes:,} bytes.",
                hint="To allow longer events, raise buffers.max_event_bytes.",
            )
        if not self._data:
            self._data_event = self._event
        self._data.append(value.decode("utf-8", "replace"))
