"""The result of reading an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tui.chat.conversation import Conversation


@dataclass(slots=True)
class Imported:
    """The conversations of an export, and what could not be imported."""

    conversations: list[Conversation] = field(default_factory=list)

    refused: list[str] = field(default_factory=list)
    """Conversations that could not be imported: which one, and why."""

    left_out: Counter[str] = field(default_factory=Counter)
    """What is missing from the imported conversations, and how often."""

    @property
    def left_out_descriptions(self) -> Iterator[str]:
        """Each kind of content that was left out: `3 × tool message`."""
        for kind, count in self.left_out.items():
            yield f"{count} × {kind}"
