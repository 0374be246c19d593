"""Database: the SQLite file of the conversations, its transactions, and its errors as `StoreError`.

One connection in autocommit mode, with explicit transactions. The file is private to the user. Where it
cannot be written (a read-only disk, another user's folder), it is opened for reading only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from tui.errors import StoreError
from tui.store.repair import is_index_damage, rebuild_index
from tui.store.schema import create_all, prepare, require_current_version
from tui.store.search_index import fill_search_index
from tui.store.store_errors import translate_error
from tui.store.store_work import INDEX, ReportWork, ignore_work

BUSY_TIMEOUT_S: Final = 5.0
"""How long a write waits for another instance that is writing."""

SQLValue = str | int | float | bytes | None
_T = TypeVar("_T")

SQLParameters = Sequence[SQLValue] | Mapping[str, SQLValue]


class Database:
    """One SQLite database of the current schema version.

    Errors of SQLite and of the system leave every method as `StoreError`.
    """

    def __init__(self, path: Path | None, report: ReportWork = ignore_work) -> None:
        """Open a database, creating the file and its folder if missing.

        Args:
            path: The file. None opens a database in memory.
            report: Told how far long work is, now and later: an upgrade, or a new search index. What it raises stops
                the work, and leaves the file unchanged.

        Raises:
            StoreError: If the database cannot be opened, or a newer llm-tui has written it.
        """
        self._path = path
        self._report = report
        with contextlib.ExitStack() as on_error, self.translated_errors():
            self.is_read_only = path is not None and must_open_read_only(path)
            """Whether nothing can be written."""
            if path is not None and not self.is_read_only:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                create_private_file(path)
            self.connection = _connect(path, read_only=self.is_read_only)
            """The connection, for statements within a `transaction`."""
            on_error.callback(self.connection.close)
            self.connection.row_factory = sqlite3.Row
            self.connection.text_factory = _decode_text
            if self.is_read_only:
                require_current_version(self.connection, path)
            else:
                prepare(self.connection, path, report=report)
            self._identity = None if path is None else _identity_of(path)
            on_error.pop_all()

    def close(self) -> None:
        """Close the connection. If the file became read-only, it stays open until the process ends."""
        if self._is_writable:
            self.connection.close()
        else:
            # Closing would write to the mapped file, see `require_writable`, and so would the garbage collector.
            import ctypes

            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.connection))

    def query(self, statement: str, parameters: SQLParameters = ()) -> list[sqlite3.Row]:
        """Every row of a query."""

        def read() -> list[sqlite3.Row]:
            self.require_writable()
            with self.translated_errors():
                return self.connection.execute(statement, parameters).fetchall()

        return self._with_search_index(read)

    def query_one(self, statement: str, parameters: SQLParameters = ()) -> sqlite3.Row | None:
        """The first row of a query. None if there is none."""
        self.require_writable()
        with self.translated_errors(), contextlib.closing(self.connection.execute(statement, parameters)) as rows:
            row: sqlite3.Row | None = rows.fetchone()
            return row

    def change(self, statement: str, *values: SQLValue) -> None:
        """Run one statement in a transaction of its own."""
        self.write(lambda: self.connection.execute(statement, values))

    def write(self, action: Callable[[], object]) -> None:
        """Run an action in a transaction. If the search index is damaged, it is rebuilt, and the action runs again."""

        def write() -> None:
            with self.transaction():
                action()

        self._with_search_index(write)

    def fill_search_index(self) -> None:
        """Index all messages anew, within a `transaction`: what deleted ones left in the index is removed."""
        fill_search_index(self.connection, lambda fraction: self._report(INDEX, fraction))

    @contextlib.contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """Commit what the block does, or roll it back if the block raises.

        Args:
            kind: `IMMEDIATE` to write; `DEFERRED` to read one consistent state.
        """
        if kind == "IMMEDIATE":
            self._require_file()
        self.require_writable()
        with self.translated_errors():
            self.connection.execute(f"BEGIN {kind}")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back after some errors, such as a full disk.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _with_search_index(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except StoreError as error:
            if self.is_read_only or self.connection.in_transaction or not is_index_damage(error.__cause__):
                raise
        with self.translated_errors():
            rebuild_index(self.connection, create_all, self._report)
        return action()

    def require_writable(self) -> None:
        """Raise an error if the file became read-only.

        SQLite maps a file beside the database into memory and writes to it even to read. If the system refuses
        that, because a disk with errors was mounted read-only, it kills the process with SIGBUS.
        """
        if not self._is_writable:
            with self.translated_errors():
                raise PermissionError(errno.EROFS, "the file became read-only", str(self._path))

    @property
    def _is_writable(self) -> bool:
        """Whether the file can be written, as far as that was so when it was opened. True if the file is gone."""
        path = self._path
        return path is None or self.is_read_only or not path.exists() or os.access(path, os.W_OK)

    def _require_file(self) -> None:
        """Raise an error if the file was deleted or replaced: SQLite would go on writing to a file without a name."""
        if self._path is not None and _identity_of(self._path) != self._identity:
            raise StoreError(
                f"{self._path} was moved, deleted or replaced while llm-tui was running; nothing more is saved.",
                hint="Put it back, or export what you need with /export and start llm-tui again.",
            )

    @contextlib.contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Raise errors of SQLite and of the system as `StoreError`."""
        try:
            yield
        except (sqlite3.Error, OSError) as cause:
            raise translate_error(cause, self._path) from cause


def _identity_of(path: Path) -> tuple[int, int] | None:
    """What tells the file at a path from others. None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def must_open_read_only(path: Path) -> bool:
    """Whether a database exists that cannot be written: on a read-only disk, or in another user's folder."""
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def create_private_file(path: Path) -> None:
    """Create an empty file that only the user can read, if it does not exist. SQLite's own would be public."""
    # An existing file is not opened: closing it would drop the locks of this process's connections,
    # https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _connect(path: Path | None, *, read_only: bool) -> sqlite3.Connection:
    def connect(name: str | Path, *, uri: bool = False) -> sqlite3.Connection:
        return sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S, uri=uri)

    if path is None or not read_only:
        return connect(path or ":memory:")
    connection = connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError:
        # In WAL mode even a reader creates files beside the database, unless the database is declared immutable.
        connection.close()
        connection = connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    return connection


def _decode_text(text: bytes) -> str:
    """Decode a text column. Invalid UTF-8 in a damaged file must not make the other messages unreadable."""
    return text.decode("utf-8", "replace")
