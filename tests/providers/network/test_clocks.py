"""Tests of Clocks: which timeout expires, and which time is not counted."""

from __future__ import annotations

import asyncio
import contextlib
from time import sleep

import pytest

from tests.fault_server import no_leaked_tasks
from tests.providers.fake_clock import FakeClock
from tui.errors import ConnectTimedOut, FirstTokenTimedOut, IdleTimedOut, ProviderError, TotalTimedOut
from tui.limits import TimeLimits
from tui.providers.network import clocks as clocks_module
from tui.providers.network.clocks import Clocks, DrainTimeout, Phase

SHORT = 0.02
LONG = 60.0
ALL_LONG = TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=LONG)


def clocks_in(phase: Phase, limits: TimeLimits) -> Clocks:
    clocks = Clocks(limits, "demo")
    clocks.enter(phase)
    return clocks


async def wait_forever(clocks: Clocks) -> None:
    try:
        with clocks:
            await asyncio.get_running_loop().create_future()
    finally:
        clocks.stop()


@pytest.mark.parametrize(
    ("phase", "limits", "error"),
    [
        (
            "connecting",
            TimeLimits(connect=SHORT, first_token=LONG, idle=LONG, total=LONG),
            ConnectTimedOut,
        ),
        (
            "connecting",
            TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=SHORT),
            TotalTimedOut,
        ),
        ("connecting", TimeLimits(connect=0, first_token=LONG, idle=LONG, total=SHORT), TotalTimedOut),
        (
            "waiting",
            TimeLimits(connect=LONG, first_token=SHORT, idle=LONG, total=LONG),
            FirstTokenTimedOut,
        ),
        (
            "waiting",
            TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=SHORT),
            TotalTimedOut,
        ),
        ("waiting", TimeLimits(connect=LONG, first_token=0, idle=LONG, total=SHORT), TotalTimedOut),
        (
            "answering",
            TimeLimits(connect=LONG, first_token=LONG, idle=SHORT, total=LONG),
            IdleTimedOut,
        ),
        ("answering", TimeLimits(connect=LONG, first_token=0, idle=SHORT, total=0), IdleTimedOut),
        (
            "answering",
            TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=SHORT),
            TotalTimedOut,
        ),
        ("answering", TimeLimits(connect=LONG, first_token=SHORT, idle=0, total=2 * SHORT), TotalTimedOut),
    ],
)
async def test_too_long_wait_raises_the_error_of_its_timeout(
    phase: Phase, limits: TimeLimits, error: type[ProviderError]
) -> None:
    async with no_leaked_tasks():
        with pytest.raises(error) as raised:
            await wait_forever(clocks_in(phase, limits))

    assert "demo" in str(raised.value)
    assert raised.value.hint.count("timeouts.") == 1


async def test_message_names_the_limit_and_hint_the_setting() -> None:
    with pytest.raises(FirstTokenTimedOut, match=r"within 0\.02 s") as raised:
        await wait_forever(clocks_in("waiting", TimeLimits(first_token=SHORT)))

    assert "timeouts.first_token" in raised.value.hint


@pytest.mark.parametrize("phase", ["connecting", "waiting", "answering"])
async def test_limit_of_zero_never_expires(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(connect=0, first_token=0, idle=0, total=0))
    with clocks:
        time.skip(1e9)
        await time.pass_by(1)


async def test_limit_counts_from_the_beginning_of_its_phase(time: FakeClock) -> None:
    clocks = Clocks(TimeLimits(connect=10, first_token=10), "demo")

    async def connect_and_send() -> None:
        with clocks:
            await time.pass_by(9)
            # As in `Transport`: the request is sent during a wait that began while connecting.
            clocks.enter("waiting")
            await time.pass_by(9)
            await time.pass_by(2)

    with pytest.raises(FirstTokenTimedOut):
        await connect_and_send()


async def test_entering_the_current_phase_does_not_restart_it(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=10))
    with clocks:
        await time.pass_by(6)
    clocks.enter("waiting")
    with pytest.raises(FirstTokenTimedOut), clocks:
        await time.pass_by(6)


async def test_first_content_ends_the_first_token_timeout(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=10, idle=20))
    clocks.content_arrived()
    with clocks:
        await time.pass_by(15)
    clocks.content_arrived()
    with pytest.raises(IdleTimedOut, match="sent nothing for 20 s during the answer"), clocks:
        await time.pass_by(21)


async def test_timer_of_an_earlier_wait_is_rearmed_for_a_later_one(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=LONG, idle=10))
    with clocks:
        await time.pass_by(6)

    async def wait() -> None:
        with clocks:
            await time.pass_by(6)
            await time.pass_by(6)

    with pytest.raises(IdleTimedOut):
        await wait()


async def test_keep_alives_do_not_extend_the_first_token_timeout(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=100, idle=30))
    for _ in range(9):
        with clocks:
            await time.pass_by(10)
    with pytest.raises(FirstTokenTimedOut), clocks:
        await time.pass_by(11)


async def test_keep_alives_extend_the_idle_timeout_up_to_a_limit(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=100, idle=30))
    for _ in range(4):
        with clocks:
            await time.pass_by(20)
    with pytest.raises(IdleTimedOut, match="only keep-alives for 100 s") as raised, clocks:
        await time.pass_by(21)
    assert "timeouts.first_token" in raised.value.hint


async def test_keep_alives_are_allowed_for_at_least_the_idle_timeout(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=10, idle=30))
    for _ in range(2):
        with clocks:
            await time.pass_by(14)
    with pytest.raises(IdleTimedOut, match="only keep-alives for 30 s"), clocks:
        await time.pass_by(14)


@pytest.mark.parametrize("phase", ["answering", "finished"])
async def test_content_restarts_the_limit_on_keep_alives(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(first_token=5, idle=4))
    for _ in range(20):
        with clocks:
            await time.pass_by(3)
        clocks.content_arrived()
    clocks.stop()


@pytest.mark.parametrize("phase", ["waiting", "answering", "finished"])
async def test_time_of_a_slow_consumer_does_not_count(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(first_token=10, idle=10))
    for _ in range(3):
        with clocks:
            await time.pass_by(1)
        # The timer fires meanwhile, while no task waits.
        await time.pass_by(1000)
    clocks.stop()


async def test_time_of_a_consumer_that_blocks_the_loop_does_not_count(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=LONG, idle=LONG))
    with clocks:
        await asyncio.sleep(0)
    time.skip(1000)
    with clocks:
        await time.pass_by(0)
    clocks.stop()


@pytest.mark.parametrize("phase", ["connecting", "waiting", "answering"])
async def test_suspended_time_does_not_count(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(connect=20, first_token=20, idle=20, total=30))
    with clocks:
        time.skip(1000)
        await asyncio.sleep(0)
        await time.pass_by(0.5)
    with pytest.raises(ProviderError), clocks:
        await time.pass_by(31)


async def test_total_timeout_counts_from_the_first_attempt() -> None:
    began = asyncio.get_running_loop().time() - 2 * LONG

    with pytest.raises(TotalTimedOut, match="within 60 s"):
        await wait_forever(Clocks(ALL_LONG, "demo", began))


async def test_wait_after_a_finished_answer_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks_module, "DRAIN_TIMEOUT_S", SHORT)

    with pytest.raises(DrainTimeout):
        await wait_forever(clocks_in("finished", ALL_LONG))


async def test_dripping_bytes_do_not_extend_the_drain_timeout(time: FakeClock) -> None:
    clocks = clocks_in("finished", ALL_LONG)
    for _ in range(4):
        with clocks:
            await time.pass_by(clocks_module.DRAIN_TIMEOUT_S / 5)
    with pytest.raises(DrainTimeout), clocks:
        await time.pass_by(clocks_module.DRAIN_TIMEOUT_S / 4)


@pytest.mark.parametrize("user_delay_s", [-0.001, 0.001])
async def test_cancellation_wins_over_a_simultaneous_timeout(user_delay_s: float) -> None:
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(wait_forever(clocks_in("waiting", TimeLimits(first_token=SHORT))))
    await asyncio.sleep(0)
    loop.call_later(SHORT + user_delay_s, waiting.cancel, "by the user")
    # Block the loop until both are due.
    loop.call_soon(sleep, 2 * SHORT)

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert waiting.cancelled()


async def test_wait_that_swallows_the_cancellation_is_not_cancelled(time: FakeClock) -> None:
    async def wait() -> int:
        task = asyncio.current_task()
        assert task is not None
        with clocks_in("waiting", TimeLimits(first_token=SHORT)), contextlib.suppress(asyncio.CancelledError):
            await time.pass_by(1)
        await asyncio.sleep(0)
        return task.cancelling()

    assert await asyncio.create_task(wait()) == 0


async def test_simultaneous_error_wins_over_the_timeout(time: FakeClock) -> None:
    async def wait() -> None:
        with clocks_in("waiting", TimeLimits(first_token=SHORT)):
            try:
                await time.pass_by(1)
            except asyncio.CancelledError:
                raise OSError("reset") from None

    with pytest.raises(OSError, match="reset"):
        await wait()


async def test_stopped_clocks_do_not_expire(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=10))
    with clocks:
        clocks.stop()
        await time.pass_by(20)


def read_without_a_wait(clocks: Clocks, fake_clock: FakeClock, pieces: int, *, has_content: bool = False) -> None:
    """Read pieces that have already arrived; processing each takes 0.4 s."""
    for _ in range(pieces):
        with clocks:
            pass
        fake_clock.skip(0.4)
        if has_content:
            clocks.content_arrived()
        clocks.check()


async def test_timeouts_expire_without_any_suspended_wait() -> None:
    fake_clock = FakeClock()
    clocks = clocks_in("waiting", TimeLimits(first_token=10, total=0))
    read_without_a_wait(clocks, fake_clock, 24)
    with pytest.raises(FirstTokenTimedOut, match="within 10 s"):
        read_without_a_wait(clocks, fake_clock, 2)
    read_without_a_wait(clocks, fake_clock, 200, has_content=True)
    read_without_a_wait(clocks, fake_clock, 149)
    with pytest.raises(IdleTimedOut, match="only keep-alives for 60 s") as raised:
        read_without_a_wait(clocks, fake_clock, 2)
    assert "timeouts.first_token" in raised.value.hint
    clocks.enter("finished")
    with pytest.raises(DrainTimeout):
        read_without_a_wait(clocks, fake_clock, 14)
    clocks.stop()
    fake_clock.stop()


async def test_time_of_a_slow_consumer_does_not_count_between_waits() -> None:
    fake_clock = FakeClock()
    clocks = clocks_in("waiting", TimeLimits(first_token=10, total=0))
    for _ in range(5):
        fake_clock.skip(30)
        clocks.check()
    clocks.stop()
    fake_clock.stop()


async def test_total_timeout_expires_between_waits() -> None:
    fake_clock = FakeClock()
    clocks = clocks_in("answering", TimeLimits(total=10))
    fake_clock.skip(11)
    with pytest.raises(TotalTimedOut):
        clocks.check()
    clocks.stop()
    fake_clock.stop()


async def test_server_has_another_second_after_a_suspended_wait() -> None:
    fake_clock = FakeClock()
    clocks = clocks_in("waiting", TimeLimits(first_token=10, total=0))
    with clocks:
        fake_clock.skip(600)
    clocks.check()
    fake_clock.skip(0.9)
    clocks.check()
    fake_clock.skip(0.9)
    with pytest.raises(FirstTokenTimedOut):
        clocks.check()
    clocks.stop()
    fake_clock.stop()
