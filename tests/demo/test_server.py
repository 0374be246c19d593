from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tui.demo.lorem import lorem_tokens
from tui.demo.server import DemoServer

from .raw_http import ask, chat, connected, eventually, text_of

if TYPE_CHECKING:
    from .raw_http import Client

ENDLESS = "lorem-10000000-0"


async def tokens_when_paused(server: DemoServer) -> int:
    """The number of tokens written, once the server has paused."""
    while True:
        written = server.tokens_written
        await asyncio.sleep(0.1)
        if server.tokens_written == written > 0:
            return written


def open_endless(client: Client) -> None:
    client.send("POST", "/api/chat", chat(ENDLESS))


async def test_url_is_available_while_running() -> None:
    server = DemoServer()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url

    async with server:
        assert server.url.startswith("http://127.0.0.1:")
        await server.start()
        assert (await ask(server, "GET", "/")).status == 200

    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url


async def test_port_in_use_is_an_error(server: DemoServer) -> None:
    other = DemoServer(port=int(server.url.rpartition(":")[2]))

    with pytest.raises(OSError, match="address already in use"):
        await other.start()
    await other.stop()


async def test_failed_start_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> None:
        raise OSError("no more")

    server = DemoServer()
    with monkeypatch.context() as patched:
        patched.setattr(asyncio.Server, "start_serving", fail)
        with pytest.raises(OSError, match="no more"):
            await server.start()

    async with server:
        assert (await ask(server, "GET", "/")).status == 200


async def test_can_be_restarted() -> None:
    server = DemoServer()
    for _ in range(2):
        await server.start()
        assert (await ask(server, "GET", "/")).status == 200
        await server.stop()
        await server.stop()


async def test_serve_forever_ends_when_cancelled() -> None:
    server = DemoServer()
    serving = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0)
    await server.start()
    assert (await ask(server, "GET", "/")).status == 200

    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url


async def test_serve_forever_ends_when_stopped() -> None:
    server = DemoServer()
    await server.start()
    serving = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0)

    await server.stop()

    await serving


async def test_long_answer_arrives_complete(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("lorem-20000-0"))

    assert text_of(answer.lines) == "".join(lorem_tokens(20_000))
    assert answer.lines[-1]["eval_count"] == server.tokens_written == 20_000


async def test_paced_answer_arrives_token_by_token(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("lorem-20-1000"))

    assert [line["message"]["content"] for line in answer.lines] == [*lorem_tokens(20), ""]


async def test_writes_several_answers_concurrently(server: DemoServer) -> None:
    answers = await asyncio.gather(*(ask(server, "POST", "/api/chat", chat("lorem-50-500")) for _ in range(10)))

    assert {text_of(answer.lines) for answer in answers} == {"".join(lorem_tokens(50))}
    await eventually(lambda: server.open_streams == 0)


@pytest.mark.parametrize("model", [ENDLESS, "lorem-1000-0.1", "slow-load", "guide"])
@pytest.mark.parametrize("stream", [True, False])
async def test_answer_stops_when_client_leaves(server: DemoServer, model: str, stream: bool) -> None:
    async with connected(server) as client:
        client.send("POST", "/api/chat", chat(model, stream=stream))
        await eventually(lambda: server.open_streams == 1)

    await eventually(lambda: server.open_streams == 0)


@pytest.mark.parametrize("model", [ENDLESS, "slow-load"])
async def test_half_closed_connection_counts_as_leaving(server: DemoServer, model: str) -> None:
    async with connected(server) as client:
        client.send("POST", "/v1/chat/completions", chat(model, stream=True))
        await eventually(lambda: server.open_streams == 1)

        client.writer.write_eof()

        await eventually(lambda: server.open_streams == 0)
        while await client.reader.read(1 << 20):
            pass


async def test_client_can_leave_while_model_loads(server: DemoServer) -> None:
    before = asyncio.all_tasks()
    async with connected(server) as client:
        client.send("POST", "/api/chat", {"model": "slow-load"})
        await eventually(lambda: len(asyncio.all_tasks() - before) == 1)

    await eventually(lambda: not asyncio.all_tasks() - before)


async def test_client_that_does_not_read_pauses_the_answer(server: DemoServer) -> None:
    async with connected(server) as client:
        open_endless(client)
        written = await tokens_when_paused(server)
        assert written < 1_000_000
        assert server.open_streams == 1

        for _ in range(200):
            await client.reader.read(1 << 16)

        await eventually(lambda: server.tokens_written > written)
    await eventually(lambda: server.open_streams == 0)


async def test_client_that_never_reads_can_leave(server: DemoServer) -> None:
    async with connected(server) as client:
        open_endless(client)
        await tokens_when_paused(server)

    await eventually(lambda: server.open_streams == 0)


async def test_stop_ends_all_streams_and_tasks() -> None:
    before = asyncio.all_tasks()
    server = DemoServer()
    await server.start()
    async with (
        connected(server) as idle,
        connected(server) as unread,
        connected(server) as slow,
        connected(server) as paced,
    ):
        open_endless(unread)
        slow.send("POST", "/v1/chat/completions", chat("slow-load", stream=True))
        paced.send("POST", "/api/generate", {"model": "lorem-1000-0.1", "prompt": "x"})
        idle.send("GET", "/")
        await idle.answer()
        await eventually(lambda: server.open_streams == 3)
        await tokens_when_paused(server)

        await server.stop()

        assert server.open_streams == 0
        assert asyncio.all_tasks() == before
        assert await slow.reader.read() == b""
        assert await idle.reader.read() == b""


async def test_stop_closes_connection_with_unread_response() -> None:
    before = asyncio.all_tasks()
    server = DemoServer()
    await server.start()
    async with connected(server) as client:
        client.send(
            "POST", "/api/chat", chat(ENDLESS, stream=False, options={"num_predict": 1_000_000}), Connection="close"
        )
        await tokens_when_paused(server)

        await server.stop()

        assert asyncio.all_tasks() == before
