from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tui.demo.lorem import lorem_tokens
from tui.demo.models import MODELS

from .raw_http import ask, chat, connected, eventually, text_of

if TYPE_CHECKING:
    from tui.demo.server import DemoServer

TRICKY = 'Hé "quoted" \\ \n\ttabs   and  blanks 日本語 🌊 \u2028 \u2029 \x85 \x1b[31m \x00 <b>&amp;</b> '


async def test_root_page_describes_the_demo_server(server: DemoServer) -> None:
    answer = await ask(server, "GET", "/")

    assert answer.status == 200
    assert b"demo server of llm-tui" in answer.body
    assert b"not models" in answer.body


async def test_head_response_has_no_body(server: DemoServer) -> None:
    async with connected(server) as client:
        client.send("HEAD", "/")
        status, headers = await client.head()
        client.send("GET", "/api/version")
        version = await client.answer()

    assert status == 200
    assert int(headers["content-length"]) > 0
    assert version.json == {"version": "0.0.0-demo"}


async def test_tags_lists_models_like_ollama(server: DemoServer) -> None:
    listed = (await ask(server, "GET", "/api/tags")).json["models"]

    assert [model["name"] for model in listed] == [model.name for model in MODELS]
    guide, echo = listed[:2]
    assert guide["model"] == "guide"
    assert guide["size"] == 0
    assert guide["details"]["family"] == "demo"
    assert guide["capabilities"] == ["completion"]
    assert echo["capabilities"] == ["completion", "vision"]
    assert len({model["digest"] for model in listed}) == len(listed)


async def test_show_has_context_length_and_capabilities(server: DemoServer) -> None:
    shown = (await ask(server, "POST", "/api/show", {"model": "think"})).json

    assert shown["capabilities"] == ["completion", "thinking"]
    assert shown["model_info"][f"{shown['model_info']['general.architecture']}.context_length"] > 0


async def test_ps_lists_model_from_first_use_until_unloaded(server: DemoServer) -> None:
    async def loaded() -> list[str]:
        return [model["name"] for model in (await ask(server, "GET", "/api/ps")).json["models"]]

    assert await loaded() == []
    async with connected(server) as client:
        client.send("POST", "/api/chat", chat("slow-load"))
        await eventually(lambda: server.open_streams == 1)
        assert await loaded() == ["slow-load"]
    await eventually(lambda: server.open_streams == 0)
    assert await loaded() == ["slow-load"]
    await ask(server, "POST", "/api/chat", {"model": "slow-load", "keep_alive": 0})
    assert await loaded() == []


async def test_chat_streams_lines_and_ends_with_stats(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("echo", "hello there"))

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["transfer-encoding"] == "chunked"
    *lines, last = answer.lines
    assert [line["message"] for line in lines] == [
        {"role": "assistant", "content": token} for token in ("hell", "o", " ther", "e")
    ]
    assert not any(line["done"] for line in lines)
    assert last["message"] == {"role": "assistant", "content": ""}
    assert (last["done"], last["done_reason"]) == (True, "stop")
    assert (last["prompt_eval_count"], last["eval_count"]) == (2, 4)
    assert last["total_duration"] >= last["eval_duration"] > 0
    assert {line["model"] for line in answer.lines} == {"echo"}


@pytest.mark.parametrize("stream", [True, False])
async def test_echo_returns_last_prompt_exactly(server: DemoServer, stream: bool) -> None:
    body = chat("echo", TRICKY, stream=stream)
    body["messages"] = [{"role": "user", "content": "first"}, *body["messages"], {"role": "assistant", "content": "no"}]

    answer = await ask(server, "POST", "/api/chat", body)

    assert (text_of(answer.lines) if stream else answer.json["message"]["content"]) == TRICKY


async def test_echo_returns_lone_surrogate_as_json_escape(server: DemoServer) -> None:
    body = rb'{"model":"echo","messages":[{"role":"user","content":"a\ud800b"}]}'

    answer = await ask(server, "POST", "/api/chat", body)

    assert rb'"a\ud800b"' in answer.body
    assert text_of(answer.lines) == "a\ud800b"


async def test_echo_counts_images(server: DemoServer) -> None:
    message = {"role": "user", "content": "look", "images": ["aGVsbG8=", "aGk="]}

    answer = await ask(server, "POST", "/api/chat", {"model": "echo", "messages": [message]})

    assert text_of(answer.lines) == "look\n\n(2 images: 5 bytes, 2 bytes)"


async def test_generate_streams_text_at_top_level(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/generate", {"model": "echo", "prompt": TRICKY, "images": ["aGk="]})

    assert "".join(line["response"] for line in answer.lines) == f"{TRICKY}\n\n(1 image: 2 bytes)"
    assert not any("message" in line for line in answer.lines)
    assert answer.lines[-1]["done_reason"] == "stop"


async def test_unstreamed_answer_is_one_object(server: DemoServer) -> None:
    chatted = await ask(server, "POST", "/api/chat", chat("lorem-500-0", stream=False))
    generated = await ask(server, "POST", "/api/generate", {"model": "lorem-500-0", "prompt": "x", "stream": False})

    assert chatted.headers["content-type"] == "application/json; charset=utf-8"
    assert not chatted.body.endswith(b"\n")
    assert chatted.json["message"] == {"role": "assistant", "content": "".join(lorem_tokens(500))}
    assert (chatted.json["done"], chatted.json["eval_count"]) == (True, 500)
    assert generated.json["response"] == chatted.json["message"]["content"]


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
@pytest.mark.parametrize(
    ("fields", "reason"), [({}, "load"), ({"keep_alive": 0}, "unload"), ({"keep_alive": "5m"}, "load")]
)
async def test_empty_prompt_only_loads_or_unloads(
    server: DemoServer, path: str, fields: dict[str, Any], reason: str
) -> None:
    answer = await ask(server, "POST", path, {"model": "guide", **fields})

    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert (answer.json["done"], answer.json["done_reason"]) == (True, reason)


@pytest.mark.parametrize(("limit", "count", "reason"), [(10, 10, "length"), (50, 50, "stop"), (-1, 50, "stop")])
async def test_num_predict_truncates_longer_answer(server: DemoServer, limit: int, count: int, reason: str) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("lorem-50-0", options={"num_predict": limit}))

    assert text_of(answer.lines) == "".join(lorem_tokens(count))
    assert (answer.lines[-1]["eval_count"], answer.lines[-1]["done_reason"]) == (count, reason)


@pytest.mark.usefixtures("full_speed")
@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
async def test_thinking_arrives_first_and_separately(server: DemoServer, path: str) -> None:
    body = {**chat("think"), "prompt": "x"}

    lines = [line.get("message", line) for line in (await ask(server, "POST", path, body)).lines]

    answer = "content" if path == "/api/chat" else "response"
    thinks = ["thinking" in line for line in lines]
    assert thinks == sorted(thinks, reverse=True)
    assert "".join(line.get("thinking", "") for line in lines).startswith("The user wants to see")
    assert "".join(line[answer] for line in lines).startswith("I thought about it")
    assert all(line[answer] == "" for line in lines if "thinking" in line)


@pytest.mark.usefixtures("full_speed")
async def test_think_false_disables_thinking(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("think", think=False))

    assert not any("thinking" in line["message"] for line in answer.lines)
    assert text_of(answer.lines).startswith("I thought about it")


@pytest.mark.usefixtures("full_speed")
async def test_unstreamed_answer_includes_thinking(server: DemoServer) -> None:
    answer = await ask(server, "POST", "/api/chat", chat("think", stream=False))

    assert answer.json["message"]["thinking"].startswith("The user wants to see")


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/chat", b"", 400, "missing request body"),
        ("/api/chat", b'{"model":', 400, "invalid JSON"),
        ("/api/chat", b"\xff", 400, "invalid JSON"),
        ("/api/chat", b"[" * 100_000, 400, "invalid JSON"),
        ("/api/chat", b"[]", 400, "must be a JSON object"),
        ("/api/chat", {"messages": []}, 400, "model is required"),
        ("/api/generate", {}, 400, "model is required"),
        ("/api/show", {}, 400, "model is required"),
        ("/api/chat", {"model": 7}, 400, "'model' must be of type str"),
        ("/api/chat", {"model": "echo", "messages": ["x"]}, 400, "must be an object"),
        ("/api/chat", {"model": "echo", "messages": [{"role": "user", "content": 7}]}, 400, "'content' must be"),
        ("/api/chat", chat("m"), 404, "model 'm' not found"),
        ("/api/show", {"model": "m"}, 404, "model 'm' not found"),
        ("/api/chat", chat("echo", think=True), 400, '"echo" does not support thinking'),
        ("/api/chat", chat("think", think="much"), 400, "invalid think value"),
        ("/api/chat", chat("echo", options={"num_predict": "ten"}), 500, 'option "num_predict" must be'),
    ],
)
async def test_error_has_ollama_shape(server: DemoServer, path: str, body: Any, status: int, error: str) -> None:
    answer = await ask(server, "POST", path, body)

    assert answer.status == status
    assert list(answer.json) == ["error"]
    assert error in answer.json["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/nothing", 404, "404 page not found"),
        ("GET", "//api/tags", 404, "404 page not found"),
        ("POST", "/api/tags", 405, "405 method not allowed"),
        ("GET", "/api/chat", 405, "405 method not allowed"),
    ],
)
async def test_wrong_path_or_method_is_plain_text_error(
    server: DemoServer, method: str, path: str, status: int, text: str
) -> None:
    answer = await ask(server, method, path, b"")

    assert (answer.status, answer.body.decode()) == (status, text)
    assert answer.headers["content-type"] == "text/plain"
