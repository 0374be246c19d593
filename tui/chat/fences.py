"""Text in a fence, as Markdown has it."""

from __future__ import annotations

import re


def fenced(text: str, language: str = "") -> str:
    """A text in a fence that is longer than any in it.

    Args:
        text: What is to stand in it.
        language: What it is: `py`, `json`. May be empty.
    """
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"
