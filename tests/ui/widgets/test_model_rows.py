"""How context lengths are read and written."""

from __future__ import annotations

import pytest

from tui.ui.widgets.model_rows import format_tokens, parse_tokens


@pytest.mark.parametrize(
    ("typed", "most", "tokens"),
    [
        ("8192", None, 8_192),
        (" 8,192 ", None, 8_192),
        ("8_192", None, 8_192),
        ("8k", None, 8_192),
        ("128 K", 131_072, 131_072),
        ("128k", 128_000, 128_000),
        ("129k", 128_000, 132_096),
        ("0", None, 0),
    ],
)
def test_context_length_is_read_as_people_type_it(typed: str, most: int | None, tokens: int) -> None:
    assert parse_tokens(typed, most) == tokens


@pytest.mark.parametrize("typed", ["", "k", "lots", "-1", "1.5k", "8kk", "²", "9" * 13])
def test_other_text_is_no_context_length(typed: str) -> None:
    assert parse_tokens(typed) is None


@pytest.mark.parametrize("most", [4_096, 32_768, 128_000, 131_072, 200_000])
def test_context_length_can_be_typed_as_it_is_listed(most: int) -> None:
    assert parse_tokens(format_tokens(most), most) == most
