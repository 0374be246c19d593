"""Lists of conversations and searches through them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.store.factories import (
    begin,
    end,
    save_begun,
    save_ended,
    save_turn,
    store_in,
)
from tui.chat.conversation import Conversation, ConversationSummary
from tui.chat.message import AnswerStats, ChatMessage
from tui.store.conversations import ConversationStore
from tui.store.queries import MAX_RECALLED_LENGTH

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")
LONG = "word " * 20_000


def test_recent_is_ordered_by_last_message(store: ConversationStore) -> None:
    first, second = (replace(NEW, id=name, title=name) for name in ("first", "second"))
    store.add(first.append(ChatMessage("m1", "user", "a", created_at=1.0)))
    store.add(second.append(ChatMessage("m2", "user", "b", created_at=2.0)))
    store.add(NEW)
    assert [summary.id for summary in store.recent(10)] == ["second", "first", "c"]

    store.add(
        first.append(ChatMessage("m3", "assistant", "c", created_at=1.5, stats=AnswerStats(total_s=2.0))),
    )

    assert store.recent(1) == (ConversationSummary("first", "first", 3.5, "ollama", "llama"),)
    assert [summary.id for summary in store.recent(10, 1)] == ["second", "c"]
    latest = store.latest()
    assert latest is not None
    assert latest.id == "first"


def test_recent_orders_equal_times_by_insertion(store: ConversationStore) -> None:
    for name in ("a", "c", "b"):
        store.add(Conversation(name))

    assert [summary.id for summary in store.recent(10)] == ["b", "c", "a"]


def test_last_prompts_have_no_duplicates(store: ConversationStore) -> None:
    conversation = NEW
    for number, prompt in enumerate(("one", "two", "one", "three"), start=1):
        conversation = save_turn(store, conversation, number, prompt)

    assert store.last_prompts(10) == ("three", "one", "two")
    assert store.last_prompts(2) == ("three", "one")
    assert store.last_prompts(0) == ()


def test_last_prompts_leave_out_pasted_text(store: ConversationStore) -> None:
    conversation = save_turn(store, NEW, 1, "x" * (MAX_RECALLED_LENGTH - 1))
    save_turn(store, conversation, 2, "x" * MAX_RECALLED_LENGTH)

    assert [len(prompt) for prompt in store.last_prompts(10)] == [MAX_RECALLED_LENGTH - 1]


def test_last_model_of_each_provider(store: ConversationStore) -> None:
    answers = [
        ChatMessage(str(number), "assistant", "", provider=provider, model=model)
        for number, (provider, model) in enumerate([("a", "m1"), ("b", "m2"), ("a", "m3"), ("a", "")])
    ]
    store.add(NEW.append(*answers))

    assert store.last_model("a") == "m3"
    assert store.last_model("b") == "m2"
    assert store.last_model("c") == ""


def search_ids(store: ConversationStore, words: str, limit: int = 10) -> list[str]:
    return [message.message_id for message in store.search(words, limit)]


def test_search_finds_messages_by_words_latest_first(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.add(Conversation("c1").append(ChatMessage("m1", "user", "Grüße an die Katze")))
        store.add(Conversation("c2").append(ChatMessage("m2", "user", 'the cat conversation "hello" to a dog')))
        store.add(Conversation("c3").append(ChatMessage("m3", "user", "a CAT again")))

        assert search_ids(store, "cat") == ["m3", "m2"]
        assert search_ids(store, "dog cat") == ["m2"]
        assert search_ids(store, "grusse kat") == []
        assert search_ids(store, "gruße kat") == ["m1"]
        assert search_ids(store, '"hello" ca') == ["m2"]
        assert search_ids(store, "cat", 1) == ["m3"]
        for nothing in ("", "  ", '"', "* OR NEAR(", "\x00", "-"):
            assert search_ids(store, nothing) == []
        (found,) = store.search("dog", 10)
        assert (found.conversation_id, found.title) == ("c2", 'the cat conversation "hello" to a dog')
        assert ("dog", True) in found.excerpt


def test_search_finds_the_latest_message_of_each_conversation(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.add(Conversation("c1").append(ChatMessage("m1", "user", "cat")))
        two = (
            Conversation("c2")
            .append(ChatMessage("m2", "user", "a cat"))
            .append(ChatMessage("m3", "user", "cats", "m2"))
        )
        store.add(two)
        store.add(Conversation("c3").append(ChatMessage("m4", "user", "a dog and a cat")))

        def found(words: str, scanned: int = 10, limit: int = 10) -> list[str]:
            return [message.message_id for message in store.search_conversations(words, scanned, limit)]

        assert found("cat") == ["m4", "m3", "m1"]
        assert found("cat", limit=2) == ["m4", "m3"]
        assert found("cat", scanned=3) == ["m4", "m3"]
        assert found("cat a") == ["m4", "m2"]
        assert found("bird") == found("") == found("  ") == []
        assert store.search_conversations("dog", 10, 10) == store.search("dog", 10)


def test_search_index_follows_saves_and_deletes(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        begun = begin(NEW, 1)
        save_begun(store, begun)
        assert search_ids(store, "answer") == []
        save_ended(store, end(begun))
        content = end(begun).path[-1].content
        assert search_ids(store, content) == ["a1"]
        store.delete("c")
        assert search_ids(store, content) == []


def test_find_matches_id_prefix_and_title(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        for at, (id_, title) in enumerate((("ab1", "Cats"), ("ab2", "Cats and dogs"), ("cd3", "100% so_wild"))):
            store.add(Conversation(id_).append(ChatMessage(f"{id_}q", "user", title, created_at=float(at))))

        def found(words: str) -> list[str]:
            return [summary.id for summary in store.find(words, 5)]

        assert found("ab1") == ["ab1"]
        assert found("ab") == ["ab2", "ab1"]
        assert found("Cats") == ["ab1"]
        assert found("CATS") == ["ab2", "ab1"]
        assert found("_wild") == ["cd3"]
        assert found("%") == ["cd3"]
        assert found("nothing") == []


def test_pinned_conversations_are_marked_and_listed(store: ConversationStore) -> None:
    save_turn(store, NEW, 1)
    save_turn(store, replace(NEW, id="d"), 2)

    store.set_pinned("c", pinned=True)
    assert [(row.id, row.is_pinned) for row in store.recent(9)] == [("d", False), ("c", True)]
    assert [row.id for row in store.pinned()] == ["c"]

    store.set_pinned("c", pinned=False)
    assert store.pinned() == ()


def test_unread_mark_stays_until_cleared(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        save_turn(store, NEW, 1)
        store.set_unread("c", unread=True)
    with store_in(tmp_path) as store:
        assert store.recent(1)[0].is_unread
        # Saving a later turn does not clear the mark.
        save_turn(store, store.load("c"), 2)
        assert store.find("c", 1)[0].is_unread
        store.set_unread("c", unread=False)
        assert not store.recent(1)[0].is_unread


def test_summary_has_outcome_of_last_answer(store: ConversationStore) -> None:
    save_begun(store, begin(NEW, 1))
    assert store.recent(1)[0].outcome == "streaming"
    save_ended(store, end(begin(NEW, 1)))
    assert store.recent(1)[0].outcome == "complete"
