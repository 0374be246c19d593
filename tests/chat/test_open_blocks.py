"""Open blocks of Markdown are closed at the end of a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tui.chat.open_blocks import close_blocks


def next_heading_is_seen(text: str) -> bool:
    """Whether a heading behind a text is a heading at the top level."""
    tokens = MarkdownIt("commonmark").parse(f"{text}\n\n## You\n")
    last = [token for token in tokens if token.type == "heading_open"][-1:]
    return bool(last) and last[0].level == 0 and tokens[-2].content == "You"


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("Here:\n\n```python\ndef f():", "```"),
        ("````md\n```\n```", "````"),
        ("~~~\n```", "~~~"),
        ("```\nopen and ```", "```"),
        ("   ```\ncode", "```"),
        ("<!-- note", "-->"),
        ("<script>\n\nlet", "</script>"),
        ("<PRE>", "</PRE>"),
        ("<?php\n\necho", "?>"),
        ("<![CDATA[ x", "]]>"),
        ("<!DOCTYPE", ">"),
        ("- item\n\n```\ncode", "```"),
        ("- ```\n  code\ntext\n  ```\nopen", "```"),
    ],
)
def test_open_block_is_closed(text: str, closing: str) -> None:
    assert not next_heading_is_seen(text)
    assert close_blocks(text) == f"{text}\n{closing}"
    assert next_heading_is_seen(close_blocks(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "```\ncode\n```",
        "```\ncode\n`````  ",
        "``` not a fence ``` text",
        "    ```\n    indented code",
        "> ```\n> quoted",
        "- item\n\n  ```\n  code",
        "1. a\n   ```\n   code",
        "- ```\n  code",
        "<!-- closed --> text",
        "<pre>closed</pre>",
        "<!X>",
        "<div>\nends at a blank line",
        "a `code` span",
        "- a\n  - ```\n    code",
    ],
)
def test_closed_text_stays_unchanged(text: str) -> None:
    assert next_heading_is_seen(text)
    assert close_blocks(text) == text


PIECES = [
    *("```", "````", "~~~", "```py", "``` ```", "    ```", "  ```", " ~~~~", "> ```", "> text\n", "- ```", "- item"),
    *(
        "  text",
        "   text",
        "1. one",
        "   ```",
        "text",
        "",
        "",
        "# head",
        "---",
        "<!-- x",
        "-->",
        "<pre>",
        "x</pre>",
        "\n</a>",
        "\n<b>",
    ),
    *("<?", "?>", "<![CDATA[", "]]>", "<!X", ">", "<div>", "- - ```", "-", "-  ```", "10) a", "    text", "\t```"),
]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("\n".join))
def test_nothing_swallows_the_next_heading(text: str) -> None:
    closed = close_blocks(text)
    assert closed.startswith(text.rstrip("\n"))
    assert next_heading_is_seen(closed)


def test_unclosed_quote_marks_take_linear_time() -> None:
    assert close_blocks(">" * 200_000) == ">" * 200_000
    assert close_blocks("- " * 200_000).startswith("- ")
