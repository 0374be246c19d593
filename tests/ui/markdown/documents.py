"""Markdown strategies and helpers for tests: typical documents and arbitrary ones."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from tui.ui.markdown.document import MarkdownDocument
from tui.ui.markdown.lines import Line, Run
from tui.ui.markdown.render import render

FEW = settings(derandomize=True, deadline=None, max_examples=40)
MANY = settings(derandomize=True, deadline=None, max_examples=120)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
"""One character of five code points, two cells wide."""

JAPAN = "\U0001f1ef\U0001f1f5"
"""A flag: one character of two code points, two cells wide."""

_MARKS = [
    "# ", "## ", "- ", "* ", "+ ", "1. ", "12) ", "> ", ">", "```", "```py", "~~~", "~~~~", "---", "***", "===", "_",
    "**", "*", "~~", "`", "``", "| ", "| a | b |", "|---|:-:|", "|--|", "[", "](http://x.y)", "![", "[ ] ", "<b>",
    "<!--", "$", "$$", "[^1]", "[^1]: ", "\\(", "\\", "&amp;", "&#x202e;", "http://a.b/c_d", "www.a.b",
]  # fmt: skip
_WORDS = [
    "word",
    "a",
    "def f(x):",
    '"""',
    "/*",
    "日本語",
    "，",
    "é",
    "e\u0301",
    FAMILY,
    JAPAN,
    "שלום",
    "0",
    ".",
    "\xa0",
]
_BLANKS = [" ", "  ", "    ", "\t", "\n", "\n", "\n", "\n\n", "\r\n", "\r"]

markdown = st.lists(st.sampled_from([*_MARKS, *_WORDS, *_BLANKS]), max_size=40).map("".join)
"""Marks, words and blanks in any order."""

_PREFIXES = ["", "", "", "> ", "> > ", "- ", "  - ", "  ", "    ", "1. ", "   ", "\t", "# ", "> - "]
_CONTENTS = [
    "text", "more text that goes on for a while", "```", "~~~", "| a | b |", "|---|---|", "| 1 | 日本 |", "---", "===",
    "", "", "**bold", "- [x] done", "`code`", "[a](http://b.c)", f"{FAMILY}{JAPAN}", "x" * 30, "[a]: http://b.c",
    "\\", "[!NOTE]", "[!warning]",
]  # fmt: skip

outlines = st.lists(st.tuples(st.sampled_from(_PREFIXES), st.sampled_from(_CONTENTS)).map("".join), max_size=16).map(
    "\n".join
)
"""Lines that start blocks or continue them: nested, lazily, or not at all."""


@st.composite
def large_outlines(draw: st.DrawFn) -> str:
    """Outlines that repeat some lines until their blocks are laid out incrementally."""
    lines: list[str] = []
    for line in draw(outlines).split("\n"):
        times = draw(st.sampled_from([1, 1, 1, 2, 120]))
        lines.extend(f"{line} {at} and so on" if times > 2 and line.strip() else line for at in range(times))
    return "\n".join(lines)


strange_text = st.text(
    st.one_of(st.characters(), st.sampled_from("\n\n |-*`#>[]$~ \t\r\u0301\u200d\ufe0f\U0001f1ef\U0001f468")),
    max_size=80,
)


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[tuple[str, bool]]:
    """A text cut into pieces at random places, each with whether to render after it."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    cut = [text[start:stop] for start, stop in zip([0, *places], [*places, len(text)], strict=True)]
    return [(piece, draw(st.booleans())) for piece in cut]


def texts(source: str, width: int = 40) -> list[str]:
    """The text of the rendered lines of a Markdown source."""
    return [line.text.rstrip() for line in render(source, width)]


def runs(source: str, width: int = 40) -> list[Run]:
    """All non-empty runs of a rendered Markdown source."""
    return [run for line in render(source, width) for run in line.runs if run.text]


def whole(source: str, width: int) -> list[Line]:
    """The lines of a document that arrived in one piece."""
    return list(MarkdownDocument(source).lines(width))


def streamed(parts: list[tuple[str, bool]], width: int) -> list[Line]:
    """The lines of a document that arrived in pieces and was rendered after some of them."""
    document = MarkdownDocument(finished=False)
    for part, rendered in parts:
        document.append(part)
        if rendered:
            document.lines(width)
    document.finish()
    return list(document.lines(width))
