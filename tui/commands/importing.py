"""`llm-tui import`: imports conversations exported by llm-tui and other programs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import field

from tui.chat.formatting import format_count
from tui.chat.importing.reading import NoConversations, conversations_from, read_conversations
from tui.chat.importing.report import Imported
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import command_runtime, load_settings
from tui.commands.output import Output, print_error
from tui.commands.status_line import WorkProgress
from tui.config.paths import data_folder
from tui.errors import UsageError
from tui.files.exports import ExportText, export_pieces, exports_in, read_export
from tui.files.reading import is_folder, path_of, regular_file
from tui.light_dataclass import dataclass
from tui.runtime import Runtime
from tui.store.foreign import foreign_chats, is_database
from tui.store.importer import ImportSummary, import_conversations


def run_import(arguments: argparse.Namespace) -> int:
    """Import every file. Returns the exit code."""
    loaded = load_settings(arguments)
    return asyncio.run(_import(command_runtime(loaded, data_folder(os.environ, arguments.data_dir)), arguments))


async def _import(runtime: Runtime, arguments: argparse.Namespace) -> int:
    importer = _Importer(runtime)
    code = 0
    try:
        for name in arguments.files:
            try:
                code = max(code, await importer.add(name))
            except UsageError as error:
                # The remaining files are still imported.
                importer.fail(error)
                code = UsageError.exit_code
    except asyncio.CancelledError:
        importer.progress.clear()
        print_error(
            f"Stopped: {importer.total.description}.",
            "Import the same files again to continue: nothing is added twice.",
        )
        raise
    finally:
        importer.progress.clear()
        await runtime.aclose()
    return code


@dataclass(slots=True)
class _Result:
    """What became of the conversations of a file or folder."""

    summary: ImportSummary = field(default_factory=ImportSummary)
    report: Imported = field(default_factory=Imported)


class _Importer:
    """Imports files one after the other, and reports each."""

    def __init__(self, runtime: Runtime) -> None:
        self.progress = WorkProgress("importing")
        self.total = ImportSummary()
        """What was imported so far."""
        self._conversations = runtime.conversations
        self._output = Output()

    async def add(self, name: str) -> int:
        """Import a file, a folder, or standard input (`-`). Returns the exit code.

        Raises:
            UsageError: If it cannot be read, or has no conversations.
        """
        if name != "-" and is_folder(name):
            return await self._add_folder(name)
        if name != "-" and is_database(path_of(name)):
            path, _ = regular_file(name)
            with foreign_chats(path) as chats:
                return await self._add_batches(name, conversations_from(name, chats.rows), chats.total)
        return max([await self._add_text(text) for text in _texts_of(name)], default=0)

    def fail(self, error: UsageError) -> None:
        """Print why a file was not imported."""
        self.progress.clear()
        print_error(str(error), error.hint)

    async def _add_folder(self, name: str) -> int:
        """Import the files of a folder, and report them together. Files that are no conversations are counted."""
        result, skipped, code = _Result(), 0, 0
        files = exports_in(name)
        for done, file in enumerate(files):
            self.progress.update(done / len(files), f"{done:,} of {format_count(len(files), 'file')}")
            for text in read_export(file):
                try:
                    await self._save(read_conversations(text.name, text.pieces), result)
                except NoConversations:
                    skipped += 1
                except UsageError as error:
                    self.fail(error)
                    code = UsageError.exit_code
        await self._report(name, result)
        if skipped:
            print_error(f"{name}: {format_count(skipped, 'file')} without conversations.")
        return max(code, 1 if result.report.refused_count else 0)

    async def _add_text(self, text: ExportText) -> int:
        return await self._add_batches(text.name, read_conversations(text.name, self._watched(text)), None)

    async def _add_batches(self, name: str, batches: Iterator[Imported], count: int | None) -> int:
        """Import what one text or database contains, and report it. Returns the exit code.

        Args:
            name: The name to show.
            batches: What is read.
            count: How many conversations there are. None if that is unknown.
        """
        result = _Result()
        failure: UsageError | None = None
        try:
            while True:
                done = result.summary.count + result.report.refused_count
                if count:
                    self.progress.update(min(1.0, done / count), f"{done:,} of {format_count(count, 'conversation')}")
                if (batch := next(batches, None)) is None:
                    break
                await self._save(iter((batch,)), result)
        except UsageError as error:
            # The remaining files of an archive are still imported.
            failure = error
        if failure is None or result.summary != ImportSummary():
            await self._report(name, result)
        if failure is not None:
            self.fail(failure)
            return UsageError.exit_code
        return 1 if result.report.refused_count else 0

    async def _save(self, batches: Iterator[Imported], result: _Result) -> None:
        """Save batches, and add them to a result.

        Raises:
            UsageError: If reading them fails. What was read before is saved, and in the result.
        """
        for batch in batches:
            added = await self._conversations.call(import_conversations, batch.conversations)
            self.total += added
            result.summary += added
            result.report.merge(batch)

    async def _report(self, name: str, result: _Result) -> None:
        self.progress.clear()
        await self._output.write(f"{safe_line(name)}: {result.summary.description}\n")
        await self._output.flush()
        for refused in result.report.refused_descriptions:
            print_error(f"{name}: not imported: {refused}.")
        for left_out in result.report.left_out_descriptions:
            print_error(f"{name}: left out: {left_out}.")

    def _watched(self, text: ExportText) -> Iterator[str]:
        """The pieces of a text, with progress."""
        done = 0
        for piece in text.pieces:
            done += len(piece) if piece.isascii() else len(piece.encode("utf-8", "surrogatepass"))
            fraction = min(1.0, done / text.size) if text.size else None
            self.progress.update(fraction, format_count(self.total.count, "conversation"))
            yield piece


def _texts_of(name: str) -> Iterator[ExportText]:
    if name == "-":
        if sys.stdin is None:
            raise UsageError("Standard input is closed.", hint="Name a file, or pipe the export in.")
        yield ExportText("standard input", export_pieces("standard input", sys.stdin.buffer))
    else:
        yield from read_export(name)
