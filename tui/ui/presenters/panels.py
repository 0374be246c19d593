"""Which panels are shown, and which of them has the keys."""

from __future__ import annotations

from typing import Final

from textual.screen import Screen
from textual.widget import Widget

from tui.ui.ascii import is_only_ascii
from tui.ui.sidebar_columns import NARROWEST, WIDE, is_usual, most_columns, sidebar_columns
from tui.ui.text_column import AIRY_LINES
from tui.ui.widgets.composer import Composer
from tui.ui.widgets.header import Header
from tui.ui.widgets.sidebar import Sidebar

_WIDEST: Final = 60


class Panels:
    """Composer, log and sidebar. Owns whether the user wants the sidebar."""

    def __init__(
        self,
        screen: Screen[None],
        sidebar: Sidebar,
        header: Header,
        log: Widget,
        composer: Composer,
        sidebar_width: int,
    ) -> None:
        """Args:
        screen: Has the panels.
        sidebar: Shown or hidden.
        header: Shows the name of the program above the sidebar.
        log: Comes after the composer.
        composer: Comes first.
        sidebar_width: Columns of the sidebar.
        """
        self._screen = screen
        self._sidebar = sidebar
        self._header = header
        self._log = log
        self._composer = composer
        self.sidebar_width = sidebar_width
        """Columns of the sidebar where there is space for them."""
        self._was_resized = not is_usual(sidebar_width)
        self._sidebar_wanted: bool | None = None
        """Whether the user wants the sidebar. None leaves it to the width."""

    def fit(self, width: int, height: int) -> None:
        """Show the sidebar where there is space for it, unless the user decided; below that it lies over the log."""
        self._sidebar.set_class(width < WIDE, "-over")
        self._sidebar.styles.width = sidebar_columns(width, self.sidebar_width, was_chosen=self._was_resized)
        self._composer.set_class(height >= AIRY_LINES and not is_only_ascii(), "-airy")
        wants = width >= WIDE if self._sidebar_wanted is None else self._sidebar_wanted
        self._display_sidebar(wants and (width >= WIDE or self._sidebar.has_focus_within))

    def resize_sidebar(self, columns: int, *, is_relative: bool = False) -> bool:
        """Make the sidebar narrower or wider, within limits. Returns whether that changed its width.

        Args:
            columns: Its width.
            is_relative: Whether these are columns more than it has.
        """
        size = self._screen.size
        # Not the width that was laid out last: several changes may come before the next layout.
        width = self._sidebar.styles.width
        before = self._sidebar.outer_size.width if width is None else int(width.value)
        columns = max(NARROWEST, min(columns + before * is_relative, _WIDEST, most_columns(size.width)))
        if columns == before:
            return False
        self.sidebar_width, self._was_resized = columns, True
        self.fit(size.width, size.height)
        return True

    def use_sidebar_width(self, columns: int) -> None:
        """Use the width of the settings."""
        self.sidebar_width, self._was_resized = columns, not is_usual(columns)
        self.fit_again()

    def fit_again(self) -> None:
        """Use what changed in the settings."""
        size = self._screen.size
        self.fit(size.width, size.height)

    def toggle_sidebar(self) -> None:
        """Hide the sidebar, or show it. One that lies over the log takes the keys: it covers the prompt too."""
        self._show_sidebar(not self._sidebar.display)
        if self._sidebar.display and self._sidebar.has_class("-over"):
            self._screen.set_focus(self._sidebar.areas[1])

    def handle_focus(self) -> None:
        """The keys are elsewhere: without them, the sidebar covers nothing and hides no conversations."""
        if not self._sidebar.has_focus_within:
            self.close_overlay()
            self._sidebar.unfilter()

    def focus_providers(self) -> None:
        """Open the sidebar, with the keys in the list of providers."""
        self._show_sidebar(True)
        self._sidebar.focus_providers()

    async def filter_conversations(self) -> None:
        """Open the sidebar, with the keys in the filter."""
        self._show_sidebar(True)
        await self._sidebar.action_filter()

    def leave_sidebar(self) -> None:
        """Go to the prompt. A sidebar that lies over the log closes."""
        self.close_overlay()
        self._composer.focus_box()

    def close_overlay(self, *, only_with_focus: bool = False) -> bool:
        """Hide the sidebar if it lies over the log. Returns whether it did.

        Args:
            only_with_focus: Whether it stays unless the keys are in it.
        """
        is_open = self._sidebar.display and self._sidebar.has_class("-over")
        if not is_open or (only_with_focus and not self._sidebar.has_focus_within):
            return False
        self._sidebar_wanted = None
        self._display_sidebar(False)
        return True

    def move_focus(self, by: int) -> None:
        """Give the keys to the next panel (1) or to the previous one (-1)."""
        panels = [
            self._composer.box,
            self._log,
            *(area for area in self._sidebar.areas if self._sidebar.display and area.display),
        ]
        at = next((at for at, panel in enumerate(panels) if panel is self._screen.focused), 0)
        # At once: letters typed right behind the key are meant for the next panel.
        panel = panels[(at + by) % len(panels)]
        if panel is self._composer.box:
            self._composer.focus_box()
        else:
            self._screen.set_focus(panel)

    def _show_sidebar(self, shown: bool) -> None:
        self._sidebar_wanted = shown
        self._display_sidebar(shown)

    def _display_sidebar(self, shown: bool) -> None:
        self._sidebar.display = shown
        width = self._sidebar.styles.width
        is_beside = shown and width is not None and not self._sidebar.has_class("-over")
        self._header.sidebar_width = int(width.value) if is_beside and width is not None else 0
        if not shown and self._sidebar.has_focus_within:
            self._composer.focus_box()
