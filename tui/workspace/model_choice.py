"""Changes which model of which provider answers in a conversation."""

from __future__ import annotations

from tui.workspace.open_conversation import OpenConversation
from tui.workspace.target import Target
from tui.workspace.workspace import Workspace


async def use_target(workspace: Workspace, conversation: OpenConversation, target: Target) -> None:
    """Use a model of any provider in the current conversation, from the next turn on.

    Args:
        workspace: Has the conversation.
        conversation: The current conversation.
        target: The model.

    Raises:
        LlmTuiError: When its provider cannot be used.
    """
    if target.provider == conversation.session.provider.name:
        workspace.editor.use_model(conversation, target.model)
    else:
        await workspace.use_provider(target.provider, target.model)
