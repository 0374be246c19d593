"""Bodies without an end, which must stop at the size limit."""

from __future__ import annotations

from typing import Final

from tests.providers.faults.fault import EVENT_STREAMS, PARTIAL, Fault
from tests.providers.faults.servers import streams_forever

SIZE_LIMITS: Final = (
    Fault(
        "A line never ends",
        streams_forever(lambda wire: wire.text("Hello") + wire.text("x")[:10], lambda _: b"x" * 10_000),
        options={"max_event_bytes": 200_000},
        error_kind="protocol",
        expected_answer=PARTIAL,
        expected_words=("200,000", "max_event_bytes"),
    ),
    Fault(
        "An event of many lines never ends",
        streams_forever(lambda wire: wire.text("Hello"), lambda _: b"data: [\n" * 1_000),
        EVENT_STREAMS,
        options={"max_event_bytes": 200_000},
        error_kind="protocol",
        expected_answer=PARTIAL,
        expected_words=("200,000",),
    ),
    Fault(
        "A comment never ends",
        streams_forever(lambda wire: wire.text("Hello") + b": ", lambda _: b"x" * 10_000),
        EVENT_STREAMS,
        options={"max_event_bytes": 200_000},
        error_kind="protocol",
        expected_answer=PARTIAL,
        expected_words=("200,000",),
    ),
    Fault(
        "A single JSON object never ends",
        streams_forever(lambda wire: wire.unstreamed[:-1] + b', "x": "', lambda _: b"x" * 10_000),
        options={"max_event_bytes": 200_000},
        error_kind="protocol",
        expected_words=("200,000",),
    ),
)
