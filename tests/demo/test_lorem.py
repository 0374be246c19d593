from itertools import islice

import pytest

from tui.demo.lorem import lorem_tokens, tokens_of


@pytest.mark.parametrize("count", [0, 1, 7, 621, 622, 623, 5000])
def test_as_many_tokens_come_as_were_asked_for(count: int) -> None:
    assert sum(1 for _ in lorem_tokens(count)) == count


def test_a_token_depends_on_its_place_alone() -> None:
    assert list(lorem_tokens(100)) == list(islice(lorem_tokens(10_000_000), 100))


def test_no_token_is_empty_and_most_are_about_four_characters_long() -> None:
    tokens = list(lorem_tokens(5000))

    assert all(tokens)
    assert 3 < sum(map(len, tokens)) / len(tokens) < 5


def test_the_first_page_shows_every_kind_of_block_and_the_pages_are_numbered() -> None:
    text = "".join(lorem_tokens(2000))

    assert text.startswith("## Lorem ipsum, part 1\n\nLorem ipsum dolor sit amet")
    for block in ("- ", "  - ", "1. ", "> ", "| ", "```python\n", "### ", "\n## Lorem ipsum, part 2\n\n"):
        assert f"\n{block}" in text


@pytest.mark.parametrize(
    "text", ["", "word", "two words", " \n\n  indented\n", "\t" * 9, "日本語の文字🌊", "a\u2028b\x85c\x00d"]
)
def test_tokens_joined_are_the_text_again(text: str) -> None:
    tokens = tokens_of(text)

    assert "".join(tokens) == text
    assert all(0 < len(token) <= 8 for token in tokens)
