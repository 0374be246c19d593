"""Creates TLS contexts."""

from __future__ import annotations

import ssl

import httpx

from tui.errors import ServerUnreachable


def tls_context(verify: bool | str, server: str) -> ssl.SSLContext:
    """Create a TLS context for one provider. Reading the default CA certificates takes up to 60 ms.

    Args:
        verify: False trusts every certificate; True trusts the default CA certificates, or those that SSL_CERT_FILE
            names; a string is the path of a CA bundle.
        server: The server's name, for the error message.

    Raises:
        ServerUnreachable: If the CA bundle cannot be used.
    """
    try:
        if isinstance(verify, str):
            return ssl.create_default_context(cafile=verify)
        return httpx.create_ssl_context(verify=verify)
    except OSError as cause:
        from_settings = isinstance(verify, str)
        bundle = repr(verify) if from_settings else "that the environment names"
        raise ServerUnreachable(
            f"The CA bundle {bundle} for {server} cannot be used: {cause.strerror or cause}.",
            hint="Correct " + ("the provider's `verify` in the config file." if from_settings else "SSL_CERT_FILE."),
            is_transient=False,
        ) from cause
