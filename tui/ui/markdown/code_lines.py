"""Lays out the lines of code blocks: a title line, and the code on a ground that is as wide as its longest line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.ui.markdown.code import CODE
from tui.ui.markdown.lines import MIN_CONTENT_CELLS, Ground, Line, Look, Run, cells_of, chop, chop_code

CODE_MARGIN: Final = 2
"""Cells of the ground left and right of the code."""

_MIN_GROUND: Final = 44
"""Minimum width of a ground where there is room: narrower ones look like labels."""

_STEP: Final = 8
"""Cells by which the ground of a block grows while it streams in. Each step paints all lines in view again."""

_MAX_TITLE: Final = 34
"""Cells of the language in the title line. The rest is for the copy mark."""

_COPY: Final = Run("copy", Look("copy"), copyable=False)


def code_title_lines(language: str, width: int, ground: Ground) -> list[Line]:
    """The title line of a code block: its language, truncated, and the mark that copies the code.

    Args:
        language: The language. May be empty.
        width: The available width in cells.
        ground: The ground of the block.
    """
    text = f"{' ' * _margin(width)}{language}" or " "
    title = chop([Run(text, Look("language"), copyable=False)], min(width, _MAX_TITLE))[0]
    return [Line(title.runs, fill="block", tail=_COPY, ground=ground)]


def code_line_lines(runs: Sequence[Run], width: int, ground: Ground, *, between_words: bool = True) -> list[Line]:
    """The screen lines of one line of code.

    Args:
        runs: The line, with its tabs expanded.
        width: The available width in cells.
        ground: The ground of the block.
        between_words: Whether a long line is cut between words, if all its characters are one cell wide.
    """
    margin = _margin(width)
    before = (Run(" " * margin, CODE, copyable=False),) if margin else ()
    lines = (chop_code if between_words else chop)(runs, max(1, width - 2 * margin))
    return [Line((*before, *line.runs), line.separator, fill="block", ground=ground) for line in lines]


def code_cells(code: str, width: int) -> int:
    """The width of a line of code with the margin at its left. A line that must be cut counts as wide as there is room.

    Args:
        code: The line, with its tabs expanded.
        width: The available width in cells.
    """
    margin = _margin(width)
    return margin + min(cells_of(code), max(1, width - 2 * margin))


def ground_cells(widest: int, width: int, *, is_open: bool = False) -> int:
    """The width of a ground.

    Args:
        widest: The width of the longest line, as from `code_cells`.
        width: The available width in cells.
        is_open: Whether more code may follow. Then the width grows in steps.
    """
    extra = max(0, widest + CODE_MARGIN - _MIN_GROUND)
    if is_open:
        extra = -(-extra // _STEP) * _STEP
    return min(width, _MIN_GROUND + extra)


def _margin(width: int) -> int:
    return CODE_MARGIN if width - 2 * CODE_MARGIN >= MIN_CONTENT_CELLS else 0
