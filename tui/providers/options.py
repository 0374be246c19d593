"""The connection settings of one provider, the same for all types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field

from tui.light_dataclass import dataclass
from tui.limits import LOOKUP_S, RetryPolicy, TimeLimits


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """The connection settings of one provider, the same for all types."""

    name: str
    """The provider's name in the config file."""

    base_url: str
    """The server's address, as in the config file."""

    key: str | None = None
    """The API key. None sends none."""

    renew_key: Callable[[str], Awaitable[str]] | None = None
    """Returns the key to use instead of one that the server refused; the same one if there is no other. None if keys
    do not change. Raises `ConfigError` if there is no usable key."""

    headers: Mapping[str, str] | None = None
    verify: bool | str = True
    limits: TimeLimits = field(default_factory=TimeLimits)
    lookup_s: float = LOOKUP_S
    """See `TimeLimits.for_lookups`."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    read_bytes: int = 65_536
    max_event_bytes: int = 8_388_608

    parallel: int = 0
    """The maximum number of concurrent answers. 0 means no limit."""

    keep_alive: str | int | float | None = None
    """How long Ollama or LM Studio keeps the model loaded. None leaves it to the server."""

    context_length: int = 0
    """The context to load a model with before its first answer, in tokens, where a server offers that beside the
    request for the answer. 0 leaves it to the server."""
