"""Text that grows at its end, however long it is, and is read in parts."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from tui.freed_memory import BLOCK, LARGE, return_large_blocks

_PIECE: Final = BLOCK
"""Characters of a piece."""

_MOST_RECENT: Final = 1_024
"""Texts that are kept as they came. A string of a few characters takes ten times their memory."""

_MOST_WALKED: Final = 32
"""Recent texts that are joined for good when they are read."""

_GROUPS: Final = 64
"""How often the whole text is copied at most when it is joined."""


class GrowingText:
    """A text that grows at its end. Takes about the memory of its characters, in whatever pieces it comes."""

    def __init__(self, text: str = "") -> None:
        """Args:
        text: The text so far.
        """
        self._pieces: list[str] = []
        self._starts: list[int] = []
        """The offset in the text at which each piece begins."""
        self._size = 0
        """The number of characters of all pieces."""
        self._recent: list[str] = []
        """What came behind all pieces."""
        self._recent_size = 0
        self.append(text)

    def __len__(self) -> int:
        return self._size + self._recent_size

    def append(self, text: str) -> None:
        """Add to the end."""
        if not text:
            return
        self._recent.append(text)
        self._recent_size += len(text)
        if self._recent_size >= _PIECE:
            self._starts.append(self._size)
            self._pieces.append(self._joined_recent())
            self._size += self._recent_size
            self._recent.clear()
            self._recent_size = 0
            if self._size > LARGE:
                return_large_blocks()
        elif len(self._recent) > _MOST_RECENT:
            self._joined_recent()

    def part(self, start: int, stop: int) -> str:
        """The characters between two offsets, which must not be negative. Takes time in proportion to the result."""
        if start >= self._size:
            return self._recent_part(start, stop)
        at = bisect_right(self._starts, start) - 1
        parts = []
        while at < len(self._pieces) and self._starts[at] < stop:
            begins = self._starts[at]
            parts.append(self._pieces[at][max(0, start - begins) : stop - begins])
            at += 1
        if stop > self._size:
            parts.append(self._recent_part(self._size, stop))
        return parts[0] if len(parts) == 1 else "".join(parts)

    def count(self, wanted: str, start: int, stop: int) -> int:
        """How often a character is between two offsets."""
        if start >= self._size:
            return self._recent_part(start, stop).count(wanted)
        at = bisect_right(self._starts, start) - 1
        found = 0
        while at < len(self._pieces) and self._starts[at] < stop:
            begins = self._starts[at]
            found += self._pieces[at].count(wanted, max(0, start - begins), stop - begins)
            at += 1
        return found + (self._recent_part(self._size, stop).count(wanted) if stop > self._size else 0)

    @property
    def text(self) -> str:
        """The whole text, which is kept joined: asked again, it is the same object."""
        if not self._size:
            return self._joined_recent()
        if len(self._pieces) > 1 or self._recent or self._starts[0]:
            # Joined first: groups of many short texts and of few long ones would be copied more often.
            pieces = [self._pieces[0][-self._starts[0] :], *self._pieces[1:], self._joined_recent()]
            self._size = len(self)
            self._pieces.clear()
            self._recent.clear()
            self._recent_size = 0
            self._pieces, self._starts = [_joined(pieces)], [0]
        return self._pieces[0]

    def share(self, other: str) -> bool:
        """Refer to the end of another string from now on, if that is the same text; returns whether it is."""
        before = len(other) - len(self)
        if not self._recent and len(self._pieces) == 1 and self._pieces[0] is other:
            return True
        texts = [*zip(self._starts, self._pieces, strict=True), (self._size, self._joined_recent())]
        # A piece that is shared already has characters before the text.
        if before < 0 or not all(other.startswith(text[max(0, -at) :], before + max(0, at)) for at, text in texts):
            return False
        self._size = len(self)
        self._pieces, self._starts = ([other], [-before]) if other else ([], [])
        self._recent.clear()
        self._recent_size = 0
        return True

    def _recent_part(self, start: int, stop: int) -> str:
        """The characters between two offsets behind all pieces. Often only the last ones, which are found first."""
        wanted = len(self) - start
        if wanted <= 0 or stop <= start:
            return ""
        at, found = len(self._recent), 0
        while found < wanted:
            at -= 1
            found += len(self._recent[at])
        if len(self._recent) - at > _MOST_WALKED:
            self._recent[at:] = ["".join(self._recent[at:])]
        text = self._recent[at] if at == len(self._recent) - 1 else "".join(self._recent[at:])
        return text[found - wanted : found - wanted + stop - start]

    def _joined_recent(self) -> str:
        if len(self._recent) > 1:
            self._recent = ["".join(self._recent)]
        return self._recent[0] if self._recent else ""


def _joined(pieces: list[str]) -> str:
    """The pieces as one string. They are removed and freed meanwhile: CPython extends a string in place.

    It does so for a local variable in a loop that has run some times: in a `for`, which counts, not in a `while`.
    """
    size = -(-len(pieces) // _GROUPS)
    pieces.reverse()
    text = ""
    for _ in range(-(-len(pieces) // size)):
        group = [pieces.pop() for _ in range(min(size, len(pieces)))]
        text += "".join(group)
    return text
