"""Switches the thinking of a conversation's model: off, on, or one of the model's own levels."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Final

from tui.chat.options import checked_option, thinking_value
from tui.errors import ProviderError, UsageError
from tui.workspace.events import DetailsChanged, Events, TurnBegan
from tui.workspace.model_catalog import ModelCatalog
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.target import Target
from tui.workspace.tasks import StartTask
from tui.workspace.workspace import Workspace

OPTION: Final = "think"
"""The option that carries the value, in conversations, in the config and in requests."""

DEFAULT: Final = "default"
"""What the user types to leave it to the config or the model again."""

_UNKNOWN: Final = ("off", "on")
"""The values of a model that reports none."""

_PROBLEM_S: Final = 8.0
"""How long the notice of a problem is shown, in seconds."""


class Thinking:
    """Sets the option `think` of conversations. A value without effect on the model is taken back, with the reason."""

    def __init__(self, workspace: Workspace, catalog: ModelCatalog, events: Events, start_task: StartTask) -> None:
        """Args:
        workspace: Changes the conversations.
        catalog: Knows the values of each model.
        events: Told what was set.
        start_task: Starts the question to a server.
        """
        self._workspace = workspace
        self._catalog = catalog
        self._events = events
        self._start_task = start_task
        self._checked: set[tuple[Target, str]] = set()
        """Models and values about which the user was told what there is to tell."""
        self._without_effect: set[tuple[Target, str]] = set()
        """Models and values of which their servers said that they have no effect."""

    def shown_value(self, conversation: OpenConversation) -> str:
        """How the thinking of the conversation's model is switched: `off`, `on` or a level.

        Empty if that is left to the model, or is known to have no effect on it.
        """
        value = thinking_value(conversation.session.options.get(OPTION))
        target = _target_of(conversation)
        info = self._catalog.info(target)
        is_missing = info is not None and info.thinking == ()
        return "" if is_missing or (target, value) in self._without_effect else value

    async def next(self, conversation: OpenConversation) -> None:
        """Set the model's next value. The first one follows on what the model does by itself.

        Raises:
            UsageError: If its thinking cannot be switched.
        """
        target = _target_of(conversation)
        info = await self._catalog.describe(target)
        values = _UNKNOWN if info.thinking is None else info.thinking
        if not values:
            raise UsageError(f"{target.model} has no switch for its thinking.", hint="Other models may have one.")
        # A value without effect is taken back at once, and would be the next one for ever.
        values = tuple(value for value in values if (target, value) not in self._without_effect) or values
        now = thinking_value(conversation.session.options.get(OPTION)) or info.thinking_default
        await self._set(conversation, next_value(values, now))

    async def choose(self, conversation: OpenConversation, wanted: str) -> None:
        """Set a value.

        Args:
            conversation: The conversation.
            wanted: `off`, `on`, a level, or `DEFAULT`.

        Raises:
            UsageError: If the model reports other values.
        """
        if wanted.casefold() == DEFAULT:
            own = conversation.session.conversation
            options = {key: value for key, value in own.options.items() if key != OPTION}
            self._workspace.editor.configure(conversation, own.system_prompt, options)
            value = thinking_value(conversation.session.options.get(OPTION))
            self._events.notify(f"Thinking: {value} (by the config)." if value else "Thinking: left to the model.")
            return
        value = thinking_value(checked_option(OPTION, wanted.casefold()))
        target = _target_of(conversation)
        info = await self._catalog.describe(target)
        is_known = info.thinking is None or value in info.thinking or (value == "on" and info.thinking)
        if not is_known and info.thinking is not None:
            known = f"Its values: {', '.join(info.thinking)}." if info.thinking else "It has no switch for thinking."
            raise UsageError(f"{target.model} does not know the thinking value {value}.", hint=known)
        await self._set(conversation, value)

    def handle_began(self, event: TurnBegan) -> None:
        """A turn was started: check once whether its model understands the option."""
        value = thinking_value(event.conversation.session.options.get(OPTION))
        if value and (_target_of(event.conversation), value) not in self._checked:
            self._start_task(partial(self._check, event.conversation, value), "check thinking")

    async def _check(self, conversation: OpenConversation, value: str) -> None:
        if await self._report_problem(conversation, value):
            self._take_back(conversation, value)

    async def _set(self, conversation: OpenConversation, value: str) -> None:
        own = conversation.session.conversation
        self._workspace.editor.configure(conversation, own.system_prompt, {**own.options, OPTION: value})
        if await self._report_problem(conversation, value):
            self._take_back(conversation, value)
        else:
            self._events.notify(f"Thinking: {value}.")

    def _take_back(self, conversation: OpenConversation, value: str) -> None:
        """Leave it to the config or the model again, unless another value was set meanwhile."""
        own = conversation.session.conversation
        if thinking_value(own.options.get(OPTION)) == value:
            options = {key: each for key, each in own.options.items() if key != OPTION}
            self._workspace.editor.configure(conversation, own.system_prompt, options)

    async def _report_problem(self, conversation: OpenConversation, value: str) -> bool:
        """Tell why a value has no effect, if the server knows that. Returns whether there was something to tell."""
        target = _target_of(conversation)
        self._checked.add((target, value))
        # The answer may come all the same, and reports what is wrong with the server.
        with contextlib.suppress(ProviderError):
            if problem := await conversation.session.provider.thinking_problem(target.model, value):
                self._events.notify(problem, _PROBLEM_S)
                self._without_effect.add((target, value))
                self._events.emit(DetailsChanged())
                return True
        return False


def next_value(values: Sequence[str], now: str) -> str:
    """The value after the present one, the first after the last. The first if the present one is not among them."""
    return values[(values.index(now) + 1) % len(values)] if now in values else values[0]


def _target_of(conversation: OpenConversation) -> Target:
    session = conversation.session
    return Target(session.provider.name, session.model)
