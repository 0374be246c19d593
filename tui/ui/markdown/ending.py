"""The end of a long text as a document of its own, to be shown until all of the text was read."""

from __future__ import annotations

import re
from typing import Final

from tui.lazy_pattern import lazy_pattern
from tui.ui.markdown.fences import FenceEnd

_FENCE: Final = lazy_pattern(r"^ {0,3}(?:`{3,}|~{3,}).*$", re.MULTILINE)
_RULE: Final = lazy_pattern(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
"""The line below the header of a table."""

_MAX_HEAD: Final = 2_000
"""Characters of the lines that are repeated above the end: the first line of a fence, or the header of a table."""


def ending(text: str, size: int) -> str:
    """The end of a text, with what its first lines need to be understood: the header of their table or fence.

    Almost always, its last lines look as they do in the whole text. It begins between paragraphs if it can, else
    between lines, else between words.

    Args:
        text: The whole text.
        size: The characters of it that are wanted. Fewer may come back, but at least half of them.
    """
    if len(text) <= size:
        return text
    start = _beginning(text, len(text) - size, len(text) - size // 2)
    opening = _open_fence(text, start)
    head = opening or _table_header(text, start)
    return f"{head}\n{text[start:]}" if head and len(head) <= _MAX_HEAD else text[start:]


def _beginning(text: str, first: int, last: int) -> int:
    """The best place to begin between two offsets."""
    for separator in ("\n\n", "\n", " "):
        found = text.find(separator, first, last)
        if found >= 0:
            return found + len(separator)
    return first


def _open_fence(text: str, stop: int) -> str:
    """The first line of the fence that is open at an offset. Empty if none is."""
    opening = ""
    end: FenceEnd | None = None
    for found in _FENCE.finditer(text, 0, stop):
        line = found.group()
        if end is None:
            opening, end = line, FenceEnd(line)
        elif end.closes(line):
            opening, end = "", None
    return opening


def _table_header(text: str, start: int) -> str:
    """The header of the table that has the line at an offset. Empty if it seems to be in none."""
    if not text.startswith("|", start):
        return ""
    above = text.rfind("\n\n", 0, start)
    head = text[0 if above < 0 else above + 2 :][: _MAX_HEAD + 1].split("\n")[:2]
    return "\n".join(head) if len(head) == 2 and head[0].startswith("|") and _RULE.fullmatch(head[1]) else ""
