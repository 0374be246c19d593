"""The one queue between the composer and the workspace: what was typed is handled in the order it was typed.

A step that waits for a server is shown as queued, together with what was typed after it. It can be taken back, and
commands that need no server, such as `/quit`, do not wait for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Coroutine, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from tui.chat.formatting import model_label, truncate
from tui.errors import LlmTuiError, UsageError
from tui.workspace.attachments import attach_files, resources_in
from tui.workspace.events import (
    CurrentLeaving,
    ErrorRaised,
    Events,
    PromptReturned,
    SubmissionsHandled,
    SubmissionsWaiting,
    WaitingForProvider,
)
from tui.workspace.prompt import Prompt
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.slash_commands import SlashCommands
from tui.workspace.slash_parser import Parse, ParsedCommand, parse_command, with_slash
from tui.workspace.workspace import Workspace

READ_S: Final = 8.0
"""How long a notice is shown that asks for a decision, in seconds."""

SHOW_AFTER_S: Final = 0.1
"""How long a step waits before it is shown as queued, in seconds. Most servers answer sooner."""

_MAX_QUOTED: Final = 40
"""Characters of a command that are quoted."""

_T = TypeVar("_T")


class Submission(NamedTuple):
    """What the user sent off."""

    text: str
    """As typed, folded pastes in full. Never blank."""

    editing: str | None = None
    """The earlier prompt that it replaces, by its id."""


class _TakenBack(Exception):
    """What is being handled was taken back by the user, or the program ends."""


class SubmissionQueue:
    """Handles submissions one at a time: slash commands are run, anything else is sent."""

    def __init__(
        self,
        workspace: Workspace,
        directory: ProviderDirectory,
        commands: SlashCommands,
        events: Events,
        parse: Parse = parse_command,
    ) -> None:
        """Args:
        workspace: Sends the prompts.
        directory: Knows when there is a provider to send them to.
        commands: Runs the slash commands.
        events: Told what waits, and what could not be sent.
        parse: Reads a command out of a text. None for a text that is to be sent.
        """
        self._workspace = workspace
        self._directory = directory
        self._commands = commands
        self._events = events
        self._parse = parse
        self._queue: deque[Submission] = deque()
        self._added = asyncio.Event()
        self._handled: Submission | None = None
        """What is being handled. None from the moment it is sent or run."""
        self._running_command = ""
        """The command that runs and waits for a server, as typed. Empty when there is none."""
        self._runs_command = False
        """Whether a command runs that waits for no server."""
        self._wait: asyncio.Future[Any] | None = None
        """What the current step waits for. None when it does not wait for a server."""
        self._is_shown = False
        self._is_closed = False
        self._is_idle = True
        self._warned_prompt: str | None = None
        """The prompt whose images the model does not accept, after the user was told."""
        events.subscribe(CurrentLeaving, self._handle_leaving)

    def put(self, submission: Submission) -> None:
        """Handle a submission after all earlier ones."""
        self._queue.append(submission)
        self._added.set()
        self._is_idle = False

    @property
    def is_idle(self) -> bool:
        """Whether everything that was put is handled. `SubmissionsHandled` tells when."""
        return self._is_idle

    @property
    def may_open_form(self) -> bool:
        """Whether what was typed may turn out to be a saved prompt, whose form then opens."""
        prompts = self._commands.prompts
        return any(item.editing is None and prompts.may_name(item.text) for item in self._not_begun)

    @property
    def holds_keys(self) -> bool:
        """Whether what is typed next is meant for what a submitted command opens: a form, a dialog, a conversation."""
        if self.may_open_form or self._wait is not None:
            return self.may_open_form
        return self._runs_command or any(item.editing is None and item.text.startswith("/") for item in self._not_begun)

    def recall(self) -> bool:
        """Cancel what waits for a server, and return it to the composer with what was typed after it.

        A command that is running is cancelled and not returned.

        Returns:
            False when nothing waits for a server.
        """
        if self._wait is None:
            return False
        if self._running_command:
            self._events.notify(f"Cancelled {truncate(self._running_command, _MAX_QUOTED)}.")
        waiting = tuple(self._not_begun)
        self._queue.clear()
        self._cancel_wait()
        for item in reversed(waiting):
            self._events.emit(PromptReturned(item.text, item.editing))
        return True

    def _handle_leaving(self, _: CurrentLeaving) -> None:
        # What waits was typed for the conversation that is left now.
        self.recall()

    def unqueue_last(self) -> str | None:
        """Take back what was submitted last and waits, here or behind the running answer. None when nothing does."""
        if self._wait is None:
            return self._workspace.unqueue_last()
        last = self._queue[-1] if self._queue else self._handled or Submission(self._running_command)
        if last.editing is not None:
            # Its text alone would be sent as a new prompt.
            return None
        if self._queue:
            self._queue.pop()
            self._show()
        else:
            self._cancel_wait()
        return last.text

    def return_all(self) -> None:
        """The program ends: return to the composer what has not begun, and begin nothing more."""
        waiting = self.close()
        self._queue.clear()
        self._handled = None
        if waiting:
            self._events.emit(PromptReturned("\n".join(waiting)))

    def close(self) -> tuple[str, ...]:
        """Begin nothing more; returns the texts of what has not begun, in the order they were typed."""
        self._is_closed = True
        if self._wait is not None:
            self._wait.cancel()
        return tuple(item.text for item in self._not_begun)

    async def run(self) -> None:
        """Handle submissions until cancelled or closed."""
        while not self._is_closed:
            if not self._queue:
                self._is_idle = True
                self._events.emit(SubmissionsHandled())
                self._added.clear()
                await self._added.wait()
                continue
            self._handled = item = self._queue.popleft()
            try:
                await self._handle(item)
            except _TakenBack:
                continue
            except LlmTuiError as error:
                if not self._is_closed:
                    self._events.emit(PromptReturned(item.text, item.editing), ErrorRaised(error))
            if not self._is_closed:
                self._handled = None

    @property
    def _not_begun(self) -> Iterator[Submission]:
        if self._handled is not None:
            yield self._handled
        yield from self._queue

    async def _handle(self, item: Submission) -> None:
        tools = self._workspace.tools
        asked = None
        if tools.server_names and not item.editing and item.text.startswith("/"):
            from tui.workspace.server_prompts import parse_server_prompt

            asked = parse_server_prompt(item.text, tools.server_names)
        if asked is None and not item.editing and (saved := await self._commands.prompts.command(item.text)):
            text = await self._wait_for(self._commands.prompts.text_of(saved), is_shown=False)
            if text is None:
                self._handled = None
                self._events.emit(PromptReturned(item.text))
                return
            # From here on, as if the user had typed it: it may name files, and is what is taken back.
            self._handled = item = Submission(with_slash(text))
        command = None if item.editing or asked else self._parse(item.text, others=await self._saved_words(item.text))
        if command is None:
            if asked is not None:
                # Sent as it is: what a server wrote must not name files or run commands.
                content = await self._wait_for(tools.prompt(asked))
                prompt = Prompt(content.text, content.images, item.text)
            elif resources_in(item.text, tools.server_names):
                prompt = await self._wait_for(attach_files(item.text, tools.server_names, tools.read_resource))
            else:
                prompt = await attach_files(item.text)
            await self._provider_chosen()
            # The prompt is for the conversation that the user went to, which may still be loading.
            await self._workspace.switched()
            await self._send(prompt, item.editing)
            return
        if self._commands.needs_provider(command):
            await self._provider_chosen()
        self._begin()
        if not self._commands.asks_server(command):
            self._runs_command = True
            try:
                await self._commands.run(command)
            finally:
                self._runs_command = False
            return
        self._running_command = item.text
        try:
            await self._wait_for(self._commands.run(command))
        finally:
            self._running_command = ""

    async def _saved_words(self, typed: str) -> Collection[str]:
        """The saved prompts that may be meant by a word that is no command."""
        prompts = self._commands.prompts
        return await prompts.words() if prompts.may_name(typed) else ()

    def _begin(self) -> None:
        """From here on, the current step is not taken back."""
        if self._is_closed:
            raise _TakenBack
        self._handled = None

    async def _provider_chosen(self) -> None:
        if self._directory.ready.is_set():
            return
        self._events.emit(WaitingForProvider(is_waiting=True))
        try:
            await self._wait_for(self._directory.ready.wait())
        finally:
            if not self._directory.ready.is_set():
                self._events.emit(WaitingForProvider(is_waiting=False))

    async def _send(self, prompt: Prompt, editing: str | None) -> None:
        current = self._workspace.current
        if current is not None and prompt.images:
            settings = current.session.settings
            if await self._lacks_vision(prompt, editing):
                return
            if current is self._workspace.current:
                # What was chosen while the server was asked is for later prompts.
                prompt = prompt._replace(settings=settings)
        self._begin()
        self._workspace.send(prompt, editing=editing)
        if (current := self._workspace.current) is not None and current.is_running:
            # A command that was typed next acts on a conversation that has this prompt.
            await current.turn_began.wait()

    async def _lacks_vision(self, prompt: Prompt, editing: str | None) -> bool:
        """Whether a prompt was returned because the model does not accept images. Sent again, it is let through."""
        current = self._workspace.current
        is_confirmed = prompt.original_text == self._warned_prompt
        self._warned_prompt = None
        if is_confirmed or current is None or not await self._wait_for(current.session.lacks_vision()):
            return False
        self._begin()
        self._warned_prompt = prompt.original_text
        self._events.emit(PromptReturned(prompt.original_text, editing))
        keys = self._workspace.keys
        self._events.notify(
            f"{model_label(current.session.model)} does not support images. "
            f"{keys.label('pick_model')}: choose another model. {keys.label('send')}: send anyway.",
            READ_S,
        )
        return True

    # Waiting for a server.

    async def _wait_for(self, work: Coroutine[Any, Any, _T], *, is_shown: bool = True) -> _T:
        """Wait for a server. Commands that need no server are run meanwhile.

        Args:
            work: What waits.
            is_shown: Whether it is shown as queued when it takes long. Not while the user is asked something.

        Raises:
            _TakenBack: When the user took back what waits, or the program ends.
        """
        wait: asyncio.Future[_T] = asyncio.ensure_future(work)
        self._wait = wait
        timer = asyncio.get_running_loop().call_later(SHOW_AFTER_S, self._start_showing) if is_shown else None
        try:
            while not wait.done():
                self._added.clear()
                await self._run_independent()
                self._show()
                added = asyncio.ensure_future(self._added.wait())
                await asyncio.wait((wait, added), return_when=asyncio.FIRST_COMPLETED)
                added.cancel()
            if wait.cancelled():
                raise _TakenBack
            return wait.result()
        finally:
            if timer is not None:
                timer.cancel()
            wait.cancel()
            self._wait = None
            self._show()

    def _cancel_wait(self) -> None:
        assert self._wait is not None
        self._wait.cancel()
        self._wait = None
        self._handled = None
        self._show()

    async def _run_independent(self) -> None:
        """Run the commands in the queue that do not depend on what was typed before."""
        commands = [(item, command) for item in self._queue if (command := self._independent_command(item))]
        for item, command in commands:
            self._queue.remove(item)
            await self._commands.run(command)

    def _independent_command(self, item: Submission) -> ParsedCommand | None:
        try:
            command = None if item.editing else self._parse(item.text)
        except UsageError:
            # Reported in its turn.
            return None
        return command if command is not None and self._commands.is_independent(command) else None

    def _start_showing(self) -> None:
        self._is_shown = True
        self._show()

    def _show(self) -> None:
        """Show what waits, while a step has waited for a moment."""
        if not self._is_shown:
            return
        self._is_shown = self._wait is not None
        running = [self._running_command] if self._running_command else []
        texts = (*running, *(item.text for item in self._not_begun)) if self._is_shown else ()
        self._events.emit(SubmissionsWaiting(texts))
