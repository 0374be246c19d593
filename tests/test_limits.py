"""RetryPolicy: which failures are retried, and after what wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import (
    AuthRefused,
    ConnectTimedOut,
    FirstTokenTimedOut,
    IdleTimedOut,
    ModelNotFound,
    ProtocolBroken,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
    StreamBroken,
    StreamInterrupted,
    TotalTimedOut,
)
from tui.limits import MAX_WAIT_S, RetryPolicy

POLICY = RetryPolicy(attempts=3, backoff_initial=0.5, backoff_max=8.0)


@pytest.mark.parametrize(
    ("error", "is_worth_it"),
    [
        (ServerUnreachable("refused"), True),
        (ServerUnreachable("bad certificate", is_transient=False), False),
        (ConnectTimedOut("slow"), True),
        (StreamInterrupted("cut"), True),
        (FirstTokenTimedOut("loading"), False),
        (IdleTimedOut("silent"), False),
        (TotalTimedOut("long"), False),
        (ProtocolBroken("no JSON"), False),
        (AuthRefused("key", status=401), False),
        (ModelNotFound("m", status=404), False),
        (RequestRefused("bad", status=400), False),
        (RequestRefused("timeout", status=408), True),
        (RequestRefused("too early", status=425), True),
        (RateLimited("busy", status=429), True),
        (RateLimited("no credit", status=429, is_transient=False), False),
        (ServerFailed("broken", status=500), True),
        (ServerFailed("no such thing", status=501), False),
        (ServerFailed("loading", status=503), True),
        (StreamBroken("out of memory"), False),
        (StreamBroken("bad gateway", status=502), True),
    ],
)
def test_only_transient_errors_are_retried(error: ProviderError, is_worth_it: bool) -> None:
    assert (POLICY.wait_before_retry(error, 1, 0.5) is not None) is is_worth_it


def test_retryable_statuses_are_configurable() -> None:
    assert RetryPolicy(statuses=(418,)).wait_before_retry(ServerFailed("x", status=418), 1, 0) is not None
    assert RetryPolicy(statuses=()).wait_before_retry(ServerFailed("x", status=503), 1, 0) is None


@pytest.mark.parametrize(("attempts", "retries"), [(1, 0), (2, 1), (3, 2)])
def test_attempts_include_the_first_request(attempts: int, retries: int) -> None:
    policy = RetryPolicy(attempts=attempts)
    waits = [policy.wait_before_retry(ServerUnreachable("x"), retry, 0) for retry in range(1, 5)]
    assert sum(wait is not None for wait in waits) == retries


def test_wait_doubles_up_to_the_maximum_backoff() -> None:
    policy = RetryPolicy(attempts=2000, backoff_initial=0.5, backoff_max=8.0)
    waits = [policy.wait_before_retry(ServerUnreachable("x"), retry, 1.0) for retry in (1, 2, 3, 4, 5, 6, 1999)]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]


@given(st.integers(1, 10), st.floats(0, 1))
def test_jitter_shortens_a_wait_by_at_most_half(retry: int, dice: float) -> None:
    policy = RetryPolicy(attempts=20)
    longest = policy.wait_before_retry(ServerUnreachable("x"), retry, 1.0)
    wait = policy.wait_before_retry(ServerUnreachable("x"), retry, dice)
    assert longest is not None
    assert wait is not None
    assert longest / 2 <= wait <= longest


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(None, 0.25), (0.0, 0.25), (0.1, 0.25), (7.0, 7.0), (MAX_WAIT_S, MAX_WAIT_S), (MAX_WAIT_S + 1, None)],
)
def test_retry_after_is_honoured_up_to_the_maximum_wait(asked: float | None, wait: float | None) -> None:
    assert POLICY.wait_before_retry(RateLimited("x", status=429, retry_after=asked), 1, 0.0) == wait
