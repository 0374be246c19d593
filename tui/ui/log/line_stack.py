"""Lines that are laid out where they are read: the heights of all others are estimates.

A text is cut into pieces, and each piece is laid out as a whole when it comes near the view. Its height then takes the
place of the estimate. Nothing else depends on it, so a text of any length costs as much as what is near the view.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol, TypeVar
from weakref import WeakMethod

from tui.ui.log.flat import FlatText
from tui.ui.log.heights import HeightIndex
from tui.ui.markdown.lines import BLANK, Line

T = TypeVar("T")

TextPosition = tuple[int, ...]
"""A place in a text that does not depend on the width: the pieces that contain it, outermost first, and an offset."""

_MAX_PIECES: Final = 1_000
"""Pieces of a text whose lines are kept. Beyond it, the least recently used ones are dropped."""


_NEAR: Final = 300
"""Lines at the far end of those that are needed: the ones in view are among them."""


class LayoutBudget:
    """The CPU time for laying out lines in one frame.

    Not the time of a clock: on a busy machine, each frame would get on by one piece only, and there would be a hundred.
    """

    def __init__(self, seconds: float) -> None:
        self.is_exhausted = False
        """Whether something was left for the next frame."""
        self._seconds = seconds
        self._end: float | None = None
        """When it ends, in CPU time of this thread. None until a piece was laid out: most frames need none."""

    def renew(self) -> None:
        """Begin again: what took all the time made it possible to lay out the lines in view."""
        self.is_exhausted, self._end = False, None

    def take(self) -> bool:
        """Whether one more piece may be laid out. The first always may, so that each frame gets on."""
        if self._end is None:
            self._end = time.thread_time() + self._seconds
        elif time.thread_time() >= self._end:
            self.is_exhausted = True
            return False
        return True


def rescaled(at: int, before: int, after: int) -> int:
    """The line at about the same place of a text whose number of lines is known better now. The end stays the end."""
    return after if at >= before else at * after // before


class Piece(Protocol):
    """A part of a text. Its length is an estimate until it is laid out."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Line]:
        """All lines, laid out however long that takes."""
        ...

    @property
    def last_line(self) -> Line | None:
        """The last line, laid out however long that takes. None without lines."""
        ...

    @property
    def is_laid_out(self) -> bool:
        """Whether the length is exact."""
        ...

    def line(self, at: int) -> Line:
        """A line. Blank if it is not laid out."""
        ...

    def lay_out(self, at: int, above: int, below: int, budget: LayoutBudget) -> int:
        """Lay out the lines around one, as far as the budget allows.

        Args:
            at: The number of the line. The length, for the end.
            above: The lines above it that are needed.
            below: The lines from it on that are needed.
            budget: The time for it.

        Returns:
            The number of the same line afterwards: lines above may have been estimated wrongly.
        """
        ...

    def lay_out_next(self, budget: LayoutBudget) -> bool:
        """Measure the first lines whose number is an estimate, as far as the budget allows.

        Lines that were measured and dropped since are not laid out again: a long text would never be done.

        Returns:
            Whether the length is exact now.
        """
        ...

    def position_of(self, at: int) -> TextPosition:
        """The place in the text at the start of a line."""
        ...

    def line_of(self, position: TextPosition) -> int:
        """The line at a place in the text."""
        ...

    def drop_lines(self) -> None:
        """Free the lines. Their number stays known."""
        ...


def weak_partial(method: Callable[..., T], *arguments: object) -> Callable[[], T]:
    """`functools.partial` of a method, for an object that keeps it.

    With a reference to the object it would be a cycle: dropped layouts would wait for a collection of garbage, which
    stopped everything for a tenth of a second.
    """
    of_object = WeakMethod(method)

    def call() -> T:
        bound = of_object()
        assert bound is not None, "the object that lays out lines was dropped before the lines"
        return bound(*arguments)

    return call


class TextPiece:
    """A piece that is laid out at once."""

    def __init__(self, make: Callable[[], Sequence[Line]], height: int, *, is_exact: bool = False) -> None:
        """Args:
        make: Lays out the lines. There may be none.
        height: The number of lines, or an estimate of it.
        is_exact: Whether `height` is exact.
        """
        self._make = make
        self._height = height
        self._is_exact = is_exact
        self._lines: Sequence[Line] | None = None

    def __len__(self) -> int:
        return self._height

    def __iter__(self) -> Iterator[Line]:
        return iter(self._make() if self._lines is None else self._lines)

    @property
    def last_line(self) -> Line | None:
        lines = self._laid_out()
        return lines[-1] if lines else None

    @property
    def is_laid_out(self) -> bool:
        return self._is_exact

    def line(self, at: int) -> Line:
        if self._lines is None:
            # It was dropped, or only estimated.
            self._lines = self._make()
        return self._lines[at] if at < len(self._lines) else BLANK

    def lay_out(self, at: int, above: int, below: int, budget: LayoutBudget) -> int:  # noqa: ARG002
        if self._lines is None and not budget.take():
            return at
        is_end = at >= self._height
        self._laid_out()
        return self._height if is_end else max(0, min(at, self._height - 1))

    def lay_out_next(self, budget: LayoutBudget) -> bool:
        if not self._is_exact and budget.take():
            self._laid_out()
        return self._is_exact

    def position_of(self, at: int) -> TextPosition:
        return (FlatText(self._laid_out()).offset_of(at),)

    def line_of(self, position: TextPosition) -> int:
        text = FlatText(self._laid_out())
        return self._height if position[0] >= len(text.text) else text.line_of(position[0])

    def drop_lines(self) -> None:
        self._lines = None

    def _laid_out(self) -> Sequence[Line]:
        if self._lines is None:
            self._lines = self._make()
        # Lines that follow each other may be the same object, which still grows.
        self._height = len(self._lines)
        self._is_exact = True
        return self._lines


class LineStack:
    """Pieces below each other, which are made when they are first laid out."""

    def __init__(self, estimates: Sequence[int] = ()) -> None:
        """Args:
        estimates: The approximate number of lines of each piece.
        """
        self._heights = HeightIndex(estimates)
        self._pieces: OrderedDict[int, Piece] = OrderedDict()
        """The pieces that were made, least recently used first."""
        self._exact = bytearray(len(estimates))
        """For each piece, whether its height is exact."""
        self._first_inexact = 0
        """All pieces above this one have exact heights."""

    def make_piece(self, at: int, height: int, *, is_exact: bool) -> Piece:
        """Make a piece.

        Args:
            at: Its number.
            height: Its number of lines, or an estimate of it.
            is_exact: Whether `height` is exact.
        """
        raise NotImplementedError

    @property
    def piece_count(self) -> int:
        """The number of pieces."""
        return len(self._heights)

    @property
    def made_pieces(self) -> list[int]:
        """The numbers of the pieces that are laid out, or were."""
        return list(self._pieces)

    def reset(self, estimates: Sequence[int]) -> None:
        """Begin again with other pieces.

        Args:
            estimates: The approximate number of lines of each.
        """
        self._heights = HeightIndex(estimates)
        self._pieces.clear()
        self._exact = bytearray(len(estimates))
        self._first_inexact = 0

    def set_exact(self, at: int) -> None:
        """Tell that the approximate number of lines of a piece is exact."""
        self._exact[at] = 1

    def append(self, estimate: int) -> None:
        """Add a piece with an approximate number of lines."""
        self._heights.append(estimate)
        self._exact.append(0)

    def __len__(self) -> int:
        return self._heights.total

    def __iter__(self) -> Iterator[Line]:
        # Only the pieces that there are now: others may be added while the caller pauses.
        return self._lines_in(range(self.piece_count))

    def _lines_in(self, numbers: Iterable[int]) -> Iterator[Line]:
        for at in numbers:
            piece = self._pieces.get(at)
            # Not kept: all lines of a long text together would take much memory.
            yield from self._made(at) if piece is None else piece

    @property
    def last_line(self) -> Line | None:
        # A section of a paragraph may have no line.
        lines = (self.piece(at).last_line for at in range(self.piece_count - 1, -1, -1))
        return next((line for line in lines if line is not None), None)

    @property
    def is_laid_out(self) -> bool:
        """Whether the heights of all pieces are exact."""
        while self._first_inexact < len(self._exact) and self._exact[self._first_inexact]:
            self._first_inexact += 1
        return self._first_inexact == len(self._exact)

    def line(self, at: int) -> Line:
        """A line; blank beyond the end, and where it is only estimated."""
        if not 0 <= at < self._heights.total:
            return BLANK
        index, rest = self._heights.find(at)
        return self.piece(index).line(rest)

    def lay_out(self, at: int, above: int, below: int, budget: LayoutBudget) -> int:
        count = self.piece_count
        if not count:
            return 0
        if at >= self._heights.total:
            index, rest = count - 1, self._heights[count - 1]
        else:
            index, rest = self._heights.find(max(0, at))
        rest = self._lay_out_piece(index, rest, above, below, budget)
        room = below - (self._heights[index] - rest)
        other = index + 1
        while room > 0 and other < count and not budget.is_exhausted:
            self._lay_out_piece(other, 0, 0, room, budget)
            room -= self._heights[other]
            other += 1
        room = above - rest
        other = index - 1
        # Of pieces that are only between the line and what is needed above it, the height is enough: there may be more
        # than are kept.
        while room > 0 and other >= 0 and not budget.is_exhausted:
            if room < _NEAR or not self._exact[other]:
                self._lay_out_piece(other, self._heights[other], room, 0, budget)
            room -= self._heights[other]
            other -= 1
        return self._heights.top(index) + rest

    def lay_out_next(self, budget: LayoutBudget) -> bool:
        """Measure the first pieces whose heights are estimates. Returns whether none is left."""
        while not self.is_laid_out:
            at = self._first_inexact
            piece = self.piece(at)
            is_exact = piece.lay_out_next(budget)
            self._update(at, piece)
            if not is_exact:
                return False
        return True

    def position_of(self, at: int) -> TextPosition:
        if not self.piece_count:
            return (0,)
        if at >= self._heights.total:
            return (self.piece_count,)
        index, rest = self._heights.find(max(0, at))
        piece = self.piece(index)
        position = piece.position_of(rest)
        self._update(index, piece)
        return (index, *position)

    def line_of(self, position: TextPosition) -> int:
        index, *rest = position
        if index >= self.piece_count:
            return self._heights.total
        piece = self.piece(index)
        line = piece.line_of(tuple(rest)) if rest else 0
        self._update(index, piece)
        return self._heights.top(index) + line

    def drop_lines(self) -> None:
        self._pieces.clear()

    def _lay_out_piece(self, at: int, line: int, above: int, below: int, budget: LayoutBudget) -> int:
        piece = self.piece(at)
        height = self._heights[at]
        if height != len(piece):
            # A better estimate.
            line = rescaled(line, height, len(piece))
        line = piece.lay_out(line, above, below, budget)
        self._update(at, piece)
        return line

    def _update(self, at: int, piece: Piece) -> None:
        self._heights.set(at, len(piece))
        self._exact[at] = piece.is_laid_out

    def piece(self, at: int) -> Piece:
        """A piece, by its number."""
        piece = self._pieces.get(at)
        if piece is None:
            piece = self._pieces[at] = self._made(at)
            if len(self._pieces) > _MAX_PIECES:
                self._pieces.popitem(last=False)
        else:
            self._pieces.move_to_end(at)
        return piece

    def _made(self, at: int) -> Piece:
        return self.make_piece(at, self._heights[at], is_exact=bool(self._exact[at]))
