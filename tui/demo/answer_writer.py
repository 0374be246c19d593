"""Writes one answer: the tokens of a script, at its pace, in the format of a protocol."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from tui.demo.answer_formats import AnswerSummary
from tui.demo.responses import HTTPError, to_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

    from tui.demo.answer_formats import AnswerFormat
    from tui.demo.connection import Connection
    from tui.demo.models import DemoModel
    from tui.demo.requests import ParsedRequest

MAX_TOKENS_PER_WRITE: Final = 100
"""Each token is an event of some 150 bytes."""

_FAILURE: Final = "the demo model failed in the middle of its answer, on purpose"


class Pace:
    """Decides which tokens are due: token i at i / rate seconds after the start, even if earlier ones were late."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._start = clock()
        self._count = 0

    def next_tokens(self, tokens: Iterator[str]) -> list[str]:
        """The tokens that are due, at least one. Empty when the tokens are exhausted."""
        count = MAX_TOKENS_PER_WRITE
        if self._rate:
            # At least one, because the loop may wake us a little early.
            due = int((self._clock() - self._start) * self._rate) + 1 - self._count
            count = min(max(1, due), count)
        due_tokens = list(islice(tokens, count))
        self._count += len(due_tokens)
        return due_tokens

    def seconds_left(self) -> float:
        """Seconds until the next token is due. 0 when it is overdue."""
        if not self._rate:
            return 0.0
        return max(0.0, self._start + self._count / self._rate - self._clock())


class TokenBudget:
    """Counts the tokens of an answer, and ends it at the limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.used = 0
        self.finish_reason = "stop"

    def spend(self, tokens: Iterable[str]) -> Iterator[str]:
        """The tokens, as far as the limit allows."""
        for token in tokens:
            if self.used == self._limit:
                self.finish_reason = "length"
                return
            self.used += 1
            yield token


class AnswerWriter:
    """Writes one answer of a model."""

    def __init__(self, request: ParsedRequest, model: DemoModel, answer_format: AnswerFormat) -> None:
        self._stream = request.stream
        self._script = model.write(request.prompt)
        self._thinking = () if request.think is False else self._script.thinking
        self._load_s = model.load_s
        self._format = answer_format
        self._budget = TokenBudget(request.limit)
        self._started = 0.0

    async def write(self, connection: Connection, on_tokens: Callable[[int], None]) -> bool:
        """Write the answer as a response.

        Args:
            connection: The connection of the request.
            on_tokens: Called with the number of tokens after each write.

        Returns:
            Whether the client may send another request.

        Raises:
            HTTPError: If the script fails and nothing has been written yet.
        """
        await asyncio.sleep(self._load_s)
        self._started = asyncio.get_running_loop().time()
        if self._stream:
            return await self._write_stream(connection, on_tokens)
        return await self._write_whole(connection, on_tokens)

    async def _write_stream(self, connection: Connection, on_tokens: Callable[[int], None]) -> bool:
        answer = self._format
        connection.start_response(200, ("Content-Type", answer.content_type))
        if opening := answer.opening():
            connection.send_body(to_bytes(opening))
        async with aclosing(self._due_tokens()) as batches:
            async for is_thinking, tokens in batches:
                event = answer.thinking if is_thinking else answer.content
                connection.send_body(to_bytes("".join(map(event, tokens))))
                on_tokens(len(tokens))
                await connection.drain()
        match self._ending():
            case "complete":
                connection.send_body(to_bytes(answer.ending(self._summary())))
            case "error":
                connection.send_body(to_bytes(answer.failure(_FAILURE)))
            case "cut":
                connection.send_half(to_bytes(answer.content("lost")))
                await connection.drain()
                return False
        return await connection.end_response()

    async def _write_whole(self, connection: Connection, on_tokens: Callable[[int], None]) -> bool:
        thinking: list[str] = []
        content: list[str] = []
        async with aclosing(self._due_tokens()) as batches:
            async for is_thinking, tokens in batches:
                (thinking if is_thinking else content).extend(tokens)
                on_tokens(len(tokens))
        if self._ending() == "error":
            raise HTTPError(500, _FAILURE)
        body = to_bytes(self._format.whole("".join(thinking), "".join(content), self._summary()))
        connection.start_response(
            200, ("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))
        )
        if self._ending() == "cut":
            connection.send_half(body)
            await connection.drain()
            return False
        connection.send_body(body)
        return await connection.end_response()

    async def _due_tokens(self) -> AsyncGenerator[tuple[bool, list[str]], None]:
        """The tokens when they are due: whether they are thinking, and which."""
        for is_thinking, tokens in ((True, self._thinking), (False, self._script.content)):
            allowed = self._budget.spend(tokens)
            pace = Pace(self._script.rate, asyncio.get_running_loop().time)
            while due := pace.next_tokens(allowed):
                yield is_thinking, due
                # At full speed this sleeps for 0 s, which lets other tasks run.
                await asyncio.sleep(pace.seconds_left())

    def _ending(self) -> Literal["complete", "cut", "error"]:
        return "complete" if self._budget.finish_reason == "length" else self._script.ending

    def _summary(self) -> AnswerSummary:
        answer_s = asyncio.get_running_loop().time() - self._started
        return AnswerSummary(self._budget.finish_reason, self._budget.used, self._load_s, answer_s)
