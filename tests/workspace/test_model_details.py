"""ModelDetails: completes the rows of servers that list too little, in the background."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.workspace.model_servers import ListingProvider, open_catalog
from tui.chat.model_info import ModelInfo
from tui.errors import ServerUnreachable
from tui.workspace import events as happened
from tui.workspace import model_details
from tui.workspace.model_details import ModelDetails
from tui.workspace.target import Target

NO_LMSTUDIO = ListingProvider("lmstudio")


class ShowingProvider(ListingProvider):
    """Tells details of models that its list lacks, and notes how many are asked for at a time."""

    def __init__(self, *models: ModelInfo | str) -> None:
        super().__init__("ollama", *models)
        self.lists_details = False
        self.model_info = ModelInfo("", context_length=4_096)
        self.running = self.most_running = 0

    async def describe_model(self, model: str) -> ModelInfo:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        return await super().describe_model(model)


async def test_models_in_view_come_first_and_each_is_asked_about_once(tmp_path: Path) -> None:
    ollama = ShowingProvider(*(f"m{at}" for at in range(30)))
    view = [Target("ollama", "m20"), Target("ollama", "m21"), Target("elsewhere", "x")]
    async with open_catalog(tmp_path, ollama, NO_LMSTUDIO) as opened:
        await opened.catalog.refresh()
        details = ModelDetails(opened.catalog, lambda: view)
        await details.run()
        assert ollama.described[:2] == ["m20", "m21"]
        assert sorted(ollama.described) == sorted(f"m{at}" for at in range(30))
        assert ollama.most_running == 4
        assert all(entry.info.context_length == 4_096 for entry in opened.catalog.entries)
        await ModelDetails(opened.catalog, list).run()
        assert len(ollama.described) == 30


async def test_model_asked_about_by_two_at_once_is_asked_about_once(tmp_path: Path) -> None:
    ollama = ShowingProvider("a")
    async with open_catalog(tmp_path, ollama, NO_LMSTUDIO) as opened:
        await opened.catalog.refresh()
        both = await asyncio.gather(*(opened.catalog.describe(Target("ollama", "a")) for _ in range(2)))
        assert [info.context_length for info in both] == [4_096, 4_096]
        assert ollama.described == ["a"]


async def test_few_reports_are_made_and_the_last_has_everything(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ShowingProvider(*(f"m{at}" for at in range(100))), NO_LMSTUDIO) as opened:
        await opened.catalog.refresh()
        counts: list[int] = []
        opened.events.subscribe(
            happened.ModelsChanged,
            lambda _: counts.append(sum(bool(entry.info.context_length) for entry in opened.catalog.entries)),
        )
        await ModelDetails(opened.catalog, list).run()
        assert counts[-1] == 100
        assert len(counts) < 50


@pytest.mark.parametrize(
    "model",
    [
        ModelInfo("a", is_remote=True),
        ModelInfo("a", context_length=4_096, capabilities=frozenset({"completion"})),
    ],
)
async def test_model_that_is_remote_or_known_is_not_asked_about(tmp_path: Path, model: ModelInfo) -> None:
    ollama = ShowingProvider(model)
    async with open_catalog(tmp_path, ollama, NO_LMSTUDIO) as opened:
        await opened.catalog.refresh()
        await ModelDetails(opened.catalog, list).run()
        assert ollama.described == []


async def test_server_whose_list_says_all_is_not_asked(tmp_path: Path) -> None:
    lmstudio = ListingProvider("lmstudio", "x")
    async with open_catalog(tmp_path, ListingProvider("ollama", "a"), lmstudio) as opened:
        await opened.catalog.refresh()
        await ModelDetails(opened.catalog, list).run()
        assert lmstudio.described == []


async def test_server_that_fails_is_given_up(tmp_path: Path) -> None:
    ollama = ShowingProvider(*(f"m{at}" for at in range(50)))
    ollama.model_info = ServerUnreachable("gone")
    async with open_catalog(tmp_path, ollama, NO_LMSTUDIO) as opened:
        await opened.catalog.refresh()
        await ModelDetails(opened.catalog, list).run()
        assert 3 <= len(ollama.described) < 10
        assert opened.errors == []


async def test_number_of_requests_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_details, "_MAX_REQUESTS", 7)
    ollama = ShowingProvider(*(f"m{at}" for at in range(50)))
    async with open_catalog(tmp_path, ollama, NO_LMSTUDIO) as opened:
        await opened.catalog.refresh()
        await ModelDetails(opened.catalog, list).run()
        assert len(ollama.described) == 7
