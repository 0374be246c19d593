"""The conversation that the commands of the plain chat act on."""

from __future__ import annotations

from tui.errors import UsageError
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.workspace import Workspace


def current_conversation(workspace: Workspace) -> OpenConversation:
    """The current conversation.

    Raises:
        UsageError: If there is none, because no provider was chosen yet.
    """
    if workspace.current is None:
        raise UsageError("No provider is in use.", hint="/provider lists them.")
    return workspace.current
