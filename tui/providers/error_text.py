"""Extracts the server's message from the known formats of error bodies. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass
from tui.providers.json_values import count_in, text_in
from tui.wire.surrogates import joined

_MAX_TEXT_LENGTH: Final = 600
_TITLE: Final = lazy_pattern(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ServerErrorText:
    """The message of a server's error, and its machine-readable details."""

    text: str
    """The message on one line. Empty if the server sent none."""

    code: str = ""
    """The error codes and types in lower case, separated by spaces: `insufficient_quota model_not_found`."""

    status: int | None = None
    """The HTTP status given in the body. None if the body has none."""

    sign_in_url: str = ""
    """Where the user can sign in. Empty if the body does not say."""

    reset_at_ms: float | None = None
    """When the rate limit ends, in milliseconds since the epoch. None if the body does not say."""


def error_in(event: Mapping[str, Any]) -> ServerErrorText | None:
    """The error in one object of a stream, or None if it has none, as with `"error": null` and `{}`."""
    error = event.get("error")
    if not error:
        return extract_error_text(event) if event.get("object") == "error" else None
    error_text = extract_error_text(event)
    return error_text if error_text.text else replace(error_text, text=excerpt(error))


def unlabelled_error_in(event: Mapping[str, Any]) -> ServerErrorText | None:
    """The error in an object that has no field `error` and no part of an answer. None if it does not look like one.

    Known formats: `{"code": 500, "message"}`, `{"code": 401, "msg", "success": false}`, `{"detail": …}`,
    `{"status": "error", "message"}`, `{"type": "invalid_request_error", "message"}`, `{"error_code": 1, "error_msg"}`,
    `{"errors": […]}`, `{"isError": true, "message"}`, `{"ret": 1, "msg"}`,
    `{"base_resp": {"status_code": 1004, "status_msg"}}` (MiniMax).
    """
    fields = _folded(event)
    base = fields.get("base_resp")
    if isinstance(base, Mapping) and _is_error_code(base.get("status_code")):
        return _known_error(base)
    kind = fields.get("type")
    if (
        any(_is_false(fields.get(key)) for key in ("success", "ok"))
        or any(_is_error_word(fields.get(key)) for key in _STATUS_KEYS)
        or (isinstance(kind, str) and kind.lower().endswith("error"))
        or any(_is_error_code(fields.get(key)) for key in _CODE_KEYS)
        or _is_named_code(fields)
        or any(_has_error_name(key) and value and value not in ("0", "false") for key, value in fields.items())
    ):
        return _known_error(event)
    return None


def bare_message_in(event: Mapping[str, Any]) -> ServerErrorText | None:
    """The error in an object with only a message, and perhaps an id or a time. None if there are other fields.

    Between the chunks of an answer, `{"message": "…"}` is an error. Alone it may be a notice.
    """
    if any(key not in _FIELDS_BESIDE_MESSAGE for key in _folded(event)):
        return None
    error_text = extract_error_text(event)
    return error_text if error_text.text else None


def extract_error_text(body: object, depth: int = 4) -> ServerErrorText:
    """The message in a body that is known to be an error.

    Known formats: `{"error": {"message", "type", "param", "code"}}`, `{"error": "text"}`, `{"message"}`,
    `{"detail": "text"}`, `{"detail": [{"loc", "msg"}]}`, `{"StatusCode": 502, "error": "text"}`.

    Args:
        body: Parsed JSON.
        depth: How many levels to search. A hostile server may nest a body very deeply.
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
    fields = _folded(body)
    inner = extract_error_text(fields.get("error"), depth - 1)
    text = inner.text or next(
        (found for key in _TEXT_KEYS if (found := extract_error_text(fields.get(key), depth - 1).text)), ""
    )
    codes = [inner.code, *(str(body[key]).lower() for key in ("code", "type") if isinstance(body.get(key), str | int))]
    statuses = (inner.status, _status(body.get("code")), _status(body.get("StatusCode")), _status(body.get("status")))
    return ServerErrorText(
        text=_with_extras(text, body),
        code=" ".join(filter(None, codes)),
        status=next(filter(None, statuses), None),
        sign_in_url=inner.sign_in_url or text_in(body, "signin_url"),
        reset_at_ms=inner.reset_at_ms or _reset_in(body.get("metadata")),
    )


def decode_error_text(body: bytes, media_type: str) -> ServerErrorText:
    """The message in the body of a refused request: JSON, a web page, plain text or nothing."""
    stripped = body.strip()
    # The media type cannot be trusted: DeepSeek sends JSON as application/octet-stream.
    if stripped[:1] in (b"{", b"[", b'"'):
        try:
            value = json.loads(stripped)
            error_text = extract_error_text(value)
            # Show JSON in an unknown format as it is, so that the user sees something.
            return error_text if error_text.text or not value else replace(error_text, text=excerpt(value))
        except (ValueError, RecursionError):
            pass
    if looks_like_html(stripped, media_type):
        return ServerErrorText(page_title(body))
    return ServerErrorText(_one_line(stripped.decode("utf-8", "replace")))


def looks_like_html(body: bytes, media_type: str) -> bool:
    """Whether a body is a web page, by its media type or by its first bytes."""
    return media_type == "text/html" or body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<head"))


def page_title(body: bytes) -> str:
    """The title of a web page. Empty if the page has no title."""
    found = _TITLE.search(body)
    return _one_line(found.group(1).decode("utf-8", "replace")) if found else ""


_TEXT_KEYS: Final = (
    "message",
    "detail",
    "msg",
    "reason",
    "status_msg",
    "error_msg",
    "error_message",
    "errormessage",
    "error_description",
    "errmsg",
    "errors",
    "faultstring",
    "fault",
    "exception",
)
"""In lower case; servers also write `Message` and `errorMessage`."""
_CODE_KEYS: Final = (
    "code",
    "status",
    "status_code",
    "statuscode",
    "error_code",
    "errcode",
    "ret",
    "retcode",
    "ret_code",
    "result_code",
    "resultcode",
)
_STATUS_KEYS: Final = ("status", "state", "result", "level", "severity", "event", "type")
_ERROR_WORDS: Final = ("error", "failed", "failure", "fail", "fatal")
_FIELDS_BESIDE_MESSAGE: Final = frozenset(
    {*_TEXT_KEYS, "id", "request_id", "requestid", "trace_id", "created", "time", "timestamp", "model"}
)


def _known_error(event: Mapping[str, Any]) -> ServerErrorText:
    error_text = extract_error_text(event)
    return error_text if error_text.text else replace(error_text, text=excerpt(event))


def _folded(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with their names in lower case."""
    return {key.lower(): value for key, value in event.items()}


def _is_error_word(value: object) -> bool:
    return isinstance(value, str) and value.lower() in _ERROR_WORDS


def _is_false(value: object) -> bool:
    """Whether a flag is false in any spelling: `false`, `0`, `"false"`. A missing one is not."""
    return value in (False, "false", "False", "0")


def _is_error_code(value: object) -> bool:
    """Whether a code is that of an error: not 0 and not an HTTP status of success."""
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 10:
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and value != 0 and not 100 <= value < 300


def _is_named_code(event: Mapping[str, Any]) -> bool:
    """Whether there are a code in words and a message: `{"code": "InvalidParameter", "message": …}` (DashScope)."""
    code = event.get("code")
    if not isinstance(code, str) or code.lstrip("-").isdecimal():
        return False
    return code.lower() not in ("", "ok", "success") and any(event.get(key) for key in _TEXT_KEYS)


def _has_error_name(key: str) -> bool:
    """Whether a name in lower case is that of an error: `errors`, `is_error`, `detail`."""
    return key.startswith("err") or key.endswith("error") or key in ("detail", "exception", "fault")


def _with_extras(text: str, body: Mapping[str, Any]) -> str:
    """The message plus details that the user needs: sign-in address, upstream error, token counts."""
    metadata = body.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    details = (body.get("signin_url"), raw, _token_counts(body, text))
    extras = [extra for extra in details if isinstance(extra, str) and extra and extra not in text]
    return _one_line(": ".join(filter(None, (text, *extras))))


def _token_counts(body: Mapping[str, Any], text: str) -> str:
    """The token counts of a prompt that is too long, as llama-server sends them. Empty if there is nothing to add."""
    prompt, context = count_in(body, "n_prompt_tokens"), count_in(body, "n_ctx")
    if prompt is None or context is None or str(prompt) in text:
        return ""
    return f"{prompt} tokens exceed the context of {context}"


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


def excerpt(value: object) -> str:
    """The JSON of a value without a known message field, on one line."""
    try:
        return _one_line(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return "an error without a message"


def _one_line(text: str) -> str:
    line = " ".join(joined(text[: _MAX_TEXT_LENGTH * 4]).split())
    return line if len(line) <= _MAX_TEXT_LENGTH else line[: _MAX_TEXT_LENGTH - 1] + "…"
