"""Translates what went wrong with a connection into the errors that users see."""

from __future__ import annotations

import re
from typing import Final, Literal

import httpx

from tui.errors import ProtocolBroken, ProviderError, RequestRefused, ServerUnreachable, StreamInterrupted
from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass
from tui.providers.network.address import ServerAddress
from tui.providers.network.connection_errors import (
    CertificateNotTrusted,
    ConnectFailed,
    ConnectionLost,
    ConnectionProblem,
    HandshakeAborted,
    InvalidRequest,
    NameNotResolved,
    NotHTTP,
    TLSFailed,
)
from tui.providers.network.proxies import PROXY_HINT, Proxy

_MAX_CAUSE_CHARS: Final = 200
_BYTES_LITERAL: Final = lazy_pattern(r"""(?:bytearray\()?\bb(['"])(.*)\1\)?""", re.DOTALL)


MAY_EXPECT_HTTP: Final = "Check base_url: the server may expect http:// instead of https://."
"""The hint if a server does not answer the TLS handshake."""


@dataclass(slots=True)
class Peer:
    """The server as error messages describe it."""

    server: str
    """The server's name."""

    address: ServerAddress

    start_hint: str = ""
    """How to start the server."""

    proxy: Proxy | None = None
    """The proxy in between, once that is known."""

    def __str__(self) -> str:
        through = f" through the proxy {self.proxy}" if self.proxy else ""
        return f"{self.server} at {self.address}{through}"


def translate(cause: ConnectionProblem | httpx.InvalidURL, peer: Peer, *, response_began: bool) -> ProviderError:
    """Return the error for a request that failed on its way.

    Args:
        cause: What went wrong.
        peer: The server.
        response_began: Whether the head of the response had been received.
    """
    if isinstance(cause, httpx.InvalidURL):
        return ServerUnreachable(f"Cannot reach {peer}: {cause}.", hint="Correct its base_url.", is_transient=False)
    if isinstance(cause, InvalidRequest):
        # The library's text quotes the header, which may be the API key.
        return RequestRefused(
            f"Cannot send a request to {peer}: a request header contains an invalid character.",
            hint="Check the API key, and the provider's `headers` in the config file.",
        )
    if isinstance(cause, TLSFailed):
        hint = MAY_EXPECT_HTTP
        if isinstance(cause, CertificateNotTrusted):
            hint = "To trust it, set `verify` in the provider's settings to the path of its CA bundle."
        return ServerUnreachable(f"Cannot reach {peer}: {cause}.", hint=hint, is_transient=False)
    if isinstance(cause, HandshakeAborted) and not peer.proxy:
        return ServerUnreachable(f"Cannot reach {peer}: {cause}.", hint=f"{MAY_EXPECT_HTTP} {peer.start_hint}".strip())
    if isinstance(cause, ConnectFailed):
        hint = PROXY_HINT if peer.proxy else peer.start_hint
        return ServerUnreachable(f"Cannot reach {peer}: {cause}.", hint=hint)
    if isinstance(cause, ConnectionLost):
        when = "in the middle of its response" if response_began else "without a response"
        hint = "Its log may say why: a crash, a restart, a model that was unloaded."
        # Many servers close the connection when plain HTTP arrives where they expect TLS.
        if not response_began and peer.address.scheme == "http":
            hint = f"{hint} Or it expects https:// in base_url."
        return StreamInterrupted(f"{peer} closed the connection {when}.", hint=hint)
    if isinstance(cause, NotHTTP):
        hint = "Check the port in base_url: something else than a model server listens there."
        return ProtocolBroken(f"{peer} does not speak HTTP: it sent {_shorten(str(cause))}.", hint=hint)
    hint = f"Check that base_url is the address of {peer.server}."
    if peer.address.scheme == "http" and _is_tls_alert(str(cause)):
        hint = "Check base_url: the server seems to expect https:// instead of http://."
    return ProtocolBroken(f"Invalid HTTP response from {peer.address}: {_shorten(str(cause))}.", hint=hint)


ConnectionStep = Literal["name", "connection", "tls"]
"""A step of connecting: the host's name is looked up, the connection is made, and encrypted."""


def failed_step(error: ProviderError) -> ConnectionStep | None:
    """The step of connecting that failed. None if the connection was made and used.

    Args:
        error: An error of `Transport`, or of the response that came instead of the expected one.
    """
    cause = error.__cause__
    if isinstance(cause, NameNotResolved):
        return "name"
    # Where one side speaks TLS and the other does not, each server fails in its own way, but the hint is ours.
    is_mixed_up = error.hint.startswith(MAY_EXPECT_HTTP) or any(hint in error.hint for hint in _MAY_EXPECT_HTTPS)
    if isinstance(cause, TLSFailed | HandshakeAborted) or is_mixed_up:
        return "tls"
    return "connection" if error.kind in ("connect", "connect_timeout") else None


_MAY_EXPECT_HTTPS: Final = ("https:// instead of http://", "it expects https://")


def _is_tls_alert(text: str) -> bool:
    """Whether h11 found a TLS alert instead of an HTTP response, by the text of its error.

    An alert begins with byte 0x15, which h11 quotes if the line ends, and else calls obviously invalid.
    """
    return "\\x15\\x03" in text or text == "illegal request line"


def _shorten(cause: str) -> str:
    """Limit the length of the library's text, and show the bytes that it quotes without Python's `b'…'` notation."""
    cause = _BYTES_LITERAL.sub(r"'\2'", cause)
    return cause if len(cause) <= _MAX_CAUSE_CHARS else cause[: _MAX_CAUSE_CHARS - 1] + "…"
