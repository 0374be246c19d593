"""Fills the search index from the messages, in steps, so that the work can be followed and stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

_BATCH_SIZE: Final = 500
"""Messages that are indexed between two reports."""

_BEFORE_FIRST: Final = -(2**63)


def fill_search_index(connection: sqlite3.Connection, report: Callable[[float], None]) -> None:
    """Index every message, in place of what is indexed so far.

    SQLite's own command `rebuild` does the same in one statement, which tells nothing until it ends.

    Args:
        connection: The database, in a transaction.
        report: Called with the part that is done, from 0 to 1. What it raises stops the work; the caller rolls back.

    Raises:
        sqlite3.Error: If the database cannot be read or written.
    """
    connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
    total = int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    done, last = 0, _BEFORE_FIRST
    while done < total:
        report(done / total)
        count, end = connection.execute(
            "SELECT count(*), max(seq) FROM (SELECT seq FROM messages WHERE seq > ? ORDER BY seq LIMIT ?)",
            (last, _BATCH_SIZE),
        ).fetchone()
        connection.execute(
            "INSERT INTO words (rowid, content) SELECT seq, content FROM messages WHERE seq > ? AND seq <= ?",
            (last, end),
        )
        done, last = done + count, end
    report(1.0)
