"""What came of reading an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tui.chat.conversation import Conversation


@dataclass(slots=True)
class Imported:
    """Conversations that were read, and what was not."""

    conversations: list[Conversation] = field(default_factory=list)

    refused: list[str] = field(default_factory=list)
    """Conversations that could not be taken: which, and why."""

    left_out: Counter[str] = field(default_factory=Counter)
    """What could not be taken of the others, and how often."""

    @property
    def left_out_words(self) -> Iterator[str]:
        """What was left out, one after the other: `3 × a tool's message`."""
        for words, count in self.left_out.items():
            yield f"{count} × {words}"
