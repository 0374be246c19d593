"""ConcurrencyLimit: which task holds a slot, and which waits for one."""

from __future__ import annotations

import asyncio

import pytest

from tui.providers.concurrency_limit import ConcurrencyLimit


class SlotHolder:
    """A task that asks for a slot and holds it until `release`."""

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self.waited = False
        self.has_slot = False
        self._released = asyncio.Event()
        self.task = asyncio.create_task(self._run(limit))

    async def _run(self, limit: ConcurrencyLimit) -> None:
        async with limit.slot(self._on_waiting):
            self.has_slot = True
            await self._released.wait()
        self.has_slot = False

    def _on_waiting(self) -> None:
        self.waited = True

    async def release(self) -> None:
        self._released.set()
        await self.task
        await run_ready_tasks()


async def run_ready_tasks() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def start_holders(limit: ConcurrencyLimit, count: int) -> list[SlotHolder]:
    holders = [SlotHolder(limit) for _ in range(count)]
    await run_ready_tasks()
    return holders


async def test_slots_are_granted_in_request_order() -> None:
    first, second, third = await start_holders(ConcurrencyLimit(1), 3)
    assert [holder.has_slot for holder in (first, second, third)] == [True, False, False]
    assert [holder.waited for holder in (first, second, third)] == [False, True, True]

    await first.release()
    assert [holder.has_slot for holder in (first, second, third)] == [False, True, False]
    await second.release()
    assert third.has_slot
    await third.release()


async def test_limit_of_two_grants_two_slots() -> None:
    holders = await start_holders(ConcurrencyLimit(2), 3)
    assert [holder.has_slot for holder in holders] == [True, True, False]
    for holder in holders:
        await holder.release()


async def test_zero_means_no_limit() -> None:
    holders = await start_holders(ConcurrencyLimit(0), 5)
    assert all(holder.has_slot and not holder.waited for holder in holders)
    for holder in holders:
        await holder.release()


async def test_cancelled_waiter_does_not_block_the_queue() -> None:
    first, second, third = await start_holders(ConcurrencyLimit(1), 3)
    second.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second.task

    await first.release()
    assert third.has_slot
    await third.release()
