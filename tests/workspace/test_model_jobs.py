"""ModelJobs: downloads and loads that go on behind the screen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.workspace.model_servers import ListingProvider, OpenCatalog, ScriptedManager, open_catalog
from tui.chat.model_info import ModelProgress
from tui.errors import ServerFailed, ServerUnreachable, UsageError
from tui.workspace import events as happened
from tui.workspace.model_jobs import ModelJob
from tui.workspace.target import Target

A, B, C = (Target("ollama", name) for name in "abc")


def server() -> tuple[ListingProvider, ScriptedManager]:
    ollama = ListingProvider("ollama", "old")
    ollama.manager = manager = ScriptedManager(ollama)
    return ollama, manager


def states(opened: OpenCatalog) -> list[tuple[str, str]]:
    return [(job.target.model, job.state) for job in opened.jobs.jobs]


async def test_download_reports_its_progress_and_lists_the_model(tmp_path: Path) -> None:
    ollama, manager = server()
    finish = asyncio.Event()
    manager.script = [ModelProgress("pulling manifest"), ModelProgress("pulling", 410, 1000), finish]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        await opened.until(lambda: (job := opened.jobs.job(A)) and job.fraction == 0.41)
        job = opened.jobs.job(A)
        assert job is not None
        assert (job.short_text, job.text) == ("41%", "downloading 41% · 410 B of 1 kB")
        finish.set()
        await opened.until(lambda: not opened.jobs.jobs and not opened.tasks)
        assert "ollama: ollama/a" in opened.order
        assert opened.notices == ["Downloaded a."]
        assert manager.closed == 1


async def test_two_downloads_run_at_once_and_others_wait(tmp_path: Path) -> None:
    ollama, manager = server()
    finish = asyncio.Event()
    manager.script = [finish]
    async with open_catalog(tmp_path, ollama) as opened:
        for target in (A, B, C):
            opened.jobs.pull(target)
        await opened.until(lambda: len(manager.calls) == 2)
        assert states(opened) == [("a", "running"), ("b", "running"), ("c", "waiting")]
        assert opened.jobs.jobs[2].text == "waiting for another download (at most 2 run at a time)"
        # A load does not wait for them.
        opened.jobs.load(Target("ollama", "old"), 8192)
        await opened.until(lambda: ("load", "old", 8192) in manager.calls)
        opened.jobs.stop(A)
        await opened.until(lambda: ("pull", "c") in manager.calls)
        finish.set()
        await opened.until(lambda: states(opened) == [("a", "stopped")])


async def test_stopped_download_closes_its_stream_and_continues_when_pulled_again(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.script = [ModelProgress("pulling", 1, 2), asyncio.Event()]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        await opened.until(lambda: opened.jobs.jobs[0].progress)
        assert opened.jobs.stop(A)
        await opened.until(lambda: manager.closed == 1)
        assert states(opened) == [("a", "stopped")]
        assert "continues where it was" in opened.jobs.jobs[0].text
        manager.script = []
        opened.jobs.pull(A)
        await opened.until(lambda: not opened.jobs.jobs)
        assert manager.calls == [("pull", "a"), ("pull", "a")]


async def test_download_that_cannot_be_stopped_is_no_longer_followed(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.can_stop_pulls = False
    manager.script = [ModelProgress("pulling", 1, 2), asyncio.Event()]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        await opened.until(lambda: opened.jobs.jobs[0].progress)
        assert opened.jobs.stop(A)
        await opened.until(lambda: manager.closed == 1)
        assert states(opened) == [("a", "unfollowed")]
        assert opened.jobs.jobs[0].short_text == "continues"
        assert "cannot be stopped" in opened.jobs.jobs[0].text
        assert opened.jobs.stop(A)
        assert opened.jobs.jobs == ()


async def test_stopping_before_the_first_step_leaves_nothing_running(tmp_path: Path) -> None:
    ollama, manager = server()
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.load(A)
        assert opened.jobs.stop(A)
        assert not opened.jobs.stop(A)
        await opened.until(lambda: not opened.tasks)
        assert (manager.calls, opened.jobs.jobs) == ([], ())


async def test_failed_download_stays_listed_until_it_is_dismissed(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.script = [ModelProgress("pulling", 1, 2), ServerFailed("no space left on device", hint="Free some.")]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        await opened.until(lambda: states(opened) == [("a", "failed")])
        assert opened.jobs.jobs[0].text == "failed: no space left on device"
        assert opened.errors == ["no space left on device"]
        assert opened.jobs.stop(A)
        assert opened.jobs.jobs == ()


async def test_model_has_one_job_at_a_time(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.script = [asyncio.Event()]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        opened.jobs.delete(A)
        assert opened.notices == ["a: already downloading."]
        assert [job.action for job in opened.jobs.jobs] == ["pull"]


async def test_deleting_and_unloading_ask_for_the_list_again(tmp_path: Path) -> None:
    ollama, manager = server()
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.unload(Target("ollama", "old"))
        await opened.until(lambda: not opened.jobs.jobs and not opened.tasks)
        opened.jobs.delete(Target("ollama", "old"))
        await opened.until(lambda: not opened.jobs.jobs and not opened.tasks)
        assert manager.calls == [("unload", "old"), ("delete", "old")]
        assert opened.notices == ["Unloaded old.", "Deleted old."]
        assert opened.order == []
        assert ollama.listed == 2


async def test_server_without_management_is_explained(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ListingProvider("ollama", "a")) as opened:
        opened.jobs.pull(A)
        await opened.until(lambda: states(opened) == [("a", "failed")])
        error = opened.jobs.jobs[0].error
        assert isinstance(error, UsageError)
        assert str(error) == "ollama cannot download models: its server has no interface for it."
        assert error.hint == "Ollama, LM Studio and llama.cpp's router can do that."


async def test_missing_action_names_what_the_server_can_do(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a")
    ollama.manager = ScriptedManager(ollama, "load", "unload")
    async with open_catalog(tmp_path, ollama) as opened:
        with pytest.raises(UsageError, match="cannot delete models") as raised:
            await opened.jobs.require("ollama", "delete")
        assert raised.value.hint == "Its server can: load, unload."


async def test_failing_unload_is_reported(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.failure = ServerUnreachable("gone")
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.unload(A)
        await opened.until(lambda: opened.errors == ["gone"])
        assert states(opened) == [("a", "failed")]


async def test_model_is_copied(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.actions = frozenset({"copy"})
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.copy(Target("ollama", "old"), "mine")
        await opened.until(lambda: "ollama: ollama/mine" in opened.order)
        assert manager.calls == [("copy", "old", "mine")]
        assert opened.notices == ["Copied old to mine."]


async def test_closing_stops_all_downloads(tmp_path: Path) -> None:
    ollama, manager = server()
    manager.script = [ModelProgress("pulling"), asyncio.Event()]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        opened.jobs.pull(B)
        await opened.until(lambda: all(job.progress for job in opened.jobs.jobs))
        await opened.jobs.close()
        assert manager.closed == 2


async def test_many_reports_become_few_events(tmp_path: Path) -> None:
    ollama, manager = server()
    finish = asyncio.Event()
    manager.script = [*(ModelProgress("pulling", done, 1000) for done in range(1000)), finish]
    async with open_catalog(tmp_path, ollama) as opened:
        opened.jobs.pull(A)
        await opened.until(lambda: opened.jobs.jobs[0].fraction == 0.999)
        assert opened.jobs.jobs[0].short_text == "99%"
        # The last one is reported too, after a pause.
        await opened.until(lambda: not opened.jobs._has_news)
        assert len([event for event in opened.seen if isinstance(event, happened.ModelJobsChanged)]) < 100


@pytest.mark.parametrize(
    ("progress", "short", "text"),
    [
        (None, "downloading", "downloading"),
        (ModelProgress("verifying\x1b"), "downloading", "downloading · verifying␛"),
        (ModelProgress("x", fraction=0.5), "50%", "downloading 50% · x"),
        (ModelProgress("x", 3, 2), "100%", "downloading 100% · 3 B of 2 B"),
        (ModelProgress("x", 3, 0), "downloading", "downloading · x"),
        (ModelProgress("downloading"), "downloading", "downloading"),
    ],
)
def test_progress_as_text(progress: ModelProgress | None, short: str, text: str) -> None:
    job = ModelJob(A, "pull", "running", progress)
    assert (job.short_text, job.text) == (short, text)
