"""read_answer and with_retries: what is the same for every wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest

from tests.fault_server import EVENT_STREAM, Connection, FaultServer, cuts_after
from tests.providers.client import HI, Outcome, ask, gathered, provider_at
from tests.providers.reading import delta, sse
from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProviderError, ServerFailed, StreamBroken, StreamInterrupted
from tui.limits import RetryPolicy
from tui.providers.answering import with_retries

POLICY = RetryPolicy(attempts=3, backoff_initial=0.0)


class Attempts:
    """Tries that give some chunks each, and then fail or end."""

    def __init__(self, *tries: tuple[list[StreamingChunk], ProviderError | None]) -> None:
        self.began: list[float] = []
        self.closed = 0
        self._tries = list(tries)

    async def __call__(self, began: float) -> AsyncGenerator[StreamingChunk, None]:
        self.began.append(began)
        chunks, error = self._tries.pop(0)
        try:
            for chunk in chunks:
                yield chunk
            if error is not None:
                raise error
        finally:
            self.closed += 1


TEXT = StreamingChunk(content="Hi")
FAILED = ServerFailed("mine failed", status=500)


async def test_tries_that_bring_nothing_are_told_and_the_first_that_brings_something_is_the_answer() -> None:
    attempts = Attempts(([], StreamInterrupted("cut")), ([], FAILED), ([TEXT], None))
    events = [event async for event in with_retries(POLICY, attempts, 0)]

    assert events == [TurnRetried(1, 0.0, "interrupted", "cut"), TurnRetried(2, 0.0, "server", "mine failed"), TEXT]
    assert attempts.closed == 3


@pytest.mark.parametrize(
    "arrived",
    [StreamingChunk(content="H"), StreamingChunk(thinking="H"), StreamingChunk(tool_calls=(ToolCall("f", {}),))],
)
async def test_after_anything_of_the_answer_there_is_no_other_try(arrived: StreamingChunk) -> None:
    attempts = Attempts(([arrived, StreamingChunk(finish_reason="stop")], FAILED))
    events = with_retries(POLICY, attempts, 0)
    assert [await anext(events), await anext(events)] == [arrived, StreamingChunk(finish_reason="stop")]
    with pytest.raises(ServerFailed):
        await anext(events)


async def test_what_is_nothing_of_the_answer_does_not_prevent_another_try() -> None:
    attempts = Attempts(([StreamingChunk(model="other")], FAILED), ([TEXT], None))
    events = [event async for event in with_retries(POLICY, attempts, 0)]

    assert events == [StreamingChunk(model="other"), TurnRetried(1, 0.0, "server", "mine failed"), TEXT]


async def test_the_last_failure_is_the_error() -> None:
    attempts = Attempts(([], StreamInterrupted("1")), ([], StreamInterrupted("2")), ([], StreamInterrupted("3")))
    events = with_retries(POLICY, attempts, 0)
    assert [(await anext(events)).__class__ for _ in range(2)] == [TurnRetried, TurnRetried]
    with pytest.raises(StreamInterrupted, match="3"):
        await anext(events)


async def test_every_try_knows_when_the_first_began() -> None:
    attempts = Attempts(([], FAILED), ([], FAILED), ([TEXT], None))
    before = asyncio.get_running_loop().time()
    async for _ in with_retries(POLICY, attempts, 0):
        pass

    assert len(set(attempts.began)) == 1
    assert attempts.began[0] >= before


async def test_a_wait_that_would_pass_the_total_is_not_begun() -> None:
    patient = RetryPolicy(attempts=3, backoff_initial=100, backoff_max=100)
    with pytest.raises(ServerFailed):
        await anext(with_retries(patient, Attempts(([], FAILED)), total_s=10))
    events = with_retries(patient, Attempts(([], FAILED)), total_s=1000)
    assert isinstance(await anext(events), TurnRetried)
    await events.aclose()


async def test_closing_the_answer_closes_the_try_at_once() -> None:
    attempts = Attempts(([TEXT, TEXT], None))
    async with contextlib.aclosing(with_retries(POLICY, attempts, 0)) as events:
        await anext(events)
        assert attempts.closed == 0
    assert attempts.closed == 1


async def outcome_of_a_cut_after(body: bytes) -> Outcome:
    async with (
        FaultServer(cuts_after(body, content_type=EVENT_STREAM)) as server,
        provider_at("openai", server) as provider,
    ):
        return await ask(provider)


async def test_what_the_server_is_at_is_told_as_it_tells_it() -> None:
    told: list[ServerActivity] = []
    has_told = asyncio.Event()

    def take(doing: ServerActivity) -> None:
        told.append(doing)
        has_told.set()

    async def tells(connection: Connection) -> None:
        await connection.head(200, EVENT_STREAM)
        for processed in (0, 1):
            has_told.clear()
            await connection.body(sse({"choices": [], "prompt_progress": {"total": 4, "processed": processed}}))
            await has_told.wait()
        # Of what is over before it can be shown, nothing is told.
        await connection.body(
            sse({"choices": [], "prompt_progress": {"total": 4, "processed": 4}}, delta("Hi"), "[DONE]")
        )
        await connection.end()

    async with FaultServer(tells) as server, provider_at("openai", server) as provider:
        outcome = await gathered(provider.stream_chat(HI, take))

    assert told == [
        ServerActivity("connecting"),
        ServerActivity("waiting"),
        ServerActivity("reading", 0.0),
        ServerActivity("reading", 0.25),
    ]
    assert outcome.answer.content == "Hi"


async def test_calls_that_were_held_back_are_given_before_any_error() -> None:
    call = sse(delta(None, tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}}]))
    error = b'event: error\ndata: {"message": "boom"}'
    for rest, kind in ((b"", "interrupted"), (error, "stream_error"), (error + b"\n\n", "stream_error")):
        outcome = await outcome_of_a_cut_after(call + rest)
        assert outcome.answer.tool_calls == [ToolCall("f", '{"x"', "a")]
        assert outcome.kind == kind


async def test_whole_events_before_an_error_in_the_rest_of_a_cut_are_kept() -> None:
    rest = b'data: {"choices": [{"delta": {"content": "Hi"}}], "error": "boom"}'
    outcome = await outcome_of_a_cut_after(rest)

    assert outcome.answer.content == "Hi"
    assert isinstance(outcome.error, StreamBroken)
