"""ThreadedStore: the store for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store.factories import begin, end, raw_connection, store_in
from tests.store.test_schema import add_messages, version_of, write_version
from tui.chat.conversation import Conversation
from tui.errors import StoreError
from tui.store import store_work
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.schema import MIGRATIONS
from tui.store.store_work import StoreWork
from tui.store.threaded import ThreadedStore, upgrade_note

NEW = Conversation("c")


@contextlib.asynccontextmanager
async def threaded(folder: Path | None, errors: list[StoreError] | None = None) -> AsyncIterator[ThreadedStore]:
    """A store that is closed on exit; reported errors go to `errors`, or fail the test if it is None."""
    reported: list[StoreError] = [] if errors is None else errors
    store = ThreadedStore(folder, reported.append)
    try:
        yield store
    finally:
        await store.aclose()
    assert errors is not None or reported == []


async def all_calls_done(store: ThreadedStore) -> None:
    """Wait until all posted calls have run and reported."""
    with contextlib.suppress(StoreError):
        await store.call(ConversationStore.recent, 0)
    await asyncio.sleep(0)


async def test_calls_run_in_order(tmp_path: Path) -> None:
    begun = begin(NEW, 1)
    async with threaded(tmp_path) as store:
        store.begin_turn(begun, *begun.path)
        store.append_to_answer("a1", "Hel", "Hm")
        streaming = await store.call(ConversationStore.load, "c")
        assert (streaming.path[-1].content, streaming.path[-1].thinking) == ("Hel", "Hm")
        store.end_turn(end(begun), end(begun).path[-1])
        assert await store.call(ConversationStore.load, conversation_id="c") == end(begun)


async def test_close_runs_all_posted_calls_first(tmp_path: Path) -> None:
    async with threaded(tmp_path) as store:
        for number in range(100):
            store.post(ConversationStore.add, Conversation(str(number)))

    with store_in(tmp_path) as saved:
        assert len(saved.recent(1_000)) == 100


async def test_event_loop_does_not_wait_for_the_disk() -> None:
    disk = threading.Event()
    done = []

    def wait_for_the_disk(store: ConversationStore) -> None:
        disk.wait(10)
        done.append("disk")

    async with threaded(None) as store:
        store.post(wait_for_the_disk)
        calling = asyncio.create_task(store.call(ConversationStore.recent, 1))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not calling.done()
        done.append("loop")
        disk.set()
        await calling
    assert done == ["loop", "disk"]


async def test_call_raises_the_error_to_its_caller() -> None:
    async with threaded(None) as store:
        with pytest.raises(StoreError, match="no longer exists"):
            await store.call(ConversationStore.load, "nowhere")


async def test_failure_is_reported_once_until_a_post_succeeds(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.touch()
    errors: list[StoreError] = []
    async with threaded(folder, errors) as store:
        for _ in range(3):
            store.post(ConversationStore.add, NEW)
        await all_calls_done(store)
        assert len(errors) == 1
        folder.unlink()

        store.post(ConversationStore.add, NEW)
        await all_calls_done(store)
        assert (await store.call(ConversationStore.load, "c")) == NEW
        assert len(errors) == 1

        await store.call(lambda opened: opened._database.connection.execute("PRAGMA query_only = ON"))
        store.post(ConversationStore.rename, "c", "title")
        await all_calls_done(store)
        assert len(errors) == 2


async def test_unexpected_exception_is_not_hidden() -> None:
    unhandled = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unhandled.append(context["exception"]))

    def fail(store: ConversationStore) -> None:
        raise ZeroDivisionError

    async with threaded(None) as store:
        store.post(fail)
        await all_calls_done(store)

    assert [type(error) for error in unhandled] == [ZeroDivisionError]


async def test_unused_store_is_never_opened() -> None:
    store = ThreadedStore(None, on_error=lambda _: None)
    await store.aclose()

    assert store._store is None


async def test_cancelled_close_still_closes_the_store(tmp_path: Path) -> None:
    disk = threading.Event()
    closed = threading.Event()

    class NotifyingStore(ConversationStore):
        def close(self) -> None:
            super().close()
            closed.set()

    errors: list[StoreError] = []
    store = ThreadedStore(tmp_path, errors.append)
    store._store = NotifyingStore(tmp_path)
    store.post(lambda _: disk.wait(10))
    store.post(ConversationStore.add, NEW)
    closing = asyncio.create_task(store.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing

    disk.set()
    assert await asyncio.to_thread(closed.wait, 10)

    assert errors == []
    with store_in(tmp_path) as saved:
        assert saved.load("c") == NEW


def test_closed_event_loop_gets_no_report(tmp_path: Path) -> None:
    disk = threading.Event()
    errors: list[StoreError] = []
    store = ThreadedStore(tmp_path, errors.append)

    async def post_and_leave() -> None:
        store.post(lambda _: disk.wait(10))
        store.post(ConversationStore.add, NEW)

    asyncio.run(post_and_leave())
    disk.set()
    asyncio.run(store.aclose())

    assert errors == []
    with store_in(tmp_path) as saved:
        assert saved.load("c") == NEW


async def test_upgrade_of_a_large_file_is_announced(tmp_path: Path) -> None:
    write_version(tmp_path / FILE_NAME, 2)
    with raw_connection(tmp_path / FILE_NAME) as connection:
        connection.execute("CREATE TABLE more (data BLOB)")
        connection.execute("INSERT INTO more VALUES (zeroblob(21000000))")
    said: list[str] = []
    store = ThreadedStore(tmp_path, lambda _: None, said.append)
    await store.call(lambda opened: opened.recent(1))
    await store.call(lambda opened: opened.recent(1))
    await store.aclose()
    assert said == ["Upgrading the saved conversations (21.1 MB), once. A copy of the old file is kept."]
    assert upgrade_note(tmp_path / FILE_NAME) == ""


def test_upgrade_of_a_small_or_missing_file_is_not_announced(tmp_path: Path) -> None:
    write_version(tmp_path / FILE_NAME, 2)
    assert upgrade_note(tmp_path / FILE_NAME) == ""
    assert upgrade_note(tmp_path / FILE_NAME, large_bytes=0) != ""
    assert upgrade_note(tmp_path / "none", large_bytes=0) == ""
    (tmp_path / "short").write_bytes(b"SQLite")
    assert upgrade_note(tmp_path / "short", large_bytes=0) == ""


@pytest.fixture
def no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report work from its beginning, and all of it."""
    monkeypatch.setattr(store_work, "_QUIET_S", 0.0)
    monkeypatch.setattr(store_work, "_REPORT_S", 0.0)


@pytest.mark.usefixtures("no_quiet")
async def test_long_upgrade_is_followed_to_its_end(tmp_path: Path) -> None:
    write_version(tmp_path / FILE_NAME, 2)
    add_messages(tmp_path / FILE_NAME, 2_000)
    works: list[StoreWork] = []
    store = ThreadedStore(tmp_path, lambda _: None, on_work=works.append)
    assert len(await store.call(lambda opened: opened.search("number", 3_000))) == 2_000
    await store.aclose()
    assert {work.state for work in works[:-1]} == {"running"}
    assert works[-1] == StoreWork("upgrading conversations", 1.0, "done")
    assert not store.is_upgrading


@pytest.mark.usefixtures("no_quiet")
async def test_closing_stops_an_upgrade_and_later_calls_fail(tmp_path: Path) -> None:
    write_version(tmp_path / FILE_NAME, 2)
    add_messages(tmp_path / FILE_NAME, 2_000)
    works: list[StoreWork] = []
    go_on = threading.Event()

    def handle(work: StoreWork) -> None:
        works.append(work)
        store.stop_upgrade()
        go_on.set()

    store = ThreadedStore(tmp_path, lambda _: None, on_work=handle)
    report, store._report = store._report, lambda *values: (report(*values), go_on.wait(10))[0]  # type: ignore[method-assign]
    reading = asyncio.ensure_future(store.call(lambda opened: opened.recent(1)))
    later = asyncio.ensure_future(store.call(lambda opened: opened.recent(1)))
    for call in (reading, later):
        with pytest.raises(StoreError, match="their upgrade was stopped") as caught:
            await call
        assert "next start" in caught.value.hint
    await store.aclose()
    assert works[-1].state == "stopped"
    assert version_of(tmp_path / FILE_NAME) == 2
    with store_in(tmp_path) as saved:
        assert len(saved.search("number", 3_000)) == 2_000
    assert version_of(tmp_path / FILE_NAME) == len(MIGRATIONS)
