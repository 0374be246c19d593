"""The stand-in for a provider that cannot be used."""

from __future__ import annotations

import pytest

from tests.providers.client import HI, ask
from tui.chat.model_info import ModelInfo
from tui.errors import ServerUnreachable, UsageError
from tui.providers.base import Provider
from tui.providers.unavailable import UnavailableProvider


@pytest.fixture
def gone() -> Provider:
    return UnavailableProvider("gone", UsageError("The provider 'gone' is disabled.", hint="Enable it."))


async def test_answers_fail_once_with_the_reason(gone: Provider) -> None:
    outcome = await ask(gone, HI)

    assert isinstance(outcome.error, ServerUnreachable)
    assert (str(outcome.error), outcome.error.hint) == ("The provider 'gone' is disabled.", "Enable it.")
    assert not outcome.error.is_transient


async def test_lookups_fail_with_the_reason(gone: Provider) -> None:
    for look_up in (gone.list_models, gone.check):
        with pytest.raises(ServerUnreachable, match="'gone' is disabled"):
            await look_up()


async def test_what_is_asked_in_passing_fails_silently(gone: Provider) -> None:
    gone.get_ready()
    assert await gone.describe_model("m") == ModelInfo("m")
    assert await gone.server_activity("m") is None
    assert await gone.context_window("m", {}) is None
    assert await gone.model_manager() is None
    assert not await gone.end_thinking("m", "id")
    assert await gone.count_tokens(HI) is None
    assert await gone.thinking_problem("m", "off") == ""
    assert not gone.continues_thinking
    assert (gone.name, gone.address, gone.lists_details) == ("gone", "", True)
    await gone.aclose()
