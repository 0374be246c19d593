"""One answer being given: the tokens of a script, at its pace, in the words of a protocol."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import islice
from typing import TYPE_CHECKING, Literal

from tui.demo.http1 import LAST_CHUNK, Refused, Reply, chunk, head_of_reply, written
from tui.demo.responses import Speech, Tally, to_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

    from tui.demo.models import DemoModel
    from tui.demo.requests import ParsedRequest

TOKENS_AT_ONCE = 100
"""Most tokens in one write. Each is an event of some 150 bytes."""

_FAILURE = "the demo model broke down in the middle of its answer, as it was made to"


class Pace:
    """Says which tokens are due: token i at i / rate seconds after the start, however late the ones before it were."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._start = clock()
        self._taken = 0

    def take(self, tokens: Iterator[str]) -> list[str]:
        """The tokens that are due, at least one. Empty when there are no more."""
        count = TOKENS_AT_ONCE
        if self._rate:
            # At least one, because the loop may wake us a little before its time.
            due = int((self._clock() - self._start) * self._rate) + 1 - self._taken
            count = min(max(1, due), count)
        taken = list(islice(tokens, count))
        self._taken += len(taken)
        return taken

    def seconds_left(self) -> float:
        """How long until the next token is due. 0 when it is overdue."""
        if not self._rate:
            return 0.0
        return max(0.0, self._start + self._taken / self._rate - self._clock())


class Budget:
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
    """One answer, ready to be given."""

    def __init__(self, asked: ParsedRequest, model: DemoModel, speech: Speech) -> None:
        self._stream = asked.stream
        self._script = model.write(asked.prompt)
        self._thinking = () if asked.think is False else self._script.thinking
        self._load_s = model.load_s
        self._speech = speech
        self._budget = Budget(asked.limit)
        self._started = 0.0

    async def give(self, writer: asyncio.StreamWriter, *, keeps_alive: bool, count: Callable[[int], None]) -> bool:
        """Write the answer.

        Args:
            keeps_alive: Whether the client may send another request after it.
            count: Called with the number of tokens, each time that some are written.

        Returns:
            Whether the connection can be used again.

        Raises:
            Refused: If the script breaks down and nothing has been written yet.
        """
        await asyncio.sleep(self._load_s)
        self._started = asyncio.get_running_loop().time()
        if self._stream:
            return await self._give_stream(writer, keeps_alive, count)
        return await self._give_whole(writer, keeps_alive, count)

    async def _give_stream(self, writer: asyncio.StreamWriter, keeps_alive: bool, count: Callable[[int], None]) -> bool:
        speech = self._speech
        headers = (("Content-Type", speech.content_type), ("Transfer-Encoding", "chunked"))
        writer.write(head_of_reply(200, headers, keeps_alive=keeps_alive))
        if opening := speech.opening():
            writer.write(chunk(to_bytes(opening)))
        async with aclosing(self._due()) as steps:
            async for thinks, tokens in steps:
                say = speech.thinking if thinks else speech.content
                writer.write(chunk(to_bytes("".join(map(say, tokens)))))
                count(len(tokens))
                await writer.drain()
        match self._ending():
            case "complete":
                writer.write(chunk(to_bytes(speech.ending(self._tally()))) + LAST_CHUNK)
            case "error":
                writer.write(chunk(to_bytes(speech.failure(_FAILURE))) + LAST_CHUNK)
            case "cut":
                event = chunk(to_bytes(speech.content("lost")))
                writer.write(event[: len(event) // 2])
                keeps_alive = False
        await writer.drain()
        return keeps_alive

    async def _give_whole(self, writer: asyncio.StreamWriter, keeps_alive: bool, count: Callable[[int], None]) -> bool:
        thinking: list[str] = []
        content: list[str] = []
        async with aclosing(self._due()) as steps:
            async for thinks, tokens in steps:
                (thinking if thinks else content).extend(tokens)
                count(len(tokens))
        if self._ending() == "error":
            raise Refused(500, _FAILURE)
        text = self._speech.whole("".join(thinking), "".join(content), self._tally())
        reply = written(Reply(200, "application/json; charset=utf-8", to_bytes(text)), keeps_alive=keeps_alive)
        if self._ending() == "cut":
            reply = reply[: -len(text) // 2]
            keeps_alive = False
        writer.write(reply)
        await writer.drain()
        return keeps_alive

    async def _due(self) -> AsyncGenerator[tuple[bool, list[str]], None]:
        """The tokens, when they are due: whether they are thinking, and which."""
        for thinks, tokens in ((True, self._thinking), (False, self._script.content)):
            affordable = self._budget.spend(tokens)
            pace = Pace(self._script.rate, asyncio.get_running_loop().time)
            while due := pace.take(affordable):
                yield thinks, due
                # At full speed it takes no time, and lets others run.
                await asyncio.sleep(pace.seconds_left())

    def _ending(self) -> Literal["complete", "cut", "error"]:
        return "complete" if self._budget.finish_reason == "length" else self._script.ending

    def _tally(self) -> Tally:
        answer_s = asyncio.get_running_loop().time() - self._started
        return Tally(self._budget.finish_reason, self._budget.used, self._load_s, answer_s)
