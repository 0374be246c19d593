"""A minimal terminal emulator: tracks where text is written and erased on the screen."""

from __future__ import annotations

import codecs
import re

from tests.benchmarks.answers import MARKER

_SEQUENCE = re.compile(
    r"\x1b\[(?P<values>[0-9;:?<>=]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]+[0-~]|\x1b[0-OQ-WYZ`-~]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])"
    r"|(?P<text>[^\x00-\x1f]+)"
)
"""One control sequence or text. Every character is assumed to fill one cell."""


class Screen:
    """The content of a screen, and the highest marker that was ever shown."""

    def __init__(self, columns: int, lines: int) -> None:
        self.highest_token = -1
        """The number of the highest marker that was ever shown. -1 before the first."""
        self._columns = columns
        self._rows = [[" "] * columns for _ in range(lines)]
        self._x = self._y = 0
        self._bottom = lines
        """The row below the one at the bottom margin."""
        self._incomplete = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._changed_rows: set[int] = set()

    def feed(self, data: bytes) -> None:
        """Process output of the program."""
        text = self._incomplete + self._decoder.decode(data)
        position = 0
        while match := _SEQUENCE.match(text, position):
            position = match.end()
            if (shown := match["text"]) is not None:
                self._write(shown)
            elif (control := match["control"]) is not None:
                self._apply_control_character(control)
            elif (final := match["final"]) is not None:
                self._apply_sequence(final, match["values"])
        # An incomplete sequence, to be continued by the next output.
        self._incomplete = text[position:]
        for y in self._changed_rows:
            for marker in MARKER.finditer("".join(self._rows[y])):
                self.highest_token = max(self.highest_token, int(marker[1]))
        self._changed_rows.clear()

    def contains(self, text: str) -> bool:
        """Whether a line contains the text."""
        return any(text in "".join(row) for row in self._rows)

    @property
    def text(self) -> str:
        """The text of all lines."""
        return "\n".join("".join(row).rstrip() for row in self._rows)

    def _write(self, text: str) -> None:
        row = self._rows[self._y]
        text = text[: self._columns - self._x]
        row[self._x : self._x + len(text)] = text
        self._x = min(self._columns - 1, self._x + len(text))
        self._changed_rows.add(self._y)

    def _apply_control_character(self, control: str) -> None:
        if control == "\r":
            self._x = 0
        elif control == "\n":
            self._y = min(self._y + 1, len(self._rows) - 1)

    def _apply_sequence(self, final: str, values: str) -> None:
        if values[:1] in ("?", "<", ">", "="):
            return
        first, _, second = values.partition(";")
        if final in "Hf":
            self._y = min(max(int(first or 1), 1), len(self._rows)) - 1
            self._x = min(max(int(second or 1), 1), self._columns) - 1
        elif final == "J":
            for row in self._rows:
                row[:] = [" "] * self._columns
        elif final == "K":
            self._rows[self._y][self._x :] = [" "] * (self._columns - self._x)
        elif final == "C":
            self._x = min(self._x + int(first or 1), self._columns - 1)
        elif final == "r":
            self._bottom = min(int(second or len(self._rows)), len(self._rows))
        elif final in "LM":
            self._move_rows(int(first or 1), is_up=final == "M")

    def _move_rows(self, count: int, *, is_up: bool) -> None:
        """Delete lines at the cursor, or insert some. What is below moves, down to the bottom margin."""
        moved = self._rows[self._y : self._bottom]
        blank = [[" "] * self._columns for _ in range(min(count, len(moved)))]
        self._rows[self._y : self._bottom] = [*moved[count:], *blank] if is_up else [*blank, *moved[:-count]]
        self._changed_rows.update(range(self._y, self._bottom))
