"""Line: who has a place, and who waits for one."""

from __future__ import annotations

import asyncio

import pytest

from tui.providers.concurrency_limit import Line


class Visitor:
    """Somebody who takes a place until they are told to leave."""

    def __init__(self, line: Line) -> None:
        self.waited = False
        self.is_in = False
        self._leaves = asyncio.Event()
        self.task = asyncio.create_task(self._visit(line))

    async def _visit(self, line: Line) -> None:
        async with line.place(self._wait):
            self.is_in = True
            await self._leaves.wait()
        self.is_in = False

    def _wait(self) -> None:
        self.waited = True

    async def leave(self) -> None:
        self._leaves.set()
        await self.task
        await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def visitors(line: Line, count: int) -> list[Visitor]:
    found = [Visitor(line) for _ in range(count)]
    await settled()
    return found


async def test_who_comes_later_waits_and_goes_in_in_the_order_of_coming() -> None:
    first, second, third = await visitors(Line(1), 3)
    assert [v.is_in for v in (first, second, third)] == [True, False, False]
    assert [v.waited for v in (first, second, third)] == [False, True, True]

    await first.leave()
    assert [v.is_in for v in (first, second, third)] == [False, True, False]
    await second.leave()
    assert third.is_in
    await third.leave()


async def test_a_line_of_two_places_takes_two_at_once() -> None:
    found = await visitors(Line(2), 3)
    assert [v.is_in for v in found] == [True, True, False]
    for visitor in found:
        await visitor.leave()


async def test_a_line_without_a_limit_lets_everybody_in() -> None:
    found = await visitors(Line(0), 5)
    assert all(v.is_in and not v.waited for v in found)
    for visitor in found:
        await visitor.leave()


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    first, second, third = await visitors(Line(1), 3)
    second.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second.task

    await first.leave()
    assert third.is_in
    await third.leave()
