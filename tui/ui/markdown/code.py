"""Highlights code with Pygments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui.chat.safe_text import safe_text
from tui.ui.markdown.lines import Look, Run

if TYPE_CHECKING:
    from pygments.lexer import Lexer

CODE: Final = Look("block")

_MAX_HIGHLIGHTED: Final = 50_000
"""Longest code that is highlighted at once. Highlighting more would delay a frame."""

_LOOKS: Final = {
    "Comment": Look("comment", italic=True),
    "Keyword": Look("keyword"),
    "Keyword.Constant": Look("number"),
    "Name.Function": Look("function"),
    "Name.Class": Look("function"),
    "Name.Decorator": Look("function"),
    "Name.Builtin": Look("builtin"),
    "Name.Tag": Look("keyword"),
    "Name.Attribute": Look("builtin"),
    "Literal.String": Look("string"),
    "Literal.Number": Look("number"),
    "Operator.Word": Look("keyword"),
    "Generic.Deleted": Look("deleted"),
    "Generic.Inserted": Look("string"),
    "Generic.Heading": Look("keyword"),
    "Generic.Subheading": Look("keyword"),
}


def code_lines(code: str, language: str) -> Iterator[list[Run]]:
    """The lines of a code block, highlighted if the language is known.

    Args:
        code: The code, made safe, may contain tabs.
        language: The language name of the fence. May be empty or unknown.
    """
    code = code.expandtabs(4)
    lexer = _lexer(language) if len(code) <= _MAX_HIGHLIGHTED else None
    if lexer is None:
        for line in code.split("\n"):
            yield [Run(line, CODE)]
        return
    runs: list[Run] = []
    for token, text in lexer.get_tokens(code + "\n"):
        look = _look_of(str(token))
        first, *rest = text.split("\n")
        if first:
            runs.append(Run(first, look))
        for part in rest:
            yield runs
            runs = [Run(part, look)] if part else []


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    # Loading one lexer imports half of Pygments, so do it only when there is code to highlight.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _look_of(token: str) -> Look:
    """The look of a Pygments token type, or of its nearest ancestor that has one."""
    parts = token.split(".")[1:]
    while parts:
        look = _LOOKS.get(".".join(parts))
        if look is not None:
            return look
        parts.pop()
    return CODE


def language_of(info: str) -> str:
    """The language in the info string of a fence: `python title="x"` → `python`."""
    words = safe_text(info).strip().split(maxsplit=1)
    return words[0].strip("{}.").lower() if words else ""
