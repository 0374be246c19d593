"""ModelCatalog: the models of all providers, as they arrive, in an order that stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.workspace.model_servers import ListingProvider, ScriptedManager, open_catalog
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.model_info import ModelAction, ModelInfo
from tui.errors import ServerUnreachable, StoreError, UsageError
from tui.store.conversations import ConversationStore
from tui.workspace.model_entry import abilities, name_order
from tui.workspace.target import Target

QWEN = Target("ollama", "qwen3:8b")


async def test_models_are_grouped_by_provider_and_sorted_by_name(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "qwen3:14b", "nomic-embed-text", "qwen3:8b", "Llama3", "qwen3:8b")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio", "a", "whisper-1")) as opened:
        await opened.catalog.refresh()
        assert opened.order == [
            "ollama: ollama/Llama3",
            "ollama: ollama/qwen3:8b",
            "ollama: ollama/qwen3:14b",
            "lmstudio: lmstudio/a",
            "Cannot chat: ollama/nomic-embed-text",
            "Cannot chat: lmstudio/whisper-1",
        ]


async def test_each_provider_is_shown_when_it_answers(tmp_path: Path) -> None:
    slow, fast = ListingProvider("ollama", "slow"), ListingProvider("lmstudio", "fast")
    slow.may_list.clear()
    async with open_catalog(tmp_path, slow, fast) as opened:
        asking = asyncio.create_task(opened.catalog.refresh())
        await opened.until(lambda: opened.order == ["lmstudio: lmstudio/fast"])
        assert [(each.name, each.is_asking) for each in opened.catalog.providers] == [
            ("ollama", True),
            ("lmstudio", False),
        ]
        assert opened.catalog.is_asking
        slow.may_list.set()
        await asking
        assert opened.order == ["ollama: ollama/slow", "lmstudio: lmstudio/fast"]
        assert not opened.catalog.is_asking


async def test_order_does_not_depend_on_what_is_loaded_or_how_the_server_lists(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a", "b", "c")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        await opened.catalog.refresh()
        before = opened.order
        ollama.models = (ModelInfo("c", loaded=True), ModelInfo("a"), ModelInfo("b", loaded=False))
        await opened.catalog.refresh()
        assert opened.order == before
        assert [entry.info.loaded for entry in opened.catalog.entries] == [None, False, True]


async def test_favourites_come_first_and_survive_a_restart(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a", "b", "c")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio", "x")) as opened:
        await opened.catalog.refresh()
        opened.catalog.toggle_favourite(Target("lmstudio", "x"))
        opened.catalog.toggle_favourite(Target("ollama", "c"))
        opened.catalog.toggle_favourite(Target("ollama", "a"))
        opened.catalog.toggle_favourite(Target("ollama", "a"))
        # Read from the store again.
        await opened.catalog.refresh()
        assert opened.order == [
            "Favourites: lmstudio/x",
            "Favourites: ollama/c",
            "ollama: ollama/a",
            "ollama: ollama/b",
        ]
        assert opened.catalog.is_favourite(Target("ollama", "c"))
        assert not opened.catalog.is_favourite(Target("ollama", "a"))


async def test_recent_models_follow_the_favourites(tmp_path: Path) -> None:
    def save(store: ConversationStore) -> None:
        for at, model in enumerate(("a", "gone", "b", "a"), 1):
            conversation = Conversation(f"c{at}", created_at=float(at), provider="ollama", model=model)
            store.add(conversation.append(ChatMessage(f"m{at}", "user", "hi", None, created_at=float(at))))

    ollama = ListingProvider("ollama", "a", "b", "c")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        await opened.runtime.conversations.call(save)
        opened.catalog.toggle_favourite(Target("ollama", "b"))
        await opened.catalog.refresh()
        assert opened.order == ["Favourites: ollama/b", "Recent: ollama/a", "ollama: ollama/c"]


async def test_recent_model_that_failed_to_load_is_not_offered_first(tmp_path: Path) -> None:
    def save(store: ConversationStore) -> None:
        conversation = Conversation("c", created_at=1.0, provider="ollama", model="broken")
        store.add(conversation.append(ChatMessage("m", "user", "hi", None, created_at=1.0)))

    ollama = ListingProvider("ollama", ModelInfo("broken", state="failed"), "a")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        await opened.runtime.conversations.call(save)
        await opened.catalog.refresh()
        assert opened.order == ["ollama: ollama/a", "ollama: ollama/broken"]


async def test_favourites_are_shown_before_the_servers_answer(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a")
    ollama.may_list.clear()
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        opened.catalog.toggle_favourite(Target("ollama", "unlisted"))
        asking = asyncio.create_task(opened.catalog.refresh())
        await opened.until(lambda: opened.order == ["Favourites: ollama/unlisted"])
        assert opened.catalog.entries[0].is_listed is None
        ollama.may_list.set()
        await asking
        # Not every server lists all its models.
        assert opened.order == ["Favourites: ollama/unlisted", "ollama: ollama/a"]
        assert [entry.is_listed for entry in opened.catalog.entries] == [False, True]


async def test_nothing_is_known_of_models_of_a_server_that_is_down(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        opened.catalog.toggle_favourite(Target("ollama", "a"))
        await opened.catalog.refresh()
        assert [entry.is_listed for entry in opened.catalog.entries] == [True]
        ollama.failure = ServerUnreachable("Connection refused.")
        await opened.catalog.refresh()
        assert [entry.is_listed for entry in opened.catalog.entries] == [None]
        assert opened.catalog.unlisted(Target("ollama", "b")).is_listed is None


async def test_unreadable_favourites_are_reported_and_models_still_listed(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ListingProvider("ollama", "a"), ListingProvider("lmstudio")) as opened:

        async def fail() -> tuple[Target, ...]:
            raise StoreError("The disk is gone.")

        opened.library.favourite_models = fail  # type: ignore[method-assign]
        await opened.catalog.refresh()
        assert opened.errors == ["The disk is gone."]
        assert opened.order == ["ollama: ollama/a"]


async def test_provider_that_fails_loses_its_models_and_keeps_its_error(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio", "x")) as opened:
        await opened.catalog.refresh()
        ollama.failure = ServerUnreachable("Nothing listens.")
        await opened.catalog.refresh()
        assert opened.order == ["lmstudio: lmstudio/x"]
        assert [str(each.error) for each in opened.catalog.providers] == ["Nothing listens.", "None"]
        with pytest.raises(ServerUnreachable):
            await opened.catalog.find("nothing like it", "ollama")
        assert await opened.catalog.find("x", "ollama") == (Target("lmstudio", "x"),)


async def test_demo_is_only_listed_while_it_is_in_use(tmp_path: Path) -> None:
    demo = ListingProvider("demo", "guide")
    async with open_catalog(tmp_path, ListingProvider("ollama", "a"), ListingProvider("lmstudio"), demo) as opened:
        await opened.catalog.refresh("ollama")
        assert demo.listed == 0
        await opened.catalog.refresh("demo")
        assert opened.order == ["ollama: ollama/a", "demo: demo/guide"]


async def test_demo_is_asked_for_a_model_if_it_is_named(tmp_path: Path) -> None:
    demo = ListingProvider("demo", "guide")
    async with open_catalog(tmp_path, ListingProvider("ollama", "a"), ListingProvider("lmstudio"), demo) as opened:
        assert await opened.catalog.find("guide", "ollama") == ()
        assert demo.listed == 0
        assert await opened.catalog.find("demo/guide", "ollama") == (Target("demo", "guide"),)


async def test_details_complete_what_the_list_says(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", ModelInfo("a", loaded=True, size_bytes=5, parameters="8B"))
    ollama.lists_details = False
    ollama.model_info = ModelInfo("a", loaded=False, context_length=4096, parameters="7B", thinking=("off", "on"))
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        await opened.catalog.refresh()
        info = await opened.catalog.describe(Target("ollama", "a"))
        await opened.catalog.describe(Target("ollama", "a"))
        assert info == ModelInfo(
            "a", loaded=True, size_bytes=5, context_length=4096, parameters="8B", thinking=("off", "on")
        )
        assert opened.catalog.entries[0].info == info
        assert ollama.described == ["a"]


async def test_model_is_not_described_where_the_list_says_all(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        await opened.catalog.refresh()
        assert await opened.catalog.describe(Target("ollama", "a")) == ModelInfo("a")
        assert ollama.described == []
        # One that is not listed is asked for.
        await opened.catalog.describe(Target("ollama", "other"))
        assert ollama.described == ["other"]


async def test_failing_description_leaves_what_is_known(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", ModelInfo("a", size_bytes=5))
    ollama.lists_details = False
    ollama.model_info = ServerUnreachable("gone")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        await opened.catalog.refresh()
        assert await opened.catalog.describe(Target("ollama", "a")) == ModelInfo("a", size_bytes=5)
        assert await opened.catalog.describe(Target("nowhere", "b")) == ModelInfo("b")


async def test_actions_are_those_of_the_manager_once_it_is_known(tmp_path: Path) -> None:
    ollama = ListingProvider("ollama", "a")
    ollama.manager = ScriptedManager(ollama, "pull")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio")) as opened:
        assert opened.catalog.actions("ollama") is None
        assert await opened.catalog.manager("ollama") is ollama.manager
        assert opened.catalog.actions("ollama") == frozenset[ModelAction]({"pull"})
        assert await opened.catalog.manager("lmstudio") is None
        assert opened.catalog.actions("lmstudio") == frozenset()
        with pytest.raises(UsageError):
            await opened.catalog.manager("nowhere")


async def test_what_leaves_the_machine_is_known_by_address_server_or_name(tmp_path: Path) -> None:
    config = '[providers.far]\ntype = "openai"\nbase_url = "https://api.example.com/v1"\n'
    ollama = ListingProvider("ollama", ModelInfo("big", is_remote=True), "small-cloud")
    far = ListingProvider("far", "x")
    async with open_catalog(tmp_path, ollama, ListingProvider("lmstudio", "y-cloud"), far, config=config) as opened:
        leaves = opened.catalog.leaves_machine
        # Before the server says it, the name does.
        assert leaves(Target("ollama", "small-cloud"))
        assert not leaves(Target("lmstudio", "y-cloud"))
        assert not leaves(Target("ollama", "big"))
        assert not leaves(Target("nowhere", "big"))
        assert leaves(Target("far", "x"))
        await opened.catalog.refresh()
        assert {entry.target.model for entry in opened.catalog.entries if entry.leaves_machine} == {"big", "x"}
        assert leaves(Target("ollama", "big"))
        assert not leaves(Target("ollama", "small-cloud"))


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (ModelInfo("m"), ()),
        (
            ModelInfo("m", capabilities=frozenset({"completion", "vision", "tools", "thinking"})),
            ("see", "think", "tools"),
        ),
        (ModelInfo("m", thinking=("off", "on"), is_remote=True), ("think", "cloud")),
        (ModelInfo("m", thinking=()), ()),
        (ModelInfo("nomic-embed-text", capabilities=frozenset({"embedding"})), ("embed",)),
        (ModelInfo("m", capabilities=frozenset({"transcription"})), ("cannot chat",)),
        (ModelInfo("whisper-1"), ("may not chat",)),
    ],
)
def test_abilities_are_single_words(info: ModelInfo, words: tuple[str, ...]) -> None:
    assert abilities(info) == words


def test_names_are_ordered_by_the_value_of_their_numbers() -> None:
    names = ["m:14b", "m:8b", "M:9b", "m:" + "9" * 30, "m", "²"]
    assert sorted(names, key=name_order) == ["m", "m:8b", "M:9b", "m:14b", "m:" + "9" * 30, "²"]


async def test_other_providers_are_not_asked_for_an_exact_name(tmp_path: Path) -> None:
    ollama, lmstudio = ListingProvider("ollama", "a"), ListingProvider("lmstudio", "a", "bear")
    async with open_catalog(tmp_path, ollama, lmstudio) as opened:
        assert await opened.catalog.find("a", "ollama") == (Target("ollama", "a"),)
        assert lmstudio.listed == 0
        assert await opened.catalog.find("be", "ollama") == (Target("lmstudio", "bear"),)
        assert await opened.catalog.find("unknown", "ollama") == ()


async def test_any_name_is_accepted_where_the_provider_lists_nothing(tmp_path: Path) -> None:
    async with open_catalog(tmp_path, ListingProvider("ollama"), ListingProvider("lmstudio", "bear")) as opened:
        assert await opened.catalog.find("new", "ollama") == (Target("ollama", "new"),)
        assert await opened.catalog.find("bear", "ollama") == (Target("lmstudio", "bear"),)
