"""Conversations and stores for tests, and raw access to the database file."""

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
    """The conversation with a new turn: the prompt `q<number>` and the empty, streaming answer `a<number>`."""
    sent = ChatMessage(f"q{number}", "user", prompt, conversation.head_id, created_at=float(number))
    answer = ChatMessage(
        f"a{number}",
        "assistant",
        "",
        sent.id,
        created_at=float(number),
        provider="ollama",
        model="llama",
        outcome="streaming",
    )
    return conversation.append(sent, answer)


def end(conversation: Conversation, content: str = "Hello") -> Conversation:
    """The conversation with its last answer completed."""
    return conversation.with_message(replace(conversation.path[-1], content=content, outcome="complete"))


def save_begun(store: ConversationStore, conversation: Conversation) -> None:
    """Save the beginning of the last turn."""
    store.begin_turn(conversation, *conversation.path[-2:])


def save_ended(store: ConversationStore, conversation: Conversation) -> None:
    """Save the end of the last turn."""
    store.end_turn(conversation, conversation.path[-1])


def save_turn(store: ConversationStore, conversation: Conversation, number: int, prompt: str = "hi") -> Conversation:
    """Save a whole new turn, and return the conversation with it."""
    begun = begin(conversation, number, prompt)
    save_begun(store, begun)
    ended = end(begun)
    save_ended(store, ended)
    return ended


@contextlib.contextmanager
def store_in(folder: Path | None) -> Iterator[ConversationStore]:
    """A store that is closed on exit."""
    store = ConversationStore(folder)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def raw_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of another program to a database file."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield connection


def is_sound(folder: Path) -> bool:
    """Whether the database in a folder passes the integrity check and has no dangling references."""
    with raw_connection(folder / FILE_NAME) as connection:
        (found,) = connection.execute("PRAGMA integrity_check").fetchone()
        return found == "ok" and connection.execute("PRAGMA foreign_key_check").fetchall() == []


@contextlib.contextmanager
def full_disk(store: ConversationStore) -> Iterator[None]:
    """Prevent the file of a store from growing."""
    pages = store._database.connection.execute("PRAGMA page_count").fetchone()[0]
    store._database.connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    store._database.connection.execute("PRAGMA max_page_count = 1000000")


@contextlib.contextmanager
def read_only(store: ConversationStore) -> Iterator[None]:
    """Prevent a store from writing."""
    store._database.connection.execute("PRAGMA query_only = ON")
    yield
    store._database.connection.execute("PRAGMA query_only = OFF")
