"""As much of a terminal as it takes to know what stands on its screen: where text is put, and what is wiped."""

from __future__ import annotations

import codecs
import re

from tests.benchmarks.answers import MARKER

_PIECE = re.compile(
    r"\x1b\[(?P<values>[0-9;:?<>=]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]+[0-~]|\x1b[0-OQ-WYZ`-~]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])"
    r"|(?P<text>[^\x00-\x1f]+)"
)
"""One thing that a terminal is told. Every character that is shown is taken to fill one cell."""


class Screen:
    """What stands on a screen, and the highest numbered token that ever did."""

    def __init__(self, columns: int, lines: int) -> None:
        self.highest = -1
        """Number of the highest numbered token that was shown."""
        self._columns = columns
        self._rows = [[" "] * columns for _ in range(lines)]
        self._x = self._y = 0
        self._rest = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._touched: set[int] = set()

    def feed(self, data: bytes) -> None:
        """Take what was written."""
        text = self._rest + self._decoder.decode(data)
        at = 0
        while piece := _PIECE.match(text, at):
            at = piece.end()
            if (shown := piece["text"]) is not None:
                self._put(shown)
            elif (control := piece["control"]) is not None:
                self._obey_control(control)
            elif (final := piece["final"]) is not None:
                self._obey(final, piece["values"])
        # A sequence that was cut short; the other half of it is to come.
        self._rest = text[at:]
        for y in self._touched:
            for marker in MARKER.finditer("".join(self._rows[y])):
                self.highest = max(self.highest, int(marker[1]))
        self._touched.clear()

    def shows(self, text: str) -> bool:
        """Whether a text stands on one of its lines."""
        return any(text in "".join(row) for row in self._rows)

    @property
    def text(self) -> str:
        """All that stands on it."""
        return "\n".join("".join(row).rstrip() for row in self._rows)

    def _put(self, text: str) -> None:
        row = self._rows[self._y]
        text = text[: self._columns - self._x]
        row[self._x : self._x + len(text)] = text
        self._x = min(self._columns - 1, self._x + len(text))
        self._touched.add(self._y)

    def _obey_control(self, control: str) -> None:
        if control == "\r":
            self._x = 0
        elif control == "\n":
            self._y = min(self._y + 1, len(self._rows) - 1)

    def _obey(self, final: str, values: str) -> None:
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
