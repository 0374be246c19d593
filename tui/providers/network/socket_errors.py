"""Names and descriptions of socket errors.

httpcore raises its own exception for each of ours and drops `__cause__` on the way, so what the rest of the package
needs to know is in the exception's type and its text.
"""

from __future__ import annotations

import ssl

import httpcore


class NameNotResolved(httpcore.ConnectError):
    """The name servers do not know the host's name."""


class TLSFailed(httpcore.ConnectError):
    """The TLS handshake failed."""


class CertificateNotTrusted(TLSFailed):
    """The server's certificate is not trusted."""


class HandshakeAborted(httpcore.ConnectError):
    """The server closed the connection instead of answering the TLS handshake."""


class NotHTTP(httpcore.RemoteProtocolError):
    """The server sent something else than the beginning of an HTTP response. Its text quotes that."""


def handshake_error_type(error: OSError) -> type[httpcore.ConnectError]:
    """Return the exception type for an error during a TLS handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateNotTrusted
    return TLSFailed if isinstance(error, ssl.SSLError) else HandshakeAborted


def describe(error: OSError) -> str:
    """Return a short description of the error, without its number."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error})"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the connection was reset"
    return error.strerror or str(error) or type(error).__name__
