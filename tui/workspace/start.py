"""How the chat starts: finds a provider, and opens the first conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tui.errors import LlmTuiError
from tui.runtime import DEMO, Runtime
from tui.workspace.events import ErrorRaised, Events, ListChanged
from tui.workspace.provider_directory import ProviderDirectory
from tui.workspace.workspace import Workspace


async def start(
    runtime: Runtime,
    workspace: Workspace,
    directory: ProviderDirectory,
    events: Events,
    *,
    model: str = "",
    resume: bool = False,
) -> None:
    """Find a provider, and open the latest conversation or a new one. Prompts can be sent afterwards.

    Args:
        runtime: Knows whether the command line names the provider.
        workspace: Opens the conversation.
        directory: Finds the provider; told when prompts can be sent.
        events: Told what went wrong.
        model: The model to start with. Empty for the usual one.
        resume: Whether to open the latest conversation.
    """
    conversation = None
    with _reporting(events):
        # Needs no provider to be read and shown.
        conversation = await workspace.load_latest() if resume else None
    name = await directory.choose_first()
    if conversation is not None and name != DEMO and not runtime.provider_was_named:
        name = conversation.provider if conversation.provider in directory.names else name
    with _reporting(events):
        first = await workspace.factory.create(name, model, conversation)
        await workspace.activate(first)
        workspace.turns.return_prompts(first)
    directory.set_ready()
    events.emit(ListChanged())


@contextmanager
def _reporting(events: Events) -> Iterator[None]:
    try:
        yield
    except LlmTuiError as error:
        events.emit(ErrorRaised(error))
