"""Switching the thinking of a conversation's model."""

from __future__ import annotations

import pytest

from tests.workspace.conftest import ControlledProvider, FrontEnd
from tui.chat.model_info import ModelInfo
from tui.errors import ServerUnreachable, UsageError
from tui.workspace import events as happened
from tui.workspace.target import Target
from tui.workspace.thinking_option import next_value


def describes(provider: ControlledProvider, *values: str, default: str = "", known: bool = True) -> None:
    """Let the server report the values of the model."""
    provider.lists_details = False
    provider.model_info = ModelInfo("tiny", thinking=values if known else None, thinking_default=default)


def think(front_end: FrontEnd) -> object:
    return front_end.current.session.conversation.options.get("think")


async def test_next_value_goes_through_the_levels_of_the_model(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    describes(provider, "off", "low", "high")
    seen = []
    for _ in range(4):
        await front_end.thinking.next(front_end.current)
        seen.append(think(front_end))
    assert seen == ["off", "low", "high", "off"]
    assert front_end.notices[-1] == "Thinking: off."


async def test_first_value_follows_on_what_the_model_does_by_itself(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    describes(provider, "off", "on", default="off")
    await front_end.thinking.next(front_end.current)
    assert think(front_end) == "on"


async def test_unknown_model_is_switched_off_and_on(front_end: FrontEnd, provider: ControlledProvider) -> None:
    describes(provider, known=False)
    for value in ("off", "on", "off"):
        await front_end.thinking.next(front_end.current)
        assert think(front_end) == value


async def test_model_without_a_switch_is_left_alone(front_end: FrontEnd, provider: ControlledProvider) -> None:
    describes(provider)
    with pytest.raises(UsageError, match="tiny has no switch for its thinking"):
        await front_end.thinking.next(front_end.current)
    front_end.submit("/think off")
    await front_end.until(lambda: front_end.of(happened.ErrorRaised))
    error = front_end.of(happened.ErrorRaised)[0].error
    assert str(error) == "tiny does not know the thinking value off."
    assert error.hint == "It has no switch for thinking."
    front_end.submit("/think on")
    await front_end.until(lambda: len(front_end.of(happened.ErrorRaised)) == 2)
    assert think(front_end) is None


async def test_value_that_has_no_effect_is_taken_back(front_end: FrontEnd, provider: ControlledProvider) -> None:
    def shown() -> str:
        return front_end.thinking.shown_value(front_end.current)

    describes(provider, known=False)
    front_end.submit("/think low")
    await front_end.until(lambda: shown() == "low")
    provider.problem = "scripted cannot switch thinking."
    front_end.submit("/think off")
    await front_end.until(lambda: provider.problem in front_end.notices)
    await front_end.until(lambda: think(front_end) is None and shown() == "")


async def test_value_of_the_config_is_not_shown_for_a_model_without_a_switch(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    describes(provider)
    front_end.submit("/set think=on")
    await front_end.until(lambda: think(front_end) == "on")
    session = front_end.current.session
    await front_end.catalog.describe(Target(session.provider.name, session.model))
    assert front_end.thinking.shown_value(front_end.current) == ""


@pytest.mark.parametrize(("typed", "value"), [("on", "on"), ("True", "on"), ("OFF", "off"), ("high", "high")])
async def test_typed_value_is_set(front_end: FrontEnd, provider: ControlledProvider, typed: str, value: str) -> None:
    describes(provider, "off", "low", "high")
    front_end.submit(f"/think {typed}")
    await front_end.until(lambda: front_end.notices)
    assert (think(front_end), front_end.notices) == (value, [f"Thinking: {value}."])


async def test_unknown_level_names_the_values(front_end: FrontEnd, provider: ControlledProvider) -> None:
    describes(provider, "off", "low", "high")
    front_end.submit("/think medium")
    await front_end.until(lambda: front_end.of(happened.ErrorRaised))
    assert front_end.of(happened.ErrorRaised)[0].error.hint == "Its values: off, low, high."


async def test_default_leaves_it_to_the_model_again(front_end: FrontEnd, provider: ControlledProvider) -> None:
    describes(provider, "off", "on")
    front_end.submit("/think on")
    front_end.submit("/set seed=1")
    front_end.submit("/think default")
    await front_end.until(lambda: len(front_end.notices) == 3)
    assert front_end.notices[-1] == "Thinking: left to the model."
    assert front_end.current.session.conversation.options == {"seed": 1}


async def test_what_has_no_effect_is_told_once(front_end: FrontEnd, provider: ControlledProvider) -> None:
    describes(provider, known=False)
    provider.problem = "scripted cannot switch thinking."
    front_end.submit("/set think=low")
    await front_end.until(lambda: think(front_end) == "low")
    provider.finish()
    for prompt in ("one", "two"):
        front_end.submit(prompt)
        await front_end.until(lambda prompt=prompt: provider.prompts[-1:] == [prompt])  # type: ignore[misc]
        await front_end.idle()
    assert front_end.notices.count("scripted cannot switch thinking.") == 1
    assert think(front_end) is None


async def test_problem_replaces_the_confirmation(front_end: FrontEnd, provider: ControlledProvider) -> None:
    describes(provider, known=False)
    provider.problem = "scripted cannot switch thinking."
    await front_end.thinking.next(front_end.current)
    assert front_end.notices == ["scripted cannot switch thinking."]
    assert think(front_end) is None
    provider.problem = ""
    await front_end.thinking.next(front_end.current)
    assert think(front_end) == "on"


async def test_unreachable_server_does_not_keep_the_value_from_being_set(
    front_end: FrontEnd, provider: ControlledProvider
) -> None:
    provider.lists_details = False
    provider.model_info = provider.problem = ServerUnreachable("gone")
    await front_end.thinking.choose(front_end.current, "on")
    assert (think(front_end), front_end.notices) == ("on", ["Thinking: on."])


def test_value_after_an_unknown_one_is_the_first() -> None:
    assert next_value(("off", "on"), "medium") == "off"
