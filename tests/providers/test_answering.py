"""read_answer and with_retries: the logic shared by all wire formats."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator

import pytest

from tests.fault_server import EVENT_STREAM, JSON, Connection, FaultServer, cuts_after, replies
from tests.providers.bodies import delta, sse
from tests.providers.client import HI, Outcome, ask, collect, provider_at
from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProviderError, ServerFailed, StreamBroken, StreamInterrupted
from tui.limits import RetryPolicy
from tui.providers.answering import with_retries
from tui.providers.network import clocks

POLICY = RetryPolicy(attempts=3, backoff_initial=0.0)


class Attempts:
    """Attempts that each yield some chunks, and then fail or end."""

    def __init__(self, *attempts: tuple[list[StreamingChunk], ProviderError | None]) -> None:
        self.started_at: list[float] = []
        self.closed = 0
        self._attempts = list(attempts)

    async def __call__(self, started_at: float) -> AsyncGenerator[StreamingChunk, None]:
        self.started_at.append(started_at)
        chunks, error = self._attempts.pop(0)
        try:
            for chunk in chunks:
                yield chunk
            if error is not None:
                raise error
        finally:
            self.closed += 1


TEXT = StreamingChunk(content="Hi")
FAILED = ServerFailed("mine failed", status=500)


async def test_failed_attempts_are_reported_until_one_answers() -> None:
    attempts = Attempts(([], StreamInterrupted("cut")), ([], FAILED), ([TEXT], None))
    events = [event async for event in with_retries(POLICY, attempts, 0)]

    assert events == [TurnRetried(1, 0.0, "interrupted", "cut"), TurnRetried(2, 0.0, "server", "mine failed"), TEXT]
    assert attempts.closed == 3


@pytest.mark.parametrize(
    "arrived",
    [StreamingChunk(content="H"), StreamingChunk(thinking="H"), StreamingChunk(tool_calls=(ToolCall("f", {}),))],
)
async def test_no_retry_after_the_first_answer_content(arrived: StreamingChunk) -> None:
    attempts = Attempts(([arrived, StreamingChunk(finish_reason="stop")], FAILED))
    events = with_retries(POLICY, attempts, 0)
    assert [await anext(events), await anext(events)] == [arrived, StreamingChunk(finish_reason="stop")]
    with pytest.raises(ServerFailed):
        await anext(events)


async def test_chunks_without_content_do_not_prevent_a_retry() -> None:
    attempts = Attempts(([StreamingChunk(model="other")], FAILED), ([TEXT], None))
    events = [event async for event in with_retries(POLICY, attempts, 0)]

    assert events == [StreamingChunk(model="other"), TurnRetried(1, 0.0, "server", "mine failed"), TEXT]


async def test_last_failure_is_raised() -> None:
    attempts = Attempts(([], StreamInterrupted("1")), ([], StreamInterrupted("2")), ([], StreamInterrupted("3")))
    events = with_retries(POLICY, attempts, 0)
    assert [(await anext(events)).__class__ for _ in range(2)] == [TurnRetried, TurnRetried]
    with pytest.raises(StreamInterrupted, match="3"):
        await anext(events)


async def test_every_attempt_gets_the_start_time_of_the_first() -> None:
    attempts = Attempts(([], FAILED), ([], FAILED), ([TEXT], None))
    before = asyncio.get_running_loop().time()
    async for _ in with_retries(POLICY, attempts, 0):
        pass

    assert len(set(attempts.started_at)) == 1
    assert attempts.started_at[0] >= before


async def test_no_retry_when_its_wait_exceeds_the_total_timeout() -> None:
    long_backoff = RetryPolicy(attempts=3, backoff_initial=100, backoff_max=100)
    with pytest.raises(ServerFailed):
        await anext(with_retries(long_backoff, Attempts(([], FAILED)), total_s=10))
    events = with_retries(long_backoff, Attempts(([], FAILED)), total_s=1000)
    assert isinstance(await anext(events), TurnRetried)
    await events.aclose()


async def test_closing_the_stream_closes_the_attempt_immediately() -> None:
    attempts = Attempts(([TEXT, TEXT], None))
    async with contextlib.aclosing(with_retries(POLICY, attempts, 0)) as events:
        await anext(events)
        assert attempts.closed == 0
    assert attempts.closed == 1


async def outcome_of_cut_after(body: bytes) -> Outcome:
    async with (
        FaultServer(cuts_after(body, content_type=EVENT_STREAM)) as server,
        provider_at("openai", server) as provider,
    ):
        return await ask(provider)


async def test_server_activity_is_reported_as_it_arrives() -> None:
    activities: list[ServerActivity] = []
    activity_reported = asyncio.Event()

    def record(activity: ServerActivity) -> None:
        activities.append(activity)
        activity_reported.set()

    async def sends_progress(connection: Connection) -> None:
        await connection.head(200, EVENT_STREAM)
        for processed in (0, 1):
            activity_reported.clear()
            await connection.body(sse({"choices": [], "prompt_progress": {"total": 4, "processed": processed}}))
            await activity_reported.wait()
        # Progress that arrives together with the answer is not reported.
        await connection.body(
            sse({"choices": [], "prompt_progress": {"total": 4, "processed": 4}}, delta("Hi"), "[DONE]")
        )
        await connection.end()

    async with FaultServer(sends_progress) as server, provider_at("openai", server) as provider:
        outcome = await collect(provider.stream_chat(HI, record))

    assert activities == [
        ServerActivity("connecting"),
        ServerActivity("waiting"),
        ServerActivity("reading", 0.0),
        ServerActivity("reading", 0.25),
    ]
    assert outcome.answer.content == "Hi"


async def test_pending_tool_calls_are_emitted_before_an_error() -> None:
    call = sse(delta(None, tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}}]))
    error = b'event: error\ndata: {"message": "boom"}'
    for rest, kind in ((b"", "interrupted"), (error, "stream_error"), (error + b"\n\n", "stream_error")):
        outcome = await outcome_of_cut_after(call + rest)
        assert outcome.answer.tool_calls == [ToolCall("f", '{"x"', "a")]
        assert outcome.kind == kind


async def test_text_in_an_unterminated_error_event_is_kept() -> None:
    rest = b'data: {"choices": [{"delta": {"content": "Hi"}}], "error": "boom"}'
    outcome = await outcome_of_cut_after(rest)

    assert outcome.answer.content == "Hi"
    assert isinstance(outcome.error, StreamBroken)


# Answers that are not understood


@pytest.mark.parametrize("end", [sse("[DONE]"), b""])
async def test_answer_in_an_unknown_form_is_not_an_empty_answer(end: bytes) -> None:
    body = sse({"result": {"response": "hi"}}) + end
    async with FaultServer(replies(200, body, EVENT_STREAM)) as server, provider_at("openai", server) as provider:
        outcome = await ask(provider)

    assert outcome.kind == "protocol"
    assert 'cannot show: {"result": {"response": "hi"}}' in str(outcome.error)


async def test_reported_error_comes_before_the_unknown_form() -> None:
    body = sse({"output": "x"}, {"error": {"message": "boom"}})
    async with FaultServer(replies(200, body, EVENT_STREAM)) as server, provider_at("openai", server) as provider:
        assert (await ask(provider)).kind == "stream_error"


async def test_picture_in_place_of_an_answer_is_named() -> None:
    message = {"role": "assistant", "content": "", "images": [{"url": "data:"}]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    async with FaultServer(replies(200, body, JSON)) as server, provider_at("openai", server) as provider:
        outcome = await ask(provider)

    assert (outcome.kind, outcome.answer.finish_reason) == ("protocol", "stop")
    assert "cannot show: images." in str(outcome.error)


@pytest.mark.parametrize("status", [500, 200])
@pytest.mark.parametrize(
    "text", ["image input is not supported", "model failed to load, this may be due to resource limitations"]
)
async def test_request_that_cannot_succeed_is_sent_once(status: int, text: str) -> None:
    body = json.dumps({"error": {"message": text, "code": 500}}).encode()
    policy = RetryPolicy(attempts=3, backoff_initial=0.0)
    async with (
        FaultServer(replies(status, body, JSON)) as server,
        provider_at("openai", server, retry=policy) as provider,
    ):
        outcome = await ask(provider)

    assert text in str(outcome.error)
    assert (len(server.requests), outcome.attempts) == (1, 1)


async def test_pause_after_an_early_finish_reason_does_not_end_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "DRAIN_TIMEOUT_S", 0.02)

    async def pauses(connection: Connection) -> None:
        await connection.head(200, EVENT_STREAM)
        await connection.body(sse(delta("a", finish="stop"), delta("b", finish="stop")))
        await asyncio.sleep(0.1)
        await connection.body(sse(delta("c", finish="stop"), "[DONE]"))
        await connection.end()

    async with FaultServer(pauses) as server, provider_at("openai", server) as provider:
        outcome = await ask(provider)

    assert (outcome.answer.content, outcome.error) == ("abc", None)


async def test_broken_connection_after_an_early_finish_reason_is_an_error() -> None:
    body = sse(delta("a", finish="stop"), delta("b", finish="stop"))
    async with (
        FaultServer(cuts_after(body, content_type=EVENT_STREAM)) as server,
        provider_at("openai", server) as provider,
    ):
        outcome = await ask(provider)

    assert (outcome.answer.content, outcome.kind) == ("ab", "interrupted")
