"""Imported conversations: none of them overwrites what is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given

from tests.strategies import conversations
from tui.chat.conversation import Conversation
from tui.chat.export import exported
from tui.chat.importing.reading import read_conversations
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore
from tui.store.importer import ImportSummary, import_conversations

CATS = Conversation("c1", "About cats").append(
    ChatMessage("m1", "user", "Cats?", created_at=1.0),
    ChatMessage("m2", "assistant", "Cats.", parent_id="m1", created_at=2.0),
)


def test_what_is_new_is_taken_and_what_is_there_is_not_taken_twice(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    assert import_conversations(store, [CATS]) == ImportSummary(new=1)
    assert import_conversations(store, [CATS, CATS]) == ImportSummary(there=2)
    assert len(store.recent(10)) == 1
    store.close()


def test_what_was_added_and_renamed_since_stays(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    import_conversations(store, [CATS])
    store.rename("c1", "My cats")
    store.add(CATS.append(ChatMessage("m3", "user", "More?", parent_id="m2", created_at=3.0)))
    assert import_conversations(store, [CATS]) == ImportSummary(there=1)
    kept = store.load("c1")
    assert (kept.title, len(kept.messages)) == ("My cats", 3)
    store.close()


def test_another_version_of_what_is_there_stands_beside_it_once(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    import_conversations(store, [CATS])
    changed = CATS.with_message(replace(CATS.messages["m2"], content="Dogs."))
    assert import_conversations(store, [changed]) == ImportSummary(beside=1)
    assert import_conversations(store, [changed]) == ImportSummary(there=1)
    assert store.load("c1").messages["m2"].content == "Cats."
    other = next(row for row in store.recent(10) if row.id != "c1")
    assert [message.content for message in store.load(other.id).path] == ["Cats?", "Dogs."]
    store.close()


def test_a_message_that_is_part_of_another_conversation_is_not_taken_from_it(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    import_conversations(store, [CATS])
    assert import_conversations(store, [replace(CATS, id="c2")]) == ImportSummary(beside=1)
    assert [message.content for message in store.load("c1").path] == ["Cats?", "Cats."]
    store.close()


def test_it_is_told_in_words() -> None:
    assert ImportSummary(1).words == "1 conversation taken in"
    assert (ImportSummary(1, 2) + ImportSummary(0, 1, 3)).words == (
        "4 conversations taken in, 3 of them beside another version, 3 there already"
    )


@given(conversations())
def test_exported_deleted_and_imported_it_is_as_it_was(conversation: Conversation) -> None:
    if not conversation.messages:
        return
    store = ConversationStore(None)
    store.add(conversation)
    before = exported(store.load(conversation.id), "json")
    store.delete(conversation.id)
    assert import_conversations(store, read_conversations("it", before).conversations) == ImportSummary(new=1)
    assert exported(store.load(conversation.id), "json") == before
    assert import_conversations(store, read_conversations("it", before).conversations) == ImportSummary(there=1)
    store.close()
