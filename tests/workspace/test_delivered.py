"""What a log shows when it is opened in the middle of a turn: exactly what was delivered before."""

from __future__ import annotations

import contextlib
import itertools

import pytest

from tests.session.answers_provider import AnswersProvider, calling
from tests.session.tool_boxes import ScriptedToolBox, tools
from tui.chat.conversation import ALL_TOOLS
from tui.chat.message import ChatMessage
from tui.chat.tools import ToolResult
from tui.chat.turn import TurnUpdate
from tui.session.session import Session
from tui.ui.log import turns
from tui.ui.log.entries import entries_for
from tui.ui.log.scrollback import Scrollback
from tui.workspace.open_conversation import OpenConversation


def opened() -> OpenConversation:
    provider = AnswersProvider(calling("look", "write", text="Let me see."), calling("look"), ("It ", "is."))
    numbers = itertools.count()
    session = Session(provider, "m", new_id=lambda: f"id{next(numbers)}")
    session.use_tools(tools(ScriptedToolBox(look=ToolResult("cat"), write=ToolResult("done"))), ALL_TOOLS)
    return OpenConversation(session)


def log_of(messages: tuple[ChatMessage, ...]) -> Scrollback:
    scrollback = Scrollback()
    scrollback.resize(40, 10)
    scrollback.show(entries_for(messages))
    return scrollback


def texts(scrollback: Scrollback) -> list[tuple[str, str]]:
    return [(entry.message.id, "\n".join(line.text for line in entry.lines(40))) for entry in scrollback.entries]


@pytest.mark.parametrize("lag", [0, 1, 2, 3, 5, 8, 30])
async def test_log_opened_at_any_time_ends_like_one_that_was_open_all_the_time(lag: int) -> None:
    """The session is `lag` updates ahead of what was delivered."""
    for moment in range(40):
        conversation = opened()
        log: Scrollback | None = None
        waiting: list[TurnUpdate] = []
        count = 0

        def deliver(update: TurnUpdate, log: Scrollback | None, conversation: OpenConversation) -> None:
            conversation.record([update])
            if log is not None:
                turns.apply(log, update)

        async with contextlib.aclosing(conversation.session.send("What is it?")) as turn:
            async for update in turn:
                waiting.append(update)
                if len(waiting) > lag:
                    deliver(waiting.pop(0), log, conversation)
                if count == moment:
                    log = log_of(conversation.delivered.path)
                count += 1
        log = log or log_of(conversation.delivered.path)
        for update in waiting:
            deliver(update, log, conversation)

        path = conversation.session.conversation.path
        assert len(path) == 7
        assert texts(log) == texts(log_of(path))
