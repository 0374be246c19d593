"""The user stops the answer at each stage of a request."""

from __future__ import annotations

from typing import Final

from tests.fault_server import Connection, hangs
from tests.providers.bodies import Answer
from tests.providers.exchange import NetworkSetup
from tests.providers.faults.fault import PARTIAL, Fault
from tests.providers.faults.servers import responds, streams_forever
from tui.limits import RetryPolicy


async def _stops_reading(connection: Connection) -> None:
    connection.stop_reading()
    await connection.closed_by_client()


CANCELLATION: Final = (
    Fault(
        "The user stops during the DNS lookup",
        network=NetworkSetup("slow.example", dns_hangs=True),
        error_kind="cancelled",
        stop_when=lambda exchange: exchange.stage == "connecting" and exchange.is_resolving,
    ),
    Fault(
        "The user stops during the TLS handshake",
        network=NetworkSetup(scheme="https", recovers=False),
        on_connect=hangs,
        error_kind="cancelled",
        stop_when=lambda exchange: exchange.stage == "connecting" and bool(exchange.server.connections),
    ),
    Fault(
        "The user stops while the request is sent",
        on_connect=lambda connection: _stops_reading(connection),
        prompt="x" * 10_000_000,
        error_kind="cancelled",
        stop_when=lambda exchange: exchange.stage == "waiting" and bool(exchange.server.connections),
    ),
    Fault(
        "The user stops before the headers",
        lambda _: hangs,
        error_kind="cancelled",
        stop_when=lambda exchange: bool(exchange.server.requests),
    ),
    Fault(
        "The user stops between the headers and the first text",
        lambda wire: wire.hangs_after(wire.keep_alive),
        error_kind="cancelled",
        stop_when=lambda exchange: exchange.bytes_sent > 0,
    ),
    Fault(
        "The user stops in the thinking",
        lambda wire: wire.hangs_after(wire.thinking("Hm")),
        error_kind="cancelled",
        expected_answer=Answer(thinking="Hm"),
        stop_when=lambda exchange: bool(exchange.outcome.answer.thinking),
    ),
    Fault(
        "The user stops in the middle of the answer",
        lambda wire: wire.hangs_after(wire.text("Hello") + wire.text(" there")[:15]),
        error_kind="cancelled",
        expected_answer=PARTIAL,
        stop_when=lambda exchange: bool(exchange.outcome.answer.content),
    ),
    Fault(
        "The user stops while the server keeps sending",
        streams_forever(lambda wire: wire.text("Hello"), lambda wire: wire.text("")),
        error_kind="cancelled",
        expected_answer=PARTIAL,
        stop_when=lambda exchange: bool(exchange.outcome.answer.content),
    ),
    Fault(
        "The user stops while waiting to retry",
        responds(503),
        options={"retry": RetryPolicy(attempts=3, backoff_initial=30.0, backoff_max=30.0)},
        error_kind="cancelled",
        stop_when=lambda exchange: bool(exchange.outcome.retries),
    ),
)
