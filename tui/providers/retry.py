"""The retry policy, under the name that the providers use."""

from __future__ import annotations

from tui.limits import MAX_WAIT_S as LONGEST_WAIT_S
from tui.limits import RetryPolicy

__all__ = ["LONGEST_WAIT_S", "RetryPolicy"]
