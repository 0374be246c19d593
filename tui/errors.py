"""Every way we can fail, drawn as a tree; each with its `kind` and `hint`.

LlmTuiError                     what the user is told instead of a traceback
├── UsageError                  the command line asked for something that cannot be (exit code 2)
│   └── ConfigError             the config file cannot be used
├── StoreError                  conversations cannot be read or kept
└── ProviderError               one request to a provider failed; `kind` is the contract's word
    ├── ServerUnreachable       connect
    ├── ConnectTimedOut         connect_timeout
    ├── FirstTokenTimedOut      first_token_timeout
    ├── IdleTimedOut            idle_timeout
    ├── TotalTimedOut           total_timeout
    ├── AuthRefused             auth
    ├── ModelNotFound           model_not_found
    ├── RateLimited             rate_limited
    ├── RequestRefused          bad_request
    ├── ServerFailed            server
    ├── StreamBroken            stream_error
    ├── ProtocolBroken          protocol
    ├── StreamInterrupted       interrupted
    └── TurnCancelled           cancelled
"""

from __future__ import annotations

from typing import ClassVar, Literal

ErrorKind = Literal[
    "connect",
    "connect_timeout",
    "first_token_timeout",
    "idle_timeout",
    "total_timeout",
    "auth",
    "model_not_found",
    "rate_limited",
    "bad_request",
    "server",
    "stream_error",
    "protocol",
    "interrupted",
    "cancelled",
]
"""The contract's word for a failure. Scripts rely on them; the list is never reordered or reworded."""


class LlmTuiError(Exception):
    """Something failed in a way that we can explain: `str(error)` is a sentence for the user."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        """What to try next, as a sentence. Empty when there is nothing honest to say."""


class UsageError(LlmTuiError):
    """The command line, or a file that it names, asks for something that cannot be."""

    exit_code = 2


class OutputFailed(LlmTuiError):
    """What there is to say cannot be written where it was to go."""


class ConfigError(UsageError):
    """The config file cannot be used as it is."""


class StoreError(LlmTuiError):
    """Conversations cannot be read, or cannot be kept."""


class ProviderError(LlmTuiError):
    """One request to a provider failed."""

    kind: ClassVar[ErrorKind]

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        passing: bool = True,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        """HTTP status of the reply, or the status that an error inside the stream named. None when there was none."""
        self.retry_after = retry_after
        """Seconds the server asked us to wait before another try. None when it said nothing."""
        self.passing = passing
        """Whether another try might go better: after a refused connection it may, after a bad certificate it won't."""


class ServerUnreachable(ProviderError):
    """Nothing answers at the server's address, or no connection to it can be made: refused, DNS, TLS."""

    kind = "connect"


class ConnectTimedOut(ProviderError):
    """The connection was not made within `timeouts.connect`."""

    kind = "connect_timeout"


class FirstTokenTimedOut(ProviderError):
    """The request was sent, and nothing of the answer came within `timeouts.first_token`."""

    kind = "first_token_timeout"


class IdleTimedOut(ProviderError):
    """The answer had begun, and then nothing came for `timeouts.idle`."""

    kind = "idle_timeout"


class TotalTimedOut(ProviderError):
    """The answer was not complete within `timeouts.total`."""

    kind = "total_timeout"


class AuthRefused(ProviderError):
    """The server does not accept the key, or wants one."""

    kind = "auth"


class ModelNotFound(ProviderError):
    """The server does not have the model."""

    kind = "model_not_found"


class RateLimited(ProviderError):
    """The server takes no more requests for a while."""

    kind = "rate_limited"


class RequestRefused(ProviderError):
    """The server will not do what was asked."""

    kind = "bad_request"


class ServerFailed(ProviderError):
    """The server failed by its own account."""

    kind = "server"


class StreamBroken(ProviderError):
    """The server reported an error inside the stream."""

    kind = "stream_error"


class ProtocolBroken(ProviderError):
    """What came is not the protocol: bad JSON, a wrong content type, a web page, an over-long line."""

    kind = "protocol"


class StreamInterrupted(ProviderError):
    """The connection ended before the protocol's own end."""

    kind = "interrupted"


class TurnCancelled(ProviderError):
    """The user stopped the answer."""

    kind = "cancelled"
