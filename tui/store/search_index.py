"""Fills the search index from the messages, in steps, so that the work can be followed and stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

_BATCH_SIZES: Final = {"messages": 500, "parts": 20}
"""Rows of each table that are indexed between two reports."""

_INDEXES: Final = {"messages": "words", "parts": "part_words"}
"""The index of each table."""

_BEFORE_FIRST: Final = -(2**63)


def fill_search_index(connection: sqlite3.Connection, report: Callable[[float], None]) -> None:
    """Index every message and part, in place of what is indexed so far.

    SQLite's own command `rebuild` does the same in one statement, which tells nothing until it ends.

    Args:
        connection: The database, in a transaction.
        report: Called with the part that is done, from 0 to 1. What it raises stops the work; the caller rolls back.

    Raises:
        sqlite3.Error: If the database cannot be read or written.
    """
    # An upgrade fills the index before it adds the tables of later versions.
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    counts = {
        table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
        for table in _INDEXES
        if table in present
    }
    total, before = sum(counts.values()), 0
    for table, count in counts.items():
        _fill(connection, table, count, _share_of(report, before, total))
        before += count
    report(1.0)


def _share_of(report: Callable[[float], None], before: int, total: int) -> Callable[[int], None]:
    return lambda done: report((before + done) / total)


def _fill(connection: sqlite3.Connection, table: str, total: int, report: Callable[[int], None]) -> None:
    """Index the rows of a table. `report` is called with the number of rows that are done."""
    index = _INDEXES[table]
    connection.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")  # noqa: S608
    done, last = 0, _BEFORE_FIRST
    while done < total:
        report(done)
        count, end = connection.execute(
            f"SELECT count(*), max(seq) FROM (SELECT seq FROM {table} WHERE seq > ? ORDER BY seq LIMIT ?)",  # noqa: S608
            (last, _BATCH_SIZES[table]),
        ).fetchone()
        connection.execute(
            f"INSERT INTO {index} (rowid, content) SELECT seq, content FROM {table} WHERE seq > ? AND seq <= ?",  # noqa: S608
            (last, end),
        )
        done, last = done + count, end
