"""The result of testing a provider, as lines of a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.chat.safe_text import safe_line

if TYPE_CHECKING:
    from tui.providers.connection_check import CheckStep

_MARKS: Final = {"passed": ("✓", "$success"), "warning": ("▲", "$warning"), "failed": ("✗", "$error")}
_TITLE_CELLS: Final = 20


def step_lines(steps: Sequence[CheckStep], width: int) -> Content:
    """The steps: a mark, what it is, and details; below it what to do, where something is to be done.

    Args:
        steps: The steps so far.
        width: Cells of a line.
    """
    lines: list[Content] = []
    for step in steps:
        mark, colour = _MARKS[step.outcome]
        title = safe_line(step.title)
        head = Content.assemble((mark, colour), " ", (title, "bold $text"))
        detail = safe_line(step.detail)
        if step.outcome == "passed":
            gap = " " * max(2, _TITLE_CELLS - head.cell_length)
            lines.append(Content.assemble(head, gap, (detail, "$second")).truncate(width, ellipsis=True))
            continue
        lines.append(head.truncate(width, ellipsis=True))
        # What went wrong is read in full; what a server sent may be long.
        for text, look in ((safe_line(step.hint), "$text"), (detail, "$dim")):
            lines += [Content.assemble("  ", (line, look)) for line in wrap(text, max(10, width - 2))]
    return Content("\n").join(lines)
