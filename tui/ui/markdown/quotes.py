"""Quotes, and the alerts that GitHub makes of some: `> [!NOTE]`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from tui.ui.markdown.lines import Line, Look, Run, chop

BAR: Final = Run("▎ ", Look("quote-bar"), copyable=False)
BAR_CELLS: Final = 2

_ALERT: Final = re.compile(r"[ \t]*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|\Z)", re.IGNORECASE)
_WARNINGS: Final = frozenset({"Warning", "Caution"})


def alert_of(content: str) -> tuple[str, str]:
    """The word of an alert, and the content after it. The word is empty for any other content of a quote."""
    found = _ALERT.match(content)
    return (found.group(1).capitalize(), content[found.end() :]) if found else ("", content)


def bar_of(alert: str) -> Run:
    """The bar of a quote.

    Args:
        alert: The word of the alert. Empty for a quote.
    """
    return BAR._replace(look=_look_of(alert)) if alert else BAR


def alert_title(alert: str, width: int) -> list[Line]:
    """The line with the word of an alert. Empty for a quote."""
    return chop([Run(alert, _look_of(alert)._replace(bold=True))], width) if alert else []


def quoted(line: Line) -> Line:
    """A line with the look of a quote, without the bar."""
    runs = [run if run.look.name else run._replace(look=run.look._replace(name="quote")) for run in line.runs]
    return replace(line, runs=tuple(runs))


def _look_of(alert: str) -> Look:
    return Look("alert-warning" if alert in _WARNINGS else "alert")
