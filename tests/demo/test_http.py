from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tui.demo import connection
from tui.demo.connection import MAX_BODY_BYTES, MAX_HEAD_BYTES

from .raw_http import ask, chat, connected, text_of

if TYPE_CHECKING:
    from tui.demo.server import DemoServer


async def test_connection_serves_several_requests(server: DemoServer) -> None:
    async with connected(server) as client:
        for path, body in (("/api/chat", chat("echo", "one")), ("/v1/chat/completions", chat("echo", "two"))):
            client.send("POST", path, body)
            assert (await client.answer()).status == 200
        client.send("POST", "/api/chat", b"not JSON")
        assert (await client.answer()).status == 400
        client.send("GET", "/nothing")
        assert (await client.answer()).status == 404
        client.send("GET", "/api/version?x=1")
        assert (await client.answer()).status == 200


@pytest.mark.parametrize(("method", "path", "body"), [("GET", "/", None), ("POST", "/api/chat", chat("echo", "x"))])
async def test_honors_connection_close(server: DemoServer, method: str, path: str, body: object) -> None:
    async with connected(server) as client:
        client.send(method, path, body, Connection="close")
        answer = await client.answer()
        rest = await client.reader.read()

    assert answer.headers["connection"] == "close"
    assert rest == b""


async def test_expect_100_continue_is_answered(server: DemoServer) -> None:
    body = json.dumps(chat("echo", "hello")).encode()
    async with connected(server) as client:
        client.send("POST", "/api/chat", None, Content_Length=str(len(body)), Expect="100-continue")
        assert await client.head() == (100, {})
        client.writer.write(body)
        answer = await client.answer()

    assert text_of(answer.lines) == "hello"


async def test_accepts_chunked_request_body(server: DemoServer) -> None:
    body = json.dumps(chat("echo", "hello")).encode()
    async with connected(server) as client:
        client.send("POST", "/api/chat", None, Transfer_Encoding="chunked")
        client.writer.write(b"5;note=x\r\n" + body[:5] + b"\r\n")
        client.writer.write(b"%X\r\n%b\r\n0\r\nTrailer: x\r\n\r\n" % (len(body) - 5, body[5:]))
        answer = await client.answer()
        client.send("GET", "/api/version")
        assert (await client.answer()).status == 200

    assert text_of(answer.lines) == "hello"


async def test_accepts_body_of_many_megabytes(server: DemoServer) -> None:
    image = "A" * 20_000_000
    message = {"role": "user", "content": "", "images": [image]}

    answer = await ask(server, "POST", "/api/chat", {"model": "echo", "messages": [message]})

    assert text_of(answer.lines) == "(1 image: 15,000,000 bytes)"


async def test_body_without_length_is_411(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat")

    assert answer.status == 411
    assert "Content-Length" in answer.json["error"]


async def test_oversized_body_is_413_in_the_shape_of_the_protocol(server: DemoServer) -> None:
    length = str(MAX_BODY_BYTES + 1)

    ollama = await ask(server, "POST", "/api/chat", None, Content_Length=length)
    openai = await ask(server, "POST", "/v1/chat/completions", None, Content_Length=length)

    assert (ollama.status, openai.status) == (413, 413)
    assert "larger" in ollama.json["error"]
    assert "larger" in openai.json["error"]["message"]


async def test_413_arrives_while_client_is_still_sending(server: DemoServer) -> None:
    async with connected(server) as client:
        client.send("POST", "/api/chat", None, Content_Length=str(MAX_BODY_BYTES + 1))
        client.writer.write(b"x" * 1_000_000)
        answer = await client.answer()

    assert answer.status == 413
    assert answer.headers["connection"] == "close"


async def test_oversized_chunked_body_is_413(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_BODY_BYTES", 1000)
    async with connected(server) as client:
        client.send("POST", "/api/chat", None, Transfer_Encoding="chunked")
        client.writer.write(b"2\r\n{}\r\n%x\r\n%b\r\n" % (1000, b" " * 1000))
        answer = await client.answer()

    assert answer.status == 413


@pytest.mark.parametrize("chunks", [b"x\r\n", b"-1\r\n", b"\r\n", b"2\r\n{}xx", b"1" * MAX_HEAD_BYTES * 2])
async def test_malformed_chunk_is_400(server: DemoServer, chunks: bytes) -> None:
    async with connected(server) as client:
        client.send("POST", "/api/chat", None, Transfer_Encoding="chunked")
        client.writer.write(chunks)
        answer = await client.answer()

    assert answer.status == 400


async def test_oversized_head_is_431(server: DemoServer) -> None:
    answer = await ask(server, "GET", "/", None, X="x" * MAX_HEAD_BYTES)

    assert answer.status == 431
    assert "larger" in answer.json["error"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01 nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nname : value\r\n\r\n", 400),
        (b"POST /api/chat HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /api/chat HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /api/chat HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.0\r\n\r\n", 505),
    ],
)
async def test_invalid_http_is_rejected(server: DemoServer, head: bytes, status: int) -> None:
    async with connected(server) as client:
        client.writer.write(head)
        answer = await client.answer()
        assert await client.reader.read() == b""

    assert answer.status == status
    assert (await ask(server, "GET", "/")).status == 200


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b"POST / HTTP/1.1\r\n"]
)
async def test_connection_closes_if_client_leaves_mid_request(server: DemoServer, sent: bytes) -> None:
    async with connected(server) as client:
        client.writer.write(sent)
        client.writer.write_eof()
        assert await client.reader.read() == b""
