"""Rendering inline Markdown as runs."""

from __future__ import annotations

import pytest

from tests.ui.markdown.documents import runs, streamed, texts, whole
from tui.ui.markdown.inline import make_parser, runs_of
from tui.ui.markdown.lines import Look, Run


def inline(text: str) -> list[Run]:
    return runs_of(make_parser().parseInline(text)[0].children or ())


def test_plain_text_is_one_run() -> None:
    assert inline("plain & simple, snake_case_too") == [Run("plain & simple, snake_case_too")]


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("**x**", Look(bold=True)),
        ("__x__", Look(bold=True)),
        ("*x*", Look(italic=True)),
        ("***x***", Look(bold=True, italic=True)),
        ("~~x~~", Look(strike=True)),
        ("`x`", Look("code")),
        ("**`x`**", Look("code", bold=True)),
        ("[x](http://a.b)", Look("link", link="http://a.b")),
        ("**[x](http://a.b)**", Look("link", bold=True, link="http://a.b")),
        ("![x](http://a.b)", Look("link", link="http://a.b")),
        ("[x]()", Look("link")),
    ],
)
def test_marks_become_looks(text: str, look: Look) -> None:
    assert inline(text) == [Run("x", look)]
    assert inline(f"a {text} b") == [Run("a "), Run("x", look), Run(" b")]


def test_nested_spans_combine_looks() -> None:
    assert inline("**a *b* c**") == [
        Run("a ", Look(bold=True)),
        Run("b", Look(bold=True, italic=True)),
        Run(" c", Look(bold=True)),
    ]


@pytest.mark.parametrize("text", ["** x **", "a * b * c", "2 ** 3", "a ~ b", "`open", "[x]", "[x](", "\\"])
def test_unpaired_marks_are_text(text: str) -> None:
    assert inline(text) == [Run(text)]


@pytest.mark.parametrize(
    "text", ["[" * 5_000, "![" * 5_000, "[x] " * 2_000, "[" * 5_000 + "](", "!", "Hi! [x][y]", "](", "[ [a](x [z"]
)
def test_brackets_without_link_are_text(text: str) -> None:
    assert inline(text) == [Run(text)]


def test_link_may_be_inside_brackets() -> None:
    link = Run("x", Look("link", link="http://a.b"))

    assert inline("[[x](http://a.b)]") == [Run("["), link, Run("]")]
    assert inline("[a] [x](http://a.b) [b]") == [Run("[a] "), link, Run(" [b]")]
    assert inline("[![x](http://a.b)](http://c.d)") == [link]


def test_image_without_alt_text_shows_address() -> None:
    assert inline("![](http://a.b/c.png)") == [Run("http://a.b/c.png", Look("link", link="http://a.b/c.png"))]


@pytest.mark.parametrize(
    ("text", "shown", "address"),
    [
        ("http://a.b/c_d_e", "http://a.b/c_d_e", "http://a.b/c_d_e"),
        ("www.a.com", "www.a.com", "http://www.a.com"),
        ("<https://a.b>", "https://a.b", "https://a.b"),
        ("<me@a.com>", "me@a.com", "mailto:me@a.com"),
    ],
)
def test_bare_addresses_are_links(text: str, shown: str, address: str) -> None:
    assert inline(text) == [Run(shown, Look("link", link=address))]


def test_javascript_url_is_not_a_link() -> None:
    assert inline("[x](javascript:alert)") == [Run("[x](javascript:alert)")]


@pytest.mark.parametrize("text", ["<b>x</b>", "<!-- x -->", "<br>", "a < b > c", '<a href="x">'])
def test_inline_html_is_text(text: str) -> None:
    assert inline(text) == [Run(text)]


@pytest.mark.parametrize(
    "formula",
    ["$a_b * c_d * e$", "$$\\frac{a}{b}$$", "\\(x_1 * y_1 * z\\)", "\\[ a_{1} \\\\ b_{1} \\]", "$x$", "$$a\n*b*$$"],
)
def test_formula_is_not_markdown(formula: str) -> None:
    (run,) = inline(formula)
    assert (run.source, run.look) == (formula, Look("math"))
    assert inline(f"so {formula}.") == [Run("so "), run, Run(".")]


@pytest.mark.parametrize("text", ["it costs $5 and $6", "$ 5 and 6 $", "from $HOME", "US$", "$5-$6", "\\("])
def test_prices_and_variables_are_not_formulas(text: str) -> None:
    assert all(run.look == Look() for run in inline(text))


@pytest.mark.parametrize(("source", "mark"), [("[^1]", "¹"), ("[^42]", "⁴²"), ("[^999]", "⁹⁹⁹")])
def test_footnote_mark_is_raised(source: str, mark: str) -> None:
    assert inline(f"so{source}, but") == [Run("so"), Run(mark, Look("footnote"), source=source), Run(", but")]
    assert inline(f"**so{source}**")[1] == Run(mark, Look("footnote", bold=True), source=source)


@pytest.mark.parametrize(
    "text", ["[^a]", "[^0]", "[^1]+", "[^12]{3}", "[^1-9]", "[^1234]", "[^", "[^]", "[^1", "\\[^1]", "[^1]x"]
)
def test_other_brackets_with_caret_are_text(text: str) -> None:
    assert inline(text) == [Run(text.replace("\\", ""))]


def test_footnotes_begin_on_lines_of_their_own() -> None:
    assert texts("so[^1] it[^2]\n\n[^1]: one [^2]: x\n[^2]: two\nmore\n[^3]:\n") == [
        "so¹ it²", "", "¹ one ²: x", "² two more ³:",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 5])
def test_streamed_footnotes_equal_whole_ones(size: int) -> None:
    source = "so[^1] it[^2]\n\n- a[^3]\n\n[^1]: one\n[^2]: two\nmore\n" + "[^3]: and so on and so on\n" * 200
    parts = [(source[at : at + size * 50], True) for at in range(0, len(source), size * 50)]
    assert streamed(parts, 20) == whole(source, 20)


def test_formula_may_be_inside_link() -> None:
    assert inline("[so $x_1$](http://a.b)")[1] == Run("x₁", Look("math", link="http://a.b"), source="$x_1$")


def test_soft_break_is_blank_and_hard_break_is_newline() -> None:
    assert inline("a\nb") == [Run("a b")]
    assert inline("a  \nb") == [Run("a\nb")]
    assert inline("a\\\nb") == [Run("a\nb")]


@pytest.mark.parametrize(
    "text",
    [
        "a &#x202e; b",
        "[a &#x202e; b](http://a.b)",
        "[&#27;](http://a.b/&#27;[31m)",
        "![&#7;](&#7;)",
        "&#x2028;",
        "a\u202eb",
    ],
)
def test_control_characters_in_entities_are_made_safe(text: str) -> None:
    for run in inline(text):
        assert not set("\x1b\x07\u202e\u2028") & set(run.text + run.look.link)


def test_entities_are_decoded() -> None:
    assert inline("a &lt; b &amp; c\\*") == [Run("a < b & c*")]


def test_empty_spans_have_no_runs() -> None:
    assert inline("") == []
    assert inline("[](http://a.b)") == []
    assert runs("&#x202e;") == []
