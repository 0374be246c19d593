from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tui.demo.lorem import lorem_tokens
from tui.demo.models import MODELS

from .raw_http import ask, chat, delta_text

if TYPE_CHECKING:
    from tui.demo.server import DemoServer

COMPLETIONS = "/v1/chat/completions"

TRICKY = 'Hé "quoted" \\ \n\n\ttabs   and data: [DONE] 日本語 🌊 \u2028 \u2029 \x85 \x00 '


async def test_lists_models_like_openai(server: DemoServer) -> None:
    listed = (await ask(server, "GET", "/v1/models")).json

    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == [model.name for model in MODELS]
    assert (await ask(server, "GET", "/v1/models/echo")).json in listed["data"]


async def test_lists_models_like_lm_studio(server: DemoServer) -> None:
    await ask(server, "POST", COMPLETIONS, chat("echo"))

    listed = {model["id"]: model for model in (await ask(server, "GET", "/api/v0/models")).json["data"]}

    assert list(listed) == [model.name for model in MODELS]
    assert (listed["echo"]["type"], listed["echo"]["state"]) == ("vlm", "loaded")
    assert (listed["guide"]["type"], listed["guide"]["state"]) == ("llm", "not-loaded")
    assert listed["guide"]["max_context_length"] > 0
    assert (await ask(server, "GET", "/api/v0/models/guide")).json == listed["guide"]


async def test_stream_starts_with_role_and_ends_with_done(server: DemoServer) -> None:
    answer = await ask(server, "POST", COMPLETIONS, chat("echo", "hello there", stream=True))

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["transfer-encoding"] == "chunked"
    *events, done = answer.events
    assert done == "[DONE]"
    assert [event["choices"][0]["delta"] for event in events] == [
        {"role": "assistant", "content": ""},
        *({"content": token} for token in ("hell", "o", " ther", "e")),
        {},
    ]
    assert [event["choices"][0]["finish_reason"] for event in events] == [*[None] * 5, "stop"]
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    assert len({event["id"] for event in events}) == 1


async def test_include_usage_adds_a_usage_chunk(server: DemoServer) -> None:
    body = chat("echo", "hello there", stream=True, stream_options={"include_usage": True})

    answer = await ask(server, "POST", COMPLETIONS, body)

    usage, done = answer.events[-2:]
    assert usage["choices"] == []
    assert usage["usage"] == {"prompt_tokens": 2, "completion_tokens": 4, "total_tokens": 6}
    assert done == "[DONE]"


@pytest.mark.parametrize("stream", [True, False])
async def test_echo_returns_last_prompt_exactly(server: DemoServer, stream: bool) -> None:
    answer = await ask(server, "POST", COMPLETIONS, chat("echo", TRICKY, stream=stream))

    assert (delta_text(answer.events) if stream else answer.json["choices"][0]["message"]["content"]) == TRICKY


async def test_echo_ignores_other_roles(server: DemoServer) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": None},
        {"role": "user", "content": "second"},
        {"role": "assistant", "content": "no"},
    ]

    answer = await ask(server, "POST", COMPLETIONS, {"model": "echo", "messages": messages})

    assert answer.json["choices"][0]["message"]["content"] == "second"


async def test_echo_counts_image_parts(server: DemoServer) -> None:
    parts = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}},
    ]
    body = {"model": "echo", "messages": [{"role": "user", "content": parts}]}

    answer = await ask(server, "POST", COMPLETIONS, body)

    assert answer.json["choices"][0]["message"]["content"] == "look\n\n(1 image: 5 bytes)"


async def test_unstreamed_answer_is_one_object(server: DemoServer) -> None:
    answer = await ask(server, "POST", COMPLETIONS, chat("lorem-500-0"))

    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json["object"] == "chat.completion"
    (choice,) = answer.json["choices"]
    assert choice["message"] == {"role": "assistant", "content": "".join(lorem_tokens(500))}
    assert choice["finish_reason"] == "stop"
    assert answer.json["usage"]["completion_tokens"] == 500


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
async def test_token_limit_truncates_longer_answer(server: DemoServer, field: str) -> None:
    body = {**chat("lorem-50-0"), field: 10}

    streamed = await ask(server, "POST", COMPLETIONS, {**body, "stream": True})
    whole = await ask(server, "POST", COMPLETIONS, body)

    assert delta_text(streamed.events) == whole.json["choices"][0]["message"]["content"] == "".join(lorem_tokens(10))
    assert streamed.events[-2]["choices"][0]["finish_reason"] == "length"
    assert whole.json["choices"][0]["finish_reason"] == "length"


@pytest.mark.usefixtures("full_speed")
async def test_thinking_is_sent_as_reasoning_content(server: DemoServer) -> None:
    streamed = await ask(server, "POST", COMPLETIONS, chat("think", stream=True))
    whole = await ask(server, "POST", COMPLETIONS, chat("think"))

    thoughts = delta_text(streamed.events, "reasoning_content")
    assert thoughts.startswith("The user wants to see")
    assert whole.json["choices"][0]["message"]["reasoning_content"] == thoughts
    assert delta_text(streamed.events).startswith("I thought about it")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"", 400, {"message": "missing request body"}),
        ({"messages": []}, 400, {"message": "model is required", "param": "model"}),
        ({"model": "echo"}, 400, {"message": "'messages' field is required", "param": "messages"}),
        ({"model": "echo", "messages": [{"content": 7}]}, 400, {"param": "messages"}),
        ({"model": "echo", "messages": [{"content": ["x"]}]}, 400, {"param": "messages"}),
        (chat("echo", max_tokens=True), 400, {"message": "'max_tokens' must be of type int", "param": "max_tokens"}),
        (chat("m"), 404, {"message": "model 'm' not found", "param": "model", "code": "model_not_found"}),
    ],
)
async def test_error_has_openai_shape(server: DemoServer, body: Any, status: int, expected: dict[str, str]) -> None:
    answer = await ask(server, "POST", COMPLETIONS, body)

    assert answer.status == status
    error = answer.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error.items() >= expected.items()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/models/unknown", 404),
        ("GET", "/api/v0/models/unknown", 404),
        ("DELETE", "/v1/models", 405),
        ("GET", COMPLETIONS, 405),
    ],
)
async def test_wrong_path_or_method_has_openai_shape(server: DemoServer, method: str, path: str, status: int) -> None:
    answer = await ask(server, method, path)

    assert answer.status == status
    assert answer.json["error"]["type"] == "invalid_request_error"
