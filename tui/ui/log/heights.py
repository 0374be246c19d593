"""The heights of many things below each other: which one is where, without adding them all up."""

from __future__ import annotations

from collections.abc import Iterable


class HeightIndex:
    """A Fenwick tree over heights. Changing one and finding a line both cost the logarithm of their number."""

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
        """All heights together."""
        return self.top(len(self._heights))

    def append(self, height: int) -> None:
        """Add one below the others."""
        self._heights.append(height)
        position = len(self._heights)
        # The new node covers those before it as far as its lowest bit reaches.
        covered = position - (position & -position)
        self._tree.append(self.top(position - 1) - self.top(covered) + height)

    def set(self, at: int, height: int) -> None:
        """Change one."""
        change = height - self._heights[at]
        if not change:
            return
        self._heights[at] = height
        position = at + 1
        while position <= len(self._tree):
            self._tree[position - 1] += change
            position += position & -position

    def truncate(self, count: int) -> None:
        """Keep the first `count` only."""
        del self._heights[count:]
        del self._tree[count:]

    def top(self, at: int) -> int:
        """The line at which one begins: the heights of all before it."""
        total = 0
        while at > 0:
            total += self._tree[at - 1]
            at -= at & -at
        return total

    def find(self, line: int) -> tuple[int, int]:
        """Which one a line is in, and at which of its lines. The end of the last where the line is beyond all."""
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
            above = position + (position & -position)
            if above <= len(self._tree):
                self._tree[above - 1] += self._tree[position - 1]
