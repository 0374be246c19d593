"""ConversationStore: saves conversations while they grow, and lists, searches and loads them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from tui.chat.chunk import JSONValue
from tui.chat.conversation import Conversation, ConversationSummary, FoundMessage, ToolChoice
from tui.chat.message import ChatMessage
from tui.chat.usage import UsageReport
from tui.store import deleting, message_search, models, queries
from tui.store.database import Database
from tui.store.drafts import load_draft, save_draft
from tui.store.fields import storable, text_in
from tui.store.instances import Instance
from tui.store.loading import load_conversation
from tui.store.queries import ArchiveSize
from tui.store.rows import json_from_options, json_from_tools
from tui.store.store_work import ReportWork, ignore_work
from tui.store.stream_writer import StreamWriter
from tui.store.usage import usage_report

FILE_NAME: Final = "conversations.sqlite3"


class ConversationStore:
    """Conversations in one SQLite file. Not thread-safe; several instances of llm-tui may share the file.

    Every method raises `StoreError` if the file cannot be read or written. What could not be written is
    written with the next successful write to the same conversation. Only the delete methods remove anything.
    """

    def __init__(self, folder: Path | None, report: ReportWork = ignore_work) -> None:
        """Open the conversations of a folder, creating folder and file if missing.

        Args:
            folder: The data folder. None stores conversations in memory only.
            report: Told how far long work on the file is. See `Database`.

        Raises:
            StoreError: If they cannot be read or written, or a newer llm-tui has written them.
        """
        self._folder = folder
        self._database = Database(None if folder is None else folder / FILE_NAME, report)
        with contextlib.ExitStack() as on_error, self._database.translated_errors():
            on_error.callback(self._database.close)
            self._instance = Instance(None if folder is None or self._database.is_read_only else folder / "instances")
            on_error.pop_all()
        self._writer = StreamWriter(self._database, self._instance.id)

    def close(self) -> None:
        """Close the file, after one more try to write what could not be written before."""
        self._writer.save_unsaved()
        self._database.close()
        self._instance.end()

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        """Save a prompt and its new, streaming answer; the conversation may be new."""
        self._writer.begin_turn(conversation, prompt, answer)

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None:
        """Save the next text of a streaming answer. No-op if the answer is not saved."""
        self._writer.append_to_answer(answer_id, content, thinking)

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        """Save an answer in its final state."""
        self._writer.end_turn(conversation, answer)

    def add(self, conversation: Conversation) -> None:
        """Save a whole conversation: an import, a fork, or a deleted one that is restored.

        Raises:
            StoreError: If one of its messages belongs to another conversation, by id.
        """
        self._writer.save(conversation)

    def rename(self, conversation_id: str, title: str) -> None:
        """Change the title of a conversation. No-op if the id is unknown."""
        self._database.change("UPDATE conversations SET title = ? WHERE id = ?", storable(title), conversation_id)

    def set_head(self, conversation_id: str, head_id: str | None) -> None:
        """Change the last message of a conversation's path. No-op if the id is unknown."""
        self._database.change("UPDATE conversations SET head_id = ? WHERE id = ?", head_id, conversation_id)

    def set_model(self, conversation_id: str, provider: str, model: str) -> None:
        """Change the provider and model of a conversation. No-op if the id is unknown."""
        self._database.change(
            "UPDATE conversations SET provider = ?, model = ? WHERE id = ?",
            storable(provider),
            storable(model),
            conversation_id,
        )

    def set_pinned(self, conversation_id: str, *, pinned: bool) -> None:
        """Pin a conversation to the top of the list, or unpin it. No-op if the id is unknown."""
        self._database.change("UPDATE conversations SET pinned = ? WHERE id = ?", pinned, conversation_id)

    def set_unread(self, conversation_id: str, *, unread: bool) -> None:
        """Mark whether a conversation has an answer that the user has not seen. No-op if the id is unknown."""
        self._database.change(
            "UPDATE conversations SET unread = ?1 WHERE id = ?2 AND unread != ?1", unread, conversation_id
        )

    def set_conversation_settings(
        self, conversation_id: str, system_prompt: str | None, options: Mapping[str, JSONValue]
    ) -> None:
        """Change the system prompt and the options of a conversation. No-op if the id is unknown."""
        self._database.change(
            "UPDATE conversations SET system_prompt = ?, options = ? WHERE id = ?",
            None if system_prompt is None else storable(system_prompt),
            json_from_options(options),
            conversation_id,
        )

    def set_tools(self, conversation_id: str, tools: ToolChoice) -> None:
        """Change which tools are on in a conversation, and which run without asking. No-op if the id is unknown."""
        self._database.change(
            "UPDATE conversations SET tools = ? WHERE id = ?", json_from_tools(tools), conversation_id
        )

    def set_allowed_tool(self, name: str, fingerprint: str) -> None:
        """Save how a tool server describes a tool that the config allows, by the tool's full name."""
        self._database.change(
            "INSERT OR REPLACE INTO allowed_tools (name, fingerprint) VALUES (?, ?)", storable(name), fingerprint
        )

    def allowed_tools(self) -> dict[str, str]:
        """The fingerprints of tools that the config allows, by their full names, as far as they were saved."""
        rows = self._database.query("SELECT name, fingerprint FROM allowed_tools")
        return {text_in(row, "name"): text_in(row, "fingerprint") for row in rows}

    def set_draft(self, conversation_id: str, text: str) -> None:
        """Save the unsent text of a conversation.

        Args:
            conversation_id: The conversation. Empty for a conversation that has no messages yet.
            text: The draft. Empty deletes the saved one.
        """
        save_draft(self._database, conversation_id, text)

    def draft(self, conversation_id: str) -> str:
        """The unsent text of a conversation; empty if there is none. See `set_draft`."""
        return load_draft(self._database, conversation_id)

    def set_favourite(self, provider: str, model: str, *, favourite: bool) -> None:
        """Mark a model of a provider as a favourite, or no longer."""
        models.set_favourite(self._database, provider, model, favourite=favourite)

    def rename_provider(self, before: str, name: str) -> None:
        """Let all that is saved of a provider be of its new name."""
        models.rename_provider(self._database, before, name)

    def favourites(self) -> tuple[models.ModelKey, ...]:
        """The favourite models, in the order in which they were marked."""
        return models.favourites(self._database)

    def recent_models(self, limit: int) -> tuple[models.ModelKey, ...]:
        """The models that conversations used, the latest first."""
        return models.recent_models(self._database, limit)

    def delete_messages(self, left: Conversation, gone: Collection[str]) -> None:
        """Delete messages of a conversation.

        Args:
            left: The conversation without them. If it has no messages, it is deleted too.
            gone: The ids of the deleted messages.
        """
        self._writer.discard_unsaved(left.id)
        connection = self._database.connection

        def write() -> None:
            connection.executemany("DELETE FROM messages WHERE id = ?", [(id_,) for id_ in gone])
            connection.execute("UPDATE conversations SET head_id = ? WHERE id = ?", (left.head_id, left.id))
            if not left.messages:
                connection.execute("DELETE FROM conversations WHERE id = ?", (left.id,))

        self._database.write(write)
        self._writer.mark_deleted(gone)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with all its messages.

        If it is still open, here or in another instance, the next turn saves it again as a whole, so that
        what the user sees is not lost.
        """
        self._database.change("DELETE FROM conversations WHERE id = ?", conversation_id)
        self._writer.discard_unsaved(conversation_id)

    def delete_all_of(self, conversation_ids: Collection[str]) -> int:
        """Delete conversations, and overwrite their text in the file. Returns how many there were. See `delete`."""
        deleted = deleting.delete_conversations(self._database, conversation_ids)
        for conversation_id in conversation_ids:
            self._writer.discard_unsaved(conversation_id)
        return deleted

    def unused_since(self, seconds: float, *, but_latest: bool) -> tuple[str, ...]:
        """Conversations whose last message is older than a time, by id. Without pinned ones.

        Args:
            seconds: The time, in seconds since the epoch.
            but_latest: Whether the latest conversation is left out.
        """
        return deleting.unused_since(self._database, seconds, but_latest=but_latest)

    def compact(self) -> None:
        """Remove what deleted conversations may have left in the file, and backups of older versions."""
        deleting.compact(self._database, self._folder)

    def size(self) -> ArchiveSize:
        """How many conversations there are, and how large their files are."""
        return queries.size(self._database, None if self._folder is None else self._folder / FILE_NAME)

    def has_any_of(self, conversation_id: str, message_ids: Iterable[str]) -> bool:
        """Whether the conversation, or any of the messages, is saved."""
        return queries.contains_any(self._database, conversation_id, message_ids)

    def load(self, conversation_id: str) -> Conversation:
        """A conversation with all its messages.

        An answer that was streaming in an instance that is no longer alive is returned as interrupted.

        Raises:
            StoreError: If the conversation does not exist.
        """
        if (unsaved := self._writer.unsaved(conversation_id)) is not None:
            return unsaved
        conversation = load_conversation(self._database, self._instance, conversation_id)
        self._writer.mark_saved(conversation.messages)
        return conversation

    def load_tail(self, conversation_id: str, count: int) -> Conversation:
        """The last messages of a conversation's path, to show while the rest loads. Not to be saved or continued.

        Args:
            conversation_id: The conversation.
            count: How many messages to read at most.

        Raises:
            StoreError: If the conversation does not exist.
        """
        if (unsaved := self._writer.unsaved(conversation_id)) is not None:
            return unsaved
        return load_conversation(self._database, self._instance, conversation_id, count)

    def latest(self) -> Conversation | None:
        """The most recently used conversation. None if there are no conversations."""
        found = self.recent(1)
        return self.load(found[0].id) if found else None

    def recent(self, limit: int, offset: int = 0) -> tuple[ConversationSummary, ...]:
        """Conversations, the latest first."""
        return queries.recent(self._database, limit, offset)

    def ids(self) -> tuple[str, ...]:
        """The ids of all conversations, in the order in which they were saved first."""
        return queries.ids(self._database)

    def pinned(self) -> tuple[ConversationSummary, ...]:
        """The pinned conversations, the latest first."""
        return queries.pinned(self._database)

    def find(self, words: str, limit: int) -> tuple[ConversationSummary, ...]:
        """Conversations by id, id prefix or part of the title, the latest first. An exact match excludes all others."""
        return queries.find(self._database, words, limit)

    def titled(self, text: str, limit: int) -> tuple[ConversationSummary, ...]:
        """Conversations with a text in their title, the latest first."""
        return queries.titled(self._database, text, limit)

    def search(self, words: str, limit: int) -> tuple[FoundMessage, ...]:
        """Messages that contain every given word, the latest first. The last word may be a prefix."""
        return message_search.search(self._database, words, limit)

    def search_conversations(self, words: str, scanned: int, limit: int) -> tuple[FoundMessage, ...]:
        """The latest message of each conversation among those that `search` finds, the latest first.

        Args:
            words: The words.
            scanned: How many messages to look at, the latest ones.
            limit: How many conversations to return.
        """
        return message_search.search_conversations(self._database, words, scanned, limit)

    def usage(self) -> UsageReport:
        """Tokens, times and speeds of all answers, by model, provider and day."""
        return usage_report(self._database)

    def last_prompts(self, limit: int) -> tuple[str, ...]:
        """The latest prompts without duplicates, the latest first. Very long ones are left out."""
        return queries.last_prompts(self._database, limit)

    def last_model(self, provider: str) -> str:
        """The model that a provider last answered with; empty if there is no answer from it."""
        return queries.last_model(self._database, provider)
