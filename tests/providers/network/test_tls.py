"""Transport over TLS: whom it trusts, and what it says of whom it does not."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.fault_server import Connection, FaultServer, drops, eventually, nothing_left_behind, replies
from tests.providers.network.certificates import make_certificate
from tests.providers.network.test_transport import LONG, SHORT_S, ask, transport_to
from tui.errors import ConnectTimedOut, ServerUnreachable, StreamInterrupted
from tui.providers.network.address import parse_address
from tui.providers.network.clocks import TimeLimits
from tui.providers.network.transport import Transport


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    try:
        return make_certificate(tmp_path_factory.mktemp("certificate"))
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")


@pytest.fixture
def bundle(certificate: tuple[Path, ssl.SSLContext]) -> str:
    return str(certificate[0])


@pytest.fixture
def tls(certificate: tuple[Path, ssl.SSLContext]) -> ssl.SSLContext:
    return certificate[1]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


async def test_a_certificate_that_nobody_signed_is_not_trusted(tls: ssl.SSLContext) -> None:
    async with FaultServer(replies(), tls=tls) as server, transport_to(server) as transport:
        with pytest.raises(ServerUnreachable, match="its certificate is not trusted") as refused:
            await ask(transport)

    assert "`verify`" in refused.value.hint
    assert not refused.value.passing


async def test_a_bundle_that_the_user_names_is_trusted(tls: ssl.SSLContext, bundle: str) -> None:
    async with FaultServer(replies(200, b"safe"), tls=tls) as server, transport_to(server, verify=bundle) as transport:
        for _ in range(2):
            assert await ask(transport) == b"safe"
        assert len(server.connections) == 1


async def test_a_bundle_that_the_environment_names_is_trusted(
    tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    async with FaultServer(replies(200, b"safe"), tls=tls) as server, transport_to(server) as transport:
        assert await ask(transport) == b"safe"


async def test_every_certificate_is_trusted_when_the_user_says_so(tls: ssl.SSLContext) -> None:
    async with FaultServer(replies(200, b"well"), tls=tls) as server, transport_to(server, verify=False) as transport:
        assert await ask(transport) == b"well"


async def test_a_large_body_goes_both_ways(tls: ssl.SSLContext) -> None:
    body = bytes(range(256)) * 8_000
    async with (
        FaultServer(replies(200, body), tls=tls) as server,
        transport_to(server, verify=False, read_bytes=1000) as transport,
        transport.exchange("POST", "/", {"a": "x" * 2_000_000}) as reply,
    ):
        assert await reply.read(len(body)) == body
    assert len(server.requests[0].json["a"]) == 2_000_000


async def test_a_request_that_is_cancelled_at_any_moment_leaves_no_connection(tls: ssl.SSLContext) -> None:
    async with nothing_left_behind():
        for turns_of_the_loop in range(0, 60, 3):
            async with FaultServer(replies(), tls=tls) as server, transport_to(server, verify=False) as transport:
                exchanging = asyncio.create_task(ask(transport))
                for _ in range(turns_of_the_loop):
                    await asyncio.sleep(0)
                exchanging.cancel()
                await asyncio.gather(exchanging, return_exceptions=True)
                await transport.aclose()
                await server.deserted()


async def test_a_server_that_speaks_plain_http_is_told_as_such() -> None:
    async def answers_in_plain(connection: Connection) -> None:
        await eventually(lambda: bool(connection._arrived))
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with FaultServer(at_once=answers_in_plain) as server:
        transport = Transport(
            parse_address(f"https://127.0.0.1:{server.port}"), server="demo", limits=LONG, verify=False
        )
        with pytest.raises(ServerUnreachable, match="TLS failed") as refused:
            await ask(transport)
        await transport.aclose()

    assert "http://" in refused.value.hint
    assert not refused.value.passing


async def test_a_handshake_that_does_not_end_is_part_of_connecting() -> None:
    async def says_nothing(connection: Connection) -> None:
        await connection.closed_by_client()

    limits = TimeLimits(connect=SHORT_S, first_token=60, idle=60, total=60)
    async with FaultServer(at_once=says_nothing) as server:
        async with transport_to(server.url.replace("http:", "https:"), limits, verify=False) as transport:
            with pytest.raises(ConnectTimedOut, match="No connection to demo"):
                await ask(transport)
        await server.deserted()


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("no certificate", "no certificate or crl")])
@pytest.mark.parametrize("by_the_environment", [True, False])
async def test_a_bundle_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, reason: str, by_the_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    if by_the_environment:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with transport_to("https://127.0.0.1:9", verify=True if by_the_environment else str(path)) as transport:
        with pytest.raises(ServerUnreachable, match=f"(?i){reason}") as refused:
            transport.get_ready()

    assert ("SSL_CERT_FILE" if by_the_environment else "`verify`") in refused.value.hint
    assert (str(path) in str(refused.value)) is not by_the_environment
    assert not refused.value.passing


# Through a proxy


async def test_a_tunnel_leads_to_the_server(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tunnels(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await connection.start_tls(tls)
        await connection.next_request()
        await replies(200, b"from afar")(connection)

    phases: list[str] = []
    async with FaultServer(tunnels) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
        async with transport_to("https://model.example/base", verify=False, key="sk-1") as transport:
            assert await ask(transport, on_phase=phases.append) == b"from afar"

    opened, asked = proxy.requests
    assert (opened.method, opened.target) == ("CONNECT", "model.example:443")
    assert "proxy-authorization" in opened.headers
    assert "authorization" not in opened.headers
    assert (asked.method, asked.target, asked.headers["authorization"]) == ("POST", "/base/path", "Bearer sk-1")
    assert "proxy-authorization" not in asked.headers
    assert phases == ["connecting", "waiting"]


async def test_a_certificate_behind_a_tunnel_is_looked_at_too(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tunnels(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await connection.start_tls(tls)

    async with FaultServer(tunnels) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example") as transport:
            with pytest.raises(ServerUnreachable, match="its certificate is not trusted") as refused:
                await ask(transport)

    assert not refused.value.passing


async def test_a_tunnel_that_leads_nowhere_is_given_up_as_part_of_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def leads_nowhere(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")

    limits = TimeLimits(connect=SHORT_S, first_token=60, idle=60, total=60)
    async with FaultServer(leads_nowhere) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example", limits, verify=False) as transport:
            with pytest.raises(ConnectTimedOut):
                await ask(transport)
        await proxy.deserted()


async def test_a_proxy_that_hangs_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(drops) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with transport_to("https://model.example", LONG, verify=False) as transport:
            with pytest.raises(StreamInterrupted, match=f"through the proxy {proxy.url} closed the connection"):
                await ask(transport)
