"""ConversationStore: keeps conversations while they grow, lists them, brings them back."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui.chat.chunk import JSONValue
from tui.chat.conversation import Conversation, ConversationSummary, FoundMessage
from tui.chat.message import ChatMessage, Failure
from tui.errors import StoreError
from tui.store.connection import can_only_be_read, lenient, make_private, open_connection
from tui.store.instances import Instance
from tui.store.rows import json_of_options, messages_of, options_of, put_message, put_piece, storable
from tui.store.schema import make_ready, make_sure
from tui.store.store_errors import translate_error

FILE_NAME: Final = "conversations.sqlite3"

RECALLED_LENGTH: Final = 20_000
"""Characters from which on a prompt is not recalled: it was pasted."""

INTERRUPTED: Final = Failure(
    kind="interrupted",
    message="llm-tui ended before this answer did.",
    hint="What had arrived is kept.",
)
"""Why an answer is not whole whose instance was killed."""

_PUT_CONVERSATION: Final = """
    INSERT INTO conversations (id, title, created_at, updated_at, provider, model, head_id, system_prompt, options)
    VALUES (:id, :title, :created_at, :updated_at, :provider, :model, :head_id, :system_prompt, :options)
    ON CONFLICT (id) DO UPDATE SET
        title = CASE title WHEN '' THEN excluded.title ELSE title END,
        updated_at = max(updated_at, excluded.updated_at),
        provider = excluded.provider,
        model = excluded.model,
        head_id = excluded.head_id,
        system_prompt = excluded.system_prompt,
        options = excluded.options
"""
"""A title, once given, is changed by `rename` alone: a conversation being held knows nothing of that."""


_SUMMARIES: Final = (
    "SELECT conversations.*, messages.outcome FROM conversations LEFT JOIN messages ON messages.id = head_id"
)


class ConversationStore:
    """Conversations in one SQLite file. Not for two threads at once; several instances may share the file.

    What cannot be kept is told by a `StoreError`, and kept with the next thing
    of its conversation that can. Nothing is ever taken out but by `delete`.
    """

    def __init__(self, folder: Path | None) -> None:
        """Open the conversations of a folder, making what is missing.

        Args:
            folder: The data folder. None keeps them in memory only.

        Raises:
            StoreError: When they cannot be read or written there, or are of a newer version.
        """
        self._path = None if folder is None else folder / FILE_NAME
        self._kept: set[str] = set()
        """Ids of messages that are in the file in their present state."""
        self._unkept: dict[str, Conversation] = {}
        """Conversations that could not be kept when they should have been, by id."""
        self._ungrown: dict[str, tuple[str, str]] = {}
        """Content and thinking that could not be kept when they came, by the id of their answer."""
        with contextlib.ExitStack() as undoing, self._translated():
            is_sealed = self._path is not None and can_only_be_read(self._path)
            if folder is not None and not is_sealed:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                make_private(folder / FILE_NAME)
            self._connection = open_connection(self._path, is_sealed=is_sealed)
            undoing.callback(self._connection.close)
            self._connection.row_factory = sqlite3.Row
            self._connection.text_factory = lenient
            if is_sealed:
                make_sure(self._connection, self._path)
            else:
                make_ready(self._connection, self._path)
            self._instance = Instance(None if folder is None or is_sealed else folder / "instances")
            undoing.pop_all()

    def close(self) -> None:
        """Close the file. What could not be kept before is kept now if it can be."""
        for conversation in tuple(self._unkept.values()):
            # That it cannot was said when it was to be kept.
            with contextlib.suppress(StoreError):
                self._keep(conversation)
        self._connection.close()
        self._instance.end()

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Keep a prompt and the answer that begins, in a conversation that may be new."""
        self._kept.discard(answer.id)
        self._keep(conversation.with_message(prompt).with_message(answer))

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Keep more of an answer."""
        if answer_id in self._ungrown:
            earlier_content, earlier_thinking = self._ungrown[answer_id]
            content, thinking = earlier_content + content, earlier_thinking + thinking
        self._ungrown[answer_id] = (content, thinking)
        unkept = next((each for each in self._unkept.values() if answer_id in each.messages), None)
        with self._transaction():
            if unkept is not None:
                self._put(unkept)
            put_piece(self._connection, answer_id, content, thinking)
        del self._ungrown[answer_id]
        if unkept is not None:
            self._note_kept(unkept)

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Keep an answer in its final state."""
        self._ungrown.pop(answer.id, None)
        self._kept.discard(answer.id)
        self._keep(conversation.with_message(answer))

    def add(self, conversation: Conversation) -> None:
        """Keep a whole conversation: one that was imported, forked, or deleted and is wanted after all.

        Raises:
            StoreError: When another conversation has one of its messages, by the id.
        """
        self._keep(conversation)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title. Nothing where there is none."""
        self._change("UPDATE conversations SET title = ? WHERE id = ?", storable(title), conversation_id)

    def set_head(self, conversation_id: str, head_id: str | None) -> None:
        """Let the path of a conversation end elsewhere. Nothing where there is none."""
        self._change("UPDATE conversations SET head_id = ? WHERE id = ?", head_id, conversation_id)

    def set_model(self, conversation_id: str, provider: str, model: str) -> None:
        """Have a conversation held with another model from now on. Nothing where there is none."""
        self._change(
            "UPDATE conversations SET provider = ?, model = ? WHERE id = ?",
            storable(provider),
            storable(model),
            conversation_id,
        )

    def set_pinned(self, conversation_id: str, *, pinned: bool) -> None:
        """Keep a conversation at the top of the list, or no longer. Nothing where there is none."""
        self._change("UPDATE conversations SET pinned = ? WHERE id = ?", pinned, conversation_id)

    def set_unread(self, conversation_id: str, *, unread: bool) -> None:
        """Note that an answer has ended unseen in a conversation, or that it was seen. Nothing where there is none."""
        self._change("UPDATE conversations SET unread = ?1 WHERE id = ?2 AND unread != ?1", unread, conversation_id)

    def set_conversation_settings(
        self, conversation_id: str, system_prompt: str | None, options: Mapping[str, JSONValue]
    ) -> None:
        """Have a conversation held with another system prompt and other options. Nothing where there is none."""
        self._change(
            "UPDATE conversations SET system_prompt = ?, options = ? WHERE id = ?",
            None if system_prompt is None else storable(system_prompt),
            json_of_options(options),
            conversation_id,
        )

    def set_draft(self, conversation_id: str, text: str) -> None:
        """Keep what is written in a conversation and not sent yet.

        Args:
            conversation_id: The conversation. Empty for one in which nothing was said yet.
            text: It. Empty forgets it.
        """
        if text:
            statement = "INSERT INTO drafts (text, conversation_id) VALUES (?, ?) "
            self._change(
                statement + "ON CONFLICT (conversation_id) DO UPDATE SET text = excluded.text",
                storable(text),
                conversation_id,
            )
        else:
            self._change("DELETE FROM drafts WHERE conversation_id = ?", conversation_id)

    def draft(self, conversation_id: str) -> str:
        """What is written in a conversation and not sent yet. See `set_draft`."""
        with self._translated():
            row = self._connection.execute(
                "SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id,)
            ).fetchone()
        return "" if row is None else str(row["text"])

    def delete_messages(self, left: Conversation, gone: Collection[str]) -> None:
        """Take messages out of a conversation.

        Args:
            left: The conversation as it is without them. Where nothing is left, it goes too.
            gone: The messages, by their ids.
        """
        self._unkept.pop(left.id, None)
        with self._transaction():
            self._connection.executemany("DELETE FROM messages WHERE id = ?", [(id_,) for id_ in gone])
            self._connection.execute("UPDATE conversations SET head_id = ? WHERE id = ?", (left.head_id, left.id))
            if not left.messages:
                self._connection.execute("DELETE FROM conversations WHERE id = ?", (left.id,))
        self._kept.difference_update(gone)

    def delete(self, conversation_id: str) -> None:
        """Take out a conversation with everything in it.

        Whoever still holds it, here or in another instance, brings it back
        whole with the next turn: what is shown is not lost.
        """
        self._change("DELETE FROM conversations WHERE id = ?", conversation_id)
        self._unkept.pop(conversation_id, None)

    def has_any_of(self, conversation_id: str, message_ids: Iterable[str]) -> bool:
        """Whether there is a conversation with that id, or a message with one of those."""
        with self._translated():
            found = self._connection.execute(
                "SELECT 1 FROM conversations WHERE id = ? "
                "UNION ALL SELECT 1 FROM messages WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1",
                (conversation_id, json.dumps([*message_ids])),
            )
            return found.fetchone() is not None

    def load(self, conversation_id: str) -> Conversation:
        """A conversation with all its messages.

        An answer that was streaming into an instance that no longer lives comes back as interrupted.

        Raises:
            StoreError: When there is none with that id.
        """
        return self._read(conversation_id)

    def load_tail(self, conversation_id: str, count: int) -> Conversation:
        """The last messages of a conversation's path: to be seen while all of it is read, and not to be gone on with.

        Args:
            conversation_id: The conversation.
            count: The most messages.

        Raises:
            StoreError: When there is none with that id.
        """
        return self._read(conversation_id, count)

    def _read(self, conversation_id: str, last: int | None = None) -> Conversation:
        if conversation_id in self._unkept:
            return self._unkept[conversation_id]
        # ParsedRequest before the messages are read: one that ended in between has kept its answer whole.
        dead = self._dead_writers(conversation_id)
        with self._transaction("DEFERRED"):
            row = self._connection.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
            if row is None:
                raise StoreError("That conversation is no longer there.", hint="Another instance may have deleted it.")
            kept = messages_of(self._connection, conversation_id, last)
        messages = {
            message.id: _interrupted(message) if message.outcome == "streaming" and writer in dead else message
            for message, writer in kept
        }
        if last is None:
            self._kept.update(messages)
        return Conversation(
            id=row["id"],
            title=row["title"],
            created_at=row["created_at"],
            provider=row["provider"],
            model=row["model"],
            messages=messages,
            head_id=row["head_id"] if row["head_id"] in messages else None,
            system_prompt=row["system_prompt"],
            options=options_of(row["options"]),
        )

    def latest(self) -> Conversation | None:
        """The conversation in which something was said last. None when there is none."""
        found = self.recent(1)
        return self.load(found[0].id) if found else None

    def recent(self, limit: int, offset: int = 0) -> tuple[ConversationSummary, ...]:
        """Conversations, the latest first."""
        with self._translated():
            rows = self._connection.execute(
                f"{_SUMMARIES} ORDER BY conversations.updated_at DESC, conversations.rowid DESC LIMIT ? OFFSET ?",
                (limit, offset),
            ).fetchall()
        return tuple(map(_summary, rows))

    def pinned(self) -> tuple[ConversationSummary, ...]:
        """Conversations that stay at the top of the list, the latest first."""
        with self._translated():
            rows = self._connection.execute(
                f"{_SUMMARIES} WHERE pinned ORDER BY conversations.updated_at DESC, conversations.rowid DESC"
            ).fetchall()
        return tuple(map(_summary, rows))

    def find(self, words: str, limit: int) -> tuple[ConversationSummary, ...]:
        """Conversations by their id, its beginning, or what their title contains; the latest first.

        One whose id it is, or whose title is just that, is the only one.
        """
        with self._translated():
            rows = self._connection.execute(
                "SELECT conversations.*, messages.outcome, conversations.id = :words OR title = :words AS is_it "
                "FROM conversations LEFT JOIN messages ON messages.id = head_id "
                "WHERE is_it OR substr(conversations.id, 1, length(:words)) = :words "
                "OR instr(lower(title), lower(:words)) "
                "ORDER BY is_it DESC, conversations.updated_at DESC, conversations.rowid DESC LIMIT :limit",
                {"words": storable(words), "limit": limit},
            ).fetchall()
        only = [row for row in rows if row["is_it"]]
        return tuple(map(_summary, only or rows))

    def search(self, words: str, limit: int) -> tuple[FoundMessage, ...]:
        """Messages that have all of some words in them, the latest first. The last word may be a beginning."""
        quoted = ['"' + word.replace('"', '""') + '"' for word in storable(words).replace("\x00", " ").split()]
        if not quoted:
            return ()
        with self._translated():
            rows = self._connection.execute(
                "SELECT messages.id, messages.created_at, conversations.id AS conversation_id, title, "
                "snippet(words, 0, char(2), char(3), '…', 16) AS excerpt FROM words "
                "JOIN messages ON messages.seq = words.rowid JOIN conversations ON conversations.id = conversation_id "
                "WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?",
                (" ".join(quoted) + "*", limit),
            ).fetchall()
        return tuple(
            FoundMessage(row["conversation_id"], row["title"], row["id"], row["created_at"], _pieces(row["excerpt"]))
            for row in rows
        )

    def last_prompts(self, limit: int) -> tuple[str, ...]:
        """What the user wrote, the latest first, each text once. Texts too long to be written by hand are left out."""
        prompts: dict[str, None] = {}
        with (
            self._translated(),
            # Grouped by the database, all that was ever said would be read for a handful of it.
            contextlib.closing(
                self._connection.execute(
                    "SELECT content FROM messages WHERE role = 'user' AND length(content) < ? ORDER BY seq DESC",
                    (RECALLED_LENGTH,),
                )
            ) as rows,
        ):
            for row in rows:
                if len(prompts) == limit:
                    break
                prompts[row["content"]] = None
        return tuple(prompts)

    def last_model(self, provider: str) -> str:
        """The model that a provider was last used with. Empty when it never was."""
        with self._translated():
            row = self._connection.execute(
                "SELECT model FROM messages WHERE role = 'assistant' AND provider = ? AND model != '' "
                "ORDER BY seq DESC LIMIT 1",
                (storable(provider),),
            ).fetchone()
        return "" if row is None else str(row["model"])

    def _keep(self, conversation: Conversation) -> None:
        """Keep a conversation: its header, and of its messages those that are not kept as they are."""
        self._unkept[conversation.id] = conversation
        with self._transaction():
            self._put(conversation)
        self._note_kept(conversation)

    def _put(self, conversation: Conversation) -> None:
        found = self._connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation.id,)).fetchone()
        self._connection.execute(
            _PUT_CONVERSATION,
            {
                "id": conversation.id,
                "title": storable(conversation.title),
                "created_at": conversation.created_at,
                "updated_at": _last_said(conversation),
                "provider": storable(conversation.provider),
                "model": storable(conversation.model),
                "head_id": conversation.head_id,
                "system_prompt": None if conversation.system_prompt is None else storable(conversation.system_prompt),
                "options": json_of_options(conversation.options),
            },
        )
        for message in conversation.messages.values():
            # Where the conversation is new or was deleted, nothing of it is kept whatever we remember.
            if found is None or message.id not in self._kept:
                put_message(self._connection, message, conversation.id, self._instance.id)

    def _note_kept(self, conversation: Conversation) -> None:
        self._kept.update(conversation.messages)
        self._unkept.pop(conversation.id, None)

    def _change(self, statement: str, *values: str | int | None) -> None:
        with self._transaction():
            self._connection.execute(statement, values)

    def _dead_writers(self, conversation_id: str) -> set[str]:
        """The instances that an answer of a conversation was streaming into and that live no more."""
        with self._translated():
            writers = self._connection.execute(
                "SELECT DISTINCT writer FROM messages WHERE conversation_id = ? AND outcome = 'streaming'",
                (conversation_id,),
            ).fetchall()
            return {row["writer"] or "" for row in writers if not self._instance.is_alive(row["writer"] or "")}

    @contextlib.contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        with self._translated():
            self._connection.execute(f"BEGIN {kind}")
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
        except (sqlite3.Error, OSError) as cause:
            raise translate_error(cause, self._path) from cause


def _summary(row: sqlite3.Row) -> ConversationSummary:
    return ConversationSummary(
        row["id"],
        row["title"],
        row["updated_at"],
        row["provider"],
        row["model"],
        is_pinned=bool(row["pinned"]),
        is_unread=bool(row["unread"]),
        outcome=row["outcome"] or "complete",
    )


def _pieces(excerpt: str) -> tuple[tuple[str, bool], ...]:
    """An excerpt in which hits stand between two marks, as pieces."""
    before, *marked = excerpt.split("\x02")
    pieces = [(before, False)]
    for part in marked:
        hit, _, after = part.partition("\x03")
        pieces.extend([(hit, True), (after, False)])
    return tuple(piece for piece in pieces if piece[0])


def _interrupted(answer: ChatMessage) -> ChatMessage:
    return replace(answer, outcome="failed", failure=INTERRUPTED)


def _last_said(conversation: Conversation) -> float:
    """When something was last said in a conversation, in seconds since the epoch."""
    return max(
        (message.created_at + (message.stats.total_s or 0.0) for message in conversation.messages.values()),
        default=conversation.created_at,
    )
