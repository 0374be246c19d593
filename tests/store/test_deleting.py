"""Deleting many conversations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.store.factories import is_sound, store_in
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import FILE_NAME, ConversationStore

SECRET = "Zanzibarquux"


def add(store: ConversationStore, number: int, text: str = "hi") -> None:
    """Save a conversation whose only message was sent at second `number`."""
    store.add(Conversation(f"c{number}").append(ChatMessage(f"q{number}", "user", text, created_at=float(number))))


def test_old_conversations_are_found_except_pinned_and_undated_ones(store: ConversationStore) -> None:
    for number in (0, 10, 20, 30, 40):
        add(store, number)
    store.set_pinned("c20", pinned=True)
    assert store.unused_since(35.0, but_latest=False) == ("c10", "c30")
    assert store.unused_since(30.0, but_latest=False) == ("c10",)
    assert store.unused_since(100.0, but_latest=True) == ("c10", "c30")


def test_deleted_text_is_not_in_any_file(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        for number in range(1, 60):
            add(store, number, f"{SECRET} " * 200)
        store.set_draft("c1", SECRET)
        (tmp_path / f"{FILE_NAME}.v3.bak").write_text(SECRET)
        assert SECRET.encode() in b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE_NAME}*"))
        before = store.size().size_bytes
        assert store.delete_all_of(store.ids()) == 59
        store.compact()
        assert store.size().conversations == 0
        assert store.size().size_bytes < before
        assert store.search(SECRET, 5) == ()
        content = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE_NAME}*"))
    assert SECRET.encode() not in content
    assert SECRET.lower().encode() not in content
    assert is_sound(tmp_path)


def test_unknown_ids_are_not_counted(store: ConversationStore) -> None:
    add(store, 1)
    assert store.delete_all_of(["c1", "other"]) == 1
    assert store.delete_all_of([]) == 0


def test_open_conversation_is_saved_again_with_its_next_turn(store: ConversationStore) -> None:
    add(store, 1)
    conversation = store.load("c1")
    store.delete_all_of(["c1"])
    prompt = ChatMessage("q2", "user", "go on", "q1", created_at=2.0)
    answer = ChatMessage("a2", "assistant", "", "q2", 2.0, model="m", provider="p", outcome="streaming")
    grown = conversation.append(prompt, answer)
    store.begin_turn(grown, prompt, answer)
    done = replace(answer, content="ok", outcome="complete")
    store.end_turn(grown.with_message(done), done)
    assert [message.content for message in store.load("c1").path] == ["hi", "go on", "ok"]
