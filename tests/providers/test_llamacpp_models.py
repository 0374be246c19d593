"""LlamaCppModels: managing the models of a llama.cpp router, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fault_server import FaultServer, eventually, no_leaked_tasks
from tests.providers.client import provider_at
from tests.providers.llamacpp_router import LlamaCppRouter, progress
from tui.chat.model_info import ModelProgress
from tui.errors import ProviderError, RequestRefused, ServerFailed
from tui.providers import llamacpp_models
from tui.providers.base import ModelManager

URL = "https://host/m.gguf"


@contextlib.asynccontextmanager
async def manager_of(router: LlamaCppRouter, kind: str = "llamacpp") -> AsyncIterator[ModelManager]:
    async with no_leaked_tasks(), FaultServer(router.script) as server, provider_at(kind, server) as provider:
        manager = await provider.model_manager()
        assert manager is not None
        yield manager


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp_models, "_LOOK_S", 0.01)


def download(model: str, data: Any, event: str = "download_progress") -> dict[str, Any]:
    return {"model": model, "event": event, "data": data}


@pytest.mark.parametrize("kind", ["llamacpp", "openai"])
async def test_router_is_managed_by_either_provider_type(kind: str) -> None:
    async with manager_of(LlamaCppRouter(m="unloaded"), kind) as manager:
        assert manager.actions == {"pull", "delete", "load", "unload"}


@pytest.mark.parametrize("kind", ["llamacpp", "openai"])
async def test_server_with_one_model_has_nothing_to_manage(kind: str) -> None:
    router = LlamaCppRouter()
    router.answers["GET", "/v1/models"] = 200, {"data": [{"id": "m", "owned_by": "llamacpp"}]}
    async with FaultServer(router.script) as server, provider_at(kind, server) as provider:
        await provider.list_models()
        assert await provider.model_manager() is None
        assert len(server.requests) == 1


# Loading


async def test_load_reports_progress_until_the_model_is_loaded() -> None:
    router = LlamaCppRouter(m="unloaded", other="loaded")
    reports: list[ModelProgress] = []
    async with manager_of(router) as manager, contextlib.aclosing(manager.load("m")) as stream:
        reports.append(await anext(stream))
        router.set_state("m", "loading")
        router.events.put_nowait(progress("other", 0.9))
        router.events.put_nowait({"model": "m", "event": "model_status", "data": {"status": "loading"}})
        router.events.put_nowait(progress("m", 0.5))
        reports.append(await anext(stream))
        router.set_state("m", "loaded")
        reports += [report async for report in stream]

    assert reports == [
        ModelProgress("loading"),
        ModelProgress("loading", fraction=0.5),
        ModelProgress("loaded", fraction=1.0),
    ]
    assert router.posted == [("/models/load", {"model": "m"})]


async def test_load_ends_at_an_event_without_waiting_for_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp_models, "_LOOK_S", 600.0)
    router = LlamaCppRouter(m="loading")
    async with manager_of(router) as manager, contextlib.aclosing(manager.load("m")) as stream:
        await anext(stream)
        router.set_state("m", "loaded")
        router.events.put_nowait({"model": "m", "event": "status_change", "data": {"status": "loaded"}})
        assert [report async for report in stream] == [ModelProgress("loaded", fraction=1.0)]


@pytest.mark.parametrize("ends", ["never there", "ends early"])
async def test_load_is_followed_by_the_list_alone_without_events(ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than the events take to end.
    monkeypatch.setattr(llamacpp_models, "_LOOK_S", 0.3)
    router = LlamaCppRouter(m="loading")
    router.has_events = ends == "ends early"
    router.events.put_nowait(None)
    async with manager_of(router) as manager, contextlib.aclosing(manager.load("m")) as stream:
        await anext(stream)
        router.set_state("m", "sleeping")
        assert [report async for report in stream] == [ModelProgress("loaded", fraction=1.0)]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            {"value": "unloaded", "failed": True, "exit_code": 1},
            "load m: its process ended with exit code 1.",
        ),
        ({"value": "unloaded"}, "load m."),
    ],
)
async def test_failed_load_names_the_exit_code_if_known(status: dict[str, Any], message: str) -> None:
    router = LlamaCppRouter(m="loading")
    async with manager_of(router) as manager, contextlib.aclosing(manager.load("m")) as stream:
        await anext(stream)
        router.rows["m"] = status
        with pytest.raises(ServerFailed, match=f"mine could not {message}") as failed:
            await anext(stream)
    assert not failed.value.is_transient


async def test_refused_load_is_an_error_before_any_report() -> None:
    router = LlamaCppRouter(m="unloaded")
    router.answers["POST", "/models/load"] = 400, {"error": {"message": "model is already running"}}
    async with manager_of(router) as manager:
        with pytest.raises(RequestRefused, match="already running"):
            await anext(manager.load("m"))


@pytest.mark.parametrize("state", ["loaded", "sleeping"])
async def test_model_that_is_in_memory_is_not_loaded_again(state: str) -> None:
    router = LlamaCppRouter(m=state)
    async with manager_of(router) as manager:
        assert [report async for report in manager.load("m")] == [ModelProgress("already loaded", fraction=1.0)]
    assert router.posted == []


async def test_load_follows_one_that_a_request_began() -> None:
    router = LlamaCppRouter(m="loading")
    async with manager_of(router) as manager, contextlib.aclosing(manager.load("m")) as stream:
        assert await anext(stream) == ModelProgress("loading")
        router.set_state("m", "loaded")
        assert [report async for report in stream] == [ModelProgress("loaded", fraction=1.0)]
    assert router.posted == []


async def test_model_that_is_not_in_memory_is_not_unloaded() -> None:
    router = LlamaCppRouter(m="unloaded")
    async with manager_of(router) as manager:
        assert await manager.unload("m") is False
    assert router.posted == []


async def test_load_with_a_context_length_is_refused_without_a_request() -> None:
    router = LlamaCppRouter(m="unloaded")
    async with manager_of(router) as manager:
        with pytest.raises(RequestRefused, match="cannot choose the context") as refused:
            await anext(manager.load("m", 4096))
    assert "-c LENGTH" in refused.value.hint
    assert router.posted == []


async def test_unload_waits_until_the_memory_is_free() -> None:
    router = LlamaCppRouter(m="loaded")
    async with manager_of(router) as manager:

        async def free_later() -> None:
            await eventually(lambda: router.lists > 3)
            router.set_state("m", "unloaded")

        await asyncio.gather(manager.unload("m"), free_later())
    assert router.posted == [("/models/unload", {"model": "m"})]


# Downloads and files


async def test_pull_reports_the_bytes_of_all_files() -> None:
    router = LlamaCppRouter()
    reports: list[ModelProgress] = []
    async with manager_of_empty(router) as manager, contextlib.aclosing(manager.pull("o/m-GGUF")) as stream:
        reports.append(await anext(stream))
        router.set_state("o/m-GGUF", "downloading")
        router.events.put_nowait(download("o/m-GGUF", {"status": "downloading"}, "model_status"))
        router.events.put_nowait(download("o/m-GGUF", {"progress": {URL: {"done": 3, "total": 10}}}))
        router.events.put_nowait(download("o/m-GGUF", {URL: {"done": 5, "total": 10}, "b": {"done": 5, "total": 10}}))
        router.events.put_nowait(download("o/m-GGUF", {URL: {"done": 7}, "b": "odd"}))
        reports += [await anext(stream) for _ in range(3)]
        del router.rows["o/m-GGUF"]
        router.set_state("o/m-GGUF:Q4_K_M", "unloaded")
        router.events.put_nowait(download("o/m-GGUF", None, "download_finished"))
        reports += [report async for report in stream]

    assert reports == [
        ModelProgress("downloading"),
        ModelProgress("downloading", 3, 10, 0.3),
        ModelProgress("downloading", 10, 20, 0.5),
        ModelProgress("downloading", 7, None, None),
        ModelProgress("success", fraction=1.0),
    ]
    assert router.posted == [("/models", {"model": "o/m-GGUF"})]


@contextlib.asynccontextmanager
async def manager_of_empty(router: LlamaCppRouter) -> AsyncIterator[ModelManager]:
    """A manager for a router whose other models do not matter."""
    router.set_state("other", "unloaded")
    async with manager_of(router) as manager:
        yield manager


async def test_pull_follows_a_download_that_runs_already() -> None:
    router = LlamaCppRouter(m="downloading")
    async with manager_of(router) as manager, contextlib.aclosing(manager.pull("m")) as stream:
        assert await anext(stream) == ModelProgress("downloading")
        router.set_state("m", "unloaded")
        assert [report async for report in stream] == [ModelProgress("success", fraction=1.0)]
    assert router.posted == []


async def test_download_without_a_result_is_a_failure() -> None:
    router = LlamaCppRouter(m="downloading", other="unloaded")
    async with manager_of(router) as manager, contextlib.aclosing(manager.pull("m")) as stream:
        await anext(stream)
        del router.rows["m"]
        with pytest.raises(ServerFailed, match="mine has no model m after the download"):
            await anext(stream)
    assert router.posted == []


async def test_failed_download_is_a_failure_and_is_not_stopped() -> None:
    router = LlamaCppRouter(m="downloading")
    async with manager_of(router) as manager, contextlib.aclosing(manager.pull("m")) as stream:
        await anext(stream)
        router.events.put_nowait(download("m", None, "download_failed"))
        with pytest.raises(ServerFailed, match="mine could not download m"):
            await anext(stream)
    assert router.posted == []


@pytest.mark.parametrize("refuses", [False, True])
async def test_closing_the_stream_stops_the_download(refuses: bool) -> None:
    router = LlamaCppRouter(m="downloading")
    if refuses:
        router.answers["POST", "/models/unload"] = 400, {"error": {"message": "model is not running"}}
    async with manager_of(router) as manager, contextlib.aclosing(manager.pull("m")) as stream:
        await anext(stream)
    assert router.posted == [("/models/unload", {"model": "m"})]


async def test_refused_pull_is_an_error_and_stops_nothing() -> None:
    router = LlamaCppRouter(m="unloaded")
    router.answers["POST", "/models"] = 400, {"error": {"message": "model 'm' already exists"}}
    async with manager_of(router) as manager:
        with pytest.raises(RequestRefused, match="already exists"):
            await anext(manager.pull("m"))
    assert [path for path, _ in router.posted] == ["/models"]


async def test_delete_removes_a_downloaded_model() -> None:
    router = LlamaCppRouter(**{"o/m:Q4&x": "unloaded", "other": "unloaded"})
    async with manager_of(router) as manager:
        await manager.delete("o/m:Q4&x")
    assert set(router.rows) == {"other"}


async def test_delete_of_a_model_that_was_not_downloaded_is_explained() -> None:
    router = LlamaCppRouter(m="unloaded")
    router.more["m"] = {"can_remove": False}
    async with manager_of(router) as manager:
        with pytest.raises(RequestRefused, match="cannot delete m") as refused:
            await manager.delete("m")
    assert "folder of models" in refused.value.hint
    assert set(router.rows) == {"m"}


async def test_copy_is_refused() -> None:
    async with manager_of(LlamaCppRouter(m="unloaded")) as manager:
        with pytest.raises(ProviderError, match="cannot copy m to n"):
            await manager.copy("m", "n")
