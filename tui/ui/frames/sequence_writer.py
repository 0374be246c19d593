"""Writes cells as few control sequences: the cursor moves, and styles change, only as far as needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.ui.frames.cells import Cell, Look

_MAX_GAP: Final = 4
"""Cells between two changes that are written again, because moving the cursor takes as many bytes."""

_END_LINK: Final = "\x1b]8;;\x1b\\"


class SequenceWriter:
    """Collects the text of one frame. The terminal starts and ends it with plain style."""

    def __init__(self, width: int) -> None:
        """Args:
        width: Columns of the screen.
        """
        self._width = width
        self._parts: list[str] = []
        self._look: Look | None = None
        """The style that is set. None for the plain one."""
        self._cursor: tuple[int, int] | None = None
        """Row and column. None if it is not known."""

    @property
    def text(self) -> str:
        """All that was written, with plain style at its end."""
        self.reset_style()
        return "".join(self._parts)

    def write_raw(self, text: str) -> None:
        """Write a text of unknown width that sets and resets its own styles."""
        self.reset_style()
        self._parts.append(text)
        self._cursor = None

    def write_raw_at(self, y: int, x: int, text: str) -> None:
        """Write such a text at a position."""
        self.write_raw(f"\x1b[{y + 1};{x + 1}H{text}")

    def write_changes(self, y: int, x: int, cells: Sequence[Cell | None], shown: Sequence[Cell | None]) -> None:
        """Write those of the cells that differ from what is shown. None among them leaves what is shown.

        Args:
            y: The row.
            x: The column of the first cell.
            cells: What is to be shown.
            shown: What is shown now, as many.
        """
        count = len(cells)
        at = 0
        while at < count:
            if cells[at] is None or cells[at] == shown[at]:
                at += 1
                continue
            start, at = at, at + 1
            end = at
            while at < count and at - end <= _MAX_GAP and cells[at] is not None:
                at += 1
                if cells[at - 1] != shown[at - 1]:
                    end = at
            self._move(y, x + start)
            self._write_run(cells[start:end])
            # Behind the last column the cursor waits, and terminals disagree where.
            self._cursor = (y, x + end) if x + end < self._width else None

    def scroll(self, first: int, last: int, by: int) -> None:
        """Let the terminal move rows, and erase those that come in.

        Args:
            first: The first row of the region that scrolls.
            last: The last one.
            by: Rows that the content moves up. Negative for down.
        """
        # Deleting and inserting lines is older, and known to more terminals, than scrolling up and down.
        move = f"\x1b[{by}M" if by > 0 else f"\x1b[{-by}L"
        self.write_raw(f"\x1b[{first + 1};{last + 1}r\x1b[{first + 1}H{move}\x1b[r")

    def reset_style(self) -> None:
        """Return to the plain style."""
        if self._look is not None:
            self._parts.append(_END_LINK + "\x1b[m" if self._look[3] else "\x1b[m")
            self._look = None

    def _move(self, y: int, x: int) -> None:
        if self._cursor == (y, x):
            return
        if self._cursor is not None and self._cursor[0] == y and self._cursor[1] < x:
            by = x - self._cursor[1]
            self._parts.append(f"\x1b[{by}C" if by > 1 else "\x1b[C")
        else:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")

    def _write_run(self, cells: Sequence[Cell | None]) -> None:
        look: Look | None = None
        for cell in cells:
            if cell is None:
                continue
            character, wanted = cell
            if wanted is not look:
                self._set_style(wanted)
                look = wanted
            self._parts.append(character)

    def _set_style(self, wanted: Look) -> None:
        attributes, foreground, background, link = wanted
        now = self._look or ("", "", "", "")
        codes: list[str] = []
        if now[0] and now[0] != attributes:
            codes, now = ["0"], ("", "", "", now[3])
        if attributes != now[0]:
            codes.append(attributes)
        if foreground is None:
            foreground = now[1]
        elif foreground != now[1]:
            codes.append(foreground or "39")
        if background != now[2]:
            codes.append(background or "49")
        if codes:
            self._parts.append(f"\x1b[{';'.join(codes)}m")
        if link != now[3]:
            self._parts.append(f"\x1b]8;{link}\x1b\\" if link else _END_LINK)
        self._look = (attributes, foreground, background, link)
