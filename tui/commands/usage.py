"""`llm-tui usage`: tokens, answers and speed by model, provider and day."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

from tui.chat.formatting import format_count, format_rate, format_seconds, model_label, truncate
from tui.chat.safe_text import safe_line
from tui.chat.usage import UsageReport, UsageRow, summarize
from tui.commands.bootstrap import command_runtime, load_settings
from tui.commands.output import Output, print_error
from tui.config.paths import data_folder
from tui.runtime import Runtime
from tui.store.conversations import FILE_NAME, ConversationStore

_MAX_DAYS: Final = 30
"""Days in the table. JSON has all of them."""

_MAX_NAME: Final = 32
_MAX_BAR: Final = 24
_MIN_BAR: Final = 4
_WIDTH_IN_FILES: Final = 200
_BLOCKS: Final = " ▏▎▍▌▋▊▉█"
"""Eighths of a cell, from none to all."""

_Name = Callable[[UsageRow], Sequence[str]]


def run_usage(arguments: argparse.Namespace) -> int:
    """Print the usage of all saved answers. Without a database, print that, and create none."""
    loaded = load_settings(arguments)
    folder = data_folder(os.environ, arguments.data_dir)
    if not (folder / FILE_NAME).exists():
        print_error(f"No conversations are saved in {folder}.", "The chat and `llm-tui ask --save` save them.")
        if arguments.json:
            print(_as_json(summarize(())))
        return 0
    return asyncio.run(_usage(command_runtime(loaded, folder), as_json=arguments.json))


async def _usage(runtime: Runtime, *, as_json: bool) -> int:
    output = Output()
    try:
        report = await runtime.conversations.call(ConversationStore.usage)
    finally:
        await runtime.aclose()
    if as_json:
        await output.write(_as_json(report) + "\n")
    elif not report.total.answers:
        print_error("No answers are saved yet.", "The chat and `llm-tui ask --save` save them.")
    else:
        width = shutil.get_terminal_size().columns if output.is_terminal else _WIDTH_IN_FILES
        bars = ""
        if output.is_terminal:
            is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
            bars = " #" if runtime.settings.ascii or not is_utf8 else _BLOCKS
        await output.write("".join(f"{line}\n" for line in usage_lines(report, width, bars)))
    await output.flush()
    return 0


def usage_lines(report: UsageReport, width: int, bars: str) -> list[str]:
    """The report as tables for people.

    Args:
        report: The usage of at least one answer.
        width: Columns of the terminal.
        bars: The characters of bars, from an empty cell to a full one. Empty for no bars.
    """
    total = report.total
    known = f", {total.answers_with_tokens:,} with tokens" if total.answers_with_tokens != total.answers else ""
    days = [row.day for row in report.by_day if row.day]
    span = "" if not days else f", {days[0]}" if len(days) == 1 else f", {days[0]} to {days[-1]}"
    tokens = f"{total.prompt_tokens:,} tokens of prompts, {total.completion_tokens:,} of answers"
    lines = [
        f"{format_count(total.answers, 'answer')}{known}{span}: {tokens}",
        "As reported by the servers. First token and speed are medians.",
    ]
    tables: list[tuple[Sequence[str], Sequence[UsageRow], _Name]] = [
        (("MODEL", "PROVIDER"), report.by_model, lambda row: (_name(model_label(row.model)), _name(row.provider))),
        (("PROVIDER",), report.by_provider, lambda row: (_name(row.provider),)),
        (("DAY",), report.by_day[-_MAX_DAYS:], lambda row: (row.day or "unknown",)),
    ]
    for header, rows, name in tables:
        lines += ["", *_table(header, rows, name, width, bars)]
    if (hidden := len(report.by_day) - _MAX_DAYS) > 0:
        lines.append(f"({format_count(hidden, 'earlier day')}: see --json)")
    return lines


def _table(header: Sequence[str], rows: Sequence[UsageRow], name: _Name, width: int, bars: str) -> list[str]:
    """One table. Names are aligned to the left, figures to the right. Bars compare tokens, or else answers."""
    names = len(header)
    cells = [
        (*header, "ANSWERS", "PROMPTS", "OUTPUT", "FIRST", "TOK/S"),
        *((*name(row), *_figures(row)) for row in rows),
    ]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    lines = [
        "  ".join(
            cell.ljust(size) if at < names else cell.rjust(size)
            for at, (cell, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    room = min(_MAX_BAR, width - sum(widths) - 2 * len(widths))
    if not bars or room < _MIN_BAR:
        return lines
    amounts = [row.tokens for row in rows]
    if not any(amounts):
        amounts = [row.answers for row in rows]
    full = sum(widths) + 2 * len(widths)
    drawn = ["", *(_bar(amount / max(amounts), room, bars) for amount in amounts)]
    return [(line.ljust(full) + bar).rstrip() for line, bar in zip(lines, drawn, strict=True)]


def _bar(fraction: float, width: int, cells: str) -> str:
    """A bar. A fraction that is not 0 is visible."""
    steps = len(cells) - 1
    filled = max(round(fraction * width * steps), 1 if fraction > 0 else 0)
    whole, rest = divmod(filled, steps)
    return cells[-1] * whole + (cells[rest] if rest else "")


def _figures(row: UsageRow) -> tuple[str, ...]:
    """The figures of a row. Those that no server reported are empty."""
    has_tokens = row.answers_with_tokens > 0
    return (
        f"{row.answers:,}",
        f"{row.prompt_tokens:,}" if has_tokens else "",
        f"{row.completion_tokens:,}" if has_tokens else "",
        "" if row.first_token_s is None else format_seconds(row.first_token_s),
        "" if row.tokens_per_second is None else format_rate(row.tokens_per_second),
    )


def _name(name: str) -> str:
    return truncate(safe_line(name), _MAX_NAME)


def _as_json(report: UsageReport) -> str:
    """`{"total", "by_model": […], "by_provider": […], "by_day": […]}`; see `UsageRow`."""
    return json.dumps(asdict(report), separators=(",", ":"))
