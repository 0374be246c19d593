"""`llm-tui export --all FOLDER`: writes every conversation to a file of its own."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from typing import Final

from tui.chat.conversation import Conversation
from tui.chat.export import format_conversation
from tui.chat.formatting import format_count
from tui.chat.safe_text import safe_line
from tui.commands.output import Output, print_error
from tui.commands.status_line import WorkProgress
from tui.errors import StoreError
from tui.files.writing import ExportedFile, ExportFolder
from tui.runtime import Runtime
from tui.store.conversations import ConversationStore

_MAX_NAMED: Final = 10
"""Files that were kept and are named. The others are counted."""


async def export_all(runtime: Runtime, arguments: argparse.Namespace) -> int:
    """Export all conversations, the oldest first. Returns exit code 1 if a file was kept that has another content."""
    output = Output()
    ids = await runtime.conversations.call(ConversationStore.ids)
    if not ids:
        print_error("No conversations yet.", "`llm-tui ask --save` and the chat save them.")
        return 0
    folder = ExportFolder(arguments.all, f".{arguments.format}", overwrites=arguments.overwrite)
    progress = WorkProgress("exporting")
    results: Counter[str] = Counter()
    kept: list[ExportedFile] = []
    try:
        for done, id_ in enumerate(ids):
            progress.update(done / len(ids), f"{done:,} of {format_count(len(ids), 'conversation')}")
            conversation = await _load(runtime, id_)
            if conversation is None:
                continue
            # Not in a thread: Ctrl+C acts at the next `await`, so that a file that was begun is finished and counted.
            text = format_conversation(conversation, arguments.format)
            exported = folder.write(conversation.id, conversation.title, text)
            results[exported.result] += 1
            if exported.result == "kept" and len(kept) < _MAX_NAMED:
                kept.append(exported)
    except asyncio.CancelledError:
        progress.clear()
        print_error(f"Stopped. {_summary(results)}; the files in {folder.path} are whole.")
        raise
    finally:
        progress.clear()
    await output.write(f"{safe_line(str(folder.path))}: {_summary(results)}\n")
    await output.flush()
    for file in kept:
        print_error(f"{file.path} exists with another content, and was not replaced.")
    if results["kept"]:
        more = results["kept"] - len(kept)
        total = f"{format_count(more, 'more file')} not replaced." if more else "Nothing was replaced."
        print_error(total, "--overwrite replaces files.")
    return 1 if results["kept"] else 0


async def _load(runtime: Runtime, id_: str) -> Conversation | None:
    """A conversation. None if another instance has deleted it in the meantime."""
    try:
        return await runtime.conversations.call(ConversationStore.load, id_)
    except StoreError:
        if await runtime.conversations.call(ConversationStore.has_any_of, id_, ()):
            raise
        return None


def _summary(results: Counter[str]) -> str:
    """`12 exported, 3 already there, 1 not replaced`."""
    parts = [f"{results['written']:,} exported"]
    if results["unchanged"]:
        parts.append(f"{results['unchanged']:,} already there")
    if results["kept"]:
        parts.append(f"{results['kept']:,} not replaced")
    return ", ".join(parts)
