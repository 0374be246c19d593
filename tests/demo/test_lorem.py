from itertools import islice

import pytest

from tui.demo.lorem import lorem_tokens, tokens_of


@pytest.mark.parametrize("count", [0, 1, 7, 621, 622, 623, 5000])
def test_yields_requested_number_of_tokens(count: int) -> None:
    assert sum(1 for _ in lorem_tokens(count)) == count


def test_token_depends_on_its_position_only() -> None:
    assert list(lorem_tokens(100)) == list(islice(lorem_tokens(10_000_000), 100))


def test_tokens_are_nonempty_and_about_four_characters() -> None:
    tokens = list(lorem_tokens(5000))

    assert all(tokens)
    assert 3 < sum(map(len, tokens)) / len(tokens) < 5


def test_first_page_has_every_block_type_and_pages_are_numbered() -> None:
    text = "".join(lorem_tokens(2000))

    assert text.startswith("## Lorem ipsum, part 1\n\nLorem ipsum dolor sit amet")
    for block in ("- ", "  - ", "1. ", "> ", "| ", "```python\n", "### ", "\n## Lorem ipsum, part 2\n\n"):
        assert f"\n{block}" in text


@pytest.mark.parametrize(
    "text", ["", "word", "two words", " \n\n  indented\n", "\t" * 9, "日本語の文字🌊", "a\u2028b\x85c\x00d"]
)
def test_joined_tokens_equal_the_text(text: str) -> None:
    tokens = tokens_of(text)

    assert "".join(tokens) == text
    assert all(0 < len(token) <= 8 for token in tokens)
