"""Downloading, loading and unloading the models of an LM Studio server, on real sockets."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fake_lmstudio import FakeLMStudio, instance, row, running_lmstudio
from tests.fault_server import JSON, Connection, FaultServer, drops, replies
from tests.providers.client import collect_progress, provider_at
from tests.providers.exchange import assert_readable
from tui.chat.model_info import ModelProgress
from tui.errors import ModelNotFound, ProtocolBroken, ProviderError, RequestRefused, ServerFailed, StreamInterrupted
from tui.providers import lmstudio_models
from tui.providers.base import ModelManager

LIST = "/api/v1/models"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the progress of a download again at once."""
    monkeypatch.setattr(lmstudio_models, "_POLL_S", 0.0)


@contextlib.asynccontextmanager
async def manager_at(server: FaultServer) -> AsyncIterator[ModelManager]:
    """The manager of a server's models."""
    async with provider_at("lmstudio", server) as provider:
        manager = await provider.model_manager()
        assert manager is not None
        yield manager


def job(status: str, done: int, total: int = 1_000) -> dict[str, Any]:
    """The state of a download."""
    return {"job_id": "job/1", "status": status, "downloaded_bytes": done, "total_size_bytes": total}


async def test_download_is_followed_to_its_end_to_the_byte() -> None:
    jobs = [job("downloading", 1), job("downloading", 999), job("paused", 999), job("completed", 1_000)]
    async with running_lmstudio(FakeLMStudio([], jobs=jobs)) as server, manager_at(server) as manager:
        reports = await collect_progress(manager.pull("qwen"))

    assert reports == [
        ModelProgress("downloading", 1, 1_000, 0.001),
        ModelProgress("downloading", 999, 1_000, 0.999),
        ModelProgress("paused", 999, 1_000, 0.999),
        ModelProgress("completed", 1_000, 1_000, 1.0),
    ]
    _, start, *polls = server.requests
    assert (start.target, start.json) == (f"{LIST}/download", {"model": "qwen"})
    assert {poll.target for poll in polls} == {f"{LIST}/download/status/job%2F1"}


async def test_model_that_is_there_needs_no_download() -> None:
    fake = FakeLMStudio([], jobs=[{"status": "already_downloaded"}])
    async with running_lmstudio(fake) as server, manager_at(server) as manager:
        assert await collect_progress(manager.pull("qwen")) == [ModelProgress("already downloaded", fraction=1.0)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (job("downloading", 5_000), ModelProgress("downloading", 1_000, 1_000, 1.0)),
        (job("downloading", 5, 0), ModelProgress("downloading", 5, 0, None)),
        ({"job_id": "j", "status": "downloading"}, ModelProgress("downloading")),
        ({"job_id": "j", "status": "downloading", "total_size_bytes": 9}, ModelProgress("downloading", None, 9)),
    ],
)
async def test_odd_counts_of_a_download_do_no_harm(state: dict[str, Any], expected: ModelProgress) -> None:
    fake = FakeLMStudio([], jobs=[state, job("completed", 1_000)])
    async with running_lmstudio(fake) as server, manager_at(server) as manager:
        assert (await collect_progress(manager.pull("qwen")))[0] == expected


@pytest.mark.parametrize(
    ("states", "error", "words"),
    [
        ([job("downloading", 1), job("failed", 5)], ServerFailed, "could not download"),
        ([job("failed", 0)], ServerFailed, "could not download"),
        ([job("waiting", 0)], ProtocolBroken, "unknown state of a download: waiting"),
        ([{}], ProtocolBroken, "unknown state of a download: none"),
        ([{"status": "downloading"}], ProtocolBroken, "unknown state"),
    ],
)
async def test_download_that_fails_is_reported(
    states: list[dict[str, Any]], error: type[ProviderError], words: str
) -> None:
    async with running_lmstudio(FakeLMStudio([], jobs=states)) as server, manager_at(server) as manager:
        with pytest.raises(error, match=words) as failed:
            await collect_progress(manager.pull("qwen"))
    assert_readable(failed.value)


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [(404, "Model not found: lama", ModelNotFound), (400, "Invalid link: lama", RequestRefused)],
)
async def test_unknown_name_to_download_is_reported(status: int, words: str, error: type[ProviderError]) -> None:
    refused = replies(status, json.dumps({"error": {"message": words, "type": "invalid_request"}}).encode(), JSON)
    fake = FakeLMStudio([])

    async def serve(connection: Connection) -> None:
        await (refused if connection.request.method == "POST" else fake.serve)(connection)

    async with FaultServer(serve) as server, manager_at(server) as manager:
        with pytest.raises(error, match=words) as unknown:
            await collect_progress(manager.pull("lama"))
    assert "Check the name" in unknown.value.hint


@pytest.mark.parametrize("is_gone", [False, True])
async def test_server_lost_during_a_download_is_an_interruption(is_gone: bool) -> None:
    fake = FakeLMStudio([], jobs=[job("downloading", 1), job("downloading", 2)])

    async def serve(connection: Connection) -> None:
        if "status" in connection.request.target and len(fake.jobs) < 2:
            await drops(connection)
        else:
            await fake.serve(connection)

    async with FaultServer(serve) as server, manager_at(server) as manager:
        reports = manager.pull("qwen")
        await anext(reports)
        if is_gone:
            server._listening.close()
            for connection in server.connections:
                connection.close()
        with pytest.raises(StreamInterrupted) as lost:
            await anext(reports)
    assert "Pull the model again" in lost.value.hint


async def test_model_is_loaded_with_a_context_and_unloaded() -> None:
    fake = FakeLMStudio([row("a")])
    async with running_lmstudio(fake) as server, manager_at(server) as manager:
        assert await collect_progress(manager.load("a", 8192)) == [
            ModelProgress("loading"),
            ModelProgress("loaded", fraction=1.0),
        ]
        assert fake.rows[0]["loaded_instances"] == [instance("a", 8192)]
        await manager.unload("a")
    assert fake.rows[0]["loaded_instances"] == []


@pytest.mark.parametrize("context", [0, 4096])
async def test_loaded_model_is_not_loaded_once_more(context: int) -> None:
    fake = FakeLMStudio([row("a", instance("a", 4096))])
    async with running_lmstudio(fake) as server, manager_at(server) as manager:
        assert await collect_progress(manager.load("a", context)) == [ModelProgress("already loaded", fraction=1.0)]
    assert fake.rows[0]["loaded_instances"] == [instance("a", 4096)]


async def test_another_context_replaces_the_loaded_instances() -> None:
    fake = FakeLMStudio([row("a", instance("a", 4096), instance("a:2", 512))])
    async with running_lmstudio(fake) as server, manager_at(server) as manager:
        await collect_progress(manager.load("a", 8192))
    assert fake.rows[0]["loaded_instances"] == [instance("a", 8192)]


async def test_unloading_takes_all_instances_or_the_named_one() -> None:
    fake = FakeLMStudio([row("a", instance("a", 4096), instance("a:2", 512), instance("mine", 512))])
    async with running_lmstudio(fake) as server, manager_at(server) as manager:
        assert await manager.unload("a:2") is True
        assert fake.rows[0]["loaded_instances"] == [instance("a", 4096), instance("mine", 512)]
        await manager.unload("a")
        assert fake.rows[0]["loaded_instances"] == []
        assert await manager.unload("a") is False


async def test_missing_model_is_neither_loaded_nor_unloaded() -> None:
    async with running_lmstudio(FakeLMStudio([row("a")])) as server, manager_at(server) as manager:
        for attempt in (collect_progress(manager.load("gone")), manager.unload("gone")):
            with pytest.raises(ModelNotFound, match="has no model gone") as missing:
                await attempt
            assert "lms get gone" in missing.value.hint


async def test_deleting_and_copying_are_not_offered() -> None:
    async with running_lmstudio(FakeLMStudio([row("a")])) as server, manager_at(server) as manager:
        assert manager.actions == {"pull", "load", "unload"}
        for attempt in (manager.delete("a"), manager.copy("a", "b")):
            with pytest.raises(RequestRefused, match="LM Studio's API cannot do that"):
                await attempt
