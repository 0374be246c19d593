"""Submissions are handled in the order they were typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace.conftest import ControlledProvider, FrontEnd, ready
from tui.chat.model_info import ModelInfo
from tui.errors import UsageError
from tui.workspace import events as happened
from tui.workspace.prompt import Prompt


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


async def test_second_prompt_is_returned_while_one_waits_for_a_provider(starting: FrontEnd) -> None:
    starting.submit("early")
    starting.submit("late")
    await starting.until(lambda: starting.composer)

    assert starting.composer == "late"
    assert "already waiting" in starting.notices[-1]


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
