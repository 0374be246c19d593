"""Long pasted texts, each folded into one word of the prompt."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"\[pasted #(\d+): [^\]\n]*\]")


class PastedTexts:
    """The texts behind the folded words of a prompt. A word that the user edits is ordinary text."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """The word to show for a text: the same word for the same text."""
        for word, known in self._texts.items():
            if known == text:
                return word
        lines = text.count("\n") + 1
        size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        word = f"[pasted #{len(self._texts) + 1}: {size}]"
        self._texts[word] = text
        return word

    def word_at(self, line: str, column: int) -> tuple[int, int] | None:
        """The span of a folded word in a line: the one at a column, else the last before it, else the first.

        Args:
            line: A line of the prompt.
            column: The column of the cursor.
        """
        spans = [found.span() for found in _WORD.finditer(line) if found.group() in self._texts]
        before = [span for span in spans if span[0] <= column]
        return before[-1] if before else spans[0] if spans else None

    def unfold(self, text: str) -> str:
        """A text with its placeholders replaced by the folded texts."""
        return _WORD.sub(lambda found: self._texts.get(found.group(), found.group()), text)

    def unfolded_size(self, text: str) -> int:
        """The number of characters of an unfolded text."""
        words = (found.group() for found in _WORD.finditer(text) if found.group() in self._texts)
        return len(text) + sum(len(self._texts[word]) - len(word) for word in words)
