"""What graphics the terminal has, by its responses and its environment. No I/O.

The terminal is asked when the first picture is shown. Nothing waits for its responses: until they come, and where none
come, pictures are half blocks.

Sources: https://sw.kovidgoyal.net/kitty/graphics-protocol/#querying-support-and-available-transmission-mediums and
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html, "Send Device Attributes", "XTVERSION" and "XTSMGRAPHICS".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tui.lazy_pattern import lazy_pattern
from tui.ui.pictures.kitty import through_tmux

Colours = Literal[0, 256, "all"]
"""How many colours pictures are shown in. 0 for none: then they are not shown."""

Inline = Literal["", "iterm", "sixel"]
"""A format of pictures that are drawn at the cursor: iTerm2's or sixel. Empty for none."""

_GRAPHICS_REQUEST: Final = "\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_NAME_REQUEST: Final = "\x1b[>q"
_COLOURS_REQUEST: Final = "\x1b[?1;1;0S"
_ATTRIBUTES_REQUEST: Final = "\x1b[c"

_GRAPHICS_RESPONSE: Final = lazy_pattern(r"\x1b_Gi=1;OK(?:\x1b\\|\x9c|\x07)")
_NAME_RESPONSE: Final = lazy_pattern(r"\x1bP>\|([^\x1b]{1,100})(?:\x1b\\|\x9c|\x07)")
_ATTRIBUTES_RESPONSE: Final = lazy_pattern(r"\x1b\[\?([\d;]+)c")
_COLOURS_RESPONSE: Final = lazy_pattern(r"\x1b\[\?1;0;(\d{1,6})S")
_KITTY_VERSION: Final = lazy_pattern(r"kitty\((\d+)\.(\d+)")

_FIRST_KITTY: Final = (0, 28)
"""The first version of kitty with placeholders."""

_SIXEL: Final = "4"
"""The attribute of terminals that draw sixels."""

_SILENT: Final = frozenset({"", "dumb", "linux", "ansi", "vt100", "unknown"})
"""Values of TERM for terminals without graphics, which may write a question to the screen."""

CELL_PIXELS: Final = (10, 20)
"""Pixels of a cell where the terminal does not tell."""


class TerminalGraphics:
    """What is known of the terminal."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Args:
        environ: Names the terminal.
        """
        self.in_tmux = bool(environ.get("TMUX"))
        self._environ = environ
        self._name = ""
        """Name and version, as the terminal told them. Empty if it did not."""
        self._has_kitty_graphics = False
        self._has_sixel = False
        self.sixel_colours = 256
        """How many colours a picture in sixels can have."""

    def requests(self) -> list[str]:
        """What to write so that the terminal tells. Empty if it must not be asked."""
        environ = self._environ
        if environ.get("TERM", "") in _SILENT or environ.get("TERM_PROGRAM") == "Apple_Terminal":
            return []
        asked = [_GRAPHICS_REQUEST, _NAME_REQUEST]
        # tmux itself responds to the others.
        return [*map(through_tmux, asked)] if self.in_tmux else [*asked, _ATTRIBUTES_REQUEST]

    def read(self, response: str) -> list[str]:
        """Learn from a response of the terminal. Others are ignored.

        Returns:
            What to write so that the terminal tells more.
        """
        if _GRAPHICS_RESPONSE.fullmatch(response):
            self._has_kitty_graphics = True
        elif (named := _NAME_RESPONSE.fullmatch(response)) is not None:
            self._name = named[1]
        elif (attributes := _ATTRIBUTES_RESPONSE.fullmatch(response)) is not None:
            # The first number is the kind of terminal.
            self._has_sixel = _SIXEL in attributes[1].split(";")[1:]
            # Terminals without sixels might take the question for scrolling, which ends with the same letter.
            return [_COLOURS_REQUEST] if self._has_sixel else []

        elif (colours := _COLOURS_RESPONSE.fullmatch(response)) is not None:
            self.sixel_colours = min(256, max(2, int(colours[1])))
        return []

    @property
    def has_placeholders(self) -> bool:
        """Whether the terminal fills cells with a picture. Several have kitty's graphics without that."""
        if not self._has_kitty_graphics:
            return False
        if (version := _KITTY_VERSION.match(self._name)) is not None:
            return (int(version[1]), int(version[2])) >= _FIRST_KITTY
        if self._name:
            return self._name.lower().startswith("ghostty")
        # In tmux, the name may not get through.
        return "KITTY_WINDOW_ID" in self._environ or "GHOSTTY_RESOURCES_DIR" in self._environ

    @property
    def inline(self) -> Inline:
        """The format of pictures that the terminal draws at the cursor."""
        if self.in_tmux:
            # It hands on iTerm2's pictures without their place, and has sixels where the terminal around it has none.
            return ""
        environ = self._environ
        names = (self._name, environ.get("TERM_PROGRAM", ""), environ.get("LC_TERMINAL", ""))
        if any(name.startswith(("iTerm", "WezTerm")) for name in names):
            return "iterm"
        return "sixel" if self._has_sixel else ""
