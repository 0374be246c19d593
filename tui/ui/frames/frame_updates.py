"""Stands between Textual and the terminal: what Textual would write is reduced to what changes the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rich.console import COLOR_SYSTEMS, Console, ConsoleOptions, RenderableType, RenderResult
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

from tui.config.settings import TerminalUpdates
from tui.ui.frames.differ import FrameDiffer, Piece

_SIMPLE_TERMINALS: Final = frozenset({"", "dumb", "ansi", "vt100", "unknown"})
"""Values of TERM for terminals that cannot delete lines within margins, as far as is known."""


class FrameUpdates:
    """Turns Textual's updates into those that write the difference to what the terminal shows."""

    def __init__(self, mode: TerminalUpdates, environ: Mapping[str, str]) -> None:
        """Args:
        mode: How frames are sent.
        environ: Names the terminal.
        """
        self._is_simple = environ.get("TERM", "") in _SIMPLE_TERMINALS
        self._differ = FrameDiffer(scrolls=False)
        self.use(mode)

    def use(self, mode: TerminalUpdates) -> None:
        """Send frames in another way from now on."""
        self._is_full = mode == "full" or self._is_simple
        self._differ.scrolls = mode == "scroll"
        self._differ.forget()

    def forget(self) -> None:
        """Something else may have written to the terminal. The next whole frame is sent in full."""
        self._differ.forget()

    def reduce(self, update: RenderableType | None, size: Size) -> RenderableType | None:
        """An update to hand to Textual in place of its own.

        Args:
            update: What Textual is about to write.
            size: The size of the screen.
        """
        if self._is_full or not isinstance(update, ChopsUpdate | LayoutUpdate):
            return update
        return FrameUpdate(update, self._differ, size)


class FrameUpdate(CompositorUpdate):
    """An update that writes only the difference. The differ learns of it when its text is made, for Textual may not."""

    def __init__(self, update: ChopsUpdate | LayoutUpdate, differ: FrameDiffer, size: Size) -> None:
        self._update = update
        self._differ = differ
        self._size = size

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The update in full, for Rich."""
        return self._update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        """The text to write."""
        differ, update, size = self._differ, self._update, self._size
        differ.reader.use_colors(COLOR_SYSTEMS[console.color_system or "truecolor"])
        if isinstance(update, LayoutUpdate) and update.region.size == size:
            differ.start(size)
        if not differ.knows(size):
            return update.render_segments(console)
        pieces = [
            Piece(y, (x, strip.cell_length), strip, strip.render(console))
            for y, x, strip in _strips(update)
            if strip.cell_length
        ]
        if any(y >= size.height or sum(place) > size.width for y, place, _, _ in pieces):
            # The terminal is smaller than Textual knows.
            differ.forget()
            return update.render_segments(console)
        return differ.change(pieces)


def _strips(update: ChopsUpdate | LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The row and column of each strip that an update writes, as the update itself would."""
    if isinstance(update, LayoutUpdate):
        for y, row in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in row:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, begin, end in update.spans:
        for strip_end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if piece is None or x > end or strip_end <= begin:
                continue
            is_whole = begin <= x < end and strip_end <= end
            yield y, x, piece if is_whole else piece.crop(0, min(strip_end, end) - x)
