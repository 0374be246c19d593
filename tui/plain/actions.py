"""Runs commands by name, and returns when each is done. The packages of commands are made here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from tui.plain.commands import help_lines
from tui.plain.comparison import ModelComparison
from tui.plain.console import Console
from tui.plain.conversation_actions import ConversationActions
from tui.plain.message_actions import MessageActions
from tui.plain.model_actions import ModelActions
from tui.plain.server_actions import ServerActions


class PlainActions:
    """All commands of this front end."""

    def __init__(
        self,
        console: Console,
        conversations: ConversationActions,
        messages: MessageActions,
        servers: ServerActions,
        models: ModelActions,
        comparison: ModelComparison,
        leave: Callable[[], None],
    ) -> None:
        """Args:
        console: Says the help.
        conversations: The commands about conversations.
        messages: The commands about messages.
        servers: The commands about providers, prompts and tools.
        models: The commands about models.
        comparison: Compares models.
        leave: Quits.
        """
        self._console = console
        self.by_name: Mapping[str, Callable[..., Any]] = {
            **conversations.by_name,
            **messages.by_name,
            **servers.by_name,
            **models.by_name,
            "compare": comparison.compare,
            "help": self._help,
            "quit": leave,
        }

    async def perform(self, name: str, argument: str = "") -> None:
        """Run a command, and return when it is done. Implements `tui.workspace.slash_commands.Perform`.

        Raises:
            LlmTuiError: When it cannot be done.
        """
        done = self.by_name[name](*([argument] if argument else []))
        if inspect.isawaitable(done):
            await done

    async def _help(self) -> None:
        await self._console.say(*help_lines())
