"""The report of usage as tables: what stands in them, and how long their bars are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tui.chat.formatting import format_count, format_rate, format_seconds, model_label, truncate
from tui.chat.safe_text import safe_line
from tui.chat.usage import UsageReport, UsageRow

MAX_DAYS: Final = 30
"""Days in the table."""

MAX_NAME: Final = 32
"""Characters of a name."""

FIRST_TEXT: Final = "FIRST"
"""The column of the times to the first token."""

_GAP: Final = "  "


class UsageTable(NamedTuple):
    """One table. Its first cells are names, the others figures; those that no server reported are empty."""

    header: tuple[str, ...]
    names: int
    """How many cells at the left are names."""

    rows: tuple[tuple[str, ...], ...]

    shares: tuple[float, ...]
    """For each row the length of its bar, from 0 to 1: its tokens, or else answers, in relation to the largest row."""

    def without(self, column: str) -> UsageTable:
        """The table without a column of figures."""
        at = self.header.index(column)
        rows = tuple((*row[:at], *row[at + 1 :]) for row in self.rows)
        return self._replace(header=(*self.header[:at], *self.header[at + 1 :]), rows=rows)

    def lines(self) -> list[str]:
        """The header and the rows, all equally wide: names aligned to the left, figures to the right."""
        cells = [self.header, *self.rows]
        widths = [max(len(row[at]) for row in cells) for at in range(len(self.header))]
        return [
            _GAP.join(
                cell.ljust(size) if at < self.names else cell.rjust(size)
                for at, (cell, size) in enumerate(zip(row, widths, strict=True))
            )
            for row in cells
        ]


def usage_summary(report: UsageReport) -> list[str]:
    """What holds for all answers, in three lines. There is at least one answer."""
    total = report.total
    known = f", {total.answers_with_tokens:,} with tokens" if total.answers_with_tokens != total.answers else ""
    days = [row.day for row in report.by_day if row.day]
    span = "" if not days else f", {days[0]}" if len(days) == 1 else f", {days[0]} to {days[-1]}"
    tokens = f"{format_count(total.prompt_tokens, 'token')} of prompts, {total.completion_tokens:,} of answers"
    return [
        f"{format_count(total.answers, 'answer')}{known}{span}: {tokens}",
        "Tokens are reported by the servers, tok/s only by some.",
        "The rest is measured by llm-tui. First token and tok/s are medians.",
    ]


def usage_tables(report: UsageReport, max_name: int = MAX_NAME) -> list[UsageTable]:
    """The tables by model, provider and day.

    Args:
        report: The usage of at least one answer.
        max_name: Characters of a name.
    """

    def name(text: str) -> str:
        return truncate(safe_line(text), max_name)

    return [
        _table(("MODEL", "PROVIDER"), report.by_model, lambda row: (name(model_label(row.model)), name(row.provider))),
        _table(("PROVIDER",), report.by_provider, lambda row: (name(row.provider),)),
        _table(("DAY",), report.by_day[-MAX_DAYS:], lambda row: (row.day or "unknown",)),
    ]


def draw_bar(share: float, width: int, cells: str) -> str:
    """A bar. A share that is not 0 is visible.

    Args:
        share: Its length, from 0 to 1.
        width: Cells of a full bar.
        cells: The characters of a cell, from an empty one to a full one.
    """
    steps = len(cells) - 1
    filled = max(round(share * width * steps), 1 if share > 0 else 0)
    whole, rest = divmod(filled, steps)
    return cells[-1] * whole + (cells[rest] if rest else "")


def _table(header: tuple[str, ...], rows: Sequence[UsageRow], name: Callable[[UsageRow], Sequence[str]]) -> UsageTable:
    amounts = [row.tokens for row in rows]
    if not any(amounts):
        amounts = [row.answers for row in rows]
    largest = max(amounts, default=0) or 1
    return UsageTable(
        (*header, "ANSWERS", "PROMPTS", "OUTPUT", FIRST_TEXT, "TOK/S"),
        len(header),
        tuple((*name(row), *_figures(row)) for row in rows),
        tuple(amount / largest for amount in amounts),
    )


def _figures(row: UsageRow) -> tuple[str, ...]:
    has_tokens = row.answers_with_tokens > 0
    return (
        f"{row.answers:,}",
        f"{row.prompt_tokens:,}" if has_tokens else "",
        f"{row.completion_tokens:,}" if has_tokens else "",
        "" if row.first_token_s is None else format_seconds(row.first_token_s),
        "" if row.tokens_per_second is None else format_rate(row.tokens_per_second),
    )
