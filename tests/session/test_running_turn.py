"""A running turn: what can be asked of it while tool calls run."""

from __future__ import annotations

import asyncio
import contextlib

from tests.session.answers_provider import AnswersProvider, call, calling
from tests.session.tool_boxes import ScriptedToolBox, tools
from tui.chat.conversation import ALL_TOOLS, Conversation
from tui.chat.message import ChatMessage
from tui.chat.turn import ServerActivity, ToolCallStarted
from tui.session.session import Session


class ResultRecorder:
    """Remembers the texts of saved tool results."""

    def __init__(self) -> None:
        self.results: list[str] = []

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None: ...

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None: ...

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        if answer.tool is not None and answer.outcome == "complete":
            self.results.append(answer.content)


async def test_while_tools_run_no_request_is_asked_about_and_results_are_saved() -> None:
    class BusyProvider(AnswersProvider):
        async def server_activity(self, model: str) -> ServerActivity | None:
            raise AssertionError("no request runs")

    session = Session(BusyProvider(calling(call("look", {}, "c1")), ("A cat.",)), "m")
    released = asyncio.Event()
    box = ScriptedToolBox(look=released)
    session.use_tools(tools(box), ALL_TOOLS)
    recorder = ResultRecorder()
    async with contextlib.aclosing(session.send("What is it?")) as turn:
        async for update in turn:
            if isinstance(update, ToolCallStarted):
                await session.poll_activity()
                assert session.partial_answer is None
                assert not session.can_answer_now
                session.attach_recorder(recorder)
                released.set()

    assert recorder.results == ["released"]
