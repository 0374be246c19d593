"""Servers that stall, and the timeouts that end the request."""

from __future__ import annotations

from typing import Final

from tests.fault_server import hangs
from tests.providers.faults.fault import PARTIAL, SHORT_TIMEOUT_S, Fault
from tests.providers.faults.servers import limits, streams_forever

TIMEOUTS: Final = (
    Fault(
        "The model loads for longer than the first-token timeout, before the headers",
        lambda _: hangs,
        options=limits(first_token=SHORT_TIMEOUT_S),
        error_kind="first_token_timeout",
        expected_words=("timeouts.first_token", "load"),
    ),
    Fault(
        "The server sends nothing after the headers",
        lambda wire: wire.hangs_after(),
        options=limits(first_token=SHORT_TIMEOUT_S),
        error_kind="first_token_timeout",
        expected_words=("timeouts.first_token",),
    ),
    Fault(
        "The answer takes longer than the total timeout",
        lambda _: hangs,
        # Making the connection counts too, and on a busy machine takes its time.
        options=limits(total=8 * SHORT_TIMEOUT_S),
        error_kind="total_timeout",
        expected_words=("timeouts.total",),
    ),
    Fault(
        "The server stalls in the middle of the answer",
        lambda wire: wire.hangs_after(wire.text("Hello")),
        options=limits(idle=SHORT_TIMEOUT_S),
        error_kind="idle_timeout",
        expected_answer=PARTIAL,
        expected_words=("timeouts.idle",),
    ),
    Fault(
        "The server stalls in the middle of a line",
        lambda wire: wire.hangs_after(wire.text("Hello") + wire.text(" there")[:15]),
        options=limits(idle=SHORT_TIMEOUT_S),
        error_kind="idle_timeout",
        expected_answer=PARTIAL,
        expected_words=("timeouts.idle",),
    ),
    Fault(
        "The server sends only keep-alives and never an answer",
        streams_forever(lambda _: b"", lambda wire: wire.keep_alive),
        options=limits(first_token=SHORT_TIMEOUT_S),
        error_kind="first_token_timeout",
        expected_words=("timeouts.first_token",),
    ),
    Fault(
        "The server sends keep-alives without a pause and never an answer",
        streams_forever(lambda _: b"", lambda wire: wire.keep_alive * 2_000),
        options=limits(first_token=SHORT_TIMEOUT_S),
        error_kind="first_token_timeout",
        expected_words=("timeouts.first_token",),
    ),
    Fault(
        "The server sends only keep-alives after some text",
        streams_forever(lambda wire: wire.text("Hello"), lambda wire: wire.keep_alive),
        options=limits(first_token=2 * SHORT_TIMEOUT_S, idle=SHORT_TIMEOUT_S),
        error_kind="idle_timeout",
        expected_answer=PARTIAL,
        expected_words=("timeouts.",),
    ),
)
