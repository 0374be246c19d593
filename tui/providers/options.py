"""How to speak to one server, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.limits import RetryPolicy, TimeLimits


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """How to speak to one server, whatever its kind."""

    name: str
    """What the user calls it."""

    base_url: str
    """Where it is, as the user wrote it."""

    key: str | None = None
    headers: Mapping[str, str] | None = None
    verify: bool | str = True
    limits: TimeLimits = field(default_factory=TimeLimits)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    read_bytes: int = 65_536
    max_event_bytes: int = 8_388_608

    parallel: int = 0
    """Answers that may come from it at once. 0 for any number."""

    keep_alive: str | int | float | None = None
    """How long Ollama keeps the model loaded. None leaves it to the server."""
