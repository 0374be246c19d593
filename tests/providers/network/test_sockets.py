"""SocketBackend: connections that hold only so much, and close at once."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpcore
import pytest

from tests.fault_server import Connection, FaultServer, eventually, nothing_left_behind, refused_port, settled
from tests.providers.network.certificates import anonymous
from tui.providers.network import sockets
from tui.providers.network.sockets import SocketBackend

HOST = "127.0.0.1"


async def waits(connection: Connection) -> None:
    await connection.closed_by_client()


@contextlib.asynccontextmanager
async def connected(server: FaultServer, read_bytes: int = 65_536) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    stream = await SocketBackend(read_bytes).connect_tcp(HOST, server.port)
    try:
        yield stream
    finally:
        await stream.aclose()


def receiver_of(stream: httpcore.AsyncNetworkStream) -> sockets._Receiver:
    assert isinstance(stream, sockets._SocketStream)
    return stream._receiver


async def read_all(stream: httpcore.AsyncNetworkStream) -> bytes:
    pieces = []
    while piece := await stream.read(65_536):
        pieces.append(piece)
    return b"".join(pieces)


# Reading


async def test_what_arrives_is_read_in_pieces_and_ends_in_nothing() -> None:
    async def speak(connection: Connection) -> None:
        await connection.send(b"hello")
        connection.close()

    async with FaultServer(at_once=speak) as server, connected(server) as stream:
        assert await stream.read(3) == b"hel"
        assert await stream.read(100) == b"lo"
        assert await stream.read(100) == b""
        assert await stream.read(100) == b""


async def test_no_more_is_held_than_the_size_of_the_buffer_while_nobody_reads() -> None:
    sent = bytes(range(256)) * 8_000

    async def flood(connection: Connection) -> None:
        for at in range(0, len(sent), 4096):
            await connection.send(sent[at : at + 4096])
        connection.close()

    async with FaultServer(at_once=flood, send_buffer=4096) as server, connected(server, 1000) as stream:
        connection = await first_connection(server)
        assert await settled(lambda: connection.bytes_sent) < len(sent)
        receiver = receiver_of(stream)
        assert receiver._end - receiver._start == len(receiver._buffer) == 1000

        assert await stream.read(1) == sent[:1]
        assert await read_all(stream) == sent[1:]
        assert len(receiver._buffer) == 1000


async def first_connection(server: FaultServer) -> Connection:
    await eventually(lambda: bool(server.connections))
    return server.connections[0]


async def test_what_came_before_a_reset_is_read_before_it_is_told() -> None:
    async def speak(connection: Connection) -> None:
        await connection.send(b"last words")

    async with FaultServer(at_once=speak) as server, connected(server) as stream:
        await eventually(lambda: receiver_of(stream).has_news())
        server.connections[0].reset()
        await eventually(lambda: receiver_of(stream).at_end)

        assert await stream.read(4) == b"last"
        assert await stream.read(100) == b" words"
        for _ in range(2):
            with pytest.raises(httpcore.ReadError, match="the connection was reset"):
                await stream.read(100)


async def test_a_read_that_was_given_up_loses_nothing() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        reading = asyncio.create_task(stream.read(10))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await (await first_connection(server)).send(b"late")

        assert await stream.read(10) == b"late"


async def test_news_that_come_twice_in_one_moment_wake_the_reader_once() -> None:
    receiver = sockets._Receiver(10)
    reading = asyncio.create_task(receiver.read(10))
    await asyncio.sleep(0)
    for letter in b"ab":
        receiver.get_buffer(-1)[0] = letter
        receiver.buffer_updated(1)

    assert await reading == b"ab"


class PausedTransport(asyncio.Transport):
    """Delivers although it was paused, as the event loop of Windows does with what it had read before."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")


async def test_what_is_delivered_although_the_buffer_is_full_is_kept() -> None:
    receiver = sockets._Receiver(4)
    transport = PausedTransport()
    receiver.connection_made(transport)
    for piece in (b"1234", b"5678", b"9"):
        receiver.get_buffer(-1)[: len(piece)] = piece
        receiver.buffer_updated(len(piece))

    assert transport.calls == ["pause", "pause"]
    assert await receiver.read(100) == b"123456789"
    assert transport.calls == ["pause", "pause", "resume"]


# Writing


async def test_what_is_written_arrives() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        await stream.write(b"")
        await stream.write(b"hello ")
        await stream.write(b"there")
        connection = await first_connection(server)
        await eventually(lambda: connection._arrived == b"hello there")


async def test_what_is_written_is_sent_at_once_and_a_dead_server_is_noticed() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        sock = stream.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_a_write_waits_while_the_server_does_not_read_and_can_be_given_up_at_once() -> None:
    async def is_deaf(connection: Connection) -> None:
        connection.stop_reading()
        await connection.closed_by_client()

    async with FaultServer(at_once=is_deaf) as server, connected(server) as stream:
        await eventually(lambda: bool(server.connections))
        writing = asyncio.create_task(stream.write(bytes(50_000_000)))
        await eventually(lambda: receiver_of(stream)._room is not None)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await stream.aclose()
        assert receiver_of(stream).at_end


async def test_a_write_that_waited_goes_on_when_the_server_reads() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        connection = await first_connection(server)
        await stream.write(bytes(20_000_000))
        await eventually(lambda: len(connection._arrived) == 20_000_000)


async def test_a_write_that_a_reset_breaks_is_an_error() -> None:
    async def is_deaf_then_breaks(connection: Connection) -> None:
        connection.stop_reading()
        await breaking.wait()
        connection.reset()

    breaking = asyncio.Event()
    async with FaultServer(at_once=is_deaf_then_breaks) as server, connected(server) as stream:
        await eventually(lambda: bool(server.connections))
        writing = asyncio.create_task(stream.write(bytes(50_000_000)))
        await eventually(lambda: receiver_of(stream)._room is not None)
        breaking.set()
        with pytest.raises(httpcore.WriteError, match="the connection was reset"):
            await writing


# Closing


async def test_closing_is_seen_by_the_server_and_may_be_done_twice() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        connection = await first_connection(server)
        await stream.aclose()
        await stream.aclose()
        await connection.closed_by_client()


async def test_closing_can_be_waited_for_again_by_others_when_one_gives_up() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        closing = asyncio.create_task(stream.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing

        await stream.aclose()


# Connecting


def addresses(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, int]) -> None:
    """Make every name lead to these."""

    def look_up(host: str, port: int, **_: object) -> list[Any]:
        families = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(families[":" in where[0]], socket.SOCK_STREAM, 0, "", where) for where in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def test_a_port_where_nobody_listens_refuses() -> None:
    with refused_port() as port, pytest.raises(httpcore.ConnectError, match=r"^connection refused$"):
        await SocketBackend(10).connect_tcp(HOST, port)


async def test_localhost_leads_to_the_server_whichever_address_it_listens_at() -> None:
    async with FaultServer(at_once=waits) as server:
        stream = await SocketBackend(10).connect_tcp("localhost", server.port)
        assert stream.get_extra_info("server_addr") == (HOST, server.port)
        assert stream.get_extra_info("client_addr")[0] == HOST
        await stream.aclose()


async def test_an_address_that_refuses_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(at_once=waits) as server:
        with refused_port() as port:
            addresses(monkeypatch, (HOST, port), ("::1", port), (HOST, server.port))
            async with nothing_left_behind():
                stream = await SocketBackend(10).connect_tcp("a.name", 0)
                await stream.aclose()


async def test_every_address_that_was_tried_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused_port() as port:
        addresses(monkeypatch, (HOST, port), ("127.0.0.2", port))
        with pytest.raises(httpcore.ConnectError) as refused:
            await SocketBackend(10).connect_tcp("a.name", 0)

    assert str(refused.value) == "connection refused (tried 127.0.0.1, 127.0.0.2)"


async def test_an_address_that_does_not_answer_is_not_waited_for_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sockets._connect
    given_up = asyncio.Event()

    async def connect(address: sockets._Address, read_bytes: int) -> Any:
        if address[1][0] != "127.0.0.2":
            return await real(address, read_bytes)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            given_up.set()

    monkeypatch.setattr(sockets, "_connect", connect)
    monkeypatch.setattr(sockets, "_HEAD_START_S", 0.01)
    async with FaultServer(at_once=waits) as server:
        addresses(monkeypatch, ("127.0.0.2", 1), (HOST, server.port))
        async with nothing_left_behind():
            stream = await SocketBackend(10).connect_tcp("a.name", 0)
            assert given_up.is_set()
            await stream.aclose()


async def test_a_slow_address_is_still_waited_for_when_the_next_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sockets._connect
    other_refused = asyncio.Event()

    async def connect(address: sockets._Address, read_bytes: int) -> Any:
        if address[1][0] == "127.0.0.2":
            other_refused.set()
            raise ConnectionRefusedError
        await other_refused.wait()
        return await real(address, read_bytes)

    monkeypatch.setattr(sockets, "_connect", connect)
    monkeypatch.setattr(sockets, "_HEAD_START_S", 0.01)
    async with FaultServer(at_once=waits) as server:
        addresses(monkeypatch, (HOST, server.port), ("127.0.0.2", 1))
        stream = await SocketBackend(10).connect_tcp("a.name", 0)
        await stream.aclose()


async def test_of_two_connections_made_in_one_moment_the_second_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    both_began = asyncio.Event()

    async with FaultServer(at_once=waits) as server:
        made = [await sockets._connect((socket.AF_INET, (HOST, server.port)), 10) for _ in range(2)]
        ready = list(made)

        async def connect(*_: object) -> tuple[asyncio.Transport, sockets._Receiver]:
            mine = ready.pop()
            if not ready:
                both_began.set()
            await both_began.wait()
            return mine

        monkeypatch.setattr(sockets, "_connect", connect)
        monkeypatch.setattr(sockets, "_HEAD_START_S", 0)
        addresses(monkeypatch, (HOST, 1), (HOST, 2))
        stream = await SocketBackend(10).connect_tcp("a.name", 0)
        await eventually(lambda: server.open_connections == 1)
        await stream.aclose()
        await server.deserted()


async def test_a_connection_attempt_that_is_given_up_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    tried: list[socket.socket] = []

    async def never(sock: socket.socket, where: object) -> None:
        tried.append(sock)
        await loop.create_future()

    monkeypatch.setattr(loop, "sock_connect", never)
    async with nothing_left_behind():
        connecting = asyncio.create_task(SocketBackend(10).connect_tcp(HOST, 9))
        await eventually(lambda: bool(tried))
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
    assert tried[0].fileno() == -1


async def test_a_connection_that_is_reset_in_the_moment_it_is_made_breaks_when_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = sockets._connect_any

    async def connect(*arguments: Any) -> tuple[asyncio.Transport, sockets._Receiver]:
        transport, receiver = await real(*arguments)
        await receiver.closed
        return transport, receiver

    async def resets_at_once(connection: Connection) -> None:
        connection.reset()

    monkeypatch.setattr(sockets, "_connect_any", connect)
    async with FaultServer(at_once=resets_at_once) as server, connected(server) as stream:
        with pytest.raises(httpcore.ReadError, match="the connection was reset"):
            await stream.read(10)


# Names


async def test_a_name_that_nobody_knows_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(httpcore.ConnectError, match=r"the name nas cannot be resolved \(Name or service not known\)"):
        await SocketBackend(10).connect_tcp("nas", 80)


@pytest.mark.parametrize("name", ["a..b", f"{'x' * 64}.org"])
async def test_what_can_be_no_name_is_told_and_not_looked_for(name: str) -> None:
    with pytest.raises(httpcore.ConnectError, match="it is no name"):
        await SocketBackend(10).connect_tcp(name, 80)


class SlowNameServer:
    """Answers when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = threading.Event()
        self.answers = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, *_: object, **__: object) -> list[Any]:
        self.asked.set()
        assert self.answers.wait(10)
        return []

    def answer(self) -> None:
        """Answer, and wait until that has been heard."""
        self.answers.set()
        for thread in threading.enumerate():
            if thread.name == "resolve slow.example":
                thread.join()


async def test_a_name_server_that_does_not_answer_keeps_nobody_who_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    name_server = SlowNameServer(monkeypatch)
    async with nothing_left_behind():
        connecting = asyncio.create_task(SocketBackend(10).connect_tcp("slow.example", 80))
        await eventually(name_server.asked.is_set)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
    name_server.answer()
    await asyncio.sleep(0)


def test_a_name_server_that_answers_after_the_program_ended_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    name_server = SlowNameServer(monkeypatch)

    async def give_up() -> None:
        connecting = asyncio.create_task(SocketBackend(10).connect_tcp("slow.example", 80))
        await eventually(name_server.asked.is_set)
        connecting.cancel()

    asyncio.run(give_up())
    name_server.answer()


# Kept connections


async def test_a_quiet_connection_is_not_readable_and_one_that_the_server_closed_is() -> None:
    async with FaultServer(at_once=waits) as server, connected(server) as stream:
        connection = await first_connection(server)
        assert not stream.get_extra_info("is_readable")
        connection.close()
        await eventually(lambda: stream.get_extra_info("is_readable"))
        assert receiver_of(stream).at_end


async def test_a_connection_that_the_loop_has_not_looked_at_yet_is_asked_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server((HOST, 0)) as listening:
        stream = await SocketBackend(10).connect_tcp(HOST, listening.getsockname()[1])
        peer, _ = listening.accept()
        for poll in (True, False):
            if not poll:
                monkeypatch.delattr(select, "poll")
            assert not stream.get_extra_info("is_readable")
        peer.close()
        assert not receiver_of(stream).has_news()
        assert stream.get_extra_info("is_readable")
        monkeypatch.undo()
        assert stream.get_extra_info("is_readable")
        await stream.aclose()
        assert stream.get_extra_info("is_readable")


def test_a_socket_that_is_closed_counts_as_readable() -> None:
    closed = socket.socket()
    closed.close()
    assert sockets._is_readable(closed)


# TLS


async def handshake(stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
    return await stream.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), server_hostname="localhost")


async def test_a_connection_can_go_on_in_tls_and_holds_no_more_of_it_than_its_buffer() -> None:
    sent = bytes(range(256)) * 8_000

    async def flood(connection: Connection) -> None:
        await eventually(lambda: bool(connection._arrived))
        await connection.send(sent)
        connection.close()

    tls = anonymous(ssl.PROTOCOL_TLS_SERVER)
    async with FaultServer(at_once=flood, tls=tls) as server, connected(server, 1000) as plain:
        stream = await handshake(plain)
        assert stream.get_extra_info("ssl_object").version() == "TLSv1.2"
        await stream.write(b"go on")
        receiver = receiver_of(stream)
        await eventually(lambda: receiver._end == 1000)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(receiver._buffer) == 1000

        assert await read_all(stream) == sent
        await stream.aclose()


async def test_what_is_written_in_tls_arrives_and_closing_is_seen() -> None:
    tls = anonymous(ssl.PROTOCOL_TLS_SERVER)
    async with FaultServer(at_once=waits, tls=tls) as server, connected(server) as plain:
        stream = await handshake(plain)
        await stream.write(b"hello")
        connection = await first_connection(server)
        await eventually(lambda: connection._arrived == b"hello")
        await stream.aclose()
        await connection.closed_by_client()


async def test_a_server_that_speaks_no_tls_is_told_as_such() -> None:
    async def speak(connection: Connection) -> None:
        await eventually(lambda: bool(connection._arrived))
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with FaultServer(at_once=speak) as server, connected(server) as stream:
        with pytest.raises(httpcore.ConnectError, match="TLS failed"):
            await handshake(stream)


async def test_a_server_that_speaks_first_speaks_no_tls() -> None:
    async def speak(connection: Connection) -> None:
        await connection.send(b"SSH-2.0-OpenSSH_9.6\r\n")

    async with FaultServer(at_once=speak) as server, connected(server) as stream:
        await eventually(lambda: receiver_of(stream).has_news())
        with pytest.raises(httpcore.ConnectError, match="the server spoke first"):
            await handshake(stream)


@pytest.mark.parametrize("way", ["close", "reset"])
async def test_a_server_that_left_before_hands_were_shaken_is_told_as_such(way: str) -> None:
    async def leave(connection: Connection) -> None:
        getattr(connection, way)()

    async with nothing_left_behind(), FaultServer(at_once=leave) as server, connected(server) as stream:
        await eventually(lambda: receiver_of(stream).transport.is_closing())
        with pytest.raises(httpcore.ConnectError, match="the connection was closed at once"):
            await handshake(stream)


@pytest.mark.parametrize("way", ["close", "reset"])
async def test_a_server_that_leaves_while_hands_are_shaken_is_told_as_such(way: str) -> None:
    async def leave(connection: Connection) -> None:
        await eventually(lambda: bool(connection._arrived))
        getattr(connection, way)()

    async with nothing_left_behind(), FaultServer(at_once=leave) as server, connected(server) as stream:
        with pytest.raises(httpcore.ConnectError, match="the connection was reset"):
            await handshake(stream)


async def test_shaking_hands_can_be_given_up_and_the_connection_is_closed() -> None:
    async with nothing_left_behind(), FaultServer(at_once=waits) as server, connected(server) as stream:
        shaking = asyncio.create_task(handshake(stream))
        connection = await first_connection(server)
        await eventually(lambda: bool(connection._arrived))
        shaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await shaking
        await connection.closed_by_client()
        await stream.aclose()


# Words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (ConnectionResetError(104, "Connection reset by peer"), "the connection was reset"),
        (BrokenPipeError(32, "Broken pipe"), "the connection was reset"),
        (OSError(113, "No route to host"), "No route to host"),
        (OSError("something odd"), "something odd"),
        (OSError(), "OSError"),
    ],
)
def test_errors_of_the_system_are_told_in_a_few_words(error: OSError, words: str) -> None:
    assert sockets._said(error).startswith(words)


@pytest.mark.parametrize(("reason", "words"), [("WRONG_VERSION_NUMBER", "WRONG_VERSION_NUMBER"), (None, "odd")])
def test_a_handshake_that_fails_is_told_with_the_reason(reason: str | None, words: str) -> None:
    error = ssl.SSLError(1, "odd")
    vars(error)["reason"] = reason
    assert words in sockets._said(error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), sockets.CertificateNotTrusted),
        (ssl.SSLError(1, "wrong version number"), sockets.TLSFailed),
        (ConnectionResetError(104, "Connection reset by peer"), httpcore.ConnectError),
    ],
)
def test_a_handshake_that_fails_is_told_by_its_kind(error: OSError, kind: type[Exception]) -> None:
    assert sockets._kind_of_failure(error) is kind


def test_a_certificate_that_is_not_trusted_is_told_with_the_reason() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    assert sockets._said(error) == "its certificate is not trusted (self-signed certificate)"
