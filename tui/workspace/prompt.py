"""What the user sends."""

from __future__ import annotations

from typing import NamedTuple

from tui.chat.message import Image


class Prompt(NamedTuple):
    """A prompt that is ready to be sent, with its files read."""

    text: str
    images: tuple[Image, ...] = ()

    typed: str = ""
    """The typed text, which only names the files, if it differs from `text`. Empty if not."""

    @property
    def original_text(self) -> str:
        """The text to put back into the composer, so that the prompt can be sent again."""
        return self.typed or self.text
