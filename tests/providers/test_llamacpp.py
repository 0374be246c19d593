"""llama.cpp's server: what only it tells and can do, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fault_server import Connection, FaultServer, eventually, no_leaked_tasks, replies
from tests.providers.client import HI, provider_at
from tests.providers.llamacpp_router import LlamaCppRouter, progress
from tui.chat.model_info import ModelInfo
from tui.chat.turn import ServerActivity
from tui.errors import ProviderError
from tui.providers import llamacpp_server
from tui.providers.base import Provider

SWITCH = "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"
BUSY = [{"is_processing": True}]


@contextlib.asynccontextmanager
async def provider_of(router: LlamaCppRouter) -> AsyncIterator[tuple[Provider, FaultServer]]:
    """A provider that has listed the models of a router."""
    async with no_leaked_tasks(), FaultServer(router.script) as server, provider_at("llamacpp", server) as provider:
        await provider.list_models()
        yield provider, server


def single(**row: Any) -> LlamaCppRouter:
    """A server with one model, which has no states."""
    router = LlamaCppRouter()
    router.answers["GET", "/v1/models"] = 200, {"data": [{"id": "m", "owned_by": "llamacpp", **row}]}
    return router


def targets(server: FaultServer) -> list[str]:
    return [request.target for request in server.requests]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp_server, "_PROGRESS_WAIT_S", 0.1)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("nas", "http://nas:9931/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("http://nas:8080/prefix/v1", "http://nas:8080/prefix/v1"),
    ],
)
async def test_address_may_omit_port_and_version(written: str, address: str) -> None:
    async with provider_at("llamacpp", written) as provider:
        assert provider.address == address


# What keeps a request waiting


async def test_slots_of_a_loaded_model_are_asked_for_without_loading_it() -> None:
    router = LlamaCppRouter(**{"o/m:Q4&x": "loaded"})
    router.answers["GET", "/slots"] = 200, BUSY
    async with provider_of(router) as (provider, server):
        assert await provider.server_activity("o/m:Q4&x") == ServerActivity("queued")
        assert targets(server)[-1] == "/slots?model=o%2Fm%3AQ4%26x&autoload=false"


@pytest.mark.parametrize(
    ("state", "activity"),
    [
        ("unloaded", ServerActivity("queued")),
        ("sleeping", ServerActivity("loading")),
        ("loading", ServerActivity("loading")),
        ("downloading", None),
    ],
)
async def test_state_of_a_model_that_is_not_loaded_is_the_activity(state: str, activity: ServerActivity | None) -> None:
    router = LlamaCppRouter(m=state)
    router.has_events = False
    async with provider_of(router) as (provider, server):
        assert await provider.server_activity("m") == activity
        assert not any(target.startswith("/slots") for target in targets(server))


async def test_model_that_the_router_does_not_list_has_no_activity() -> None:
    async with provider_of(LlamaCppRouter(m="loaded")) as (provider, _):
        assert await provider.server_activity("other") is None


async def test_refused_news_are_not_asked_for_again() -> None:
    router = LlamaCppRouter(m="loading")
    router.has_events = False
    async with provider_of(router) as (provider, server):
        for _ in range(3):
            assert await provider.server_activity("m") == ServerActivity("loading")
        assert targets(server).count("/models/sse") == 1


async def test_broken_news_may_be_asked_for_again() -> None:
    async def cuts(connection: Connection) -> None:
        target = connection.request.target
        rows = b'{"data":[{"id":"m","owned_by":"llamacpp","status":{"value":"loading"}}]}'
        await (replies(200, rows) if target.endswith("/v1/models") else replies(503))(connection)

    async with FaultServer(cuts) as server, provider_at("llamacpp", server.url) as provider:
        await provider.list_models()
        for _ in range(2):
            assert await provider.server_activity("m") == ServerActivity("loading")
        assert targets(server).count("/models/sse") == 2


async def test_loading_progress_is_that_of_the_model_and_is_kept() -> None:
    router = LlamaCppRouter(m="loading", other="loading")
    async with provider_of(router) as (provider, _):
        for event in (progress("other", 0.9), {"model": "m", "event": "model_status"}, progress("m", 0.25)):
            router.events.put_nowait(event)
        assert await provider.server_activity("m") == ServerActivity("loading", 0.25)
        # No event arrives in time.
        assert await provider.server_activity("m") == ServerActivity("loading", 0.25)
        assert await provider.server_activity("other") == ServerActivity("loading")

        router.set_state("m", "unloaded")
        await provider.server_activity("m")
        router.set_state("m", "loading")
        assert await provider.server_activity("m") == ServerActivity("loading")


@pytest.mark.parametrize(
    ("event", "fraction"),
    [
        (progress("m", 0.5, ["text_model", "mmproj_model"], "text_model"), 0.25),
        (progress("m", 0.5, ["text_model", "mmproj_model"], "mmproj_model"), 0.75),
        (progress("m", 7, ["text_model"], "text_model"), 1.0),
        (progress("m", 0.5, "odd", None), 0.5),
        (progress("m", 0.5, ["a"], ["odd"]), 0.5),
        (progress("m", "odd"), None),
        ({"data": 5}, None),
    ],
)
def test_stages_of_a_load_count_equally(event: dict[str, Any], fraction: float | None) -> None:
    assert llamacpp_server.load_fraction(event) == fraction


# What it tells about models


async def test_properties_complete_a_model() -> None:
    router = single(architecture={"input_modalities": ["text"]})
    router.answers["GET", "/props"] = (
        200,
        {
            "modalities": {"vision": True, "audio": False},
            "chat_template": SWITCH,
            "chat_template_caps": {"supports_tools": False, "supports_tool_calls": True},
            "default_generation_settings": {"n_ctx": 4096},
            "is_sleeping": True,
        },
    )
    async with provider_of(router) as (provider, server):
        described = await provider.describe_model("any name")
        assert targets(server)[-1] == "/props"

    assert described == ModelInfo(
        "m",
        loaded=False,
        capabilities=frozenset({"completion", "vision", "tools"}),
        loaded_context_length=4096,
        thinking=("off", "on"),
        state="sleeping",
    )


@pytest.mark.parametrize("told", [{"is_sleeping": False}, {}])
async def test_single_model_that_does_not_sleep_is_loaded(told: dict[str, Any]) -> None:
    router = single()
    router.answers["GET", "/props"] = 200, told
    async with provider_of(router) as (provider, _):
        (listed,) = await provider.list_models()
        described = await provider.describe_model("m")
    assert (listed.loaded, described.loaded, described.state) == (True, True, None)


@pytest.mark.parametrize(
    ("template", "caps", "values"),
    [
        (SWITCH, {}, ("off", "on")),
        ("{% if not thinking is defined %}{% set thinking = false %}{% endif %}", {}, ("off", "on")),
        (f"{SWITCH}{{{{ reasoning_effort }}}}", {}, ("off", "low", "medium", "high")),
        ("Reasoning: x", {"supports_reasoning_effort": True}, ("low", "medium", "high")),
        ("{{ messages }} I was thinking is it defined", {}, ()),
        ("", {}, None),
        (5, "odd", None),
    ],
)
async def test_thinking_values_come_from_the_chat_template(
    template: object, caps: object, values: tuple[str, ...] | None
) -> None:
    router = single()
    router.answers["GET", "/props"] = 200, {"chat_template": template, "chat_template_caps": caps}
    async with provider_of(router) as (provider, _):
        assert (await provider.describe_model("m")).thinking == values


@pytest.mark.parametrize(
    ("template", "value", "problem"),
    [
        ("plain", "off", "m has no switch for its thinking."),
        (SWITCH, "off", ""),
        (SWITCH, "high", "m does not know the thinking value high. Its values are off, on."),
        ("{{ reasoning_effort }}", "on", ""),
        ("", "off", ""),
    ],
)
async def test_thinking_value_that_a_model_does_not_have_is_explained(template: str, value: str, problem: str) -> None:
    router = single()
    router.answers["GET", "/props"] = 200, {"chat_template": template}
    async with provider_of(router) as (provider, _):
        assert await provider.thinking_problem("m", value) == problem


async def test_router_is_not_asked_about_a_model_that_it_has_not_loaded() -> None:
    async with provider_of(LlamaCppRouter(m="unloaded")) as (provider, server):
        assert (await provider.describe_model("m")).state == "unloaded"
        assert targets(server) == ["/v1/models", "/v1/models"]


async def test_router_is_asked_about_a_sleeping_model_without_waking_it() -> None:
    router = LlamaCppRouter(m="sleeping")
    router.answers["GET", "/props"] = 200, {"default_generation_settings": {"n_ctx": 512}}
    async with provider_of(router) as (provider, server):
        assert (await provider.describe_model("m")).loaded_context_length == 512
        assert targets(server)[-1] == "/props?model=m&autoload=false"


async def test_model_that_cannot_chat_does_not_seem_to_because_of_its_inputs() -> None:
    router = single(architecture={"output_modalities": ["decisions"]})
    router.answers["GET", "/props"] = 200, {"modalities": {"vision": False}}
    async with provider_of(router) as (provider, _):
        assert (await provider.describe_model("m")).chat_support == "no"


async def test_refused_properties_leave_the_model_as_listed() -> None:
    router = single()
    router.answers["GET", "/props"] = 500, {"error": {"message": "no"}}
    async with provider_of(router) as (provider, _):
        assert await provider.list_models() == (ModelInfo("m", loaded=True),)
        with pytest.raises(ProviderError):
            await provider.describe_model("m")
    router.answers["GET", "/props"] = 404, {"error": {"message": "no"}}
    async with provider_of(router) as (provider, _):
        assert await provider.describe_model("m") == ModelInfo("m", loaded=True)


async def test_context_of_a_model_loaded_on_demand_is_found_afterwards() -> None:
    router = LlamaCppRouter(m="unloaded")
    async with provider_of(router) as (provider, server):
        assert await provider.context_window("m", {}) is None
        router.set_state("m", "loaded")
        router.more["m"] = {"meta": {"n_ctx": 1024}}
        assert await provider.context_window("m", {}) == 1024
        requests = len(server.requests)
        assert await provider.context_window("m", {}) == 1024
        assert len(server.requests) == requests


async def test_context_that_an_old_version_does_not_list_is_among_its_properties() -> None:
    router = single()
    router.answers["GET", "/props"] = 200, {"default_generation_settings": {"n_ctx": 512}}
    async with provider_of(router) as (provider, _):
        assert await provider.context_window("any name", {}) == 512


# Counting tokens


COUNT = ("POST", "/v1/chat/completions/input_tokens")


@pytest.mark.parametrize(
    ("properties", "tokens"),
    [({"is_sleeping": False}, 26), ({}, 26), ({"is_sleeping": True}, None)],
)
async def test_tokens_are_counted_unless_the_server_sleeps(properties: Any, tokens: int | None) -> None:
    router = single()
    router.answers["GET", "/props"] = 200, properties
    router.answers[COUNT] = 200, {"input_tokens": 26}
    async with provider_of(router) as (provider, _):
        assert await provider.count_tokens(HI) == tokens
    if tokens:
        assert router.posted[0][1]["messages"] == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(("state", "tokens"), [("loaded", 26), ("unloaded", None), ("sleeping", None)])
async def test_router_counts_only_tokens_for_a_loaded_model(state: str, tokens: int | None) -> None:
    router = LlamaCppRouter(m=state)
    router.answers[COUNT] = 200, {"input_tokens": 26}
    async with provider_of(router) as (provider, server):
        assert await provider.count_tokens(HI) == tokens
        asked = [target for target in targets(server) if "input_tokens" in target]
        assert asked == (["/v1/chat/completions/input_tokens?model=m&autoload=false"] if tokens else [])


@pytest.mark.parametrize("status", [400, 404, 501])
async def test_refused_count_is_not_asked_for_again(status: int) -> None:
    router = single()
    router.answers["GET", "/props"] = 200, {}
    router.answers[COUNT] = status, {"error": {"message": "no"}}
    async with provider_of(router) as (provider, _):
        assert await provider.count_tokens(HI) is None
        assert await provider.count_tokens(HI) is None
        assert len(router.posted) == 1
        await provider.list_models()
        await provider.count_tokens(HI)
        assert len(router.posted) == 2


@pytest.mark.parametrize(("status", "fails"), [(404, False), (500, True)])
async def test_tokens_are_not_counted_if_it_is_unknown_whether_the_server_sleeps(status: int, fails: bool) -> None:
    router = single()
    router.answers["GET", "/props"] = status, {"error": {"message": "no"}}
    async with provider_of(router) as (provider, _):
        with pytest.raises(ProviderError) if fails else contextlib.nullcontext():
            assert await provider.count_tokens(HI) is None
    assert router.posted == []


async def test_failure_to_count_tokens_is_an_error() -> None:
    router = single()
    router.answers["GET", "/props"] = 200, {}
    router.answers[COUNT] = 500, {"error": {"message": "no"}}
    async with provider_of(router) as (provider, _):
        with pytest.raises(ProviderError):
            await provider.count_tokens(HI)


@pytest.mark.parametrize(("build", "version"), [("b11434-pypi", "b11434-pypi"), ("b0-unknown", "")])
async def test_check_reports_the_build_if_it_is_known(build: str, version: str) -> None:
    router = single()
    router.answers["GET", "/props"] = 200, {"build_info": build}
    async with provider_of(router) as (provider, _):
        assert (await provider.check()).version == version


# Ending the thinking


@pytest.mark.parametrize(
    ("status", "answered", "ended"),
    [
        (200, {"success": True}, True),
        (200, {"success": False, "message": "no active completion for this id"}, False),
        (200, {"success": "yes"}, False),
        (404, {"error": {"message": "File Not Found"}}, False),
    ],
)
async def test_thinking_of_a_running_answer_can_be_ended(status: int, answered: Any, ended: bool) -> None:
    router = LlamaCppRouter(m="loaded")
    router.answers["POST", "/v1/chat/completions/control"] = status, answered
    async with provider_of(router) as (provider, _):
        assert await provider.end_thinking("m", "c1") is ended
    assert router.posted == [("/v1/chat/completions/control", {"id": "c1", "action": "reasoning_end", "model": "m"})]


async def test_failure_to_end_the_thinking_is_an_error() -> None:
    router = LlamaCppRouter(m="loaded")
    router.answers["POST", "/v1/chat/completions/control"] = 500, {"error": {"message": "oops"}}
    async with provider_of(router) as (provider, _):
        with pytest.raises(ProviderError, match="oops"):
            await provider.end_thinking("m", "c1")


# Events


async def test_events_that_are_not_objects_are_skipped_and_closing_disconnects() -> None:
    router = LlamaCppRouter(m="loaded")
    async with provider_of(router) as (provider, server):
        events = provider._llama_cpp.events()  # type: ignore[attr-defined]
        for event in (5, "x", {"model": "m"}):
            router.events.put_nowait(event)  # type: ignore[arg-type]
        assert await anext(events) == {"model": "m"}
        task = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        await eventually(server.requests[-1].disconnected.is_set)
