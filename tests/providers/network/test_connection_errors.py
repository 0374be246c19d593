"""Tests of the descriptions of socket errors."""

from __future__ import annotations

import ssl

import pytest

from tui.providers.network.connection_errors import (
    CertificateNotTrusted,
    HandshakeAborted,
    TLSFailed,
    describe,
    handshake_error_type,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (ConnectionResetError(104, "Connection reset by peer"), "the connection was reset"),
        (BrokenPipeError(32, "Broken pipe"), "the connection was reset"),
        (OSError(113, "No route to host"), "No route to host"),
        (OSError("something odd"), "something odd"),
        (OSError(), "OSError"),
    ],
)
def test_os_errors_are_described_briefly(error: OSError, text: str) -> None:
    assert describe(error).startswith(text)


@pytest.mark.parametrize(("reason", "text"), [("WRONG_VERSION_NUMBER", "WRONG_VERSION_NUMBER"), (None, "odd")])
def test_handshake_failure_is_described_with_its_reason(reason: str | None, text: str) -> None:
    error = ssl.SSLError(1, "odd")
    vars(error)["reason"] = reason
    assert text in describe(error)


@pytest.mark.parametrize(
    ("error", "error_type"),
    [
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), CertificateNotTrusted),
        (ssl.SSLError(1, "wrong version number"), TLSFailed),
        (ConnectionResetError(104, "Connection reset by peer"), HandshakeAborted),
    ],
)
def test_handshake_failure_has_its_own_type(error: OSError, error_type: type[Exception]) -> None:
    assert handshake_error_type(error) is error_type


def test_untrusted_certificate_is_described_with_its_reason() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    assert describe(error) == "its certificate is not trusted (self-signed certificate)"
