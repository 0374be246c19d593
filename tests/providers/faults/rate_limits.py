"""Rate limits, and exhausted quotas and credit."""

from __future__ import annotations

from typing import Final

from tests.providers.faults.fault import EVENT_STREAMS, MAX_ATTEMPTS, Fault
from tests.providers.faults.servers import responds
from tui.limits import MAX_WAIT_S

LONG_RETRY_AFTER_S: Final = 10 * MAX_WAIT_S


RATE_LIMITS: Final = (
    Fault(
        "Rate limit with Retry-After in seconds",
        responds(429, {"error": "slow down"}, retry_after="0.01"),
        error_kind="rate_limited",
        expected_words=("slow down",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "Rate limit with a Retry-After date in the past",
        responds(429, retry_after="Sun, 15 Jun 2025 15:00:00 GMT"),
        error_kind="rate_limited",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "Rate limit with a Retry-After longer than the maximum wait",
        responds(429, retry_after=f"{LONG_RETRY_AFTER_S:.0f}"),
        error_kind="rate_limited",
        expected_words=("Try again in 10 min",),
    ),
    Fault(
        "Rate limit with a Retry-After date in the far future",
        responds(429, retry_after="Mon, 15 Jun 2099 15:00:00 GMT"),
        error_kind="rate_limited",
        expected_words=("Try again in", "h"),
    ),
    Fault(
        "Rate limit with a reset time in the body, in the past",
        responds(429, {"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "1750000000000"}}}}),
        EVENT_STREAMS,
        error_kind="rate_limited",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "Rate limit with a reset time in the body, in the far future",
        responds(429, {"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "4085000000000"}}}}),
        EVENT_STREAMS,
        error_kind="rate_limited",
        expected_words=("Try again in",),
    ),
    Fault(
        "Rate limit with the waiting time in the message",
        responds(
            429, {"error": {"message": "Rate limit reached. Please try again in 10ms. Visit https://example.org"}}
        ),
        EVENT_STREAMS,
        error_kind="rate_limited",
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The account's usage limit is reached, and the message contains an upgrade link",
        responds(
            429,
            {"error": "you have reached your weekly usage limit, upgrade for higher limits: https://example.org/up"},
        ),
        error_kind="rate_limited",
        expected_words=("https://example.org/up", "account"),
    ),
    Fault(
        "The account has no credit left, with the status of a rate limit",
        responds(429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
        EVENT_STREAMS,
        error_kind="rate_limited",
        expected_words=("account",),
    ),
    Fault(
        "The account has no credit left",
        responds(402, {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}),
        EVENT_STREAMS,
        error_kind="bad_request",
        expected_words=("Insufficient Balance", "account"),
    ),
)
