"""Changes of open conversations, and what is saved of them."""

from __future__ import annotations

from tests.workspace.conftest import ControlledProvider, FrontEnd, prompt


async def test_temporary_conversation_is_saved_on_request_while_it_streams(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    await front_end.workspace.new(is_temporary=True)
    front_end.workspace.send(prompt("secret"))
    await front_end.until(lambda: front_end.shown)
    assert await front_end.library.summaries() == ()
    await front_end.workspace.editor.save_temporary()
    provider.finish()
    await front_end.idle()

    assert [message.content for message in (await front_end.saved()).path] == ["secret", "Hello"]


async def test_pin_and_rename_reach_the_store(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    await front_end.workspace.toggle_pin(front_end.current.id)
    await front_end.workspace.editor.rename(front_end.current.id, "Better")

    (summary,) = await front_end.library.summaries()
    assert (summary.title, summary.is_pinned) == ("Better", True)
    assert front_end.current.session.conversation.title == "Better"
