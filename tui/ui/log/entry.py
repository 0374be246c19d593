"""What all entries of the message log have in common: one message, laid out as lines on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import TYPE_CHECKING

from tui.chat.conversation import Version
from tui.chat.message import ChatMessage
from tui.ui.log.flat import FlatText
from tui.ui.log.line_stack import LayoutBudget, TextPosition
from tui.ui.log.partly_read_lines import estimated_lines
from tui.ui.log.selection_text import text_between
from tui.ui.markdown.lines import BLANK, Line

if TYPE_CHECKING:
    from tui.ui.markdown.render import CodeBlock
    from tui.ui.pictures.gallery import Gallery


class Entry:
    """One message in the log."""

    def __init__(self, message: ChatMessage) -> None:
        self.message = message
        self.version: Version | None = None
        """Which of the message's versions is shown. None where it has only one."""
        self.revision = 0
        """Counts the changes of what the entry shows."""
        self.is_airy = False
        """Whether cards have half a line of their ground above and below."""
        self.gallery: Callable[[], Gallery] | None = None
        """Decodes the images of the message. None where they are not shown."""
        self.unfolded = False
        """Whether everything is shown in full: thinking and tool calls, attached files and long pastes."""
        self._parts: list[Sequence[Line]] | None = None
        self._width = 0

    @property
    def foldable(self) -> bool:
        """Whether something can be folded."""
        return False

    @property
    def may_have_code(self) -> bool:
        """Whether it seems to have a code block."""
        return "```" in self.message.content or "~~~" in self.message.content

    @property
    def folded_text(self) -> str:
        """The text of the user that is folded now. Empty if there is none."""
        return ""

    def fold(self) -> None:
        """Fold or unfold what can be."""
        self.unfolded = not self.unfolded
        self.changed()

    def height(self, width: int) -> int:
        """The number of lines at a width."""
        return sum(map(len, self._laid_out(width)))

    def line(self, at: int, width: int) -> Line:
        """The line at an index; blank beyond the last."""
        for part in self._laid_out(width):
            if at < len(part):
                return part[at]
            at -= len(part)
        return BLANK

    def lines(self, width: int) -> Iterator[Line]:
        """All lines at a width."""
        return chain.from_iterable(self._laid_out(width))

    def code_blocks(self) -> list[CodeBlock]:
        """The fenced code blocks of the message, in order, without the fences."""
        return []

    def code_of(self, line: Line) -> str:
        """The code of the block that a line belongs to, as it was written. As it is shown, if the block is open."""
        return self._code_in([each for each in self.lines(self._width) if each.ground is line.ground])

    def _code_in(self, block: Sequence[Line]) -> str:
        """The code that the lines of a block show. Perhaps as it was written; else as they show it."""
        lines = [each for each in block if each.tail is None and each.fill != "block-below"]
        shown = text_between(enumerate(lines), (0, 0), (len(lines), 0), 0)
        return next((code.code for code in self.code_blocks() if code.code.expandtabs(4) == shown), shown)

    def lay_out(self, width: int, seconds: float) -> bool:  # noqa: ARG002
        """Lay out some of what is not laid out, and more of it as long as the time suffices.

        Call it until it returns True to know the exact height.

        Args:
            width: The width of the lines in cells.
            seconds: The time after which no further part is laid out.

        Returns:
            Whether the heights of all parts are exact.
        """
        self._laid_out(width)
        return True

    def lay_out_near(self, width: int, at: int | None, above: int, below: int, budget: LayoutBudget) -> int:  # noqa: ARG002
        """Lay out the lines around one, as far as the budget allows. All others may stay estimates.

        Args:
            width: The width of the lines in cells.
            at: The number of the line. None for the end.
            above: The lines above it that are needed.
            below: The lines from it on that are needed.
            budget: The time for it.

        Returns:
            The number of the same line afterwards: lines above may have been estimated wrongly.
        """
        if not (self.is_laid_out(width) or budget.take()):
            return self.estimate(width) if at is None else at
        height = self.height(width)
        return height if at is None else min(at, height)

    def place_of(self, line: int, width: int) -> TextPosition:
        """The place in the message that a line begins with, which does not depend on the width.

        Args:
            line: The number of the line.
            width: The width at which it is laid out.
        """
        return (FlatText(self.lines(width)).offset_of(line),)

    def line_of(self, place: TextPosition, width: int) -> int:
        """The number of the line at a place in the message.

        Args:
            place: A place, from `place_of`.
            width: The width of the lines in cells.
        """
        text = FlatText(self.lines(width))
        return self.height(width) if place[0] >= len(text.text) else text.line_of(place[0])

    def estimate(self, width: int) -> int:
        """The approximate number of lines, without laying them out."""
        text = self.message.content
        return 4 + estimated_lines(text, width)

    def set_airy(self, is_airy: bool) -> None:
        """Draw cards with or without half a line of their ground above and below."""
        if is_airy != self.is_airy:
            self.is_airy = is_airy
            self._parts = None

    def show_pictures(self) -> None:
        """Lay the message out again if more of its images have been decoded."""
        if self.message.images and self._parts is not None:
            self.changed()

    def drop_lines(self) -> None:
        """Free the cached lines. They are laid out again on demand."""
        self._parts = None

    def highlight(self, languages: AbstractSet[str]) -> bool:
        """Highlight code of these languages, which can be highlighted only now. False if there seems to be none."""
        text = self._shown_source.lower()
        has_code = any(language in text for language in languages)
        if has_code:
            self.changed()
        return has_code

    @property
    def _shown_source(self) -> str:
        """The text of the message. Empty if it is not laid out."""
        return self.message.content if self._parts is not None else ""

    def image_lines(self, width: int) -> list[Line]:
        """The images of the message. Empty if it has none."""
        if not self.message.images:
            return []
        # Imported here to load what pictures need with the first image, not before the first paint.
        from tui.ui.log.picture_lines import image_lines

        gallery = None if self.gallery is None else self.gallery()
        return image_lines(self.message.images, gallery, width, is_tight=not self.is_airy)

    def make_parts(self, width: int) -> list[Sequence[Line]]:
        """Lay the message out, as groups of lines below each other."""
        raise NotImplementedError

    def changed(self) -> None:
        """Mark the layout as outdated."""
        self.revision += 1
        self._parts = None

    def is_laid_out(self, width: int) -> bool:
        """Whether the parts are those for a width."""
        return self._parts is not None and width == self._width

    def _laid_out(self, width: int) -> list[Sequence[Line]]:
        if self._parts is None or width != self._width:
            self._width = width
            self._parts = self.make_parts(width)
        return self._parts
