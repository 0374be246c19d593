"""What must not be said of a request."""

from __future__ import annotations

import base64

import pytest

from tui.providers.network.redaction import Redaction

KEY = "sk-0123456789abc"
SENT = base64.b64encode(b"user:p@ss word").decode()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"bad key {KEY}, {KEY}!", "bad key …, …!"),
        ("x-api-key: header-secret-1", "x-api-key: …"),
        ("Token token-secret-22", "…"),
        ("only token-secret-22", "only …"),
        (f"Authorization: Basic {SENT}", "Authorization: Basic …"),
        ("http://user:p%40ss%20word@host", "http://…@host"),
        ("the password p@ss word is wrong", "the password … is wrong"),
        ("user, search and ollama are no secrets", "user, search and ollama are no secrets"),
    ],
)
def test_a_secret_is_taken_out_in_whatever_form_it_comes_back(said: str, shown: str) -> None:
    headers = {"X-Api-Key": "header-secret-1", "Authorization": "Token token-secret-22", "X-Team": "search"}

    assert Redaction(KEY, headers, "user:p%40ss%20word").redacted(said) == shown


def test_a_word_that_stands_for_no_key_may_be_said() -> None:
    assert Redaction("lm-studio", {}, "").redacted("lm-studio says no") == "lm-studio says no"
