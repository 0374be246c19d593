"""An index over the heights of stacked items: finds the item at a line without adding up all heights."""

from __future__ import annotations

from collections.abc import Iterable


class HeightIndex:
    """A Fenwick tree over heights. Changing a height and finding a line each take O(log n)."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._tree: list[int] = []
        self._rebuild()

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, at: int) -> int:
        return self._heights[at]

    @property
    def total(self) -> int:
        """The sum of all heights."""
        return self.top(len(self._heights))

    def append(self, height: int) -> None:
        """Add an item below the others."""
        self._heights.append(height)
        position = len(self._heights)
        # A node of a Fenwick tree covers as many items as its lowest set bit says, itself included.
        covered = position - (position & -position)
        self._tree.append(self.top(position - 1) - self.top(covered) + height)

    def set(self, at: int, height: int) -> None:
        """Change the height of an item."""
        change = height - self._heights[at]
        if not change:
            return
        self._heights[at] = height
        position = at + 1
        while position <= len(self._tree):
            self._tree[position - 1] += change
            position += position & -position

    def truncate(self, count: int) -> None:
        """Remove all but the first `count` items."""
        del self._heights[count:]
        del self._tree[count:]

    def top(self, at: int) -> int:
        """The first line of an item: the sum of all heights before it."""
        total = 0
        while at > 0:
            total += self._tree[at - 1]
            at -= at & -at
        return total

    def find(self, line: int) -> tuple[int, int]:
        """The item at a line, and the line within the item. The last line of the last item if `line` is beyond all."""
        position = 0
        rest = max(0, line)
        step = 1 << len(self._tree).bit_length()
        while step:
            following = position + step
            if following <= len(self._tree) and self._tree[following - 1] <= rest:
                position = following
                rest -= self._tree[following - 1]
            step >>= 1
        if position >= len(self._heights):
            last = len(self._heights) - 1
            return (last, max(0, self._heights[last] - 1)) if last >= 0 else (0, 0)
        return position, rest

    def _rebuild(self) -> None:
        self._tree = list(self._heights)
        for position in range(1, len(self._tree) + 1):
            parent = position + (position & -position)
            if parent <= len(self._tree):
                self._tree[parent - 1] += self._tree[position - 1]
