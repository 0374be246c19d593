"""Deletes many conversations so that nothing of them stays in the file."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final

from tui.store.database import Database
from tui.store.fields import text_in

BATCH_SIZE: Final = 50
"""Conversations to delete in one call: other instances can save in between."""


def unused_since(database: Database, seconds: float, *, but_latest: bool) -> tuple[str, ...]:
    """Conversations whose last message is older than a time, by id. Without pinned ones, and those of unknown age.

    Args:
        database: The database.
        seconds: The time, in seconds since the epoch.
        but_latest: Whether the latest conversation is left out.
    """
    rows = database.query(
        "SELECT id FROM conversations WHERE NOT pinned AND typeof(updated_at) IN ('real', 'integer') "
        "AND updated_at > 0 AND updated_at < ?1 AND NOT (?2 AND id = "
        "(SELECT id FROM conversations ORDER BY updated_at DESC, rowid DESC LIMIT 1)) ORDER BY updated_at",
        (seconds, but_latest),
    )
    return tuple(text_in(row, "id") for row in rows)


def delete_conversations(database: Database, ids: Collection[str]) -> int:
    """Delete conversations with their messages, and overwrite their text in the file. Returns how many there were."""
    wanted = json.dumps([*ids])
    deleted = 0

    def write() -> None:
        nonlocal deleted
        deleted = database.connection.execute(
            "DELETE FROM conversations WHERE id IN (SELECT value FROM json_each(?))", (wanted,)
        ).rowcount

    with database.translated_errors():
        database.connection.execute("PRAGMA secure_delete = ON")
    try:
        database.write(write)
    finally:
        with database.translated_errors():
            database.connection.execute("PRAGMA secure_delete = OFF")
    return deleted


def compact(database: Database, folder: Path | None) -> None:
    """Remove what deleted conversations may have left: words of the search index, free pages, the write-ahead log.

    Args:
        database: The database.
        folder: The data folder, whose backups of older versions are deleted too. None for a database in memory.

    Raises:
        StoreError: If another instance is using the database. What was deleted is overwritten all the same.
    """
    database.write(database.fill_search_index)
    database.change(
        "DELETE FROM drafts WHERE conversation_id != '' AND conversation_id NOT IN (SELECT id FROM conversations)"
    )
    with database.translated_errors():
        for backup in folder.glob("conversations.sqlite3.v*.bak*") if folder is not None else ():
            backup.unlink()
        database.connection.execute("VACUUM")
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
