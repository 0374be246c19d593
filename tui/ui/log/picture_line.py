"""A line of the log that shows a row of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment

from tui.light_dataclass import dataclass
from tui.ui.markdown.lines import Line, Run

if TYPE_CHECKING:
    from tui.ui.pictures.picture import Picture

PICTURE_LINK: Final = "picture:"
"""The start of a link that opens an image of its message, by its number from 0."""


@dataclass(frozen=True, slots=True)
class PictureLine(Line):
    """A row of a picture, right of the line's runs."""

    picture: Picture | None = None
    """Never None: fields behind those with defaults need one."""

    row: int = 0
    """Which row of the picture, from 0."""

    number: int = 0
    """The number of the image in its message, from 0."""

    def prefixed(self, *prefix: Run) -> Line:
        """The line with runs prepended."""
        return PictureLine(
            (*prefix, *self.runs),
            fill=self.fill,
            lead=self.lead,
            picture=self.picture,
            row=self.row,
            number=self.number,
        )

    @property
    def columns(self) -> int:
        """The cells of the picture."""
        return 0 if self.picture is None else self.picture.size.columns

    def segments(self, *, in_graphics: bool) -> list[Segment]:
        """The cells of the picture.

        Args:
            in_graphics: Whether to use the terminal's own graphics, if it has the picture.
        """
        return [] if self.picture is None else self.picture.row(self.row, in_graphics=in_graphics)
