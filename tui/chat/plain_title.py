"""Text of Markdown without its marks, for titles."""

from __future__ import annotations

from typing import Final

from tui.lazy_pattern import lazy_pattern

_MAX_SCANNED: Final = 4_000
"""Characters of a prompt that are read. A title has the first few words only."""

_MARKS: Final = frozenset("`~=-*_>#+[]<\\")
"""Characters without which a text has no marks. Most prompts have none, and compiling the patterns takes a while."""

_MARK_LINE: Final = lazy_pattern(r"[ \t]*(?:`{3,}[^`]*|~{3,}.*|={3,}|(?:[-*_][ \t]*){3,})$")
"""A fence with its language, the line below a heading, or a horizontal line."""

_LINE_START: Final = lazy_pattern(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:#{1,6}[ \t]+|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)?")
_CLOSING_HASHES: Final = lazy_pattern(r"[ \t]+#+[ \t]*$")

_INLINE: Final = (
    (lazy_pattern(r"!?\[([^\[\]\n]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (lazy_pattern(r"<((?:https?://|mailto:)[^<>\s]+)>"), r"\1"),
    (lazy_pattern(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)"), r"\2"),
    (lazy_pattern(r"\*\*(?=\S)([^\n]+?)(?<=\S)\*\*"), r"\1"),
    (lazy_pattern(r"(?<!\w)__(?=\S)([^_\n]*\s[^_\n]*)(?<=\S)__(?!\w)"), r"\1"),
    (lazy_pattern(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]+)(?<=\S)\*(?![\w*])"), r"\1"),
    (lazy_pattern(r"(?<![\w\\])_(?=[^\s_])([^_\n]+)(?<=\S)_(?!\w)"), r"\1"),
    (lazy_pattern(r"~~(?=\S)([^~\n]+)(?<=\S)~~"), r"\1"),
    (lazy_pattern(r"\\([\\`*_{}\[\]()#+.!~>|<-])"), r"\1"),
)
"""Marks within a line, and what remains. `__init__` and `a*b*c` are code rather than emphasis."""


def without_marks(text: str) -> str:
    """The beginning of a Markdown text without headings, quotes, bullets, fences, links and emphasis, on one line.

    Args:
        text: The text. It may be no Markdown at all, in which marks such as `2 * 3` stay.
    """
    if _MARKS.isdisjoint(text[:_MAX_SCANNED]):
        return " ".join(text[:_MAX_SCANNED].split())
    lines = text[:_MAX_SCANNED].strip().split("\n")
    kept = [
        _CLOSING_HASHES.sub("", line[start.end() :]) if "#" in start.group() else line[start.end() :]
        for line in lines
        if _MARK_LINE.match(line.rstrip()) is None and (start := _LINE_START.match(line)) is not None
    ]
    plain = "\n".join(kept)
    for pattern, replacement in _INLINE:
        plain = pattern.sub(replacement, plain)
    # A text of nothing but marks stays as it is.
    return " ".join(plain.split()) or " ".join(text[:_MAX_SCANNED].split())
