"""What can go wrong with a connection, and descriptions of socket errors.

These exceptions stay inside this package: `failures` translates them into the errors that users see.
"""

from __future__ import annotations

import ssl


class ConnectionProblem(Exception):
    """A request failed on its way. The text says how, as part of a sentence."""


class ConnectFailed(ConnectionProblem):
    """No connection was made."""


class NameNotResolved(ConnectFailed):
    """The name servers do not know the host's name."""


class TLSFailed(ConnectFailed):
    """The TLS handshake failed."""


class CertificateNotTrusted(TLSFailed):
    """The server's certificate is not trusted."""


class HandshakeAborted(ConnectFailed):
    """The server closed the connection instead of answering the TLS handshake."""


class ConnectionLost(ConnectionProblem):
    """The connection broke, or the server closed it too early."""


class InvalidResponse(ConnectionProblem):
    """The server sent something that is not valid HTTP."""


class NotHTTP(InvalidResponse):
    """The server sent something else than the beginning of an HTTP response. Its text quotes that."""


class InvalidRequest(ConnectionProblem):
    """A header of the request is not valid HTTP, so nothing was sent."""


def handshake_error_type(error: OSError) -> type[ConnectFailed]:
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
