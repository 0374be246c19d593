"""Tests of Transport: requests, connections, timeouts, cancellation, proxies, and the log."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging

import pytest

from tests.fault_server import (
    JSON,
    Connection,
    FaultServer,
    Script,
    drops,
    eventually,
    hangs,
    hangs_after,
    no_leaked_tasks,
    refused_port,
    replies,
    resets,
)
from tests.providers.network.transports import LONG_LIMITS, SHORT_S, post, read_to_end, transport_to
from tui.errors import (
    ConnectTimedOut,
    FirstTokenTimedOut,
    IdleTimedOut,
    ProtocolBroken,
    ServerUnreachable,
    StreamInterrupted,
    TotalTimedOut,
)
from tui.limits import TimeLimits
from tui.providers.network import transport as transport_module
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.network.socket_stream import SocketStream

# Requests


async def test_request_contains_only_what_the_protocol_needs() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await post(transport, accept="text/event-stream")
        async with transport.exchange("GET", "/other"):
            pass

    posted, got = server.requests
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
    assert (got.method, got.target, got.body) == ("GET", "/other", b"")
    assert "content-type" not in got.headers
    assert got.headers["accept"] == "application/json"


async def test_path_and_query_of_the_address_are_kept() -> None:
    async with FaultServer(replies()) as server, transport_to(server.url + "/base/?v=1") as transport:
        await post(transport)

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
async def test_key_is_sent_unless_headers_set_authorization(
    key: str | None, headers: dict[str, str], sent: str | None
) -> None:
    async with FaultServer(replies()) as server, transport_to(server, key=key, headers=headers) as transport:
        await post(transport)

    assert server.requests[0].headers.get("authorization") == sent


async def test_users_headers_override_defaults_in_any_case_and_script() -> None:
    headers = {"accept": "a/b", "USER-AGENT": "mine", "X-Team": "Größe 漢"}
    async with FaultServer(replies()) as server, transport_to(server, headers=headers) as transport:
        await post(transport)

    sent = server.requests[0].headers
    assert (sent["accept"], sent["user-agent"]) == ("a/b", "mine")
    assert sent["x-team"].encode("latin-1").decode() == "Größe 漢"


async def test_password_in_the_address_is_sent_as_basic_auth() -> None:
    address = parse_address("http://me:p%40ss@127.0.0.1:1")
    async with FaultServer(replies()) as server:
        address = ServerAddress("http", "127.0.0.1", server.port, userinfo=address.userinfo)
        async with transport_to(address) as transport:
            await post(transport)

    assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


async def test_unpaired_surrogate_is_sent_as_replacement_character() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await post(transport, body={"a": "x\ud83d", "b": "\ud83d\ude00"})

    assert server.requests[0].json == {"a": "x\ufffd", "b": "😀"}


async def test_cookies_are_not_sent_back() -> None:
    async with (
        FaultServer(replies(headers={"Set-Cookie": "track=me"})) as server,
        transport_to(server) as transport,
    ):
        for _ in range(2):
            await post(transport)

    assert "cookie" not in server.requests[1].headers


async def test_phases_are_reported_as_they_begin() -> None:
    phases: list[str] = []
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await post(transport, on_phase=phases.append)

    assert phases == ["connecting", "waiting"]


# Reused connections


async def test_idle_connection_closed_by_the_server_is_replaced() -> None:
    async def answers_and_closes(connection: Connection) -> None:
        await replies()(connection)
        connection.close()

    async with FaultServer(answers_and_closes) as server, transport_to(server) as transport:
        await post(transport)
        await server.wait_until_disconnected()
        await post(transport)
        assert len(server.connections) == len(server.requests) == 2


@pytest.mark.parametrize("breaks", [drops, resets])
async def test_reused_connection_that_breaks_is_replaced_once(breaks: Script) -> None:
    phases: list[str] = []
    async with FaultServer(replies(), breaks, replies(200, b"ok")) as server, transport_to(server) as transport:
        await post(transport)
        assert await post(transport, on_phase=phases.append) == b"ok"
        assert len(server.connections) == 2
    assert len(server.requests) == 3
    assert phases == ["connecting", "waiting", "waiting"]


async def test_replacing_a_connection_has_the_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never_connects(*_: object, **__: object) -> None:
        await asyncio.get_running_loop().create_future()

    limits = TimeLimits(connect=SHORT_S, first_token=60, idle=60, total=60)
    async with FaultServer(replies(), drops) as server, transport_to(server, limits) as transport:
        await post(transport, limits=LONG_LIMITS)
        monkeypatch.setattr(SocketStream, "connect", never_connects)
        with pytest.raises(ConnectTimedOut):
            await post(transport)


async def test_reused_connection_is_replaced_only_once() -> None:
    async with FaultServer(replies(), drops) as server, transport_to(server) as transport:
        await post(transport)
        with pytest.raises(StreamInterrupted, match="without a response"):
            await post(transport)
    assert len(server.requests) == 3


@pytest.mark.parametrize("breaks", [drops, resets])
async def test_new_connection_that_breaks_is_not_retried(breaks: Script) -> None:
    async with FaultServer(breaks) as server, transport_to(server) as transport:
        with pytest.raises(StreamInterrupted, match=r"demo at http://127\.0\.0\.1:\d+ closed the connection without"):
            await post(transport)
    assert len(server.requests) == 1


async def test_excess_bytes_of_a_response_do_not_spoil_the_next() -> None:
    async def sends_too_much(connection: Connection) -> None:
        await connection.head(200, JSON, length=2)
        await connection.send(b"{}and more than announced")

    async with FaultServer(sends_too_much, replies(200, b"ok")) as server, transport_to(server) as transport:
        assert await post(transport) == b"{}"
        assert await post(transport) == b"ok"


async def test_second_response_on_a_connection_does_not_answer_the_next_request() -> None:
    async def sends_two_responses(connection: Connection) -> None:
        body = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nLEFT OVER"
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" + body)

    async def sends_two_chunked_responses(connection: Connection) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        await connection.send(head + b"5\r\nfirst\r\n0\r\n\r\n" + head + b"9\r\nLEFT OVER\r\n0\r\n\r\n")

    for script in (sends_two_responses, sends_two_chunked_responses):
        async with FaultServer(script, replies(200, b"second")) as server, transport_to(server) as transport:
            assert await post(transport) == b"first"
            assert await post(transport) == b"second"
            assert await post(transport) == b"second"
            assert len(server.connections) == 2


async def test_closed_transport_can_be_used_again() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        await transport.aclose()
        transport.get_ready()
        transport.get_ready()
        await post(transport)
        await transport.aclose()
        await server.wait_until_disconnected()
        await post(transport)
        assert len(server.connections) == 2


# Timeouts


async def sends_only_100_continue(connection: Connection) -> None:
    while True:
        await connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("script", [hangs, hangs_after(), hangs_after(b": comment\n"), sends_only_100_continue])
async def test_first_token_timeout_ends_a_request_without_content(script: Script) -> None:
    limits = TimeLimits(connect=60, first_token=SHORT_S, idle=60, total=60)
    async with FaultServer(script) as server, transport_to(server, limits) as transport:
        with pytest.raises(FirstTokenTimedOut, match="demo did not begin its answer"):
            await post(transport)
        await server.requests[0].disconnected.wait()


async def test_idle_timeout_ends_a_silent_answer() -> None:
    limits = TimeLimits(connect=60, first_token=60, idle=SHORT_S, total=60)
    async with FaultServer(hangs_after(b"half")) as server, transport_to(server, limits) as transport:
        with pytest.raises(IdleTimedOut):
            await read_to_end(transport)
        await server.requests[0].disconnected.wait()


async def test_total_timeout_ends_a_dripping_answer() -> None:
    async def drips(connection: Connection) -> None:
        await connection.head()
        while True:
            await connection.body(b"x")
            await asyncio.sleep(0.001)

    limits = TimeLimits(connect=60, first_token=60, idle=60, total=2 * SHORT_S)
    async with FaultServer(drips) as server, transport_to(server, limits) as transport:
        with pytest.raises(TotalTimedOut):
            await read_to_end(transport)


async def test_limits_of_a_request_override_those_of_the_transport() -> None:
    async with FaultServer(hangs) as server, transport_to(server) as transport:
        with pytest.raises(FirstTokenTimedOut):
            await post(transport, limits=TimeLimits(first_token=SHORT_S))


async def test_total_timeout_counts_from_the_first_attempt() -> None:
    async with FaultServer(hangs) as server, transport_to(server) as transport:
        with pytest.raises(TotalTimedOut):
            await post(transport, began=asyncio.get_running_loop().time() - 100)


async def test_timer_is_stopped_when_the_request_ends() -> None:
    async with FaultServer(replies()) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as response:
            assert response._clocks._timer is not None
        assert response._clocks._timer is None


# Cancellation


async def test_leaving_an_exchange_early_closes_the_connection() -> None:
    async with FaultServer(hangs_after(b"half")) as server, transport_to(server) as transport:
        async with transport.exchange("GET", "/") as response:
            async for _ in response:
                break
        await server.requests[0].disconnected.wait()


@pytest.mark.parametrize("script", [hangs, hangs_after(), hangs_after(b"half")])
async def test_cancelling_at_any_moment_leaks_nothing(script: Script) -> None:
    async with no_leaked_tasks():
        for loop_iterations in range(45):
            async with FaultServer(script) as server, transport_to(server) as transport:
                reading = asyncio.create_task(read_to_end(transport))
                for _ in range(loop_iterations):
                    await asyncio.sleep(0)
                reading.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reading
                await server.wait_until_disconnected()


async def test_cancelling_while_sending_closes_the_connection() -> None:
    async def stops_reading(connection: Connection) -> None:
        connection.stop_reading()
        await connection.closed_by_client()

    async with no_leaked_tasks(), FaultServer(on_connect=stops_reading) as server, transport_to(server) as transport:

        async def post_large_body() -> None:
            async with transport.exchange("POST", "/", {"a": "x" * 30_000_000}):
                pass

        posting = asyncio.create_task(post_large_body())
        await eventually(lambda: server.open_connections == 1)
        await asyncio.sleep(SHORT_S)
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
        server.connections[0].resume_reading()
        await server.connections[0].closed_by_client()


# Proxies


async def test_loopback_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(drops) as proxy, FaultServer(replies(200, b"direct")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for host in ("127.0.0.1", "localhost"):
            async with transport_to(f"http://{host}:{server.port}") as transport:
                assert await post(transport) == b"direct"
    assert proxy.requests == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.1", "0", "127.0.0.1."])
async def test_other_spellings_of_loopback_are_reached_directly(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{refused_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    async with FaultServer(replies(200, b"ok")) as server, transport_to(f"http://{host}:{server.port}") as transport:
        assert await post(transport) == b"ok"
        assert transport.proxy == ""


async def test_key_in_the_query_is_sent_and_redacted_from_errors() -> None:
    async with FaultServer(replies()) as server, transport_to(f"{server.url}?k=secret-in-query&b=2") as transport:
        with pytest.raises(ProtocolBroken) as raised:
            async with transport.exchange("GET", "/path"):
                raise ProtocolBroken("no /path?k=secret-in-query&b=2", hint="not secret-in-query")

    assert server.requests[0].target == "/path?k=secret-in-query&b=2"
    assert str(raised.value) == "no /path?k=…&b=2"
    assert raised.value.hint == "not …"


async def test_other_hosts_are_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies(200, b"via proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
        async with transport_to("http://model.example:8000/base", key="sk-1") as transport:
            assert await post(transport) == b"via proxy"

    request = proxy.requests[0]
    assert request.target == "http://model.example:8000/base/path"
    assert request.headers["host"] == "model.example:8000"
    assert request.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:secret").decode()
    assert request.headers["authorization"] == "Bearer sk-1"


async def test_host_in_no_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "model.example")
    async with transport_to("http://model.example:8000") as transport:
        transport.get_ready()
        assert transport.proxy == ""


async def test_unreachable_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused_port() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{port}")
        async with transport_to("http://model.example") as transport:
            with pytest.raises(ServerUnreachable) as raised:
                await post(transport)

    assert f"through the proxy http://127.0.0.1:{port}: connection refused" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "NO_PROXY" in raised.value.hint
    assert raised.value.is_transient


async def test_proxy_that_refuses_a_tunnel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    phases: list[str] = []
    async with FaultServer(replies(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example") as transport:
            with pytest.raises(ServerUnreachable, match=r"through the proxy .*: 407"):
                await post(transport, on_phase=phases.append)

    assert (proxy.requests[0].method, proxy.requests[0].target) == ("CONNECT", "model.example:443")
    # Opening the tunnel is part of connecting, so the connect timeout applies to it.
    assert phases == ["connecting"]


async def test_unsupported_proxy_is_reported_by_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:9")
    async with transport_to("http://model.example") as transport:
        for _ in range(2):
            with pytest.raises(ServerUnreachable, match="socks4"):
                await post(transport)


# The log


async def test_log_describes_each_request_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=transport_module.__name__)
    async with FaultServer(replies(200, b"12345"), drops, hangs_after(b"half")) as server:
        address = ServerAddress("http", "127.0.0.1", server.port, "/base", "key=secret", "me:secret")
        async with transport_to(address, key="sk-secret", headers={"X-Key": "secret"}) as transport:
            await post(transport)
            await transport.aclose()
            with pytest.raises(StreamInterrupted):
                await post(transport)
            async with transport.exchange("GET", "/path") as response:
                async for _ in response:
                    break
            with contextlib.suppress(asyncio.CancelledError):
                async with transport.exchange("GET", "/path"):
                    raise asyncio.CancelledError

    messages = [record.getMessage() for record in caplog.records if record.name == transport_module.__name__]
    url = f"http://127.0.0.1:{server.port}/base/path"
    assert [message.partition(":")[0] for message in messages] == ["POST http", "POST http", "GET http", "GET http"]
    assert all(url in message for message in messages)
    assert ": 200, 5 bytes, " in messages[0]
    assert messages[0].endswith(", done")
    assert ": no response, 0 bytes, " in messages[1]
    assert messages[1].endswith(", interrupted")
    assert ": 200, 4 bytes, " in messages[2]
    assert messages[3].endswith(", left before the end")
    assert "secret" not in caplog.text
