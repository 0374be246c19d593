"""One prompt, answered by several models side by side. One answer continues; the others stay as its versions."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tui.chat import ids
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.workspace.open_conversation import OpenConversation
from tui.workspace.prompt import Prompt
from tui.workspace.target import Target
from tui.workspace.workspace import Workspace


class Comparison:
    """Answers that stream in parallel. All of them continue the same conversation."""

    def __init__(self, workspace: Workspace, origin: OpenConversation, answers: Sequence[OpenConversation]) -> None:
        """Args:
        workspace: Has the conversation.
        origin: The conversation that the prompt belongs to.
        answers: The answers, in the order of the targets. None has begun.
        """
        self.answers = tuple(answers)
        self._workspace = workspace
        self._origin = origin

    @property
    def prompt(self) -> ChatMessage:
        """The prompt that all of them answer."""
        return self.answers[0].session.conversation.path[-1]

    def start(self) -> None:
        """Send the prompt to every target."""
        self._workspace.begin_comparison(self.answers)
        for answer in self.answers:
            self._workspace.turns.regenerate(answer)

    def stop(self, answer: OpenConversation) -> None:
        """Stop one of the answers."""
        self._workspace.turns.stop(answer)

    async def finish(self, chosen: OpenConversation | None) -> None:
        """Go on with one answer, which may still be streaming; the others are stopped.

        Args:
            chosen: The answer. None for the first.
        """
        for answer in self.answers:
            if answer is not chosen:
                await self._workspace.turns.stop_and_wait(answer)
        self._workspace.end_comparison(self._origin, chosen or self.answers[0])


async def prepare_comparison(
    workspace: Workspace, origin: OpenConversation, asked: Conversation, targets: Sequence[Target]
) -> Comparison:
    """Connect a conversation to each target.

    Args:
        workspace: Has the conversation.
        origin: The conversation that is compared in.
        asked: The same conversation with the prompt at its end.
        targets: The models, two or more.

    Raises:
        LlmTuiError: When a provider cannot be used.
    """
    answers = [
        await workspace.factory.create(target.provider, target.model, asked, is_temporary=origin.is_temporary)
        for target in targets
    ]
    return Comparison(workspace, origin, answers)


def with_prompt(conversation: Conversation, prompt: Prompt) -> Conversation:
    """The conversation with a prompt at its end, not answered yet."""
    path = conversation.path
    return conversation.append(
        ChatMessage(
            id=ids.new_id(),
            role="user",
            content=prompt.text,
            parent_id=path[-1].id if path else None,
            created_at=time.time(),
            images=prompt.images,
        )
    )


def at_last_prompt(conversation: Conversation) -> Conversation | None:
    """The conversation up to its last prompt. None when it has no prompt."""
    prompts = [message for message in conversation.path if message.role == "user"]
    return conversation.at(prompts[-1].id) if prompts else None
