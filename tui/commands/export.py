"""`llm-tui export`: prints a conversation to standard output, or writes all to files."""

from __future__ import annotations

import argparse
import asyncio
import os
from typing import Final

from tui.chat.conversation import ConversationSummary
from tui.chat.dates import MINUTE, format_time
from tui.chat.export import format_conversation
from tui.chat.formatting import truncate
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import command_runtime, load_settings
from tui.commands.export_all import export_all
from tui.commands.output import Output, print_error
from tui.config.paths import data_folder
from tui.errors import UsageError
from tui.runtime import Runtime
from tui.store.conversations import ConversationStore

_LATEST: Final = "latest"
_PAGE_SIZE: Final = 1_000
_MAX_NAMED: Final = 5
_MAX_TITLE: Final = 200
"""Characters of a title in a list. Imported titles can be of any length."""
_UNKNOWN_TIME: Final = "unknown date    "


def run_export(arguments: argparse.Namespace) -> int:
    """Print a conversation or the list of conversations, or write all to files. Returns the exit code."""
    loaded = load_settings(arguments)
    return asyncio.run(_export(command_runtime(loaded, data_folder(os.environ, arguments.data_dir)), arguments))


async def _export(runtime: Runtime, arguments: argparse.Namespace) -> int:
    if (arguments.conversation is not None) + (arguments.all is not None) + arguments.list != 1:
        raise UsageError(
            "Which conversation?",
            hint="Give an id or id prefix, title words, or `latest`; --list shows all, and --all FOLDER exports all.",
        )
    if arguments.overwrite and arguments.all is None:
        raise UsageError("--overwrite needs --all.", hint="For example --all FOLDER --overwrite.")
    output = Output()
    try:
        if arguments.all is not None:
            return await export_all(runtime, arguments)
        if arguments.list:
            await _list(runtime, output)
        else:
            found = await find_conversation(runtime, arguments.conversation)
            conversation = await runtime.conversations.call(lambda store: store.load(found.id))
            await output.write(format_conversation(conversation, arguments.format))
        await output.flush()
    finally:
        await runtime.aclose()
    return 0


async def _list(runtime: Runtime, output: Output) -> None:
    """Print one line for each conversation, in pages, so that memory does not grow with their number."""
    offset = 0
    while summaries := await runtime.conversations.call(ConversationStore.recent, _PAGE_SIZE, offset):
        await output.write("".join(f"{_line(summary)}\n" for summary in summaries))
        offset += len(summaries)
    if not offset:
        print_error("No conversations yet.", "`llm-tui ask --save` and the chat save them.")


async def find_conversation(runtime: Runtime, query: str) -> ConversationSummary:
    """The conversation that matches a query: an id, id prefix, title words, or `latest`.

    Raises:
        UsageError: If no conversation matches, or more than one.
    """
    found = await runtime.conversations.call(
        lambda store: store.recent(1) if query == _LATEST else store.find(query, _MAX_NAMED + 1)
    )
    if not found:
        raise UsageError(f"No conversation matches {query!r}.", hint="See `llm-tui export --list`.")
    if len(found) > 1:
        named = "; ".join(f"{summary.id[:8]} {_title(summary)!r}" for summary in found[:_MAX_NAMED])
        more = ", and more" if len(found) > _MAX_NAMED else ""
        raise UsageError(f"Several conversations match {query!r}: {named}{more}.", hint="Give an id.")
    return found[0]


def _line(summary: ConversationSummary) -> str:
    when = format_time(summary.updated_at, MINUTE) or _UNKNOWN_TIME
    return f"{summary.id}  {when}  {_title(summary)}"


def _title(summary: ConversationSummary) -> str:
    return truncate(safe_line(summary.title), _MAX_TITLE)
