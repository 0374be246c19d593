"""Tests of Redaction."""

from __future__ import annotations

import base64

import pytest

from tui.providers.network.redaction import Redaction

KEY = "sk-0123456789abc"
SENT = base64.b64encode(b"user:p@ss word").decode()


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"bad key {KEY}, {KEY}!", "bad key …, …!"),
        ("x-api-key: header-secret-1", "x-api-key: …"),
        ("Token token-secret-22", "…"),
        ("only token-secret-22", "only …"),
        (f"Authorization: Basic {SENT}", "Authorization: Basic …"),
        ("http://user:p%40ss%20word@host", "http://…@host"),
        ("the password p@ss word is wrong", "the password … is wrong"),
        ("user, search and ollama are not secrets", "user, search and ollama are not secrets"),
    ],
)
def test_secrets_are_redacted_in_every_form(text: str, redacted: str) -> None:
    headers = {"X-Api-Key": "header-secret-1", "Authorization": "Token token-secret-22", "X-Team": "search"}

    assert Redaction(KEY, headers, "user:p%40ss%20word").redacted(text) == redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("bad key sk-SHORT1", "bad key …"),
        ("Bearer sk-SHORT1, 'sk-SHORT1'", "Bearer …, '…'"),
        ("key=sk-SHORT1&key=%sk-SHORT1%", "key=…&key=%…%"),
        ("xsk-SHORT1 and sk-SHORT12 are other words", "xsk-SHORT1 and sk-SHORT12 are other words"),
        ("x-api-key: h3ad", "x-api-key: …"),
        ("Token tok-1", "Token …"),
        ("team web1", "team web1"),
        ("the password pa55 is wrong", "the password … is wrong"),
        ("signature s1gn is wrong", "signature … is wrong"),
        ("abc", "abc"),
    ],
)
def test_short_secret_is_redacted_as_a_whole_word(text: str, redacted: str) -> None:
    headers = {"X-Api-Key": "h3ad", "Authorization": "Token tok-1", "X-Team": "web1", "X-Auth": "abc"}

    assert Redaction("sk-SHORT1", headers, "user:pa55", "sig=s1gn").redacted(text) == redacted


def test_short_key_that_is_the_name_of_the_provider_stays() -> None:
    text = "local at http://127.0.0.1:1234 refused"

    assert Redaction("local", {}, "", provider="local").redacted(text) == text
    assert Redaction("local", {}, "", provider="x").redacted(text) == "… at http://127.0.0.1:1234 refused"


def test_four_characters_are_the_shortest_key_redacted() -> None:
    assert Redaction("k123", {}, "").redacted("bad k123") == "bad …"
    assert Redaction("k12", {}, "").redacted("bad k12") == "bad k12"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (
            "no such path: /v1/chat/completions?api_key=qk%2FSECRET%201&b=2",
            "no such path: /v1/chat/completions?api_key=…&b=2",
        ),
        ("bad key qk/SECRET 1", "bad key …"),
        ("bad key qk/SECRET%201", "bad key …"),
        ("signature s1gn4ture is wrong", "signature … is wrong"),
        ("long-value-of-some-parameter", "…"),
        ("api-version 2024-02-01-preview is not supported", "api-version 2024-02-01-preview is not supported"),
        ("a small model on port 2", "a small model on port 2"),
    ],
)
def test_secrets_in_the_query_are_redacted_in_every_form(text: str, redacted: str) -> None:
    query = "api_key=qk%2FSECRET%201&sig=s1gn4ture;x=long-value-of-some-parameter&size=small&b=2&flag"
    query += "&api-version=2024-02-01-preview"

    assert Redaction("", {}, "", query).redacted(text) == redacted
