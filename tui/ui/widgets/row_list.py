"""A list of rows to choose from."""

from __future__ import annotations

from textual.widgets import OptionList


class RowList(OptionList):
    """Textual's list of options, whose page keys do nothing before the rows are laid out.

    Textual 8.2 looks the row up in a layout that does not exist yet, as when a key follows the one that filters the
    list, or in a window without a line for the list.
    """

    # Textual cannot wrap rows in no cells beside their padding.
    DEFAULT_CSS = """
    RowList { min-width: 8; }
    """

    def action_page_up(self) -> None:
        """Move the cursor up by a page."""
        if self._has_layout:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move the cursor down by a page."""
        if self._has_layout:
            super().action_page_down()  # type: ignore[no-untyped-call]

    def move_cursor(self, by: int) -> None:
        """Move the cursor by some rows, for a dialog whose field keeps the focus. Stays within the list."""
        if self.option_count:
            self.highlighted = min(max((self.highlighted or 0) + by, 0), self.option_count - 1)

    @property
    def _has_layout(self) -> bool:
        return bool(self._lines) and (self.highlighted or 0) in self._index_to_line
