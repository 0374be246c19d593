"""The figures of saved answers."""

from __future__ import annotations

from pathlib import Path

from tests.store.factories import raw_connection, store_in
from tui.chat.chunk import Usage
from tui.chat.conversation import Conversation
from tui.chat.message import AnswerStats, ChatMessage, Outcome
from tui.store.conversations import FILE_NAME, ConversationStore


def add_answer(
    store: ConversationStore, number: int, *, provider: str = "ollama", outcome: Outcome = "complete"
) -> None:
    prompt = ChatMessage(f"q{number}", "user", "hi", created_at=5.0)
    answer = ChatMessage(
        f"a{number}",
        "assistant",
        "yes",
        prompt.id,
        5.0,
        provider=provider,
        model="m",
        outcome=outcome,
        stats=AnswerStats(Usage(10, 20, None), 0.5, 2.0, 40.0),
    )
    store.add(Conversation(f"c{number}").append(prompt, answer))


def test_only_ended_answers_of_providers_are_counted(store: ConversationStore) -> None:
    add_answer(store, 1)
    add_answer(store, 2, outcome="cancelled")
    add_answer(store, 3, outcome="streaming")
    add_answer(store, 4, provider="")
    total = store.usage().total
    assert (total.answers, total.prompt_tokens, total.completion_tokens) == (2, 20, 40)
    assert (total.first_token_s, total.tokens_per_second) == (0.5, 40.0)


def test_damaged_figures_are_unknown(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        add_answer(store, 1)
        add_answer(store, 2)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute(
            "UPDATE messages SET prompt_tokens = 'x', completion_tokens = -4, first_token_s = 'y', "
            "tokens_per_second = 1e300, created_at = 'z' WHERE id = 'a2'"
        )
    with store_in(tmp_path) as store:
        report = store.usage()
    assert (report.total.answers, report.total.answers_with_tokens, report.total.tokens) == (2, 1, 30)
    assert (report.total.first_token_s, report.total.tokens_per_second) == (0.5, 40.0)
    assert [row.day for row in report.by_day] == ["", "1970-01-01"]
