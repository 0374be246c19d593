"""The rules of the keys in `[timeouts]` and `[retry]`, whose dataclasses belong to a lower layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.config import key_types
from tui.config.key_types import Metadata
from tui.limits import RetryPolicy, TimeLimits

LIMIT_RULES: Final[Mapping[type, Mapping[str, Metadata]]] = {
    TimeLimits: {
        "connect": key_types.titled("Connecting", key_types.seconds("Maximum time to connect.")),
        "first_token": key_types.titled(
            "First text", key_types.seconds("Maximum wait for the first text. Loading a model may take minutes.")
        ),
        "idle": key_types.titled("Silence", key_types.seconds("Maximum silence between two chunks of an answer.")),
        "total": key_types.titled("Whole answer", key_types.seconds("Maximum time for a whole answer.")),
    },
    RetryPolicy: {
        "attempts": key_types.titled(
            "Tries",
            key_types.integer("Maximum number of tries, including the first. 1 disables retries.", 1, 20, "tries"),
        ),
        "backoff_initial": key_types.titled(
            "First wait",
            key_types.seconds("Wait before the first retry. It doubles with each further retry.", 600, "no wait"),
        ),
        "backoff_max": key_types.titled(
            "Longest wait",
            key_types.seconds("Maximum wait before a retry. At least backoff_initial.", 600, "no wait"),
        ),
        "statuses": key_types.titled(
            "Retried statuses", key_types.statuses("HTTP statuses after which a request is retried.")
        ),
    },
}
"""The metadata of each field, as the fields of the other sections carry it themselves."""
