"""The server's own words about an error, out of every shape in which servers put them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tui.providers.json_values import count_in
from tui.wire.surrogates import joined

_MAX_TEXT_LENGTH: Final = 600
_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ServerErrorText:
    """What a server said of an error."""

    text: str
    """Its sentence, on one line. Empty when it said none."""

    code: str = ""
    """Its words for the kind of error, joined by blanks: `insufficient_quota model_not_found`. Lower case."""

    status: int | None = None
    """The HTTP status that it names inside the body, where it does."""

    reset_at_ms: float | None = None
    """When a rate limit ends, in milliseconds since the epoch, where it says so in the body."""


def error_in(event: Mapping[str, Any]) -> ServerErrorText | None:
    """The error that an object of a stream reports. None when it reports none: `"error": null` and `{}` do not."""
    error = event.get("error")
    if not error:
        return extract_error_text(event) if event.get("object") == "error" else None
    error_text = extract_error_text(event)
    return error_text if error_text.text else replace(error_text, text=_excerpt(error))


def extract_error_text(body: object, depth: int = 4) -> ServerErrorText:
    """The words in a body that is known to be about an error.

    Known shapes: `{"error": {"message", "type", "param", "code"}}`, `{"error": "text"}`, `{"message"}`,
    `{"detail": "text"}`, `{"detail": [{"loc", "msg"}]}`, `{"StatusCode": 502, "error": "text"}`.

    Args:
        body: Parsed JSON.
        depth: How far down to look. A hostile body is nested without end.
    """
    if depth == 0:
        return ServerErrorText("")
    if isinstance(body, str):
        return ServerErrorText(_one_line(body))
    if isinstance(body, list):
        return ServerErrorText(
            _one_line("; ".join(filter(None, (extract_error_text(part, depth - 1).text for part in body[:5]))))
        )
    if not isinstance(body, Mapping):
        return ServerErrorText("")
    inner = extract_error_text(body.get("error"), depth - 1)
    text = inner.text or next(
        (found for key in _TEXT_KEYS if (found := extract_error_text(body.get(key), depth - 1).text)), ""
    )
    codes = [inner.code, *(str(body[key]).lower() for key in ("code", "type") if isinstance(body.get(key), str | int))]
    statuses = (inner.status, _status(body.get("code")), _status(body.get("StatusCode")), _status(body.get("status")))
    return ServerErrorText(
        text=_with_extras(text, body),
        code=" ".join(filter(None, codes)),
        status=next(filter(None, statuses), None),
        reset_at_ms=inner.reset_at_ms or _reset_in(body.get("metadata")),
    )


def decode_error_text(body: bytes, media_type: str) -> ServerErrorText:
    """The words in the body of a refused request, whatever it is: JSON, a web page, plain text, nothing."""
    stripped = body.strip()
    # By its first byte, not by its type: DeepSeek sends JSON as application/octet-stream.
    if stripped[:1] in (b"{", b"[", b'"'):
        try:
            value = json.loads(stripped)
            error_text = extract_error_text(value)
            # A shape that is not known is shown as it is: better than nothing.
            return error_text if error_text.text or not value else replace(error_text, text=_excerpt(value))
        except (ValueError, RecursionError):
            pass
    if looks_like_html(stripped, media_type):
        return ServerErrorText(page_title(body))
    return ServerErrorText(_one_line(stripped.decode("utf-8", "replace")))


def looks_like_html(body: bytes, media_type: str) -> bool:
    """Whether a body is a web page, by its type or by its first bytes."""
    return media_type == "text/html" or body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<head"))


def page_title(body: bytes) -> str:
    """The title of a web page. Empty when it has none."""
    found = _TITLE.search(body)
    return _one_line(found.group(1).decode("utf-8", "replace")) if found else ""


_TEXT_KEYS: Final = ("message", "detail", "msg", "reason")


def _with_extras(text: str, body: Mapping[str, Any]) -> str:
    """The text, with what stands beside it and is needed to act on it: where to sign in, what the upstream said."""
    metadata = body.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    told = (body.get("signin_url"), raw, _too_many_tokens(body, text))
    extras = [extra for extra in told if isinstance(extra, str) and extra and extra not in text]
    return _one_line(": ".join(filter(None, (text, *extras))))


def _too_many_tokens(body: Mapping[str, Any], text: str) -> str:
    """The counts of a prompt that is too long, as llama-server gives them. Empty where there are none to add."""
    asked, fit = count_in(body, "n_prompt_tokens"), count_in(body, "n_ctx")
    if asked is None or fit is None or str(asked) in text:
        return ""
    return f"{asked} tokens, where {fit} fit"


def _status(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) == 3:
        value = int(value)
    return value if isinstance(value, int) and 100 <= value <= 599 else None


def _reset_in(metadata: object) -> float | None:
    headers = metadata.get("headers") if isinstance(metadata, Mapping) else None
    reset = headers.get("X-RateLimit-Reset") if isinstance(headers, Mapping) else None
    try:
        return float(reset) if isinstance(reset, str | int | float) else None
    except (ValueError, OverflowError):
        return None


def _excerpt(value: object) -> str:
    """Something that should have been error_text, as it is."""
    try:
        return _one_line(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return "an error without words"


def _one_line(text: str) -> str:
    line = " ".join(joined(text[: _MAX_TEXT_LENGTH * 4]).split())
    return line if len(line) <= _MAX_TEXT_LENGTH else line[: _MAX_TEXT_LENGTH - 1] + "…"
