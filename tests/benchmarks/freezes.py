"""The longest frame for difficult texts: `python -m tests.benchmarks.freezes`.

Streams each text into a Markdown document, as the message log does, and measures the CPU time of each frame: for code
in every language that Pygments knows, and for patterns of Markdown. `--quick` takes fewer languages and shorter texts;
`--only markdown` or `--only code` one of the two lists. The slope tells how the time of a text grows with its length:
1 is linear, 2 quadratic.
"""

from __future__ import annotations

import argparse
import gc
import random
import signal
import time
from collections.abc import Callable, Iterator
from math import log2
from types import FrameType
from typing import Final, NamedTuple

from pygments.lexers import get_all_lexers

from tui.ui.log.document_lines import DocumentLines
from tui.ui.log.line_stack import LayoutBudget
from tui.ui.markdown.document import MarkdownDocument

_WIDTH: Final = 100
_VIEW_LINES: Final = 40
_SLICE_S: Final = 0.015
"""The time for layout in a frame; what is left follows in the next. See `tui.ui.log.scrollback`."""

_FRAME_CHARACTERS: Final = 300
"""Characters that arrive within one frame: 18,000 a second."""

_MAX_SECONDS: Final = 20.0
"""CPU time after which a text is given up."""

_HELD_MS: Final = 50.0
"""The longest frame that is not noticed."""

Text = Callable[[int], str]
"""Makes a text of a number of characters."""


class Freeze(NamedTuple):
    """What one text costs."""

    name: str
    size: int
    worst_ms: float
    """CPU time of the longest frame. Infinite if the text was given up."""
    total_ms: float
    slope: float
    """Growth of the whole time with the length: 1 is linear."""


class _GivenUp(BaseException):
    """A text takes too long."""


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise _GivenUp


def _repeated(unit: str) -> Text:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def _prose(size: int) -> str:
    words = "the quick brown fox jumps over a lazy dog and then returns the value of string when array is null"
    rng = random.Random(2)
    lines = [" ".join(rng.choice(words.split()) for _ in range(12)) for _ in range(size // 40 + 1)]
    return "\n".join(lines)[:size]


CODE: Final[dict[str, Text]] = {
    "prose": _prose,
    "code": _repeated('    public static int foo_1 = bar(x1, "text 1").y; // why\n    if (a < b[2]) { return; }\n'),
    "one line": lambda size: _prose(size).replace("\n", " "),
    "brackets": _repeated("([{<"),
    "quotes": _repeated("\"'`"),
    "word": _repeated("a"),
    "blank lines": _repeated("\n"),
    "names": _repeated("a.b_1."),
    "indentation": _repeated(" "),
}
"""Contents of a fence."""

MARKDOWN: Final[dict[str, Text]] = {
    "prose": _prose,
    "paragraphs": lambda size: _prose(size).replace("\n", "\n\n"),
    "lazy quote": lambda size: "> a\n" + _prose(size),
    "lazy item": lambda size: "- a\n" + _prose(size),
    "lazy nested quote": lambda size: "> > > a\n" + _prose(size),
    "lazy numbers": lambda size: "> a\n" + _repeated("1 and more of it\n")(size),
    "heading": lambda size: "# " + _prose(size).replace("\n", " "),
    "heading of one word": lambda size: "# " + "a" * size,
    "underlined heading": lambda size: _prose(size) + "\n===\n",
    "dashes": _repeated("- "),
    "stars": _repeated("* "),
    "numbers": _repeated("1. "),
    "quotes on one line": _repeated(">"),
    "quotes with blanks": _repeated("> "),
    "quotes and items": _repeated("> - "),
    "quotes on many lines": _repeated("> > > > > > > > > > > > text\n"),
    "quotes that nest deeper": lambda size: "\n".join("> " * at + "a" for at in range(1, int(size**0.5)))[:size],
    "items that nest deeper": lambda size: "\n".join("  " * at + "- a" for at in range(1, int(size**0.5)))[:size],
    "items of 40 levels": lambda size: _repeated("\n".join("  " * at + "- a" for at in range(40)) + "\n")(size),
    "items": _repeated("- item with **bold** text\n"),
    "loose items": _repeated("- item\n\n  more\n\n"),
    "item with long content": lambda size: "- a\n" + _repeated("\n  more text in the item\n")(size),
    "table": lambda size: "| a | b |\n|---|---|\n" + _repeated("| some | cells |\n")(size),
    "table of one row": lambda size: "| a | b |\n|---|---|\n| " + _prose(size).replace("\n", " "),
    "row of many cells": lambda size: "| a | b |\n|---|---|\n" + _repeated("| a ")(size),
    "wide table": lambda size: "| a " * (size // 16) + "|\n" + "|---" * (size // 16) + "|\n" + "| 1 " * (size // 8),
    "header of many cells": _repeated("| a "),
    "delimiter row": lambda size: "| a |\n" + _repeated("|---")(size),
    "emphasis": _repeated("*a **a "),
    "open emphasis": _repeated("*a "),
    "underscores": _repeated("_a __a "),
    "star word": _repeated("a**b"),
    "stars only": _repeated("*"),
    "bold words": _repeated("**a** "),
    "strikethrough": _repeated("~~a "),
    "brackets": _repeated("["),
    "images": _repeated("!["),
    "closed brackets": _repeated("]"),
    "bracket pairs": _repeated("[]"),
    "brackets and a link": lambda size: _repeated("[")(size) + "](a)",
    "links": _repeated("[a](b) "),
    "open links": _repeated("[a](b "),
    "link starts": _repeated("[a]("),
    "nested links": _repeated("[a](<b"),
    "angles": _repeated("<"),
    "tags": _repeated("<a "),
    "comments": _repeated("<!--"),
    "addresses": _repeated("<a:"),
    "autolinks": _repeated("<http://a.b> "),
    "bare links": _repeated("http://a.b "),
    "one bare link": lambda size: "http://" + "a/" * (size // 2),
    "www": _repeated("www.a"),
    "mail": _repeated("a@"),
    "mail with dots": _repeated("a.b@c.d."),
    "slashes": _repeated("//"),
    "colons": _repeated("a:b:"),
    "ampersands": _repeated("&"),
    "entities": _repeated("&amp;"),
    "numeric entities": _repeated("&#1;"),
    "open entities": _repeated("&a"),
    "backticks": _repeated("`"),
    "open code": _repeated("`a "),
    "growing backticks": lambda size: " ".join("`" * at for at in range(1, int((2 * size) ** 0.5))),
    "code spans": _repeated("`a` "),
    "bars": _repeated("|"),
    "dollars": _repeated("$"),
    "formulas": _repeated("$a$ "),
    "open formulas": _repeated("$a "),
    "double dollars": _repeated("$$a "),
    "open parentheses": _repeated("\\("),
    "open square formulas": _repeated("\\[a"),
    "backslashes": _repeated("\\"),
    "hard breaks": _repeated("a  \n"),
    "one word": _repeated("a"),
    "blanks": _repeated(" "),
    "tabs": _repeated("\t"),
    "blank lines": _repeated("\n"),
    "lines of blanks": _repeated(" \n"),
    "equals": _repeated("="),
    "hashes": _repeated("#"),
    "fence starts": _repeated("```\n"),
    "tildes": _repeated("~"),
    "fences in an item": lambda size: "- a\n" + _repeated("  ```py\n  x = 1\n  ```\n")(size),
    "indented code": _repeated("    x = 1\n"),
    "rules": _repeated("---\n"),
    "definitions": _repeated("[a]: b\n"),
    "line breaks in cells": lambda size: "| a | b |\n|---|---|\n" + _repeated("| a<br>b | c |\n")(size),
    "combining marks": lambda size: "a" + "\u0301" * size,
    "marks of many scripts": _repeated("e\u0301\u0e34\u064b\u093c"),
    "emoji families": _repeated("\U0001f468\u200d\U0001f469\u200d\U0001f467"),
    "flags": _repeated("\U0001f1ef\U0001f1f5"),
    "ideographs": _repeated("\u65e5\u672c\u8a9e"),
    "no-break spaces": _repeated("\xa0"),
    "carriage returns": _repeated("\r"),
    "escapes": _repeated("\x1b[31m"),
}
"""Patterns of Markdown."""


def fenced(language: str, text: Text) -> Text:
    """A text in a fence."""
    return lambda size: f"```{language}\n{text(size)}\n```\n"


def streamed(text: str) -> tuple[float, float]:
    """CPU time in milliseconds of the longest frame, and of all, while a text streams in. Infinite if given up."""
    document = MarkdownDocument(finished=False)
    lines = DocumentLines(document)
    worst = total = 0.0
    signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, _MAX_SECONDS)
    try:
        # The last frame has the end of the answer.
        for at in (*range(0, len(text), _FRAME_CHARACTERS), len(text)):
            began = time.process_time()
            if at < len(text):
                document.append(text[at : at + _FRAME_CHARACTERS])
            else:
                document.finish()
            # As the log does, which shows the end.
            lines.update(_WIDTH)
            lines.lay_out(len(lines), 2 * _VIEW_LINES, 0, LayoutBudget(_SLICE_S))
            for line in range(max(0, len(lines) - _VIEW_LINES), len(lines)):
                lines.line(line)
            frame = time.process_time() - began
            worst = max(worst, frame)
            total += frame
    except _GivenUp:
        worst = total = float("inf")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return 1e3 * worst, 1e3 * total


def measured(name: str, text: Text, size: int) -> Freeze:
    """Measure a text at a size, and at half of it."""
    _, half = streamed(text(size // 2))
    worst, total = streamed(text(size))
    return Freeze(name, size, worst, total, log2(max(total, 0.01) / max(half, 0.01)) if half < float("inf") else 9.9)


def languages(*, quick: bool) -> list[str]:
    """A name of each language, or of every eighth."""
    names = sorted(aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases)
    return names[::8] if quick else names


def code(*, quick: bool) -> Iterator[Freeze]:
    """The worst text in each language."""
    for language in languages(quick=quick):
        # Loads the lexer, which is done once.
        streamed(fenced(language, _prose)(100))
        found = [measured(f"{language}: {name}", fenced(language, text), 4_000) for name, text in CODE.items()]
        yield max(found, key=lambda freeze: freeze.worst_ms)


def markdown(*, quick: bool) -> Iterator[Freeze]:
    """Every pattern of Markdown."""
    for name, text in MARKDOWN.items():
        yield measured(name, text, 16_000 if quick else 64_000)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.freezes")
    parser.add_argument("--only", choices=("code", "markdown"), help="this list, and not the other")
    parser.add_argument("--quick", action="store_true", help="every eighth language, and shorter texts")
    parser.add_argument("--worst", type=int, default=15, help="how many rows to print of each list")
    arguments = parser.parse_args()
    MarkdownDocument("# a\n\n```python\nx\n```\n").lines(_WIDTH)
    gc.freeze()
    for title, rows in (("markdown", markdown), ("code", code)):
        if arguments.only in (None, title):
            found = sorted(rows(quick=arguments.quick), key=lambda freeze: -freeze.worst_ms)
            over = sum(freeze.worst_ms > _HELD_MS for freeze in found)
            print(f"\n{title}: {len(found)} rows, {over} with a frame over {_HELD_MS:.0f} ms", flush=True)
            print("worst frame |      sum | slope | text")
            for freeze in found[: arguments.worst]:
                print(
                    f"{freeze.worst_ms:8.1f} ms | {freeze.total_ms:5.0f} ms | {freeze.slope:5.1f} |"
                    f" {freeze.name} ({freeze.size:,} characters)",
                    flush=True,
                )


if __name__ == "__main__":
    main()
