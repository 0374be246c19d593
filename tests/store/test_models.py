"""Favourite models, and the models that conversations used."""

from __future__ import annotations

from pathlib import Path

from tests.store.factories import store_in
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore


def add_conversation(store: ConversationStore, id_: str, model: str, at: float, provider: str = "ollama") -> None:
    conversation = Conversation(id_, created_at=at, provider=provider, model=model)
    store.add(conversation.append(ChatMessage(f"q{id_}", "user", "hi", None, created_at=at)))


def test_favourites_keep_their_order_across_restarts(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.set_favourite("ollama", "b", favourite=True)
        store.set_favourite("lmstudio", "a\ud800", favourite=True)
        store.set_favourite("ollama", "b", favourite=True)
        store.set_favourite("ollama", "c", favourite=True)
    with store_in(tmp_path) as store:
        assert store.favourites() == (("ollama", "b"), ("lmstudio", "a\ufffd"), ("ollama", "c"))
        store.set_favourite("ollama", "b", favourite=False)
        store.set_favourite("ollama", "never marked", favourite=False)
        assert store.favourites() == (("lmstudio", "a\ufffd"), ("ollama", "c"))


def test_recent_models_are_listed_once_latest_first(store: ConversationStore) -> None:
    add_conversation(store, "1", "old", 10.0)
    add_conversation(store, "2", "both", 20.0)
    add_conversation(store, "3", "both", 40.0)
    add_conversation(store, "4", "both", 30.0, provider="lmstudio")
    add_conversation(store, "5", "", 50.0)

    assert store.recent_models(10) == (("ollama", "both"), ("lmstudio", "both"), ("ollama", "old"))
    assert store.recent_models(1) == (("ollama", "both"),)


def test_all_that_is_saved_of_a_provider_gets_its_new_name(store: ConversationStore) -> None:
    add_conversation(store, "1", "m", 10.0, provider="old")
    add_conversation(store, "2", "m", 20.0, provider="other")
    answer = ChatMessage("a1", "assistant", "Hi", "q1", created_at=11.0, provider="old", model="m")
    store.add(store.load("1").append(answer))
    for provider, model in (("old", "m"), ("new", "both"), ("old", "both"), ("other", "m")):
        store.set_favourite(provider, model, favourite=True)

    store.rename_provider("old", "new")

    assert store.favourites() == (("new", "m"), ("new", "both"), ("other", "m"))
    assert store.recent_models(10) == (("other", "m"), ("new", "m"))
    assert (store.last_model("old"), store.last_model("new")) == ("", "m")
    assert store.load("1").messages["a1"].provider == "new"
