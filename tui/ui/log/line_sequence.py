"""Lines that are made when they are read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import overload

from tui.ui.markdown.lines import Line


class LineSequence(Sequence[Line]):
    """A sequence over lines that are read one by one. A subclass needs only `__len__` and `line`."""

    @abstractmethod
    def line(self, at: int) -> Line:
        """The line of a number from 0, below the length."""

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        return item_of(self.line, len(self), at)


def item_of(line: Callable[[int], Line], size: int, at: int | slice) -> Line | list[Line]:
    """The item of a sequence of lines, as `[at]` has it.

    Args:
        line: Returns the line of a number from 0.
        size: The number of lines.
        at: What stands in the brackets.

    Raises:
        IndexError: If the line does not exist.
    """
    if isinstance(at, slice):
        return [line(each) for each in range(*at.indices(size))]
    if not -size <= at < size:
        raise IndexError(at)
    return line(at % size)
