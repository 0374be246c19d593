"""Faults of proxies, both forward proxies from the environment and reverse proxies before the server."""

from __future__ import annotations

from typing import Final

from tests.fault_server import replies
from tests.providers.bodies import Answer
from tests.providers.exchange import NetworkSetup
from tests.providers.faults.fault import COMPLETE, MAX_ATTEMPTS, PARTIAL, Fault
from tests.providers.faults.servers import LOGIN_PAGE, PROXY_PAGE, hello_body, responds, streams_body

PROXIES: Final = (
    Fault(
        "The environment sets a proxy, and the server is on the loopback address",
        streams_body(hello_body),
        network=NetworkSetup(
            proxy_variables=lambda _: {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "socks4://nowhere"}
        ),
        expected_answer=COMPLETE,
    ),
    Fault(
        "A proxy responds with an error instead of the server",
        lambda _: replies(502, PROXY_PAGE, "text/html"),
        network=NetworkSetup("model.example", proxy_variables=lambda server: {"HTTP_PROXY": server.url}),
        error_kind="server",
        expected_words=("502", "proxy http://127.0.0.1:", "NO_PROXY"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "A proxy responds with a login page instead of the server",
        lambda _: replies(200, LOGIN_PAGE, "text/html"),
        network=NetworkSetup("model.example", proxy_variables=lambda server: {"HTTP_PROXY": server.url}),
        error_kind="protocol",
        expected_words=("Sign in", "proxy http://127.0.0.1:", "NO_PROXY"),
    ),
    Fault(
        "The proxy refuses the connection",
        network=NetworkSetup(
            "model.example", listening=False, proxy_variables=lambda server: {"HTTP_PROXY": server.url}
        ),
        error_kind="connect",
        expected_words=("through the proxy http://127.0.0.1:", "NO_PROXY"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The environment sets a proxy of an unsupported type",
        network=NetworkSetup(
            "model.example", proxy_variables=lambda _: {"ALL_PROXY": "socks4://me:secret@127.0.0.1:1"}, recovers=False
        ),
        error_kind="connect",
        expected_words=("socks4://127.0.0.1:1", "ALL_PROXY"),
        forbidden_words=("secret",),
    ),
    Fault(
        "A reverse proxy cannot reach the server",
        responds(502, b"<html><title>502 Bad Gateway</title><p>nginx/1.25</p>", "text/html"),
        error_kind="server",
        expected_words=("502 Bad Gateway", "proxy's error page"),
        forbidden_words=("nginx",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "A reverse proxy times out before the answer begins",
        responds(504, PROXY_PAGE, "text/html"),
        error_kind="server",
        expected_words=("504", "proxy's error page", "read timeout"),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "A reverse proxy buffers the whole answer",
        streams_body(lambda wire: b"".join(map(wire.text, ["x"] * 20_000)) + wire.end),
        expected_answer=Answer("x" * 20_000, finish_reason="stop"),
    ),
    Fault(
        "A reverse proxy writes an error page into the stream",
        streams_body(lambda wire: wire.text("Hello") + PROXY_PAGE + b"\n"),
        error_kind="protocol",
        expected_answer=PARTIAL,
        expected_words=("web page", "proxy"),
        forbidden_words=("nginx",),
    ),
)
