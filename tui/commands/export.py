"""`llm-tui export`: a conversation to standard output."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import datetime
from typing import Final

from tui.chat.conversation import Conversation, ConversationSummary
from tui.chat.export import exported
from tui.chat.safe_text import safe_line
from tui.commands.bootstrap import load_settings
from tui.commands.output import Output
from tui.config.paths import data_folder
from tui.errors import UsageError
from tui.runtime import Runtime

_LATEST: Final = "latest"
_LISTED: Final = 1_000
_NAMED: Final = 5


def run_export(arguments: argparse.Namespace) -> int:
    """Print a conversation, or the list of them."""
    loaded = load_settings(arguments)
    return asyncio.run(_export(Runtime(loaded, os.environ, data_folder(os.environ, arguments.data_dir)), arguments))


async def _export(runtime: Runtime, arguments: argparse.Namespace) -> int:
    if arguments.list == (arguments.conversation is not None):
        raise UsageError(
            "Which conversation?",
            hint="Say its id, the beginning of it, words of its title, or `latest`; --list lists them.",
        )
    output = Output()
    try:
        if arguments.list:
            found = await runtime.conversations.call(lambda kept: kept.recent(_LISTED))
            await output.write("".join(f"{_line(summary)}\n" for summary in found))
        else:
            conversation = await _wanted(runtime, arguments.conversation)
            await output.write(exported(conversation, arguments.format))
        await output.flush()
    finally:
        await runtime.aclose()
    return 0


async def _wanted(runtime: Runtime, words: str) -> Conversation:
    """The conversation that is meant.

    Raises:
        UsageError: When there is none, or more than one.
    """
    store = runtime.conversations
    found = await store.call(lambda kept: kept.recent(1) if words == _LATEST else kept.find(words, _NAMED + 1))
    if not found:
        raise UsageError(f"There is no conversation {words!r}.", hint="`llm-tui export --list` lists them.")
    if len(found) > 1:
        named = "; ".join(f"{summary.id[:8]} {summary.title!r}" for summary in found[:_NAMED])
        more = ", and more" if len(found) > _NAMED else ""
        raise UsageError(f"More than one conversation is called {words!r}: {named}{more}.", hint="Say its id.")
    return await store.call(lambda kept: kept.load(found[0].id))


def _line(summary: ConversationSummary) -> str:
    when = datetime.fromtimestamp(summary.updated_at).astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{summary.id}  {when}  {safe_line(summary.title)}"
