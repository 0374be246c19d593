"""The right edge of the sidebar: drawn where the sidebar lies over the log, and dragged to resize it."""

from __future__ import annotations

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.light_dataclass import dataclass


class SidebarEdge(Widget):
    """One column that follows the mouse while its button is down."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    SidebarEdge { dock: right; width: 1; height: 100%; color: $panel; background: $panel; pointer: ew-resize; }
    SidebarEdge:hover, SidebarEdge.-dragged { color: $user; }
    SidebarEdge:ansi { color: $line; }
    """

    @dataclass
    class Dragged(Message):
        """Posted while the edge is dragged."""

        column: int
        """The column of the screen where the mouse is, from 0."""

    def render(self) -> RenderResult:
        """A line from top to bottom where the edge is needed: over the log, in 16 colours, and under the mouse."""
        is_over = self.parent is not None and self.parent.has_class("-over")
        is_drawn = is_over or self.app.native_ansi_color or self.mouse_hover or self.has_class("-dragged")
        return Content("\n".join(("│" if is_drawn else " ") * self.size.height))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Follow the mouse."""
        if event.button == 1:
            event.stop()
            self.capture_mouse()
            self.add_class("-dragged")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell where the mouse is."""
        if self.has_class("-dragged"):
            event.stop()
            self.post_message(self.Dragged(event.screen_x))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Stay here."""
        if self.has_class("-dragged"):
            event.stop()
            self.release_mouse()
            self.remove_class("-dragged")
