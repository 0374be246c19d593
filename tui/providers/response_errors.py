"""A reply that is no answer → the error that it means, with the server's own words and what to do. Pure."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from tui.errors import (
    AuthRefused,
    ModelNotFound,
    ProtocolBroken,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFailed,
    StreamBroken,
)
from tui.providers.error_text import ServerErrorText, decode_error_text, looks_like_html, page_title

_MODEL_NOT_FOUND: Final = re.compile(
    r"model\b.{0,200}\b(not found|does(n't| not) exist|not exist|not supported)|invalid model name|unknown model",
    re.IGNORECASE | re.DOTALL,
)
_TOO_LONG: Final = re.compile(
    r"exceed_context_size|context_length_exceeded|n_keep|context (length|size|window|the overflows)|maximum context",
    re.IGNORECASE,
)
_QUOTA_EXHAUSTED: Final = re.compile(r"insufficient_quota|usage limit|billing", re.IGNORECASE)
_TRY_AGAIN_IN: Final = re.compile(r"try again in (\d+(?:\.\d+)?)\s*(ms|s|m)\b", re.IGNORECASE)
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """What can be said about one server when it refuses: its name, and what to do there."""

    name: str
    """What to call it: `ollama`."""

    where: str
    """Its address, to show."""

    start: str = ""
    """How to start it."""

    get_model: str = ""
    """How to get a model; `{model}` stands for its name."""

    key: str = ""
    """Where its API key is set."""

    in_between: str = ""
    """What to do about the proxy through which it was asked. Empty when there is none."""


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, profile: ServerProfile, *, model: str, now: float
) -> ProviderError:
    """The error that a reply with a status other than 200 means.

    Args:
        status: The HTTP status.
        headers: The reply's headers, found by any case.
        body: The beginning of its body.
        profile: About the server.
        model: The model that was asked for. Empty when none was.
        now: Seconds since the epoch, for a `Retry-After` that is a date.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    error_text = decode_error_text(body, media_type)
    said = f": {error_text.text.rstrip('.')}" if error_text.text else ""
    message = f"{profile.name} at {profile.where} answered {_status_phrase(status)}{said}."
    if status < 400:
        # What follows the question mark is no address, and may be anybody's secret.
        target = headers.get("location", "").partition("?")[0]
        hint = f"It moved to {target}: set base_url to that." if target else "Check base_url and its port."
        return ProtocolBroken(message, hint=hint, status=status)
    if status in (401, 403):
        hint = f"{_key_hint(profile, error_text)} {profile.in_between}".strip()
        return AuthRefused(message, hint=hint, status=status)
    if status == 429:
        return _rate_limited(message, headers, error_text, profile, now)
    if status >= 500:
        from_proxy = looks_like_html(body, media_type)
        hint = _server_hint(status, error_text, from_proxy=from_proxy)
        return ServerFailed(
            message,
            hint=f"{hint} {profile.in_between}".strip(),
            status=status,
            retry_after=_retry_after_seconds(headers, now),
        )
    if _is_model_not_found(status, error_text, model):
        return ModelNotFound(message, hint=_model_hint(profile, model), status=status)
    hint = _request_hint(status, error_text, profile)
    return RequestRefused(message, hint=hint, status=status, retry_after=_retry_after_seconds(headers, now))


def error_from_stream(error_text: ServerErrorText, profile: ServerProfile) -> StreamBroken:
    """The error that a server reported inside a stream."""
    hint = "Its log may tell more."
    if "unexpected endpoint" in error_text.text.lower():
        hint = "base_url may need /v1 at its end, or less of a path."
    elif _TOO_LONG.search(f"{error_text.text} {error_text.code}"):
        hint = _CONTEXT_HINT
    elif "unloaded" in error_text.text.lower():
        hint = "A request for another model may have taken its place in memory: ask again."
    said = f": {error_text.text.rstrip('.')}" if error_text.text else ", in no words"
    return StreamBroken(
        f"{profile.name} reported an error{said}.",
        hint=hint,
        status=error_text.status,
        passing=not _QUOTA_EXHAUSTED.search(f"{error_text.text} {error_text.code}"),
    )


def web_page_error(body: bytes, profile: ServerProfile) -> ProtocolBroken:
    """The error that a web page under status 200 means."""
    title = page_title(body)
    return ProtocolBroken(
        f"{profile.where} sent a web page{f' ({title!r})' if title else ''}, so it is no model server.",
        hint=profile.in_between or "Check base_url and its port; a login page or a proxy may stand in between.",
    )


_CONTEXT_HINT: Final = (
    "The conversation is longer than the model's context: begin a new one, or have the server load the model with more."
)


def _status_phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _key_hint(profile: ServerProfile, error_text: ServerErrorText) -> str:
    if "http" in error_text.text:
        return "Sign in at the address that it names."
    return profile.key


def _rate_limited(
    message: str, headers: Mapping[str, str], error_text: ServerErrorText, profile: ServerProfile, now: float
) -> RateLimited:
    retry_after = _retry_after_seconds(headers, now)
    if retry_after is None and error_text.reset_at_ms is not None:
        retry_after = max(0.0, error_text.reset_at_ms / 1000 - now)
    if retry_after is None and (found := _TRY_AGAIN_IN.search(error_text.text)):
        retry_after = float(found[1]) * _UNIT_S[found[2].lower()]
    when = f"Try again in {_format_duration(retry_after)}." if retry_after else "Wait a while, then try again."
    passing = not _QUOTA_EXHAUSTED.search(f"{error_text.text} {error_text.code}")
    hint = when if passing else f"Waiting does not help: check your account with {profile.name}."
    return RateLimited(message, hint=hint, status=429, retry_after=retry_after, passing=passing)


def _format_duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds by the `Retry-After` header, which may be a number or a date. Source: RFC 9110, section 10.2.3."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            return max(0.0, float(headers.get(name, "")) * unit_s)
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now)
    except (ValueError, OverflowError):
        return None


_GATEWAYS: Final = {
    502: "what stands before the server cannot reach it",
    503: "what stands before the server cannot reach it, or lets nobody through",
    504: "what stands before the server gave up waiting for it; its read timeout may be too short",
}


def _server_hint(status: int, error_text: ServerErrorText, *, from_proxy: bool) -> str:
    text = error_text.text.lower()
    if from_proxy and status in _GATEWAYS:
        return f"That is a proxy's page: {_GATEWAYS[status]}."
    if "timed out" in text and "runner" in text:
        return "Loading took longer than the server allows: OLLAMA_LOAD_TIMEOUT is its limit. Or try a smaller model."
    if "loading" in text:
        return "The model is still being loaded: try again in a moment."
    if "busy" in text:
        return "Too many requests wait there already: try again in a moment."
    if "memory" in text or "runner" in text:
        return "The model may be too large for that machine: try a smaller one, or a smaller context."
    return "The server's log may tell more; try again."


def _is_model_not_found(status: int, error_text: ServerErrorText, model: str) -> bool:
    if "model_not_found" in error_text.code:
        return True
    if status not in (400, 404, 422):
        return False
    return bool(_MODEL_NOT_FOUND.search(error_text.text)) or (
        status == 404 and bool(model) and model in error_text.text
    )


def _model_hint(profile: ServerProfile, model: str) -> str:
    listing = f"`llm-tui models --provider {profile.name}` lists what it has."
    return f"{profile.get_model.format(model=model)} {listing}".strip()


def _request_hint(status: int, error_text: ServerErrorText, profile: ServerProfile) -> str:
    if _TOO_LONG.search(f"{error_text.text} {error_text.code}"):
        return _CONTEXT_HINT
    if status == 404:
        return f"Check base_url: {profile.where} does not know that path."
    if "failed to load model" in error_text.text.lower():
        return "Load the model by hand, where the server may tell more, or try a smaller one."
    if status == 402:
        return f"See your account with {profile.name}."
    return "Check the options and the model; the words above are the server's."
