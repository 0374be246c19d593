"""Deleting messages and conversations, and undoing it."""

from __future__ import annotations

from tests.workspace.conftest import ControlledProvider, FrontEnd, prompt


async def test_deleted_conversation_can_be_restored(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    deleted = front_end.current.id
    front_end.composer = "unsent"
    await front_end.workspace.deletions.delete(deleted)
    assert await front_end.library.summaries() == ()
    assert front_end.composer == "unsent"
    await front_end.workspace.deletions.undo_delete()

    assert [summary.id for summary in await front_end.library.summaries()] == [deleted]
    await front_end.workspace.deletions.undo_delete()
    assert front_end.notices[-1] == "Nothing to undo."


async def test_deleting_a_streaming_conversation_stops_it(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.workspace.send(prompt("one"))
    await front_end.until(lambda: front_end.shown)
    await front_end.workspace.deletions.delete(front_end.current.id)

    assert provider.closed == 1
    assert await front_end.library.summaries() == ()


async def test_deleted_messages_can_be_restored(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    answer = front_end.current.session.conversation.path[-1]
    await front_end.workspace.deletions.delete_message(answer.id)
    assert [message.content for message in (await front_end.saved()).path] == ["one"]
    await front_end.workspace.deletions.undo_delete_message()

    assert [message.content for message in (await front_end.saved()).path] == ["one", "Hello"]
