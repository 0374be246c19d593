"""`llm-tui delete`: deletes saved conversations for good."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import time
from typing import Final

from tui.chat.formatting import format_count, truncate
from tui.chat.safe_text import safe_line
from tui.commands.asking import confirm, has_terminal
from tui.commands.bootstrap import command_runtime, load_settings
from tui.commands.export import find_conversation
from tui.commands.output import Output, print_error
from tui.commands.status_line import WorkProgress
from tui.config.load import LoadedSettings
from tui.config.paths import data_folder
from tui.errors import StoreError, UsageError
from tui.files.images import delete_pasted
from tui.light_dataclass import dataclass
from tui.runtime import Runtime
from tui.runtime.retention import DAY_S
from tui.store.conversations import FILE_NAME, ConversationStore
from tui.store.deleting import BATCH_SIZE

_MAX_TITLE: Final = 60


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is to be deleted."""

    ids: tuple[str, ...]
    description: str
    """As the object of a sentence: `all 12 conversations`."""


def run_delete(arguments: argparse.Namespace) -> int:
    """Delete conversations after a question. Returns the exit code: 1 if the user does not agree."""
    if (arguments.conversation is not None) + (arguments.older_than is not None) + arguments.all != 1:
        raise UsageError(
            "Which conversations?",
            hint="Give an id, title words or `latest`, or --older-than DAYS, or --all. `export --list` shows them.",
        )
    if not arguments.yes and not has_terminal():
        raise UsageError("Deleting needs a confirmation.", hint="Add --yes to delete without one.")
    loaded = load_settings(arguments)
    folder = data_folder(os.environ, arguments.data_dir)
    if not (folder / FILE_NAME).exists():
        print_error(f"No conversations are saved in {folder}.")
        return 0
    chosen = asyncio.run(_choose(_runtime(loaded, arguments), arguments))
    if not chosen.ids:
        print_error(f"There is nothing to delete in {folder}.")
        return 0
    # Outside of the event loop: Ctrl+C could not interrupt the question there.
    if not arguments.yes and not confirm(f"Delete {chosen.description} in {folder}? This cannot be undone."):
        print_error("Nothing was deleted.")
        return 1
    if arguments.all:
        delete_pasted(folder, math.inf)
    return asyncio.run(_delete(_runtime(loaded, arguments), chosen))


def _runtime(loaded: LoadedSettings, arguments: argparse.Namespace) -> Runtime:
    return command_runtime(loaded, data_folder(os.environ, arguments.data_dir))


async def _choose(runtime: Runtime, arguments: argparse.Namespace) -> _Chosen:
    try:
        if arguments.conversation is not None:
            found = await find_conversation(runtime, arguments.conversation)
            return _Chosen((found.id,), f"“{truncate(safe_line(found.title), _MAX_TITLE)}”")
        if arguments.all:
            ids = await runtime.conversations.call(ConversationStore.ids)
            return _Chosen(ids, f"all {format_count(len(ids), 'conversation')}")
        since = time.time() - arguments.older_than * DAY_S
        ids = await runtime.conversations.call(lambda store: store.unused_since(since, but_latest=False))
        days = format_count(arguments.older_than, "day")
        return _Chosen(ids, f"{format_count(len(ids), 'conversation')} not used for {days}")
    finally:
        await runtime.aclose()


async def _delete(runtime: Runtime, chosen: _Chosen) -> int:
    output = Output()
    progress = WorkProgress("deleting")
    deleted = 0
    try:
        for at in range(0, len(chosen.ids), BATCH_SIZE):
            progress.update(at / len(chosen.ids), f"{at:,} of {format_count(len(chosen.ids), 'conversation')}")
            batch = chosen.ids[at : at + BATCH_SIZE]
            deleted += await runtime.conversations.call(ConversationStore.delete_all_of, batch)
        # Compacting has a bar of its own.
        progress.clear()
        try:
            await runtime.conversations.call(ConversationStore.compact)
        except StoreError:
            # What was deleted is overwritten already; only the file keeps its size.
            print_error("Another llm-tui is using the conversations, so their file did not become smaller.")
    except asyncio.CancelledError:
        progress.clear()
        print_error(f"Stopped. {format_count(deleted, 'conversation')} deleted.")
        raise
    finally:
        progress.clear()
        await runtime.aclose()
    await output.write(f"{format_count(deleted, 'conversation')} deleted.\n")
    await output.flush()
    return 0
