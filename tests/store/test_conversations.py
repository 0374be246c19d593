"""ConversationStore: saving, changing and deleting conversations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.factories import begin, is_sound, raw_connection, save_begun, save_turn, store_in
from tui.chat.conversation import Conversation, ConversationSummary, ToolChoice
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.errors import StoreError
from tui.store.conversations import FILE_NAME, ConversationStore

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")


def test_loads_conversation_as_saved(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        conversation = save_turn(store, save_turn(store, NEW, 1), 2)
    with store_in(tmp_path) as store:
        assert store.load("c") == conversation


def test_in_memory_conversation_lives_as_long_as_its_store() -> None:
    with store_in(None) as store:
        conversation = save_turn(store, NEW, 1)
        assert store.load("c") == conversation
    with store_in(None) as store:
        assert store.latest() is None


def test_siblings_keep_their_order_and_path_its_head(store: ConversationStore) -> None:
    first = save_turn(store, NEW, 1)
    again = ChatMessage("a1b", "assistant", "Hi there", "q1", created_at=2.0)
    edited = ChatMessage("q1b", "user", "hello", None, created_at=3.0)
    conversation = first.append(again).append(edited).at("a1")
    store.add(conversation)

    loaded = store.load("c")

    assert loaded == conversation
    assert list(loaded.messages) == ["q1", "a1", "a1b", "q1b"]
    assert [message.id for message in loaded.siblings("a1")] == ["a1", "a1b"]
    assert [message.id for message in loaded.path] == ["q1", "a1"]


def test_saves_empty_conversation(store: ConversationStore) -> None:
    store.add(NEW)

    assert store.load("c") == NEW
    assert store.recent(10) == (ConversationSummary("c", "", 0.5, "ollama", "llama"),)


def test_renamed_title_survives_later_turns(store: ConversationStore) -> None:
    conversation = save_turn(store, NEW, 1)
    assert store.load("c").title == "hi"

    store.rename("c", "Greetings")
    save_turn(store, conversation, 2)

    assert store.load("c").title == "Greetings"


def test_first_title_may_be_saved_later(store: ConversationStore) -> None:
    store.add(NEW)
    store.add(replace(NEW, title="Late"))

    assert store.load("c").title == "Late"


def test_sets_head_and_model(store: ConversationStore) -> None:
    save_turn(store, NEW, 1)

    store.set_head("c", "q1")
    store.set_model("c", "lmstudio", "qwen")

    loaded = store.load("c")
    assert (loaded.head_id, loaded.provider, loaded.model) == ("q1", "lmstudio", "qwen")
    assert loaded.path[-1].id == "q1"
    store.set_head("c", None)
    assert store.load("c").path == ()


def test_delete_removes_messages_images_and_pieces(store: ConversationStore, tmp_path: Path) -> None:
    image = Image("image/png", b"\x89PNG", "a.png")
    store.add(NEW.append(ChatMessage("m", "user", "look", images=(image,))))
    save_begun(store, begin(replace(NEW, id="other"), 1))
    store.append_to_answer("a1", "text", "")

    store.delete("c")
    store.delete("other")

    assert store.recent(10) == ()
    assert is_sound(tmp_path)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        for table in ("messages", "images", "pieces"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_deleted_conversation_can_be_added_again(store: ConversationStore) -> None:
    conversation = save_turn(store, NEW, 1)
    store.delete("c")
    store.add(conversation)

    assert store.load("c") == conversation


def test_add_fails_if_message_belongs_to_another(store: ConversationStore) -> None:
    conversation = save_turn(store, NEW, 1)
    with pytest.raises(StoreError, match="belongs to another conversation"):
        store.add(replace(conversation, id="copy"))

    assert store.load("c") == conversation
    assert [summary.id for summary in store.recent(10)] == ["c"]


def test_deleted_messages_can_be_added_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        conversation = save_turn(store, save_turn(store, NEW, 1), 2)
        left = conversation.without("q2")
        store.delete_messages(left, ["q2", "a2"])
        assert store.load("c") == left
        store.add(conversation)
        assert store.load("c") == conversation
        store.delete_messages(conversation.without("q1"), list(conversation.messages))
        assert store.recent(5) == ()


def test_saves_choice_of_tools(store: ConversationStore) -> None:
    conversation = save_turn(store, NEW, 1)
    choice = ToolChoice(frozenset({"files"}), frozenset({"web.\u00e9"}), {"web.fetch": "f1"})

    store.set_tools("c", choice)
    assert store.load("c") == replace(conversation, tools=choice)
    changed = replace(conversation, tools=choice._replace(allowed={}))
    save_turn(store, changed, 2)
    assert store.load("c").tools == changed.tools


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[]", ToolChoice()),
        ("{", ToolChoice()),
        ('{"servers_off": 1, "tools_off": ["a.b", 2], "allowed": ["a.b"]}', ToolChoice(tools_off=frozenset({"a.b"}))),
        ('{"allowed": {"a.b": "f", "a.c": 1}}', ToolChoice(allowed={"a.b": "f"})),
    ],
)
def test_damaged_choice_of_tools_allows_nothing_more(tmp_path: Path, written: str, read: ToolChoice) -> None:
    with store_in(tmp_path) as store:
        save_turn(store, NEW, 1)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE conversations SET tools = ?", (written,))

    with store_in(tmp_path) as store:
        assert store.load("c").tools == read


def test_remembers_tools_that_the_config_allows(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        assert store.allowed_tools() == {}
        store.set_allowed_tool("files.read", "f1")
        store.set_allowed_tool("files.read", "f2")
    with store_in(tmp_path) as store:
        assert store.allowed_tools() == {"files.read": "f2"}


def test_saves_system_prompt_and_options(store: ConversationStore) -> None:
    conversation = save_turn(store, NEW, 1)

    store.set_conversation_settings("c", "Be\ud800 brief.", {"num_ctx": 4096, "stop": ["\n"]})

    loaded = store.load("c")
    assert loaded == replace(conversation, system_prompt="Be\ufffd brief.", options={"num_ctx": 4096, "stop": ["\n"]})
    store.set_conversation_settings("c", None, {})
    assert store.load("c") == conversation
