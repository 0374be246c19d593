"""Extracting a server's error text from every known shape of error body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.providers.error_text import (
    ServerErrorText,
    decode_error_text,
    error_in,
    extract_error_text,
    looks_like_html,
    page_title,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "detail", "msg", "code", "type", "metadata", "headers", "raw", "status"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "model 'm' not found"}, ServerErrorText("model 'm' not found")),
        (
            {"error": {"message": "Bad key", "type": "Invalid_Request", "param": None, "code": "bad_key"}},
            ServerErrorText("Bad key", "bad_key invalid_request"),
        ),
        (
            {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}},
            ServerErrorText("Loading model", "503 unavailable_error", 503),
        ),
        ({"error": {"message": "Busy", "code": "429"}}, ServerErrorText("Busy", "429", 429)),
        ({"error": {"message": "Odd", "code": "42"}}, ServerErrorText("Odd", "42")),
        ({"message": "x", "status": 99}, ServerErrorText("x")),
        ({"message": "x", "status": 100}, ServerErrorText("x", status=100)),
        ({"message": "x", "status": 599}, ServerErrorText("x", status=599)),
        ({"message": "x", "status": 600}, ServerErrorText("x")),
        ({"message": "Not here"}, ServerErrorText("Not here")),
        ({"detail": "Unauthorized"}, ServerErrorText("Unauthorized")),
        (
            {"detail": [{"loc": ["body", "model"], "msg": "Field required", "type": "missing"}, {"msg": "Too long"}]},
            ServerErrorText("Field required; Too long"),
        ),
        ({"reason": "closed"}, ServerErrorText("closed")),
        (
            {"StatusCode": 502, "Status": "502 Bad Gateway", "error": "upstream"},
            ServerErrorText("upstream", "", 502),
        ),
        (
            {"error": "unauthorized", "signin_url": "https://example.org/in"},
            ServerErrorText("unauthorized: https://example.org/in", sign_in_url="https://example.org/in"),
        ),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": "out of memory"}}},
            ServerErrorText("Provider returned error: out of memory"),
        ),
        (
            {"error": {"message": "Said: twice", "metadata": {"raw": "twice"}}},
            ServerErrorText("Said: twice"),
        ),
        (
            {"error": {"message": "Wait", "metadata": {"headers": {"X-RateLimit-Reset": "1741305600000"}}}},
            ServerErrorText("Wait", reset_at_ms=1741305600000.0),
        ),
        (
            {"error": {"message": "Wait", "metadata": {"headers": {"X-RateLimit-Reset": "soon"}}}},
            ServerErrorText("Wait"),
        ),
        ({"error": {"message": "Wait", "metadata": {"headers": {"X-RateLimit-Reset": []}}}}, ServerErrorText("Wait")),
        (
            {"error": {"message": "Wait", "metadata": {"headers": {"X-RateLimit-Reset": 10**400}}}},
            ServerErrorText("Wait"),
        ),
        ({"error": {"message": "Wait", "metadata": {"headers": None}}}, ServerErrorText("Wait")),
        ({"error": {"error": {"message": "inner"}}}, ServerErrorText("inner")),
        ({"error": None, "message": "outer"}, ServerErrorText("outer")),
        ("just text", ServerErrorText("just text")),
        (["one", None, {"msg": "two"}], ServerErrorText("one; two")),
        ({}, ServerErrorText("")),
        (None, ServerErrorText("")),
        (7, ServerErrorText("")),
        ({"code": True, "type": None}, ServerErrorText("", "true")),
    ],
)
def test_text_is_found_in_every_known_error_shape(body: object, words: ServerErrorText) -> None:
    assert extract_error_text(body) == words


def test_text_is_one_printable_line_of_bounded_length() -> None:
    words = extract_error_text({"error": " one\n\t two \ud83d " + "x" * 100_000})

    assert words.text.startswith("one two \ufffd x")
    assert len(words.text) == 600
    assert words.text.endswith("…")
    assert extract_error_text("x" * 600).text == "x" * 600


def test_deeply_nested_body_gives_no_text() -> None:
    body: Any = "here"
    for _ in range(10):
        body = {"error": body}

    assert extract_error_text(body) == ServerErrorText("")


@given(json_values)
def test_arbitrary_json_does_not_crash(body: Any) -> None:
    words = extract_error_text(body)

    assert len(words.text) <= 600
    words.text.encode()


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"error": "boom"}, "boom"),
        ({"error": {"message": "boom"}, "choices": []}, "boom"),
        ({"error": {"code": 5}}, '{"code": 5}'),
        ({"error": True}, "true"),
        ({"error": ["a", "b"]}, "a; b"),
        ({"error": [1, 2]}, "[1, 2]"),
        ({"object": "error", "message": "boom"}, "boom"),
        ({"object": "error"}, ""),
    ],
)
def test_error_event_with_any_content_is_an_error(event: dict[str, Any], text: str) -> None:
    words = error_in(event)

    assert words is not None
    assert words.text == text


@pytest.mark.parametrize(
    "event", [{}, {"error": None}, {"error": {}}, {"error": ""}, {"error": False}, {"message": {"content": "Hi"}}]
)
def test_empty_error_is_not_an_error(event: dict[str, Any]) -> None:
    assert error_in(event) is None


def test_deeply_nested_error_is_still_an_error() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    words = error_in({"error": deep})

    assert words is not None
    assert words.text == "an error without a message"


@pytest.mark.parametrize(
    ("body", "media_type", "text"),
    [
        (b'{"error": "boom"}', "application/json", "boom"),
        (b'\n {"error": "boom"} ', "application/octet-stream", "boom"),
        (b'{"error": "boom"}', "text/html", "boom"),
        (b'"boom"', "application/json", "boom"),
        (b'[{"msg": "boom"}]', "", "boom"),
        (b'{"error": "bo', "application/json", '{"error": "bo'),
        (b"[" * 200_000, "application/json", "[" * 599 + "…"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "", '{"a": ' + "9" * 593 + "…"),
        (b"Internal Server Error\n", "text/plain", "Internal Server Error"),
        (b"caf\xe9", "", "caf\ufffd"),
        (b'{"errors": [{"title": "boom"}]}', "", '{"errors": [{"title": "boom"}]}'),
        (b"[1]", "", "[1]"),
        (b"{}", "", ""),
        (b"<html><head><title>502 Bad\n Gateway</title></head>", "", "502 Bad Gateway"),
        (b"<!DOCTYPE html><p>secret", "", ""),
        (b"anything", "text/html", ""),
        (b"", "application/json", ""),
    ],
)
def test_first_byte_decides_how_a_body_is_read(body: bytes, media_type: str, text: str) -> None:
    assert decode_error_text(body, media_type).text == text


@given(
    st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["", "text/html"]),
)
def test_arbitrary_bytes_do_not_crash(body: bytes, media_type: str) -> None:
    decode_error_text(body, media_type).text.encode()


@pytest.mark.parametrize(
    ("body", "media_type", "is_page"),
    [
        (b"<!DOCTYPE html>", "", True),
        (b"  <HTML>", "", True),
        (b"<head>", "", True),
        (b"<think>Hm", "", False),
        (b"plain", "text/html", True),
        (b"plain", "text/plain", False),
    ],
)
def test_html_is_recognized_by_content_type_or_first_bytes(body: bytes, media_type: str, is_page: bool) -> None:
    assert looks_like_html(body, media_type) is is_page


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b'<title lang="en">A\npage</title>', "A page"),
        (b"<TITLE>A page</TITLE>", "A page"),
        (b"<title>never closed", ""),
        (b"", ""),
    ],
)
def test_page_title_is_extracted(body: bytes, title: str) -> None:
    assert page_title(body) == title
