"""`llm-tui import`: imports conversations exported by llm-tui and other programs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator

from tui.chat.importing.reading import read_conversations
from tui.chat.importing.report import Imported
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import load_settings
from tui.commands.output import Output, print_error
from tui.config.paths import data_folder
from tui.errors import UsageError
from tui.files.exports import ExportText, export_pieces, read_export
from tui.runtime import Runtime
from tui.store.importer import ImportSummary, import_conversations


def run_import(arguments: argparse.Namespace) -> int:
    """Import every file. Returns the exit code."""
    loaded = load_settings(arguments)
    return asyncio.run(_import(Runtime(loaded, os.environ, data_folder(os.environ, arguments.data_dir)), arguments))


async def _import(runtime: Runtime, arguments: argparse.Namespace) -> int:
    output = Output()
    code = 0
    try:
        for name in arguments.files:
            try:
                for text in _texts_of(name):
                    code = max(code, await _import_text(runtime, text, output))
            except UsageError as error:
                # The remaining files are still imported.
                print_error(str(error), error.hint)
                code = UsageError.exit_code
    finally:
        await runtime.aclose()
    return code


async def _import_text(runtime: Runtime, text: ExportText, output: Output) -> int:
    """Import what one text contains, and report it. Returns the exit code."""
    summary, report = ImportSummary(), Imported()
    failure: UsageError | None = None
    try:
        for batch in read_conversations(text.name, text.pieces):
            summary += await runtime.conversations.call(import_conversations, batch.conversations)
            report.merge(batch)
    except UsageError as error:
        # The remaining files of an archive are still imported.
        failure = error
    if failure is None or summary != ImportSummary():
        await output.write(f"{safe_line(text.name)}: {summary.description}\n")
        await output.flush()
    for refused in report.refused_descriptions:
        print_error(f"{text.name}: not imported: {refused}.")
    for left_out in report.left_out_descriptions:
        print_error(f"{text.name}: left out: {left_out}.")
    if failure is not None:
        print_error(str(failure), failure.hint)
        return UsageError.exit_code
    return 1 if report.refused_count else 0


def _texts_of(name: str) -> Iterator[ExportText]:
    if name == "-":
        if sys.stdin is None:
            raise UsageError("Standard input is closed.", hint="Name a file, or pipe the export in.")
        yield ExportText("standard input", export_pieces("standard input", sys.stdin.buffer))
    else:
        yield from read_export(name)
