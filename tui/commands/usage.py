"""`llm-tui usage`: tokens, answers and speed by model, provider and day."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from dataclasses import asdict
from typing import Final

from tui.chat.formatting import format_count
from tui.chat.usage import UsageReport, summarize
from tui.chat.usage_tables import MAX_DAYS, UsageTable, draw_bar, usage_summary, usage_tables
from tui.commands.bootstrap import command_runtime, load_settings
from tui.commands.output import Output, print_error
from tui.config.paths import data_folder
from tui.runtime import Runtime
from tui.store.conversations import FILE_NAME, ConversationStore

_MAX_BAR: Final = 24
_MIN_BAR: Final = 4
_WIDTH_IN_FILES: Final = 200
_GAP: Final = "  "
_BLOCKS: Final = " ▏▎▍▌▋▊▉█"
"""Eighths of a cell, from none to all."""


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
    lines = usage_summary(report)
    for table in usage_tables(report):
        lines += ["", *_with_bars(table, width, bars)]
    if (hidden := len(report.by_day) - MAX_DAYS) > 0:
        lines.append(f"({format_count(hidden, 'earlier day')}: see --json)")
    return lines


def _with_bars(table: UsageTable, width: int, bars: str) -> list[str]:
    """The lines of a table, with bars where there is space for them."""
    lines = table.lines()
    room = min(_MAX_BAR, width - len(lines[0]) - len(_GAP))
    if not bars or room < _MIN_BAR:
        return [line.rstrip() for line in lines]
    drawn = ["", *(draw_bar(share, room, bars) for share in table.shares)]
    return [f"{line}{_GAP}{bar}".rstrip() for line, bar in zip(lines, drawn, strict=True)]


def _as_json(report: UsageReport) -> str:
    """`{"total", "by_model": […], "by_provider": […], "by_day": […]}`; see `UsageRow`."""
    return json.dumps(asdict(report), separators=(",", ":"))
