"""The commands about the messages of the current conversation: read, find, edit, regenerate, versions, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.safe_text import safe_line
from tui.errors import UsageError
from tui.plain.console import Console
from tui.plain.current import current_conversation
from tui.plain.reading import details_lines, message_lines, numbered, summary_line
from tui.workspace.workspace import Workspace


class MessageActions:
    """The commands about messages. They are named by their numbers, which `/messages` lists."""

    def __init__(
        self,
        console: Console,
        workspace: Workspace,
        *,
        submit: Callable[[str, str | None], None],
        take_unsent: Callable[[], str],
    ) -> None:
        """Args:
        console: Says and asks.
        workspace: Has the current conversation.
        submit: Submits a text, with the id of the prompt that it replaces.
        take_unsent: Returns the text that was not sent, which is then no longer kept.
        """
        self._console = console
        self._workspace = workspace
        self._submit = submit
        self._take_unsent = take_unsent
        self.by_name: Mapping[str, Callable[..., Any]] = {
            "read": self._read,
            "messages": self._list,
            "details": self._details,
            "find": self._find,
            "edit_message": self._edit,
            "versions": self._versions,
            "delete_message": self._delete,
            "regenerate": self._regenerate,
            "continue_answer": self._continue,
            "resend": self._resend,
        }

    async def _read(self, number: str = "") -> None:
        conversation = self._conversation()
        messages = [self._message(number)] if number else numbered(conversation)
        for message in messages:
            await self._console.say(*message_lines(message))

    async def _list(self) -> None:
        messages = numbered(self._conversation())
        versions = self._conversation().versions
        for number, message in enumerate(messages, 1):
            version = versions.get(message.id)
            which = "" if version is None else f", version {version.number} of {version.of}"
            await self._console.say(f"{number}{which}. {summary_line(message)}")

    async def _details(self) -> None:
        conversation = self._conversation()
        answers = [message for message in numbered(conversation) if message.role == "assistant"]
        if not answers:
            raise UsageError("There is no answer yet.", hint="Send a prompt first.")
        await self._console.say(*details_lines(conversation, answers[-1]))

    async def _find(self, words: str) -> None:
        wanted = words.casefold()
        found = [
            f"{number}. {summary_line(message)}"
            for number, message in enumerate(numbered(self._conversation()), 1)
            if wanted in message.text.casefold()
        ]
        if not found:
            await self._console.say(f"No message of this conversation contains {safe_line(words)}.")
        else:
            await self._console.say(*found, "/read with a number reads one.")

    async def _edit(self, number: str = "") -> None:
        prompts = [message for message in numbered(self._conversation()) if message.role == "user"]
        prompt = self._message(number) if number else prompts[-1]
        if prompt.role != "user":
            raise UsageError(f"Message {number} is an answer.", hint="/messages lists the prompts.")
        if self._console.can_edit and "\n" not in prompt.content:
            text = await self._console.ask("Edit:", prompt.content)
        else:
            await self._console.say("The prompt was:", *message_lines(prompt))
            text = await self._console.ask("New text, or Enter to leave it:")
        if text:
            self._submit(text, prompt.id)
        else:
            await self._console.say("Left as it is.")

    async def _versions(self, number: str = "") -> None:
        conversation = self._conversation()
        versions = conversation.versions
        several = [message for message in numbered(conversation) if message.id in versions]
        message = self._message(number) if number else (several[-1] if several else None)
        if message is None or message.id not in versions:
            which = f"Message {number} has" if number else "No message here has"
            raise UsageError(f"{which} other versions.", hint="/regenerate and /edit make some.")
        siblings = conversation.siblings(message.id)
        now = next(at for at, each in enumerate(siblings) if each.id == message.id)
        chosen = await self._console.choose(
            [f"{summary_line(each)}{', in use' if at == now else ''}" for at, each in enumerate(siblings)],
            "Version to use",
        )
        if chosen is None or chosen == now:
            return
        self._workspace.show_version(message.id, chosen - now)
        await self._console.say(*message_lines(siblings[chosen]))

    async def _delete(self, number: str) -> None:
        await self._workspace.deletions.delete_message(self._message(number).id)

    def _regenerate(self) -> None:
        current = current_conversation(self._workspace)
        if not self._workspace.turns.regenerate(current):
            raise UsageError("Nothing to regenerate yet.", hint="Send a prompt first.")

    def _continue(self) -> None:
        self._workspace.turns.continue_answer(current_conversation(self._workspace))

    async def _resend(self) -> None:
        text = self._take_unsent()
        if not text:
            raise UsageError("There is nothing that was not sent.")
        await self._console.say(f"You: {safe_line(text)}")
        self._submit(text, None)

    def _conversation(self) -> Conversation:
        conversation = current_conversation(self._workspace).session.conversation
        if not conversation.path:
            raise UsageError("This conversation is empty.", hint="/conversations lists the others.")
        return conversation

    def _message(self, number: str) -> ChatMessage:
        """The message with a number."""
        messages = numbered(self._conversation())
        if not (number.isascii() and number.isdigit() and 0 < int(number[:9]) <= len(messages)):
            raise UsageError(f"There is no message {number}.", hint=f"Type a number from 1 to {len(messages)}.")
        return messages[int(number[:9]) - 1]
