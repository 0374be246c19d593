"""Draws with ASCII characters only, for terminals and fonts that lack others. Text of messages stays as it is."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class AsciiMode:
    """Whether an app draws with ASCII characters only. Layouts depend on it, and painting."""

    def __init__(self) -> None:
        self.is_on = False
        """May be changed at any time: all tasks of the app share the object."""


ascii_mode: Final[ContextVar[AsciiMode | None]] = ContextVar("ascii_mode", default=None)
"""The mode of the app of this task. None outside an app."""


def is_only_ascii() -> bool:
    """Whether the app of this task draws with ASCII characters only."""
    mode = ascii_mode.get()
    return mode is not None and mode.is_on


_TABLE: Final = str.maketrans(
    {
        **dict.fromkeys("▌▎│┃▏▕▐", "|"),
        **dict.fromkeys("─═┄", "-"),
        **dict.fromkeys("━▀▁▂▃▄▅▆▇█▉▊▋▔", "#"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
        "›": ">",
        "◆": "<",
        "»": "~",
        "…": ".",
        "✓": "v",
        "✗": "x",
        "▲": "!",
        "∴": ":",
        "ƒ": "f",
        "∙": ".",
        "●": "o",
        "○": "x",
        "◌": "?",
        "■": "M",
        "□": "m",
        "★": "*",
        "↗": "^",
        "▸": "+",
        "▾": "=",
        "▍": "_",
        "◦": ".",
        "•": "*",
        "▪": "-",
        "·": "-",
        "‹": "<",
        "↑": "^",
        "↓": "v",
        "←": "<",
        "→": ">",
        "×": "x",
        "–": "-",
    }
)
"""Each of our marks, and the character that stands for it. All are one cell wide."""


def to_ascii(text: str) -> str:
    """A text of our own drawing, with ASCII characters for marks and lines. Letters stay as they are."""
    return text if text.isascii() else text.translate(_TABLE)


class AsciiFilter(LineFilter):
    """Replaces marks and lines on their way to the screen."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments with ASCII characters."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
