"""All errors that we raise, each with a `hint` for the user; a provider's error also has a `kind` for scripts.

LlmTuiError                     shown to the user instead of a traceback
├── UsageError                  invalid command line or input file (exit code 2)
│   └── ConfigError             the config file cannot be used
├── OutputFailed                the output cannot be written
├── StoreError                  conversations cannot be read or saved
└── ProviderError               one request to a provider failed
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

from typing import ClassVar, Final, Literal

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
"""The kind of a provider's error, as in `ask --json`. Scripts depend on these words: do not change or reorder them."""

INTERRUPTED_EXIT_CODE: Final = 130
"""The exit code after Ctrl+C, as of a shell: 128 and the number of SIGINT."""


class LlmTuiError(Exception):
    """An error that we can explain. `str(error)` is a sentence for the user."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        """What to try next, as a sentence. Empty if we have no useful advice."""


class UsageError(LlmTuiError):
    """The command line, or a file that it names, is invalid."""

    exit_code = 2


class OutputFailed(LlmTuiError):
    """The output cannot be written, for example because the disk is full."""


class ConfigError(UsageError):
    """The config file cannot be read, used or written."""


class StoreError(LlmTuiError):
    """Conversations cannot be read or saved."""


class ToolServerError(LlmTuiError):
    """A tool server cannot be started or reached, or did not answer."""


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
        is_transient: bool = True,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        """The HTTP status of the response, or the status in an error inside the stream. None if there was no status."""
        self.retry_after = retry_after
        """Seconds that the server asked us to wait before a retry. None if it did not."""
        self.is_transient = is_transient
        """Whether a retry may succeed: true for a refused connection, false for an invalid certificate."""


class ServerUnreachable(ProviderError):
    """No connection to the server can be made: refused, DNS or TLS."""

    kind = "connect"


class ConnectTimedOut(ProviderError):
    """The connection was not established within `timeouts.connect`."""

    kind = "connect_timeout"


class FirstTokenTimedOut(ProviderError):
    """The request was sent, but no part of the answer arrived within `timeouts.first_token`."""

    kind = "first_token_timeout"


class IdleTimedOut(ProviderError):
    """The answer had started, but then nothing arrived for `timeouts.idle`."""

    kind = "idle_timeout"


class TotalTimedOut(ProviderError):
    """The answer was not complete within `timeouts.total`."""

    kind = "total_timeout"


class AuthRefused(ProviderError):
    """The server requires a key, or does not accept ours."""

    kind = "auth"


class ModelNotFound(ProviderError):
    """The server does not have the model."""

    kind = "model_not_found"


class RateLimited(ProviderError):
    """The server accepts no more requests for now."""

    kind = "rate_limited"


class RequestRefused(ProviderError):
    """The server rejected the request as invalid."""

    kind = "bad_request"


class ServerFailed(ProviderError):
    """The server reported an internal error."""

    kind = "server"


class StreamBroken(ProviderError):
    """The server reported an error inside the stream."""

    kind = "stream_error"


class ProtocolBroken(ProviderError):
    """The response does not follow the protocol: bad JSON, a wrong content type, a web page, an over-long line."""

    kind = "protocol"


class StreamInterrupted(ProviderError):
    """The connection ended before the end of the stream."""

    kind = "interrupted"


class TurnCancelled(ProviderError):
    """The user stopped the answer."""

    kind = "cancelled"


ABSENT_ERRORS: Final = (ServerUnreachable, ConnectTimedOut)
"""The errors if no server listens at an address."""

TIMEOUTS: Final = (ConnectTimedOut, FirstTokenTimedOut, IdleTimedOut, TotalTimedOut)
"""The errors if a server is silent for too long."""
