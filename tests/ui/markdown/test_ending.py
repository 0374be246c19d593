"""The end of a long text as a document of its own."""

from __future__ import annotations

import pytest

from tests.ui.markdown.documents import whole
from tui.ui.markdown.ending import ending

TEXTS = {
    "paragraphs": "a **paragraph** with some words\n\n" * 400,
    "fence": "before\n\n```python\n" + "def f(x):\n    return x\n\n" * 400 + "```\n",
    "open fence": "```\none\n```\n\n~~~\n" + "# a\n```\n- b\n" * 400,
    "table": "before\n\n| name | value |\n|:--|--:|\n" + "| **a** | 12 |\n" * 600,
    "lines": "words in a line  \n" * 500,
}


@pytest.mark.parametrize("name", TEXTS)
def test_last_lines_are_those_of_the_whole_text(name: str) -> None:
    text = TEXTS[name]
    end = ending(text, 2_000).source

    assert len(end) < 5_000 or name == "lines"
    assert whole(end, 60)[-20:] == whole(text, 60)[-20:]


def test_short_text_is_its_own_end() -> None:
    assert ending("short", 10).source == "short"


def test_long_words_are_cut_where_the_end_begins() -> None:
    assert ending("x" * 400_000, 2_000).source == "x" * 2_000


def test_long_header_is_not_repeated() -> None:
    text = "| a " * 1_000 + "|\n" + "|---" * 1_000 + "|\n" + "| b | c |\n" * 50_000

    assert len(ending(text, 1_000).source) <= 1_000
