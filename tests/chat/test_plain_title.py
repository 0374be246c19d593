"""Markdown without its marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.conversation import TITLE_LENGTH, title_from
from tui.chat.plain_title import without_marks


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# Title", "Title"),
        ("### Title ###\n\nand text", "Title and text"),
        ("Title\n=====\ntext", "Title text"),
        ("**bold** and *italic*", "bold and italic"),
        ("__very bold__ and _italic_", "very bold and italic"),
        ("~~gone~~ here", "gone here"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("Why does\n~~~\nx\n~~~\nfail?", "Why does x fail?"),
        ("See [the docs](https://example.com/a 'b')", "See [the docs](https://example.com/a 'b')"),
        ('See [the docs](https://example.com/a "b")!', "See the docs!"),
        ("![a cat](cat.png) what?", "a cat what?"),
        ("<https://example.com> is down", "https://example.com is down"),
        ("> quoted\n> > twice\n\nWhy?", "quoted twice Why?"),
        ("- one\n* two\n- [x] three", "one two three"),
        ("Use `ls -l` and ``a ` b``", "Use ls -l and a ` b"),
        (r"\*not italic\*", "*not italic*"),
        ("---\nfront", "front"),
        ("# **Bold [link](x)**", "Bold link"),
        # No Markdown.
        ("2 * 3 * 4 = ?", "2 * 3 * 4 = ?"),
        ("a*b*c", "a*b*c"),
        ("what does __init__ do in my_own_class", "what does __init__ do in my_own_class"),
        ("f(**kwargs and **args)", "f(**kwargs and **args)"),
        ("#hashtag C# 5 > 3", "#hashtag C# 5 > 3"),
        ("1. first", "1. first"),
        ("- ", "-"),
        ("```", "```"),
        ("", ""),
    ],
)
def test_marks_are_removed(text: str, plain: str) -> None:
    assert without_marks(text) == plain


@given(st.text("ab *_`~#>[]()!<\\-=\n\t1."))
def test_any_text_gives_a_line_unless_it_is_blank(text: str) -> None:
    plain = without_marks(text)
    assert bool(plain) == bool(text.strip())
    assert plain == " ".join(plain.split())


@pytest.mark.parametrize("piece", ["*", "**a", "[", "![", "`", "``a", "_a ", "~~", "> ", "<", "# ", "\\", "- "])
def test_long_runs_of_marks_are_quick(piece: str) -> None:
    assert len(title_from(piece * 1_000_000)) <= TITLE_LENGTH
