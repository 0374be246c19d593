"""What the user sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.chat.image import Image

if TYPE_CHECKING:
    from tui.session.session import TurnSettings


class Prompt(NamedTuple):
    """A prompt that is ready to be sent, with its files read."""

    text: str
    images: tuple[Image, ...] = ()

    typed: str = ""
    """The typed text, which only names the files, if it differs from `text`. Empty if not."""

    settings: TurnSettings | None = None
    """What to send it with: while it waits, what held when it was submitted. None for what holds when it is sent."""

    @property
    def original_text(self) -> str:
        """The text to put back into the composer, so that the prompt can be sent again."""
        return self.typed or self.text
