"""ConversationStore: keeps conversations while they grow, lists them, brings them back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui.chat.conversation import Conversation, ConversationSummary
from tui.chat.message import ChatMessage, Failure, Image
from tui.errors import StoreError
from tui.store.instances import Instance
from tui.store.rows import COLUMNS, message_of, row_of, storable
from tui.store.schema import bring_up_to_date

FILE_NAME: Final = "conversations.sqlite3"

_PATIENCE_MS: Final = 5_000
"""How long another instance's writing is waited for."""

_INTERRUPTED: Final = Failure(
    kind="interrupted",
    message="llm-tui ended before this answer did.",
    hint="What had arrived is kept. F5 asks again.",
)

_PUT_MESSAGE: Final = (
    f"INSERT INTO messages ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + name for name in COLUMNS)}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS if name != 'id')}"
)


class ConversationStore:
    """Conversations in one SQLite file. Not for two threads at once; several instances may share the file."""

    def __init__(self, folder: Path | None) -> None:
        """Open the conversations of a folder, making what is missing.

        Args:
            folder: The data folder. None keeps them in memory only.

        Raises:
            StoreError: When they cannot be read or written there.
        """
        self._path = None if folder is None else folder / FILE_NAME
        self._kept: set[str] = set()
        """Ids of messages that are known to be in the file."""
        with self._translated():
            if folder is not None:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                # SQLite would make it readable for everybody.
                os.close(os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                self._path or ":memory:", isolation_level=None, check_same_thread=False, timeout=_PATIENCE_MS / 1000
            )
        try:
            with self._translated():
                self._connection.row_factory = sqlite3.Row
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                bring_up_to_date(self._connection, self._path)
                self._instance = Instance(None if folder is None else folder / "instances")
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._instance.end()

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Keep a prompt and the answer that begins, in a conversation that may be new."""
        self._keep(conversation, (prompt, answer), answer.created_at)

    def grow(self, answer_id: str, content: str, thinking: str) -> None:
        """Keep more of an answer."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO pieces (message_id, content, thinking) VALUES (?, ?, ?)",
                (answer_id, storable(content), storable(thinking)),
            )

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Keep an answer in its final state."""
        self._keep(conversation, (answer,), answer.created_at + (answer.figures.total_s or 0.0))

    def load(self, conversation_id: str) -> Conversation:
        """A conversation with all its messages.

        An answer that was streaming into an instance that no longer lives comes back as interrupted.

        Raises:
            StoreError: When there is none with that id.
        """
        with self._translated():
            row = self._connection.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            if row is None:
                raise StoreError("That conversation is no longer there.", hint="Another instance may have deleted it.")
            messages = self._messages(conversation_id)
        self._kept.update(messages)
        return Conversation(
            id=row["id"],
            title=row["title"],
            created_at=row["created_at"],
            provider=row["provider"],
            model=row["model"],
            messages=messages,
            head_id=row["head_id"] if row["head_id"] in messages else None,
        )

    def latest(self) -> Conversation | None:
        """The conversation in which something was said last. None when there is none."""
        found = self.recent(1)
        return self.load(found[0].id) if found else None

    def recent(self, limit: int, offset: int = 0) -> tuple[ConversationSummary, ...]:
        """Conversations, the latest first."""
        with self._translated():
            rows = self._connection.execute(
                "SELECT * FROM conversations ORDER BY updated_at DESC, rowid DESC LIMIT ? OFFSET ?", (limit, offset)
            ).fetchall()
        return tuple(
            ConversationSummary(row["id"], row["title"], row["updated_at"], row["provider"], row["model"])
            for row in rows
        )

    def last_prompts(self, limit: int) -> tuple[str, ...]:
        """What the user wrote, the latest first, each text once."""
        with self._translated():
            rows = self._connection.execute(
                "SELECT content, max(seq) AS last FROM messages WHERE role = 'user' AND length(content) < 20000 "
                "GROUP BY content ORDER BY last DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(row["content"] for row in rows)

    def last_model(self, provider: str) -> str:
        """The model that a provider was last used with. Empty when it never was."""
        with self._translated():
            row = self._connection.execute(
                "SELECT model FROM messages WHERE role = 'assistant' AND provider = ? AND model != '' "
                "ORDER BY seq DESC LIMIT 1",
                (provider,),
            ).fetchone()
        return "" if row is None else str(row["model"])

    def _keep(self, conversation: Conversation, messages: Iterable[ChatMessage], updated_at: float) -> None:
        """Keep messages and their conversation, and with them whatever of it could not be kept before."""
        changed = {message.id: message for message in messages}
        missing = {key: message for key, message in conversation.messages.items() if key not in self._kept}
        with self._transaction():
            self._connection.execute(
                "INSERT INTO conversations (id, title, created_at, updated_at, provider, model, head_id) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title, "
                "updated_at = max(updated_at, excluded.updated_at), provider = excluded.provider, "
                "model = excluded.model, head_id = excluded.head_id",
                (
                    conversation.id,
                    storable(conversation.title),
                    conversation.created_at,
                    updated_at,
                    storable(conversation.provider),
                    storable(conversation.model),
                    conversation.head_id,
                ),
            )
            for message in {**missing, **changed}.values():
                self._put(message, conversation.id)
        self._kept.update(missing)

    def _put(self, message: ChatMessage, conversation_id: str) -> None:
        streaming = message.outcome == "streaming"
        row = row_of(message, conversation_id, self._instance.id if streaming else None)
        self._connection.execute(_PUT_MESSAGE, row)
        if not streaming:
            self._connection.execute("DELETE FROM pieces WHERE message_id = ?", (message.id,))
        self._connection.executemany(
            "INSERT OR REPLACE INTO images (message_id, position, media_type, name, data) VALUES (?, ?, ?, ?, ?)",
            [
                (message.id, at, image.media_type, storable(image.name), image.data)
                for at, image in enumerate(message.images)
            ],
        )

    def _messages(self, conversation_id: str) -> dict[str, ChatMessage]:
        of_conversation = "message_id IN (SELECT id FROM messages WHERE conversation_id = ?)"
        images: dict[str, list[Image]] = defaultdict(list)
        for row in self._connection.execute(
            f"SELECT * FROM images WHERE {of_conversation} ORDER BY position",  # noqa: S608
            (conversation_id,),
        ):
            images[row["message_id"]].append(Image(row["media_type"], row["data"], row["name"]))
        pieces: dict[str, list[sqlite3.Row]] = defaultdict(list)
        for row in self._connection.execute(
            f"SELECT * FROM pieces WHERE {of_conversation} ORDER BY seq",  # noqa: S608
            (conversation_id,),
        ):
            pieces[row["message_id"]].append(row)
        rows = self._connection.execute(
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY seq", (conversation_id,)
        )
        messages = {}
        for row in rows:
            message = message_of(row, tuple(images[row["id"]]))
            if message.outcome == "streaming":
                message = self._recovered(message, pieces[message.id], row["writer"] or "")
            messages[message.id] = message
        return messages

    def _recovered(self, message: ChatMessage, pieces: Iterable[sqlite3.Row], writer: str) -> ChatMessage:
        """An answer that was not finished when it was last kept: what there is of it, and what became of it."""
        pieces = list(pieces)
        message = replace(
            message,
            content=message.content + "".join(piece["content"] for piece in pieces),
            thinking=message.thinking + "".join(piece["thinking"] for piece in pieces),
        )
        if self._instance.is_alive(writer):
            return message
        return replace(message, outcome="failed", failure=_INTERRUPTED)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk ends the transaction by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Give the system's errors our names."""
        try:
            yield
        except sqlite3.Error as cause:
            raise StoreError(f"Conversations cannot be kept in {self._path}: {cause}.", hint=_hint(cause)) from cause
        except (KeyError, TypeError, ValueError) as cause:
            raise StoreError(f"{self._path} holds what llm-tui did not write: {cause}.", hint=_DAMAGED) from cause
        except OSError as cause:
            raise StoreError(
                f"Conversations cannot be kept in {self._path}: {cause.strerror or cause}.",
                hint="Name another folder with --data-dir or LLM_TUI_DATA_DIR.",
            ) from cause


_DAMAGED: Final = (
    "The file is damaged: move it away to begin anew, or put a copy of it in its place. It is left as it is."
)


def _hint(cause: sqlite3.Error) -> str:
    words = str(cause).lower()
    if "full" in words:
        return "Make room on the disk; the chat goes on, and what is missing is kept once there is room."
    if "locked" in words or "busy" in words:
        return "Another instance of llm-tui is writing; it is tried again."
    if "readonly" in words or "read-only" in words or "unable to open" in words:
        return "Make that folder writable, or name another with --data-dir or LLM_TUI_DATA_DIR."
    if "malformed" in words or "not a database" in words:
        return _DAMAGED
    return "Name another folder with --data-dir or LLM_TUI_DATA_DIR."
