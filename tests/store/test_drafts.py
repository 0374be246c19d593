"""Drafts: unsent text."""

from __future__ import annotations

from pathlib import Path

from tests.store.factories import (
    save_turn,
    store_in,
)
from tui.chat.conversation import Conversation
from tui.store.database import Database
from tui.store.drafts import load_draft, save_draft

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")
LONG = "word " * 20_000


def test_draft_is_saved_and_deleted_with_its_conversation(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        save_turn(store, NEW, 1)
        store.set_draft("c", "half a tho")
        store.set_draft("c", "half a thought\ud800")
        store.set_draft("", "text of a new conversation")
    with store_in(tmp_path) as store:
        assert store.draft("c") == "half a thought\ufffd"
        assert store.draft("") == "text of a new conversation"
        store.set_draft("", "")
        assert store.draft("") == ""
        store.delete("c")
        assert store.draft("c") == ""


def test_draft_is_replaced_and_deleted_by_empty_text() -> None:
    database = Database(None)
    assert load_draft(database, "c") == ""
    save_draft(database, "c", "one")
    save_draft(database, "c", "two")
    save_draft(database, "d", "other")
    assert load_draft(database, "c") == "two"

    save_draft(database, "c", "")

    assert (load_draft(database, "c"), load_draft(database, "d")) == ("", "other")
    database.close()
