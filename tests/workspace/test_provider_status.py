"""status_from: the result of a health check as a reachability and a note."""

from __future__ import annotations

import pytest

from tui.chat.model_info import ServerStatus
from tui.errors import (
    AuthRefused,
    ConnectTimedOut,
    FirstTokenTimedOut,
    LlmTuiError,
    ModelNotFound,
    ProtocolBroken,
    ServerFailed,
    ServerUnreachable,
    StreamInterrupted,
    UsageError,
)
from tui.runtime import ProbeResult
from tui.workspace.provider_status import ProviderStatus, status_from


def test_reachable_provider_shows_its_version() -> None:
    assert status_from(ProbeResult("p", status=ServerStatus(0.1, "0.12"))) == ProviderStatus("p", "reachable", "0.12")


@pytest.mark.parametrize("failure", [ServerUnreachable, ConnectTimedOut, FirstTokenTimedOut, StreamInterrupted])
def test_unreachable_provider_has_no_note(failure: type[LlmTuiError]) -> None:
    assert status_from(ProbeResult("p", error=failure("gone"))) == ProviderStatus("p", "unreachable")


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (AuthRefused("no", status=401), "key?"),
        (ServerFailed("no", status=503), "error 503"),
        (ModelNotFound("no model yet"), "no models"),
        (ProtocolBroken("a web page"), "not usable"),
        (UsageError("an invalid API key"), "not usable"),
    ],
)
def test_unusable_provider_shows_the_reason(error: LlmTuiError, note: str) -> None:
    assert status_from(ProbeResult("p", error=error)) == ProviderStatus("p", "refused", note)
