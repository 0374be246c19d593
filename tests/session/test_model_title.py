"""Titles that a model makes."""

from __future__ import annotations

import asyncio

import pytest

from tests.scripted_provider import ScriptedProvider, Step
from tui.chat.chunk import StreamingChunk
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import TurnRetried
from tui.errors import ServerUnreachable, StreamInterrupted
from tui.session.model_title import generate_title


def conversation_with(answer: str) -> Conversation:
    prompt = ChatMessage("q", "user", "Why is the sky blue?")
    return Conversation("c").append(prompt, ChatMessage("a", "assistant", answer, "q"))


async def title_by(provider: ScriptedProvider, answer: str = "Because.") -> str:
    return await generate_title(provider, "m", {"seed": 1}, conversation_with(answer))


async def test_title_request_begins_with_a_prompt() -> None:
    first = ChatMessage("a", "assistant", "Welcome!")
    conversation = Conversation("c").append(first, ChatMessage("q", "user", "Why is the sky blue?", "a"))
    provider = ScriptedProvider("Blue skies\n")

    assert await generate_title(provider, "m", {}, conversation) == "Blue skies"
    (asked,) = provider.requests[0].messages
    assert asked.role == "user"
    assert asked.content.startswith("Why is the sky blue?\n\nGive the conversation above a title")


async def test_title_is_not_the_thinking_before_a_lone_closing_tag() -> None:
    provider = ScriptedProvider("A title.\n", "</think>\n\nBlue skies\n")

    assert await title_by(provider, "Hm.\n</think>\n\nBecause.") == "Blue skies"


async def test_title_is_one_line_and_the_rest_is_not_awaited() -> None:
    provider = ScriptedProvider(TurnRetried(1, 0.0, "server", "again"), "Blue ", "skies\n", asyncio.Event())

    assert await title_by(provider) == "Blue skies"
    assert provider.closed == 1
    assert [message.content for message in provider.requests[0].messages[:2]] == ["Why is the sky blue?", "Because."]
    assert provider.requests[0].options == {"seed": 1}


async def test_conversation_without_messages_gets_no_title() -> None:
    provider = ScriptedProvider("Blue skies\n")

    assert await generate_title(provider, "m", {}, Conversation("c")) == ""
    assert provider.requests == []


@pytest.mark.parametrize(
    ("script", "title"),
    [
        (["Blue skies"], "Blue skies"),
        ([], ""),
        ([ServerUnreachable("gone")], ""),
        (["Bl", StreamInterrupted("cut")], ""),
        ([StreamingChunk(thinking="Hm. " * 6_000), "Blue skies\n"], ""),
    ],
)
async def test_title_is_empty_if_none_can_be_generated(script: list[Step], title: str) -> None:
    assert await title_by(ScriptedProvider(*script)) == title
