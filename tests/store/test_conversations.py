"""ConversationStore: what is kept while a conversation is held, and what is found again."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.factories import begin, database, end, is_sound, keep_begun, keep_ended, keep_turn, store_in
from tui.chat.conversation import Conversation, ConversationSummary
from tui.chat.message import AnswerStats, ChatMessage, Image
from tui.errors import StoreError
from tui.store import conversations
from tui.store.conversations import FILE_NAME, RECALLED_LENGTH, ConversationStore
from tui.store.rows import KeptMessage, messages_of

NEW = Conversation("c", created_at=0.5, provider="ollama", model="llama")


def test_a_conversation_comes_back_as_it_was(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        said = keep_turn(store, keep_turn(store, NEW, 1), 2)
    with store_in(tmp_path) as store:
        assert store.load("c") == said


def test_a_conversation_in_memory_lives_as_long_as_its_store() -> None:
    with store_in(None) as store:
        said = keep_turn(store, NEW, 1)
        assert store.load("c") == said
    with store_in(None) as store:
        assert store.latest() is None


def test_siblings_come_back_in_their_order_and_the_path_as_it_was_chosen(store: ConversationStore) -> None:
    first = keep_turn(store, NEW, 1)
    again = ChatMessage("a1b", "assistant", "Hi there", "q1", created_at=2.0)
    edited = ChatMessage("q1b", "user", "hello", None, created_at=3.0)
    said = first.append(again).append(edited).at("a1")
    store.add(said)

    loaded = store.load("c")

    assert loaded == said
    assert list(loaded.messages) == ["q1", "a1", "a1b", "q1b"]
    assert [message.id for message in loaded.siblings("a1")] == ["a1", "a1b"]
    assert [message.id for message in loaded.path] == ["q1", "a1"]


def test_an_answer_that_streams_here_is_seen_as_far_as_it_is_kept(store: ConversationStore) -> None:
    begun = begin(NEW, 1)
    keep_begun(store, begun)
    store.append_to_answer("a1", "", "Hm")
    store.append_to_answer("a1", "Hel", "")
    store.append_to_answer("a1", "lo\x00", " so")

    answer = store.load("c").path[-1]

    assert (answer.content, answer.thinking, answer.outcome) == ("Hello\x00", "Hm so", "streaming")


def test_the_pieces_of_an_answer_that_ended_are_folded_into_it(store: ConversationStore, tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    keep_begun(store, begun)
    store.append_to_answer("a1", "Hel", "")
    keep_ended(store, end(begun, "Hello"))

    assert store.load("c").path[-1].content == "Hello"
    with database(tmp_path / FILE_NAME) as connection:
        assert connection.execute("SELECT * FROM pieces").fetchall() == []


def test_an_answer_that_goes_on_keeps_what_it_had_once(store: ConversationStore) -> None:
    begun = begin(NEW, 1)
    keep_begun(store, begun)
    store.append_to_answer("a1", "Hel", "")
    going_on = replace(begun.path[-1], content="Hel")
    store.begin_turn(begun.with_message(going_on), begun.path[0], going_on)
    store.append_to_answer("a1", "lo", "")

    assert store.load("c").path[-1].content == "Hello"


def test_more_of_an_answer_that_is_not_kept_is_no_error(store: ConversationStore) -> None:
    store.append_to_answer("nobody", "text", "")

    assert store.recent(10) == ()


def test_an_empty_conversation_is_kept_too(store: ConversationStore) -> None:
    store.add(NEW)

    assert store.load("c") == NEW
    assert store.recent(10) == (ConversationSummary("c", "", 0.5, "ollama", "llama"),)


def test_a_conversation_that_is_not_there_is_told(store: ConversationStore) -> None:
    with pytest.raises(StoreError, match="no longer there"):
        store.load("nowhere")


def test_conversations_are_listed_by_when_something_was_last_said(store: ConversationStore) -> None:
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


def test_of_conversations_of_the_same_moment_the_newer_comes_first(store: ConversationStore) -> None:
    for name in ("a", "c", "b"):
        store.add(Conversation(name))

    assert [summary.id for summary in store.recent(10)] == ["b", "c", "a"]


def test_the_last_prompts_are_found_each_once(store: ConversationStore) -> None:
    said = NEW
    for number, prompt in enumerate(("one", "two", "one", "three"), start=1):
        said = keep_turn(store, said, number, prompt)

    assert store.last_prompts(10) == ("three", "one", "two")
    assert store.last_prompts(2) == ("three", "one")
    assert store.last_prompts(0) == ()


def test_a_prompt_that_was_pasted_is_not_recalled(store: ConversationStore) -> None:
    said = keep_turn(store, NEW, 1, "x" * (RECALLED_LENGTH - 1))
    keep_turn(store, said, 2, "x" * RECALLED_LENGTH)

    assert [len(prompt) for prompt in store.last_prompts(10)] == [RECALLED_LENGTH - 1]


def test_the_model_that_a_provider_was_last_used_with_is_found(store: ConversationStore) -> None:
    answers = [
        ChatMessage(str(number), "assistant", "", provider=provider, model=model)
        for number, (provider, model) in enumerate([("a", "m1"), ("b", "m2"), ("a", "m3"), ("a", "")])
    ]
    store.add(NEW.append(*answers))

    assert store.last_model("a") == "m3"
    assert store.last_model("b") == "m2"
    assert store.last_model("c") == ""


def test_a_new_title_stays_whatever_is_said_later(store: ConversationStore) -> None:
    said = keep_turn(store, NEW, 1)
    assert store.load("c").title == "hi"

    store.rename("c", "Greetings")
    keep_turn(store, said, 2)

    assert store.load("c").title == "Greetings"


def test_a_title_that_comes_later_is_taken(store: ConversationStore) -> None:
    store.add(NEW)
    store.add(replace(NEW, title="Late"))

    assert store.load("c").title == "Late"


def test_the_path_and_the_model_can_be_changed(store: ConversationStore) -> None:
    keep_turn(store, NEW, 1)

    store.set_head("c", "q1")
    store.set_model("c", "lmstudio", "qwen")

    loaded = store.load("c")
    assert (loaded.head_id, loaded.provider, loaded.model) == ("q1", "lmstudio", "qwen")
    assert loaded.path[-1].id == "q1"
    store.set_head("c", None)
    assert store.load("c").path == ()


def test_a_deleted_conversation_is_gone_with_everything_in_it(store: ConversationStore, tmp_path: Path) -> None:
    image = Image("image/png", b"\x89PNG", "a.png")
    store.add(NEW.append(ChatMessage("m", "user", "look", images=(image,))))
    keep_begun(store, begin(replace(NEW, id="other"), 1))
    store.append_to_answer("a1", "text", "")

    store.delete("c")
    store.delete("other")

    assert store.recent(10) == ()
    assert is_sound(tmp_path)
    with database(tmp_path / FILE_NAME) as connection:
        for table in ("messages", "images", "pieces"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_deleted_conversation_can_be_brought_back(store: ConversationStore) -> None:
    said = keep_turn(store, NEW, 1)
    store.delete("c")
    store.add(said)

    assert store.load("c") == said


def test_a_conversation_deleted_elsewhere_comes_back_whole_with_the_next_turn(tmp_path: Path) -> None:
    with store_in(tmp_path) as here, store_in(tmp_path) as elsewhere:
        said = keep_turn(here, NEW, 1)
        begun = begin(said, 2)
        keep_begun(here, begun)
        elsewhere.delete("c")
        here.append_to_answer("a2", "Hel", "")
        assert elsewhere.recent(10) == ()

        ended = end(begun)
        keep_ended(here, ended)

        assert elsewhere.load("c") == ended
    assert is_sound(tmp_path)


def test_two_instances_in_one_conversation_keep_what_each_has_said(tmp_path: Path) -> None:
    with store_in(tmp_path) as one, store_in(tmp_path) as two:
        said = keep_turn(one, NEW, 1)
        here, there = begin(said, 2), begin(two.load("c"), 3)
        keep_begun(one, here)
        keep_begun(two, there)
        keep_ended(one, end(here))
        keep_ended(two, end(there))

        assert list(one.load("c").messages) == ["q1", "a1", "q2", "a2", "q3", "a3"]


def test_a_conversation_is_read_as_it_is_at_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_in(tmp_path) as one, store_in(tmp_path) as two:
        said = keep_turn(one, NEW, 1)

        def read_after_another_turn(
            connection: sqlite3.Connection, conversation_id: str, last: int | None
        ) -> list[KeptMessage]:
            keep_turn(two, said, 2)
            return messages_of(connection, conversation_id, last)

        monkeypatch.setattr(conversations, "messages_of", read_after_another_turn)

        assert one.load("c") == said


def test_an_answer_that_ends_while_it_is_looked_at_is_not_called_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begin(NEW, 1)
    with store_in(tmp_path) as one:
        two = ConversationStore(tmp_path)
        keep_begun(two, begun)

        def read_before_the_end(
            connection: sqlite3.Connection, conversation_id: str, last: int | None
        ) -> list[KeptMessage]:
            kept = messages_of(connection, conversation_id, last)
            keep_ended(two, end(begun))
            two.close()
            return kept

        with monkeypatch.context() as patched:
            patched.setattr(conversations, "messages_of", read_before_the_end)
            assert one.load("c") == begun
        assert one.load("c") == end(begun)


def test_the_end_of_a_conversation_is_read_without_the_rest(tmp_path: Path) -> None:
    with store_in(tmp_path) as one:
        said = keep_turn(one, keep_turn(one, NEW, 1), 2)

        assert list(one.load_tail("c", 3).messages) == ["a1", "q2", "a2"]
        assert [message.parent_id for message in one.load_tail("c", 3).path] == [None, "a1", "q2"]
        assert one.load_tail("c", 99) == one.load("c") == said
        # What was only looked at is not taken for kept.
        one.load_tail("c", 1)
        assert one.load("c") == said


def test_the_end_of_a_conversation_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with store_in(tmp_path) as one, pytest.raises(StoreError):
        one.load_tail("c", 3)


def test_a_path_without_an_end_is_read_only_as_far_as_is_wanted(tmp_path: Path) -> None:
    with store_in(tmp_path) as one:
        keep_turn(one, NEW, 1)
        one._connection.execute("UPDATE messages SET parent_id = 'a1' WHERE id = 'q1'")

        assert len(one.load_tail("c", 50).path) == 2


def test_whoever_knows_less_of_a_conversation_does_not_make_it_older(tmp_path: Path) -> None:
    with store_in(tmp_path) as one, store_in(tmp_path) as two:
        said = keep_turn(one, NEW, 1)
        keep_turn(one, said, 5)
        keep_turn(two, said, 3)

        assert [summary.updated_at for summary in one.recent(10)] == [5.0]


def test_a_message_is_never_taken_out_of_another_conversation(store: ConversationStore) -> None:
    said = keep_turn(store, NEW, 1)
    with pytest.raises(StoreError, match="part of another conversation"):
        store.add(replace(said, id="copy"))

    assert store.load("c") == said
    assert [summary.id for summary in store.recent(10)] == ["c"]


def test_what_is_kept_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "llm-tui"
    with store_in(folder) as store:
        keep_turn(store, NEW, 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}

    assert modes.pop("llm-tui") == modes.pop("instances") == 0o700
    assert FILE_NAME in modes
    assert set(modes.values()) == {0o600}


def test_a_file_keeps_the_mode_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.touch(0o640)
    path.chmod(0o640)
    with store_in(tmp_path) as store:
        store.add(NEW)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def said_in(store: ConversationStore, words: str, limit: int = 10) -> list[str]:
    return [message.message_id for message in store.search(words, limit)]


def test_messages_are_found_by_their_words_the_latest_first(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.add(Conversation("c1").append(ChatMessage("m1", "user", "Grüße an die Katze")))
        store.add(Conversation("c2").append(ChatMessage("m2", "user", 'the cat said "hello" to a dog')))
        store.add(Conversation("c3").append(ChatMessage("m3", "user", "a CAT again")))

        assert said_in(store, "cat") == ["m3", "m2"]
        assert said_in(store, "dog cat") == ["m2"]
        assert said_in(store, "grusse kat") == []
        assert said_in(store, "gruße kat") == ["m1"]
        assert said_in(store, '"hello" ca') == ["m2"]
        assert said_in(store, "cat", 1) == ["m3"]
        for nothing in ("", "  ", '"', "* OR NEAR(", "\x00", "-"):
            assert said_in(store, nothing) == []
        (found,) = store.search("dog", 10)
        assert (found.conversation_id, found.title) == ("c2", 'the cat said "hello" to a dog')
        assert ("dog", True) in found.excerpt


def test_what_is_said_anew_or_taken_out_is_found_or_not(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        begun = begin(NEW, 1)
        keep_begun(store, begun)
        assert said_in(store, "answer") == []
        keep_ended(store, end(begun))
        content = end(begun).path[-1].content
        assert said_in(store, content) == ["a1"]
        store.delete("c")
        assert said_in(store, content) == []


def test_conversations_are_found_by_id_or_title(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        for at, (id_, title) in enumerate((("ab1", "Cats"), ("ab2", "Cats and dogs"), ("cd3", "100% _wild_"))):
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


def test_messages_that_are_deleted_are_gone_and_can_be_added_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        said = keep_turn(store, keep_turn(store, NEW, 1), 2)
        left = said.without("q2")
        store.delete_messages(left, ["q2", "a2"])
        assert store.load("c") == left
        store.add(said)
        assert store.load("c") == said
        store.delete_messages(said.without("q1"), list(said.messages))
        assert store.recent(5) == ()


def test_what_can_only_be_read_is_read_and_nothing_is_kept_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_in(tmp_path) as store:
        said = keep_turn(store, NEW, 1)
    monkeypatch.setattr(conversations, "can_only_be_read", lambda path: True)
    with store_in(tmp_path) as store:
        assert store.load("c") == said
        with pytest.raises(StoreError, match="it cannot be written"):
            keep_turn(store, said, 2)
        # What could not be kept is not lost while it is held.
        assert len(store.load("c").messages) == 4


def test_what_can_only_be_read_and_is_older_is_not_taken_for_what_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_in(tmp_path):
        pass
    with database(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 1")
    monkeypatch.setattr(conversations, "can_only_be_read", lambda path: True)
    with pytest.raises(StoreError, match="older llm-tui"):
        ConversationStore(tmp_path)


def test_a_pinned_conversation_is_listed_as_such(store: ConversationStore) -> None:
    keep_turn(store, NEW, 1)
    keep_turn(store, replace(NEW, id="d"), 2)

    store.set_pinned("c", pinned=True)
    assert [(row.id, row.is_pinned) for row in store.recent(9)] == [("d", False), ("c", True)]
    assert [row.id for row in store.pinned()] == ["c"]

    store.set_pinned("c", pinned=False)
    assert store.pinned() == ()


def test_what_was_not_seen_yet_stays_marked_until_it_is(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep_turn(store, NEW, 1)
        store.set_unread("c", unread=True)
    with store_in(tmp_path) as store:
        assert store.recent(1)[0].is_unread
        # Something that is kept of it afterwards does not make it seen.
        keep_turn(store, store.load("c"), 2)
        assert store.find("c", 1)[0].is_unread
        store.set_unread("c", unread=False)
        assert not store.recent(1)[0].is_unread


def test_the_list_tells_how_each_last_answer_ended(store: ConversationStore) -> None:
    keep_begun(store, begin(NEW, 1))
    assert store.recent(1)[0].outcome == "streaming"
    keep_ended(store, end(begin(NEW, 1)))
    assert store.recent(1)[0].outcome == "complete"


def test_a_chosen_system_prompt_and_options_are_kept_at_once(store: ConversationStore) -> None:
    said = keep_turn(store, NEW, 1)

    store.set_conversation_settings("c", "Be\ud800 brief.", {"num_ctx": 4096, "stop": ["\n"]})

    loaded = store.load("c")
    assert loaded == replace(said, system_prompt="Be\ufffd brief.", options={"num_ctx": 4096, "stop": ["\n"]})
    store.set_conversation_settings("c", None, {})
    assert store.load("c") == said


def test_options_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep_turn(store, NEW, 1)
    with database(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE conversations SET options = '[1]'")
        connection.execute("UPDATE messages SET options = 'no'")
    with store_in(tmp_path) as store:
        assert store.load("c").options == store.load("c").path[0].options == {}


def test_a_draft_is_kept_beside_its_conversation_and_goes_with_it(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        keep_turn(store, NEW, 1)
        store.set_draft("c", "half a tho")
        store.set_draft("c", "half a thought\ud800")
        store.set_draft("", "nothing said yet")
    with store_in(tmp_path) as store:
        assert store.draft("c") == "half a thought\ufffd"
        assert store.draft("") == "nothing said yet"
        store.set_draft("", "")
        assert store.draft("") == ""
        store.delete("c")
        assert store.draft("c") == ""
