"""The decoded pictures of the program: what the log asks for is decoded in a thread, and kept up to a bound.

Pillow is imported with the first picture that is asked for.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.chat.image import Image
from tui.config.settings import Images
from tui.errors import UsageError
from tui.ui.pictures import kitty
from tui.ui.pictures.decoding import PixelSize, decode, encode_png, is_available, size_of
from tui.ui.pictures.picture import CellSize, Picture, fitted
from tui.ui.pictures.terminal_graphics import CELL_PIXELS, Colours, TerminalGraphics

if TYPE_CHECKING:
    from tui.ui.pictures.inline import InlinePicture

_MAX_BYTES: Final = 8 * 2**20
"""Pixels of pictures that are kept. A picture in the log has some 4 kB, one that fills the screen 50 kB."""

_MAX_SENT: Final = 60
"""Pictures that the terminal has at a time. In the log, each takes half a megabyte there."""

_NUMBERS: Final = 2**12
"""Pictures that are sent before numbers are used again."""

Key = tuple[int, CellSize]
"""An image, by the hash of its content, and the cells that there are for it."""


class _PillowMissing(Exception):
    """Pillow is not installed."""


class Gallery:
    """Decodes images. What is asked for is returned if it is there; else `on_change` is called once it is."""

    def __init__(
        self,
        start: Callable[[Callable[[], Coroutine[None, None, None]]], object],
        write: Callable[[Sequence[str]], None],
        mode: Images,
        environ: Mapping[str, str],
    ) -> None:
        """Args:
        start: Starts work in the background.
        write: Sends sequences to the terminal, in order and before what is painted next.
        mode: How pictures are shown.
        environ: Names the terminal.
        """
        self._start = start
        self._write = write
        self._mode: Images = mode
        self.terminal = TerminalGraphics(environ)
        """What the terminal can."""
        self.colours: Colours = 0
        """The colours that pictures are shown in. 0 for none: then they are not shown."""
        self.cell_pixels = CELL_PIXELS
        """Width and height of a cell in pixels, or a guess."""
        self.knows_cell_pixels = False
        """Whether that is not a guess."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when pictures can be shown that could not be before, or no longer."""
        self._pictures: OrderedDict[Key, Picture] = OrderedDict()
        self._problems: dict[Key, UsageError] = {}
        self._loading: set[Key] = set()
        self.is_missing = False
        """Whether Pillow turned out not to be installed. Then nothing is shown."""
        self._generation = 0
        """Counts how often everything was forgotten."""
        self._bytes = 0
        self._turn = asyncio.Lock()
        """Held while an image is decoded: each takes memory and a processor."""
        self._sent: OrderedDict[int, Picture] = OrderedDict()
        """The pictures that the terminal has, by their numbers, the oldest first."""
        self._first_number = os.getpid() % 2**12 * _NUMBERS + 1
        """The least of our numbers: another program may show pictures in the same terminal."""
        self._last_number = 0
        self._has_asked = False

    def use(self, mode: Images, colours: Colours) -> None:
        """Show pictures in another way from now on. See `__init__`.

        Args:
            mode: How pictures are shown.
            colours: The colours of the terminal.
        """
        if (mode, colours) != (self._mode, self.colours):
            self._mode, self.colours = mode, colours
            self._forget()
            self.on_change()

    @property
    def shows_pictures(self) -> bool:
        """Whether pictures can be shown here at all, as far as is known."""
        return self._mode != "off" and bool(self.colours) and not self.is_missing

    @property
    def in_graphics(self) -> bool:
        """Whether the log shows pictures with the terminal's own graphics."""
        # Cells name their picture by their colour.
        return self._mode == "auto" and self.colours == "all" and self.terminal.has_placeholders

    @property
    def may_draw_inline(self) -> bool:
        """Whether pictures may be drawn at the cursor, where nothing scrolls. Not if there is something better."""
        kind = self.terminal.inline
        # iTerm2's pictures have a size in cells, sixels only in pixels.
        is_known = kind == "iterm" or (kind == "sixel" and self.knows_cell_pixels)
        return is_known and self._mode == "auto" and self.shows_pictures and not self.in_graphics

    @property
    def reason_against(self) -> UsageError | None:
        """Why no pictures are shown. None if they are."""
        if self.is_missing:
            return UsageError(
                "Pictures in the terminal need the extra `images`.",
                hint="pip install 'llm-tui[images]', then start again.",
            )
        if self._mode == "off":
            return UsageError("Pictures are turned off.", hint="Turn them on in the settings (`images`).")
        if not self.colours:
            return UsageError("Pictures need 256 colours or more (NO_COLOR turns them off) and symbols beyond ASCII.")
        return None

    def read(self, response: str, cell_pixels: tuple[int, int] | None = None) -> None:
        """Learn from a response of the terminal what it can.

        Args:
            response: The response to one of the questions.
            cell_pixels: Width and height of a cell in pixels. None if the terminal does not tell.
        """
        before = self.in_graphics, self.may_draw_inline
        if cell_pixels is not None:
            self.cell_pixels, self.knows_cell_pixels = cell_pixels, True
        self._write(self.terminal.read(response))
        if before != (self.in_graphics, self.may_draw_inline):
            self._forget()
            self.on_change()

    def picture(self, image: Image, most: CellSize) -> Picture | None:
        """A picture in a size that fits. None if it is not there yet, or cannot be shown.

        Args:
            image: The image.
            most: The cells that there are.
        """
        key = (hash(image.data), most)
        if (found := self._pictures.get(key)) is not None:
            self._pictures.move_to_end(key)
            return found
        if self.shows_pictures and key not in self._loading and key not in self._problems:
            self._loading.add(key)
            self._start(partial(self._load, key, image))
        return None

    def problem(self, image: Image, most: CellSize) -> UsageError | None:
        """Why an image cannot be shown. None if it can, or is not decoded yet. Arguments are those of `picture`."""
        return self._problems.get((hash(image.data), most))

    async def inline(self, image: Image, most: CellSize) -> InlinePicture:
        """A picture to draw at the cursor, with `draw`. See `may_draw_inline`. Arguments are those of `picture`.

        Raises:
            UsageError: If the image cannot be shown.
        """
        from tui.ui.pictures.inline import inline_picture

        terminal = self.terminal
        async with self._turn:
            return await asyncio.to_thread(
                inline_picture, image.data, terminal.inline, most, self.cell_pixels, terminal.sixel_colours
            )

    def draw(self, picture: InlinePicture, x: int, y: int) -> None:
        """Draw a picture with its upper left corner at a cell of the screen."""
        self._write([f"\x1b7\x1b[{y + 1};{x + 1}H{picture.sequence}\x1b8"])

    def resend(self) -> None:
        """Send the pictures to the terminal again, which may be another one or have forgotten them."""
        if self._sent:
            self._forget()
            self.on_change()

    def close(self) -> None:
        """Let the terminal forget all pictures."""
        self._forget()

    async def _load(self, key: Key, image: Image) -> None:
        """Decode an image and keep the picture, or why that is impossible."""
        try:
            async with self._turn:
                self._ask_terminal()
                asked = self._generation
                picture = await asyncio.to_thread(_decode, image.data, key[1], few_colours=self.colours == 256)
                png = None
                if self.in_graphics:
                    png = await asyncio.to_thread(_encode, image.data, picture.size, self.cell_pixels)
                # Otherwise it is asked for again, to be shown in another way.
                if asked == self._generation:
                    self._keep(key, picture)
                    if png is not None:
                        self._send(picture, png)
        except _PillowMissing:
            self.is_missing = True
        except UsageError as error:
            self._problems[key] = error
        finally:
            self._loading.discard(key)
        self.on_change()

    def _ask_terminal(self) -> None:
        if not self._has_asked and self._mode == "auto":
            self._has_asked = True
            self._write(self.terminal.requests())

    def _send(self, picture: Picture, png: bytes) -> None:
        """Send a picture to the terminal. The oldest one there is forgotten if there are too many."""
        self._last_number += 1
        picture.number = self._first_number + self._last_number % _NUMBERS
        self._sent[picture.number] = picture
        sequences = list(kitty.transmission(picture.number, png, *picture.size))
        if len(self._sent) > _MAX_SENT:
            number, oldest = self._sent.popitem(last=False)
            oldest.number = 0
            sequences.append(kitty.deletion(number))
        self._write_graphics(sequences)

    def _write_graphics(self, sequences: Sequence[str]) -> None:
        self._write([*map(kitty.through_tmux, sequences)] if self.terminal.in_tmux else sequences)

    def _keep(self, key: Key, picture: Picture) -> None:
        self._pictures[key] = picture
        self._bytes += picture.bytes
        while self._bytes > _MAX_BYTES and len(self._pictures) > 1:
            _, oldest = self._pictures.popitem(last=False)
            self._bytes -= oldest.bytes

    def _forget(self) -> None:
        """Decode what is shown anew."""
        self._write_graphics([kitty.deletion(number) for number in self._sent])
        for picture in self._sent.values():
            picture.number = 0
        self._sent.clear()
        self._generation += 1
        self._pictures.clear()
        self._problems.clear()
        self._bytes = 0


def _encode(data: bytes, cells: CellSize, cell_pixels: tuple[int, int]) -> bytes:
    """An image as a PNG file that has no more pixels than some cells of the terminal."""
    size = size_of(data)
    width, height = cells.columns * cell_pixels[0], cells.rows * cell_pixels[1]
    scale = min(1.0, width / size.width, height / size.height)
    return encode_png(data, PixelSize(max(1, round(size.width * scale)), max(1, round(size.height * scale))))


def _decode(data: bytes, most: CellSize, *, few_colours: bool) -> Picture:
    if not is_available():
        raise _PillowMissing
    size = fitted(size_of(data), most)
    return Picture(size, decode(data, size.pixels, few_colours=few_colours))
