"""What the tests of the store say, and how they look at the file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import FILE_NAME, ConversationStore


def begin(conversation: Conversation, number: int, prompt: str = "hi") -> Conversation:
    """The conversation with a turn that has begun: the prompt `q<number>`, and the answer `a<number>`, empty as yet."""
    asked = ChatMessage(f"q{number}", "user", prompt, conversation.head_id, created_at=float(number))
    answer = ChatMessage(
        f"a{number}",
        "assistant",
        "",
        asked.id,
        created_at=float(number),
        provider="ollama",
        model="llama",
        outcome="streaming",
    )
    return conversation.append(asked, answer)


def end(conversation: Conversation, content: str = "Hello") -> Conversation:
    """The conversation with its last answer complete."""
    return conversation.with_message(replace(conversation.path[-1], content=content, outcome="complete"))


def keep_begun(store: ConversationStore, conversation: Conversation) -> None:
    """Have a turn's beginning kept."""
    store.begin_turn(conversation, *conversation.path[-2:])


def keep_ended(store: ConversationStore, conversation: Conversation) -> None:
    """Have a turn's end kept."""
    store.end_turn(conversation, conversation.path[-1])


def keep_turn(store: ConversationStore, conversation: Conversation, number: int, prompt: str = "hi") -> Conversation:
    """Have a whole turn kept; give the conversation with it."""
    begun = begin(conversation, number, prompt)
    keep_begun(store, begun)
    ended = end(begun)
    keep_ended(store, ended)
    return ended


@contextlib.contextmanager
def store_in(folder: Path | None) -> Iterator[ConversationStore]:
    """A store that is closed after use."""
    store = ConversationStore(folder)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """A file of SQLite's, as somebody else sees it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield connection


def is_sound(folder: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file of a folder, nor anything that belongs to nothing."""
    with database(folder / FILE_NAME) as connection:
        (found,) = connection.execute("PRAGMA integrity_check").fetchone()
        return found == "ok" and connection.execute("PRAGMA foreign_key_check").fetchall() == []
