"""Importing conversations without overwriting any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given

from tests.importing import read_all
from tests.strategies import conversations
from tui.chat.conversation import Conversation
from tui.chat.export import format_conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore
from tui.store.importer import ImportSummary, import_conversations

CATS = Conversation("c1", "About cats").append(
    ChatMessage("m1", "user", "Cats?", created_at=1.0),
    ChatMessage("m2", "assistant", "Cats.", parent_id="m1", created_at=2.0),
)


def test_imports_each_conversation_once(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    assert import_conversations(store, [CATS]) == ImportSummary(added=1)
    assert import_conversations(store, [CATS, CATS]) == ImportSummary(unchanged=2)
    assert len(store.recent(10)) == 1
    store.close()


def test_reimport_keeps_new_messages_and_title(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    import_conversations(store, [CATS])
    store.rename("c1", "My cats")
    store.add(CATS.append(ChatMessage("m3", "user", "More?", parent_id="m2", created_at=3.0)))
    assert import_conversations(store, [CATS]) == ImportSummary(unchanged=1)
    saved = store.load("c1")
    assert (saved.title, len(saved.messages)) == ("My cats", 3)
    store.close()


def test_changed_conversation_is_added_as_copy_once(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    import_conversations(store, [CATS])
    changed = CATS.with_message(replace(CATS.messages["m2"], content="Dogs."))
    assert import_conversations(store, [changed]) == ImportSummary(added_as_copy=1)
    assert import_conversations(store, [changed]) == ImportSummary(unchanged=1)
    assert store.load("c1").messages["m2"].content == "Cats."
    other = next(row for row in store.recent(10) if row.id != "c1")
    assert [message.content for message in store.load(other.id).path] == ["Cats?", "Dogs."]
    store.close()


def test_message_of_another_conversation_stays_there(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    import_conversations(store, [CATS])
    assert import_conversations(store, [replace(CATS, id="c2")]) == ImportSummary(added_as_copy=1)
    assert [message.content for message in store.load("c1").path] == ["Cats?", "Cats."]
    store.close()


def test_summary_as_text() -> None:
    assert ImportSummary(1).description == "1 imported"
    summary = ImportSummary(added=1, unchanged=2) + ImportSummary(unchanged=1, added_as_copy=3)
    assert summary.description == "4 imported, 3 saved as a copy, 3 already present"


@given(conversations())
def test_export_delete_import_round_trip(conversation: Conversation) -> None:
    if not conversation.messages:
        return
    store = ConversationStore(None)
    store.add(conversation)
    before = format_conversation(store.load(conversation.id), "json")
    store.delete(conversation.id)
    assert import_conversations(store, read_all("export", before).conversations) == ImportSummary(added=1)
    assert format_conversation(store.load(conversation.id), "json") == before
    assert import_conversations(store, read_all("export", before).conversations) == ImportSummary(unchanged=1)
    store.close()


def test_export_without_times_is_imported_once(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path)
    assert import_conversations(store, [CATS]) == ImportSummary(added=1)
    later = replace(CATS, messages={id_: replace(each, created_at=9.0) for id_, each in CATS.messages.items()})
    assert import_conversations(store, [later]) == ImportSummary(unchanged=1)
    store.close()
