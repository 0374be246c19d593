from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tui.demo.server import DemoServer

from .raw_http import ask, chat, delta_text

if TYPE_CHECKING:
    from .raw_http import Answer

pytestmark = pytest.mark.usefixtures("full_speed")

COMPLETIONS = "/v1/chat/completions"


async def test_flaky_fails_twice_then_works_then_starts_over(server: DemoServer) -> None:
    answers = [await ask(server, "POST", "/api/chat", chat("flaky")) for _ in range(6)]

    assert [answer.status for answer in answers] == [503, 503, 200, 503, 503, 200]
    assert "please try again" in answers[0].json["error"]
    assert answers[2].lines[-1]["done_reason"] == "stop"


async def test_flaky_counts_across_protocols_but_per_server(server: DemoServer) -> None:
    first = await ask(server, "POST", COMPLETIONS, chat("flaky"))
    second = await ask(server, "POST", "/api/generate", {"model": "flaky", "prompt": "x"})
    async with DemoServer() as other:
        elsewhere = await ask(other, "POST", COMPLETIONS, chat("flaky"))
    third = await ask(server, "POST", COMPLETIONS, chat("flaky"))

    assert [answer.status for answer in (first, second, elsewhere, third)] == [503, 503, 503, 200]
    assert first.json["error"]["type"] == "server_error"


async def test_loading_flaky_never_fails(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", {"model": "flaky"})

    assert answer.json["done_reason"] == "load"


@pytest.mark.parametrize(
    ("path", "sign"), [("/api/chat", b'"done":true'), ("/api/generate", b'"done":true'), (COMPLETIONS, b"[DONE]")]
)
async def test_cut_ends_inside_an_event_and_a_chunk(server: DemoServer, path: str, sign: bytes) -> None:
    answer = await ask(server, "POST", path, {**chat("cut", stream=True), "prompt": "x"})

    assert answer.status == 200
    assert not answer.complete
    assert b'"This"' in answer.body
    assert not answer.body.endswith(b"\n")
    assert sign not in answer.body


@pytest.mark.parametrize("path", ["/api/chat", COMPLETIONS])
async def test_cut_truncates_unstreamed_answer(server: DemoServer, path: str) -> None:
    answer = await ask(server, "POST", path, chat("cut", stream=False))

    assert not answer.complete
    assert 0 < len(answer.body) < int(answer.headers["content-length"])


async def test_httpx_sees_cut_as_broken_connection(server: DemoServer) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await client.post("/api/chat", json=chat("cut"))


async def test_cut_is_complete_if_token_limit_comes_first(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("cut", options={"num_predict": 5}))

    assert answer.complete
    assert answer.lines[-1]["done_reason"] == "length"


async def test_error_is_reported_inside_ollama_stream(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("error"))

    *lines, last = answer.lines
    assert answer.complete
    assert lines[0]["message"]["content"] == "This"
    assert not any(line["done"] for line in lines)
    assert list(last) == ["error"]


async def test_error_is_reported_inside_openai_stream(server: DemoServer) -> None:
    answer = await ask(server, "POST", COMPLETIONS, chat("error", stream=True))

    *events, last = answer.events
    assert answer.complete
    assert delta_text(events).startswith("This answer breaks off")
    assert list(last) == ["error"]
    assert last["error"]["type"] == "server_error"


@pytest.mark.parametrize("path", ["/api/chat", COMPLETIONS])
async def test_error_is_http_500_without_streaming(server: DemoServer, path: str) -> None:
    answer = await ask(server, "POST", path, chat("error", stream=False))

    assert answer.status == 500
    assert "error" in answer.json


async def test_slow_load_answers_after_loading(server: DemoServer) -> None:
    def text(answer: Answer) -> str:
        return "".join(line["message"]["content"] for line in answer.lines)

    assert "five seconds" in text(await ask(server, "POST", "/api/chat", chat("slow-load")))
