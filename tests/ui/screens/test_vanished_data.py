"""The data folder vanishes, or becomes read-only, while an answer streams."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.program import Program
from tests.ui.running import StartApp
from tui.demo.server import DemoServer


async def test_vanished_folder_is_said_once_and_the_answer_stays(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-400-200")
    await app.ask("go")
    await app.until(lambda: "orem" in app.log.text)
    await app.runtime.conversations.call(lambda store: store.recent(1))
    shutil.rmtree(program.data)
    await app.until(lambda: not app.is_running)
    shown = app.log.text
    await app.ask_and_wait("again")
    assert shown[:200] in app.log.text
    assert [notice for notice in app.notices if "was moved, deleted or replaced" in notice] == [app.notices[0]]
    assert len(app.messages) == 4
    assert not program.data.exists()


async def test_read_only_folder_is_said_once_and_the_answer_stays(
    program: Program, demo: DemoServer, start_app: StartApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-400-200")
    await app.ask("go")
    await app.until(lambda: "orem" in app.log.text)
    await app.runtime.conversations.call(lambda store: store.recent(1))
    access = os.access
    database = str(program.data)
    monkeypatch.setattr(
        "tui.store.database.os.access",
        lambda path, mode: not str(path).startswith(database) and access(path, mode),
    )
    await app.until(lambda: not app.is_running)
    await app.ask_and_wait("again")
    assert len([notice for notice in app.notices if "the file is not writable" in notice]) == 1
    assert len(app.messages) == 4
    monkeypatch.undo()
    # The disk can be written again: everything is saved with the next turn.
    await app.ask_and_wait("once more")
    await app.close()
    assert not any("was moved" in notice for notice in app.notices)
