"""The groups of a long list: a column beside it, or a line above it where space is short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.light_dataclass import dataclass
from tui.ui.widgets.parts import Part, part_at

_GAPS: Final = (3, 2, 1)


class GroupNav(Widget):
    """Names the groups, and marks the one at the cursor. A click goes to a group."""

    DEFAULT_CSS = """
    GroupNav { height: auto; color: $second; }
    """

    groups: reactive[tuple[str, ...]] = reactive((), layout=True)
    current: reactive[str] = reactive("")
    """The group at the cursor. Empty for none."""

    is_column: reactive[bool] = reactive(False, layout=True)
    """Whether the groups stand below each other."""

    @dataclass
    class Chosen(Message):
        """Posted when a group was clicked."""

        group: str

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line, or one for each group."""
        return len(self.groups) if self.is_column else 1

    def render(self) -> RenderResult:
        """The groups."""
        if self.is_column:
            return Content("\n").join(
                Content.assemble(("▌ ", "$accent") if each == self.current else "  ", self._styled(each))
                for each in self.groups
            )
        line = Content()
        for part in self._parts():
            line = Content.assemble(line, " " * (part.start - line.cell_length), part.content)
        return line

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked group."""
        if self.is_column:
            group = self.groups[event.y] if event.y < len(self.groups) else ""
        else:
            part = part_at(self._parts(), event.x)
            group = "" if part is None else part.command
        if group:
            self.post_message(self.Chosen(group))

    def _styled(self, group: str) -> Content:
        return Content.styled(group, "bold $text" if group == self.current else "")

    def _parts(self) -> Sequence[Part]:
        names = [self._styled(each) for each in self.groups]
        cells = sum(name.cell_length for name in names)
        gap = next((gap for gap in _GAPS if cells + gap * (len(names) - 1) <= self.size.width), _GAPS[-1])
        parts, at = [], 0
        for group, name in zip(self.groups, names, strict=True):
            parts.append(Part(name, group, at))
            at += name.cell_length + gap
        return parts
