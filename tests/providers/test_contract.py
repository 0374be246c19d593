"""Behaviour that every provider guarantees. The outcome of each fault is in `test_faults`."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fault_server import (
    JSON,
    Connection,
    FaultServer,
    Script,
    cuts_after,
    drops,
    eventually,
    hangs,
    hangs_after,
    no_leaked_tasks,
    refused_port,
    replies,
    resets,
    streams,
    wait_until_stable,
)
from tests.providers.bodies import Answer
from tests.providers.client import HI, LONG_LIMITS, RETRY_IMMEDIATELY, Outcome, ask, provider_at
from tests.providers.exchange import run_exchange
from tests.providers.fake_clock import FakeClock
from tests.providers.wire_formats import WIRE_FORMATS, WireFormat
from tui.chat.chunk import Usage
from tui.chat.turn import ServerActivity, TurnRetried
from tui.demo import answer_writer
from tui.demo.server import DemoServer
from tui.errors import ProviderError, ServerUnreachable, TotalTimedOut
from tui.limits import MAX_WAIT_S, RetryPolicy
from tui.providers.network import clocks

SHORT_S = 0.05
HELLO = Answer("Hello there", finish_reason="stop", usage=Usage(5, 2))

every_wire = pytest.mark.parametrize("wire", WIRE_FORMATS, ids=str)


# Answers


@every_wire
async def test_answer_streams_in_chunks_over_one_request(wire: WireFormat) -> None:
    stages: list[ServerActivity] = []
    async with (
        FaultServer(wire.streams_answer("Hello", " there")) as server,
        provider_at(wire.kind, server) as provider,
    ):
        chunks = [chunk async for chunk in provider.stream_chat(wire.request, stages.append)]

    answer = Answer()
    for chunk in chunks:
        assert not isinstance(chunk, TurnRetried)
        answer.add(chunk)
    assert answer == HELLO
    assert [chunk.content for chunk in chunks if not isinstance(chunk, TurnRetried)] == ["Hello", " there", ""]
    assert stages == [ServerActivity("connecting"), ServerActivity("waiting")]
    assert [(request.method, request.target) for request in server.requests] == [("POST", wire.path)]


@every_wire
async def test_thinking_is_separate_from_content(wire: WireFormat) -> None:
    script = streams(wire.thinking("Hm"), wire.text("Yes"), wire.end, content_type=wire.content_type)
    answer = (await run_exchange(wire, script)).answer

    assert (answer.thinking, answer.content) == ("Hm", "Yes")


@every_wire
@pytest.mark.parametrize("stream", [True, False])
async def test_unstreamed_answer_is_accepted_for_any_stream_option(wire: WireFormat, stream: bool) -> None:
    async with FaultServer(replies(200, wire.unstreamed)) as server, provider_at(wire.kind, server) as provider:
        outcome = await ask(provider, replace(wire.request, stream=stream))

    assert outcome.answer == replace(HELLO, content="Hello")
    assert server.requests[0].json["stream"] is stream


@every_wire
async def test_connection_is_reused_for_successive_answers(wire: WireFormat) -> None:
    async with (
        FaultServer(wire.streams_answer("Hello", " there")) as server,
        provider_at(wire.kind, server) as provider,
    ):
        for _ in range(3):
            assert (await ask(provider, wire.request)).answer == HELLO
        assert len(server.connections) == 1


# Interrupted answers


@every_wire
@pytest.mark.parametrize("resets", [False, True])
async def test_truncated_stream_keeps_all_complete_events(wire: WireFormat, resets: bool) -> None:
    last = wire.text(" there")
    for length in (0, 1, 5, len(last) // 2, len(last) - 4):
        cut = wire.resets_after if resets else wire.cuts_after
        script = cut(wire.text("Hello"), last[:length])
        outcome = await run_exchange(wire, script, retry=RETRY_IMMEDIATELY)
        assert outcome.answer.content == "Hello"
        assert outcome.kind == "interrupted"
        assert outcome.retries == []


@every_wire
async def test_truncated_unstreamed_answer_is_interrupted(wire: WireFormat) -> None:
    for length in range(1, len(wire.unstreamed), 7):

        async def cut(connection: Connection, length: int = length) -> None:
            await connection.head(200, JSON, length=len(wire.unstreamed))
            await connection.send(wire.unstreamed[:length])
            connection.close()

        async with FaultServer(cut) as server, provider_at(wire.kind, server) as provider:
            assert (await ask(provider, wire.request)).kind == "interrupted", wire.unstreamed[:length]


# Timeouts


@every_wire
async def test_endless_answer_fails_at_the_total_timeout(wire: WireFormat) -> None:
    async def never_ends(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        while True:
            await connection.body(wire.text("x"))
            await asyncio.sleep(0.001)

    outcome = await run_exchange(wire, never_ends, limits=replace(LONG_LIMITS, total=2 * SHORT_S))

    assert outcome.answer.content
    assert outcome.kind == "total_timeout"


@every_wire
async def test_total_timeout_covers_all_attempts(wire: WireFormat, time: FakeClock) -> None:
    async with FaultServer(drops, hangs) as server, provider_at(wire.kind, server, retry=RETRY_IMMEDIATELY) as provider:
        events = provider.stream_chat(wire.request)
        assert isinstance(await anext(events), TurnRetried)
        time.skip(2 * LONG_LIMITS.total)
        with pytest.raises(TotalTimedOut):
            await anext(events)


@every_wire
async def test_slow_consumer_does_not_cause_an_idle_timeout(wire: WireFormat, time: FakeClock) -> None:
    answer = Answer()
    async with (
        FaultServer(wire.streams_answer("Hello", " there")) as server,
        provider_at(wire.kind, server, limits=replace(LONG_LIMITS, total=0)) as provider,
    ):
        async for chunk in provider.stream_chat(wire.request):
            assert not isinstance(chunk, TurnRetried)
            answer.add(chunk)
            await time.pass_by(1000)
    assert answer == HELLO


# Responses that are not answers


@every_wire
@pytest.mark.parametrize("content_type", ["text/html", JSON, ""])
@pytest.mark.parametrize("ends", [True, False])
async def test_html_page_error_names_only_the_page_title(
    wire: WireFormat, content_type: str, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "DRAIN_TIMEOUT_S", SHORT_S)
    page = [b" \n", b"<!DOCTYPE html><html><title>Sign", b" in</title>", b"<p>secret</p>"]
    script = (streams if ends else hangs_after)(*page, content_type=content_type)
    outcome = await run_exchange(wire, script, read_bytes=16)

    assert outcome.kind == "protocol"
    assert "'Sign in'" in str(outcome.error)
    assert "secret" not in str(outcome.error)


@every_wire
async def test_compressed_html_page_is_recognized(wire: WireFormat) -> None:
    compressor = zlib.compressobj(wbits=31)
    pages = [
        compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
        for part in (b"<html>", b"<title>Sign in</title>")
    ]

    async def compressed_page(connection: Connection) -> None:
        await connection.head(200, "text/html", headers={"Content-Encoding": "gzip"})
        await connection.body(*pages)
        await connection.end()

    assert "'Sign in'" in str((await run_exchange(wire, compressed_page)).error)


@every_wire
async def test_endless_html_page_is_read_only_at_its_start(wire: WireFormat) -> None:
    async def endless_page(connection: Connection) -> None:
        await connection.head(200, "text/html")
        await connection.body(b"<title>Endless</title>")
        while True:
            await connection.body(b"<p>" * 1000)

    outcome = await run_exchange(wire, endless_page)

    assert outcome.kind == "protocol"
    assert "'Endless'" in str(outcome.error)


@every_wire
async def test_compression_bomb_fails_with_bounded_memory(wire: WireFormat) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        outcome = await run_exchange(
            wire, replies(200, bomb, wire.content_type, {"Content-Encoding": "gzip"}), max_event_bytes=200_000
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert outcome.kind == "protocol"
    assert peak < 5_000_000


# Retries


def reported_retries(outcome: Outcome) -> list[tuple[int, str]]:
    return [(retry.attempt, retry.kind) for retry in outcome.retries]


@every_wire
async def test_failure_before_the_first_chunk_is_retried_and_reported(wire: WireFormat) -> None:
    for failure, kind in (
        (replies(503, b'{"error": "busy"}'), "server"),
        (drops, "interrupted"),
        (resets, "interrupted"),
    ):
        outcome = await run_exchange(
            wire, failure, failure, wire.streams_answer("Hello", " there"), retry=RETRY_IMMEDIATELY
        )
        assert outcome.answer == HELLO
        assert reported_retries(outcome) == [(1, kind), (2, kind)]
        assert all("mine" in retry.message for retry in outcome.retries)


@every_wire
async def test_empty_response_is_retried(wire: WireFormat) -> None:
    for cut in (cuts_after, streams):
        outcome = await run_exchange(
            wire, cut(content_type=wire.content_type), wire.streams_answer("Hello", " there"), retry=RETRY_IMMEDIATELY
        )
        assert outcome.answer == HELLO
        assert reported_retries(outcome) == [(1, "interrupted")]


@every_wire
async def test_attempts_do_not_exceed_the_retry_policy(wire: WireFormat) -> None:
    for attempts in (1, 2, 4):
        policy = replace(RETRY_IMMEDIATELY, attempts=attempts)
        failing = replies(500, b'{"error": "broken"}')
        async with FaultServer(failing) as server, provider_at(wire.kind, server, retry=policy) as provider:
            outcome = await ask(provider, wire.request)
        assert outcome.kind == "server"
        assert len(outcome.retries) == attempts - 1
        assert len(server.requests) == attempts


@every_wire
async def test_retry_after_is_honoured_up_to_the_maximum_wait(wire: WireFormat) -> None:
    busy = replies(429, b"", headers={"Retry-After": "0.02"})
    outcome = await run_exchange(wire, busy, wire.streams_answer("Hello", " there"), retry=RETRY_IMMEDIATELY)
    assert outcome.answer == HELLO
    assert [retry.wait_s for retry in outcome.retries] == [0.02]

    full = replies(429, b"", headers={"Retry-After": str(MAX_WAIT_S + 1)})
    outcome = await run_exchange(wire, full, retry=RETRY_IMMEDIATELY)
    assert outcome.kind == "rate_limited"
    assert outcome.retries == []


# Cancellation and backpressure


@every_wire
async def test_closing_the_stream_closes_the_connection(wire: WireFormat) -> None:
    script = hangs_after(wire.text("Hello"), content_type=wire.content_type)
    async with no_leaked_tasks(), FaultServer(script) as server, provider_at(wire.kind, server) as provider:
        async with contextlib.aclosing(provider.stream_chat(wire.request)) as chunks:
            await anext(chunks)
        await server.requests[0].disconnected.wait()


@every_wire
async def test_no_retry_when_its_wait_exceeds_the_total_timeout(wire: WireFormat) -> None:
    long_backoff = RetryPolicy(attempts=3, backoff_initial=600, backoff_max=600)
    outcome = await run_exchange(wire, replies(503), retry=long_backoff)

    assert outcome.kind == "server"
    assert outcome.retries == []


@every_wire
async def test_paused_consumer_applies_backpressure_to_the_server(wire: WireFormat) -> None:
    async def never_ends(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        while True:
            await connection.body(wire.text("x" * 100) * 10)

    async with (
        FaultServer(never_ends, send_buffer=4096) as server,
        provider_at(wire.kind, server, read_bytes=1000) as provider,
        contextlib.aclosing(provider.stream_chat(wire.request)) as chunks,
    ):
        await anext(chunks)
        bytes_sent = await wait_until_stable(lambda: server.connections[0].bytes_sent)
        for _ in range(5_000):
            await anext(chunks)
        await eventually(lambda: server.connections[0].bytes_sent > bytes_sent)


# Lookups


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio", "llamacpp"])
@pytest.mark.parametrize(
    ("script", "error"),
    [
        (replies(200, b'{"error": "Unexpected endpoint or method. (GET /x)"}'), "stream_error"),
        (replies(200, b"<html><title>Sign in</title><p>secret"), "protocol"),
        (replies(200, b"not JSON"), "protocol"),
        (replies(200, b"[5]"), "protocol"),
        (replies(200, b"null"), "protocol"),
        (replies(200, b"{}"), "protocol"),
        (replies(200, b'{"data": 5, "models": 5, "version": 5}'), "protocol"),
        (replies(401, b'{"error": "who are you?"}'), "auth"),
        (replies(500), "server"),
        (drops, "interrupted"),
        (cuts_after(b'{"models": ['), "interrupted"),
    ],
)
async def test_failed_lookup_raises_the_matching_error_kind(kind: str, script: Script, error: str) -> None:
    async with FaultServer(script) as server, provider_at(kind, server) as provider:
        for lookup in (provider.list_models, provider.check):
            with pytest.raises(ProviderError) as failed:
                await lookup()
            assert failed.value.kind == error
            assert "secret" not in str(failed.value)


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio", "llamacpp"])
async def test_lookup_on_an_unreachable_server_is_not_retried(kind: str) -> None:
    with refused_port() as port:
        async with provider_at(kind, f"http://127.0.0.1:{port}", retry=RETRY_IMMEDIATELY) as provider:
            with pytest.raises(ServerUnreachable, match="Cannot reach mine"):
                await provider.list_models()


# The demo server


@pytest.fixture
async def demo(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DemoServer]:
    pace = answer_writer.Pace
    monkeypatch.setattr(answer_writer, "Pace", lambda _, clock: pace(0, clock))
    async with DemoServer() as server:
        yield server


@every_wire
@pytest.mark.parametrize("stream", [True, False])
async def test_demo_server_answers_in_every_wire_format(wire: WireFormat, demo: DemoServer, stream: bool) -> None:
    async with provider_at(wire.kind, demo.url) as provider:
        outcome = await ask(provider, replace(wire.request, model="echo", stream=stream))

    assert outcome.error is None
    assert outcome.answer.content == HI.messages[0].content
    assert outcome.answer.finish_reason == "stop"
    assert outcome.answer.usage is not None


@every_wire
async def test_demo_server_failures_have_distinct_error_kinds(wire: WireFormat, demo: DemoServer) -> None:
    async with provider_at(wire.kind, demo.url, retry=RETRY_IMMEDIATELY) as provider:
        flaky = await ask(provider, replace(wire.request, model="flaky"))
        missing = await ask(provider, replace(wire.request, model="missing"))
        cut = await ask(provider, replace(wire.request, model="cut"))
        broken = await ask(provider, replace(wire.request, model="error"))
        await eventually(lambda: demo.open_streams == 0)

    assert flaky.error is None
    assert reported_retries(flaky) == [(1, "server"), (2, "server")]
    assert missing.kind == "model_not_found"
    assert (cut.kind, broken.kind) == ("interrupted", "stream_error")
    assert cut.answer.content.startswith("This answer breaks off")
    assert broken.answer.content == cut.answer.content


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio", "demo"])
async def test_demo_server_lists_its_models(kind: str, demo: DemoServer) -> None:
    async with provider_at(kind, demo.url) as provider:
        models = await provider.list_models()
        status = await provider.check()
        described = await provider.describe_model("echo")

    assert "echo" in [model.name for model in models]
    assert described.name == "echo"
    assert status.latency_s >= 0
