"""OllamaProvider: the requests it sends and how it reads model lists."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
import respx

from tests.providers.bodies import ndjson
from tests.providers.client import HI, ask, chat_request, provider_at
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelInfo
from tui.chat.turn import ServerActivity, StageName
from tui.errors import ModelNotFound, ProtocolBroken, ProviderError, ServerFailed
from tui.providers.base import Provider

AT = "http://ollama.test:11434"
DONE = httpx.Response(200, content=ndjson({"message": {"content": "Hello"}, "done": True}))

EMPTY_LIST = httpx.Response(200, json={"models": []})

SYSTEM = ChatMessage("s", "system", "Be brief.")
QUESTION = ChatMessage("q", "user", "Why?")
THOUGHT = ChatMessage("a", "assistant", "Because.", thinking="So", finish_reason="stop")
PICTURE = Image("image/png", b"\x89PNG", "cat.png")


async def sent(request: ChatRequest, **options: Any) -> httpx.Request:
    """The HTTP request that the provider sends."""
    with respx.mock:
        route = respx.post(f"{AT}/api/{request.endpoint}").mock(return_value=DONE)
        async with provider_at("ollama", AT, **options) as provider:
            outcome = await ask(provider, request)
    assert outcome.answer.content == "Hello"
    request_sent: httpx.Request = route.calls.last.request
    return request_sent


async def body_of(request: ChatRequest, **options: Any) -> Any:
    return json.loads((await sent(request, **options)).content)


async def test_request_omits_unset_options() -> None:
    assert await body_of(HI) == {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}


async def test_request_headers_state_the_expected_format() -> None:
    for stream, accept in ((True, "application/x-ndjson"), (False, "application/json")):
        request = await sent(chat_request(stream=stream), key="sk-1")
        assert request.headers["accept"] == accept
        assert request.headers["content-type"] == "application/json"
        assert request.headers["authorization"] == "Bearer sk-1"
        assert json.loads(request.content)["stream"] is stream
    assert "authorization" not in (await sent(HI)).headers


async def test_history_is_sent_without_thinking() -> None:
    body = await body_of(chat_request(SYSTEM, QUESTION, THOUGHT, QUESTION))

    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
        {"role": "user", "content": "Why?"},
    ]


async def test_answer_resembling_a_partial_think_tag_is_sent_unchanged() -> None:
    body = await body_of(chat_request(QUESTION, ChatMessage("a", "assistant", "<"), QUESTION))

    assert body["messages"][1]["content"] == "<"


async def test_user_text_is_never_treated_as_thinking() -> None:
    question = ChatMessage("q", "user", "<think>What is this tag?")

    assert (await body_of(chat_request(question)))["messages"][0]["content"] == "<think>What is this tag?"


async def test_images_are_sent_as_base64_without_a_data_url() -> None:
    body = await body_of(chat_request(ChatMessage("q", "user", "Who?", images=(PICTURE, PICTURE))))

    assert body["messages"] == [
        {"role": "user", "content": "Who?", "images": [base64.b64encode(b"\x89PNG").decode()] * 2}
    ]


async def test_model_options_and_request_options_are_separated() -> None:
    options = {"temperature": 0.2, "num_ctx": 8192, "stop": ["x"], "think": False, "format": {"type": "object"}}
    body = await body_of(chat_request(options=options))

    assert body["options"] == {"temperature": 0.2, "num_ctx": 8192, "stop": ["x"]}
    assert (body["think"], body["format"]) == (False, {"type": "object"})
    assert set(body) == {"model", "stream", "messages", "options", "think", "format"}


@pytest.mark.parametrize(
    ("think", "sent_as"),
    [("off", False), ("on", True), (False, False), (True, True), ("high", "high"), ("max", "max"), ("none", False)],
)
async def test_thinking_is_switched_by_true_false_or_a_level(think: str | bool, sent_as: str | bool) -> None:
    assert (await body_of(chat_request(options={"think": think})))["think"] == sent_as


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "num_predict"])
async def test_token_limit_accepts_the_openai_option_names(name: str) -> None:
    assert (await body_of(chat_request(options={name: 5})))["options"] == {"num_predict": 5}


@pytest.mark.parametrize("keep_alive", ["5m", 300, -1, 0])
async def test_keep_alive_is_sent_when_set(keep_alive: str | int) -> None:
    assert (await body_of(HI, keep_alive=keep_alive))["keep_alive"] == keep_alive
    assert (await body_of(chat_request(options={"keep_alive": "1h"}), keep_alive=keep_alive))["keep_alive"] == "1h"


async def test_generate_sends_only_the_last_prompt() -> None:
    earlier = ChatMessage("q", "user", "Who?", images=(PICTURE,))
    body = await body_of(chat_request(SYSTEM, earlier, THOUGHT, QUESTION, endpoint="generate"))

    assert body == {"model": "m", "stream": True, "system": "Be brief.", "prompt": "Why?"}


async def test_generate_sends_the_images_of_the_prompt() -> None:
    body = await body_of(
        chat_request(QUESTION, ChatMessage("q", "user", "Who?", images=(PICTURE,)), endpoint="generate")
    )

    assert body["prompt"] == "Who?"
    assert body["images"] == [base64.b64encode(b"\x89PNG").decode()]


async def test_no_request_is_sent_without_a_model() -> None:
    async with provider_at("ollama", AT) as provider:
        outcome = await ask(provider, chat_request(model=""))

    assert isinstance(outcome.error, ModelNotFound)
    assert "ollama pull" in outcome.error.hint


@pytest.mark.parametrize(
    ("written", "posted"),
    [
        ("ollama.test", "https://ollama.test"),
        ("nas", "http://nas:11434"),
        (f"{AT}/api", AT),
        (f"{AT}/api/chat", AT),
        (f"{AT}/api/generate/", AT),
        (f"{AT}/v1", AT),
        (f"{AT}/v1/chat/completions", AT),
        (f"{AT}/proxy/api", f"{AT}/proxy"),
        (f"{AT}/apiary", f"{AT}/apiary"),
        ("https://ollama.com", "https://ollama.com"),
    ],
)
async def test_base_url_accepts_the_forms_of_other_programs(written: str, posted: str) -> None:
    async with provider_at("ollama", written) as provider:
        assert provider.address == posted


# Model lists


async def with_responses(**responses: Any) -> Provider:
    """A provider whose server has these responses, by the last part of their path."""
    methods = {"show": "POST"}
    for name, value in responses.items():
        response = value if isinstance(value, httpx.Response) else httpx.Response(200, json=value)
        respx.route(method=methods.get(name, "GET"), url=f"{AT}/api/{name}").mock(return_value=response)
    async with provider_at("ollama", AT) as provider:
        return provider


@respx.mock
async def test_model_list_marks_loaded_models_and_puts_embedders_last() -> None:
    embedder = {"name": "embed:latest", "capabilities": ["embedding"]}
    llama = {
        "name": "llama3:8b",
        "size": 4_000_000_000,
        "details": {"parameter_size": "8.0B", "quantization_level": "Q4_K_M", "context_length": 8192, "families": None},
        "capabilities": ["completion", "tools", None],
    }
    odd = {"model": "odd:latest", "size": -1, "details": None, "capabilities": None}
    provider = await with_responses(
        tags={"models": [embedder, llama, odd, None]},
        ps={"models": [{"name": "llama3:8b", "context_length": 4096}, None]},
    )

    assert await provider.list_models() == (
        ModelInfo(
            "llama3:8b",
            loaded=True,
            size_bytes=4_000_000_000,
            context_length=8192,
            loaded_context_length=4096,
            parameters="8.0B",
            quantization="Q4_K_M",
            capabilities=frozenset({"completion", "tools"}),
        ),
        ModelInfo("odd:latest", loaded=False),
        ModelInfo("embed:latest", loaded=False, capabilities=frozenset({"embedding"})),
    )


@respx.mock
@pytest.mark.parametrize("none", [[], None])
async def test_server_without_models_lists_none(none: object) -> None:
    provider = await with_responses(tags={"models": none}, ps={"models": none})

    assert await provider.list_models() == ()


@respx.mock
@pytest.mark.parametrize("answered", [{}, {"models": {}}, {"models": 5}, {"data": []}])
async def test_invalid_model_list_is_reported_as_not_an_ollama_server(answered: dict[str, Any]) -> None:
    provider = await with_responses(tags=answered)
    with pytest.raises(ProtocolBroken, match="is not an Ollama server") as error:
        await provider.list_models()
    assert "lmstudio or openai" in error.value.hint


@respx.mock
async def test_model_is_described_by_the_show_response() -> None:
    shown = {
        "details": {"parameter_size": "8.0B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
        "capabilities": ["completion", "vision"],
    }
    provider = await with_responses(show=shown)

    assert await provider.describe_model("llama3") == ModelInfo(
        "llama3",
        context_length=131072,
        parameters="8.0B",
        quantization="Q4_K_M",
        capabilities=frozenset({"completion", "vision"}),
        thinking=(),
    )
    assert json.loads(respx.calls.last.request.content) == {"model": "llama3"}


@respx.mock
async def test_empty_show_response_gives_only_the_model_name() -> None:
    provider = await with_responses(show={})

    assert await provider.describe_model("m") == ModelInfo("m")


@respx.mock
async def test_describing_a_missing_model_raises_an_error() -> None:
    provider = await with_responses(show=httpx.Response(404, json={"error": "model 'm' not found"}))
    with pytest.raises(ModelNotFound, match="model 'm' not found") as error:
        await provider.describe_model("m")
    assert "`ollama pull m`" in error.value.hint


@respx.mock
async def test_check_requests_the_version() -> None:
    provider = await with_responses(version={"version": "0.9.3"})
    status = await provider.check()

    assert status.version == "0.9.3"
    assert status.latency_s >= 0


@respx.mock
@pytest.mark.parametrize("answered", [{}, {"version": ""}, {"version": 5}])
async def test_missing_version_is_reported_as_not_an_ollama_server(answered: dict[str, Any]) -> None:
    provider = await with_responses(version=answered)
    with pytest.raises(ProtocolBroken, match="is not an Ollama server"):
        await provider.check()


@respx.mock
async def test_changing_expiry_time_means_the_model_is_loading() -> None:
    model_lists = [{"models": [{"name": "m:latest", "expires_at": f"2026-01-01T00:00:0{at}Z"}]} for at in range(2)]
    replies = [
        httpx.Response(200, json=answer) for answer in (model_lists[0], model_lists[1], model_lists[1], model_lists[1])
    ]
    respx.get(f"{AT}/api/ps").mock(side_effect=[*replies, httpx.Response(200, json=model_lists[0]), EMPTY_LIST])
    async with provider_at("ollama", AT) as provider:
        assert await provider.server_activity("m") == ServerActivity("loading")
        assert await provider.server_activity("m") is None
        # The model was unloaded between the two requests.
        assert await provider.server_activity("m") is None


@respx.mock
@pytest.mark.parametrize("refused", [httpx.Response(404), httpx.Response(405), httpx.Response(200, content=b"hm")])
async def test_models_are_listed_when_the_loaded_list_fails(refused: httpx.Response) -> None:
    provider = await with_responses(tags={"models": [{"name": "m:latest"}]}, ps=refused)

    assert await provider.list_models() == (ModelInfo("m:latest", loaded=None),)


@respx.mock
@pytest.mark.parametrize("status", [404, 500])
async def test_missing_path_hints_at_other_types_of_server(status: int) -> None:
    provider = await with_responses(tags=httpx.Response(status), version=httpx.Response(status))
    for lookup in (provider.list_models, provider.check):
        with pytest.raises(ProviderError) as failed:
            await lookup()
        assert ("type to lmstudio or openai" in failed.value.hint) == (status == 404)


@respx.mock
async def test_server_lost_during_listing_raises_an_error() -> None:
    respx.get(f"{AT}/api/tags").respond(json={"models": []})
    respx.get(f"{AT}/api/ps").respond(500)
    async with provider_at("ollama", AT) as provider:
        with pytest.raises(ServerFailed):
            await provider.list_models()


@respx.mock
@pytest.mark.parametrize(
    ("running", "options", "window"),
    [
        ([{"name": "m:latest", "context_length": 4096}], {}, 4096),
        ([{"name": "m:latest", "context_length": 4096}], {"num_ctx": 512}, 4096),
        ([{"name": "m:latest"}], {"num_ctx": 512}, 512),
        ([{"name": "other:latest", "context_length": 4096}], {}, None),
        ([], {"num_ctx": 512}, 512),
        ([], {"num_ctx": "many"}, None),
    ],
)
async def test_context_window_is_that_of_the_loaded_model(
    running: list[dict[str, Any]], options: dict[str, Any], window: int | None
) -> None:
    provider = await with_responses(ps={"models": running})

    assert await provider.context_window("m", options) == window


@respx.mock
@pytest.mark.parametrize(
    ("model", "running", "does"),
    [
        ("llama3", ["llama3:latest"], None),
        ("llama3:latest", ["llama3:latest"], None),
        ("llama3:8b", ["llama3:latest"], "loading"),
        ("nas:5000/me/llama3", ["nas:5000/me/llama3:latest"], None),
        ("llama3", [], "loading"),
    ],
)
async def test_model_not_in_memory_is_reported_as_loading(
    model: str, running: list[str], does: StageName | None
) -> None:
    provider = await with_responses(ps={"models": [{"name": name} for name in running]})

    assert await provider.server_activity(model) == (does and ServerActivity(does))


# Cloud models


@respx.mock
@pytest.mark.parametrize("model", ["glm-5:cloud", "alias", "alias:latest"])
async def test_cloud_model_is_never_loading_and_has_its_own_window(model: str) -> None:
    row = {"name": "alias:latest", "size": 384, "remote_model": "glm-5", "remote_host": "https://ollama.com:443"}
    shown = {"model_info": {"general.architecture": "glm", "glm.context_length": 1_048_576}, "remote_model": "glm-5"}
    provider = await with_responses(tags={"models": [row]}, ps={"models": []}, show=shown)

    assert await provider.list_models() == (ModelInfo("alias:latest", is_remote=True),)
    assert await provider.server_activity(model) is None
    assert await provider.context_window(model, {}) == 1_048_576
    assert (await provider.describe_model(model)).is_remote


@respx.mock
@pytest.mark.parametrize("at", ["https://ollama.com", "https://api.ollama.com/api"])
async def test_every_model_of_ollamas_own_server_is_a_cloud_model(at: str) -> None:
    origin = at.removesuffix("/api")
    respx.get(f"{origin}/api/tags").respond(json={"models": [{"name": "glm-5", "size": 1_000}]})
    respx.get(f"{origin}/api/ps").respond(404)
    respx.post(f"{origin}/api/show").respond(json={})
    async with provider_at("ollama", at) as provider:
        (listed,) = await provider.list_models()
        assert listed.is_remote
        assert (await provider.describe_model("glm-5")).is_remote
        assert await provider.server_activity("glm-5") is None
