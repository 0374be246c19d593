"""LM Studio: the options of its requests, its lists of models, and managing models, on real sockets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from tests.fake_lmstudio import FakeLMStudio, instance, row, running_lmstudio
from tests.fault_server import JSON, Connection, FaultServer, replies
from tests.providers.bodies import delta, sse
from tests.providers.client import HI, ask, chat_request, collect, provider_at
from tui.chat.model_info import ModelInfo
from tui.chat.turn import ServerActivity
from tui.errors import AuthRefused, ProviderError, ServerFailed, ServerUnreachable

AT = "http://lmstudio.test:1234"

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


# Options


async def sent(options: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """The fields of the request for an answer that differ from those without options."""
    async with FaultServer(replies(200, sse(delta("Hello"), "[DONE]"), "text/event-stream")) as server:
        async with provider_at("lmstudio", server) as provider:
            await ask(provider)
        async with provider_at("lmstudio", server, **settings) as provider:
            await ask(provider, chat_request(options=options))
    plain, body = (request.json for request in server.requests)
    assert plain.items() <= body.items()
    return {key: value for key, value in body.items() if key not in plain}


@pytest.mark.parametrize(
    ("think", "effort"),
    [("off", "none"), (False, "none"), ("on", "high"), (True, "high"), ("low", "low"), ("xhigh", "xhigh")],
)
async def test_thinking_is_sent_as_reasoning_effort(think: str | bool, effort: str) -> None:
    assert await sent({"think": think}) == {"reasoning_effort": effort}


async def test_own_reasoning_effort_and_ttl_take_precedence() -> None:
    options = {"think": "off", "reasoning_effort": "low", "keep_alive": "1h", "ttl": 5}

    assert await sent(options) == {"reasoning_effort": "low", "ttl": 5}


@pytest.mark.parametrize(
    ("keep_alive", "ttl"), [("5m", 300), (90, 90), ("1.6s", 2), (0, 1), (-1, 31_536_000), ("-1m", 31_536_000)]
)
async def test_keep_alive_is_sent_as_ttl_in_seconds(keep_alive: str | int, ttl: int) -> None:
    assert await sent({}, keep_alive=keep_alive) == {"ttl": ttl}
    assert await sent({"keep_alive": keep_alive}, keep_alive="7m") == {"ttl": ttl}


@pytest.mark.parametrize("options", [{}, {"think": None}, {"think": 5}, {"keep_alive": "soon"}, {"keep_alive": None}])
async def test_what_is_not_set_or_understood_is_not_sent(options: dict[str, Any]) -> None:
    assert await sent(options) == {}


# Model lists


async def listed(v0: httpx.Response, openai: object = None) -> tuple[ModelInfo, ...]:
    """The models of a server before 0.4 with these responses to `/api/v0/models` and `/v1/models`."""
    with respx.mock(assert_all_called=False) as server:
        server.get(f"{AT}/api/v1/models").mock(return_value=httpx.Response(200, json={"error": "Unexpected endpoint"}))
        server.get(f"{AT}/api/v0/models").mock(return_value=v0)
        server.get(f"{AT}/v1/models").mock(return_value=httpx.Response(200, json=openai))
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
            capabilities=frozenset({"vision", "tool_use", "tools"}),
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


async def test_newest_list_is_used_first_and_remembered() -> None:
    fake = FakeLMStudio([row("a"), row("b", instance("b", 4096))])
    async with running_lmstudio(fake) as server, provider_at("lmstudio", server) as provider:
        for _ in range(2):
            assert [model.name for model in await provider.list_models()] == ["a", "b"]
        assert await provider.server_activity("a") == ServerActivity("loading")
        assert await provider.server_activity("b") is None
        assert await provider.server_activity("unknown") is None
        assert await provider.context_window("b", {}) == 4096
        assert await provider.context_window("a", {}) is None
        assert await provider.model_manager() is not None
    assert {request.target for request in server.requests} == {"/api/v1/models"}


async def test_older_lists_are_remembered_too() -> None:
    for apis, paths in (
        ({"v0", "openai"}, ["/api/v1/models", "/api/v0/models", "/api/v0/models"]),
        ({"openai"}, ["/api/v1/models", "/api/v0/models", "/v1/models", "/v1/models"]),
    ):
        fake = FakeLMStudio([row("a")], apis=frozenset(apis))
        async with running_lmstudio(fake) as server, provider_at("lmstudio", server) as provider:
            assert await provider.model_manager() is None
            assert [model.name for model in await provider.list_models()] == ["a"]
        assert [request.target for request in server.requests] == paths


async def test_newer_server_at_the_same_address_is_noticed() -> None:
    fake = FakeLMStudio([row("a")], apis=frozenset({"v0", "openai"}))
    async with running_lmstudio(fake) as server, provider_at("lmstudio", server) as provider:
        await provider.list_models()
        fake.apis = frozenset({"v1", "openai"})
        assert (await provider.list_models())[0].display_name == "A"
        assert await provider.model_manager() is not None


async def test_list_that_fails_for_now_is_asked_for_again() -> None:
    fake = FakeLMStudio([row("a")])
    busy = replies(503, b'{"error": "busy"}', JSON)
    is_busy = True

    async def serve(connection: Connection) -> None:
        is_own = connection.request.target == "/api/v1/models"
        await (busy if is_own and is_busy else fake.serve)(connection)

    async with FaultServer(serve) as server, provider_at("lmstudio", server) as provider:
        assert (await provider.list_models())[0].display_name == ""
        is_busy = False
        assert (await provider.list_models())[0].display_name == "A"
        is_busy = True
        with pytest.raises(ServerFailed):
            await provider.list_models()


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


# The configured context


async def stages_of_an_answer(
    fake: FakeLMStudio, model: str = "m", **options: Any
) -> tuple[str | None, list[str], int]:
    """Kind of error, stages and number of requests of one answer."""
    stages: list[str] = []
    async with running_lmstudio(fake) as server, provider_at("lmstudio", server, **options) as provider:
        request = replace(HI, model=model)
        outcome = await collect(provider.stream_chat(request, lambda activity: stages.append(activity.stage)))
        assert outcome.answer.content == ("" if outcome.error else "Hello")
        return outcome.kind, stages, len(server.requests)


async def test_model_is_loaded_with_the_configured_context_before_its_answer() -> None:
    fake = FakeLMStudio([row("m")])
    kind, stages, _ = await stages_of_an_answer(fake, context_length=8192)
    assert kind is None
    assert fake.rows[0]["loaded_instances"] == [instance("m", 8192)]
    assert stages[:2] == ["connecting", "loading"]
    assert len(fake.answered) == 1


async def test_loaded_model_keeps_its_context() -> None:
    fake = FakeLMStudio([row("m", instance("m", 4096))])
    kind, stages, _ = await stages_of_an_answer(fake, context_length=8192)
    assert (kind, fake.rows[0]["loaded_instances"]) == (None, [instance("m", 4096)])
    assert "loading" not in stages


@pytest.mark.parametrize(("model", "context_length"), [("m", 0), ("", 8192)])
async def test_nothing_is_asked_before_an_answer_without_a_context_to_set(model: str, context_length: int) -> None:
    fake = FakeLMStudio([row("m")])
    assert (await stages_of_an_answer(fake, model, context_length=context_length))[2] == 1


@pytest.mark.parametrize("apis", [{"v0", "openai"}, {"openai"}])
async def test_version_that_cannot_load_models_answers_without(apis: set[str]) -> None:
    fake = FakeLMStudio([row("m")], apis=frozenset(apis))
    assert (await stages_of_an_answer(fake, context_length=8192))[0] is None


async def test_failed_load_is_the_error_of_the_answer() -> None:
    async def refuses_to_load(connection: Connection) -> None:
        if connection.request.target.endswith("/load"):
            await replies(500, b'{"error":{"message":"Failed to load model: out of memory"}}', JSON)(connection)
        else:
            await FakeLMStudio([row("m")]).serve(connection)

    async with FaultServer(refuses_to_load) as server, provider_at("lmstudio", server, context_length=8192) as provider:
        assert (await ask(provider)).kind == "server"
    assert [request.target for request in server.requests][-1] == "/api/v1/models/load"


async def test_answer_is_requested_even_if_the_list_of_models_fails() -> None:
    async def lists_nothing(connection: Connection) -> None:
        if connection.request.method == "GET":
            await replies(500, b"{}", JSON)(connection)
        else:
            await FakeLMStudio([row("m")]).serve(connection)

    async with FaultServer(lists_nothing) as server, provider_at("lmstudio", server, context_length=8192) as provider:
        assert (await ask(provider)).answer.content == "Hello"
