"""Submissions are handled in the order they were typed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.workspace.conftest import ControlledProvider, FrontEnd, prompt, ready
from tui.chat.model_info import ChatRequest, ModelInfo
from tui.errors import UsageError
from tui.workspace import events as happened
from tui.workspace.prompt import Prompt


def waiting(front_end: FrontEnd) -> list[tuple[str, ...]]:
    """What was shown as waiting for a server, in order."""
    return [event.texts for event in front_end.of(happened.SubmissionsWaiting)]


async def waits(front_end: FrontEnd, *texts: str) -> None:
    """Wait until texts are shown as waiting for a server."""
    await front_end.until(lambda: waiting(front_end)[-1:] == [texts])


async def test_slash_command_runs_in_the_order_typed(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.submit("first")
    front_end.submit("/model large")
    front_end.submit("second")
    await front_end.until(lambda: len(provider.requests) == 2)

    assert [request.model for request in provider.requests] == ["tiny", "large"]


async def test_prompt_behind_new_goes_to_the_new_conversation(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    provider.finish()
    front_end.submit("first")
    front_end.submit("/new")
    front_end.submit("second")
    await front_end.until(lambda: len(provider.requests) == 2)

    assert [message.content for message in provider.requests[1].messages] == ["second"]


async def test_command_without_argument_is_run_by_the_front_end(front_end: FrontEnd) -> None:
    front_end.submit("/settings")
    front_end.submit("/set")
    front_end.submit("/search cats")
    await front_end.until(lambda: len(front_end.performed) == 3)

    assert front_end.performed == [("settings", ""), ("edit_conversation_settings", ""), ("search_all", "cats")]


async def test_unknown_option_is_set_with_a_remark(front_end: FrontEnd) -> None:
    front_end.submit("/set temprature=0.2")
    front_end.submit("/set temperature=0.3")
    await front_end.until(lambda: len(front_end.notices) == 2)

    assert front_end.notices == [
        "temprature=0.2 is set, but temprature is not a known option. Did you mean temperature?",
        "Option set: temperature=0.3.",
    ]


async def test_option_that_reloads_the_model_is_set_with_a_remark(front_end: FrontEnd) -> None:
    front_end.submit("/set num_ctx=8192")
    front_end.submit("/set shift=false")
    await front_end.until(lambda: len(front_end.notices) == 2)

    assert front_end.notices == [
        "Option set: num_ctx=8192. Ollama loads the model again when it changes.",
        "Option set: shift=false. Ollama loads the model again when it changes.",
    ]


async def test_wrong_command_returns_with_an_error(front_end: FrontEnd) -> None:
    front_end.submit("/modle x")
    await front_end.until(lambda: front_end.of(happened.ErrorRaised))

    assert front_end.composer == "/modle x"
    assert "/model" in front_end.of(happened.ErrorRaised)[0].error.hint


async def test_prompt_waits_until_a_provider_is_chosen(starting: FrontEnd, provider: ControlledProvider) -> None:
    starting.submit("early")
    await starting.until(lambda: starting.of(happened.WaitingForProvider))
    assert provider.prompts == []
    await ready(starting)
    await starting.until(lambda: provider.prompts)

    assert provider.prompts == ["early"]


async def test_prompts_queue_while_no_provider_is_chosen(starting: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    starting.submit("early")
    starting.submit("late")
    await starting.until(lambda: ("early", "late") in waiting(starting))
    await ready(starting)
    await starting.until(lambda: len(provider.prompts) == 2)

    assert provider.prompts == ["early", "late"]
    assert waiting(starting)[-1] == ()


async def test_recall_returns_the_prompt_that_waits_for_a_provider(
    starting: FrontEnd, provider: ControlledProvider
) -> None:
    starting.submit("early")
    await starting.until(lambda: starting.of(happened.WaitingForProvider))
    assert starting.submissions.recall()
    assert starting.composer == "early"
    await ready(starting)
    assert not starting.submissions.recall()
    assert provider.prompts == []


async def test_commands_of_the_front_end_run_while_a_prompt_waits(starting: FrontEnd) -> None:
    starting.submit("early")
    starting.submit("/quit")
    await starting.until(lambda: starting.performed)

    assert starting.performed == [("quit", "")]


async def test_waiting_prompt_is_sent_before_a_later_command(starting: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    starting.submit("early")
    starting.submit("/model large")
    starting.submit("late")
    await starting.until(lambda: starting.of(happened.WaitingForProvider))
    await ready(starting)
    await starting.until(lambda: len(provider.requests) == 2)

    assert [(request.messages[-1].content, request.model) for request in provider.requests] == [
        ("early", "tiny"),
        ("late", "large"),
    ]


async def test_failure_of_the_waiting_prompt_returns_it_and_handles_the_rest(
    starting: FrontEnd, provider: ControlledProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = starting.workspace.send
    failures = [UsageError("the provider is gone")]

    def fail_once(prompt: Prompt, *, editing: str | None = None) -> None:
        if failures:
            raise failures.pop()
        sent(prompt, editing=editing)

    monkeypatch.setattr(starting.workspace, "send", fail_once)
    starting.submit("early")
    await starting.until(lambda: starting.of(happened.WaitingForProvider))
    await ready(starting)
    starting.submit("late")
    await starting.until(lambda: provider.prompts)

    assert starting.composer == "early"
    assert [str(event.error) for event in starting.of(happened.ErrorRaised)] == ["the provider is gone"]
    assert provider.prompts == ["late"]


async def test_missing_file_returns_the_prompt(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.submit("read @./no-such-file.txt")
    await front_end.until(lambda: front_end.of(happened.ErrorRaised))

    assert front_end.composer == "read @./no-such-file.txt"
    assert provider.prompts == []


async def test_warns_once_before_sending_an_image_to_a_text_only_model(
    front_end: FrontEnd, provider: ControlledProvider, tmp_path: Path
) -> None:
    image = tmp_path / "cat.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 16)
    provider.model_info = ModelInfo("tiny", capabilities=frozenset({"completion"}))
    front_end.submit(f"see @{image}")
    await front_end.until(lambda: front_end.composer)
    assert "does not support images" in front_end.notices[-1]
    assert provider.prompts == []
    front_end.submit(front_end.composer)
    await front_end.until(lambda: provider.prompts)

    assert len(provider.requests[0].messages[-1].images) == 1


async def test_prompt_waits_for_a_command_of_the_front_end(front_end: FrontEnd, provider: ControlledProvider) -> None:
    """As for `/fork`: what is typed behind it belongs to the fork."""
    provider.finish()
    front_end.submit("first")
    await front_end.until(lambda: provider.prompts)
    await front_end.idle()
    original = front_end.current
    answer = original.session.conversation.path[-1]

    async def fork(name: str, argument: str = "") -> None:
        await asyncio.sleep(0.01)
        await front_end.workspace.fork(answer.id)

    front_end.on_perform = fork
    front_end.submit("/fork")
    front_end.submit("second")
    await front_end.until(lambda: len(provider.prompts) == 2)
    await front_end.idle()

    assert front_end.current is not original
    assert front_end.contents("user") == ["first", "second"]
    assert len(original.session.conversation.path) == 2


async def test_prompt_waits_while_a_fork_is_under_way(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.submit("first")
    await front_end.until(lambda: provider.prompts)
    await front_end.idle()
    original = front_end.current
    front_end.start(lambda: front_end.workspace.fork(original.session.conversation.path[-1].id), "fork")
    await asyncio.sleep(0)
    front_end.submit("second")
    await front_end.until(lambda: len(provider.prompts) == 2)
    await front_end.idle()

    assert len(original.session.conversation.path) == 2
    assert front_end.contents("user") == ["first", "second"]


@pytest.mark.parametrize(
    "change", ["/model large", "/set seed=1", "/system Be very brief.", "/unset temperature", "/unset system"]
)
async def test_command_leaves_queued_prompts_alone(
    front_end: FrontEnd, provider: ControlledProvider, change: str
) -> None:
    front_end.workspace.editor.configure(front_end.current, "Be nice.", {"temperature": 0.5})
    front_end.submit("first")
    front_end.submit("second")
    front_end.submit(change)
    front_end.submit("third")
    await front_end.until(lambda: len(front_end.current.queue) == 2)
    provider.finish()
    await front_end.until(lambda: len(provider.prompts) == 3)

    def settings(request: ChatRequest) -> tuple[str, dict[str, object], str]:
        return request.model, dict(request.options), request.messages[0].content

    first, second, third = map(settings, provider.requests)
    assert first == second == ("tiny", {"temperature": 0.5}, "Be nice.")
    assert third != second


async def test_model_behind_a_first_prompt_is_not_used_for_it(starting: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    await starting.workspace.activate(await starting.workspace.factory.create("ollama"))
    starting.submit("first")
    starting.submit("/model large")
    starting.submit("second")
    starting.directory.set_ready()
    await starting.until(lambda: len(provider.requests) == 2)

    assert [request.model for request in provider.requests] == ["tiny", "large"]


async def test_commands_and_prompts_behind_a_silent_server_are_shown(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("hello")
    await waits(front_end, "/model large", "hello")
    assert provider.prompts == []
    provider.answers_questions.set()
    await front_end.until(lambda: provider.prompts)

    assert provider.requests[0].model == "large"
    assert waiting(front_end)[-1] == ()


async def test_recall_cancels_the_command_and_returns_the_rest(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("one")
    front_end.submit("two")
    await waits(front_end, "/model large", "one", "two")
    assert front_end.submissions.recall()

    assert front_end.composer == "one\ntwo"
    assert front_end.notices[-1] == "Cancelled /model large."
    assert not front_end.submissions.recall()
    provider.answers_questions.set()
    front_end.submit("three")
    await front_end.until(lambda: provider.prompts)
    assert (provider.prompts, provider.requests[0].model) == (["three"], "tiny")


async def test_recall_returns_a_prompt_whose_images_are_checked(
    front_end: FrontEnd, provider: ControlledProvider, tmp_path: Path
) -> None:
    image = tmp_path / "cat.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 16)
    provider.answers_questions.clear()
    front_end.submit(f"see @{image}")
    await waits(front_end, f"see @{image}")
    assert front_end.submissions.recall()

    assert front_end.composer == f"see @{image}"
    assert provider.prompts == []


async def test_what_waits_stays_with_the_conversation_that_is_left(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    provider.finish()
    front_end.submit("first")
    await front_end.until(lambda: provider.prompts)
    await front_end.idle()
    original = front_end.current.id
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("waiting")
    await waits(front_end, "/model large", "waiting")
    front_end.composer = "typed"
    await front_end.workspace.new()

    assert front_end.composer == ""
    assert provider.prompts == ["first"]
    await front_end.workspace.open(original)
    assert front_end.composer == "waiting\ntyped"


async def test_what_waits_outlives_a_deleted_conversation(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.finish()
    front_end.submit("first")
    await front_end.until(lambda: provider.prompts)
    await front_end.idle()
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("waiting")
    await waits(front_end, "/model large", "waiting")
    front_end.composer = "typed"
    await front_end.workspace.deletions.delete(front_end.current.id)

    assert front_end.composer == "waiting\ntyped"


async def test_last_of_what_waits_can_be_taken_back(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("one")
    front_end.submit("two")
    await waits(front_end, "/model large", "one", "two")
    unqueue = front_end.submissions.unqueue_last

    assert [unqueue(), unqueue(), unqueue(), unqueue()] == ["two", "one", "/model large", None]
    assert waiting(front_end)[-1] == ()


async def test_edited_prompt_that_waits_keeps_its_place(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("better", "some-message")
    await waits(front_end, "/model large", "better")
    # Up would make a new prompt of it.
    assert front_end.submissions.unqueue_last() is None
    assert front_end.submissions.recall()

    assert front_end.of(happened.PromptReturned)[-1] == happened.PromptReturned("better", "some-message")


@pytest.mark.parametrize("command", ["quit", "help", "settings"])
async def test_independent_command_does_not_wait_for_a_server(
    front_end: FrontEnd, provider: ControlledProvider, command: str
) -> None:
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("hello")
    front_end.submit(f"/{command}")
    await front_end.until(lambda: front_end.performed)

    assert front_end.performed == [(command, "")]
    assert provider.prompts == []


async def test_what_waits_is_saved_above_what_is_typed(front_end: FrontEnd, provider: ControlledProvider) -> None:
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("one")
    front_end.submit("two")
    await waits(front_end, "/model large", "one", "two")
    front_end.composer = "typed"
    front_end.quit()

    assert await front_end.draft() == "one\ntwo\ntyped"


async def test_prompt_submitted_just_before_the_end_is_saved(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.submit("gamma")
    front_end.quit()
    await asyncio.sleep(0.01)

    assert await front_end.draft() == "gamma"
    assert provider.prompts == []


async def test_prompt_submitted_after_the_end_is_saved(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.submissions.close()
    front_end.submit("late")
    front_end.quit()
    await asyncio.sleep(0.01)

    assert await front_end.draft() == "late"
    assert provider.prompts == []


async def test_queued_prompts_stand_above_what_waits_in_the_draft(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    front_end.submit("first")
    front_end.submit("queued")
    await front_end.until(lambda: front_end.current.queue)
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("waiting")
    await waits(front_end, "/model large", "waiting")
    front_end.composer = "typed"
    front_end.quit()

    assert await front_end.draft() == "queued\nwaiting\ntyped"


async def test_returned_on_quit_in_the_order_typed(front_end: FrontEnd, provider: ControlledProvider) -> None:
    front_end.submit("first")
    front_end.submit("queued")
    await front_end.until(lambda: front_end.current.queue and front_end.shown)
    provider.answers_questions.clear()
    front_end.submit("/model large")
    front_end.submit("waiting")
    await waits(front_end, "/model large", "waiting")
    front_end.composer = "typed"
    front_end.submissions.return_all()
    await front_end.workspace.close()
    front_end.quit()

    assert front_end.composer == "queued\nwaiting\ntyped"
    assert await front_end.draft() == front_end.composer


async def test_quit_before_a_provider_is_chosen_keeps_all_text(starting: FrontEnd) -> None:
    starting.runtime.conversations.post(lambda store: store.set_draft("", "earlier"))
    starting.submit("one")
    starting.submit("/model large")
    starting.submit("two")
    await starting.until(lambda: starting.of(happened.WaitingForProvider))
    starting.composer = "typed"
    starting.quit()

    assert await starting.draft() == "earlier\none\n/model large\ntwo\ntyped"
    starting.composer = ""
    starting.submissions.return_all()


async def test_signal_keeps_a_prompt_whose_turn_has_not_begun(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    front_end.workspace.send(prompt("started"))
    front_end.workspace.send(prompt("queued"))
    # As at the end of the program: before its first step, a task that is cancelled does nothing.
    for task in front_end.tasks:
        task.cancel()
    front_end.quit()
    await asyncio.sleep(0)

    assert await front_end.draft() == "started\nqueued"
    assert provider.prompts == []
    front_end.current.running = None


async def test_signal_keeps_queued_prompts_while_turns_are_stopped(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    front_end.submit("first")
    front_end.submit("queued")
    await front_end.until(lambda: front_end.current.queue and front_end.shown)
    front_end.composer = "typed"
    # Nothing is shown any more, and the tasks are cancelled: in this order.
    front_end.events.is_open = lambda: False
    await front_end.workspace.close()
    front_end.quit()

    assert await front_end.draft() == "queued\ntyped"
