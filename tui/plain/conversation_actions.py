"""The commands about conversations: list, open, search, name, delete, export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.chat.conversation import ConversationSummary, FoundMessage
from tui.chat.dates import MINUTE, format_time
from tui.chat.formatting import format_count, model_label, without_marks
from tui.chat.options import format_options
from tui.chat.safe_text import safe_line
from tui.errors import LlmTuiError, UsageError
from tui.plain.console import Console, error_line
from tui.plain.reading import numbered, summary_line
from tui.workspace.events import Events
from tui.workspace.imports import IMPORT_USAGE, FileImport
from tui.workspace.library import Library
from tui.workspace.slash_commands import export_conversation
from tui.workspace.workspace import Workspace

_PAGE: Final = 20
"""How many conversations or messages are listed."""

_LATEST: Final = "latest"

_PROGRESS_S: Final = 10.0
"""Seconds between two lines about an import."""


class ConversationActions:
    """The commands about whole conversations."""

    def __init__(self, console: Console, workspace: Workspace, library: Library, events: Events) -> None:
        """Args:
        console: Says and asks.
        workspace: Has the open conversations.
        library: Lists and searches all of them.
        events: Told what was exported.
        """
        self._console = console
        self._workspace = workspace
        self._library = library
        self._events = events
        self.by_name: Mapping[str, Callable[..., Any]] = {
            "new_conversation": self._new,
            "temporary_conversation": self._new_temporary,
            "keep_conversation": workspace.editor.save_temporary,
            "pin_conversation": self._pin,
            "rename_this": self._rename,
            "export": self._export,
            "fork": self._fork,
            "conversations": self._list,
            "open_conversation": self._open_named,
            "delete_conversation": self._delete,
            "undelete": self._undo,
            "search_all": self._search,
            "status": self._say_status,
            "usage": self._say_usage,
            "import": self._import,
        }
        self._importing: asyncio.Task[None] | None = None
        """Reads a file. None while no conversations are imported."""

    def stop_import(self) -> bool:
        """Stop importing. What was imported stays. Returns whether there was an import."""
        return self._importing is not None and self._importing.cancel()

    async def _import(self, name: str = "") -> None:
        if not name:
            raise UsageError("/import needs the name of a file.", hint=IMPORT_USAGE)
        file = FileImport(self._workspace, name)
        await self._console.say(f"Importing {file.label}. Ctrl+C stops it.")
        self._importing = task = asyncio.create_task(file.run(), name="import")
        try:
            while not (await asyncio.wait({task}, timeout=_PROGRESS_S))[0]:
                part = "" if file.fraction is None else f", {file.state} of the file"
                await self._console.say(f"{file.count} read{part}.")
                await self._console.flush()
        finally:
            self._importing = None
            # The program may be ending.
            task.cancel()
        stopped = "Stopped. Importing the file again adds the rest. " if task.cancelled() else ""
        await self._console.say(f"{stopped}{file.label}: {file.summary.description}.")
        for problem in filter(None, (file.problem, None if task.cancelled() else task.exception())):
            if not isinstance(problem, LlmTuiError):
                raise problem
            await self._console.say(error_line(problem))

    async def _say_usage(self) -> None:
        """Say the figures of all answers, a sentence for each model, provider and day."""
        from tui.chat.usage_tables import usage_summary, usage_tables

        report = await self._library.usage()
        if not report.total.answers:
            await self._console.say("No answers are saved yet.")
            return
        await self._console.say(*usage_summary(report))
        words = ("answers: {}", "tokens of prompts: {}", "of answers: {}", "first token after {}", "{} tok/s")
        for table in usage_tables(report):
            await self._console.say(f"By {table.header[0].lower()}:")
            for row in table.rows:
                figures = [
                    word.format(figure) for word, figure in zip(words, row[table.names :], strict=True) if figure
                ]
                await self._console.say(f"{' at '.join(row[: table.names])}: {', '.join(figures)}.")

    async def say_where(self) -> None:
        """Say which conversation is open, and where it stands."""
        current = self._workspace.current
        if current is None:
            return
        conversation = current.session.conversation
        messages = numbered(conversation)
        if not messages:
            await self._console.say("New conversation.")
            return
        count = format_count(len(messages), "message")
        await self._console.say(
            f"Conversation of {count}: {_title(conversation.title)}. /read reads it.",
            f"Last: {summary_line(messages[-1])}",
        )
        if messages[-1].can_continue:
            await self._console.say("The last answer is incomplete. /continue goes on.")

    async def _new(self) -> None:
        current = self._workspace.current
        is_new = current is not None and not current.session.conversation.messages and not current.is_temporary
        await self._workspace.new()
        await self._console.say("This conversation is new already." if is_new else "New conversation.")

    async def _new_temporary(self) -> None:
        await self._workspace.new(is_temporary=True)

    async def _pin(self) -> None:
        current = self._workspace.current
        if current is None or current.is_temporary or not current.session.conversation.messages:
            raise UsageError("Nothing to pin yet.", hint="The first prompt saves the conversation.")
        await self._workspace.toggle_pin(current.id)
        is_pinned = await self._library.is_pinned(current.id)
        await self._console.say("Pinned." if is_pinned else "No longer pinned.")

    async def _rename(self) -> None:
        current = self._workspace.current
        if current is None or not current.session.conversation.messages:
            raise UsageError("Nothing to rename yet.", hint="The first prompt becomes the title.")
        title = await self._console.ask("New title:", safe_line(current.session.conversation.title))
        if title:
            await self._workspace.editor.rename(current.id, " ".join(title.split()))

    async def _export(self) -> None:
        if self._workspace.current is not None:
            await export_conversation(self._workspace.current, "", self._events)

    async def _fork(self) -> None:
        current = self._workspace.current
        messages = () if current is None else numbered(current.session.conversation)
        if not messages:
            raise UsageError("Nothing to fork yet.", hint="Send a prompt first.")
        await self._workspace.fork(messages[-1].id)

    async def _delete(self) -> None:
        current = self._workspace.current
        if current is None or not current.session.conversation.messages:
            raise UsageError("This conversation is empty.", hint="/conversations lists the others.")
        await self._workspace.deletions.delete(current.id)

    async def _undo(self) -> None:
        if self._workspace.deletions.has_deleted_messages:
            await self._workspace.deletions.undo_delete_message()
            await self._console.say("Restored the messages.")
        else:
            await self._workspace.deletions.undo_delete()

    # Finding one.

    async def _list(self, words: str = "") -> None:
        summaries = await self._library.summaries(words)
        if not summaries:
            await self._console.say(
                f"No title contains {safe_line(words)}. /search looks into the messages."
                if words
                else "No conversation is saved yet."
            )
            return
        shown = summaries[:_PAGE]
        count = format_count(len(summaries), "conversation")
        more = f" The first {_PAGE} are:" if len(summaries) > _PAGE else ""
        await self._console.say(f"{count}.{more}")
        chosen = await self._console.choose([self._summary(each) for each in shown], "Number to open")
        if chosen is not None:
            await self._open(shown[chosen].id)

    async def _open_named(self, words: str) -> None:
        if words == _LATEST:
            latest = await self._library.latest_id()
            if latest is None:
                raise UsageError("No conversation is saved yet.")
            await self._open(latest)
            return
        found = await self._library.summaries(words)
        exact = [summary for summary in found if summary.title.casefold() == words.casefold()]
        if len(exact or found) != 1:
            await self._list(words)
        else:
            await self._open((exact or found)[0].id)

    async def _open(self, conversation_id: str, found: FoundMessage | None = None) -> None:
        if found is None:
            await self._workspace.open(conversation_id)
        else:
            await self._workspace.open(conversation_id, found.message_id, found.words)
        await self.say_where()

    async def _search(self, words: str = "") -> None:
        words = words or await self._console.ask("Words to search for:") or ""
        if not words:
            return
        found = await self._library.search(words)
        if not found:
            await self._console.say("No message contains all of these words.")
            return
        shown = found[:_PAGE]
        more = f" The latest {_PAGE} are:" if len(found) > _PAGE else ""
        await self._console.say(f"{format_count(len(found), 'message')}.{more}")
        chosen = await self._console.choose([_found(message) for message in shown], "Number to open")
        if chosen is None:
            return
        message = shown[chosen]
        await self._open(message.conversation_id, message)
        current = self._workspace.current
        numbers = () if current is None else numbered(current.session.conversation)
        number = next((at for at, each in enumerate(numbers, 1) if each.id == message.message_id), None)
        if number is not None:
            await self._console.say(f"Found in message {number}. /read {number} reads it.")

    def _summary(self, summary: ConversationSummary) -> str:
        current = self._workspace.current
        notes = [
            *(["open"] if current is not None and summary.id == current.id else []),
            *(["pinned"] if summary.is_pinned else []),
            *(["unread"] if summary.is_unread else []),
            *(["incomplete"] if summary.outcome != "complete" else []),
            format_time(summary.updated_at, MINUTE) or "unknown date",
            model_label(summary.model),
        ]
        return f"{_title(summary.title)}, {', '.join(filter(None, notes))}"

    async def _say_status(self) -> None:
        current = self._workspace.current
        if current is None:
            await self._console.say("No provider is in use. /provider lists them.")
            return
        session = current.session
        await self.say_where()
        model = model_label(session.model) or "no model yet"
        await self._console.say(f"Model: {model} at {safe_line(session.provider.name)}.")
        own = format_options(session.conversation.options)
        lines = [f"Options: {safe_line(', '.join(own))}."] if own else []
        if session.system_prompt:
            lines.append(f"System prompt: {safe_line(session.system_prompt)[:200]}")
        if current.is_temporary:
            lines.append("It is temporary: /keep saves it.")
        if badge := self._workspace.tools.badge(current):
            lines.append(f"Tools: {badge}.")
        context = session.context
        if context is not None and context.window:
            lines.append(f"Context: {context.used:,} of {context.window:,} tokens.")
        await self._console.say(*lines)


def _found(message: FoundMessage) -> str:
    when = format_time(message.said_at) or "unknown date"
    excerpt = safe_line(without_marks("".join(text for text, _ in message.excerpt)))
    return f"{when}, {_title(message.title)}: {excerpt}"


def _title(text: str) -> str:
    """A title to be followed by other words."""
    return safe_line(text).rstrip(".") or "Without a title"
