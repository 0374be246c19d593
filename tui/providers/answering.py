"""Reads the answer to a request in any protocol, detects an incomplete answer, and retries failed attempts."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from tui.chat.chunk import StreamingChunk
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProtocolBroken, ProviderError, StreamBroken, StreamInterrupted
from tui.limits import RetryPolicy
from tui.providers.base import AnswerStream
from tui.providers.response_errors import ServerProfile, web_page_error

_MAX_PAGE_BYTES: Final = 65_536


class AnswerReader(Protocol):
    """Turns the body of one response into chunks. No I/O."""

    finished: bool
    """Whether the server has marked the answer as complete. More data may follow, such as the usage."""

    ended: bool
    """Whether the protocol's end marker was read. Data after it is ignored."""

    progressed: bool
    """Whether a part of the answer has arrived since the caller last set this to False."""

    activity: ServerActivity | None
    """The activity that the server last reported before the answer. None if it reported none."""

    unread: str
    """What the answer consists of, if none of it could be read: field names or an excerpt. Empty otherwise."""

    def feed(self, data: bytes) -> Iterator[StreamingChunk]:
        """The chunks that the next bytes complete. Consume the iterator before the next call.

        Raises:
            StreamBroken: If the server reports an error; raised after the chunks before the error.
            ProtocolBroken: If the data does not follow the protocol; raised after the chunks before it.
        """
        ...

    def finish(self, *, interrupted: bool = False) -> Iterator[StreamingChunk]:
        """The chunks in the remaining data, at the end of the body.

        Args:
            interrupted: Whether the connection broke, so that the end of the body says nothing about the answer.

        Raises:
            StreamBroken, ProtocolBroken: As `feed`.
        """
        ...

    def conclude(self) -> StreamingChunk | None:
        """The last chunk, with joined tool calls, finish reason and usage. None if there is nothing to add."""
        ...


class AnswerBody(Protocol):
    """The body of a response to a request for an answer. See `StreamedResponse`."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def content_arrived(self) -> None: ...

    def answer_finished(self) -> None: ...

    async def drain(self) -> None: ...


async def read_answer(
    response: AnswerBody, reader: AnswerReader, profile: ServerProfile, on_stage: Callable[[ServerActivity], None]
) -> AsyncGenerator[StreamingChunk, None]:
    """The chunks of a response up to its end. The activity that the server reports goes to `on_stage`.

    Raises:
        StreamInterrupted: If the response ended before the server marked the answer as complete.
        ProviderError: For any other failure, after all chunks before it.
    """
    failure: ProviderError | None = None
    try:
        started = False
        async for data in response:
            if not started and data.strip():
                started = True
                await _raise_if_web_page(data, response, profile)
            for chunk in reader.feed(data):
                yield chunk
            if reader.progressed:
                response.content_arrived()
            elif reader.activity is not None:
                on_stage(reader.activity)
            reader.progressed, reader.activity = False, None
            if reader.ended:
                break
            if reader.finished:
                response.answer_finished()
                on_stage(ServerActivity("finishing"))
        else:
            for chunk in reader.finish():
                yield chunk
            if not reader.finished:
                raise _incomplete_error(profile, has_data=started)
    except ProviderError as error:
        failure = error
    if isinstance(failure, StreamInterrupted) and not reader.finished:
        rest, reported = _read_rest(reader)
        for chunk in rest:
            yield chunk
        failure = reported or failure
    if last := reader.conclude():
        yield last
    # An answer that is not understood must not look like an empty one.
    if reader.unread and (failure is None or isinstance(failure, StreamInterrupted)):
        raise _unread_error(reader.unread, profile) from failure
    # The answer is complete, so a connection that breaks now does no harm.
    if failure is not None and not (isinstance(failure, StreamInterrupted) and reader.finished):
        raise failure
    await response.drain()


async def with_retries(
    policy: RetryPolicy,
    attempt: Callable[[float], AsyncGenerator[StreamingChunk, None]],
    total_s: float,
    slot: AbstractAsyncContextManager[None] | None = None,
) -> AnswerStream:
    """The chunks of the first attempt that does not fail early, with a `TurnRetried` for each failed attempt before it.

    Args:
        policy: Which errors to retry, and how long to wait.
        attempt: Starts one attempt. Its argument is the start of the first attempt, in event loop time.
        total_s: The time limit for all attempts together, 0 for none. A retry after the limit is not started.
        slot: A concurrency slot to hold meanwhile. Waiting for the slot does not count towards the limit.
    """
    async with slot or contextlib.nullcontext():
        loop = asyncio.get_running_loop()
        start = loop.time()
        retry = 1
        while True:
            arrived = False
            try:
                async with contextlib.aclosing(attempt(start)) as chunks:
                    async for chunk in chunks:
                        arrived = arrived or chunk.has_text
                        yield chunk
            except ProviderError as error:
                wait = None if arrived else policy.wait_before_retry(error, retry, random.random())  # noqa: S311
                if wait is None or (total_s and loop.time() + wait > start + total_s):
                    raise
                retried = TurnRetried(retry, wait, error.kind, str(error))
            else:
                return
            yield retried
            await asyncio.sleep(wait)
            retry += 1


async def _raise_if_web_page(data: bytes, response: AnswerBody, profile: ServerProfile) -> None:
    """Raise if the body starts like a web page. Some servers send event streams as text/html, so check the body."""
    if not data.lstrip().startswith(b"<"):
        return
    response.answer_finished()
    page = bytearray(data)
    with contextlib.suppress(ProviderError):
        async for more in response:
            page += more
            if len(page) > _MAX_PAGE_BYTES:
                break
    raise web_page_error(bytes(page), profile)


def _read_rest(reader: AnswerReader) -> tuple[list[StreamingChunk], StreamBroken | None]:
    """The complete chunks in the rest of an interrupted response, and the error in it, if any."""
    chunks = []
    try:
        for chunk in reader.finish(interrupted=True):
            chunks.append(chunk)  # noqa: PERF402  `list` would lose the chunks before the error.
    except StreamBroken as reported:
        return chunks, reported
    except ProtocolBroken:
        # The interruption left an incomplete event; the protocol itself is right.
        pass
    return chunks, None


def _unread_error(unread: str, profile: ServerProfile) -> ProtocolBroken:
    return ProtocolBroken(
        f"{profile.name} sent an answer in a form that llm-tui cannot show: {unread}.",
        hint="Check that base_url and the provider's type fit the server, and that the model answers with text.",
    )


def _incomplete_error(profile: ServerProfile, *, has_data: bool) -> StreamInterrupted:
    if has_data:
        return StreamInterrupted(
            f"{profile.name} ended the response before the answer was complete.",
            hint="Its log may say why: a crash, a restart, a model that was unloaded.",
        )
    return StreamInterrupted(
        f"{profile.name} sent an empty response.",
        hint="The conversation may be longer than the model's context; the server's log may say more.",
    )
