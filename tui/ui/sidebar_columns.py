"""How many columns the sidebar has on a screen of a width. The first picture leaves them free before there is one."""

from __future__ import annotations

from typing import Final

from tui.config.settings import Settings

WIDE: Final = 100
"""Columns from which on the sidebar is shown without being asked for."""

NARROWEST: Final = 24

_VERY_WIDE: Final = 160
_EXTRA_COLUMNS: Final = 7
"""Columns that the sidebar has more on a very wide screen, unless the user chose its width."""

_LOG_COLUMNS: Final = 12
"""Columns of the log that the sidebar leaves in view where it lies over it."""


def is_usual(columns: int) -> bool:
    """Whether the sidebar has the width that it has by default."""
    return columns == Settings().sidebar_width


def sidebar_columns(width: int, wanted: int, *, was_chosen: bool) -> int:
    """The columns of the sidebar.

    Args:
        width: Columns of the screen.
        wanted: Columns of the sidebar where there is space for them.
        was_chosen: Whether the user chose them.
    """
    extra = _EXTRA_COLUMNS if width >= _VERY_WIDE and not was_chosen else 0
    return min(wanted + extra, most_columns(width))


def most_columns(width: int) -> int:
    """How many columns the sidebar may have on a screen of a width."""
    return max(1, min(width - _LOG_COLUMNS, max(NARROWEST, width // 3)))
