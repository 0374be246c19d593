"""Reads the chats in the SQLite databases of other programs, without changing them.

A database is recognised by its tables. Views are never read, because a prepared file could hide endless work in one.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tui.chat.importing.values import without_lone_surrogates
from tui.errors import UsageError

_SIGNATURE: Final = b"SQLite format 3\x00"

_MAX_VALUE_BYTES: Final = 2**28
"""The largest text in a row that is read."""

_MAX_MESSAGES: Final = 1_000_000
"""Messages of one chat that are read."""

_SUPPORTED: Final = "Supported: the databases of oterm (store.db), elia (elia.sqlite) and Open WebUI (webui.db)."


class ForeignChats(NamedTuple):
    """The chats in a database."""

    total: int
    rows: Iterator[dict[str, Any]]
    """One object for each chat, as `tui.chat.importing` reads them. Reading raises `UsageError`."""


class _Program(NamedTuple):
    """How the chats of a program are read."""

    columns: Mapping[str, frozenset[str]]
    """The tables, and columns that they have in every version."""

    chat_table: str
    read: Callable[[sqlite3.Connection, sqlite3.Row], dict[str, Any]]


def is_database(path: Path) -> bool:
    """Whether a file is an SQLite database. False if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


@contextlib.contextmanager
def foreign_chats(path: Path) -> Iterator[ForeignChats]:
    """The chats in the database of another program, which is closed on exit.

    Args:
        path: The file.

    Raises:
        UsageError: If it cannot be read, or is not the database of a supported program.
    """
    with _translated_errors(path), contextlib.closing(_connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        connection.execute("PRAGMA query_only = ON")
        # Otherwise the schema of a prepared file could call functions with side effects.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
        program = _program_of(connection)
        if program is None:
            raise UsageError(f"{path} is not the database of a supported program.", hint=_SUPPORTED)
        count = int(connection.execute(f"SELECT count(*) FROM {program.chat_table}").fetchone()[0])  # noqa: S608
        yield ForeignChats(count, _rows(path, connection, program))


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that reads only, and creates no files beside the database unless its program is using it."""
    # In WAL mode even a reader creates files, unless the database is declared immutable. What the program has written
    # last is in the -wal file, which an immutable database ignores.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    # The app reads each batch in any thread of a pool, never in two at a time.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, check_same_thread=False
    )


def _rows(path: Path, connection: sqlite3.Connection, program: _Program) -> Iterator[dict[str, Any]]:
    with _translated_errors(path):
        for chat in connection.execute(f"SELECT * FROM {program.chat_table} ORDER BY rowid"):  # noqa: S608
            yield program.read(connection, chat)


def _with_messages(database: str) -> Callable[[sqlite3.Connection, sqlite3.Row], dict[str, Any]]:
    """Reads a chat and its messages from the tables `chat` and `message`."""

    def read(connection: sqlite3.Connection, chat: sqlite3.Row) -> dict[str, Any]:
        messages = connection.execute(
            "SELECT * FROM message WHERE chat_id = ? ORDER BY id LIMIT ?", (chat["id"], _MAX_MESSAGES)
        )
        return {"database": database, "chat": _values(chat), "messages": [_values(row) for row in messages]}

    return read


def _open_webui_chat(_: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A chat as Open WebUI exports it: its column `chat` has JSON."""
    values = _values(row)
    try:
        values["chat"] = json.loads(values["chat"])
    except (TypeError, ValueError, RecursionError):
        values["chat"] = {"history": {"messages": {}}}
    return values


_PROGRAMS: Final = (
    _Program(
        {"chat": frozenset({"id", "name", "model"}), "message": frozenset({"id", "chat_id", "author", "text"})},
        "chat",
        _with_messages("oterm"),
    ),
    _Program(
        {
            "chat": frozenset({"id", "title", "model", "started_at"}),
            "message": frozenset({"id", "chat_id", "role", "content", "timestamp"}),
        },
        "chat",
        _with_messages("elia"),
    ),
    _Program({"chat": frozenset({"id", "title", "chat", "created_at"})}, "chat", _open_webui_chat),
)


def _program_of(connection: sqlite3.Connection) -> _Program | None:
    """The program whose tables a database has. None if it is not known."""
    tables = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for program in _PROGRAMS:
        if program.columns.keys() <= tables and all(
            columns <= {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
            for table, columns in program.columns.items()
        ):
            return program
    return None


def _values(row: sqlite3.Row) -> dict[str, Any]:
    """A row as JSON has it: without bytes."""
    return {
        key: without_lone_surrogates(value.decode("utf-8", "replace")) if isinstance(value, bytes) else value
        for key, value in zip(row.keys(), row, strict=True)
    }


@contextlib.contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and of the system as `UsageError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else str(cause)
        raise UsageError(
            f"{path} cannot be read: {reason}.", hint="Close the program that uses it, or copy it."
        ) from cause
