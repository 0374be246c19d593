"""Compares models: one prompt, several answers, each said after the other; one of them continues."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tui.chat.conversation import Conversation
from tui.chat.formatting import model_label
from tui.chat.safe_text import safe_line
from tui.errors import UsageError
from tui.plain.console import Console
from tui.plain.model_actions import ModelActions
from tui.plain.reading import figures_line
from tui.workspace.attachments import attach_files
from tui.workspace.comparison import at_last_prompt, prepare_comparison, with_prompt
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.target import Target
from tui.workspace.workspace import Workspace

_LEAST: Final = 2
_MOST: Final = 4


class ModelComparison:
    """The command `compare`. Owns the answer that is said."""

    def __init__(
        self, console: Console, workspace: Workspace, models: ModelActions, until_said: Callable[[], Awaitable[None]]
    ) -> None:
        """Args:
        console: Says and asks.
        workspace: Has the current conversation.
        models: Lists the models.
        until_said: Returns when no answer streams, and the end of the last one was said.
        """
        self._console = console
        self._workspace = workspace
        self._models = models
        self._until_said = until_said
        self._answer: OpenConversation | None = None
        """The answer that is said now. None while there is none."""

    def stop(self) -> bool:
        """Stop the answer that is said now; the others follow. Returns whether there was one."""
        if self._answer is None or not self._answer.is_running:
            return False
        self._workspace.turns.stop(self._answer)
        return True

    async def compare(self) -> None:
        """Ask for the models, say their answers, and ask which one continues.

        Raises:
            UsageError: If there are too few models.
        """
        current = self._workspace.turns.idle_current()
        if current is None:
            raise UsageError("No provider is in use.", hint="/provider lists them.")
        asked = await self._asked(current)
        if asked is None:
            return
        targets = await self._targets(current)
        if targets is None:
            return
        comparison = await prepare_comparison(self._workspace, current, asked, targets)
        # One after the other: several voices at once could not be told apart.
        self._workspace.begin_comparison(comparison.answers)
        chosen = comparison.answers[0]
        try:
            for number, answer in enumerate(comparison.answers, 1):
                await self._console.say(f"Answer {number} of {len(targets)}, {model_label(answer.session.model)}.")
                self._answer = answer
                self._workspace.turns.regenerate(answer)
                await self._until_said()
            chosen = await self._chosen(comparison.answers)
        finally:
            self._answer = None
            await comparison.finish(chosen)
        await self._console.say(f"{model_label(chosen.session.model)} goes on. /versions has the other answers.")

    async def _asked(self, current: OpenConversation) -> Conversation | None:
        """The conversation up to the prompt to answer. None if the user gave none."""
        conversation = current.session.conversation
        if (asked := at_last_prompt(conversation)) is not None:
            prompt = asked.path[-1].content
            await self._console.say(f"The prompt is: {safe_line(prompt[:200])}")
            return asked
        typed = await self._console.ask("Prompt to compare with:")
        return with_prompt(conversation, await attach_files(typed)) if typed else None

    async def _targets(self, current: OpenConversation) -> list[Target] | None:
        """The models that the user chose. None if they chose none."""
        entries = [entry for entry in await self._models.listed(current) if entry.can_chat]
        if len(entries) < _LEAST:
            raise UsageError("There are not two models to compare.", hint="/pull NAME downloads one.")
        lines = (f"{number}. {self._models.words_of(entry, current)}" for number, entry in enumerate(entries, 1))
        await self._console.say(*lines)
        while typed := await self._console.ask(
            f"Numbers of {_LEAST} to {_MOST} models with blanks between, or Enter for none:"
        ):
            words = typed.replace(",", " ").split()
            numbers = {int(word[:9]): None for word in words if word.isascii() and word.isdigit()}
            is_valid = len(numbers) == len(words) and _LEAST <= len(numbers) <= _MOST
            if is_valid and 0 < min(numbers) <= max(numbers) <= len(entries):
                return [entries[number - 1].target for number in numbers]
            await self._console.say(f"Those are not {_LEAST} to {_MOST} different numbers from 1 to {len(entries)}.")
        return None

    async def _chosen(self, answers: tuple[OpenConversation, ...]) -> OpenConversation:
        """The answer that the user chose; the first if they chose none."""
        rows = []
        for answer in answers:
            last = answer.session.conversation.path[-1]
            figures = figures_line(last) if last.role == "assistant" else "no answer"
            rows.append(" ".join(filter(None, (f"{model_label(answer.session.model)}.", figures))))
        at = await self._console.choose(rows, "Number of the answer to go on with")
        return answers[at or 0]
