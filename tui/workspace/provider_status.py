"""The result of probing a provider, as the sidebar shows it."""

from __future__ import annotations

from typing import Final, Literal

from tui.errors import ErrorKind, ModelNotFound, ProviderError
from tui.light_dataclass import dataclass
from tui.runtime import ProbeResult

Reachability = Literal["unknown", "reachable", "unreachable", "refused"]
"""`refused` is a server that answered, but not usefully: it wants a key, or failed."""

UNREACHABLE_KINDS: Final[frozenset[ErrorKind]] = frozenset(
    {"connect", "connect_timeout", "first_token_timeout", "idle_timeout", "total_timeout", "interrupted"}
)
"""Kinds of failure after which it is not known whether a server is there at all."""

_WANTS_KEY: Final = "key?"
_NO_MODELS: Final = "no models"
_NOT_USABLE: Final = "not usable"

_REFUSALS: Final = {
    _WANTS_KEY: "wants a key",
    _NO_MODELS: "answers, but has no models",
    _NOT_USABLE: "answers, but cannot be used",
}
"""What notes mean, where there is space to say it."""


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """One provider and whether it can be reached."""

    name: str
    reachability: Reachability = "unknown"
    note: str = ""
    """A word or two more: its version, or what is wrong."""

    leaves_machine: bool = False
    """Whether prompts to it leave this machine and its network."""

    @property
    def words(self) -> str:
        """All of that in words: `reachable · 0.9.3`, or what is wrong."""
        match self.reachability:
            case "reachable":
                return f"reachable · {self.note}" if self.note else "reachable"
            case "refused":
                return _REFUSALS.get(self.note, f"answers, but lists no models · {self.note}")
            case reachability:
                return {"unknown": "not asked yet", "unreachable": "no answer"}[reachability]


def status_from(probe: ProbeResult) -> ProviderStatus:
    """The status of a provider after a probe."""
    if probe.status is not None:
        return ProviderStatus(probe.name, "reachable", probe.status.version)
    error = probe.error
    if isinstance(error, ProviderError) and error.kind in UNREACHABLE_KINDS:
        return ProviderStatus(probe.name, "unreachable")
    if isinstance(error, ProviderError) and error.kind == "auth":
        return ProviderStatus(probe.name, "refused", _WANTS_KEY)
    if isinstance(error, ModelNotFound):
        return ProviderStatus(probe.name, "refused", _NO_MODELS)
    status = error.status if isinstance(error, ProviderError) else None
    return ProviderStatus(probe.name, "refused", f"error {status}" if status else _NOT_USABLE)
