"""Send a request to a provider, and collect its answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fault_server import FaultServer
from tests.providers.bodies import Answer
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelProgress
from tui.chat.turn import TurnRetried
from tui.errors import ProviderError
from tui.limits import RetryPolicy, TimeLimits
from tui.providers.base import AnswerStream, ProgressStream, Provider
from tui.providers.options import ProviderOptions
from tui.providers.registry import make_provider

LONG_LIMITS = TimeLimits(connect=60, first_token=60, idle=60, total=60)
NO_RETRY = RetryPolicy(attempts=1)
RETRY_IMMEDIATELY = RetryPolicy(attempts=3, backoff_initial=0.0)

HI = ChatRequest("m", (ChatMessage("q", "user", "Hi"),))


@dataclass
class Outcome:
    """The result of one request."""

    answer: Answer
    retries: list[TurnRetried] = field(default_factory=list)
    error: ProviderError | None = None

    stopped: bool = False
    """Whether the user stopped the answer."""

    seconds: float = 0.0
    """The duration of the request; of the cancellation if the user stopped it. 0 if not measured."""

    @property
    def kind(self) -> str | None:
        """The kind of the error, or `cancelled`. None if the answer is complete."""
        if self.stopped:
            return "cancelled"
        return None if self.error is None else self.error.kind

    @property
    def attempts(self) -> int:
        """The number of attempts."""
        return 1 + len(self.retries)


@contextlib.asynccontextmanager
async def provider_at(kind: str, server: FaultServer | str, **options: Any) -> AsyncIterator[Provider]:
    """A provider for a server or URL. By default it has long timeouts and does not retry."""
    url = server if isinstance(server, str) else server.url
    provider = make_provider(
        kind, ProviderOptions("mine", url, **{"limits": LONG_LIMITS, "retry": NO_RETRY, **options})
    )
    try:
        yield provider
    finally:
        await provider.aclose()


async def ask(provider: Provider, request: ChatRequest = HI) -> Outcome:
    """Send a request, and collect the answer up to its end or an error."""
    return await collect(provider.stream_chat(request))


async def collect(stream: AnswerStream, outcome: Outcome | None = None) -> Outcome:
    """Collect an answer up to its end or an error.

    Args:
        stream: The answer.
        outcome: Updated with each event, so that the caller can watch the progress. None creates a new one.
    """
    outcome = outcome or Outcome(Answer())
    try:
        async with contextlib.aclosing(stream) as events:
            async for event in events:
                if isinstance(event, TurnRetried):
                    outcome.retries.append(event)
                else:
                    outcome.answer.add(event)
    except ProviderError as error:
        outcome.error = error
        outcome.answer.error = (error.kind, str(error))
    return outcome


async def collect_progress(stream: ProgressStream, reports: list[ModelProgress] | None = None) -> list[ModelProgress]:
    """All reports on a download or load.

    Args:
        stream: The reports as they arrive.
        reports: Filled with them, so that the caller can watch. None creates a new list.
    """
    reports = [] if reports is None else reports
    async with contextlib.aclosing(stream) as arriving:
        async for report in arriving:
            reports.append(report)
    return reports


def chat_request(*messages: ChatMessage, **fields: Any) -> ChatRequest:
    """A request with the given messages and fields, and defaults for the others."""
    return replace(HI, messages=messages or HI.messages, **fields)
