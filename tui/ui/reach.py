"""What came of knocking at a provider, as the sidebar shows it."""

from __future__ import annotations

from typing import Final

from tui.errors import ErrorKind, ProviderError
from tui.runtime import ProbeResult
from tui.ui.widgets.sidebar import ProviderRow

_NOBODY: Final[frozenset[ErrorKind]] = frozenset(
    {"connect", "connect_timeout", "first_token_timeout", "idle_timeout", "total_timeout", "interrupted"}
)
"""Kinds of failure after which it is not known that there is anybody."""


def row_of(checked: ProbeResult) -> ProviderRow:
    """The sidebar's row for a provider that was knocked at."""
    if checked.status is not None:
        return ProviderRow(checked.name, "reachable", checked.status.version)
    error = checked.error
    if isinstance(error, ProviderError) and error.kind in _NOBODY:
        return ProviderRow(checked.name, "unreachable")
    if isinstance(error, ProviderError) and error.kind == "auth":
        return ProviderRow(checked.name, "refused", "key?")
    status = error.status if isinstance(error, ProviderError) else None
    return ProviderRow(checked.name, "refused", f"error {status}" if status else "not usable")
