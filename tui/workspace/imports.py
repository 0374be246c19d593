"""Imports conversations from files. In the chat each import runs as a task, whatever is on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from tui.chat.formatting import format_count
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError, UsageError
from tui.workspace.events import ErrorRaised, Events, ImportsChanged
from tui.workspace.tasks import Running, StartTask
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.chat.importing.report import Imported
    from tui.files.exports import ExportText

_MAX_NAMED: Final = 5
"""Problems of a file that are named."""

IMPORT_USAGE: Final = (
    "Type the file behind it: /import ~/export.json. A .json, a .zip, a folder, or a database of another program."
)
"""How the command `import` is typed."""


class FileImport:
    """The import of one file. What was imported stays, however it ends; importing the file again adds the rest."""

    def __init__(self, workspace: Workspace, name: str, on_progress: Callable[[], None] = lambda: None) -> None:
        """Args:
        workspace: Saves the conversations.
        name: The file or folder.
        on_progress: Called after each batch of conversations.

        Raises:
            UsageError: If there is no such file, or it is no file that can be read.
        """
        from tui.chat.importing.report import Imported
        from tui.files.reading import is_folder, regular_file
        from tui.store.importer import ImportSummary

        if not is_folder(name):
            regular_file(name)
        self._workspace = workspace
        self.name = name
        self._on_progress = on_progress
        self.summary = ImportSummary()
        """What was imported so far."""
        self.fraction: float | None = None
        """The part of the file that is read, from 0 to 1. None if that is unknown."""
        self._report = Imported()

    @property
    def label(self) -> str:
        """The name of the file without its folders."""
        return safe_line(PurePath(self.name).name or self.name)

    @property
    def state(self) -> str:
        """How far it is, in a word: `41%`, or the number of conversations."""
        return f"{self.summary.count:,}" if self.fraction is None else f"{int(self.fraction * 100)}%"

    @property
    def count(self) -> str:
        """How many conversations were read: `1 conversation`."""
        return format_count(self.summary.count, "conversation")

    @property
    def problem(self) -> UsageError | None:
        """What could not be imported. None if everything was."""
        problems = [*self._report.refused_descriptions, *self._report.left_out_descriptions]
        if not problems:
            return None
        named = "; ".join(problems[:_MAX_NAMED])
        return UsageError(f"Not imported: {named}.", hint="`llm-tui import` lists all of it.")

    async def run(self) -> None:
        """Import the file.

        Raises:
            LlmTuiError: If the file cannot be read, or the conversations cannot be saved. Those before are.
        """
        batches = self._batches()
        # In a thread, and one batch at a time: an export may be larger than memory.
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            self.summary += await self._workspace.import_conversations(batch.conversations)
            self._report.merge(batch)
            self._on_progress()

    def _batches(self) -> Iterator[Imported]:
        """The conversations in a file, a database of another program, or the JSON files of a folder."""
        from tui.chat.importing.reading import NoConversations, conversations_from, read_conversations
        from tui.files.exports import exports_in, read_export
        from tui.files.reading import is_folder, path_of
        from tui.store.foreign import foreign_chats, is_database

        if is_database(path_of(self.name)):
            with foreign_chats(path_of(self.name)) as chats:
                for batch in conversations_from(self.name, chats.rows):
                    read = self.summary.count + len(batch.conversations)
                    self.fraction = min(1.0, read / max(1, chats.total))
                    yield batch
            return
        files = exports_in(self.name) if is_folder(self.name) else [self.name]
        for done, file in enumerate(files):
            if len(files) > 1:
                self.fraction = done / len(files)
            for text in read_export(file):
                pieces = text.pieces if len(files) > 1 else self._watched(text)
                try:
                    yield from read_conversations(text.name, pieces)
                except NoConversations:
                    if len(files) == 1:
                        raise

    def _watched(self, text: ExportText) -> Iterator[str]:
        done = 0
        for piece in text.pieces:
            done += len(piece) if piece.isascii() else len(piece.encode("utf-8", "surrogatepass"))
            self.fraction = min(1.0, done / text.size) if text.size else None
            yield piece


class Imports:
    """Owns the imports that run behind the screen, one after the other."""

    def __init__(self, workspace: Workspace, events: Events, start_task: StartTask) -> None:
        """Args:
        workspace: Saves the conversations.
        events: Told of progress, and what became of each import.
        start_task: Starts the tasks.
        """
        self._workspace = workspace
        self._events = events
        self._start_task = start_task
        self._files: list[FileImport] = []
        self._task: Running | None = None
        """Imports the first file. None if there is none."""

    @property
    def files(self) -> tuple[FileImport, ...]:
        """The import that runs, and those that wait for it."""
        return tuple(self._files)

    def start(self, name: str) -> None:
        """Import a file after those that are being imported.

        Raises:
            UsageError: If there is no such file, or it is being imported already.
        """
        if any(each.name == name for each in self._files):
            raise UsageError(f"{name} is being imported already.", hint="/import tells how far it is.")
        self._files.append(FileImport(self._workspace, name, self._report))
        self._start_next()

    def stop(self) -> None:
        """Stop the import that runs. What it imported stays. No-op if none runs."""
        if self._task is None:
            return
        self._task.cancel()
        stopped = self._files.pop(0)
        self._events.notify(f"Stopped importing {stopped.label}: {stopped.summary.description}.")
        self._task = None
        self._start_next()

    async def close(self) -> None:
        """Stop all imports, and wait until nothing more is saved."""
        task, self._task = self._task, None
        self._files.clear()
        if task is not None:
            task.cancel()
            await task.wait()

    def _start_next(self) -> None:
        if self._task is None and self._files:
            self._task = self._start_task(partial(self._run, self._files[0]), "import")
        self._report()

    async def _run(self, file: FileImport) -> None:
        error: LlmTuiError | None = None
        try:
            await file.run()
        except LlmTuiError as raised:
            error = raised
        self._files.remove(file)
        self._task = None
        if error is None or file.summary.count:
            self._events.notify(f"{file.label}: {file.summary.description}.")
        for problem in filter(None, (file.problem, error)):
            self._events.emit(ErrorRaised(problem))
        self._start_next()

    def _report(self) -> None:
        self._events.emit(ImportsChanged())
