"""Containers that show only their ground: one of its lines is drawn, and repeated."""

from __future__ import annotations

from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Ground(Widget):
    """Has no border, no padding and no content of its own, so that all its lines are the same."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        return super().render_lines(Region(crop.x, crop.y, crop.width, 1)) * crop.height


# Textual takes the styles of the first base only.
class GroundVertical(Vertical, Ground):
    """Widgets below each other."""
