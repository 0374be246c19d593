"""The colour roles, and their values in our themes.

One idea orders the colours: warm is the user, cool is the machine. `you`, `user` and `spark` mark what the user wrote,
where the cursor is and what can be pressed. `accent` marks what the machine says. `warning` and `error` always stand
beside a mark and words. Each role is a variable in CSS: `$dim`, `$you`.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

from tui.light_dataclass import dataclass

REVERSE: Final = "ansi_default"
"""The ground of selected rows in 16 colours, where CSS adds reverse video: no named ground is readable everywhere."""


@dataclass(frozen=True, slots=True)
class Palette:
    """One colour for each role, as CSS writes colours: `#111816` or `ansi_cyan`."""

    ground: str
    """The page."""

    panel: str
    """The header, the sidebar and the key bar."""

    raised: str
    """Dialogs, cards and notices."""

    well: str
    """Code, and the field with the cursor."""

    you: str
    """The ground of prompts and of the composer."""

    select: str
    """The ground of the row at the cursor."""

    mark: str
    """The ground of selected text. Text on it is always `text`."""

    hit: str
    """The ground of search hits. Text on it is always `text`."""

    line: str
    """Rules."""

    edge: str
    """Frames, and the empty part of a meter."""

    text: str
    """Text to read."""

    second: str
    """Labels, and text in lists."""

    dim: str
    """Times, figures and placeholders. Never needed to act."""

    accent: str
    """The machine: model names, headings, links, context."""

    user: str
    """The user, in text: keys, "You", the cursor of a list."""

    spark: str
    """The user, in areas: bars, the text cursor, the solid button, the current search hit."""

    onspark: str
    """Text on `spark`."""

    success: str
    """Reachable, loaded, done."""

    warning: str
    """Needs a look, or leaves this machine."""

    error: str
    """Failed."""

    keyword: str
    """Keywords in code."""

    string: str
    """Strings in code."""

    number: str
    """Numbers in code."""

    function: str
    """Functions in code."""

    type: str
    """Types and builtins in code."""

    comment: str
    """Comments in code."""

    @property
    def variables(self) -> dict[str, str]:
        """The roles as variables for CSS."""
        return asdict(self)


LAMPLIGHT: Final = Palette(
    ground="#111816",
    panel="#161f1c",
    raised="#1c2724",
    well="#0b100e",
    you="#24201a",
    select="#3d3521",
    mark="#204a3e",
    hit="#574818",
    line="#33433d",
    edge="#647a71",
    text="#dce3db",
    second="#a9b8b0",
    dim="#82948b",
    accent="#86d3ba",
    user="#e9c584",
    spark="#e9c584",
    onspark="#111816",
    success="#a8d279",
    warning="#f4a460",
    error="#f78f86",
    keyword="#cbaeea",
    string="#b3d38b",
    number="#f0b083",
    function="#86d3ba",
    type="#8fc7ea",
    comment="#82948b",
)
"""Ink on a dark spruce ground."""

DAYLIGHT: Final = Palette(
    ground="#fdfdfb",
    panel="#f4f6f2",
    raised="#eef2ed",
    well="#f2f5f1",
    you="#faf2e0",
    select="#f5e4bb",
    mark="#c3e6db",
    hit="#ffe49a",
    line="#ced7d0",
    edge="#7c8c83",
    text="#1b2420",
    second="#46554e",
    dim="#5f6e66",
    accent="#0b6855",
    user="#855300",
    spark="#c07d00",
    onspark="#1b2420",
    success="#3a6b10",
    warning="#9c4400",
    error="#ae1f2d",
    keyword="#7438a4",
    string="#3a6b10",
    number="#9c4400",
    function="#0b6855",
    type="#16598f",
    comment="#5f6e66",
)
"""Ink on white paper."""

LAMPLIGHT_256: Final = Palette(
    ground="#121212",
    panel="#1c1c1c",
    raised="#262626",
    well="#080808",
    you="#262626",
    select="#3a3a3a",
    mark="#005f5f",
    hit="#5f5f00",
    line="#444444",
    edge="#767676",
    text="#e4e4e4",
    second="#b2b2b2",
    dim="#8a8a8a",
    accent="#87d7af",
    user="#d7af5f",
    spark="#d7af5f",
    onspark="#121212",
    success="#afd787",
    warning="#ffaf5f",
    error="#ff8787",
    keyword="#d7afff",
    string="#afd787",
    number="#ffaf87",
    function="#87d7af",
    type="#87d7ff",
    comment="#8a8a8a",
)
"""The same for 256 colours, of which the dark ones are grey."""

DAYLIGHT_256: Final = Palette(
    ground="#ffffff",
    # Rich shows this as #eeeeee, and that as a darker grey.
    panel="#f2f2f2",
    raised="#f2f2f2",
    well="#f2f2f2",
    you="#f2f2f2",
    select="#ffffaf",
    mark="#afd7d7",
    hit="#ffd787",
    line="#d0d0d0",
    edge="#767676",
    text="#1c1c1c",
    second="#444444",
    dim="#626262",
    accent="#005f5f",
    user="#875f00",
    spark="#af5f00",
    onspark="#ffffff",
    success="#005f00",
    warning="#870000",
    error="#d70000",
    keyword="#5f00af",
    string="#005f00",
    number="#870000",
    function="#005f5f",
    type="#005faf",
    comment="#626262",
)
"""The same for 256 colours, of which the pale ones are grey or lemon."""

LAMPLIGHT_16: Final = Palette(
    ground="ansi_default",
    panel="ansi_default",
    raised="ansi_default",
    well="ansi_default",
    you="ansi_default",
    select=REVERSE,
    mark=REVERSE,
    hit=REVERSE,
    line="ansi_bright_black",
    edge="ansi_bright_black",
    text="ansi_default",
    second="ansi_default",
    dim="ansi_bright_black",
    accent="ansi_cyan",
    user="ansi_yellow",
    spark="ansi_yellow",
    onspark="ansi_black",
    success="ansi_green",
    warning="ansi_bright_yellow",
    error="ansi_bright_red",
    keyword="ansi_bright_magenta",
    string="ansi_green",
    number="ansi_yellow",
    function="ansi_cyan",
    type="ansi_bright_blue",
    comment="ansi_bright_black",
)
"""The terminal's own colours, on a dark ground."""

DAYLIGHT_16: Final = replace(
    LAMPLIGHT_16,
    accent="ansi_blue",
    user="ansi_magenta",
    spark="ansi_magenta",
    onspark="ansi_bright_white",
    warning="ansi_red",
    error="ansi_red",
    keyword="ansi_magenta",
    number="ansi_red",
    function="ansi_blue",
    type="ansi_cyan",
)
"""The terminal's own colours, on a light ground."""
