"""Error responses with other status codes, and the formats of their error messages."""

from __future__ import annotations

from typing import Final

from tests.fault_server import JSON
from tests.providers.faults.fault import EVENT_STREAMS, MAX_ATTEMPTS, OLLAMA, Fault
from tests.providers.faults.servers import responds, sends_head

STATUS_CODES: Final = (
    Fault(
        "The service is overloaded and sends a reference number",
        responds(503, {"error": "Service Temporarily Unavailable (ref: 5cb1a7f0-77f2)"}),
        error_kind="server",
        expected_words=("5cb1a7f0-77f2",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The path does not exist",
        responds(404, b"404 page not found", "text/plain"),
        error_kind="bad_request",
        expected_words=("page not found", "base_url"),
    ),
    Fault(
        "The path does not exist, with a success status",
        responds(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
        error_kind="stream_error",
        expected_words=("Unexpected endpoint", "/v1"),
    ),
    Fault(
        "The server requires a sign-in",
        responds(401, {"error": "unauthorized", "signin_url": "https://example.org/connect?name=nas"}),
        OLLAMA,
        error_kind="auth",
        expected_words=("https://example.org/connect?name=nas", "Sign in"),
    ),
    Fault(
        "The server rejects the API key and repeats it in the message",
        responds(401, {"error": {"message": "Incorrect API key provided: sk-not-the-right-one."}}),
        EVENT_STREAMS,
        options={"key": "sk-not-the-right-one"},
        error_kind="auth",
        expected_words=("Incorrect API key", "api_key_env"),
        forbidden_words=("sk-not-the-right-one",),
    ),
    Fault("The server denies access without a message", responds(403), error_kind="auth", expected_words=("403",)),
    Fault(
        "The server rejects the options",
        responds(422, {"detail": [{"loc": ["body", "top_k"], "msg": "extra fields not permitted", "type": "value"}]}),
        EVENT_STREAMS,
        error_kind="bad_request",
        expected_words=("extra fields not permitted", "options"),
    ),
    *(
        Fault(
            f"An error response has {error_format}",
            responds(400, body, content_type),
            error_kind="bad_request",
            expected_words=("no such option",),
        )
        for error_format, body, content_type in (
            (
                "an error object",
                {"error": {"message": "no such option", "type": "x", "param": None, "code": None}},
                JSON,
            ),
            ("an error string", {"error": "no such option"}, JSON),
            ("a message field", {"message": "no such option"}, JSON),
            ("a detail field", {"detail": "no such option"}, JSON),
            ("JSON with another content type", {"error": {"message": "no such option"}}, "application/octet-stream"),
            ("plain text", b"no such option", "text/plain"),
            ("a web page", b"<html><title>no such option</title>", "text/html"),
        )
    ),
    Fault(
        "The server responds with an internal error in plain text",
        responds(500, b"Internal Server Error", "text/plain"),
        error_kind="server",
        expected_words=("500",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault("The server does not implement the request", responds(501), error_kind="server", expected_words=("501",)),
    Fault(
        "The server reports a request timeout",
        responds(408),
        error_kind="bad_request",
        expected_words=("408",),
        attempts=MAX_ATTEMPTS,
    ),
    Fault(
        "The server redirects to another address",
        responds(301, location="https://nas/"),
        error_kind="protocol",
        expected_words=("301", "https://nas/"),
    ),
    Fault("The server responds with no content", responds(204), error_kind="protocol", expected_words=("204",)),
    Fault(
        "The body of an error response is cut off",
        sends_head(lambda _: b'{"error": "no such', length=lambda _: 100, status=400),
        error_kind="bad_request",
        expected_words=("no such",),
    ),
    Fault(
        "The body of an error response never arrives",
        sends_head(length=lambda _: 100, status=400, close=False),
        error_kind="bad_request",
        expected_words=("400",),
    ),
)
