"""The result of reading an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from itertools import islice
from typing import Final

from tui.chat.conversation import Conversation
from tui.light_dataclass import dataclass

_MAX_LISTED: Final = 50
"""Entries of a report. A damaged file may have millions."""


@dataclass(slots=True)
class Imported:
    """Some conversations of an export, and what could not be imported."""

    conversations: list[Conversation] = field(default_factory=list)

    refused: list[str] = field(default_factory=list)
    """The first conversations that could not be imported: which one, and why."""

    refused_count: int = 0
    """How many conversations could not be imported."""

    left_out: Counter[str] = field(default_factory=Counter)
    """What is missing from the imported conversations, and how often."""

    def refuse(self, description: str) -> None:
        """Report a conversation that cannot be imported."""
        self.refused_count += 1
        if len(self.refused) < _MAX_LISTED:
            self.refused.append(description)

    def merge(self, other: Imported) -> None:
        """Add the report of another batch, without its conversations."""
        self.refused_count += other.refused_count
        self.refused.extend(other.refused[: _MAX_LISTED - len(self.refused)])
        self.left_out.update(other.left_out)

    @property
    def refused_descriptions(self) -> Iterator[str]:
        """The conversations that could not be imported, and how many more there are."""
        yield from self.refused
        if more := self.refused_count - len(self.refused):
            yield f"{more:,} more conversations"

    @property
    def left_out_descriptions(self) -> Iterator[str]:
        """Each kind of content that was left out: `3 × tool message`."""
        for kind, count in islice(self.left_out.items(), _MAX_LISTED):
            yield f"{count} × {kind}"
