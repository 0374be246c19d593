"""Short responses, and the errors that become one. Each protocol has its own shape for an error."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

encode_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Response:
    """A response whose whole body is known."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    delay_s: float = 0.0
    """Seconds to wait before it is sent."""


class HTTPError(Exception):
    """A request that is answered with an error. `str(error)` is the message for the client."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        """The invalid field; None when the error concerns the whole request. Only OpenAI's shape has it."""
        self.code = code
        """A machine-readable word for the error. Only OpenAI's shape has it."""


class RouteError(HTTPError):
    """The path does not exist, or does not allow the method."""

    def __init__(self, status: int, message: str, *, allow: str = "") -> None:
        super().__init__(status, message)
        self.allow = allow
        """The methods that the path allows. Empty when the path does not exist."""


def json_response(value: object, status: int = 200) -> Response:
    """A response with one JSON value."""
    return Response(status, "application/json; charset=utf-8", to_bytes(encode_json(value)))


def error_response(path: str, error: HTTPError) -> Response:
    """An error in the shape of the protocol that the path belongs to."""
    message = str(error)
    headers = (("Allow", error.allow),) if isinstance(error, RouteError) and error.allow else ()
    if path.startswith(("/v1/", "/api/v0/")):
        kind = "invalid_request_error" if error.status < 500 else "server_error"
        body = {"message": message, "type": kind, "param": error.param, "code": error.code}
        return replace(json_response({"error": body}, error.status), headers=headers)
    if isinstance(error, RouteError):
        # In Ollama the handlers answer in JSON, but the router in plain text.
        return Response(error.status, "text/plain", f"{error.status} {message}".encode(), headers)
    return json_response({"error": message}, error.status)


def to_bytes(text: str) -> bytes:
    """JSON text as UTF-8. UTF-8 cannot hold a lone surrogate, so it is written as the JSON escape it came as."""
    return text.encode("utf-8", "backslashreplace")
