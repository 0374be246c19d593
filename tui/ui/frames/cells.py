"""Translates strips to cells: one character each, or a piece of a picture, and how it looks."""

from __future__ import annotations

from typing import Final, TypeAlias

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from tui.lazy_pattern import lazy_pattern

Look: TypeAlias = tuple[str, str | None, str, str]
"""SGR codes of attributes, of the foreground and of the background, and the parameters of a link. Each may be empty.

The foreground is None where it is not seen.
"""

Cell: TypeAlias = tuple[str, Look]
"""A character that fills one cell, with the marks that belong to it, and how it looks."""

Row: TypeAlias = list[Cell | None]
"""The cells of a row. None where nobody knows what the terminal shows."""

_ONE_CELL: Final = lazy_pattern(
    "["
    "\x20-\x7e\xa0-\xac\xae-\u02ff"  # Latin and phonetic; without the soft hyphen
    "\u0370-\u0482\u048a-\u052f"  # Greek and Cyrillic, without combining marks
    "\u2010-\u2027\u2030-\u205e\u2070-\u20bf"  # punctuation, superscripts, currencies
    "\u2100-\u2188\u2190-\u2307\u230c-\u2319"  # letters, numbers, arrows, operators
    "\u2500-\u25fc\u2605\u2606\u2713\u2717\u2800-\u28ff"  # lines, blocks, shapes, our marks, Braille
    "\u27c0-\u27e5\u2980-\u2aff"  # more operators
    "]*"
)
"""Characters that every terminal draws in one cell, as far as any layout in a terminal can rely on it."""

_PLACEHOLDER: Final = "\U0010eeee"
_PLACEHOLDERS: Final = lazy_pattern(f"(?:{_PLACEHOLDER}[\u0300-\u082f]{{2}})+")
"""Cells that the terminal fills with a picture: see `tui.ui.pictures.kitty`."""

_PLACEHOLDER_CHARACTERS: Final = 3

_UNSEEN_ON_BLANKS: Final = frozenset("12")
"""Bold and dim. Some terminals show italics reversed."""

_MAX_LOOKS: Final = 2_000


class CellReader:
    """Reads the cells of strips. Remembers how styles look."""

    def __init__(self) -> None:
        self._color_system = ColorSystem.TRUECOLOR
        self._looks: dict[Style | None, tuple[Look, Look]] = {}

    def use_colors(self, color_system: ColorSystem) -> None:
        """Set how many colours the terminal has."""
        if color_system is not self._color_system:
            self._color_system = color_system
            self._looks.clear()

    def read(self, strip: Strip) -> list[Cell] | None:
        """The cells of a strip. None if a terminal may need more or fewer cells for it than Textual thinks."""
        cells: list[Cell] = []
        for text, style, control in strip:
            if control or not _ONE_CELL.fullmatch(text):
                if control or not text.startswith(_PLACEHOLDER) or not _PLACEHOLDERS.fullmatch(text):
                    return None
                look, _ = self._looks.get(style) or self._look(style)
                starts = range(0, len(text), _PLACEHOLDER_CHARACTERS)
                cells += [(text[start : start + _PLACEHOLDER_CHARACTERS], look) for start in starts]
                continue
            look, look_of_blanks = self._looks.get(style) or self._look(style)
            if look is look_of_blanks:
                cells += [(character, look) for character in text]
            else:
                cells += [(character, look_of_blanks if character == " " else look) for character in text]
        return cells if len(cells) == strip.cell_length else None

    def _look(self, style: Style | None) -> tuple[Look, Look]:
        """How characters look in a style, and how blanks do."""
        if style is None:
            look: Look = ("", "", "", "")
        else:
            attributes = Strip.render_ansi(style.without_color, self._color_system)
            foreground = style.color.downgrade(self._color_system).get_ansi_codes() if style.color else ()
            background = style.bgcolor.downgrade(self._color_system).get_ansi_codes(False) if style.bgcolor else ()
            link = f"id={style.link_id};{style.link}" if style.link else ""
            look = (attributes, ";".join(foreground), ";".join(background), link)
        is_seen = look[3] or not _UNSEEN_ON_BLANKS.issuperset(filter(None, look[0].split(";")))
        if len(self._looks) >= _MAX_LOOKS:
            self._looks.clear()
        self._looks[style] = found = (look, look if is_seen else ("", None, look[2], ""))
        return found
