"""Transport: requests out, replies in, and a name for every failure."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpcore
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
    streams,
)
from tui.errors import (
    ConnectTimedOut,
    FirstTokenTimedOut,
    IdleTimedOut,
    ProtocolBroken,
    ProviderError,
    RequestRefused,
    ServerUnreachable,
    StreamInterrupted,
    TotalTimedOut,
)
from tui.providers.network import clocks as clocks_module
from tui.providers.network import transport as module
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.network.clocks import TimeLimits
from tui.providers.network.sockets import CertificateNotTrusted, SocketBackend, TLSFailed
from tui.providers.network.transport import Reply, Transport

LONG = TimeLimits(connect=60, first_token=60, idle=60, total=60)
SHORT_S = 0.05


@contextlib.asynccontextmanager
async def transport_to(
    where: FaultServer | str | ServerAddress, limits: TimeLimits = LONG, **options: Any
) -> AsyncIterator[Transport]:
    if isinstance(where, FaultServer):
        where = where.url
    address = parse_address(where) if isinstance(where, str) else where
    transport = Transport(address, server="demo", limits=limits, **options)
    try:
        yield transport
    finally:
        await transport.aclose()


@contextlib.asynccontextmanager
async def reply_of(script: Script, body: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Reply]:
    """The reply to the only request to a server."""
    async with (
        FaultServer(script) as server,
        transport_to(server, **options) as transport,
        transport.exchange("POST", "/", body) as reply,
    ):
        yield reply


async def ask(transport: Transport, body: dict[str, Any] | None = None, **options: Any) -> bytes:
    """The body of the reply to a request."""
    async with transport.exchange("POST", "/path", body or {"a": 1}, **options) as reply:
        return await reply.read(1 << 20)


async def listen(transport: Transport, *, answers: bool = False) -> AsyncIterator[bytes]:
    """The body of a reply, piece by piece; said to be an answer, if it is one."""
    async with transport.exchange("GET", "/") as reply:
        async for piece in reply:
            yield piece
            if answers:
                reply.content_arrived()


async def listen_to_the_end(transport: Transport) -> None:
    async for _ in listen(transport, answers=True):
        pass


# What is sent


async def test_a_request_holds_what_the_protocol_needs_and_nothing_else() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await ask(transport, accept="text/event-stream")
        async with transport.exchange("GET", "/other"):
            pass

    posted, asked = server.requests
    assert (posted.method, posted.target, posted.json) == ("POST", "/path", {"a": 1})
    assert posted.headers == {
        "host": f"127.0.0.1:{parse_address(posted.headers['host']).port}",
        "connection": "keep-alive",
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "user-agent": "llm-tui",
        "content-type": "application/json",
        "content-length": "8",
    }
    assert (asked.method, asked.target, asked.body) == ("GET", "/other", b"")
    assert "content-type" not in asked.headers
    assert asked.headers["accept"] == "application/json"


async def test_the_path_and_the_query_of_the_address_are_kept() -> None:
    async with FaultServer(replies()) as server, transport_to(server.url + "/base/?v=1") as transport:
        await ask(transport)

    assert server.requests[0].target == "/base/path?v=1"


@pytest.mark.parametrize(
    ("key", "headers", "sent"),
    [
        (None, {}, None),
        ("", {}, None),
        (" \n", {}, None),
        ("sk-1", {}, "Bearer sk-1"),
        ("sk-1\n", {}, "Bearer sk-1"),
        ("sk-1", {"authorization": "Mine"}, "Mine"),
        ("sk-1", {"Authorization": "Mine"}, "Mine"),
    ],
)
async def test_the_key_is_sent_unless_the_user_sets_the_header_himself(
    key: str | None, headers: dict[str, str], sent: str | None
) -> None:
    async with FaultServer(replies()) as server, transport_to(server, key=key, headers=headers) as transport:
        await ask(transport)

    assert server.requests[0].headers.get("authorization") == sent


async def test_the_users_headers_take_the_place_of_ours_in_any_case_and_any_script() -> None:
    headers = {"accept": "a/b", "USER-AGENT": "mine", "X-Team": "Größe 漢"}
    async with FaultServer(replies()) as server, transport_to(server, headers=headers) as transport:
        await ask(transport)

    sent = server.requests[0].headers
    assert (sent["accept"], sent["user-agent"]) == ("a/b", "mine")
    assert sent["x-team"].encode("latin-1").decode() == "Größe 漢"


async def test_a_password_in_the_address_is_sent_as_such() -> None:
    address = parse_address("http://me:p%40ss@127.0.0.1:1")
    async with FaultServer(replies()) as server:
        address = ServerAddress("http", "127.0.0.1", server.port, userinfo=address.userinfo)
        async with transport_to(address) as transport:
            await ask(transport)

    assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


@pytest.mark.parametrize(
    "options", [{"key": "sk-se\ncret"}, {"headers": {"X-A": "se\0cret"}}, {"headers": {"X A": "secret"}}]
)
async def test_what_no_header_may_hold_is_refused_without_quoting_it(options: dict[str, Any]) -> None:
    async with FaultServer(replies()) as server, transport_to(server, **options) as transport:
        with pytest.raises(RequestRefused) as refused:
            await ask(transport)

    assert "cret" not in str(refused.value) + refused.value.hint
    assert server.requests == []


async def test_half_a_surrogate_pair_is_sent_as_a_replacement_character() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await ask(transport, body={"a": "x\ud83d", "b": "\ud83d\ude00"})

    assert server.requests[0].json == {"a": "x\ufffd", "b": "😀"}


async def test_cookies_are_not_sent_back() -> None:
    async with (
        FaultServer(replies(headers={"Set-Cookie": "track=me"})) as server,
        transport_to(server) as transport,
    ):
        for _ in range(2):
            await ask(transport)

    assert "cookie" not in server.requests[1].headers


async def test_the_phases_are_told_as_they_begin() -> None:
    phases: list[str] = []
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await ask(transport, on_phase=phases.append)

    assert phases == ["connecting", "waiting"]


# What comes back


async def test_a_reply_is_its_status_its_headers_and_its_body() -> None:
    script = replies(418, b"short and stout", "Text/Plain; charset=utf-8", {"X-Pot": "tea"})
    async with reply_of(script) as reply:
        assert reply.status == 418
        assert reply.media_type == "text/plain"
        assert reply.headers["x-pot"] == "tea"
        assert await reply.read(100) == b"short and stout"
        assert reply.bytes_read == 15


async def test_a_reply_without_a_type_has_none() -> None:
    async with reply_of(replies(content_type="")) as reply:
        assert reply.media_type == ""


@pytest.mark.parametrize(
    "script",
    [
        replies(200, bytes(100_000)),
        streams(bytes(100_000)),
        replies(200, gzip.compress(bytes(100_000)), headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_a_body_comes_in_pieces_of_a_bounded_size(script: Script) -> None:
    async with reply_of(script, read_bytes=1000) as reply:
        sizes = [len(piece) async for piece in reply]
    assert sum(sizes) == 100_000
    assert max(sizes) <= 1000


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    async def script(connection: Connection) -> None:
        await connection.head(200, JSON, until_close=True)
        await connection.body(b"all", b" of it")
        connection.close()

    async with FaultServer(script) as server, transport_to(server) as transport:
        assert await ask(transport) == b"all of it"


async def test_a_body_that_is_longer_than_can_be_meant_is_left() -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        while True:
            await connection.body(bytes(1000))

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="more than 1,048,576 bytes"):
            await ask(transport)
        await server.requests[0].left.wait()


async def test_a_redirect_is_told_and_not_followed_wherever_it_leads() -> None:
    for location in ("http://[::1", "mailto:nobody", "/elsewhere", "http://a:99999999"):
        async with reply_of(replies(302, headers={"Location": location})) as reply:
            assert reply.status == 302
            assert reply.headers["location"] == location


# Compressed replies


async def test_a_packed_body_is_unpacked_although_nobody_asked_for_it() -> None:
    async def packed(connection: Connection) -> None:
        await connection.head(headers={"Content-Encoding": "gzip"})
        await connection.body(*[bytes([byte]) for byte in gzip.compress(b"unpacked")])
        await connection.end()

    async with FaultServer(packed) as server, transport_to(server) as transport:
        assert await ask(transport) == b"unpacked"


async def test_a_packing_that_we_cannot_undo_is_named_when_the_body_is_read() -> None:
    script = replies(200, b"...", headers={"Content-Encoding": "br"})
    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="'br'"):
            await ask(transport)


async def test_a_status_counts_however_its_page_is_packed() -> None:
    script = replies(502, b"...", headers={"Content-Encoding": "br"})
    async with reply_of(script) as reply:
        assert reply.status == 502
        assert await reply.read_refusal() == b""


# Kept connections


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with FaultServer(replies(200, b"{}")) as server, transport_to(server) as transport:
        for _ in range(3):
            await ask(transport)
        assert len(server.connections) == 1
    assert len(server.requests) == 3


async def test_a_reply_that_was_not_read_to_its_end_costs_its_connection() -> None:
    async with FaultServer(hangs_after(b"half"), replies()) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/"):
            pass
        await server.requests[0].left.wait()
        await ask(transport)
        assert len(server.connections) == 2


async def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    async def answers_and_closes(connection: Connection) -> None:
        await replies()(connection)
        connection.close()

    async with FaultServer(answers_and_closes) as server, transport_to(server) as transport:
        await ask(transport)
        await server.deserted()
        await ask(transport)
        assert len(server.connections) == len(server.requests) == 2


@pytest.mark.parametrize("leaves", [drops, resets])
async def test_a_kept_connection_that_closes_under_the_request_is_replaced_silently_once(leaves: Script) -> None:
    phases: list[str] = []
    async with FaultServer(replies(), leaves, replies(200, b"ok")) as server, transport_to(server) as transport:
        await ask(transport)
        assert await ask(transport, on_phase=phases.append) == b"ok"
        assert len(server.connections) == 2
    assert len(server.requests) == 3
    assert phases == ["connecting", "waiting", "waiting"]


async def test_making_the_new_connection_has_the_clock_of_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.get_running_loop().create_future()

    limits = TimeLimits(connect=SHORT_S, first_token=60, idle=60, total=60)
    async with FaultServer(replies(), drops) as server, transport_to(server, limits) as transport:
        await ask(transport, limits=LONG)
        monkeypatch.setattr(SocketBackend, "connect_tcp", never)
        with pytest.raises(ConnectTimedOut):
            await ask(transport)


async def test_it_is_replaced_only_once() -> None:
    async with FaultServer(replies(), drops) as server, transport_to(server) as transport:
        await ask(transport)
        with pytest.raises(StreamInterrupted, match="without a reply"):
            await ask(transport)
    assert len(server.requests) == 3


@pytest.mark.parametrize("leaves", [drops, resets])
async def test_a_new_connection_that_closes_without_a_reply_is_not_tried_again_here(leaves: Script) -> None:
    async with FaultServer(leaves) as server, transport_to(server) as transport:
        with pytest.raises(StreamInterrupted, match=r"demo at http://127\.0\.0\.1:\d+ closed the connection without"):
            await ask(transport)
    assert len(server.requests) == 1


async def test_what_a_reply_had_left_over_does_not_spoil_the_next_one() -> None:
    async def says_too_much(connection: Connection) -> None:
        await connection.head(200, JSON, length=2)
        await connection.send(b"{}and more than was announced")

    async with FaultServer(says_too_much, replies(200, b"ok")) as server, transport_to(server) as transport:
        assert await ask(transport) == b"{}"
        assert await ask(transport) == b"ok"


async def test_connections_are_closed_with_the_transport_which_can_be_used_again() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await transport.aclose()
        transport.get_ready()
        transport.get_ready()
        await ask(transport)
        await transport.aclose()
        await server.deserted()
        await ask(transport)
        assert len(server.connections) == 2


# What goes wrong


@pytest.mark.parametrize(
    ("error", "advice", "passing"),
    [
        (CertificateNotTrusted("its certificate is not trusted"), "`verify`", False),
        (TLSFailed("TLS failed"), "http://", False),
        (httpcore.ConnectError("no route to host"), "Start it.", True),
    ],
)
async def test_each_way_in_which_no_connection_is_made_has_its_advice(
    monkeypatch: pytest.MonkeyPatch, error: Exception, advice: str, passing: bool
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(SocketBackend, "connect_tcp", fail)
    async with transport_to("http://127.0.0.1:9", start_hint="Start it.") as transport:
        with pytest.raises(ServerUnreachable, match=f"Cannot reach demo at http://127.0.0.1:9: {error}") as refused:
            await ask(transport)

    assert advice in refused.value.hint
    assert refused.value.passing is passing


async def test_nobody_at_the_address_is_told_with_what_to_do() -> None:
    with refused_port() as port:
        async with transport_to(f"127.0.0.1:{port}", start_hint="Start it.") as transport:
            with pytest.raises(ServerUnreachable) as refused:
                await ask(transport)

    assert str(refused.value) == f"Cannot reach demo at http://127.0.0.1:{port}: connection refused."
    assert refused.value.hint == "Start it."
    assert refused.value.passing


async def test_an_address_that_can_be_none_is_told_without_a_connection() -> None:
    async with transport_to(ServerAddress("http", "127.0.0.256", 80)) as transport:
        with pytest.raises(ServerUnreachable, match="Invalid IPv4 address") as refused:
            await ask(transport)

    assert "base_url" in refused.value.hint
    assert not refused.value.passing


async def breaks_in_the_body(connection: Connection) -> None:
    await connection.head()
    await connection.body(b"half")
    connection.reset()


async def promises_too_much(connection: Connection) -> None:
    await connection.head(200, JSON, length=100)
    await connection.send(b"half")
    connection.close()


async def breaks_inside_a_chunk(connection: Connection) -> None:
    await connection.head()
    await connection.send(b"a\r\nhalf")
    connection.close()


@pytest.mark.parametrize("script", [cuts_after(b"half"), promises_too_much, breaks_inside_a_chunk])
async def test_a_body_that_breaks_off_is_an_interruption_after_what_came(script: Script) -> None:
    async with FaultServer(script) as server, transport_to(server) as transport:
        pieces = listen(transport)
        assert await anext(pieces) == b"half"
        with pytest.raises(StreamInterrupted, match="in the middle of its reply"):
            await anext(pieces)


async def test_a_reset_in_the_body_is_an_interruption_too() -> None:
    async with FaultServer(hangs_after(b"half")) as server, transport_to(server) as transport:
        pieces = listen(transport)
        assert await anext(pieces) == b"half"
        server.connections[0].reset()
        with pytest.raises(StreamInterrupted, match="in the middle of its reply"):
            await anext(pieces)


async def test_a_body_is_read_no_further_than_was_announced() -> None:
    async def promises_too_little(connection: Connection) -> None:
        await connection.head(200, JSON, length=4)
        await connection.send(b"half and more")

    async with FaultServer(promises_too_little) as server, transport_to(server) as transport:
        assert await ask(transport) == b"half"


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"x" * 90_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 200_000,
    ],
)
async def test_what_is_no_http_is_told_in_a_few_words(sent: bytes) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(sent)

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="does not speak HTTP") as told:
            await ask(transport)
    assert len(str(told.value)) < 400
    assert "bytearray" not in str(told.value)
    assert "base_url" in told.value.hint


async def test_a_chunk_that_is_none_breaks_the_protocol_after_what_came() -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.body(b"half")
        await connection.send(b"zz\r\n")

    async with FaultServer(script) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken, match="does not speak HTTP"):
            await ask(transport)


async def test_after_each_fault_the_next_request_works() -> None:
    faults = [drops, resets, hangs_after(b"half"), cuts_after(b"half"), breaks_in_the_body, promises_too_much]
    # On a kept connection some of them would be no fault at all.
    works = replies(200, b"ok", headers={"Connection": "close"})
    scripts = [script for fault in faults for script in (fault, works)]
    limits = TimeLimits(first_token=SHORT_S)
    async with FaultServer(*scripts) as server, transport_to(server, limits) as transport:
        for _ in faults:
            with pytest.raises(ProviderError):
                await ask(transport)
            assert await ask(transport, limits=LONG) == b"ok"
        await server.deserted()
    assert len(server.requests) == 2 * len(faults)


# Clocks


async def says_nothing_but_continue(connection: Connection) -> None:
    while True:
        await connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("script", [hangs, hangs_after(), hangs_after(b": comment\n"), says_nothing_but_continue])
async def test_a_server_that_never_begins_is_given_up(script: Script) -> None:
    limits = TimeLimits(connect=60, first_token=SHORT_S, idle=60, total=60)
    async with FaultServer(script) as server, transport_to(server, limits) as transport:
        with pytest.raises(FirstTokenTimedOut, match="demo sent nothing of an answer"):
            await ask(transport)
        await server.requests[0].left.wait()


async def test_a_server_that_falls_silent_in_its_answer_is_given_up() -> None:
    limits = TimeLimits(connect=60, first_token=60, idle=SHORT_S, total=60)
    async with FaultServer(hangs_after(b"half")) as server, transport_to(server, limits) as transport:
        with pytest.raises(IdleTimedOut):
            await listen_to_the_end(transport)
        await server.requests[0].left.wait()


async def test_a_server_that_drips_is_given_up_in_the_end() -> None:
    async def drips(connection: Connection) -> None:
        await connection.head()
        while True:
            await connection.body(b"x")
            await asyncio.sleep(0.001)

    limits = TimeLimits(connect=60, first_token=60, idle=60, total=2 * SHORT_S)
    async with FaultServer(drips) as server, transport_to(server, limits) as transport:
        with pytest.raises(TotalTimedOut):
            await listen_to_the_end(transport)


async def test_a_limit_for_one_request_stands_for_the_transports_own() -> None:
    async with FaultServer(hangs) as server, transport_to(server) as transport:
        with pytest.raises(FirstTokenTimedOut):
            await ask(transport, limits=TimeLimits(first_token=SHORT_S))


async def test_the_total_counts_from_the_first_try() -> None:
    async with FaultServer(hangs) as server, transport_to(server) as transport:
        with pytest.raises(TotalTimedOut):
            await ask(transport, began=asyncio.get_running_loop().time() - 100)


async def test_a_server_that_holds_the_socket_open_after_its_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clocks_module, "GRACE_S", SHORT_S)
    async with FaultServer(hangs_after(b"whole")) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as reply:
            async for piece in reply:
                assert piece == b"whole"
                reply.answer_finished()
        await server.requests[0].left.wait()


async def test_no_clock_runs_on_when_a_request_is_over() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as reply:
            assert reply._clocks._timer is not None
        assert reply._clocks._timer is None


# The end of a reply, and refusals


async def test_the_rest_of_a_reply_is_read_so_that_its_connection_can_be_kept() -> None:
    async with FaultServer(streams(b"said all", b"\n", b"\n")) as server, transport_to(server) as transport:
        for _ in range(2):
            async with transport.exchange("GET", "/") as reply:
                await anext(aiter(reply))
                await reply.finish()
        assert len(server.connections) == 1


@pytest.mark.parametrize("goes_on", [True, False])
async def test_a_rest_that_goes_on_or_does_not_come_is_left(monkeypatch: pytest.MonkeyPatch, goes_on: bool) -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.body(b"said all")
        while goes_on:
            await connection.body(bytes(1000))

    monkeypatch.setattr(module, "_REST_S", 60 if goes_on else SHORT_S)
    async with FaultServer(script) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as reply:
            await anext(aiter(reply))
            await reply.finish()
        await server.requests[0].left.wait()


async def test_a_rest_that_breaks_is_no_failure() -> None:
    async with reply_of(cuts_after(b"said all")) as reply:
        await anext(aiter(reply))
        await reply.finish()


async def refuses_without_end(connection: Connection) -> None:
    await connection.head(500)
    while True:
        await connection.body(b"x" * 1000)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (replies(500, b"words"), b"words"),
        (refuses_without_end, b"x" * 65_536),
        (cuts_after(b"words"), b"words"),
        (hangs_after(b"words"), b"words"),
    ],
)
async def test_the_words_of_a_refusal_are_read_as_far_as_they_come(
    monkeypatch: pytest.MonkeyPatch, script: Script, words: bytes
) -> None:
    monkeypatch.setattr(clocks_module, "GRACE_S", SHORT_S)
    async with reply_of(script) as reply:
        assert await reply.read_refusal() == words


# Cancelling


async def test_leaving_in_the_middle_of_an_answer_is_seen_by_the_server() -> None:
    async with FaultServer(hangs_after(b"half")) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as reply:
            async for _ in reply:
                break
        await server.requests[0].left.wait()


@pytest.mark.parametrize("script", [hangs, hangs_after(), hangs_after(b"half")])
async def test_a_request_that_is_cancelled_at_any_moment_leaves_no_connection_and_no_task(script: Script) -> None:
    async with nothing_left_behind():
        for turns_of_the_loop in range(45):
            async with FaultServer(script) as server, transport_to(server) as transport:
                exchanging = asyncio.create_task(listen_to_the_end(transport))
                for _ in range(turns_of_the_loop):
                    await asyncio.sleep(0)
                exchanging.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await exchanging
                await server.deserted()


async def test_a_request_that_is_cancelled_while_it_is_sent_is_closed_at_once() -> None:
    async def is_deaf(connection: Connection) -> None:
        connection.stop_reading()
        await connection.closed_by_client()

    async with nothing_left_behind(), FaultServer(at_once=is_deaf) as server, transport_to(server) as transport:

        async def post() -> None:
            async with transport.exchange("POST", "/", {"a": "x" * 30_000_000}):
                pass

        posting = asyncio.create_task(post())
        await eventually(lambda: server.open_connections == 1)
        await asyncio.sleep(SHORT_S)
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
        server.connections[0].read_again()
        await server.connections[0].closed_by_client()


# Proxies


async def test_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(drops) as proxy, FaultServer(replies(200, b"direct")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for host in ("127.0.0.1", "localhost"):
            async with transport_to(f"http://{host}:{server.port}") as transport:
                assert await ask(transport) == b"direct"
    assert proxy.requests == []


async def test_another_machine_is_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies(200, b"from afar")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
        async with transport_to("http://model.example:8000/base", key="sk-1") as transport:
            assert await ask(transport) == b"from afar"

    asked = proxy.requests[0]
    assert asked.target == "http://model.example:8000/base/path"
    assert asked.headers["host"] == "model.example:8000"
    assert asked.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:secret").decode()
    assert asked.headers["authorization"] == "Bearer sk-1"


async def test_a_host_that_no_proxy_names_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "model.example")
    async with transport_to("http://model.example:8000") as transport:
        transport.get_ready()
        assert transport._proxy is None


async def test_a_proxy_that_is_not_there_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{port}")
        async with transport_to("http://model.example") as transport:
            with pytest.raises(ServerUnreachable) as refused:
                await ask(transport)

    assert f"through the proxy http://127.0.0.1:{port}: connection refused" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "NO_PROXY" in refused.value.hint
    assert refused.value.passing


async def test_a_proxy_that_builds_no_tunnel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    phases: list[str] = []
    async with FaultServer(replies(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example") as transport:
            with pytest.raises(ServerUnreachable, match=r"through the proxy .*: 407"):
                await ask(transport, on_phase=phases.append)

    assert (proxy.requests[0].method, proxy.requests[0].target) == ("CONNECT", "model.example:443")
    # The tunnel is part of the connection, so the clock of the connection is the one that runs.
    assert phases == ["connecting"]


async def test_a_proxy_that_cannot_be_used_is_told_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:9")
    async with transport_to("http://model.example") as transport:
        for _ in range(2):
            with pytest.raises(ServerUnreachable, match="socks4"):
                await ask(transport)


# The log


async def test_the_log_tells_of_each_request_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=module.__name__)
    async with FaultServer(replies(200, b"12345"), drops, hangs_after(b"half")) as server:
        address = ServerAddress("http", "127.0.0.1", server.port, "/base", "key=secret", "me:secret")
        async with transport_to(address, key="sk-secret", headers={"X-Key": "secret"}) as transport:
            await ask(transport)
            await transport.aclose()
            with pytest.raises(StreamInterrupted):
                await ask(transport)
            async with transport.exchange("GET", "/path") as reply:
                async for _ in reply:
                    break
            with contextlib.suppress(asyncio.CancelledError):
                async with transport.exchange("GET", "/path"):
                    raise asyncio.CancelledError

    told = [record.getMessage() for record in caplog.records if record.name == module.__name__]
    where = f"http://127.0.0.1:{server.port}/base/path"
    assert [line.partition(":")[0] for line in told] == ["POST http", "POST http", "GET http", "GET http"]
    assert all(where in line for line in told)
    assert ": 200, 5 bytes, " in told[0]
    assert told[0].endswith(", done")
    assert ": no reply, 0 bytes, " in told[1]
    assert told[1].endswith(", interrupted")
    assert ": 200, 4 bytes, " in told[2]
    assert told[3].endswith(", left before the end")
    assert "secret" not in caplog.text
