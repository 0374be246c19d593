"""error_from_response, error_from_stream and web_page_error: the error for a response without an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import (
    AuthRefused,
    ModelNotFound,
    ProtocolBroken,
    ProviderError,
    RateLimited,
    RequestRefused,
    ServerFailed,
)
from tui.limits import RetryPolicy
from tui.providers.error_text import ServerErrorText
from tui.providers.response_errors import ServerProfile, error_from_response, error_from_stream, web_page_error

NOW = 1_750_000_000.0
PROFILE = ServerProfile(
    name="mine",
    address="http://nas:1",
    start="Start it.",
    get_model="`get {model}` gets it.",
    key="Set the key.",
)


def refused(status: int, body: object = None, *, model: str = "m", **headers: str) -> ProviderError:
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    given = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return error_from_response(status, given, sent, PROFILE, model=model, now=NOW)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, ProtocolBroken),
        (302, ProtocolBroken),
        (400, RequestRefused),
        (401, AuthRefused),
        (402, RequestRefused),
        (403, AuthRefused),
        (404, RequestRefused),
        (405, RequestRefused),
        (408, RequestRefused),
        (413, RequestRefused),
        (422, RequestRefused),
        (425, RequestRefused),
        (429, RateLimited),
        (499, RequestRefused),
        (500, ServerFailed),
        (501, ServerFailed),
        (502, ServerFailed),
        (503, ServerFailed),
        (504, ServerFailed),
        (529, ServerFailed),
        (999, ServerFailed),
    ],
)
def test_status_alone_determines_the_error_type(status: int, kind: type[ProviderError]) -> None:
    error = refused(status)

    assert type(error) is kind
    assert error.status == status
    assert f"mine at http://nas:1 answered {status}" in str(error)
    assert error.hint


def test_message_has_the_reason_phrase_and_the_server_text() -> None:
    assert str(refused(500, {"error": "out of memory."})) == (
        "mine at http://nas:1 answered 500 Internal Server Error: out of memory."
    )
    assert str(refused(529)) == "mine at http://nas:1 answered 529."


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": "model 'm' not found"}),
        (404, {"error": 'model "m" not found, try pulling it first'}),
        (404, {"error": {"message": "The model `m` does not exist or you do not have access", "code": None}}),
        (404, {"error": {"message": "x", "code": "model_not_found", "param": "model"}}),
        (400, {"error": {"message": "x", "code": "model_not_found"}}),
        (400, {"error": "invalid model name"}),
        (400, {"error": {"message": "Invalid model name passed in model=m. Call /v1/models", "code": "400"}}),
        (422, {"detail": "Unknown model m"}),
        (400, {"detail": "The model doesn't exist"}),
        (404, {"detail": "m is not here"}),
    ],
)
def test_missing_model_hint_says_how_to_get_it(status: int, body: object) -> None:
    error = refused(status, body)

    assert type(error) is ModelNotFound
    assert "`get m` gets it." in error.hint
    assert "llm-tui models --provider mine" in error.hint


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"404 page not found"),
        (400, {"error": '"m" does not support thinking'}),
        (500, {"error": "model not found on disk"}),
        (402, {"error": "model not found"}),
    ],
)
def test_other_refusals_are_not_model_not_found(status: int, body: object) -> None:
    assert type(refused(status, body)) is not ModelNotFound


def test_unknown_path_hint_points_at_base_url() -> None:
    assert "base_url" in refused(404, b"404 page not found").hint
    assert "base_url" in refused(404, {"error": "nothing"}, model="").hint


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "too long", "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 4}},
        {"error": {"message": "x", "code": "context_length_exceeded"}},
        {"error": "Cannot truncate prompt with n_keep (9) >= n_ctx (4)"},
        {"error": "Trying to keep the first 9 tokens when context the overflows"},
        {"error": {"message": "This model's maximum context length is 8192 tokens"}},
    ],
)
def test_context_overflow_has_a_plain_hint(body: object) -> None:
    error = refused(400, body)

    assert type(error) is RequestRefused
    assert "longer than the model's context" in error.hint


def test_exhausted_credit_hint_points_at_the_account() -> None:
    assert "account at mine" in refused(402, {"error": "no credit"}).hint


def test_overflow_token_counts_are_added_unless_in_the_text() -> None:
    counts = {"n_prompt_tokens": 9012, "n_ctx": 4096}
    assert "too long: 9012 tokens exceed the context of 4096." in str(
        refused(400, {"error": {"message": "too long", **counts}})
    )
    error = refused(400, {"error": {"message": "request (9012 tokens) exceeds 4096", **counts}})
    assert str(error).endswith(": request (9012 tokens) exceeds 4096.")
    assert str(refused(400, {"error": {"message": "odd", "n_prompt_tokens": True, "n_ctx": 1}})).endswith(": odd.")


def test_failed_model_load_hint_suggests_loading_by_hand() -> None:
    assert (
        "in the server itself"
        in refused(400, {"error": {"message": "Failed to load model 'm'. Operation canceled."}}).hint
    )


@pytest.mark.parametrize("status", [401, 403, 500, 502, 503])
def test_proxy_is_named_with_its_hint(status: int) -> None:
    behind = replace(PROFILE, address="http://nas:1 through the proxy http://proxy:2", proxy_hint="Mind the proxy.")
    error = error_from_response(status, httpx.Headers(), b"", behind, model="m", now=NOW)

    assert "through the proxy http://proxy:2 answered" in str(error)
    assert error.hint.endswith("Mind the proxy.")
    assert web_page_error(b"", behind).hint == "Mind the proxy."


def test_model_that_a_router_does_not_load_by_itself_is_loaded_with_a_command() -> None:
    failed = refused(400, {"error": {"code": 400, "message": "model is not loaded"}}, model="o/m")
    assert failed.hint == "`llm-tui models load o/m --provider mine` loads it."


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("No models loaded. Please load a model in the developer page.", "just-in-time loading"),
        ("error: invalid HF repo format, expected <user>/<model>[:quant]", "owner/name-GGUF"),
    ],
)
def test_refusal_that_has_a_remedy_names_it(message: str, hint: str) -> None:
    assert hint in refused(400, {"error": {"message": message}}).hint


def test_other_bad_request_hint_points_at_the_options() -> None:
    assert "options" in refused(400, {"error": "'messages' field is required"}).hint


def test_redirect_hint_names_the_target() -> None:
    assert "https://nas/" in refused(301, location="https://nas/").hint
    assert "base_url" in refused(304).hint


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"error": "unauthorized", "signin_url": "https://example.org/in"}, "Sign in"),
        ({"error": "Invalid API Key"}, "Set the key."),
        (None, "Set the key."),
    ],
)
def test_rejected_key_hint_says_where_to_set_the_key(body: object, hint: str) -> None:
    assert hint in refused(401, body).hint


# Rate limits


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (None, {}, None),
        (None, {"retry_after": "7"}, 7.0),
        (None, {"Retry_After": "7.5"}, 7.5),
        (None, {"retry_after": "-7"}, 0.0),
        (None, {"retry_after": "nan"}, 0.0),
        (None, {"retry_after": "soon"}, None),
        (None, {"retry_after": ""}, None),
        (None, {"retry_after": "Sun, 15 Jun 2025 15:07:20 GMT"}, 40.0),
        (None, {"retry_after": "Sun, 15 Jun 2025 15:00:00 GMT"}, 0.0),
        (None, {"retry_after": "Sun, 99 Jun 2025 15:07:20 GMT"}, None),
        (None, {"retry_after_ms": "1500"}, 1.5),
        (None, {"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        (None, {"retry_after_ms": "soon", "retry_after": "9"}, 9.0),
        ({"error": "Please try again in 7.66s. Visit"}, {}, 7.66),
        ({"error": "try again in 250ms"}, {}, 0.25),
        ({"error": "Try again in 2m"}, {}, 120.0),
        ({"error": "try again in 7.66s"}, {"retry_after": "9"}, 9.0),
        ({"error": "try again in a year"}, {}, None),
        ({"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "1750000030000"}}}}, {}, 30.0),
        ({"error": {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": "1"}}}}, {}, 0.0),
    ],
)
def test_retry_after_is_read_from_headers_or_body(body: object, headers: dict[str, str], seconds: float | None) -> None:
    error = refused(429, body, **headers)

    assert error.retry_after == seconds
    assert error.is_transient


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        ("7", "in 7 s"),
        ("119", "in 119 s"),
        ("120", "in 2 min"),
        ("7199", "in 120 min"),
        ("7200", "in 2 h"),
        ("86400", "in 24 h"),
    ],
)
def test_wait_time_is_shown_in_suitable_units(seconds: str, shown: str) -> None:
    assert shown in refused(429, retry_after=seconds).hint


def test_rate_limit_without_a_time_suggests_waiting() -> None:
    assert "Try again later" in refused(429).hint


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}},
        {"error": "you have reached your weekly usage limit, upgrade at https://example.org"},
        {"error": "check your billing details"},
    ],
)
def test_exhausted_quota_is_not_retryable(body: object) -> None:
    error = refused(429, body, retry_after="5")

    assert not error.is_transient
    assert "account at mine" in error.hint


@pytest.mark.parametrize("status", [408, 503])
def test_retry_after_is_honoured_for_other_statuses(status: int) -> None:
    assert refused(status, retry_after="3").retry_after == 3.0


# Server errors


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (502, b"<html><title>502 Bad Gateway</title><p>nginx", "proxy's error page: the proxy"),
        (504, b"<html>", "read timeout"),
        (500, {"error": "timed out waiting for llama runner to start - progress 0.00 - "}, "OLLAMA_LOAD_TIMEOUT"),
        (503, b"<html>", "proxy's error page"),
        (504, b"<html>", "proxy's error page"),
        (500, b"<html>", "log may say more"),
        (503, {"error": {"message": "Loading model", "code": 503}}, "still loading"),
        (503, {"error": "server busy, please try again.  maximum pending requests exceeded"}, "request queue is full"),
        (500, {"error": "model requires more system memory (9 GiB)"}, "too large"),
        (500, {"error": "llama runner process has terminated: exit status 2"}, "too large"),
        (500, {"error": "something"}, "log may say more"),
    ],
)
def test_server_failure_hint_matches_the_cause(status: int, body: object, hint: str) -> None:
    error = refused(status, body)

    assert hint in error.hint
    assert "<" not in str(error)


def test_proxy_page_is_named_by_its_title() -> None:
    assert "502 Bad Gateway: 502 no upstream." in str(refused(502, b"<html><title>502 no upstream</title>"))


@given(
    st.integers(100, 999),
    st.binary(max_size=100) | st.text(max_size=40).map(lambda text: json.dumps({"error": text}).encode()),
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "content-type", "location"]),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
        | st.sampled_from(["inf", "1e400", "Sun, 15 Jun 99999 15:07:20 GMT", "0 0 0 0 0", "-0000", "12:00", "1 Jan"]),
        max_size=3,
    ),
)
def test_arbitrary_responses_give_a_bounded_error(status: int, body: bytes, headers: dict[str, str]) -> None:
    error = error_from_response(status, httpx.Headers(headers), body, PROFILE, model="m", now=NOW)

    assert isinstance(error, ProviderError)
    assert len(str(error)) < 800
    assert error.retry_after is None or error.retry_after >= 0


# Errors inside a stream, and web pages


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (ServerErrorText("boom."), "mine reported an error: boom.", "log"),
        (ServerErrorText(""), "mine reported an error without a message.", "log"),
        (
            ServerErrorText("Unexpected endpoint or method. (POST /chat/completions)"),
            "mine reported an error: Unexpected endpoint or method. (POST /chat/completions).",
            "/v1",
        ),
        (ServerErrorText("too long", "context_length_exceeded"), "mine reported an error: too long.", "longer than"),
        (ServerErrorText("Model unloaded."), "mine reported an error: Model unloaded.", "another model"),
    ],
)
def test_stream_error_quotes_the_server_text(words: ServerErrorText, message: str, hint: str) -> None:
    error = error_from_stream(words, PROFILE)

    assert str(error) == message
    assert hint in error.hint


def test_stream_error_keeps_its_status_and_code() -> None:
    assert error_from_stream(ServerErrorText("x", status=502), PROFILE).status == 502
    assert not error_from_stream(ServerErrorText("x", "insufficient_quota"), PROFILE).is_transient


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<title>Sign in</title><p>secret", "http://nas:1 sent a web page ('Sign in'), so it is not a model server."),
        (b"<p>secret", "http://nas:1 sent a web page, so it is not a model server."),
    ],
)
def test_html_page_error_names_only_the_page_title(body: bytes, message: str) -> None:
    error: Any = web_page_error(body, PROFILE)

    assert str(error) == message
    assert "base_url" in error.hint


@pytest.mark.parametrize(
    "body",
    [
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"<html><title>400 The plain HTTP request was sent to HTTPS port</title>",
        b"<html><title>400 Bad Request</title>You're speaking plain HTTP to an SSL-enabled server port.",
    ],
)
def test_https_server_asked_with_http_is_told_as_such(body: bytes) -> None:
    error = error_from_response(400, {}, body, PROFILE, model="m", now=0)
    assert error.kind == "bad_request"
    assert "https:// instead of http://" in error.hint


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": 'Failed to load model "m". Not enough memory.', "code": "model_not_found"}, "bad_request"),
        (500, {"message": "model name=m failed to load"}, "server"),
    ],
)
def test_model_that_cannot_be_loaded_is_not_missing(status: int, error: dict[str, str], kind: str) -> None:
    failed = refused(status, {"error": error})
    assert failed.kind == kind
    assert "Load the model in the server itself" in failed.hint
    assert failed.is_transient == (status == 400)


# Failures that a retry does not help

PERMANENT = [
    "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    "this model is missing data required for image input",
    "Model does not support images. Please use a model that does.",
    "The model doesn't support vision",
    "this model does not support tools",
    "audio input is not yet supported",
    "unsupported content type: image_url",
    "Failed to load model",
    'Failed to load model "m". Error: the file is damaged.',
    "error loading model: missing tensor",
    "model failed to load, this may be due to resource limitations or an internal error",
    "unable to load model: /models/x.gguf",
    "could not load the model",
    "failed to load the qwen3 model",
    "Loading model m failed",
    "unknown model architecture: 'mllama2'",
]
TRANSIENT = [
    "Loading model",
    "The model is still loading, try again",
    "error: the model is loading",
    "server busy, please try again. maximum pending requests exceeded",
    "model not loaded yet",
    "upstream failed",
    "we support this model from tomorrow on",
    "",
]


@pytest.mark.parametrize(("text", "is_transient"), [(t, False) for t in PERMANENT] + [(t, True) for t in TRANSIENT])
@pytest.mark.parametrize("status", [500, 503])
def test_only_errors_that_may_pass_are_retried(text: str, is_transient: bool, status: int) -> None:
    policy = RetryPolicy()
    for error in (
        refused(status, {"error": {"message": text}}),
        error_from_stream(ServerErrorText(text, status=status), PROFILE),
    ):
        assert error.is_transient is is_transient
        assert (policy.wait_before_retry(error, 1, 0.5) is not None) is is_transient


@pytest.mark.parametrize("text", PERMANENT)
def test_hint_of_a_permanent_error_does_not_say_to_wait(text: str) -> None:
    for error in (refused(500, {"error": text}), error_from_stream(ServerErrorText(text), PROFILE)):
        assert "choose another model" in error.hint or "in the server itself" in error.hint
