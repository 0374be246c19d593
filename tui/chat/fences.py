"""Markdown code fences."""

from __future__ import annotations

import re


def fenced(text: str, language: str = "") -> str:
    """The text in a code fence that is longer than any fence inside it.

    Args:
        text: The content of the fence.
        language: The info string, such as `py` or `json`. May be empty.
    """
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"
