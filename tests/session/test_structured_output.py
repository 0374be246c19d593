"""A schema for the last answer of a turn with tools."""

from __future__ import annotations

import itertools

import pytest

from tests.session.answers_provider import AnswersProvider, calling
from tests.session.test_tool_loop import Record, results_of, updates_of
from tests.session.tool_boxes import ScriptedToolBox, assert_strict, tools
from tui.chat.chunk import StreamingChunk
from tui.chat.conversation import ALL_TOOLS
from tui.chat.tools import ToolResult
from tui.chat.turn import ChunkReceived, TurnEnded, TurnUpdate
from tui.session.session import SendOptions, Session

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
JSON = '{"name": "cat"}'
LOOK = calling("look", text="Let me see.")


def session_with(provider: AnswersProvider, record: Record | None = None) -> Session:
    ids = map(str, itertools.count(1))
    options = SendOptions(schema=SCHEMA)
    session = Session(provider, "m", send_options=options, recorder=record, new_id=lambda: next(ids))
    session.use_tools(tools(ScriptedToolBox(look=ToolResult("cat"))), ALL_TOOLS)
    return session


def text_of(updates: list[TurnUpdate]) -> str:
    return "".join(update.chunk.content for update in updates if isinstance(update, ChunkReceived))


@pytest.mark.parametrize("draft", ["It is a cat.", '{"nam": "cat"}'])
async def test_schema_is_asked_for_after_the_tools(draft: str) -> None:
    thoughtful = (StreamingChunk(thinking="Hm."), draft)
    provider = AnswersProvider(LOOK, thoughtful, (JSON,))
    record = Record()
    session = session_with(provider, record)
    updates = await updates_of(session.send("What is it?"))

    assert text_of(updates) == JSON
    assert [(bool(request.tools), request.schema) for request in provider.requests] == [
        (True, None),
        (True, None),
        (False, SCHEMA),
    ]
    assert provider.requests[1].messages == provider.requests[2].messages
    assert_strict(provider.requests[2].messages)
    answer = session.conversation.path[-1]
    assert (answer.content, answer.thinking, answer.outcome) == (JSON, "", "complete")
    assert [message.role for message in session.conversation.path] == ["user", "assistant", "tool", "assistant"]
    assert len(results_of(session)) == 1
    assert record.begun == 3


async def test_answer_that_fits_is_not_asked_for_again() -> None:
    provider = AnswersProvider(LOOK, (JSON,))
    updates = await updates_of(session_with(provider).send("What is it?"))

    assert text_of(updates) == JSON
    assert len(provider.requests) == 2


async def test_last_answer_that_does_not_fit_is_an_error() -> None:
    provider = AnswersProvider(LOOK, ("A cat.",), ("[]",))
    updates = await updates_of(session_with(provider).send("What is it?"))

    ended = updates[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.error is not None
    assert ended.error.kind == "protocol"
    assert text_of(updates) == "[]"
    assert len(provider.requests) == 3


async def test_schema_is_sent_at_once_if_no_tools_are_offered() -> None:
    provider = AnswersProvider((JSON,))
    session = Session(provider, "m", send_options=SendOptions(schema=SCHEMA))
    session.use_tools(tools(ScriptedToolBox()), ALL_TOOLS)
    updates = await updates_of(session.send("?"))

    assert text_of(updates) == JSON
    assert [request.schema for request in provider.requests] == [SCHEMA]
