"""Formulas as Unicode."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.markdown.documents import MANY, runs, streamed, texts, whole
from tui.ui.log.flat import FlatText
from tui.ui.log.selection_text import text_between
from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.formulas import formula_text
from tui.ui.markdown.lines import Look, Run


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("$x^2 + y_1$", "x² + y₁"),
        (r"\(e^{i\pi} + 1 = 0\)", "e^(iπ) + 1 = 0"),
        (r"$x_{n+1} = x_n^2$", "xₙ₊₁ = xₙ²"),
        (r"\[\sum_{i=1}^n i = \frac{n(n+1)}{2}\]", "∑ᵢ₌₁ⁿ i = n(n+1)/2"),
        (r"$$\frac{a+b}{c}$$", "(a+b)/c"),
        (r"$\frac{a}{b+c}$", "a/(b+c)"),
        (r"$\frac{a}{bc}$", "a/(bc)"),
        (r"$\frac{a}{b}c$", "a/b c"),
        (r"$\dfrac12 + \frac{dy}{dx}$", "1/2 + dy/dx"),
        (r"$\sqrt{x} + \sqrt[3]{x+1}$", "√x + ³√(x+1)"),
        (r"$\alpha \leq \beta \in \mathbb{R}^n$", "α ≤ β ∈ ℝⁿ"),
        (r"$\int_0^\infty e^{-x^2}\,dx$", "∫₀^∞ e^(-x²) dx"),
        (r"$\left( \frac{1}{2} \right)$", "(1/2)"),
        (r"$f: A \to B, \forall x$", "f: A → B, ∀ x"),
        (r"$\boxed{42}$", "[42]"),
        (r"$\binom{n}{k} \pmod{p}$", "(n choose k) (mod p)"),
        (r"$\hat{\theta}_n$", "θ̂ₙ"),
        (r"$\overline{AB} \cdot 90^\circ$", "A̅B̅ · 90°"),
        (r"$f''(x) = x--1$", "f''(x) = x--1"),
        (r"$$\begin{pmatrix} a & b \\ c & d \end{pmatrix}$$", "[a b; c d]"),
        (r"$$\begin{aligned}a &= b \\ c &= d\end{aligned}$$", "a = b\nc = d"),
        (r"$f = \begin{cases}1 & x>0\\0 & \text{else}\end{cases}$", "f = {1, x>0; 0, else}"),
        (r"$O(n \log n)$", "O(n log n)"),
        ("$$\na\n= b\n$$", "a = b"),
        (r"$\text{rate} = 5\%$", "rate = 5%"),
    ],
)
def test_formula_is_shown_as_unicode(source: str, text: str) -> None:
    assert formula_text(source) == text


@pytest.mark.parametrize(
    "source",
    [
        r"$\unknown{x}$",
        r"$\begin{foo}x\end{foo}$",
        r"$\frac{1}$",
        r"$\frac{a}{b}^2$",
        "${{{$",
        r"$x % y$",
        r"$\underbrace{x}_{n}$",
        r"$\input{/etc/passwd}$",
        r"$\operatorname\input$",
        "$$ $$",
        f"${'x + ' * 400}x$",
    ],
)
def test_formula_that_cannot_be_shown_is_its_source(source: str) -> None:
    assert formula_text(source) == source


_PIECES = [
    *r"{}^_[]()&%~#|1xé日 ",
    "\\",
    "\\\\",
    "\n",
    r"\frac",
    r"\sqrt",
    r"\text",
    r"\left",
    r"\hat",
    r"\not",
    r"\boxed",
]
_PIECES += [
    r"\begin{aligned}",
    r"\end{aligned}",
    r"\begin{cases}",
    r"\href",
    r"\operatorname",
    r"\verb",
    r"\item",
    "''",
]


@MANY
@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_any_formula_is_shown(inner: str) -> None:
    assert formula_text(f"${inner}$")


def test_formula_in_prose_has_its_look_and_source() -> None:
    assert runs("so $x^2$, not `$x^2$` or $5 and $6") == [
        Run("so "),
        Run("x²", Look("math"), source="$x^2$"),
        Run(", not "),
        Run("$x^2$", Look("code")),
        Run(" or $5 and $6"),
    ]
    assert runs(r"$\unknown$") == [Run(r"$\unknown$", Look("math"))]


@pytest.mark.parametrize("width", [4, 9, 14, 40, 80])
def test_selected_formula_is_copied_as_its_source_once(width: int) -> None:
    sources = [
        "a",
        r"$\alpha + \beta + \gamma$",
        "b\n\n",
        r"$x^2$$y^2$",
        "c",
        r"$$\begin{aligned}a &= b \\ c &= d\end{aligned}$$",
    ]
    source = " ".join(sources)
    lines = MarkdownDocument(source).lines(width)
    copied = text_between(enumerate(lines), (0, 0), (len(lines), 0), 0)

    for formula in (r"$\alpha + \beta + \gamma$", r"$x^2$$y^2$", sources[-1]):
        assert copied.count(formula) == 1
    assert "α" not in copied
    assert copied.split("\n\n")[0].split() == source.split("\n\n")[0].split()


def test_formula_is_found_as_it_is_shown() -> None:
    text = FlatText(MarkdownDocument("so $x^2 + 1$").lines(40)).text
    assert text.replace("\xa0", " ") == "so x² + 1\n"


def test_short_formula_is_not_broken_between_lines() -> None:
    assert texts("some more $a + b$ or so", 12) == ["some more", "a\xa0+\xa0b or so"]
    assert len(texts(r"so $\alpha + \beta + \gamma + \delta + \epsilon + \zeta + \eta$", 12)) > 2


def test_streamed_formulas_equal_whole_ones() -> None:
    source = "so $x^2$ and $\\frac{a}{b}$, |\n\n| a | b |\n|---|---|\n| $x_1$ | $$x^{10}$$ |\n\n> \\[a^2\n> + b\\]\n"
    for size in (1, 3, 7):
        parts = [(source[at : at + size], True) for at in range(0, len(source), size)]
        assert streamed(parts, 20) == whole(source, 20)


def test_converter_is_loaded_with_the_first_formula_only() -> None:
    script = (
        "import sys\n"
        "from tui.ui.log.warmup import warm_up\n"
        "import tui.ui.app, tui.ui.screens.chat\n"
        "warm_up()\n"
        "assert not any(name.startswith('pylatexenc') for name in sys.modules)\n"
        "from tui.ui.markdown.document import MarkdownDocument\n"
        "MarkdownDocument('$x^2$').lines(80)\n"
        "assert 'pylatexenc' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
