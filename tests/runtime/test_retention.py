"""Deleting conversations by age."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.config.load import load
from tui.runtime import Runtime
from tui.runtime.retention import DAY_S, delete_expired
from tui.store.conversations import ConversationStore


def runtime_in(folder: Path, keep_days: int) -> Runtime:
    """A runtime with conversations of the ages 1, 10 and 100 days."""
    store = ConversationStore(folder)
    for days in (1, 10, 100):
        sent = ChatMessage(f"q{days}", "user", "hi", created_at=time.time() - days * DAY_S)
        store.add(Conversation(f"c{days}").append(sent))
    store.close()
    loaded = load(folder / "none.toml", {})
    return Runtime(replace(loaded, settings=replace(loaded.settings, keep_days=keep_days)), {}, folder)


async def ids_of(runtime: Runtime) -> set[str]:
    found = set(await runtime.conversations.call(ConversationStore.ids))
    await runtime.aclose()
    return found


async def test_nothing_is_deleted_by_default(tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path, load(tmp_path / "none.toml", {}).settings.keep_days)
    assert await delete_expired(runtime, but_latest=False) == 0
    assert await ids_of(runtime) == {"c1", "c10", "c100"}


async def test_conversations_that_are_too_old_are_deleted(tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path, 9)
    assert await delete_expired(runtime, but_latest=False) == 2
    assert await ids_of(runtime) == {"c1"}


async def test_conversation_that_is_about_to_be_opened_stays(tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path, 9)
    await runtime.conversations.call(lambda store: store.delete("c1"))
    assert await delete_expired(runtime, but_latest=True) == 1
    assert await ids_of(runtime) == {"c10"}
