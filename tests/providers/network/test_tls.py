"""Tests of TLS: contexts and Transport over https, directly and through a proxy."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.fault_server import Connection, FaultServer, drops, eventually, no_leaked_tasks, replies
from tests.providers.network.certificates import make_certificate
from tests.providers.network.transports import LONG_LIMITS, SHORT_S, post, transport_to
from tui.errors import ConnectTimedOut, ProtocolBroken, ProviderError, ServerUnreachable, StreamInterrupted
from tui.limits import TimeLimits
from tui.providers.network.address import parse_address
from tui.providers.network.transport import Transport


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    try:
        return make_certificate(tmp_path_factory.mktemp("certificate"))
    except FileNotFoundError:
        pytest.skip("openssl is not installed")


@pytest.fixture
def bundle(certificate: tuple[Path, ssl.SSLContext]) -> str:
    return str(certificate[0])


@pytest.fixture
def tls(certificate: tuple[Path, ssl.SSLContext]) -> ssl.SSLContext:
    return certificate[1]


@pytest.fixture(autouse=True)
def no_ca_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


async def test_self_signed_certificate_is_not_trusted(tls: ssl.SSLContext) -> None:
    async with FaultServer(replies(), tls=tls) as server, transport_to(server) as transport:
        with pytest.raises(ServerUnreachable, match="its certificate is not trusted") as raised:
            await post(transport)

    assert "`verify`" in raised.value.hint
    assert not raised.value.is_transient


async def test_ca_bundle_from_the_settings_is_trusted(tls: ssl.SSLContext, bundle: str) -> None:
    async with FaultServer(replies(200, b"ok"), tls=tls) as server, transport_to(server, verify=bundle) as transport:
        for _ in range(2):
            assert await post(transport) == b"ok"
        assert len(server.connections) == 1


async def test_ca_bundle_from_the_environment_is_trusted(
    tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    async with FaultServer(replies(200, b"ok"), tls=tls) as server, transport_to(server) as transport:
        assert await post(transport) == b"ok"


async def test_verify_false_trusts_every_certificate(tls: ssl.SSLContext) -> None:
    async with FaultServer(replies(200, b"ok"), tls=tls) as server, transport_to(server, verify=False) as transport:
        assert await post(transport) == b"ok"


async def test_large_bodies_are_sent_and_received(tls: ssl.SSLContext) -> None:
    body = bytes(range(256)) * 8_000
    async with (
        FaultServer(replies(200, body), tls=tls) as server,
        transport_to(server, verify=False, read_bytes=1000) as transport,
        transport.exchange("POST", "/", {"a": "x" * 2_000_000}) as response,
    ):
        assert await response.read(len(body)) == body
    assert len(server.requests[0].json["a"]) == 2_000_000


async def test_cancelling_at_any_moment_leaks_no_connection(tls: ssl.SSLContext) -> None:
    async with no_leaked_tasks():
        for loop_iterations in range(0, 60, 3):
            async with FaultServer(replies(), tls=tls) as server, transport_to(server, verify=False) as transport:
                posting = asyncio.create_task(post(transport))
                for _ in range(loop_iterations):
                    await asyncio.sleep(0)
                posting.cancel()
                await asyncio.gather(posting, return_exceptions=True)
                await transport.aclose()
                await server.wait_until_disconnected()


async def test_plain_http_server_is_a_tls_failure() -> None:
    async def answers_in_plain(connection: Connection) -> None:
        await eventually(lambda: bool(connection.buffered))
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with FaultServer(on_connect=answers_in_plain) as server:
        transport = Transport(
            parse_address(f"https://127.0.0.1:{server.port}"), server="demo", limits=LONG_LIMITS, verify=False
        )
        with pytest.raises(ServerUnreachable, match="TLS failed") as raised:
            await post(transport)
        await transport.aclose()

    assert "http://" in raised.value.hint
    assert not raised.value.is_transient


async def test_connect_timeout_ends_an_endless_handshake() -> None:
    async def says_nothing(connection: Connection) -> None:
        await connection.closed_by_client()

    limits = TimeLimits(connect=SHORT_S, first_token=60, idle=60, total=60)
    async with FaultServer(on_connect=says_nothing) as server:
        async with transport_to(server.url.replace("http:", "https:"), limits, verify=False) as transport:
            with pytest.raises(ConnectTimedOut, match="No connection to demo") as raised:
                await post(transport)
        await server.wait_until_disconnected()
    assert "may expect http://" in raised.value.hint


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_server_that_hangs_up_during_the_handshake_may_be_plain_http(how: str) -> None:
    async def hangs_up(connection: Connection) -> None:
        await eventually(lambda: bool(connection.buffered))
        getattr(connection, how)()

    async with (
        FaultServer(on_connect=hangs_up) as server,
        transport_to(server.url.replace("http:", "https:"), verify=False, start_hint="Start it.") as transport,
    ):
        with pytest.raises(ServerUnreachable) as raised:
            await post(transport)
    assert "may expect http://" in raised.value.hint
    assert "Start it." in raised.value.hint
    assert raised.value.is_transient


async def test_plain_http_to_a_tls_server_hints_at_https(tls: ssl.SSLContext) -> None:
    async with (
        FaultServer(replies(), tls=tls) as server,
        transport_to(server.url.replace("https:", "http:")) as transport,
    ):
        with pytest.raises(ProviderError) as raised:
            await post(transport)
    assert "expect" in raised.value.hint
    assert "https://" in raised.value.hint


@pytest.mark.parametrize("alert", [b"\x15\x03\x01\x00\x02\x02\x46", b"\x15\x03\x03\x00\x02\x02\x0a\r\n\r\n"])
async def test_tls_alert_in_reply_to_plain_http_hints_at_https(alert: bytes) -> None:
    async def alerts(connection: Connection) -> None:
        await connection.send(alert)
        connection.close()

    async with FaultServer(alerts) as server, transport_to(server) as transport:
        with pytest.raises(ProtocolBroken) as raised:
            await post(transport)
    assert "https:// instead of http://" in raised.value.hint


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("no certificate", "no certificate or crl")])
@pytest.mark.parametrize("from_environment", [True, False])
async def test_unusable_ca_bundle_is_named(
    tmp_path: Path, content: str | None, reason: str, from_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    if from_environment:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with transport_to("https://127.0.0.1:9", verify=True if from_environment else str(path)) as transport:
        with pytest.raises(ServerUnreachable, match=f"(?i){reason}") as raised:
            transport.get_ready()

    assert ("SSL_CERT_FILE" if from_environment else "`verify`") in raised.value.hint
    assert (str(path) in str(raised.value)) is not from_environment
    assert not raised.value.is_transient


# Through a proxy


async def test_tunnel_reaches_the_server(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tunnels(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await connection.start_tls(tls)
        await connection.next_request()
        await replies(200, b"via proxy")(connection)

    phases: list[str] = []
    async with FaultServer(tunnels) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
        async with transport_to("https://model.example/base", verify=False, key="sk-1") as transport:
            assert await post(transport, on_phase=phases.append) == b"via proxy"

    opened, posted = proxy.requests
    assert (opened.method, opened.target) == ("CONNECT", "model.example:443")
    assert "proxy-authorization" in opened.headers
    assert "authorization" not in opened.headers
    assert (posted.method, posted.target, posted.headers["authorization"]) == ("POST", "/base/path", "Bearer sk-1")
    assert "proxy-authorization" not in posted.headers
    assert phases == ["connecting", "waiting"]


async def test_certificate_behind_a_tunnel_is_verified(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tunnels(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await connection.start_tls(tls)

    async with FaultServer(tunnels) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example") as transport:
            with pytest.raises(ServerUnreachable, match="its certificate is not trusted") as raised:
                await post(transport)

    assert not raised.value.is_transient


async def test_connect_timeout_ends_a_tunnel_without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def opens_dead_tunnel(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")

    limits = TimeLimits(connect=SHORT_S, first_token=60, idle=60, total=60)
    async with FaultServer(opens_dead_tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example", limits, verify=False) as transport:
            with pytest.raises(ConnectTimedOut):
                await post(transport)
        await proxy.wait_until_disconnected()


async def test_proxy_that_closes_the_connection_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(drops) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example", LONG_LIMITS, verify=False) as transport:
            with pytest.raises(StreamInterrupted, match=f"through the proxy {proxy.url} closed the connection"):
                await post(transport)
