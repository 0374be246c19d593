"""TLS contexts for tests: without a certificate, and with a new self-signed one."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path


def anonymous(purpose: int) -> ssl.SSLContext:
    """Create a context for TLS without certificates. It must be used on both sides: clients disable it by default.

    Args:
        purpose: `ssl.PROTOCOL_TLS_SERVER` or `ssl.PROTOCOL_TLS_CLIENT`.
    """
    context = ssl.SSLContext(purpose)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    if purpose == ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Create a self-signed certificate for 127.0.0.1, and a server context that uses it.

    Raises:
        FileNotFoundError: If `openssl` is not installed.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context
