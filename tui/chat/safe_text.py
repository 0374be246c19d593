"""Makes text from models and servers safe to print on a terminal.

Textual and Rich pass most control sequences on to the terminal, so foreign text
must pass through here before it reaches them, or stdout on a terminal. Text that
is saved, copied or piped stays unchanged.
"""

from __future__ import annotations

import re
from typing import Final

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
_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_MAX_MARKS: Final = 8
_MARKS: Final = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060-\u2064\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\U000e0000-\U000e01ef"
)
_FLOOD: Final = re.compile(f"([{_MARKS}]{{{_MAX_MARKS}}})[{_MARKS}]+")


def safe_text(text: str) -> str:
    """The text with every control character made visible or harmless.

    Newlines and tabs stay. Escape sequences lose their escape; bidirectional
    overrides and isolates, which could disguise an address, are removed; long runs
    of zero-width marks are cut to a few.
    """
    if _UNSAFE.search(text) is not None:
        text = _LONE_SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").translate(_REPLACEMENTS))
    if not text.isascii():
        text = _FLOOD.sub(r"\1", text)
    return text


def safe_line(text: str) -> str:
    """`safe_text` on one line, for names, titles and error messages."""
    return " ".join(safe_text(text).split())
