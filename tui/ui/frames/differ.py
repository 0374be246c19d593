"""Knows what the terminal shows, and says how to make it show something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from textual.geometry import Size
from textual.strip import Strip

from tui.ui.frames.cells import CellReader, Row
from tui.ui.frames.scrolling import Scroll, find_scroll
from tui.ui.frames.sequence_writer import SequenceWriter

_SCROLL_COST: Final = 40
"""Cells that take about as many bytes as the sequences of a scroll."""

Place: TypeAlias = tuple[int, int]
"""The first column of a piece, and its length."""


class Piece(NamedTuple):
    """A part of a row that is painted at once."""

    y: int
    place: Place
    strip: Strip
    text: str
    """The strip as Textual would write it."""


class FrameDiffer:
    """Has the cells that the terminal shows. Returns the text that changes them, and believes that it is written."""

    def __init__(self, *, scrolls: bool) -> None:
        """Args:
        scrolls: Whether to let the terminal scroll.
        """
        self.scrolls = scrolls
        self.reader = CellReader()
        self._size = Size(0, 0)
        self._rows: list[Row] = []
        self._pieces: list[dict[Place, str]] = []
        """The texts of the pieces that stand in each row as they were written."""

    def forget(self) -> None:
        """Nobody knows what the terminal shows: something else may have written to it."""
        self._size = Size(0, 0)

    def knows(self, size: Size) -> bool:
        """Whether a frame of this size can be compared with what is shown."""
        return self._size == size

    def start(self, size: Size) -> None:
        """The next frame paints the whole screen."""
        self._size = size
        self._rows = [[None] * size.width for _ in range(size.height)]
        self._pieces = [{} for _ in range(size.height)]

    def change(self, pieces: Iterable[Piece]) -> str:
        """The text that makes the terminal show pieces in place of what is there. They lie within the screen."""
        changed: list[dict[Place, Piece]] = [{} for _ in range(self._size.height)]
        for piece in pieces:
            if self._pieces[piece.y].get(piece.place) != piece.text:
                changed[piece.y][piece.place] = piece
        writer = SequenceWriter(self._size.width)
        repairs = self._scroll(changed, writer) if self.scrolls else {}
        for y, row in enumerate(changed):
            if (wanted := repairs.get(y)) is not None:
                self._repair(y, wanted, writer)
            for piece in row.values():
                self._write(piece, writer)
        return writer.text

    # Scrolling.

    def _scroll(self, changed: list[dict[Place, Piece]], writer: SequenceWriter) -> dict[int, Row]:
        """Scroll if that saves more than it costs. Removes from the changes what is then in place.

        Returns:
            What the rows that moved are to show besides the changes. None in places that the changes write.
        """
        areas = Counter[Place]()
        for row in changed:
            for place in row:
                areas[place] += place[1]
        if not areas:
            return {}
        place, _ = areas.most_common(1)[0]
        wanted = {y: row[place].text for y, row in enumerate(changed) if place in row}
        scroll = find_scroll(wanted, [texts.get(place) for texts in self._pieces])
        if scroll is None:
            return {}
        repairs = self._repairs(scroll, changed)
        if repairs is None or not self._saves(scroll, place, changed, repairs):
            return {}
        writer.scroll(scroll.first, scroll.last, scroll.by)
        self._move_rows(scroll)
        moved = {y: self._pieces[source].get(place) for y in repairs if (source := scroll.source(y)) is not None}
        for y in repairs:
            piece = changed[y].get(place)
            if piece is not None and moved.get(y) == piece.text:
                self._pieces[y] = {key: text for key, text in self._pieces[y].items() if not _overlap(key, place)}
                self._pieces[y][place] = piece.text
                del changed[y][place]
        return repairs

    def _repairs(self, scroll: Scroll, changed: list[dict[Place, Piece]]) -> dict[int, Row] | None:
        """What the rows of a region show now, without what is going to be written. None if that is not known."""
        repairs: dict[int, Row] = {}
        for y in range(scroll.first, scroll.last + 1):
            row = list(self._rows[y])
            unknown = row.count(None)
            for x, length in changed[y]:
                unknown -= row[x : x + length].count(None)
                row[x : x + length] = [None] * length
            if unknown:
                return None
            repairs[y] = row
        return repairs

    def _saves(self, scroll: Scroll, place: Place, changed: list[dict[Place, Piece]], repairs: dict[int, Row]) -> bool:
        saved = cost = 0
        for y, wanted in repairs.items():
            source = scroll.source(y)
            piece = changed[y].get(place)
            if source is not None and piece is not None and self._pieces[source].get(place) == piece.text:
                saved += place[1]
            shown: Row = [None] * len(wanted) if source is None else self._rows[source]
            cost += sum(cell is not None and cell != there for cell, there in zip(wanted, shown, strict=True))
        return saved > cost + _SCROLL_COST

    def _move_rows(self, scroll: Scroll) -> None:
        region = range(scroll.first, scroll.last + 1)
        sources = [scroll.source(y) for y in region]
        self._rows[scroll.first : scroll.last + 1] = [
            [None] * self._size.width if source is None else list(self._rows[source]) for source in sources
        ]

    def _repair(self, y: int, wanted: Row, writer: SequenceWriter) -> None:
        shown = self._rows[y]
        writer.write_changes(y, 0, wanted, shown)
        self._rows[y] = [there if cell is None else cell for cell, there in zip(wanted, shown, strict=True)]

    # Writing.

    def _write(self, piece: Piece, writer: SequenceWriter) -> None:
        y, place, strip, text = piece
        x, length = place
        end = x + length
        row, texts = self._rows[y], self._pieces[y]
        for key in [key for key in texts if key != place and _overlap(key, place)]:
            del texts[key]
        texts[place] = text
        cells = self.reader.read(strip)
        if cells is not None:
            writer.write_changes(y, x, cells, row[x:end])
            row[x:end] = cells
            return
        # The terminal may make it wider or narrower: all of it, and what stands right of it once more.
        writer.write_raw_at(y, x, text)
        row[x:end] = [None] * length
        right = row[end:]
        if right:
            writer.write_changes(y, end, right, [None] * len(right))


def _overlap(one: Place, other: Place) -> bool:
    return one[0] < other[0] + other[1] and other[0] < one[0] + one[1]
