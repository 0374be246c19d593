"""The workspace: the current conversation, and writes to the store."""

from __future__ import annotations

import pytest

from tests.workspace.conftest import ControlledProvider, FrontEnd, prompt
from tui.errors import ServerUnreachable, StoreError
from tui.workspace import events as happened


async def test_prompt_streams_into_the_sink_and_the_store(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.workspace.send(prompt("hi"))
    provider.finish()
    await front_end.idle()

    assert "".join(front_end.shown) == "Hello"
    assert [message.content for message in (await front_end.saved()).path] == ["hi", "Hello"]


async def test_queued_prompt_is_sent_when_the_answer_ends(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.workspace.send(prompt("first"))
    front_end.workspace.send(prompt("second"))
    await front_end.until(lambda: provider.prompts == ["first"])
    provider.finish()
    await front_end.until(lambda: len(provider.prompts) == 2)
    await front_end.idle()

    assert provider.prompts == ["first", "second"]
    assert front_end.contents("user") == ["first", "second"]


async def test_queued_prompt_keeps_the_settings_of_its_submission(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    workspace = front_end.workspace
    workspace.send(prompt("first"))
    workspace.editor.configure(front_end.current, "Be brief.", {"seed": 1})
    workspace.send(prompt("second"))
    await front_end.until(lambda: provider.prompts == ["first"])
    workspace.editor.use_model(front_end.current, "large")
    workspace.editor.configure(front_end.current, None, {"seed": 2})
    workspace.send(prompt("third"))
    provider.finish()
    await front_end.until(lambda: len(provider.prompts) == 3)
    await front_end.idle()

    assert [(request.model, dict(request.options)) for request in provider.requests] == [
        ("tiny", {}),
        ("tiny", {"seed": 1}),
        ("large", {"seed": 2}),
    ]
    assert [request.messages[0].content for request in provider.requests] == ["first", "Be brief.", "first"]
    assert front_end.current.session.model == "large"


async def test_changed_settings_reach_queued_prompts(front_end: FrontEnd, provider: ControlledProvider) -> None:
    workspace = front_end.workspace
    workspace.send(prompt("first"))
    workspace.send(prompt("second"))
    await front_end.until(lambda: provider.prompts == ["first"])
    renewed = ControlledProvider()
    front_end.runtime.use(renewed)
    await workspace.change_settings({"timeouts.connect": 3.0})
    workspace.editor.use_model(front_end.current, "large")
    provider.finish()
    renewed.finish()
    await front_end.until(lambda: renewed.prompts == ["second"])
    await front_end.idle()

    assert provider.prompts == ["first"]
    assert renewed.requests[0].model == "tiny"


async def test_queued_prompt_can_be_unqueued(front_end: FrontEnd) -> None:
    front_end.workspace.send(prompt("first"))
    front_end.workspace.send(prompt("second"))

    assert front_end.workspace.unqueue_last() == "second"
    assert front_end.workspace.unqueue_last() is None


async def test_stop_before_the_first_step_ends_the_turn(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.workspace.send(prompt("hi"))
    assert front_end.workspace.stop_turn()
    await front_end.idle()

    # The prompt is part of the conversation, and the connection is closed.
    assert front_end.contents("user") == ["hi"]
    assert front_end.current.session.conversation.path[-1].outcome == "cancelled"
    assert provider.closed == len(provider.requests)


async def test_stop_while_streaming_keeps_the_partial_answer(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.workspace.send(prompt("hi"))
    await front_end.until(lambda: front_end.shown)
    assert front_end.workspace.stop_turn()
    # A second key does not interrupt the cleanup.
    front_end.workspace.stop_turn()
    await front_end.idle()

    answer = (await front_end.saved()).path[-1]
    assert (answer.content, answer.outcome) == ("Hello", "cancelled")
    assert provider.closed == 1
    assert not front_end.workspace.stop_turn()


async def test_stop_returns_queued_prompts_to_the_composer(front_end: FrontEnd) -> None:
    front_end.workspace.send(prompt("first"))
    front_end.workspace.send(prompt("second"))
    await front_end.until(lambda: front_end.shown)
    front_end.workspace.stop_turn()
    await front_end.idle()

    assert front_end.composer == "second"
    assert not front_end.current.queue


async def test_failed_prompt_returns_to_the_composer(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.failure = ServerUnreachable("gone")
    front_end.workspace.send(prompt("precious"))
    await front_end.until(lambda: front_end.of(happened.TurnFinished))

    assert front_end.composer == "precious"


async def test_failed_prompt_does_not_replace_typed_text(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.failure = ServerUnreachable("gone")
    front_end.workspace.send(prompt("first"))
    front_end.composer = "second"
    await front_end.until(lambda: front_end.of(happened.TurnFinished))

    assert front_end.composer == "second"


async def test_edit_and_version_switch_reach_the_store(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    first = front_end.current.session.conversation.path[0]
    front_end.workspace.send(prompt("two"), editing=first.id)
    await front_end.idle()
    assert [message.content for message in (await front_end.saved()).path] == ["two", "Hello"]

    edited = front_end.current.session.conversation.path[0]
    front_end.workspace.show_version(edited.id, -1)
    assert [message.content for message in (await front_end.saved()).path] == ["one", "Hello"]
    assert front_end.of(happened.PathChanged)[-1].selected == first.id

    # The first version has no predecessor.
    front_end.workspace.show_version(first.id, -1)
    assert front_end.contents("user") == ["one"]


async def test_edit_while_streaming_returns_the_prompt(front_end: FrontEnd) -> None:
    front_end.workspace.send(prompt("one"))
    await front_end.until(lambda: front_end.shown)
    message_id = front_end.current.session.conversation.path[0].id
    front_end.workspace.send(prompt("two"), editing=message_id)

    returned = front_end.of(happened.PromptReturned)[-1]
    assert (returned.text, returned.editing) == ("two", message_id)
    assert "still streaming" in front_end.notices[-1]


async def test_answer_continues_in_the_background_and_is_marked_unread(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    front_end.workspace.send(prompt("one"))
    await front_end.until(lambda: front_end.shown)
    first = front_end.current
    await front_end.workspace.new()
    assert front_end.current is not first
    provider.finish()
    await front_end.idle()

    summary = next(each for each in await front_end.library.summaries() if each.id == first.id)
    assert summary.is_unread
    assert "'one' has a new answer." in front_end.notices
    await front_end.workspace.open(first.id)
    assert front_end.contents("assistant") == ["Hello"]


async def test_background_conversation_is_closed_when_it_is_idle(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    front_end.workspace.send(prompt("one"))
    await front_end.until(lambda: front_end.shown)
    first = front_end.current
    await front_end.workspace.new()
    assert first in front_end.workspace.open_conversations
    provider.finish()
    await front_end.idle()

    assert first not in front_end.workspace.open_conversations


async def test_draft_stays_with_its_conversation(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    first = front_end.current.id
    front_end.composer = "half a thought"
    await front_end.workspace.new()
    assert front_end.composer == ""
    await front_end.workspace.open(first)

    assert front_end.composer == "half a thought"


async def test_failed_switch_keeps_conversation_and_draft(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    current = front_end.current
    front_end.composer = "draft"
    front_end.seen.clear()
    with pytest.raises(StoreError):
        await front_end.workspace.open("no such conversation")

    assert front_end.workspace.current is current
    assert front_end.composer == "draft"
    # The list still has it: another window may have deleted it.
    assert any(isinstance(event, happened.ListChanged) for event in front_end.seen)


async def test_text_typed_while_a_conversation_is_loaded_stays_with_it(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    provider.finish()
    front_end.workspace.send(prompt("one"))
    await front_end.idle()
    first = front_end.current.id
    await front_end.workspace.new()
    other = front_end.current
    front_end.composer = "draft"
    front_end.events.subscribe(happened.TailRequested, lambda _: setattr(front_end, "composer", "typed behind"))
    await front_end.workspace.open(first)

    assert front_end.composer == "typed behind"
    assert other.draft == "draft"
