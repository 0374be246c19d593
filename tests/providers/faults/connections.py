"""Faults while connecting: refused connections, DNS and TLS."""

from __future__ import annotations

from typing import Final

from tests.fault_server import hangs
from tests.providers.exchange import NetworkSetup
from tests.providers.faults.fault import COMPLETE, MAX_ATTEMPTS, SHORT_TIMEOUT_S, Fault
from tests.providers.faults.servers import hello_body, limits, streams_body

CONNECTIONS: Final = (
    Fault(
        "The server refuses the connection",
        network=NetworkSetup(listening=False),
        error_kind="connect",
        expected_words=("http://127.0.0.1:", "refused"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server listens on the other address family only",
        network=NetworkSetup("[::1]", recovers=False),
        error_kind="connect",
        expected_words=("http://[::1]:",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The host is localhost, which may resolve to IPv4 or IPv6",
        streams_body(hello_body),
        network=NetworkSetup("localhost"),
        expected_answer=COMPLETE,
    ),
    Fault(
        "The host name is invalid",
        network=NetworkSetup("x" * 64 + ".example", recovers=False),
        error_kind="connect",
        expected_words=("cannot be resolved",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server accepts the connection but never answers the TLS handshake",
        network=NetworkSetup(scheme="https", recovers=False),
        on_connect=hangs,
        options=limits(connect=SHORT_TIMEOUT_S),
        error_kind="connect_timeout",
        expected_words=("timeouts.connect",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server does not speak TLS",
        network=NetworkSetup(scheme="https", recovers=False),
        on_connect=lambda connection: connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        error_kind="connect",
        expected_words=("http://",),
    ),
)
