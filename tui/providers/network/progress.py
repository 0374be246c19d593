"""The progress of sending a request, which the transports report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import httpx

from tui.light_dataclass import dataclass

_EXTENSION: Final = "progress"


@dataclass(slots=True)
class SendProgress:
    """The progress of sending a request."""

    begin_sending: Callable[[], None]
    """Called when there is a connection, and the request is about to be sent over it."""

    opened_connection: bool = False
    """Whether a connection was opened for it, or at least tried. False on one that was used before."""

    is_connected: bool = False
    """Whether that connection was made, maybe without TLS so far."""

    @property
    def extensions(self) -> dict[str, Any]:
        """The extensions of the request."""
        return {_EXTENSION: self}

    @staticmethod
    def of(request: httpx.Request) -> SendProgress:
        """The progress of a request."""
        progress = request.extensions[_EXTENSION]
        assert isinstance(progress, SendProgress)
        return progress
