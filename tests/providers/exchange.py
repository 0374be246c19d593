"""Run one request of a provider against a scripted server, and check what holds for every script."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from tests.fault_server import (
    Connection,
    FaultServer,
    Script,
    eventually,
    no_leaked_tasks,
    refused_port,
    replies,
)
from tests.providers.bodies import Answer
from tests.providers.client import LONG_LIMITS, Outcome, ask, collect, provider_at
from tests.providers.wire_formats import WireFormat
from tui.chat.model_info import ChatRequest
from tui.chat.turn import ServerActivity
from tui.errors import ProviderError
from tui.providers.base import Provider
from tui.providers.http import HTTPProvider

_INTERNAL_TEXT: Final = re.compile(
    r"Traceback|Exception|\w+Error\b|\bErrno\b|\b(httpx|httpcore|h11|anyio|asyncio|bytearray|NoneType)\b|\bb['\"]"
    r"|<\w|0x[0-9a-f]{6}|[\n\r\x1b]"
)
"""Text that must not reach users: names from Python and its libraries, markup, and control characters."""


@dataclass(frozen=True)
class NetworkSetup:
    """The server's address, and the DNS and proxies between provider and server."""

    host: str = "127.0.0.1"
    """The host in the provider's URL."""

    scheme: str = "http"

    listening: bool = True
    """Whether the server listens during the fault."""

    proxy_variables: Callable[[FaultServer], dict[str, str]] = lambda _: {}
    """Makes the proxy settings in the environment."""

    dns_hangs: bool = False
    """Whether DNS lookups hang during the fault."""

    recovers: bool = True
    """Whether a working server can be reached at the address after the fault."""


DEFAULT_NETWORK: Final = NetworkSetup()


@dataclass
class Exchange:
    """A request in progress."""

    server: FaultServer
    outcome: Outcome = field(default_factory=lambda: Outcome(Answer()))
    stages: list[ServerActivity] = field(default_factory=list)
    """The activities reported so far."""

    @property
    def stage(self) -> str:
        """The current stage. Empty before the first one."""
        return self.stages[-1].stage if self.stages else ""

    @property
    def is_resolving(self) -> bool:
        """Whether a DNS lookup is running."""
        return any(thread.name.startswith("resolve ") for thread in threading.enumerate())

    @property
    def bytes_sent(self) -> int:
        """The number of bytes that the server has sent."""
        return sum(connection.bytes_sent for connection in self.server.connections)


async def run_exchange(
    wire: WireFormat,
    *scripts: Script,
    network: NetworkSetup = DEFAULT_NETWORK,
    on_connect: Script | None = None,
    prompt: str = "Hi",
    stop_when: Callable[[Exchange], bool] | None = None,
    **options: Any,
) -> Outcome:
    """Send one request; each attempt runs the next script.

    Checks in every case that there are as many requests as scripts, error messages are readable, the next request
    succeeds, and no tasks or connections are leaked.

    Args:
        wire: The wire format.
        scripts: One script for each attempt.
        network: The server's address, and the DNS and proxies before it.
        on_connect: Runs on each new connection before the server reads from it, during the fault.
        prompt: The prompt.
        stop_when: The condition under which the user stops the answer. None means never.
        options: Options of the provider that differ from the defaults.
    """
    responds_hello = replies(200, wire.unstreamed, headers={"Connection": "close"})

    fault_is_over = False

    async def run_on_connect(connection: Connection) -> None:
        if on_connect is not None and not fault_is_over:
            await on_connect(connection)

    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(no_leaked_tasks())
        server = FaultServer(*scripts, responds_hello, on_connect=run_on_connect)
        reserved_port = contextlib.ExitStack()
        if network.listening:
            await stack.enter_async_context(server)
        else:
            server.port = reserved_port.enter_context(refused_port())
        resume_dns = stack.enter_context(_network(network, server))
        exchange = Exchange(server)
        with reserved_port:
            url = f"{network.scheme}://{network.host}:{server.port}"
            provider = await stack.enter_async_context(provider_at(wire.kind, url, **options))
            await _ask(provider, wire.request_of(prompt), exchange, stop_when)
        fault_is_over = True
        outcome = exchange.outcome
        assert len(server.requests) == len(scripts)
        assert not scripts or outcome.stopped or outcome.attempts == len(scripts)
        # While the provider waits to retry, it has no open connection.
        if outcome.stopped and not outcome.retries:
            for connection in server.connections:
                connection.resume_reading()
            await server.wait_until_disconnected()
        if outcome.error is not None:
            assert_readable(outcome.error)
        for retry in outcome.retries:
            assert_readable(retry.message)

        if network.recovers:
            if not network.listening:
                server = await stack.enter_async_context(FaultServer(responds_hello, port=server.port))
            resume_dns()
            assert isinstance(provider, HTTPProvider)
            provider.transport.limits = LONG_LIMITS
            next_outcome = await ask(provider, replace(wire.request, stream=False))
            assert (next_outcome.answer.content, next_outcome.error) == ("Hello", None)
        await server.wait_until_disconnected()
    return outcome


def assert_readable(error: ProviderError | str) -> None:
    """Check that an error message is a sentence without internal details, and has a hint."""
    message = str(error)
    assert message.endswith((".", "…")), message
    texts = [message]
    if isinstance(error, ProviderError):
        assert error.hint.endswith("."), f"no hint: {message}"
        texts.append(error.hint)
    for text in texts:
        assert not _INTERNAL_TEXT.search(text), text
        assert len(text) < 1_000, text


async def _ask(
    provider: Provider, request: ChatRequest, exchange: Exchange, stop_when: Callable[[Exchange], bool] | None
) -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    task = asyncio.ensure_future(collect(provider.stream_chat(request, exchange.stages.append), exchange.outcome))
    if stop_when is not None:
        await eventually(lambda: stop_when(exchange))
        started_at = loop.time()
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    exchange.outcome.stopped = task.cancelled()
    exchange.outcome.seconds = loop.time() - started_at


@contextlib.contextmanager
def _network(network: NetworkSetup, server: FaultServer) -> Iterator[Callable[[], None]]:
    """Set up DNS and the environment. Yields a function that lets DNS lookups continue."""
    dns_answers = threading.Event()

    def resolve(_: str, port: int, **__: object) -> list[Any]:
        assert dns_answers.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    with pytest.MonkeyPatch.context() as patch:
        if network.dns_hangs:
            patch.setattr(socket, "getaddrinfo", resolve)
        for name, value in network.proxy_variables(server).items():
            patch.setenv(name, value)
        yield dns_answers.set
