"""Ask a provider something, and gather what comes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fault_server import FaultServer
from tests.providers.reading import Answer
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.chat.turn import TurnRetried
from tui.errors import ProviderError
from tui.limits import RetryPolicy, TimeLimits
from tui.providers.base import AnswerStream, Provider
from tui.providers.options import ProviderOptions
from tui.providers.registry import make_provider

LONG = TimeLimits(connect=60, first_token=60, idle=60, total=60)
ONCE = RetryPolicy(attempts=1)
AT_ONCE = RetryPolicy(attempts=3, backoff_initial=0.0)
"""Tries again, and does not wait for it."""

HI = ChatRequest("m", (ChatMessage("q", "user", "Hi"),))


@dataclass
class Outcome:
    """What asking a provider came to."""

    answer: Answer
    retries: list[TurnRetried] = field(default_factory=list)
    error: ProviderError | None = None

    stopped: bool = False
    """Whether the user stopped it."""

    seconds: float = 0.0
    """How long it took; where the user stopped it, how long that took. 0 where nobody looked at the clock."""

    @property
    def kind(self) -> str | None:
        """The kind of the error. None when there was none."""
        if self.stopped:
            return "cancelled"
        return None if self.error is None else self.error.kind

    @property
    def tries(self) -> int:
        """How often it was tried."""
        return 1 + len(self.retries)


@contextlib.asynccontextmanager
async def provider_at(kind: str, where: FaultServer | str, **options: Any) -> AsyncIterator[Provider]:
    """A provider of a kind, in no hurry and without a second try unless told otherwise."""
    url = where if isinstance(where, str) else where.url
    given = ProviderOptions("mine", url, **{"limits": LONG, "retry": ONCE, **options})
    provider = make_provider(kind, given)
    try:
        yield provider
    finally:
        await provider.aclose()


async def ask(provider: Provider, request: ChatRequest = HI) -> Outcome:
    """The whole answer, or as much of it as comes before an error."""
    return await gathered(provider.stream_chat(request))


async def gathered(stream: AnswerStream, outcome: Outcome | None = None) -> Outcome:
    """What an answer comes to.

    Args:
        stream: The answer.
        outcome: Where to gather it, for who wants to look on. None makes a new one.
    """
    outcome = outcome or Outcome(Answer())
    try:
        async with contextlib.aclosing(stream) as events:
            async for event in events:
                if isinstance(event, TurnRetried):
                    outcome.retries.append(event)
                else:
                    outcome.answer.take(event)
    except ProviderError as error:
        outcome.error = error
        outcome.answer.error = (error.kind, str(error))
    return outcome


def asking(*messages: ChatMessage, **fields: Any) -> ChatRequest:
    """A request, with what matters to a test."""
    return replace(HI, messages=messages or HI.messages, **fields)
