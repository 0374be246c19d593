"""A provider meets a server that does what scripts say; and what must hold whatever they say."""

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
    nothing_left_behind,
    refused_port,
    replies,
)
from tests.providers.client import LONG, Outcome, ask, gathered, provider_at
from tests.providers.reading import Answer
from tests.providers.wires import Wire
from tui.chat.model_info import ChatRequest
from tui.chat.turn import ServerActivity
from tui.errors import ProviderError
from tui.providers.base import Provider
from tui.providers.http import HTTPProvider

_OURS_ALONE: Final = re.compile(
    r"Traceback|Exception|\w+Error\b|\bErrno\b|\b(httpx|httpcore|h11|anyio|asyncio|bytearray|NoneType)\b|\bb['\"]"
    r"|<\w|0x[0-9a-f]{6}|[\n\r\x1b]"
)
"""What a user has no use for: the words of Python and its libraries, markup, and what a terminal would obey."""


@dataclass(frozen=True)
class Place:
    """Where a server is looked for, and where it is."""

    host: str = "127.0.0.1"
    """As the provider's address has it."""

    scheme: str = "http"

    listens: bool = True
    """Whether anybody listens there, while the fault lasts."""

    environment: Callable[[FaultServer], dict[str, str]] = lambda _: {}
    """What the environment says of proxies."""

    names_hang: bool = False
    """Whether the name server does not answer, while the fault lasts."""

    mends: bool = True
    """Whether a server that works can be had there afterwards."""


HERE: Final = Place()


@dataclass
class Exchange:
    """A question under way."""

    server: FaultServer
    outcome: Outcome = field(default_factory=lambda: Outcome(Answer()))
    stages: list[ServerActivity] = field(default_factory=list)
    """What it has waited for so far."""

    @property
    def stage(self) -> str:
        """What it waits for. Empty before it has begun."""
        return self.stages[-1].stage if self.stages else ""

    @property
    def resolves(self) -> bool:
        """Whether a name server is being asked."""
        return any(thread.name.startswith("resolve ") for thread in threading.enumerate())

    @property
    def sent(self) -> int:
        """Bytes that the server has sent."""
        return sum(connection.bytes_sent for connection in self.server.connections)


async def outcome_of(
    wire: Wire,
    *scripts: Script,
    place: Place = HERE,
    at_once: Script | None = None,
    prompt: str = "Hi",
    stop_when: Callable[[Exchange], bool] | None = None,
    **options: Any,
) -> Outcome:
    """What asking once comes to, where each try meets the next script.

    Whatever it is: there are as many requests as scripts, failures are told in
    words for people, the next question is answered, and nothing is left behind.

    Args:
        wire: How the question is asked.
        scripts: What the server does with each try.
        place: Where the server is.
        at_once: What it does with each connection before it reads from it, until the fault is over.
        prompt: What to ask.
        stop_when: When the user stops the answer. None is never.
        options: More of the provider's options.
    """
    works = replies(200, wire.whole, headers={"Connection": "close"})

    is_over = False

    async def begins(connection: Connection) -> None:
        if at_once is not None and not is_over:
            await at_once(connection)

    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(nothing_left_behind())
        server = FaultServer(*scripts, works, at_once=begins)
        held = contextlib.ExitStack()
        if place.listens:
            await stack.enter_async_context(server)
        else:
            server.port = held.enter_context(refused_port())
        names_answer = stack.enter_context(_surroundings(place, server))
        meeting = Exchange(server)
        with held:
            url = f"{place.scheme}://{place.host}:{server.port}"
            provider = await stack.enter_async_context(provider_at(wire.kind, url, **options))
            await _ask(provider, wire.request_of(prompt), meeting, stop_when)
        is_over = True
        outcome = meeting.outcome
        assert len(server.requests) == len(scripts)
        assert not scripts or outcome.stopped or outcome.tries == len(scripts)
        # In the wait before another try nothing is under way that could be closed.
        if outcome.stopped and not outcome.retries:
            for connection in server.connections:
                connection.read_again()
            await server.deserted()
        if outcome.error is not None:
            assert_for_people(outcome.error)
        for retry in outcome.retries:
            assert_for_people(retry.message)

        if place.mends:
            if not place.listens:
                server = await stack.enter_async_context(FaultServer(works, port=server.port))
            names_answer()
            assert isinstance(provider, HTTPProvider)
            provider.transport.limits = LONG
            again = await ask(provider, replace(wire.request, stream=False))
            assert (again.answer.content, again.error) == ("Hello", None)
        await server.deserted()
    return outcome


def assert_for_people(failure: ProviderError | str) -> None:
    """A failure is told in a sentence or two that a person can read, with what to do about it."""
    message = str(failure)
    assert message.endswith((".", "…")), message
    texts = [message]
    if isinstance(failure, ProviderError):
        assert failure.hint.endswith("."), f"no hint: {message}"
        texts.append(failure.hint)
    for text in texts:
        assert not _OURS_ALONE.search(text), text
        assert len(text) < 1_000, text


async def _ask(
    provider: Provider, request: ChatRequest, meeting: Exchange, stop_when: Callable[[Exchange], bool] | None
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    asking = asyncio.ensure_future(gathered(provider.stream_chat(request, meeting.stages.append), meeting.outcome))
    if stop_when is not None:
        await eventually(lambda: stop_when(meeting))
        began = loop.time()
        asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    meeting.outcome.stopped = asking.cancelled()
    meeting.outcome.seconds = loop.time() - began


@contextlib.contextmanager
def _surroundings(place: Place, server: FaultServer) -> Iterator[Callable[[], None]]:
    """What surrounds the provider. Gives what makes the name server answer."""
    answers = threading.Event()

    def request_object(_: str, port: int, **__: object) -> list[Any]:
        assert answers.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    with pytest.MonkeyPatch.context() as patch:
        if place.names_hang:
            patch.setattr(socket, "getaddrinfo", request_object)
        for name, value in place.environment(server).items():
            patch.setenv(name, value)
        yield answers.set
