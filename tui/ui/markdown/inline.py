"""Converts the inline tokens of markdown-it to runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from tui.chat.safe_text import safe_text
from tui.ui.ascii import is_only_ascii
from tui.ui.markdown.fences import markdown_fence
from tui.ui.markdown.formulas import formula_text
from tui.ui.markdown.lines import PLAIN, Run

_MATH: Final = re.compile(r"\$(?![\s\d$])[^$\n]*?[^\s$\\]\$(?!\d)")
_MATH_ENDS: Final = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}

_FOOTNOTE: Final = re.compile(r"\[\^([1-9]\d{0,2})\](?![+?{(\w])")
"""The mark of a footnote. Only numbers: `[^a-z]` is rather a regular expression."""

_DEFINITION: Final = re.compile(r":[ \t]+(?=\S)")
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_MAX_UNBROKEN: Final = 24
"""Characters of a formula up to which it is not broken between lines."""

_MAX_NESTING: Final = 100
"""Nesting levels, two per list. Deeper content is lost; markdown-it's CommonMark preset loses it beyond ten lists."""


_MAX_OPEN_BRACKETS: Final = 16
"""Unclosed brackets before the end of a link text, beyond which a bracket is text."""


def make_parser() -> MarkdownIt:
    """A parser for text from models: CommonMark, tables, strikethrough, bare links, footnotes and unchanged formulas.

    HTML is text. So are link reference definitions: one at the end of an answer
    would change text that was rendered long before.
    """
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough", "linkify"])
    parser.disable(["html_block", "html_inline", "reference"])
    parser.block.ruler.before("fence", "markdown_fence", markdown_fence, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "math", _math)
    parser.inline.ruler.before("link", "footnote", _footnote)
    parser.inline.ruler.before("link", "bracket", _bracket)
    return parser


def runs_of(tokens: Iterable[Token]) -> list[Run]:
    """The runs of an inline token's children.

    The input is safe already, but entities such as `&#x202e;` become control
    characters only when they are parsed.
    """
    return list(merged(_runs(tokens)))


def _runs(tokens: Iterable[Token]) -> Iterator[Run]:
    looks = [PLAIN]
    for token in tokens:
        look = looks[-1]
        match token.type:
            case "text" | "text_special" | "html_inline":
                yield Run(safe_text(token.content), look)
            case "softbreak":
                yield Run(" ", look)
            case "hardbreak":
                yield Run("\n", look)
            case "code_inline":
                yield Run(safe_text(token.content), look._replace(name="code"))
            case "math":
                source = safe_text(token.content)
                text = formula_text(source)
                if text != source and len(text) <= _MAX_UNBROKEN:
                    text = text.replace(" ", "\xa0")
                yield Run(text, look._replace(name="math"), source=source if text != source else "")
            case "footnote":
                text = f"[{token.info}]" if is_only_ascii() else token.info.translate(_RAISED)
                yield Run(f"{text}{token.content}", look._replace(name="footnote"), source=token.markup)
            case "strong_open":
                looks.append(look._replace(bold=True))
            case "em_open":
                looks.append(look._replace(italic=True))
            case "s_open":
                looks.append(look._replace(strike=True))
            case "link_open":
                looks.append(look._replace(name="link", link=_address(token.attrGet("href"))))
            case "image":
                address = _address(token.attrGet("src"))
                yield Run(safe_text(token.content) or address, look._replace(name="link", link=address))
            case _:
                # A closing token of one of these spans.
                looks.pop()


def merged(runs: Iterable[Run]) -> Iterator[Run]:
    """The same runs, with adjacent runs of the same look merged."""
    last: Run | None = None
    for run in runs:
        if not run.text:
            continue
        if last is not None and last.look == run.look and not (last.source or run.source):
            last = last._replace(text=last.text + run.text)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _address(value: object) -> str:
    return safe_text(value) if isinstance(value, str) else ""


def _math(state: StateInline, silent: bool) -> bool:
    """A markdown-it rule that leaves formulas unchanged: their backslashes, underscores and stars are not Markdown."""
    if state.src[state.pos] not in "\\$":
        return False
    end = _math_end(state.src, state.pos)
    if end < 0:
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _math_end(text: str, start: int) -> int:
    """The end of the formula that starts at an index. -1 if none does."""
    closing = _MATH_ENDS.get(text[start : start + 2])
    if closing is not None and (found := text.find(closing, start + 3)) >= 0:
        return found + 2
    single = _MATH.match(text, start)
    return single.end() if single else -1


def _footnote(state: StateInline, silent: bool) -> bool:
    """A markdown-it rule for the marks of footnotes. A footnote itself begins on a line of its own, with its mark."""
    found = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    begins = state.pos == 0 or state.src[state.pos - 1] == "\n"
    definition = _DEFINITION.match(state.src, found.end(), state.posMax) if begins else None
    end = (definition or found).end()
    if not silent:
        if definition and state.tokens and state.tokens[-1].type == "softbreak":
            state.tokens[-1].type = "hardbreak"
        token = state.push("footnote", "", 0)
        token.markup = state.src[state.pos : end]
        token.info = found.group(1)
        token.content = " " if definition else ""
    state.pos = end
    return True


def _bracket(state: StateInline, silent: bool) -> bool:
    """A markdown-it rule that treats a bracket as text if no link can start there.

    markdown-it searches the end of every bracket, and of every address: thousands of them, as from a
    model that repeats itself, would cost half a second per frame.
    """
    if state.src[state.pos] not in "![":
        return False
    end = state.src.find("](", state.pos, state.posMax)
    if end >= 0 and state.src.find(")", end, state.posMax) >= 0:
        opened = state.src.count("[", state.pos, end) - state.src.count("]", state.pos, end)
        if opened <= _MAX_OPEN_BRACKETS:
            return False
    if not silent:
        state.pending += state.src[state.pos]
    state.pos += 1
    return True
