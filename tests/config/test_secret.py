from __future__ import annotations

import pytest

from tui.config.secret import MASK, Secret, mask_address, mask_all, mask_headers


def test_secret_appears_as_asterisks_until_revealed() -> None:
    secret = Secret("sk-123")

    assert f"{secret} {secret!r} {secret!s:>10} {[secret]}" == f"{MASK} {MASK}   {MASK} [{MASK}]"
    assert secret.reveal() == "sk-123"


def test_secrets_are_equal_if_their_texts_are() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("https://me:pa55@example.org/v1", f"https://{MASK}@example.org/v1"),
        ("https://me:p/a@5#5?@example.org", f"https://{MASK}@example.org"),
        ("me:pa55@example.org", f"{MASK}@example.org"),
        (
            "https://example.org/v1?api-version=1&api-key=pa55#x",
            f"https://example.org/v1?api-version=1&api-key={MASK}#x",
        ),
        ("https://example.org?sig=pa55", f"https://example.org?sig={MASK}"),
        ("https://example.org?k=long-and-unnamed&b=2", f"https://example.org?k={MASK}&b=2"),
        (
            "https://example.org?api-version=2024-02-01-preview&b=2",
            "https://example.org?api-version=2024-02-01-preview&b=2",
        ),
    ],
)
def test_secrets_in_an_address_are_masked(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@pytest.mark.parametrize(
    "name", ["Authorization", "proxy-authorization", "X-API-Key", "Cookie", "X-Auth-Token", "apikey"]
)
def test_header_with_a_secret_name_is_masked(name: str) -> None:
    assert mask_headers({name: "pa55", "X-Team": "search"}) == {name: MASK, "X-Team": "search"}


def test_value_of_the_wrong_type_is_masked_completely() -> None:
    assert mask_address(["https://me:pa55@example.org"]) == MASK
    assert mask_headers("Authorization: pa55") == MASK
    assert mask_all(5) == MASK
