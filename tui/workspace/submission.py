"""The one queue between the composer and the workspace: what was typed is handled in the order it was typed."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from tui.errors import LlmTuiError
from tui.workspace.attachments import attach_files
from tui.workspace.events import ErrorRaised, Events, PromptReturned, ProvidersReady, WaitingForProvider
from tui.workspace.prompt import Prompt
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.slash_commands import SlashCommands
from tui.workspace.slash_parser import parse_command
from tui.workspace.workspace import Workspace

READ_S: Final = 8.0
"""How long a notice is shown that asks for a decision, in seconds."""


class Submission(NamedTuple):
    """What the user sent off."""

    text: str
    """As typed, folded pastes in full. Never blank."""

    editing: str | None = None
    """The earlier prompt that it replaces, by its id."""


class _WaitingPrompt(NamedTuple):
    prompt: Prompt
    editing: str | None


class SubmissionQueue:
    """Handles submissions one at a time: slash commands are run, anything else is sent.

    While no provider is chosen yet, one prompt waits aside, so that commands such as `/quit` still work.
    """

    def __init__(
        self, workspace: Workspace, directory: ProviderDirectory, commands: SlashCommands, events: Events
    ) -> None:
        """Args:
        workspace: Sends the prompts.
        directory: Knows when there is a provider to send them to.
        commands: Runs the slash commands.
        events: Told what could not be sent.
        """
        self._workspace = workspace
        self._directory = directory
        self._commands = commands
        self._events = events
        self._queue: asyncio.Queue[Submission | ProvidersReady] = asyncio.Queue()
        self._waiting: _WaitingPrompt | None = None
        """The prompt that waits until a provider is chosen."""
        self._warned_prompt: str | None = None
        """The prompt whose images the model does not accept, after the user was told."""
        events.subscribe(ProvidersReady, self._queue.put_nowait)

    def put(self, submission: Submission) -> None:
        """Handle a submission after all earlier ones."""
        self._queue.put_nowait(submission)

    def recall(self) -> bool:
        """Return the prompt that waits for a provider to the composer. False when none waits."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return False
        self._events.emit(
            PromptReturned(waiting.prompt.original_text, waiting.editing), WaitingForProvider(is_waiting=False)
        )
        return True

    async def run(self) -> None:
        """Handle submissions until cancelled."""
        while True:
            item = await self._queue.get()
            if isinstance(item, ProvidersReady):
                await self._send_waiting()
                continue
            try:
                await self._handle(item)
            except LlmTuiError as error:
                self._events.emit(PromptReturned(item.text, item.editing), ErrorRaised(error))

    async def _handle(self, item: Submission) -> None:
        command = None if item.editing else parse_command(item.text)
        if command is not None:
            if self._commands.needs_provider(command):
                await self._directory.ready.wait()
            if self._directory.ready.is_set():
                # A prompt that was typed before this command is sent before it.
                await self._send_waiting()
            await self._commands.run(command)
            return
        prompt = await attach_files(item.text)
        if self._directory.ready.is_set():
            await self._send_waiting()
            await self._send(prompt, item.editing)
        elif self._waiting is None:
            self._waiting = _WaitingPrompt(prompt, item.editing)
            self._events.emit(WaitingForProvider(is_waiting=True))
        else:
            self._events.emit(PromptReturned(prompt.original_text, item.editing))
            key = self._workspace.keys.label("cancel_stream")
            self._events.notify(f"A prompt is already waiting for a server. Press {key} to edit it.")

    async def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        try:
            await self._send(waiting.prompt, waiting.editing)
        except LlmTuiError as error:
            # Returned here, so that what was typed after it is still handled.
            self._events.emit(PromptReturned(waiting.prompt.original_text, waiting.editing), ErrorRaised(error))

    async def _send(self, prompt: Prompt, editing: str | None) -> None:
        # The prompt is for the conversation that the user went to, which may still be loading.
        await self._workspace.switched()
        if not await self._lacks_vision(prompt, editing):
            self._workspace.send(prompt, editing=editing)
            if (current := self._workspace.current) is not None and current.is_running:
                # A command that was typed next must not change the model of this prompt.
                await current.turn_began.wait()

    async def _lacks_vision(self, prompt: Prompt, editing: str | None) -> bool:
        """Whether a prompt was returned because the model does not accept images. Sent again, it is let through."""
        current = self._workspace.current
        is_confirmed = prompt.original_text == self._warned_prompt
        self._warned_prompt = None
        if not prompt.images or is_confirmed or current is None or not await current.session.lacks_vision():
            return False
        self._warned_prompt = prompt.original_text
        self._events.emit(PromptReturned(prompt.original_text, editing))
        keys = self._workspace.keys
        self._events.notify(
            f"{current.session.model} does not support images. "
            f"{keys.label('pick_model')}: choose another model. {keys.label('send')}: send anyway.",
            READ_S,
        )
        return True
