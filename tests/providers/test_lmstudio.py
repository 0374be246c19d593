"""LM Studio: its native events and its native model list."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import respx

from tests.providers.bodies import PROFILE, Answer, delta, read_with_every_split, sse
from tests.providers.client import HI, ask, provider_at
from tui.chat.chunk import ServerTiming, ToolCall, Usage
from tui.chat.model_info import ModelInfo
from tui.chat.turn import ServerActivity
from tui.errors import AuthRefused, ProviderError, ServerUnreachable
from tui.providers.lmstudio import LMStudioReader

AT = "http://lmstudio.test:1234"


def reader() -> LMStudioReader:
    return LMStudioReader("m", PROFILE, 1 << 20)


def named(*events: dict[str, Any]) -> bytes:
    """Events as `/api/v1/chat` sends them: with their type as the name, and once more inside."""
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return "".join(lines).encode()


def end(**stats: Any) -> dict[str, Any]:
    return {"type": "chat.end", "result": {"output": [], "stats": stats}}


def test_named_events_are_joined_into_the_answer() -> None:
    body = named(
        {"type": "chat.start", "model_instance_id": "a/b"},
        {"type": "model_load.start"},
        {"type": "model_load.progress", "progress": 0.5},
        {"type": "model_load.end", "load_time_seconds": 3.5},
        {"type": "prompt_processing.start"},
        {"type": "prompt_processing.progress", "progress": 1},
        {"type": "reasoning.start"},
        {"type": "reasoning.delta", "content": "Hm\ud83d"},
        {"type": "reasoning.delta", "content": "\ude00"},
        {"type": "tool_call.start", "tool": "f"},
        {"type": "tool_call.arguments", "tool": "f", "arguments": {"x": "\ud83d"}},
        {"type": "tool_call.success", "output": "1"},
        {"type": "message.start"},
        {"type": "message.delta", "content": "Good "},
        {"type": "message.delta", "content": "evening."},
        {"type": "message.end"},
        {"type": "something.new", "content": "x"},
        end(input_tokens=20, total_output_tokens=9, tokens_per_second=41.5, model_load_time_seconds=3.5),
        {"type": "message.delta", "content": "late"},
    )

    assert read_with_every_split(reader, body) == Answer(
        "Good evening.",
        "Hm😀",
        [ToolCall("f", {"x": "\ufffd"})],
        usage=Usage(20, 9),
        timing=ServerTiming(load_s=3.5, tokens_per_second=41.5),
        finished=True,
        ended=True,
    )


def test_end_event_without_stats_gives_no_stats() -> None:
    assert read_with_every_split(reader, named(end())) == Answer(finished=True, ended=True)
    assert read_with_every_split(reader, named({"type": "chat.end"})) == Answer(finished=True, ended=True)


def test_answer_without_the_end_event_is_unfinished() -> None:
    assert not read_with_every_split(reader, named({"type": "message.delta", "content": "Good "})).finished


def test_error_event_before_the_end_event_is_reported() -> None:
    body = named(
        {"type": "message.delta", "content": "Good "},
        {"type": "error", "error": {"type": "model_not_found", "message": "no such model"}},
        end(),
    )
    answer = read_with_every_split(reader, body)

    assert answer.content == "Good "
    assert answer.error == ("stream_error", "mine reported an error: no such model.")


def test_openai_events_are_also_read() -> None:
    body = sse(
        delta("Hello", role="assistant"),
        delta(None, tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]),
        delta(finish="tool_calls"),
        {"usage": {"prompt_tokens": 5, "completion_tokens": 2}},
        "[DONE]",
    )

    assert read_with_every_split(reader, body) == Answer(
        "Hello",
        tool_calls=[ToolCall("f", {}, "a")],
        finish_reason="tool_calls",
        usage=Usage(5, 2),
        finished=True,
        ended=True,
    )


@pytest.mark.parametrize("odd", [None, 5, [], {}, "text"])
def test_malformed_event_values_are_ignored(odd: object) -> None:
    content = None if odd == "text" else odd
    body = named(
        {"type": "message.delta", "content": content},
        {"type": "reasoning.delta", "content": content},
        {"type": "tool_call.arguments", "tool": odd if odd != "text" else None, "arguments": odd},
        {"type": "chat.end", "result": odd},
    )

    assert read_with_every_split(reader, body) == Answer(tool_calls=[ToolCall("", {})], finished=True, ended=True)


def test_only_answer_content_counts_as_progress() -> None:
    reading = reader()
    for event, progressed in (
        ({"type": "model_load.progress", "progress": 0.5}, False),
        ({"type": "prompt_processing.progress", "progress": 0.5}, False),
        ({"type": "reasoning.delta", "content": "x"}, True),
        ({"type": "message.delta", "content": "x"}, True),
        ({"type": "message.delta", "content": ""}, False),
        ({"type": "tool_call.arguments"}, True),
        (end(), False),
    ):
        reading.progressed = False
        list(reading.feed(named(event)))
        assert reading.progressed is progressed, event


@pytest.mark.parametrize(
    ("event", "doing"),
    [
        ({"type": "model_load.start"}, ServerActivity("loading")),
        ({"type": "model_load.progress", "progress": 0.5}, ServerActivity("loading", 0.5)),
        ({"type": "model_load.progress", "progress": 7}, ServerActivity("loading", 1.0)),
        ({"type": "model_load.progress", "progress": "half"}, ServerActivity("loading")),
        ({"type": "model_load.end", "load_time_seconds": 3}, ServerActivity("waiting")),
        ({"type": "prompt_processing.start"}, ServerActivity("reading")),
        ({"type": "prompt_processing.progress", "progress": 0.25}, ServerActivity("reading", 0.25)),
        ({"type": "prompt_processing.end"}, ServerActivity("waiting")),
        ({"type": "message.start"}, None),
    ],
)
def test_activity_before_the_answer_is_reported(event: dict[str, object], doing: ServerActivity | None) -> None:
    reading = reader()

    assert list(reading.feed(named(event))) == []
    assert reading.activity == doing


@respx.mock
@pytest.mark.parametrize(
    ("state", "does"),
    [("loaded", None), ("not-loaded", ServerActivity("loading")), ("loading", ServerActivity("loading"))],
)
async def test_model_not_in_memory_is_reported_as_loading(state: str, does: ServerActivity | None) -> None:
    respx.get(f"{AT}/api/v0/models").respond(json={"data": [{"id": "m", "type": "llm", "state": state}]})
    async with provider_at("lmstudio", AT) as provider:
        assert await provider.server_activity("m") == does
        assert await provider.server_activity("unknown") is None


@respx.mock
async def test_context_window_is_that_of_the_loaded_model() -> None:
    loaded = {"id": "m", "type": "llm", "state": "loaded", "max_context_length": 32768, "loaded_context_length": 4096}
    idle = {"id": "idle", "type": "llm", "state": "not-loaded", "max_context_length": 32768}
    respx.get(f"{AT}/api/v0/models").respond(json={"data": [loaded, idle]})
    async with provider_at("lmstudio", AT) as provider:
        assert await provider.context_window("m", {}) == 4096
        assert await provider.context_window("idle", {}) is None


# Requests


@pytest.mark.parametrize(
    "written",
    [
        AT,
        f"{AT}/",
        f"{AT}/v1",
        f"{AT}//v1/",
        f"{AT}/api/v0",
        f"{AT}/api/v1/chat",
        f"{AT}/v1/chat/completions",
        f"{AT}/api",
    ],
)
@respx.mock
async def test_any_form_of_base_url_leads_to_a_known_path(written: str) -> None:
    route = respx.post(f"{AT}/v1/chat/completions").mock(
        return_value=httpx.Response(200, content=sse(delta("Hello"), "[DONE]"))
    )
    async with provider_at("lmstudio", written) as provider:
        outcome = await ask(provider)
        assert provider.address == AT

    assert outcome.answer.content == "Hello"
    assert json.loads(route.calls.last.request.content)["model"] == HI.model


async def test_default_port_is_1234() -> None:
    async with provider_at("lmstudio", "nas") as provider:
        assert provider.address == "http://nas:1234"


# Model lists


async def listed(v0: httpx.Response, v1: object = None) -> tuple[ModelInfo, ...]:
    """The models of a server with these responses to `/api/v0/models` and `/v1/models`."""
    with respx.mock(assert_all_called=False) as server:
        server.get(f"{AT}/api/v0/models").mock(return_value=v0)
        server.get(f"{AT}/v1/models").mock(return_value=httpx.Response(200, json=v1))
        async with provider_at("lmstudio", AT) as provider:
            return await provider.list_models()


async def test_native_list_gives_state_and_capabilities_embedders_last() -> None:
    rows = [
        {"id": "embed", "type": "embeddings", "state": "not-loaded"},
        {
            "id": "vision",
            "type": "vlm",
            "state": "loaded",
            "max_context_length": 8192,
            "loaded_context_length": 4096,
            "quantization": "4bit",
            "capabilities": ["tool_use", None],
        },
        {"id": "decides", "type": "decision", "state": "not-loaded"},
        {"id": "plain", "type": "llm", "state": "not-loaded", "capabilities": None},
        {"id": "unknown"},
        {"type": "llm", "state": "loaded"},
        None,
    ]

    assert await listed(httpx.Response(200, json={"data": rows})) == (
        ModelInfo(
            "vision",
            loaded=True,
            context_length=8192,
            loaded_context_length=4096,
            quantization="4bit",
            capabilities=frozenset({"vision", "tool_use"}),
        ),
        ModelInfo("plain", loaded=False),
        ModelInfo("unknown"),
        ModelInfo("embed", loaded=False, capabilities=frozenset({"embedding"})),
        ModelInfo("decides", loaded=False, capabilities=frozenset({"decision"})),
    )


@pytest.mark.parametrize(
    "v0",
    [
        httpx.Response(404),
        httpx.Response(200, json={"error": "Unexpected endpoint or method. (GET /api/v0/models)"}),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [{"id": "m", "object": "model"}]}),
        httpx.Response(200, text="<html>"),
    ],
)
async def test_openai_list_is_used_when_the_native_list_is_missing(v0: httpx.Response) -> None:
    assert await listed(v0, {"data": [{"id": "m"}]}) == (ModelInfo("m"),)


async def test_rejected_key_does_not_fall_back_to_the_openai_list() -> None:
    with pytest.raises(AuthRefused):
        await listed(httpx.Response(401), {"data": [{"id": "m"}]})


async def test_failure_of_both_lists_is_reported() -> None:
    with pytest.raises(ProviderError, match="lists no models"):
        await listed(httpx.Response(500), {})


async def test_unreachable_server_does_not_fall_back_to_the_openai_list() -> None:
    async with provider_at("lmstudio", "http://127.0.0.1:9") as provider:
        with pytest.raises(ServerUnreachable) as error:
            await provider.list_models()
    assert "lms server start" in error.value.hint


async def test_refused_token_hint_says_where_to_set_it() -> None:
    body = {"error": {"message": "A token is required. See https://lmstudio.ai/docs/auth", "type": "invalid_request"}}
    with respx.mock:
        respx.route(url__startswith=AT).mock(return_value=httpx.Response(401, json=body))
        async with provider_at("lmstudio", AT) as provider:
            with pytest.raises(AuthRefused) as refused:
                await provider.list_models()
    assert "LM Studio's server settings create API tokens" in refused.value.hint
    assert "api_key_env in [providers.mine]" in refused.value.hint
