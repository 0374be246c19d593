"""Reading the databases of other programs."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from tui.chat.conversation import Conversation
from tui.chat.importing.reading import conversations_from
from tui.chat.importing.report import Imported
from tui.errors import UsageError
from tui.store.foreign import foreign_chats, is_database

NOW = 1_800_000_000.0
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20

OTERM = """
CREATE TABLE chat (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, model TEXT NOT NULL, system TEXT,
    provider TEXT DEFAULT 'ollama', parameters TEXT DEFAULT '{}', tools TEXT DEFAULT '[]', thinking BOOLEAN DEFAULT 0);
CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, chat_id INTEGER NOT NULL, author TEXT NOT NULL,
    text TEXT NOT NULL, images TEXT DEFAULT '[]');
"""
ELIA = """
CREATE TABLE chat (id INTEGER PRIMARY KEY, model VARCHAR NOT NULL, title VARCHAR, started_at DATETIME,
    archived BOOLEAN);
CREATE TABLE message (id INTEGER PRIMARY KEY, chat_id INTEGER, role VARCHAR NOT NULL, content VARCHAR NOT NULL,
    timestamp DATETIME, meta JSON, parent_id INTEGER, model VARCHAR);
"""
OPEN_WEBUI = """
CREATE TABLE chat (id TEXT PRIMARY KEY, user_id TEXT, title TEXT, chat JSON, created_at INTEGER, updated_at INTEGER);
"""


def make(path: Path, schema: str, *rows: tuple[str, tuple[object, ...]], wal: bool = False) -> Path:
    """Create a database with rows, each given as a statement and its values."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(schema)
        for statement, values in rows:
            connection.execute(statement, values)
        connection.commit()
    return path


def imported(path: Path) -> tuple[list[Conversation], Imported]:
    """The conversations of a database, and what is reported."""
    conversations, report = [], Imported()
    with foreign_chats(path) as chats:
        for batch in conversations_from(path.name, chats.rows, lambda: NOW):
            conversations += batch.conversations
            report.merge(batch)
    return conversations, report


def test_oterm_chats_are_read(tmp_path: Path) -> None:
    images = json.dumps([base64.b64encode(PNG).decode(), "?"])
    insert = "INSERT INTO message (chat_id, author, text, images) VALUES (?, ?, ?, ?)"
    path = make(
        tmp_path / "store.db",
        OTERM,
        ("INSERT INTO chat (name, model, system) VALUES (?, ?, ?)", ("Cats", "llama3.2", "Be brief.")),
        ("INSERT INTO chat (name, model) VALUES (?, ?)", ("Empty", "llama3.2")),
        (insert, (1, "user", "Why? [Image #1]", images)),
        (insert, (1, "assistant", "Because.", "[]")),
        (insert, (1, "tool", "x", "no json")),
    )
    [found], report = imported(path)
    assert (found.title, found.model, found.system_prompt, found.created_at) == ("Cats", "llama3.2", "Be brief.", NOW)
    prompt, answer = found.path
    assert (prompt.content, [image.data for image in prompt.images]) == ("Why? [Image #1]", [PNG])
    assert (answer.role, answer.content, answer.model) == ("assistant", "Because.", "llama3.2")
    assert report.refused == ["conversation 2: it has no messages"]
    assert report.left_out == {
        "image of an unsupported type": 1,
        "list of images that is not JSON": 1,
        "message of role tool": 1,
    }


def test_elia_chats_are_read(tmp_path: Path) -> None:
    insert = "INSERT INTO message (chat_id, role, content, timestamp, model) VALUES (1, ?, ?, ?, ?)"
    path = make(
        tmp_path / "elia.sqlite",
        ELIA,
        ("INSERT INTO chat VALUES (1, 'gpt-4o', 'Cats', '2026-02-14 10:00:00.000000', 0)", ()),
        (insert, ("system", "Be brief.", "2026-02-14 10:00:00.000000", "gpt-4o")),
        (insert, ("user", "Why?", "2026-02-14 10:00:01.500000", "gpt-4o")),
        (insert, ("assistant", "Because.", "2026-02-14 10:00:02", None)),
        wal=True,
    )
    [found], report = imported(path)
    assert (found.title, found.model, found.system_prompt) == ("Cats", "gpt-4o", "Be brief.")
    assert [(each.role, each.content, each.created_at) for each in found.path] == [
        ("user", "Why?", 1771063201.5),
        ("assistant", "Because.", 1771063202.0),
    ]
    assert report.left_out == {}


def test_open_webui_chats_are_read(tmp_path: Path) -> None:
    history = {"messages": {"q": {"id": "q", "role": "user", "content": "Why?"}}, "currentId": "q"}
    insert = "INSERT INTO chat VALUES (?, 'u', ?, ?, 1700000000, 1700000000)"
    path = make(
        tmp_path / "webui.db",
        OPEN_WEBUI,
        (insert, ("c1", "Cats", json.dumps({"history": history}))),
        (insert, ("c2", "Broken", "{")),
    )
    [found], report = imported(path)
    assert (found.title, found.path[0].content, found.created_at) == ("Cats", "Why?", 1_700_000_000)
    assert report.refused == ["'Broken': it has no messages"]


def test_same_database_gives_the_same_ids(tmp_path: Path) -> None:
    path = make(
        tmp_path / "store.db",
        OTERM,
        ("INSERT INTO chat (name, model) VALUES ('Cats', 'm')", ()),
        ("INSERT INTO message (chat_id, author, text) VALUES (1, 'user', 'Why?')", ()),
    )
    assert imported(path)[0] == imported(path)[0]


def test_database_and_its_folder_are_not_changed(tmp_path: Path) -> None:
    folder = tmp_path / "elia"
    folder.mkdir()
    path = make(folder / "elia.sqlite", ELIA, ("INSERT INTO chat VALUES (1, 'm', 'x', NULL, 0)", ()), wal=True)
    before = path.read_bytes()
    imported(path)
    assert path.read_bytes() == before
    assert [each.name for each in folder.iterdir()] == ["elia.sqlite"]


def test_what_a_running_program_has_written_last_is_read(tmp_path: Path) -> None:
    path = make(tmp_path / "elia.sqlite", ELIA, wal=True)
    with contextlib.closing(sqlite3.connect(path)) as running:
        running.execute("INSERT INTO chat VALUES (1, 'm', 'Cats', NULL, 0)")
        running.execute("INSERT INTO message (chat_id, role, content) VALUES (1, 'user', 'Why?')")
        running.commit()
        [found], _ = imported(path)
    assert found.title == "Cats"


def test_unknown_database_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "other.db", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);")
    with pytest.raises(UsageError, match="not the database of a supported program"), foreign_chats(path):
        pass


def test_view_in_place_of_a_table_is_not_read(tmp_path: Path) -> None:
    endless = (
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 'x' AS name, 'm' AS model FROM n"
    )
    message = "CREATE TABLE message (id INTEGER, chat_id INTEGER, author TEXT, text TEXT);"
    path = make(tmp_path / "store.db", f"CREATE VIEW chat AS {endless}; {message}")
    with pytest.raises(UsageError, match="not the database of a supported program"), foreign_chats(path):
        pass


def test_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5_000)
    assert is_database(path)
    with pytest.raises(UsageError, match="cannot be read"), foreign_chats(path):
        pass


def test_other_files_are_not_databases(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert not is_database(tmp_path / "a.json")
    assert not is_database(tmp_path / "none")
