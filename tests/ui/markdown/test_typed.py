"""What of Markdown is applied to text that the user typed, and what stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, markdown, strange_text
from tui.ui.markdown.lines import Line
from tui.ui.markdown.plain import PlainDocument
from tui.ui.markdown.typed import typed_lines


def texts(source: str, width: int = 60) -> list[str]:
    return [line.text for line in typed_lines(source, width)]


def looks(source: str) -> list[tuple[str, str]]:
    """The runs that are not plain, each with its look: `strong`, `em`, `struck`, or the look's name."""
    found = []
    for line in typed_lines(source, 200):
        for run in line.runs:
            spans = (("strong", run.look.bold), ("em", run.look.italic), ("struck", run.look.strike))
            names = [name for name, applies in spans if applies]
            if run.look.name not in ("prompt", ""):
                names.append(run.look.name)
            if names and run.text:
                found.append((run.text, " ".join(names)))
    return found


@pytest.mark.parametrize(
    "source",
    [
        *(
            "#include <stdio.h>",
            "#!/bin/sh",
            "#",
            "## ",
            "_snake_case_",
            "__init__",
            "a_b_c and _d_",
            "2+2*3*4",
            "2**3**4",
        ),
        *("a * b * c", "f(*args, **kwargs)", "int *a, *b;", "x = *p * *q", "<tag> </tag>", "<https://example.org>"),
        *(r"\* \_ \\", r"C:\_new\[x]", "&lt;&nbsp;&#42;", "handlers[i](event)", "[x](y.md)", "a[1] b[2]", "x[^1]"),
        *(
            "$HOME and $PATH",
            "$A/$B",
            "cost: $5 or $6",
            r"find . \( -name '*.py' -o -name '*.c' \)",
            "a ~ b ~ c ~/d ~/e",
        ),
        *(
            "`open",
            "``",
            "**",
            "* ",
            "-",
            "- ",
            "1.",
            "1.5 times",
            "-5 degrees",
            "*.py",
            "-name '*foo*' x=*a* /*b*/",
            "--flag -x",
            "main.py a.com",
        ),
        *(
            ">>> print(1)",
            ">> x",
            ">x",
            "a > b",
            "x < y > z",
            "a | b",
            "cat a | grep b",
            "a | b\n---",
            "---",
            "***",
            "===",
        ),
        *(
            "  indented",
            "    four\n\tno",
            "one\n  two\n   three",
            "two  blanks",
            "end  ",
            "one\ntwo\n\n\n\nthree",
            "\n\na\n\n",
        ),
        *("+ added\n- removed\n* both", "/*\n * comment\n */", "---\n- a: 1\n---", "@@ -1 +1 @@\n- a"),
        *("```\n*a* **b**\n- c", "x\n  ~~~\n`a`\n> b", "- ```py\n  *a*\n  ```"),
        *("a | b\n--|--\n1 | 2 | 3", "| a |\n|--|--|", "|a|b|\n|-|-|\n|1|2|3|"),
    ],
)
def test_text_that_only_looks_like_markdown_stays_as_typed(source: str) -> None:
    assert texts(source) == source.expandtabs(4).split("\n")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("**a** *b* ***c*** ~~d~~ `e`", "a b c d e"),
        ("(**a**), *b*! **c d**.", "(a), b! c d."),
        ("`a*b*c` and `**`", "a*b*c and **"),
        ("**a *b* `c`** *`d`* **[e](https://e.org)** *(f)*", "a b c d e (f)"),
        (
            "[site](https://example.org/a_b) and https://example.org/*x*%20y_z_",
            "site and https://example.org/*x*%20y_z_",
        ),
        ("mail [me](mailto:me@example.org)", "mail me"),
        ("![a cat](https://example.org/cat.png)", "a cat"),
        (r"with $x^2$, \(\alpha\) and $$\beta$$", "with x², α and β"),
        ("  *a*  b  ", "  a  b  "),
        ("a\n*b*\n\n  *c*", "a\nb\n\n  c"),
    ],
)
def test_spans_are_shown_without_their_marks(source: str, shown: str) -> None:
    assert "\n".join(texts(source)) == shown


def test_spans_have_looks() -> None:
    assert looks("**a** *b* ~~c~~ `d` [e](https://e.org)") == [
        ("a", "strong"),
        ("b", "em"),
        ("c", "struck"),
        ("d", "code"),
        ("e", "link"),
    ]


def test_lists_keep_their_indentation_and_numbers() -> None:
    source = "- a\n* b\n  - c\n    * d\n-   e\n1) f\n 12. g\n- [ ] h\n- [x] i"
    assert texts(source) == ["• a", "• b", "  ◦ c", "    ▪ d", "•   e", "1) f", " 12. g", "[ ] h", "[x] i"]


def test_long_item_continues_below_its_text() -> None:
    first, second = typed_lines("  10. one two three", 14)
    assert (first.text, second.text) == ("  10. one two", "      three")
    assert [run.copyable for run in second.runs] == [False, True]
    # Where there is no room, it wraps like any other text.
    assert texts("- one two", 6) == ["• one", "two"]


@pytest.mark.parametrize(
    ("source", "shown", "heading"),
    [
        ("# a", ["a"], "a"),
        ("## a *b*\n\nc", ["a b", "", "c"], "a "),
        ("# a\n## b\n\nc", ["a", "b", "", "c"], "a"),
        # As a comment in code.
        ("# a\nb = 1", ["# a", "b = 1"], "# a"),
    ],
)
def test_headings_keep_their_marks_above_text(source: str, shown: list[str], heading: str) -> None:
    assert texts(source) == shown
    assert (heading, "strong heading3") in looks(source)


@pytest.mark.parametrize("source", ["a\n# b", "ls\n# comment\nls", "    # a"])
def test_hash_within_text_is_no_heading(source: str) -> None:
    assert texts(source) == source.split("\n")
    assert looks(source) == []


def test_quotes_and_alerts_have_a_bar() -> None:
    assert texts("> a *b*\n>\n> > c\n\n> - d") == ["▎ a b", "▎ ", "▎ ▎ c", "", "▎ • d"]
    assert texts("> [!NOTE]\n> Mind\n> [!NOTE]") == ["▎ Note", "▎ Mind", "▎ [!NOTE]"]
    assert looks("> a *b*") == [("▎ ", "quote-bar"), ("a ", "quote"), ("b", "em quote")]
    assert texts("> a *b*", 8) == ["> a *b*"]
    deep = "> " * 30
    assert texts(f"{deep}a", 100)[0].endswith("> a")


def test_tables_are_laid_out() -> None:
    source = "See:\n| a_b | n |\n|---|--:|\n| **x** | 10 |\n| y \\| z | 9 |\nDone"
    assert [line.rstrip() for line in texts(source)] == [
        "See:",
        "a_b      n",
        "──────────",
        "x       10",
        "y | z    9",
        "Done",
    ]


def test_very_long_line_stays_as_typed() -> None:
    line = "*a* " * 1_001
    assert texts(line, 10_000) == [line]


@MANY
@given(strange_text, st.integers(1, 80))
def test_text_without_marks_is_shown_as_plain_text(text: str, width: int) -> None:
    text = "".join(character for character in text if character not in "*`$[\\#>|~:-+" and not character.isdigit())
    plain = PlainDocument(f"{text}\n").lines(width)
    assert [(line.text, line.separator) for line in typed_lines(text, width)] == [
        (line.text, line.separator) for line in plain
    ]


@MANY
@given(markdown, st.integers(1, 80))
def test_lines_never_exceed_the_width(text: str, width: int) -> None:
    for line in typed_lines(text, width):
        assert line.width <= max(2, width)


@MANY
@given(markdown)
def test_no_word_is_lost(text: str) -> None:
    shown = "\n".join(map(_text, typed_lines(text, 10_000)))
    for word in ("word", "日本語", "def f"):
        assert shown.count(word) >= text.count(word) - text.count("](")


def _text(line: Line) -> str:
    return line.text
