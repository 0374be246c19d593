"""Highlights code with Pygments."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from tui.chat.safe_text import safe_text
from tui.ui.markdown.cpu_limit import CAN_INTERRUPT, completes_within
from tui.ui.markdown.lexers import lexer_of
from tui.ui.markdown.lines import Look, Run

CODE: Final = Look("block")

MAX_HIGHLIGHTED: Final = 8_000 if CAN_INTERRUPT else 2_000
"""Longest code that is highlighted at once, in characters. The rest of a longer one is plain."""

MAX_SECONDS: Final = 0.025
"""CPU time for highlighting at once. Some patterns of Pygments take quadratic or cubic time."""

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


class Highlighted(NamedTuple):
    """Code as highlighted lines."""

    lines: list[list[Run]]
    """The runs of each line."""

    is_complete: bool
    """False if highlighting took too long. Then the lines at the end are plain."""


def highlighted(code: str, language: str) -> Highlighted:
    """Highlight code, as far as the time for it suffices.

    Args:
        code: The code, made safe, may contain tabs.
        language: The language name of the fence. May be empty or unknown. Code is plain while its lexer loads.
    """
    code = code.expandtabs(4)
    lexer = lexer_of(language)
    if lexer is None:
        return Highlighted(_plain(code), is_complete=True)
    source = code[:MAX_HIGHLIGHTED]
    runs: list[Run] = []

    def lex() -> None:
        for token, text in lexer.get_tokens(source + "\n"):
            runs.append(Run(text, _look_of(str(token))))

    is_complete = completes_within(MAX_SECONDS, lex)
    size = sum(len(run.text) for run in runs) - is_complete
    if not (source + "\n").startswith("".join(run.text for run in runs)):
        # Some lexers drop or change characters.
        return Highlighted(_plain(code), is_complete)
    if is_complete:
        # The newline at the end was added.
        runs[-1] = runs[-1]._replace(text=runs[-1].text.removesuffix("\n"))
    return Highlighted(_lines_of([*runs, Run(code[size:], CODE)]), is_complete)


def _plain(code: str) -> list[list[Run]]:
    return [[Run(line, CODE)] for line in code.split("\n")]


def _lines_of(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs that contain newlines, as the runs of each line."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        first, *rest = run.text.split("\n")
        if first:
            lines[-1].append(run._replace(text=first))
        lines.extend([run._replace(text=part)] if part else [] for part in rest)
    return lines


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
