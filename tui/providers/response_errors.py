"""Maps a refused request or an error in a stream to a `ProviderError` with the server's text and a hint. No I/O."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
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
from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass
from tui.providers.error_text import ServerErrorText, decode_error_text, looks_like_html, page_title

_MODEL_NOT_FOUND: Final = lazy_pattern(
    r"model\b.{0,200}\b(not found|does(n't| not) exist|not exist|not supported)|invalid model name|unknown model",
    re.IGNORECASE | re.DOTALL,
)
_EXPECTS_TLS: Final = lazy_pattern(
    rb"(plain )?http request\b.{0,30}\bto (an )?https (port|server)|plain http to an (ssl|tls)", re.IGNORECASE
)
"""What Go, nginx and Apache answer to plain HTTP where they expect TLS."""
_TOO_LONG: Final = lazy_pattern(
    r"exceed_context_size|context_length_exceeded|n_keep|context (length|size|window|the overflows)|maximum context",
    re.IGNORECASE,
)
_QUOTA_EXHAUSTED: Final = lazy_pattern(r"insufficient_quota|usage limit|billing", re.IGNORECASE)
_NOT_SUPPORTED: Final = lazy_pattern(
    r"\bunsupported\b|\bnot (yet |currently )?support(ed)?\b|n't support\b"
    r"|\bdoes not (accept|handle|have) (images?|vision)\b|missing data required for image input|\bmmproj\b",
    re.IGNORECASE,
)
_LOAD_FAILED: Final = lazy_pattern(
    r"\b(failed|unable|error|could not|couldn't|cannot|can't|failure)( to)? (load|loading|start|starting) "
    r"(the |a |your )?(\S+ )?(model|llama|runner)|\bmodel\b.{0,80}\b(failed|unable) to load\b"
    r"|\bload(ing)? (of )?(the )?model\b.{0,80}\bfailed|unknown model architecture",
    re.IGNORECASE | re.DOTALL,
)
_TRY_AGAIN_IN: Final = lazy_pattern(r"try again in (\d+(?:\.\d+)?)\s*(ms|s|m)\b", re.IGNORECASE)
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """The name and address of one server, and the hints for its errors."""

    name: str
    """The provider's name in messages, such as `ollama`."""

    address: str
    """The server's address in messages."""

    requested: str = ""
    """The full address of the request, without its query. Empty before a request."""

    start: str = ""
    """How to start the server."""

    get_model: str = ""
    """How to download a model; `{model}` stands for its name."""

    key: str = ""
    """Where the server's API key is set."""

    proxy_hint: str = ""
    """What to check about the proxy in front of the server. Empty without a proxy."""


def error_from_response(
    status: int, headers: Mapping[str, str], body: bytes, profile: ServerProfile, *, model: str, now: float
) -> ProviderError:
    """The error for a response with a status other than 200.

    Args:
        status: The HTTP status.
        headers: The response headers. Lookups ignore case.
        body: The start of the response body.
        profile: The server's name, address and hints.
        model: The requested model. Empty if the request named none.
        now: The time in seconds since the epoch, to evaluate a `Retry-After` date.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    error_text = decode_error_text(body, media_type)
    reason = f": {error_text.text.rstrip('.')}" if error_text.text else ""
    message = f"{profile.name} at {profile.requested or profile.address} answered {_status_phrase(status)}{reason}."
    if status < 400:
        # The query string may contain a secret, such as a token.
        target = headers.get("location", "").partition("?")[0]
        hint = (
            f"The server redirects to {target}: set base_url to that address."
            if target
            else "Check the address and port in base_url."
        )
        return ProtocolBroken(message, hint=hint, status=status)
    if _EXPECTS_TLS.search(body):
        hint = "Check base_url: the server expects https:// instead of http://."
        return RequestRefused(message, hint=hint, status=status)
    if status in (401, 403):
        hint = f"{_key_hint(profile, error_text)} {profile.proxy_hint}".strip()
        return AuthRefused(message, hint=hint, status=status)
    if status == 429:
        return _rate_limited(message, headers, error_text, profile, now)
    if status >= 500:
        from_proxy = looks_like_html(body, media_type)
        hint = _server_hint(status, error_text, from_proxy=from_proxy)
        return ServerFailed(
            message,
            hint=f"{hint} {profile.proxy_hint}".strip(),
            status=status,
            retry_after=_retry_after_seconds(headers, now),
            is_transient=not _is_permanent(error_text),
        )
    if _is_model_not_found(status, error_text, model):
        return ModelNotFound(message, hint=_model_hint(profile, model), status=status)
    hint = _request_hint(status, error_text, profile, model)
    return RequestRefused(message, hint=hint, status=status, retry_after=_retry_after_seconds(headers, now))


def error_from_stream(error_text: ServerErrorText, profile: ServerProfile) -> StreamBroken:
    """The error for a message that the server sent inside a stream."""
    hint = "The server's log may say more."
    if "unexpected endpoint" in error_text.text.lower():
        hint = "base_url may need /v1 at its end, or a shorter path."
    elif _TOO_LONG.search(f"{error_text.text} {error_text.code}"):
        hint = _CONTEXT_HINT
    elif _LOAD_FAILED.search(error_text.text):
        hint = _LOAD_HINT
    elif _NOT_SUPPORTED.search(error_text.text):
        hint = _SUPPORT_HINT
    elif "unloaded" in error_text.text.lower():
        hint = "A request for another model may have unloaded this one: try again."
    reason = f": {error_text.text.rstrip('.')}" if error_text.text else " without a message"
    return StreamBroken(
        f"{profile.name} reported an error{reason}.",
        hint=hint,
        status=error_text.status,
        is_transient=not _is_permanent(error_text),
    )


def _is_permanent(error_text: ServerErrorText) -> bool:
    """Whether the same request would fail again, whatever the status says: servers send 500 for all of these."""
    text = f"{error_text.text} {error_text.code}"
    return any(pattern.search(text) for pattern in (_QUOTA_EXHAUSTED, _NOT_SUPPORTED, _LOAD_FAILED))


def web_page_error(body: bytes, profile: ServerProfile) -> ProtocolBroken:
    """The error for a web page with status 200."""
    title = page_title(body)
    page = f"a web page ({title!r})" if title else "a web page"
    return ProtocolBroken(
        f"{profile.requested or profile.address} sent {page}, so it is not a model server.",
        hint=profile.proxy_hint or "Check the address and port in base_url; a login page or a proxy may have answered.",
    )


_CONTEXT_HINT: Final = (
    "The conversation is longer than the model's context: start a new one, or load the model with a larger context."
)

_LOAD_HINT: Final = "Load the model in the server itself, which may say more, or try a smaller model."
_SUPPORT_HINT: Final = "The model or the server cannot do this, for example read pictures: choose another model."


def _status_phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _key_hint(profile: ServerProfile, error_text: ServerErrorText) -> str:
    # Another address in the message may be that of the documentation.
    return "Sign in at the address in the message." if error_text.sign_in_url else profile.key


def _rate_limited(
    message: str, headers: Mapping[str, str], error_text: ServerErrorText, profile: ServerProfile, now: float
) -> RateLimited:
    retry_after = _retry_after_seconds(headers, now)
    if retry_after is None and error_text.reset_at_ms is not None:
        retry_after = max(0.0, error_text.reset_at_ms / 1000 - now)
    if retry_after is None and (found := _TRY_AGAIN_IN.search(error_text.text)):
        retry_after = float(found[1]) * _UNIT_S[found[2].lower()]
    when = f"Try again in {_format_duration(retry_after)}." if retry_after else "Try again later."
    is_transient = not _QUOTA_EXHAUSTED.search(f"{error_text.text} {error_text.code}")
    hint = when if is_transient else f"Waiting does not help: check your account at {profile.name}."
    return RateLimited(message, hint=hint, status=429, retry_after=retry_after, is_transient=is_transient)


def _format_duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by the `Retry-After` header, a number or a date. Source: RFC 9110, section 10.2.3."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            return max(0.0, float(headers.get(name, "")) * unit_s)
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now)
    except (ValueError, OverflowError):
        return None


_PROXY_CAUSES: Final = {
    502: "the proxy cannot reach the server",
    503: "the proxy cannot reach the server, or refuses all requests",
    504: "the proxy stopped waiting for the server; its read timeout may be too short",
}


def _server_hint(status: int, error_text: ServerErrorText, *, from_proxy: bool) -> str:
    text = error_text.text.lower()
    if from_proxy and status in _PROXY_CAUSES:
        return f"The response is a proxy's error page: {_PROXY_CAUSES[status]}."
    if "timed out" in text and "runner" in text:
        return "Loading the model took longer than OLLAMA_LOAD_TIMEOUT: raise it on the server, or try a smaller model."
    if "memory" not in text and _LOAD_FAILED.search(text):
        return _LOAD_HINT
    if _NOT_SUPPORTED.search(text):
        return _SUPPORT_HINT
    if "loading" in text and "memory" not in text:
        return "The model is still loading: try again in a moment."
    if "busy" in text:
        return "The server's request queue is full: try again in a moment."
    if "memory" in text or "runner" in text:
        return "The model may be too large for the server's memory: try a smaller model or a smaller context."
    return "The server's log may say more; try again."


def _is_model_not_found(status: int, error_text: ServerErrorText, model: str) -> bool:
    # LM Studio uses the same code if a model cannot be loaded.
    if _LOAD_FAILED.search(error_text.text):
        return False
    if "model_not_found" in error_text.code:
        return True
    if status not in (400, 404, 422):
        return False
    return bool(_MODEL_NOT_FOUND.search(error_text.text)) or (
        status == 404 and bool(model) and model in error_text.text
    )


def _model_hint(profile: ServerProfile, model: str) -> str:
    listing = f"`llm-tui models --provider {profile.name}` lists the available models."
    return f"{profile.get_model.format(model=model)} {listing}".strip()


def _request_hint(status: int, error_text: ServerErrorText, profile: ServerProfile, model: str) -> str:
    text = error_text.text.lower()
    # LM Studio that does not load models for requests.
    if "no models loaded" in text:
        return "Load a model in LM Studio, or switch on its just-in-time loading."
    if "invalid hf repo" in text:
        return "Name a repository of Hugging Face: owner/name-GGUF, or owner/name-GGUF:Q4_K_M."
    # llama.cpp's router with --no-models-autoload.
    if "model is not loaded" in text:
        return f"`llm-tui models load {model} --provider {profile.name}` loads it."
    if _TOO_LONG.search(f"{error_text.text} {error_text.code}"):
        return _CONTEXT_HINT
    if status == 404:
        return f"Check base_url: {profile.requested or profile.address} does not exist on that server."
    if _LOAD_FAILED.search(error_text.text):
        return _LOAD_HINT
    if status == 402:
        return f"Check your account at {profile.name}."
    return "Check the options and the model; the message above is the server's."
