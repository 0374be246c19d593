"""A title for a conversation, made by a model."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from tui.chat.chunk import JSONValue, StreamingChunk
from tui.chat.conversation import Conversation
from tui.chat.model_info import ChatRequest
from tui.chat.titles import MAX_ANSWER_CHARACTERS, answer_prefix, parse_title, title_request
from tui.errors import ProviderError
from tui.providers.base import Provider
from tui.session.history import messages_to_send


async def generate_title(
    provider: Provider, model: str, options: Mapping[str, JSONValue], conversation: Conversation
) -> str:
    """Ask a model for a title.

    Args:
        provider: The provider of the model.
        model: The model.
        options: The options of the request.
        conversation: The conversation. Its first messages are sent.

    Returns:
        The title. Empty if the model gives none, or cannot be asked.
    """
    question = title_request(conversation)
    if not question:
        return ""
    messages = messages_to_send("", question[:-1], question[-1])
    request = ChatRequest(model=model, messages=messages, options=options)
    answer = answer_prefix(conversation)
    thought = 0
    # The conversation has a title already, so a failure needs no report.
    with contextlib.suppress(ProviderError):
        async with contextlib.aclosing(provider.stream_chat(request)) as events:
            async for event in events:
                if isinstance(event, StreamingChunk):
                    answer += event.content
                    thought += len(event.thinking)
                title = parse_title(answer) if thought <= MAX_ANSWER_CHARACTERS else ""
                if title is not None:
                    return title
        return parse_title(f"{answer}\n") or ""
    return ""
