"""OpenAIProvider: the requests it sends and how it reads model lists."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import respx

from tests.providers.bodies import delta, sse
from tests.providers.client import HI, ask, chat_request, provider_at
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelInfo
from tui.chat.turn import ServerActivity
from tui.errors import ProtocolBroken, ProviderError
from tui.providers.base import Provider

AT = "http://openai.test"
DONE = httpx.Response(200, content=sse(delta("Hello"), "[DONE]"), headers={"Content-Type": "text/event-stream"})

SYSTEM = ChatMessage("s", "system", "Be brief.")
QUESTION = ChatMessage("q", "user", "Why?")
THOUGHT = ChatMessage("a", "assistant", "Because.", thinking="So", finish_reason="stop")
PICTURE = Image("image/png", b"\x89PNG", "cat.png")
PICTURE_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}


async def sent(request: ChatRequest, base_url: str = AT, **options: Any) -> httpx.Request:
    """The HTTP request that the provider sends."""
    with respx.mock:
        route = respx.post(url__startswith=AT).mock(return_value=DONE)
        async with provider_at("openai", base_url, **options) as provider:
            outcome = await ask(provider, request)
    assert outcome.answer.content == "Hello"
    request_sent: httpx.Request = route.calls.last.request
    return request_sent


async def body_of(request: ChatRequest, **options: Any) -> Any:
    return json.loads((await sent(request, **options)).content)


async def test_request_omits_unset_options() -> None:
    assert await body_of(HI) == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "Hi"}],
    }
    assert await body_of(chat_request(stream=False)) == {
        "model": "m",
        "stream": False,
        "messages": [{"role": "user", "content": "Hi"}],
    }


async def test_request_headers_state_the_expected_format() -> None:
    for stream, accept in ((True, "text/event-stream"), (False, "application/json")):
        request = await sent(chat_request(stream=stream), key="sk-1")
        assert request.headers["accept"] == accept
        assert request.headers["authorization"] == "Bearer sk-1"


async def test_options_are_sent_under_the_configured_names() -> None:
    body = await body_of(
        chat_request(options={"temperature": 0.2, "max_tokens": 5, "stream_options": {}, "reasoning": "low"})
    )

    assert (body["temperature"], body["max_tokens"], body["reasoning"]) == (0.2, 5, "low")
    assert body["stream_options"] == {}


async def test_options_do_not_override_required_request_fields() -> None:
    body = await body_of(chat_request(options={"messages": [], "stream": False, "model": "other"}))

    assert (body["model"], body["stream"]) == ("m", True)
    assert body["messages"] == [{"role": "user", "content": "Hi"}]


async def test_request_without_a_model_omits_the_model_field() -> None:
    assert "model" not in await body_of(chat_request(model=""))


async def test_history_is_sent_without_thinking() -> None:
    body = await body_of(chat_request(SYSTEM, QUESTION, THOUGHT, QUESTION))

    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
        {"role": "user", "content": "Why?"},
    ]


async def test_text_resembling_thinking_is_sent_unchanged() -> None:
    question = ChatMessage("q", "user", "<think>What is this tag?")
    body = await body_of(chat_request(question, ChatMessage("a", "assistant", "<"), QUESTION))

    assert [message["content"] for message in body["messages"]] == ["<think>What is this tag?", "<", "Why?"]


async def test_images_are_sent_as_content_parts() -> None:
    body = await body_of(chat_request(ChatMessage("q", "user", "Who?", images=(PICTURE, PICTURE))))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "Who?"}, PICTURE_PART, PICTURE_PART]

    body = await body_of(chat_request(ChatMessage("q", "user", "", images=(PICTURE,))))
    assert body["messages"][0]["content"] == [PICTURE_PART]


@pytest.mark.parametrize(
    ("written", "posted"),
    [
        (AT, "/v1/chat/completions"),
        (f"{AT}/", "/v1/chat/completions"),
        (f"{AT}/v1", "/v1/chat/completions"),
        (f"{AT}/v1/", "/v1/chat/completions"),
        (f"{AT}/v1/chat/completions", "/v1/chat/completions"),
        (f"{AT}/chat/completions", "/chat/completions"),
        (f"{AT}/openai", "/openai/v1/chat/completions"),
        (f"{AT}/openai/v1", "/openai/v1/chat/completions"),
        (f"{AT}/api/coding/paas/v4", "/api/coding/paas/v4/chat/completions"),
        (f"{AT}/v1beta", "/v1beta/chat/completions"),
        (
            f"{AT}/openai/deployments/d/chat/completions?api-version=1",
            "/openai/deployments/d/chat/completions?api-version=1",
        ),
    ],
)
async def test_base_url_may_include_or_omit_the_version(written: str, posted: str) -> None:
    request = await sent(HI, written)

    assert request.url.raw_path.decode() == posted
    async with provider_at("openai", written) as provider:
        assert provider.address == (AT + posted).partition("/chat/completions")[0]


# Model lists


async def listed(answered: object) -> tuple[ModelInfo, ...]:
    with respx.mock:
        respx.get(f"{AT}/v1/models").mock(return_value=httpx.Response(200, json=answered))
        async with provider_at("openai", AT) as provider:
            return await provider.list_models()


@pytest.mark.parametrize(
    ("row", "info"),
    [
        ({"id": "m", "object": "model", "owned_by": "x"}, ModelInfo("m")),
        ({"id": "m", "max_model_len": 4096}, ModelInfo("m", context_length=4096, loaded_context_length=4096)),
        ({"id": "m", "context_length": 4096}, ModelInfo("m", context_length=4096)),
        (
            {"id": "m", "meta": {"n_ctx_train": 4096, "n_ctx": 2048, "size": 5}},
            ModelInfo("m", size_bytes=5, context_length=4096, loaded_context_length=2048),
        ),
        (
            {"id": "m", "meta": {"n_params": 134_515_008, "ftype": "Q4_1"}},
            ModelInfo("m", parameters="135M", quantization="Q4_1"),
        ),
        ({"id": "m", "meta": {"n_params": 8_030_261_248}}, ModelInfo("m", parameters="8.0B")),
        (
            {"id": "m", "max_context_window": 8192, "context_length": 4096},
            ModelInfo("m", context_length=8192, loaded_context_length=4096),
        ),
        ({"id": "m", "status": {"value": "loaded"}}, ModelInfo("m", loaded=True, state="loaded")),
        ({"id": "m", "status": {"value": "unloaded"}}, ModelInfo("m", loaded=False, state="unloaded")),
        ({"id": "m", "status": {"value": "sleeping"}}, ModelInfo("m", loaded=False, state="sleeping")),
        ({"id": "m", "status": {"value": "new word"}}, ModelInfo("m", loaded=False)),
        (
            {"id": "m", "status": {"value": "unloaded", "failed": True, "exit_code": 1}},
            ModelInfo("m", loaded=False, state="failed", state_note="exit code 1"),
        ),
        (
            {"id": "m", "status": {"value": "unloaded", "failed": True, "exit_code": "x"}},
            ModelInfo("m", loaded=False, state="failed"),
        ),
        (
            {"id": "m", "status": {"value": "loading", "args": ["llama-server", 5, "--ctx-size", "4096"]}},
            ModelInfo("m", loaded=False, state="loading", context_length=4096),
        ),
        (
            {"id": "m", "status": {"value": "loading", "args": ["-c", "0"]}},
            ModelInfo("m", loaded=False, state="loading"),
        ),
        ({"id": "m", "status": {"value": "loading", "args": ["-c"]}}, ModelInfo("m", loaded=False, state="loading")),
        (
            {"id": "m", "architecture": {"input_modalities": ["text", "Image", "smell"]}},
            ModelInfo("m", capabilities=frozenset({"completion", "vision"})),
        ),
        (
            {"id": "m", "architecture": {"input_modalities": ["text"], "output_modalities": ["decisions"]}},
            ModelInfo("m", capabilities=frozenset({"decisions"})),
        ),
        ({"id": "m", "meta": None, "status": 5, "max_model_len": "x", "labels": 5}, ModelInfo("m")),
        ({"id": "m", "type": "chat"}, ModelInfo("m")),
        ({"id": "m", "type": "rerank"}, ModelInfo("m", capabilities=frozenset({"rerank"}))),
        ({"id": "m", "labels": ["hot", "embeddings"]}, ModelInfo("m", capabilities=frozenset({"embeddings"}))),
        ({"id": "m", "capabilities": ["chat", "embedding"]}, ModelInfo("m")),
        ({"id": "m", "capabilities": {"completion_chat": True, "ocr": True}}, ModelInfo("m")),
        ({"id": "m", "capabilities": {"vision": True}}, ModelInfo("m")),
        ({"id": "m", "architecture": {"output_modalities": ["text", "image"]}}, ModelInfo("m")),
        ({"id": "m", "architecture": {"modality": "text+image->text"}}, ModelInfo("m")),
        ({"id": "m", "architecture": {"modality": "text"}, "output_modalities": []}, ModelInfo("m")),
        ({"id": "m", "task": "text-generation"}, ModelInfo("m")),
        ({"id": "m", "task": "image-text-to-text"}, ModelInfo("m")),
    ],
)
async def test_model_info_is_read_from_its_list_entry(row: dict[str, Any], info: ModelInfo) -> None:
    assert await listed({"object": "list", "data": [row, None]}) == (info,)


@pytest.mark.parametrize(
    ("row", "uses"),
    [
        ({"capabilities": {"completion_chat": False}}, {"no chat"}),
        ({"capabilities": {"completion_chat": False, "ocr": True, "vision": True}}, {"ocr"}),
        ({"capabilities": {"chat": False, "vision": True}}, {"no chat"}),
        ({"capabilities": {"type": "embeddings"}}, {"embeddings"}),
        ({"architecture": {"output_modalities": ["Image"]}}, {"image"}),
        ({"architecture": {"modality": "text->image+audio"}}, {"image", "audio"}),
        ({"output_modalities": ["embeddings"]}, {"embeddings"}),
        ({"task": "feature-extraction"}, {"feature-extraction"}),
        ({"pipeline_tag": "sentence-similarity"}, {"sentence-similarity"}),
        ({"task": "text_classification"}, {"text_classification"}),
        ({"task": "automatic-speech-recognition"}, {"automatic-speech-recognition"}),
        ({"mode": "image_generation"}, {"image_generation"}),
        ({"type": "image"}, {"image"}),
        ({"task": "classify"}, {"classify"}),
    ],
)
async def test_model_that_cannot_chat_is_listed_last(row: dict[str, Any], uses: set[str]) -> None:
    models = await listed({"data": [{"id": "m", **row}, {"id": "z"}]})

    assert [model.name for model in models] == ["z", "m"]
    assert models[1].capabilities == uses
    assert models[1].chat_support == "no"


@pytest.mark.parametrize(("other", "loaded"), [("loaded", [None, None]), ("unloaded", [True, False])])
async def test_llama_swap_is_believed_unless_all_its_models_seem_loaded(other: str, loaded: list[bool | None]) -> None:
    states = {"a": "loaded", "b": other}
    rows = [{"id": name, "owned_by": "llama-swap", "status": {"value": state}} for name, state in states.items()]
    models = await listed({"data": rows})

    assert [model.loaded for model in models] == loaded
    assert [model.state for model in models] == ([None, None] if other == "loaded" else ["loaded", "unloaded"])


async def test_llama_server_capabilities_come_from_a_second_list() -> None:
    rows = [{"id": "sees"}, {"id": "reads"}, {"id": "silent"}]
    can = [
        {"name": "sees", "capabilities": ["completion", "multimodal"]},
        {"name": "reads", "capabilities": ["completion", 5]},
    ]
    models = await listed({"data": rows, "models": [*can, {"name": "silent", "capabilities": None}]})
    assert [sorted(model.capabilities) for model in models] == [
        ["completion", "multimodal", "vision"],
        ["completion"],
        [],
    ]


async def test_chat_models_are_listed_first() -> None:
    rows = [{"id": "rerank-1"}, {"id": "m", "type": "embedding"}, {"id": "b"}, {"id": "whisper-1"}, {"id": "a"}]
    assert [model.name for model in await listed(rows)] == ["b", "a", "rerank-1", "whisper-1", "m"]


@pytest.mark.parametrize("answered", [{}, {"data": 5}, {"data": {}, "models": "m"}, [5, {"name": 7}], [{"a": 1}]])
async def test_invalid_model_list_raises_an_error_with_a_hint(answered: object) -> None:
    with pytest.raises(ProtocolBroken, match=f"{AT}/v1/models lists no models") as error:
        await listed(answered)
    assert "/v1" in error.value.hint


@respx.mock
async def test_model_is_described_by_its_list_entry_if_any() -> None:
    rows = {"data": [{"id": "a"}, {"id": "m", "max_model_len": 4096}]}
    respx.get(f"{AT}/v1/models").mock(return_value=httpx.Response(200, json=rows))
    async with provider_at("openai", AT) as provider:
        assert await provider.describe_model("m") == ModelInfo("m", context_length=4096, loaded_context_length=4096)
        assert await provider.describe_model("other") == ModelInfo("other")


@respx.mock
async def test_check_requests_the_model_list() -> None:
    respx.get(f"{AT}/v1/models").mock(return_value=httpx.Response(200, json={"data": []}))
    async with provider_at("openai", AT) as provider:
        status = await provider.check()

    assert status.version == ""
    assert status.latency_s >= 0


@respx.mock
@pytest.mark.parametrize(
    ("rows", "window"),
    [
        ([{"id": "m", "max_model_len": 8192}], 8192),
        ([{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 2048, "n_ctx_train": 8192}}], 2048),
        ([{"id": "its file", "owned_by": "llamacpp", "meta": {"n_ctx": 2048}}], 2048),
        ([{"id": "its file", "meta": {"n_ctx": 2048}}], None),
        ([{"id": "m", "context_length": 8192}], None),
        ([], None),
    ],
)
async def test_context_window_comes_from_the_list_without_a_request(
    rows: list[dict[str, Any]], window: int | None
) -> None:
    route = respx.get(f"{AT}/v1/models").respond(json={"data": rows})
    async with provider_at("openai", AT) as provider:
        await provider.list_models()

        assert await provider.context_window("m", {}) == window
    assert route.call_count == 1


async def test_server_activity_is_unknown() -> None:
    async with provider_at("openai", AT) as provider:
        assert await provider.server_activity("m") is None


async def test_other_servers_have_no_models_to_manage_and_no_thinking_to_end() -> None:
    with respx.mock:
        respx.get(f"{AT}/v1/models").respond(json={"data": [{"id": "m"}]})
        async with provider_at("openai", AT) as provider:
            assert await provider.model_manager() is None
            assert await provider.end_thinking("m", "c1") is False
            assert await provider.count_tokens(HI) is None
            assert provider.continues_thinking is False


@respx.mock
@pytest.mark.parametrize(
    ("answered", "version"),
    [(httpx.Response(200, json={"version": "0.32.0"}), "0.32.0"), (httpx.Response(404), "")],
)
async def test_check_reports_the_version_of_vllm(answered: httpx.Response, version: str) -> None:
    respx.get(f"{AT}/v1/models").respond(json={"data": [{"id": "m", "owned_by": "vllm"}]})
    respx.get(f"{AT}/version").mock(return_value=answered)
    async with provider_at("openai", AT) as provider:
        assert (await provider.check()).version == version


# Options that servers name differently


@contextlib.asynccontextmanager
async def server_of(owner: str) -> AsyncIterator[tuple[Provider, respx.MockRouter]]:
    """A provider whose server names the owner of its models, but has not been asked yet."""
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{AT}/v1/models").respond(json={"data": [{"id": "m", "owned_by": owner}]})
        router.post(f"{AT}/v1/chat/completions").mock(return_value=DONE)
        async with provider_at("openai", AT) as provider:
            yield provider, router


def sent_bodies(router: respx.MockRouter) -> list[dict[str, Any]]:
    """The bodies of the POST requests."""
    return [json.loads(call.request.content) for call in router.calls if call.request.method == "POST"]


async def test_server_is_recognized_before_the_first_request_with_think() -> None:
    async with server_of("vllm") as (provider, router):
        for value in (False, "on"):
            assert (await ask(provider, chat_request(options={"think": value}))).answer.content == "Hello"

        assert [call.request.method for call in router.calls] == ["GET", "POST", "POST"]
        off, on = sent_bodies(router)
    assert off["chat_template_kwargs"] == {"enable_thinking": False, "thinking": False}
    assert on["chat_template_kwargs"] == {"enable_thinking": True, "thinking": True}
    assert "think" not in off


async def test_think_is_never_sent_under_its_own_name() -> None:
    async with server_of("someone") as (provider, router):
        for value in ("off", "low", None):
            await ask(provider, chat_request(options={"think": value, "seed": 1}))
        bodies = sent_bodies(router)

    assert [body.get("reasoning_effort") for body in bodies] == [None, "low", None]
    assert all("think" not in body and body["seed"] == 1 for body in bodies)


async def test_request_is_sent_even_if_the_server_cannot_be_recognized() -> None:
    with respx.mock:
        respx.get(f"{AT}/v1/models").respond(404)
        route = respx.post(f"{AT}/v1/chat/completions").mock(return_value=DONE)
        async with provider_at("openai", AT) as provider:
            await ask(provider, chat_request(options={"think": "high"}))
    assert json.loads(route.calls.last.request.content)["reasoning_effort"] == "high"


async def test_known_services_are_not_asked_for_their_kind() -> None:
    with respx.mock:
        route = respx.post("https://api.deepseek.com/v1/chat/completions").mock(return_value=DONE)
        async with provider_at("openai", "https://api.deepseek.com") as provider:
            await ask(provider, chat_request(options={"think": "off"}))
    assert json.loads(route.calls.last.request.content)["thinking"] == {"type": "disabled"}


@pytest.mark.parametrize(
    ("owner", "value", "problem"),
    [
        ("someone", "off", "llm-tui does not know how mine sets thinking to off"),
        ("someone", "high", ""),
        ("vllm", "off", ""),
    ],
)
async def test_unknown_thinking_switch_is_explained(owner: str, value: str, problem: str) -> None:
    async with server_of(owner) as (provider, _):
        text = await provider.thinking_problem("m", value)
    assert text.startswith(problem)
    assert bool(text) == bool(problem)


async def test_thinking_switch_is_explained_even_if_the_list_of_models_fails() -> None:
    with respx.mock:
        respx.get("http://nas:1/v1/models").mock(return_value=httpx.Response(500))
        async with provider_at("openai", "http://nas:1") as provider:
            assert "does not know how mine sets thinking to off" in await provider.thinking_problem("m", "off")


# Continuing an answer

PARTIAL = ChatMessage("a", "assistant", "Because", thinking="So")


@pytest.mark.parametrize(
    ("owner", "flags", "thinking"),
    [("llamacpp", (True, False), "So"), ("vllm", (True, False), None), ("someone", (None, None), None)],
)
async def test_partial_answer_is_sent_with_the_flags_of_the_server(
    owner: str, flags: tuple[bool | None, bool | None], thinking: str | None
) -> None:
    async with server_of(owner) as (provider, router):
        await ask(provider, chat_request(QUESTION, PARTIAL))
        await ask(provider, chat_request(QUESTION, PARTIAL))
        assert [call.request.method for call in router.calls] == ["GET", "POST", "POST"]
        body, again = sent_bodies(router)

    assert body == again
    assert (body.get("continue_final_message"), body.get("add_generation_prompt")) == flags
    assert body["messages"][-1]["content"] == "Because"
    assert body["messages"][-1].get("reasoning_content") == thinking


async def test_llama_server_that_refuses_to_continue_with_thinking_is_asked_without() -> None:
    refused = httpx.Response(
        400, json={"error": {"message": "Assistant response prefill is incompatible with enable_thinking."}}
    )
    async with server_of("llamacpp") as (provider, router):
        router.post(f"{AT}/v1/chat/completions").mock(side_effect=[refused, DONE])
        outcome = await ask(provider, chat_request(QUESTION, PARTIAL))
        first, second = sent_bodies(router)

    assert (outcome.answer.content, outcome.error) == ("Hello", None)
    assert "chat_template_kwargs" not in first
    assert second["chat_template_kwargs"]["enable_thinking"] is False


async def test_other_refusals_to_continue_are_reported() -> None:
    async with server_of("llamacpp") as (provider, router):
        router.post(f"{AT}/v1/chat/completions").respond(400, json={"error": {"message": "No."}})
        assert (await ask(provider, chat_request(QUESTION, PARTIAL))).kind == "bad_request"
        assert len(sent_bodies(router)) == 1


# llama-server, recognized by its list


@contextlib.asynccontextmanager
async def llama_server(
    slots: httpx.Response | None = None, base_url: str = AT
) -> AsyncIterator[tuple[Provider, respx.MockRouter]]:
    """A provider that has recognized its server as llama-server."""
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{AT}/v1/models").respond(json={"data": [{"id": "m", "owned_by": "llamacpp"}]})
        router.get(f"{AT}/slots").mock(return_value=slots or httpx.Response(200, json=[]))
        router.post(f"{AT}/v1/chat/completions").mock(return_value=DONE)
        async with provider_at("openai", base_url) as provider:
            await provider.list_models()
            yield provider, router


async def test_llama_server_is_asked_for_prompt_progress_and_reasoning_control() -> None:
    own = {"return_progress": 0, "reasoning_control": 0}
    async with llama_server() as (provider, router):
        for request, asks in ((HI, True), (chat_request(stream=False), None), (chat_request(options=own), 0)):
            await ask(provider, request)
            body = json.loads(router.calls.last.request.content)
            assert (body.get("return_progress"), body.get("reasoning_control")) == (asks, asks)


@pytest.mark.parametrize("base_url", [AT, f"{AT}/v1"])
@pytest.mark.parametrize(
    ("slots", "does"),
    [
        ([{"is_processing": True}, {"is_processing": True}], ServerActivity("queued")),
        ([{"is_processing": True}, {"is_processing": False}], None),
        ([{"is_processing": "yes"}], None),
        ([None, 5], None),
        ([], None),
    ],
)
async def test_busy_llama_server_slots_are_reported_as_queued(
    slots: list[Any], does: ServerActivity | None, base_url: str
) -> None:
    async with llama_server(httpx.Response(200, json=slots), base_url) as (provider, _):
        assert await provider.server_activity("m") == does


@pytest.mark.parametrize("status", [400, 404, 501])
async def test_refused_question_about_slots_is_not_repeated(status: int) -> None:
    refused = httpx.Response(status, json={"error": {"message": "no slots"}})
    async with llama_server(refused) as (provider, router):
        for _ in range(3):
            assert await provider.server_activity("m") is None
        assert [call.request.url.path for call in router.calls] == ["/v1/models", "/slots"]

        await provider.list_models()
        await provider.server_activity("m")
        assert router.calls.last.request.url.path == "/slots"


async def test_failed_question_about_slots_is_an_error() -> None:
    for failed in (httpx.Response(500), httpx.Response(200, json={"a": 1})):
        async with llama_server(failed) as (provider, _):
            with pytest.raises(ProviderError):
                await provider.server_activity("m")
