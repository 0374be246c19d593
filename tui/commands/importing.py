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
from tui.files.exports import MAX_EXPORT_BYTES, export_text, read_export
from tui.runtime import Runtime
from tui.store.importer import import_conversations


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
                for source, imported in _read(name):
                    summary = await runtime.conversations.call(import_conversations, imported.conversations)
                    await output.write(f"{safe_line(source)}: {summary.description}\n")
                    await output.flush()
                    code = max(code, _report(source, imported))
            except UsageError as error:
                # The remaining files are still imported.
                print_error(str(error), error.hint)
                code = UsageError.exit_code
    finally:
        await runtime.aclose()
    return code


def _read(name: str) -> Iterator[tuple[str, Imported]]:
    if name == "-":
        data = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_EXPORT_BYTES + 1)
        yield "standard input", read_conversations("standard input", export_text("standard input", data))
        return
    for source, text in read_export(name):
        yield source, read_conversations(source, text)


def _report(source: str, imported: Imported) -> int:
    """Print what was not imported. Returns 1 if that includes a whole conversation."""
    for refused in imported.refused:
        print_error(f"{source}: not imported: {refused}.")
    for left_out in imported.left_out_descriptions:
        print_error(f"{source}: left out: {left_out}.")
    return 1 if imported.refused else 0
