"""What every provider promises, whatever its server does."""

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
    nothing_left_behind,
    refused_port,
    replies,
    resets,
    settled,
    streams,
)
from tests.providers.asking import AT_ONCE, HI, LONG, Outcome, ask, provider_at
from tests.providers.passing_time import PassingTime
from tests.providers.reading import Answer
from tests.providers.wires import WIRES, Wire
from tui.chat.chunk import Usage
from tui.chat.turn import Doing, TurnRetried
from tui.demo import performance
from tui.demo.server import DemoServer
from tui.errors import ProviderError, ServerUnreachable, TotalTimedOut
from tui.providers.http import HTTPProvider
from tui.providers.network import clocks
from tui.providers.network.clocks import TimeLimits
from tui.providers.retry import LONGEST_WAIT_S, RetryPolicy

SHORT_S = 0.05
HELLO = Answer("Hello there", finish_reason="stop", usage=Usage(5, 2))

every_wire = pytest.mark.parametrize("wire", WIRES, ids=str)


async def outcome_of(wire: Wire, *scripts: Script, **options: object) -> Outcome:
    """What asking once comes to, where each try meets the next script.

    Whatever it is: there are as many requests as tries, the next question is answered, and nothing is left behind.
    """
    works = replies(200, wire.whole, headers={"Connection": "close"})
    async with (
        nothing_left_behind(),
        FaultServer(*scripts, works) as server,
        provider_at(wire.kind, server, **options) as provider,
    ):
        outcome = await ask(provider, wire.request)
        assert len(server.requests) == 1 + len(outcome.retries) == len(scripts)
        assert isinstance(provider, HTTPProvider)
        provider.transport.limits = LONG
        again = await ask(provider, replace(wire.request, stream=False))
        assert (again.answer.content, again.error) == ("Hello", None)
        await server.deserted()
    return outcome


# Answers


@every_wire
async def test_an_answer_comes_chunk_by_chunk_over_one_request(wire: Wire) -> None:
    stages: list[Doing] = []
    async with FaultServer(wire.answers("Hello", " there")) as server, provider_at(wire.kind, server) as provider:
        chunks = [chunk async for chunk in provider.stream_chat(wire.request, stages.append)]

    answer = Answer()
    for chunk in chunks:
        assert not isinstance(chunk, TurnRetried)
        answer.take(chunk)
    assert answer == HELLO
    assert [chunk.content for chunk in chunks if not isinstance(chunk, TurnRetried)] == ["Hello", " there", ""]
    assert stages == [Doing("connecting"), Doing("waiting")]
    assert [(request.method, request.target) for request in server.requests] == [("POST", wire.path)]


@every_wire
async def test_an_answer_is_the_same_byte_by_byte(wire: Wire) -> None:
    async def drips(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        await connection.drip(wire.body("Hello", " there"))
        await connection.end()

    assert (await outcome_of(wire, drips, read_bytes=1)).answer == HELLO


@every_wire
async def test_thinking_is_told_apart(wire: Wire) -> None:
    script = streams(wire.thinking("Hm"), wire.text("Yes"), wire.end, content_type=wire.content_type)
    answer = (await outcome_of(wire, script)).answer

    assert (answer.thinking, answer.content) == ("Hm", "Yes")


@every_wire
@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_may_come_whole_whether_it_was_asked_for_so_or_not(wire: Wire, stream: bool) -> None:
    async with FaultServer(replies(200, wire.whole)) as server, provider_at(wire.kind, server) as provider:
        outcome = await ask(provider, replace(wire.request, stream=stream))

    assert outcome.answer == replace(HELLO, content="Hello")
    assert server.requests[0].json["stream"] is stream


@every_wire
async def test_a_connection_serves_one_answer_after_another(wire: Wire) -> None:
    async with FaultServer(wire.answers("Hello", " there")) as server, provider_at(wire.kind, server) as provider:
        for _ in range(3):
            assert (await ask(provider, wire.request)).answer == HELLO
        assert len(server.connections) == 1


@every_wire
async def test_what_is_packed_is_unpacked(wire: Wire) -> None:
    script = replies(200, gzip.compress(wire.body("Hello", " there")), wire.content_type, {"Content-Encoding": "gzip"})

    assert (await outcome_of(wire, script)).answer == HELLO


@every_wire
async def test_there_is_room_for_megabytes_in_one_event(wire: Wire) -> None:
    words = "long " * 500_000

    assert (await outcome_of(wire, wire.answers(words))).answer.content == words


# Endings


@every_wire
async def test_what_follows_the_end_is_left(wire: Wire) -> None:
    async def says_more(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        await connection.body(wire.body("Hello", " there"), wire.text("more"), b"<html>garbage")
        await connection.end()

    assert (await outcome_of(wire, says_more)).answer == HELLO


@every_wire
async def test_a_socket_that_stays_open_after_the_end_is_not_waited_for(wire: Wire) -> None:
    script = hangs_after(wire.body("Hello", " there"), content_type=wire.content_type)
    outcome = await outcome_of(wire, script)

    assert outcome.answer == HELLO


@every_wire
async def test_after_the_finish_reason_silence_and_a_broken_connection_are_no_failure(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "GRACE_S", SHORT_S)
    for script in (hangs_after, cuts_after):
        outcome = await outcome_of(wire, script(wire.text("Hello"), wire.finish, content_type=wire.content_type))
        assert outcome.error is None
        assert (outcome.answer.content, outcome.answer.finish_reason) == ("Hello", "stop")


@every_wire
@pytest.mark.parametrize("body", [b"", b"\n\n"])
async def test_nothing_at_all_is_an_interruption_that_says_so(wire: Wire, body: bytes) -> None:
    outcome = await outcome_of(wire, streams(body, content_type=wire.content_type))

    assert outcome.kind == "interrupted"
    assert "empty" in str(outcome.error)


@every_wire
async def test_a_clean_end_without_a_sign_is_an_interruption(wire: Wire) -> None:
    outcome = await outcome_of(wire, streams(wire.text("Hello"), content_type=wire.content_type))

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "interrupted"


# Cuts


def resets_after(*pieces: bytes, content_type: str) -> Script:
    async def script(connection: Connection) -> None:
        await connection.head(200, content_type)
        await connection.body(*pieces)
        connection.reset()

    return script


@every_wire
@pytest.mark.parametrize("resets", [False, True])
async def test_a_cut_keeps_what_came_up_to_the_last_whole_event(wire: Wire, resets: bool) -> None:
    last = wire.text(" there")
    for length in (0, 1, 5, len(last) // 2, len(last) - 4):
        cut = resets_after if resets else cuts_after
        script = cut(wire.text("Hello"), last[:length], content_type=wire.content_type)
        outcome = await outcome_of(wire, script, retry=AT_ONCE)
        assert outcome.answer.content == "Hello"
        assert outcome.kind == "interrupted"
        assert outcome.retries == []


@every_wire
async def test_a_length_that_promises_too_much_is_a_cut_and_yet_the_answer_is_whole(wire: Wire) -> None:
    async def lies(connection: Connection) -> None:
        await connection.head(200, JSON, length=len(wire.whole) + 1)
        await connection.send(wire.whole)
        connection.close()

    outcome = await outcome_of(wire, lies)

    assert outcome.answer == replace(HELLO, content="Hello")


@every_wire
async def test_a_length_that_promises_too_little_is_a_cut(wire: Wire) -> None:
    body = wire.body("Hello", " there")

    async def lies(connection: Connection) -> None:
        await connection.head(200, wire.content_type, length=len(wire.text("Hello")) + 3)
        await connection.send(body)

    outcome = await outcome_of(wire, lies)

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "interrupted"


@every_wire
async def test_a_whole_answer_that_is_cut_anywhere_is_an_interruption(wire: Wire) -> None:
    for length in range(1, len(wire.whole), 7):

        async def cut(connection: Connection, length: int = length) -> None:
            await connection.head(200, JSON, length=len(wire.whole))
            await connection.send(wire.whole[:length])
            connection.close()

        async with FaultServer(cut) as server, provider_at(wire.kind, server) as provider:
            assert (await ask(provider, wire.request)).kind == "interrupted", wire.whole[:length]


@every_wire
async def test_a_packed_answer_that_is_cut_keeps_what_could_be_unpacked(wire: Wire) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(wire.text("Hello")) + packer.flush(zlib.Z_SYNC_FLUSH)

    async def breaks(connection: Connection) -> None:
        await connection.head(200, wire.content_type, headers={"Content-Encoding": "gzip"})
        await connection.body(packed, packer.compress(wire.end))
        connection.close()

    outcome = await outcome_of(wire, breaks)

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "interrupted"


# Errors inside the stream


@every_wire
@pytest.mark.parametrize("ends", [True, False])
async def test_an_error_inside_the_stream_keeps_what_came_and_is_not_tried_again(wire: Wire, ends: bool) -> None:
    script = (streams if ends else hangs_after)(
        wire.text("Hello"), wire.error("out of memory"), content_type=wire.content_type
    )
    outcome = await outcome_of(wire, script, retry=AT_ONCE)

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "stream_error"
    assert "out of memory" in str(outcome.error)
    assert outcome.retries == []


@every_wire
async def test_an_error_in_the_unfinished_rest_of_a_cut_is_the_error(wire: Wire) -> None:
    script = cuts_after(wire.text("Hello"), wire.error("out of memory").rstrip(), content_type=wire.content_type)
    outcome = await outcome_of(wire, script)

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "stream_error"


# Refusals


@every_wire
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error": "bad option"}', "bad_request"),
        (401, b'{"error": "who are you?"}', "auth"),
        (403, b"", "auth"),
        (404, b'{"error": "model \'m\' not found"}', "model_not_found"),
        (422, b'{"detail": [{"msg": "bad field"}]}', "bad_request"),
        (429, b'{"error": "slow down"}', "rate_limited"),
        (500, b"Internal Server Error", "server"),
        (502, b"<html><title>Bad Gateway</title>", "server"),
        (503, b'{"error": {"message": "Loading model", "code": 503}}', "server"),
        (302, b"", "protocol"),
        (204, b"", "protocol"),
    ],
)
async def test_a_refusal_has_its_kind_and_its_status(wire: Wire, status: int, body: bytes, kind: str) -> None:
    outcome = await outcome_of(wire, replies(status, body))

    assert outcome.kind == kind
    assert outcome.error is not None
    assert outcome.error.status == status
    assert outcome.error.hint
    assert "mine" in str(outcome.error)


# Silences


@every_wire
@pytest.mark.parametrize("after", [None, b"", b"\n"])
async def test_a_server_that_never_begins_is_given_up_by_the_first_clock(wire: Wire, after: bytes | None) -> None:
    script = hangs if after is None else hangs_after(after, content_type=wire.content_type)
    outcome = await outcome_of(wire, script, limits=replace(LONG, first_token=SHORT_S), retry=AT_ONCE)

    assert outcome.kind == "first_token_timeout"
    assert outcome.retries == []


@every_wire
async def test_a_server_that_falls_silent_is_given_up_and_what_came_is_kept(wire: Wire) -> None:
    script = hangs_after(wire.text("Hello"), content_type=wire.content_type)
    outcome = await outcome_of(wire, script, limits=replace(LONG, idle=SHORT_S))

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "idle_timeout"


@every_wire
@pytest.mark.parametrize(("begun", "kind"), [(False, "first_token_timeout"), (True, "idle_timeout")])
async def test_a_server_that_only_keeps_the_connection_alive_is_given_up(wire: Wire, begun: bool, kind: str) -> None:
    async def only_lives(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        if begun:
            await connection.body(wire.text("Hello"))
        while True:
            await connection.body(b"\n" if wire.kind == "ollama" else b": ping\n\n")
            await asyncio.sleep(0.001)

    limits = TimeLimits(connect=60, first_token=2 * SHORT_S, idle=SHORT_S, total=60)
    outcome = await outcome_of(wire, only_lives, limits=limits)

    assert outcome.answer.content == ("Hello" if begun else "")
    assert outcome.kind == kind


@every_wire
async def test_an_answer_that_takes_too_long_in_all_is_given_up(wire: Wire) -> None:
    async def never_ends(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        while True:
            await connection.body(wire.text("x"))
            await asyncio.sleep(0.001)

    outcome = await outcome_of(wire, never_ends, limits=replace(LONG, total=2 * SHORT_S))

    assert outcome.answer.content
    assert outcome.kind == "total_timeout"


@every_wire
async def test_the_total_counts_over_all_tries(wire: Wire, time: PassingTime) -> None:
    async with FaultServer(drops, hangs) as server, provider_at(wire.kind, server, retry=AT_ONCE) as provider:
        events = provider.stream_chat(wire.request)
        assert isinstance(await anext(events), TurnRetried)
        time.skip(2 * LONG.total)
        with pytest.raises(TotalTimedOut):
            await anext(events)


@every_wire
async def test_a_reader_that_takes_its_time_is_no_silence(wire: Wire, time: PassingTime) -> None:
    answer = Answer()
    async with (
        FaultServer(wire.answers("Hello", " there")) as server,
        provider_at(wire.kind, server, limits=replace(LONG, total=0)) as provider,
    ):
        async for chunk in provider.stream_chat(wire.request):
            assert not isinstance(chunk, TurnRetried)
            answer.take(chunk)
            await time.pass_by(1000)
    assert answer == HELLO


# What is no protocol


@every_wire
@pytest.mark.parametrize(
    "garbage",
    [b"not JSON\n\n", b"[1]\n\n", b"[" * 200_000 + b"\n\n", b'{"a": ' + b"9" * 5_000 + b"}\n\n", b"\x00\xff\n\n"],
)
async def test_garbage_in_the_answer_breaks_the_protocol_and_what_came_is_kept(wire: Wire, garbage: bytes) -> None:
    garbage = garbage if wire.kind == "ollama" else b"data: " + garbage
    outcome = await outcome_of(wire, streams(wire.text("Hello"), garbage, wire.end, content_type=wire.content_type))

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "protocol"
    assert len(str(outcome.error)) < 400


@every_wire
@pytest.mark.parametrize("content_type", ["text/html", JSON, ""])
@pytest.mark.parametrize("ends", [True, False])
async def test_a_web_page_in_place_of_an_answer_is_told_by_its_title(
    wire: Wire, content_type: str, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "GRACE_S", SHORT_S)
    page = [b" \n", b"<!DOCTYPE html><html><title>Sign", b" in</title>", b"<p>secret</p>"]
    script = (streams if ends else hangs_after)(*page, content_type=content_type)
    outcome = await outcome_of(wire, script, read_bytes=16)

    assert outcome.kind == "protocol"
    assert "'Sign in'" in str(outcome.error)
    assert "secret" not in str(outcome.error)


@every_wire
async def test_a_web_page_may_be_packed(wire: Wire) -> None:
    packer = zlib.compressobj(wbits=31)
    pages = [packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH) for part in (b"<html>", b"<title>Sign in</title>")]

    async def packed(connection: Connection) -> None:
        await connection.head(200, "text/html", headers={"Content-Encoding": "gzip"})
        await connection.body(*pages)
        await connection.end()

    assert "'Sign in'" in str((await outcome_of(wire, packed)).error)


@every_wire
async def test_of_a_web_page_without_end_only_the_beginning_is_read(wire: Wire) -> None:
    async def page_without_end(connection: Connection) -> None:
        await connection.head(200, "text/html")
        await connection.body(b"<title>Endless</title>")
        while True:
            await connection.body(b"<p>" * 1000)

    outcome = await outcome_of(wire, page_without_end)

    assert outcome.kind == "protocol"
    assert "'Endless'" in str(outcome.error)


@every_wire
async def test_a_proxys_page_in_the_middle_of_an_answer_breaks_the_protocol(wire: Wire) -> None:
    script = streams(wire.text("Hello"), b"<html><p>504</p></html>\n", content_type=wire.content_type)
    outcome = await outcome_of(wire, script)

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "protocol"


@every_wire
async def test_a_line_without_end_breaks_the_protocol_before_it_fills_the_memory(wire: Wire) -> None:
    async def line_without_end(connection: Connection) -> None:
        await connection.head(200, wire.content_type)
        await connection.body(wire.text("Hello"), b"data: " if wire.content_type != "application/x-ndjson" else b"")
        while True:
            await connection.body(b"x" * 10_000)

    outcome = await outcome_of(wire, line_without_end, max_event_bytes=200_000)

    assert outcome.answer.content == "Hello"
    assert outcome.kind == "protocol"
    assert "200,000" in str(outcome.error)


@every_wire
async def test_a_bomb_is_refused_before_it_fills_the_memory(wire: Wire) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        outcome = await outcome_of(
            wire, replies(200, bomb, wire.content_type, {"Content-Encoding": "gzip"}), max_event_bytes=200_000
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert outcome.kind == "protocol"
    assert peak < 5_000_000


@every_wire
async def test_what_is_no_http_breaks_the_protocol(wire: Wire) -> None:
    async def speaks_ssh(connection: Connection) -> None:
        await connection.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    assert (await outcome_of(wire, speaks_ssh)).kind == "protocol"


@every_wire
async def test_a_packing_that_we_cannot_undo_breaks_the_protocol(wire: Wire) -> None:
    script = replies(200, b"...", wire.content_type, {"Content-Encoding": "br"})

    assert (await outcome_of(wire, script)).kind == "protocol"


# Tries


def waits_of(outcome: Outcome) -> list[tuple[int, str]]:
    return [(retry.attempt, retry.kind) for retry in outcome.retries]


@every_wire
async def test_a_failure_before_anything_came_is_tried_again_and_told(wire: Wire) -> None:
    for failure, kind in (
        (replies(503, b'{"error": "busy"}'), "server"),
        (drops, "interrupted"),
        (resets, "interrupted"),
    ):
        outcome = await outcome_of(wire, failure, failure, wire.answers("Hello", " there"), retry=AT_ONCE)
        assert outcome.answer == HELLO
        assert waits_of(outcome) == [(1, kind), (2, kind)]
        assert all("mine" in retry.message for retry in outcome.retries)


@every_wire
async def test_a_cut_before_anything_came_is_tried_again(wire: Wire) -> None:
    for cut in (cuts_after, streams):
        outcome = await outcome_of(
            wire, cut(content_type=wire.content_type), wire.answers("Hello", " there"), retry=AT_ONCE
        )
        assert outcome.answer == HELLO
        assert waits_of(outcome) == [(1, "interrupted")]


@every_wire
async def test_there_are_no_more_tries_than_allowed(wire: Wire) -> None:
    for attempts in (1, 2, 4):
        policy = replace(AT_ONCE, attempts=attempts)
        failing = replies(500, b'{"error": "broken"}')
        async with FaultServer(failing) as server, provider_at(wire.kind, server, retry=policy) as provider:
            outcome = await ask(provider, wire.request)
        assert outcome.kind == "server"
        assert len(outcome.retries) == attempts - 1
        assert len(server.requests) == attempts


@every_wire
async def test_nobody_at_the_address_is_tried_again(wire: Wire) -> None:
    with refused_port() as port:
        async with provider_at(wire.kind, f"http://127.0.0.1:{port}", retry=AT_ONCE) as provider:
            outcome = await ask(provider, wire.request)

    assert outcome.kind == "connect"
    assert waits_of(outcome) == [(1, "connect"), (2, "connect")]
    assert f"127.0.0.1:{port}" in str(outcome.error)


@every_wire
@pytest.mark.parametrize("status", [400, 401, 404, 501])
async def test_what_another_try_does_not_mend_is_not_tried_again(wire: Wire, status: int) -> None:
    assert (await outcome_of(wire, replies(status), retry=AT_ONCE)).retries == []


@every_wire
async def test_what_the_server_asks_for_is_waited_and_told_or_left_to_the_user(wire: Wire) -> None:
    busy = replies(429, b"", headers={"Retry-After": "0.02"})
    outcome = await outcome_of(wire, busy, wire.answers("Hello", " there"), retry=AT_ONCE)
    assert outcome.answer == HELLO
    assert [retry.wait_s for retry in outcome.retries] == [0.02]

    full = replies(429, b"", headers={"Retry-After": str(LONGEST_WAIT_S + 1)})
    outcome = await outcome_of(wire, full, retry=AT_ONCE)
    assert outcome.kind == "rate_limited"
    assert outcome.retries == []


# Stopping, and readers that stop


@every_wire
@pytest.mark.parametrize("where", ["before the head", "before the answer", "in the answer"])
async def test_stopping_closes_the_connection_and_leaves_nothing(wire: Wire, where: str) -> None:
    pieces = [wire.text("Hello")] if where == "in the answer" else []
    script = hangs if where == "before the head" else hangs_after(*pieces, content_type=wire.content_type)
    async with nothing_left_behind(), FaultServer(script) as server, provider_at(wire.kind, server) as provider:
        asking = asyncio.create_task(ask(provider, wire.request))
        request = await server.received(1)
        await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await request.left.wait()


@every_wire
async def test_closing_the_answer_closes_the_connection(wire: Wire) -> None:
    script = hangs_after(wire.text("Hello"), content_type=wire.content_type)
    async with nothing_left_behind(), FaultServer(script) as server, provider_at(wire.kind, server) as provider:
        async with contextlib.aclosing(provider.stream_chat(wire.request)) as chunks:
            await anext(chunks)
        await server.requests[0].left.wait()


@every_wire
async def test_a_wait_before_another_try_can_be_stopped(wire: Wire) -> None:
    patient = RetryPolicy(attempts=3, backoff_initial=600, backoff_max=600)
    async with (
        nothing_left_behind(),
        FaultServer(replies(503)) as server,
        provider_at(wire.kind, server, retry=patient, limits=replace(LONG, total=0)) as provider,
    ):
        chunks = provider.stream_chat(wire.request)
        assert isinstance(await anext(chunks), TurnRetried)
        waiting = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert len(server.requests) == 1


@every_wire
async def test_a_wait_that_would_pass_the_total_is_not_begun(wire: Wire) -> None:
    patient = RetryPolicy(attempts=3, backoff_initial=600, backoff_max=600)
    outcome = await outcome_of(wire, replies(503), retry=patient)

    assert outcome.kind == "server"
    assert outcome.retries == []


@every_wire
async def test_a_reader_that_stops_reading_stops_the_server(wire: Wire) -> None:
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
        held = await settled(lambda: server.connections[0].bytes_sent)
        for _ in range(5_000):
            await anext(chunks)
        await eventually(lambda: server.connections[0].bytes_sent > held)


# Small questions


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio"])
@pytest.mark.parametrize(
    ("script", "error"),
    [
        (replies(200, b'{"error": "Unexpected endpoint or method. (GET /x)"}'), "stream_error"),
        (replies(200, b"<html><title>Sign in</title><p>secret"), "protocol"),
        (replies(200, b"not JSON"), "protocol"),
        (replies(200, b"[]"), "protocol"),
        (replies(200, b"{}"), "protocol"),
        (replies(200, b'{"data": 5, "models": 5, "version": 5}'), "protocol"),
        (replies(401, b'{"error": "who are you?"}'), "auth"),
        (replies(500), "server"),
        (drops, "interrupted"),
        (cuts_after(b'{"models": ['), "interrupted"),
    ],
)
async def test_a_small_question_that_fails_has_its_kind(kind: str, script: Script, error: str) -> None:
    async with FaultServer(script) as server, provider_at(kind, server) as provider:
        for question in (provider.list_models, provider.check):
            with pytest.raises(ProviderError) as failed:
                await question()
            assert failed.value.kind == error
            assert "secret" not in str(failed.value)


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio"])
async def test_a_small_question_to_nobody_is_not_asked_twice(kind: str) -> None:
    with refused_port() as port:
        async with provider_at(kind, f"http://127.0.0.1:{port}", retry=AT_ONCE) as provider:
            with pytest.raises(ServerUnreachable, match="Cannot reach mine"):
                await provider.list_models()


# The demo server, which is a real one


@pytest.fixture
async def demo(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DemoServer]:
    at_full_speed = performance.Pace
    monkeypatch.setattr(performance, "Pace", lambda _, clock: at_full_speed(0, clock))
    async with DemoServer() as server:
        yield server


@every_wire
@pytest.mark.parametrize("stream", [True, False])
async def test_the_demo_server_answers(wire: Wire, demo: DemoServer, stream: bool) -> None:
    async with provider_at(wire.kind, demo.url) as provider:
        outcome = await ask(provider, replace(wire.request, model="echo", stream=stream))

    assert outcome.error is None
    assert outcome.answer.content == HI.messages[0].content
    assert outcome.answer.finish_reason == "stop"
    assert outcome.answer.usage is not None


@every_wire
async def test_the_demo_servers_ways_to_fail_are_told_apart(wire: Wire, demo: DemoServer) -> None:
    async with provider_at(wire.kind, demo.url, retry=AT_ONCE) as provider:
        flaky = await ask(provider, replace(wire.request, model="flaky"))
        nobody = await ask(provider, replace(wire.request, model="nobody"))
        cut = await ask(provider, replace(wire.request, model="cut"))
        broken = await ask(provider, replace(wire.request, model="error"))
        await eventually(lambda: demo.open_streams == 0)

    assert flaky.error is None
    assert waits_of(flaky) == [(1, "server"), (2, "server")]
    assert nobody.kind == "model_not_found"
    assert (cut.kind, broken.kind) == ("interrupted", "stream_error")
    assert cut.answer.content.startswith("This answer breaks off")
    assert broken.answer.content == cut.answer.content


@pytest.mark.parametrize("kind", ["ollama", "openai", "lmstudio", "demo"])
async def test_the_demo_server_tells_of_its_models(kind: str, demo: DemoServer) -> None:
    async with provider_at(kind, demo.url) as provider:
        models = await provider.list_models()
        status = await provider.check()
        described = await provider.describe_model("echo")

    assert "echo" in [model.name for model in models]
    assert described.name == "echo"
    assert status.latency_s >= 0
