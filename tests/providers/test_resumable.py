"""Answers that llama.cpp's server keeps if the connection breaks: continued, and stopped when they are not wanted."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fault_server import EVENT_STREAM, Connection, FaultServer, eventually, no_leaked_tasks, refused_port, replies
from tests.providers.bodies import Answer
from tests.providers.client import HI, LONG_LIMITS, NO_RETRY, RETRY_IMMEDIATELY, Outcome, ask, collect, provider_at
from tui.chat.model_info import ChatRequest
from tui.chat.turn import ServerActivity
from tui.limits import RetryPolicy
from tui.providers.base import Provider

WORDS = ("Once ", "upon ", "a ", "time ", "é漢😀.")


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'id': 'c1', 'choices': [choice]}, ensure_ascii=False)}\n\n".encode()


ANSWER = b"".join(event({"content": word}) for word in WORDS) + event({}, "stop") + b"data: [DONE]\n\n"


class KeptAnswer:
    """Serves an answer, and cuts its connections after the given numbers of bytes. None cuts none."""

    def __init__(self, *cuts: int | None, ends_properly: bool = False) -> None:
        """Args:
        cuts: Where each response ends.
        ends_properly: Whether a response that is cut ends as if it were complete.
        """
        self._cuts = list(cuts)
        self._ends_properly = ends_properly
        self.lost = False
        """Whether the server no longer has the answer."""

    async def script(self, connection: Connection) -> None:
        target = urlsplit(connection.request.target)
        if connection.request.method == "DELETE":
            await connection.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        elif target.path == "/v1/models":
            await replies(200, b'{"data":[{"id":"m","owned_by":"llamacpp"}]}')(connection)
        elif target.path == "/v1/stream" and self.lost:
            await replies(404, b'{"error":{"message":"File Not Found","code":404}}')(connection)
        else:
            await self._send(connection, int(parse_qs(target.query).get("from", ["0"])[0]))

    async def _send(self, connection: Connection, start: int) -> None:
        await connection.head(200, EVENT_STREAM)
        cut = self._cuts.pop(0)
        await connection.body(ANSWER[start:cut])
        if cut is None or self._ends_properly:
            await connection.end()
        else:
            connection.close()


@contextlib.asynccontextmanager
async def provider_of(
    answer: KeptAnswer, retry: RetryPolicy = RETRY_IMMEDIATELY
) -> AsyncIterator[tuple[Provider, FaultServer]]:
    async with (
        no_leaked_tasks(),
        FaultServer(answer.script) as server,
        provider_at("llamacpp", server, retry=retry) as provider,
    ):
        yield provider, server


def requests_of(server: FaultServer) -> list[tuple[str, str, str | None]]:
    """Method, path and start of each request."""
    found = []
    for request in server.requests:
        target = urlsplit(request.target)
        found.append((request.method, target.path, parse_qs(target.query).get("from", [None])[0]))
    return found


def names_of(server: FaultServer) -> set[str]:
    """The names under which the server was to keep answers."""
    named = [request.headers.get("x-conversation-id") for request in server.requests if request.method == "POST"]
    asked = [
        name for request in server.requests for name in parse_qs(urlsplit(request.target).query).get("conv_id", [])
    ]
    return {str(name) for name in (*named, *asked)}


@pytest.mark.parametrize("ends_properly", [False, True])
@pytest.mark.parametrize("cuts", [[1], [100], [len(ANSWER) - 20], [50, 60, 300], [ANSWER.index("漢".encode()) + 1]])
async def test_broken_answer_is_continued_where_it_was_cut(cuts: Sequence[int], ends_properly: bool) -> None:
    answer = KeptAnswer(*cuts, None, ends_properly=ends_properly)
    async with provider_of(answer) as (provider, server):
        outcome = await ask(provider)

        assert (outcome.answer.content, outcome.answer.finish_reason) == ("".join(WORDS), "stop")
        assert (outcome.error, outcome.retries) == (None, [])
        rest = [("GET", "/v1/stream", str(cut)) for cut in cuts]
        assert requests_of(server) == [("POST", "/v1/chat/completions", None), *rest]
        assert len(names_of(server)) == 1


async def test_web_page_is_not_continued() -> None:
    page = b"<html><title>Sign in</title></html>"
    async with (
        FaultServer(replies(200, page, "text/html")) as server,
        provider_at("llamacpp", server, retry=RETRY_IMMEDIATELY) as provider,
    ):
        assert "'Sign in'" in str((await ask(provider)).error)
        await eventually(lambda: len(server.requests) == 2)
        assert [method for method, *_ in requests_of(server)] == ["POST", "DELETE"]


async def test_answer_that_falls_silent_is_continued() -> None:
    answer = KeptAnswer(None)

    async def falls_silent(connection: Connection) -> None:
        await connection.head(200, EVENT_STREAM)
        await connection.body(ANSWER[:150])

    limits = replace(LONG_LIMITS, idle=0.1)
    async with (
        FaultServer(falls_silent, answer.script) as server,
        provider_at("llamacpp", server, retry=RETRY_IMMEDIATELY, limits=limits) as provider,
    ):
        assert (await ask(provider)).answer.content == "".join(WORDS)
        assert requests_of(server)[1:] == [("GET", "/v1/stream", "150")]


async def test_silence_of_the_rest_ends_the_answer() -> None:
    async def falls_silent(connection: Connection) -> None:
        if connection.request.method == "DELETE":
            await connection.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        elif connection.request.method == "POST":
            await connection.head(200, EVENT_STREAM)
            await connection.body(ANSWER[:150])

    limits = replace(LONG_LIMITS, idle=0.1)
    async with (
        FaultServer(falls_silent) as server,
        provider_at("llamacpp", server, retry=RETRY_IMMEDIATELY, limits=limits) as provider,
    ):
        assert (await ask(provider)).kind == "idle_timeout"
        await eventually(lambda: server.requests[-1].method == "DELETE")
        assert [method for method, *_ in requests_of(server)] == ["POST", "GET", "DELETE"]


async def test_answer_that_the_server_no_longer_has_is_interrupted() -> None:
    answer = KeptAnswer(100)
    answer.lost = True
    async with provider_of(answer) as (provider, server):
        outcome = await ask(provider)
        assert outcome.kind == "interrupted"
        assert outcome.answer.content == "Once "
        await eventually(lambda: requests_of(server)[-1][0] == "DELETE")
        assert [method for method, *_ in requests_of(server)] == ["POST", "GET", "DELETE"]


async def test_rest_without_anything_new_ends_the_answer() -> None:
    async with provider_of(KeptAnswer(100, 100, ends_properly=True)) as (provider, server):
        assert (await ask(provider)).kind == "interrupted"
        assert [method for method, *_ in requests_of(server)][:2] == ["POST", "GET"]


async def test_server_that_comes_back_is_asked_again() -> None:
    async def is_away(connection: Connection) -> None:
        connection.close()

    answer = KeptAnswer(100, None)
    async with (
        FaultServer(answer.script, is_away, answer.script) as server,
        provider_at("llamacpp", server, retry=RETRY_IMMEDIATELY) as provider,
    ):
        stages: list[ServerActivity] = []
        outcome = await collect(provider.stream_chat(HI, stages.append))
        assert outcome.answer.content == "".join(WORDS)
        assert [method for method, *_ in requests_of(server)] == ["POST", "GET", "GET"]
        # Only the wait is shown.
        assert [stage.stage for stage in stages] == ["connecting", "waiting", "connecting"]


async def test_complete_answer_is_not_stopped() -> None:
    async with provider_of(KeptAnswer(None)) as (provider, server):
        await ask(provider)
    assert [method for method, *_ in requests_of(server)] == ["POST"]


@pytest.mark.parametrize("received", [0, 150])
async def test_answer_that_is_closed_is_stopped_on_the_server(received: int) -> None:
    async def hangs(connection: Connection) -> None:
        if connection.request.method == "DELETE":
            await connection.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        elif received:
            await connection.head(200, EVENT_STREAM)
            await connection.body(ANSWER[:received])

    async with (
        no_leaked_tasks(),
        FaultServer(hangs) as server,
        provider_at("llamacpp", server, retry=RETRY_IMMEDIATELY) as provider,
    ):
        outcome = Outcome(Answer())
        asking = asyncio.create_task(collect(provider.stream_chat(HI), outcome))
        await eventually(lambda: bool(server.requests) and bool(outcome.answer.content or not received))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await server.requests[0].disconnected.wait()
        # At the end of the program, too.
        await provider.aclose()

    assert [method for method, *_ in requests_of(server)] == ["POST", "DELETE"]
    assert len(names_of(server)) == 1


async def test_refused_request_is_stopped_without_an_error() -> None:
    async def refuses(connection: Connection) -> None:
        await replies(400, b'{"error":{"message":"no"}}')(connection)

    async with FaultServer(refuses) as server, provider_at("llamacpp", server, retry=RETRY_IMMEDIATELY) as provider:
        assert (await ask(provider)).kind == "bad_request"
        await provider.aclose()
    assert [method for method, *_ in requests_of(server)] == ["POST", "DELETE"]


async def test_server_that_is_away_is_not_told_to_stop() -> None:
    with refused_port() as port:
        async with (
            no_leaked_tasks(),
            provider_at("llamacpp", f"127.0.0.1:{port}", retry=RETRY_IMMEDIATELY) as provider,
        ):
            outcome = await ask(provider)
            assert (outcome.kind, outcome.attempts) == ("connect", 3)


@pytest.mark.parametrize(
    ("request_", "retry"),
    [(HI, NO_RETRY), (ChatRequest("m", HI.messages, stream=False), RETRY_IMMEDIATELY)],
    ids=["without retries", "in one piece"],
)
async def test_answer_is_not_kept_where_it_would_not_be_continued(request_: ChatRequest, retry: RetryPolicy) -> None:
    async with provider_of(KeptAnswer(None), retry) as (provider, server):
        await ask(provider, request_)
        assert "x-conversation-id" not in server.requests[0].headers


async def test_other_servers_are_not_sent_the_header() -> None:
    async with FaultServer(KeptAnswer(None).script) as server, provider_at("openai", server) as provider:
        await ask(provider)
        assert "x-conversation-id" not in server.requests[0].headers
