"""Makes text from models and servers safe to print on a terminal.

Textual and Rich pass most control sequences on to the terminal, so foreign text
must pass through here before it reaches them, or stdout on a terminal. Text that
is saved, copied or piped stays unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from tui.lazy_pattern import lazy_pattern

_TAB, _NEWLINE, _DELETE = 0x09, 0x0A, 0x7F
_BIDI_CONTROLS: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINE_SEPARATORS: Final = (0x2028, 0x2029)

_REPLACEMENTS: Final[dict[int, str]] = {
    # Control pictures: visible to the reader, and without effect on the terminal.
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (_TAB, _NEWLINE)},
    _DELETE: "␡",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
    **dict.fromkeys(_BIDI_CONTROLS, ""),
    **dict.fromkeys(_LINE_SEPARATORS, "\n"),
    **dict.fromkeys((0xFFF9, 0xFFFA, 0xFFFB), ""),
}

# A lone surrogate cannot be encoded: the next write would raise an exception.
_UNSAFE: Final = lazy_pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
_LONE_SURROGATE: Final = lazy_pattern("[\ud800-\udfff]")

_MAX_MARKS: Final = 8
_JOINER: Final = "\u200d"
_MAX_JOINS: Final = 8
"""Emoji that a cell may join. The longest one in Unicode joins four."""

_MAX_CELL: Final = (_MAX_JOINS + 1) * (_MAX_MARKS + 1)
"""Characters that safe text has in one cell at most."""

_FORMATS: Final = "\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff"
_HIGH_FORMATS: Final = "\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef"
"""Characters without a cell of their own that are not letters' marks: joiners, variation selectors, skin colours."""

_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_BLANK_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0")
"""Fillers, a joiner and the empty Braille pattern: they have other categories, and show nothing alone."""
_VARIATION_SELECTOR: Final = lazy_pattern("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_WITHOUT_MARKS: Final = lazy_pattern("[\0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u2bff]*")
"""Latin, Greek and Cyrillic letters, lines and symbols: safe without the patterns, which take time to make."""

_ASTRAL: Final = 0x10000

_JAMO: Final = "\u1160-\u11ff\ud7b0-\ud7ff"
"""Vowels and final consonants of Korean syllables, which are drawn in the cell of the first consonant."""

_SCRIPTS: Final = (
    *(range(0x300, 0x3100), range(0xA66F, 0xAC00), range(0xFB1E, 0xFB1F), range(0xFE20, 0xFE30)),
    *(range(0x101FD, 0x12000), range(0x16A00, 0x17000), range(0x1BC00, 0x1E960)),
)
"""The code points with the marks of all scripts."""


def safe_text(text: str) -> str:
    """The text with every control character made visible or harmless.

    Newlines and tabs stay. Escape sequences lose their escape; bidirectional
    overrides and isolates, which could disguise an address, are removed; long runs
    of marks in one cell are cut to a few, in every script.
    """
    # What Python calls printable has no control character. Most texts are: the pattern takes time to make.
    if not text.isprintable() and _UNSAFE.search(text) is not None:
        text = _LONE_SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").translate(_REPLACEMENTS))
    if not text.isascii() and _WITHOUT_MARKS.fullmatch(text) is None:
        marks, joins, _ = _patterns()
        text = marks.sub(r"\1", text)
        if _JOINER in text:
            text = joins.sub(lambda found: found[1] + found[2].replace(_JOINER, ""), text)
    return text


def safe_line(text: str) -> str:
    """`safe_text` on one line, for names, titles and error messages."""
    return " ".join(safe_text(text).split())


class SafeTextStream:
    """`safe_text` for a text that comes in pieces. The limits hold for the whole text.

    A carriage return at the end of a piece is returned with the next piece, because a newline may follow.
    """

    def __init__(self) -> None:
        self._last_cell = ""
        """The end of the text so far, which marks may follow."""
        self._carriage_return = ""

    def feed(self, text: str) -> str:
        """The next piece of the text, safe behind the pieces before it."""
        text = self._carriage_return + text
        self._carriage_return = "\r" if text.endswith("\r") else ""
        safe = safe_text(self._last_cell + text.removesuffix("\r"))
        added = safe[len(self._last_cell) :]
        if safe.isascii():
            self._last_cell = safe[-1:]
        else:
            found = _patterns()[2].search(safe, max(0, len(safe) - _MAX_CELL))
            assert found is not None
            self._last_cell = found[0]
        return added


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: it is empty, or all its characters are blank or invisible."""
    return all(
        character in _BLANK_LETTERS
        or unicodedata.category(character) in _INVISIBLE_CATEGORIES
        or _VARIATION_SELECTOR.match(character)
        for character in text
    )


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Patterns of too many marks on one character, of too many characters joined to one, and of the last cell.

    Made for the first text that is not ASCII, because it takes some milliseconds.
    """
    codes = [code for part in _SCRIPTS for code in part if unicodedata.category(chr(code)) in ("Mn", "Me", "Mc")]
    low = _FORMATS + _JAMO + "".join(chr(code) for code in codes if code < _ASTRAL)
    high = _HIGH_FORMATS + "".join(chr(code) for code in codes if code >= _ASTRAL)
    # `re` is slow for a set with characters beyond U+FFFF.
    mark = f"(?:[{low}]|(?![\0-\uffff])[{high}])"
    base = f"(?:(?![\n{low}])[\0-\uffff]|(?![\0-\uffff{high}])[^\0-\uffff])"
    # Every ninth join is cut, and not all after the eighth: so the result is the same for a text in pieces.
    joined = f"{base}{mark}{{0,{_MAX_MARKS}}}(?<={_JOINER})"
    return (
        re.compile(f"({mark}{{{_MAX_MARKS}}}){mark}+"),
        re.compile(f"((?:{joined}){{{_MAX_JOINS}}}{base})({mark}+)"),
        re.compile(rf"(?:{joined})*{base}?{mark}*\Z"),
    )
