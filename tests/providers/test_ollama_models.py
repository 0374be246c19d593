"""Downloading, deleting, copying, loading and unloading the models of an Ollama server, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fake_ollama import FakeOllama, Layer, running_ollama
from tests.fault_server import (
    JSON,
    Connection,
    FaultServer,
    Script,
    cuts_after,
    eventually,
    hangs,
    hangs_after,
    replies,
    resets_after,
    streams,
)
from tests.providers.bodies import PROFILE, ndjson
from tests.providers.client import LONG_LIMITS, collect_progress, provider_at
from tests.providers.exchange import assert_readable
from tests.providers.fake_clock import FakeClock
from tui.chat.model_info import ModelProgress
from tui.errors import (
    FirstTokenTimedOut,
    IdleTimedOut,
    ModelNotFound,
    ProtocolBroken,
    ProviderError,
    RequestRefused,
    StreamBroken,
    StreamInterrupted,
)
from tui.limits import TimeLimits
from tui.providers.base import ModelManager
from tui.providers.ollama_models import PullReader

WEIGHTS, TEMPLATE = "sha256:aaaaaaaaaaaaaaaa", "sha256:bbbbbbbbbbbbbbbb"


@contextlib.asynccontextmanager
async def manager_at(server: FaultServer, **options: Any) -> AsyncIterator[ModelManager]:
    """The manager of a server's models."""
    async with provider_at("ollama", server, **options) as provider:
        manager = await provider.model_manager()
        assert manager is not None
        yield manager


async def pull_from(*scripts: Script, **options: Any) -> tuple[list[ModelProgress], ProviderError | None]:
    """The reports of a pull from a server with these scripts, and its error."""
    reports: list[ModelProgress] = []
    async with FaultServer(*scripts) as server, manager_at(server, **options) as manager:
        try:
            await collect_progress(manager.pull("m"), reports)
        except ProviderError as error:
            assert_readable(error)
            return reports, error
    return reports, None


# Downloads


def in_catalogue(**fields: Any) -> FakeOllama:
    """A server from which `llama` can be downloaded, in two layers of 2,500 and 300 bytes."""
    return FakeOllama(catalogue={"llama": [Layer(WEIGHTS, 2_500), Layer(TEMPLATE, 300)]}, **fields)


def counts(reports: list[ModelProgress]) -> list[tuple[int | None, int | None]]:
    return [(report.done_bytes, report.total_bytes) for report in reports]


async def test_progress_is_the_sum_of_the_layers_to_the_byte() -> None:
    async with running_ollama(in_catalogue()) as server, manager_at(server) as manager:
        reports = await collect_progress(manager.pull("llama"))

    assert counts(reports) == [
        (None, None),
        (0, 2_500),
        (1_000, 2_500),
        (2_000, 2_500),
        (2_500, 2_500),
        (2_500, 2_800),
        (2_800, 2_800),
        (2_800, 2_800),
        (2_800, 2_800),
        (2_800, 2_800),
    ]
    assert [report.status for report in reports[-3:]] == ["verifying sha256 digest", "writing manifest", "success"]
    assert [report.fraction for report in reports[:3]] == [None, 0.0, 0.4]
    assert reports[-1].fraction == 1.0
    assert server.requests[0].json == {"model": "llama", "stream": True}


async def test_slow_download_is_reported_as_it_arrives() -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(0))
    reports: list[ModelProgress] = []
    async with running_ollama(fake) as server, manager_at(server) as manager:
        pulling = asyncio.ensure_future(collect_progress(manager.pull("llama"), reports))
        for done in (1_000, 2_000, 2_500):
            before = len(reports)
            fake.allow_steps(1)
            await eventually(lambda before=before: len(reports) > max(before, 2))  # type: ignore[misc]
            await eventually(lambda done=done: reports[-1].done_bytes == done)  # type: ignore[misc]
        fake.allow_steps(1)
        await pulling
    assert reports[-1].status == "success"


async def test_download_that_was_cut_continues_with_the_next_pull() -> None:
    fake = in_catalogue(cut_after=2)
    reports: list[ModelProgress] = []
    async with running_ollama(fake) as server, manager_at(server) as manager:
        with pytest.raises(StreamInterrupted) as cut:
            await collect_progress(manager.pull("llama"), reports)
        again = await collect_progress(manager.pull("llama"))

    assert "continues where it stopped" in cut.value.hint
    assert reports[-1].done_bytes == 2_000
    assert counts(again)[1:3] == [(2_000, 2_500), (2_500, 2_500)]
    assert "llama" in fake.shown


async def test_closing_the_stream_stops_the_download() -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(1))
    async with running_ollama(fake) as server, manager_at(server) as manager:
        async with contextlib.aclosing(manager.pull("llama")) as reports:
            async for report in reports:
                if report.done_bytes:
                    break
        await server.requests[0].disconnected.wait()
        fake.allow_steps(2)
        await eventually(lambda: fake.pulls == 0)
    assert "llama" not in fake.shown


async def test_full_disk_is_reported_with_what_to_do() -> None:
    fake = in_catalogue(disk_bytes=1_500)
    reports: list[ModelProgress] = []
    async with running_ollama(fake) as server, manager_at(server) as manager:
        with pytest.raises(StreamBroken, match="no space left on device") as full:
            await collect_progress(manager.pull("llama"), reports)
        fake.disk_bytes = 10_000
        again = await collect_progress(manager.pull("llama"))

    assert reports[-1].done_bytes == 1_000
    assert "Free disk space" in full.value.hint
    assert counts(again)[1] == (1_000, 2_500)


async def test_unknown_name_is_a_model_that_was_not_found() -> None:
    async with running_ollama(in_catalogue()) as server, manager_at(server) as manager:
        with pytest.raises(ModelNotFound, match="file does not exist") as unknown:
            await collect_progress(manager.pull("lama"))
    assert "Check the name" in unknown.value.hint


async def test_two_downloads_of_one_model_both_end_well() -> None:
    fake = in_catalogue(steps=asyncio.Semaphore(0))
    async with running_ollama(fake) as server, manager_at(server) as first, manager_at(server) as second:
        pulls = [asyncio.ensure_future(collect_progress(manager.pull("llama"))) for manager in (first, second)]
        await eventually(lambda: fake.pulls == 2)
        fake.allow_steps(10)
        ended = await asyncio.gather(*pulls)
    for reports in ended:
        assert counts(reports)[-1] == (2_800, 2_800)
        assert reports[-1].status == "success"


MANIFEST = {"status": "pulling manifest"}
SUCCESS = {"status": "success"}


def layer(completed: int, total: int = 100, digest: str = WEIGHTS) -> dict[str, object]:
    return {"status": "pulling aaaa", "digest": digest, "total": total, "completed": completed}


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (cuts_after(ndjson(MANIFEST, layer(50))), StreamInterrupted, "closed the connection"),
        (resets_after(ndjson(MANIFEST)), StreamInterrupted, "closed the connection"),
        (streams(ndjson(MANIFEST, layer(100))), StreamInterrupted, "before the download was complete"),
        (streams(ndjson(MANIFEST) + b'{"status":"succ'), StreamInterrupted, "before the download was complete"),
        (streams(b""), StreamInterrupted, "before the download was complete"),
        (streams(ndjson(MANIFEST, {"error": "max retries exceeded: EOF"})), StreamBroken, "max retries exceeded"),
        (streams(ndjson(MANIFEST) + b'{"error":"max retries exceeded"}'), StreamBroken, "max retries exceeded"),
        (cuts_after(ndjson(MANIFEST) + b'{"error":"max retries exceeded"}'), StreamBroken, "max retries exceeded"),
        (streams(b"nonsense\n"), ProtocolBroken, "invalid JSON"),
        (streams(b"nonsense"), ProtocolBroken, "invalid JSON"),
        (cuts_after(ndjson(MANIFEST) + b"nonsen"), StreamInterrupted, "closed the connection"),
        (streams(b"<html><title>Log in</title></html>\n"), ProtocolBroken, "web page"),
        (replies(400, b'{"error":"invalid model name"}', JSON), ModelNotFound, "invalid model name"),
        (replies(500, b'{"error":"sorry"}', JSON), ProviderError, "sorry"),
        (streams(ndjson({"error": "unauthorized: access denied"})), ModelNotFound, "access denied"),
    ],
)
async def test_download_that_fails_says_why(script: Script, error: type[ProviderError], words: str) -> None:
    _, failed = await pull_from(script)

    assert isinstance(failed, error)
    assert words in str(failed)
    if isinstance(failed, StreamInterrupted | StreamBroken):
        assert "continues where it stopped" in failed.hint


async def test_too_old_server_is_to_be_updated() -> None:
    _, failed = await pull_from(streams(ndjson({"error": "412: this model requires a newer version of Ollama"})))

    assert failed is not None
    assert failed.hint == "Update Ollama on the server."


async def test_success_without_line_end_or_layers_is_a_success() -> None:
    for body in (ndjson(SUCCESS), ndjson(SUCCESS).strip()):
        reports, failed = await pull_from(streams(body))
        assert (reports, failed) == ([ModelProgress("success", fraction=1.0)], None)


async def test_what_follows_the_success_is_not_awaited() -> None:
    reports, failed = await pull_from(hangs_after(ndjson(layer(100), SUCCESS)))

    assert failed is None
    assert reports[-1] == ModelProgress("success", 100, 100, 1.0)


def test_layers_reported_in_turns_are_added() -> None:
    reader = PullReader(PROFILE, 1 << 20)
    other = layer(0, 50, TEMPLATE)
    del other["completed"]
    events = [layer(10), other, layer(30), layer(20, 50, TEMPLATE), layer(15), {"status": "verifying", "digest": "x"}]

    reports = list(reader.feed(ndjson(*events)))

    # Ollama downloads a part again after an error: the count falls back.
    assert [report.done_bytes for report in reports] == [10, 10, 30, 50, 35, 35]
    assert [report.total_bytes for report in reports] == [100, 150, 150, 150, 150, 150]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (layer(500), ModelProgress("pulling aaaa", 100, 100, 1.0)),
        (layer(0, 0), ModelProgress("pulling aaaa", 0, 0, None)),
        (layer(5, -1), ModelProgress("pulling aaaa")),
        ({"status": 5, "digest": 5, "total": "x", "completed": []}, ModelProgress("")),
        ({"status": "pulling", "digest": "d", "total": 10, "completed": "5"}, ModelProgress("pulling", 0, 10, 0.0)),
    ],
)
def test_malformed_reports_do_no_harm(event: dict[str, object], expected: ModelProgress) -> None:
    assert list(PullReader(PROFILE, 1 << 20).feed(ndjson(event))) == [expected]


def test_reader_takes_the_body_in_any_pieces() -> None:
    body = ndjson(MANIFEST, layer(50), layer(100), SUCCESS)
    whole = list(PullReader(PROFILE, 1 << 20).feed(body))
    reader = PullReader(PROFILE, 1 << 20)

    assert [report for at in range(len(body)) for report in reader.feed(body[at : at + 1])] == whole
    assert reader.finished


@pytest.mark.parametrize(
    ("script", "error"), [(hangs, FirstTokenTimedOut), (hangs_after(ndjson(MANIFEST, layer(5))), IdleTimedOut)]
)
async def test_silence_may_last_as_long_as_the_first_token(
    script: Script, error: type[ProviderError], time: FakeClock
) -> None:
    limits = TimeLimits(connect=5, first_token=300, idle=60, total=90)
    async with FaultServer(script) as server, manager_at(server, limits=limits) as manager:
        pulling = asyncio.ensure_future(collect_progress(manager.pull("m")))
        await server.wait_for_requests(1)
        await asyncio.sleep(0.05)
        await time.pass_by(299)
        assert not pulling.done()
        await time.pass_by(2)
        with pytest.raises(error, match="sent nothing for 300 s") as silent:
            await pulling
    assert_readable(silent.value)


# Everything else


def with_llama(**fields: Any) -> FakeOllama:
    return FakeOllama(shown={"llama:latest": {"capabilities": ["completion"]}}, **fields)


async def test_all_actions_are_offered() -> None:
    async with running_ollama(with_llama()) as server, manager_at(server) as manager:
        assert manager.actions == {"pull", "delete", "copy", "load", "unload"}
    async with provider_at("demo", "127.0.0.1:1") as demo:
        assert await demo.model_manager() is None


async def test_model_is_copied_and_deleted() -> None:
    fake = with_llama()
    async with running_ollama(fake) as server, manager_at(server) as manager:
        await manager.copy("llama:latest", "mine")
        assert set(fake.shown) == {"llama:latest", "mine"}
        await manager.delete("llama:latest")
    assert set(fake.shown) == {"mine"}


async def test_managing_a_missing_model_is_reported() -> None:
    async with running_ollama(with_llama()) as server, manager_at(server) as manager:
        for attempt in (
            manager.delete("gone"),
            manager.copy("gone", "x"),
            manager.unload("gone"),
            collect_progress(manager.load("gone")),
        ):
            with pytest.raises(ModelNotFound, match="'gone' not found"):
                await attempt


async def test_model_is_loaded_with_a_context_and_unloaded() -> None:
    fake = with_llama()
    async with running_ollama(fake) as server, provider_at("ollama", server) as provider:
        manager = await provider.model_manager()
        assert manager is not None
        reports = await collect_progress(manager.load("llama:latest", 8192))
        (loaded,) = await provider.list_models()
        assert await manager.unload("llama:latest") is True
        (unloaded,) = await provider.list_models()
        assert await manager.unload("llama:latest") is False

    assert reports == [ModelProgress("loading"), ModelProgress("loaded", fraction=1.0)]
    assert (loaded.loaded, loaded.loaded_context_length, loaded.gpu_fraction) == (True, 8192, 0.25)
    assert unloaded.loaded is False


@pytest.mark.parametrize(
    ("keep_alive", "sent"), [(None, {}), ("10m", {"keep_alive": "10m"}), (-1, {"keep_alive": -1}), (0, {}), ("0s", {})]
)
async def test_loading_never_unloads(keep_alive: str | int | None, sent: dict[str, object]) -> None:
    async with running_ollama(with_llama()) as server, manager_at(server, keep_alive=keep_alive) as manager:
        await collect_progress(manager.load("llama:latest"))
    assert server.requests[0].json == {"model": "llama:latest", "messages": [], "stream": False} | sent


async def test_server_that_does_not_tell_what_is_loaded_unloads_all_the_same() -> None:
    async def serve(connection: Connection) -> None:
        is_list = connection.request.target == "/api/ps"
        await replies(404 if is_list else 200, b"{}", JSON)(connection)

    async with FaultServer(serve) as server, manager_at(server) as manager:
        assert await manager.unload("llama") is True


async def test_error_in_a_successful_response_is_an_error() -> None:
    async with FaultServer(replies(200, b'{"error":"out of memory"}', JSON)) as server, manager_at(server) as manager:
        with pytest.raises(StreamBroken, match="out of memory"):
            await collect_progress(manager.load("llama"))


async def test_cloud_model_is_neither_loaded_nor_unloaded() -> None:
    async with running_ollama(with_llama()) as server, manager_at(server) as manager:
        for attempt in (collect_progress(manager.load("glm-5:cloud")), manager.unload("glm-5:cloud")):
            with pytest.raises(RequestRefused, match="is a cloud model"):
                await attempt
    assert server.requests == []


@pytest.mark.parametrize("limits", [TimeLimits(connect=60, first_token=0, idle=60), LONG_LIMITS])
async def test_loading_waits_without_end_if_the_first_token_may(limits: TimeLimits) -> None:
    async with running_ollama(with_llama()) as server, manager_at(server, limits=limits) as manager:
        assert (await collect_progress(manager.load("llama:latest")))[-1].status == "loaded"
