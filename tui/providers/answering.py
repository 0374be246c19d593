"""One request and its answer, the same for every wire: read, tell an end from a cut, try again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from tui.chat.chunk import StreamingChunk
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProtocolBroken, ProviderError, StreamBroken, StreamInterrupted
from tui.limits import RetryPolicy
from tui.providers.base import AnswerStream
from tui.providers.network.response import StreamedResponse
from tui.providers.response_errors import ServerProfile, web_page_error

_MAX_PAGE_BYTES: Final = 65_536


class AnswerReader(Protocol):
    """Turns the body of one reply into chunks. No I/O."""

    finished: bool
    """Whether a positive sign has come that the answer is whole. More may follow, such as the usage."""

    ended: bool
    """Whether the protocol's own end has come. Nothing that follows matters."""

    progressed: bool
    """Whether something of the answer has come since this was last set to False."""

    activity: ServerActivity | None
    """What the server has last said that it is at, before the answer. None where it has said nothing."""

    def feed(self, data: bytes) -> Iterator[StreamingChunk]:
        """Take the next bytes; give the chunks that they complete. Use it up before the next call.

        Raises:
            StreamBroken: When the server reports an error, after the chunks before it.
            ProtocolBroken: When it is not the protocol, after the chunks before it.
        """
        ...

    def finish(self) -> Iterator[StreamingChunk]:
        """Take what is unfinished as whole, for the body is at its end.

        Raises:
            StreamBroken, ProtocolBroken: As `feed`.
        """
        ...

    def conclude(self) -> StreamingChunk | None:
        """What was held back for the end: joined tool calls, finish reason, usage. None when there is nothing."""
        ...


async def read_answer(
    response: StreamedResponse, reader: AnswerReader, profile: ServerProfile, on_stage: Callable[[ServerActivity], None]
) -> AsyncGenerator[StreamingChunk, None]:
    """The chunks of a response, up to its end. What the server says that it is at is passed on.

    Raises:
        StreamInterrupted: When it ended without any sign that the answer is whole.
        ProviderError: Whatever else went wrong. All that came before it has been given.
    """
    failure: ProviderError | None = None
    try:
        begun = False
        async for data in response:
            if not begun and data.strip():
                begun = True
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
                raise _incomplete_error(profile, anything=begun)
    except ProviderError as error:
        failure = error
    if isinstance(failure, StreamInterrupted) and not reader.finished:
        rest, reported = _read_rest(reader)
        for chunk in rest:
            yield chunk
        failure = reported or failure
    if held := reader.conclude():
        yield held
    # A connection that breaks after the last word has broken nothing.
    if failure is not None and not (isinstance(failure, StreamInterrupted) and reader.finished):
        raise failure
    await response.drain()


async def with_retries(
    policy: RetryPolicy,
    attempt: Callable[[float], AsyncGenerator[StreamingChunk, None]],
    total_s: float,
    slot: AbstractAsyncContextManager[None] | None = None,
) -> AnswerStream:
    """The chunks of the first attempt that brings something, each failed one before it as a `TurnRetried`.

    Args:
        policy: When to try again.
        attempt: Begins one try; told when the first began, by the loop's time.
        total_s: The longest that all of it may take, 0 for ever. A wait that would pass it is not begun.
        slot: What is held meanwhile. Waiting for it is no part of that time.
    """
    async with slot or contextlib.nullcontext():
        loop = asyncio.get_running_loop()
        began = loop.time()
        retry = 1
        while True:
            arrived = False
            try:
                async with contextlib.aclosing(attempt(began)) as chunks:
                    async for chunk in chunks:
                        arrived = arrived or chunk.has_text
                        yield chunk
            except ProviderError as error:
                wait = None if arrived else policy.wait_before_retry(error, retry, random.random())  # noqa: S311
                if wait is None or (total_s and loop.time() + wait > began + total_s):
                    raise
                retried = TurnRetried(retry, wait, error.kind, str(error))
            else:
                return
            yield retried
            await asyncio.sleep(wait)
            retry += 1


async def _raise_if_web_page(data: bytes, response: StreamedResponse, profile: ServerProfile) -> None:
    """Stop at what begins like a web page. By its first byte: some servers call an event stream text/html."""
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
    """What stands whole in the rest of a reply that was cut, and the error that it reports, if it does."""
    chunks = []
    try:
        for chunk in reader.finish():
            chunks.append(chunk)  # noqa: PERF402  `list` would lose what came before the error.
    except StreamBroken as reported:
        return chunks, reported
    except ProtocolBroken:
        # Half an event is no other protocol: it is what a cut leaves.
        pass
    return chunks, None


def _incomplete_error(profile: ServerProfile, *, anything: bool) -> StreamInterrupted:
    if anything:
        return StreamInterrupted(
            f"{profile.name} ended the reply before the answer was complete.",
            hint="Its log may tell why: a crash, a restart, a model that was unloaded.",
        )
    return StreamInterrupted(
        f"{profile.name} sent an empty response.",
        hint="The conversation may be longer than the model's context; the server's log may tell.",
    )
