"""Clocks: which of them rings, and what does not count."""

from __future__ import annotations

import asyncio
import contextlib
from time import sleep

import pytest

from tests.fault_server import nothing_left_behind
from tests.providers.fake_clock import FakeClock
from tui.errors import ConnectTimedOut, FirstTokenTimedOut, IdleTimedOut, ProviderError, TotalTimedOut
from tui.providers.network import clocks as module
from tui.providers.network.clocks import Clocks, GraceOver, Phase, TimeLimits

SHORT = 0.02
LONG = 60.0
ALL_LONG = TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=LONG)


def clocks_in(phase: Phase, limits: TimeLimits) -> Clocks:
    clocks = Clocks(limits, "demo")
    clocks.enter(phase)
    return clocks


async def wait_in_vain(clocks: Clocks) -> None:
    try:
        with clocks:
            await asyncio.get_running_loop().create_future()
    finally:
        clocks.stop()


@pytest.mark.parametrize(
    ("phase", "limits", "error"),
    [
        ("connecting", TimeLimits(connect=SHORT, first_token=LONG, idle=LONG, total=LONG), ConnectTimedOut),
        ("connecting", TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=SHORT), TotalTimedOut),
        ("connecting", TimeLimits(connect=0, first_token=LONG, idle=LONG, total=SHORT), TotalTimedOut),
        ("waiting", TimeLimits(connect=LONG, first_token=SHORT, idle=LONG, total=LONG), FirstTokenTimedOut),
        ("waiting", TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=SHORT), TotalTimedOut),
        ("waiting", TimeLimits(connect=LONG, first_token=0, idle=LONG, total=SHORT), TotalTimedOut),
        ("answering", TimeLimits(connect=LONG, first_token=LONG, idle=SHORT, total=LONG), IdleTimedOut),
        ("answering", TimeLimits(connect=LONG, first_token=0, idle=SHORT, total=0), IdleTimedOut),
        ("answering", TimeLimits(connect=LONG, first_token=LONG, idle=LONG, total=SHORT), TotalTimedOut),
        ("answering", TimeLimits(connect=LONG, first_token=SHORT, idle=0, total=2 * SHORT), TotalTimedOut),
    ],
)
async def test_a_wait_that_is_too_long_ends_in_the_error_of_its_clock(
    phase: Phase, limits: TimeLimits, error: type[ProviderError]
) -> None:
    async with nothing_left_behind():
        with pytest.raises(error) as rung:
            await wait_in_vain(clocks_in(phase, limits))

    assert "demo" in str(rung.value)
    assert rung.value.hint.count("timeouts.") == 1


async def test_the_message_names_the_limit_and_the_hint_the_setting() -> None:
    with pytest.raises(FirstTokenTimedOut, match=r"within 0\.02 s") as rung:
        await wait_in_vain(clocks_in("waiting", TimeLimits(first_token=SHORT)))

    assert "timeouts.first_token" in rung.value.hint


@pytest.mark.parametrize("phase", ["connecting", "waiting", "answering"])
async def test_a_limit_of_zero_never_rings(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(connect=0, first_token=0, idle=0, total=0))
    with clocks:
        time.skip(1e9)
        await time.pass_by(1)


async def test_each_phase_has_its_limit_from_its_own_beginning(time: FakeClock) -> None:
    clocks = Clocks(TimeLimits(connect=10, first_token=10), "demo")

    async def connect_and_send() -> None:
        with clocks:
            await time.pass_by(9)
            # As in `Transport`: the request goes out in the middle of a wait that began with the connection.
            clocks.enter("waiting")
            await time.pass_by(9)
            await time.pass_by(2)

    with pytest.raises(FirstTokenTimedOut):
        await connect_and_send()


async def test_entering_a_phase_again_does_not_begin_it_anew(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=10))
    with clocks:
        await time.pass_by(6)
    clocks.enter("waiting")
    with pytest.raises(FirstTokenTimedOut), clocks:
        await time.pass_by(6)


async def test_the_first_content_ends_the_wait_for_the_first_token(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=10, idle=20))
    clocks.content_arrived()
    with clocks:
        await time.pass_by(15)
    clocks.content_arrived()
    with pytest.raises(IdleTimedOut, match="fell silent"), clocks:
        await time.pass_by(21)


async def test_a_timer_that_rings_too_early_for_a_later_wait_is_set_again(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=LONG, idle=10))
    with clocks:
        await time.pass_by(6)

    async def wait() -> None:
        with clocks:
            await time.pass_by(6)
            await time.pass_by(6)

    with pytest.raises(IdleTimedOut):
        await wait()


async def test_bytes_without_content_do_not_prolong_the_wait_for_the_first_token(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=100, idle=30))
    for _ in range(9):
        with clocks:
            await time.pass_by(10)
    with pytest.raises(FirstTokenTimedOut), clocks:
        await time.pass_by(11)


async def test_keep_alives_inside_an_answer_are_life_but_not_for_ever(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=100, idle=30))
    for _ in range(4):
        with clocks:
            await time.pass_by(20)
    with pytest.raises(IdleTimedOut, match="nothing more of the answer for 100 s") as rung, clocks:
        await time.pass_by(21)
    assert "timeouts.first_token" in rung.value.hint


async def test_keep_alives_are_borne_no_shorter_than_silence(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=10, idle=30))
    for _ in range(2):
        with clocks:
            await time.pass_by(14)
    with pytest.raises(IdleTimedOut, match="nothing more of the answer for 30 s"), clocks:
        await time.pass_by(14)


@pytest.mark.parametrize("phase", ["answering", "finished"])
async def test_content_begins_the_patience_with_keep_alives_anew(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(first_token=5, idle=4))
    for _ in range(20):
        with clocks:
            await time.pass_by(3)
        clocks.content_arrived()
    clocks.stop()


@pytest.mark.parametrize("phase", ["waiting", "answering", "finished"])
async def test_what_a_slow_reader_takes_is_no_silence_of_the_server(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(first_token=10, idle=10))
    for _ in range(3):
        with clocks:
            await time.pass_by(1)
        # The timer rings meanwhile, and finds nobody waiting.
        await time.pass_by(1000)
    clocks.stop()


async def test_a_reader_that_blocks_the_loop_is_no_silence_either(time: FakeClock) -> None:
    clocks = clocks_in("answering", TimeLimits(first_token=LONG, idle=LONG))
    with clocks:
        await asyncio.sleep(0)
    time.skip(1000)
    with clocks:
        await time.pass_by(0)
    clocks.stop()


@pytest.mark.parametrize("phase", ["connecting", "waiting", "answering"])
async def test_time_that_we_were_suspended_is_no_silence_of_the_server(phase: Phase, time: FakeClock) -> None:
    clocks = clocks_in(phase, TimeLimits(connect=20, first_token=20, idle=20, total=30))
    with clocks:
        time.skip(1000)
        await asyncio.sleep(0)
        await time.pass_by(0.5)
    with pytest.raises(ProviderError), clocks:
        await time.pass_by(31)


async def test_the_total_counts_from_the_first_try() -> None:
    began = asyncio.get_running_loop().time() - 2 * LONG

    with pytest.raises(TotalTimedOut, match="within 60 s"):
        await wait_in_vain(Clocks(ALL_LONG, "demo", began))


async def test_the_tail_of_a_finished_answer_is_waited_for_only_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_S", SHORT)

    with pytest.raises(GraceOver):
        await wait_in_vain(clocks_in("finished", ALL_LONG))


async def test_a_tail_that_drips_is_not_waited_for_any_longer(time: FakeClock) -> None:
    clocks = clocks_in("finished", ALL_LONG)
    for _ in range(4):
        with clocks:
            await time.pass_by(module.GRACE_S / 5)
    with pytest.raises(GraceOver), clocks:
        await time.pass_by(module.GRACE_S / 4)


@pytest.mark.parametrize("users_delay", [-0.001, 0.001])
async def test_the_users_cancellation_wins_over_a_clock_that_rings_in_the_same_moment(users_delay: float) -> None:
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(wait_in_vain(clocks_in("waiting", TimeLimits(first_token=SHORT))))
    await asyncio.sleep(0)
    loop.call_later(SHORT + users_delay, waiting.cancel, "by the user")
    # Both are due when the loop looks again.
    loop.call_soon(sleep, 2 * SHORT)

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert waiting.cancelled()


async def test_a_wait_that_ended_well_all_the_same_is_not_cancelled(time: FakeClock) -> None:
    async def wait() -> int:
        task = asyncio.current_task()
        assert task is not None
        with clocks_in("waiting", TimeLimits(first_token=SHORT)), contextlib.suppress(asyncio.CancelledError):
            await time.pass_by(1)
        await asyncio.sleep(0)
        return task.cancelling()

    assert await asyncio.create_task(wait()) == 0


async def test_another_error_in_the_same_moment_is_told_and_not_the_clocks(time: FakeClock) -> None:
    async def wait() -> None:
        with clocks_in("waiting", TimeLimits(first_token=SHORT)):
            try:
                await time.pass_by(1)
            except asyncio.CancelledError:
                raise OSError("reset") from None

    with pytest.raises(OSError, match="reset"):
        await wait()


async def test_a_clock_that_was_stopped_does_not_ring(time: FakeClock) -> None:
    clocks = clocks_in("waiting", TimeLimits(first_token=10))
    with clocks:
        clocks.stop()
        await time.pass_by(20)


def read_without_a_wait(clocks: Clocks, passing: FakeClock, pieces: int, *, has_content: bool = False) -> None:
    """Read pieces that are there already, each of which takes a while to look through."""
    for _ in range(pieces):
        with clocks:
            pass
        passing.skip(0.4)
        if has_content:
            clocks.content_arrived()
        clocks.check()


async def test_what_never_has_to_be_waited_for_is_timed_all_the_same() -> None:
    passing = FakeClock()
    clocks = clocks_in("waiting", TimeLimits(first_token=10, total=0))
    read_without_a_wait(clocks, passing, 24)
    with pytest.raises(FirstTokenTimedOut, match="within 10 s"):
        read_without_a_wait(clocks, passing, 2)
    read_without_a_wait(clocks, passing, 200, has_content=True)
    read_without_a_wait(clocks, passing, 149)
    with pytest.raises(IdleTimedOut, match="nothing more of the answer for 60 s") as rung:
        read_without_a_wait(clocks, passing, 2)
    assert "timeouts.first_token" in rung.value.hint
    clocks.enter("finished")
    with pytest.raises(GraceOver):
        read_without_a_wait(clocks, passing, 14)
    clocks.stop()
    passing.stop()


async def test_what_a_slow_reader_takes_does_not_count_where_nothing_is_waited_for_either() -> None:
    passing = FakeClock()
    clocks = clocks_in("waiting", TimeLimits(first_token=10, total=0))
    for _ in range(5):
        passing.skip(30)
        clocks.check()
    clocks.stop()
    passing.stop()


async def test_the_total_is_over_even_where_nothing_is_waited_for() -> None:
    passing = FakeClock()
    clocks = clocks_in("answering", TimeLimits(total=10))
    passing.skip(11)
    with pytest.raises(TotalTimedOut):
        clocks.check()
    clocks.stop()
    passing.stop()


async def test_a_wait_in_which_this_process_did_not_run_leaves_the_server_another_second() -> None:
    passing = FakeClock()
    clocks = clocks_in("waiting", TimeLimits(first_token=10, total=0))
    with clocks:
        passing.skip(600)
    clocks.check()
    passing.skip(0.9)
    clocks.check()
    passing.skip(0.9)
    with pytest.raises(FirstTokenTimedOut):
        clocks.check()
    clocks.stop()
    passing.stop()
