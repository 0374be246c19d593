"""Random turns with tools: whatever happens, the next request is acceptable, and nothing runs without an approval."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.scripted_provider import Step
from tests.session.answers_provider import AnswersProvider
from tests.session.tool_boxes import assert_strict, spec
from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.conversation import ALL_TOOLS, Conversation
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.tools import ToolResult, ToolSpec
from tui.errors import ServerUnreachable, StreamInterrupted
from tui.session.history import messages_to_send
from tui.session.session import SendOptions, Session, TurnStream
from tui.session.tool_box import Decision, LimitDecision, OnProgress, ToolRequest, Tools
from tui.store.conversations import ConversationStore

NAMES = ("look", "write", "a b", "gone", "", " ")
TEXTS = st.sampled_from(["", " ", "ab", "{}", "<think>hm</think>", "<think>hm"])
CALLS = st.builds(
    ToolCall,
    st.sampled_from(NAMES),
    st.sampled_from([{}, {"at": 1}, '{"at', "[]", ""]),
    st.sampled_from([None, "", "c1", "c2", "not an id", "ü"]),
)
CHUNKS = st.builds(
    StreamingChunk,
    content=TEXTS,
    thinking=st.sampled_from(["", "hm"]),
    tool_calls=st.lists(CALLS, max_size=3).map(tuple),
)
ENDS = st.sampled_from([(), (), (), (StreamInterrupted("cut"),), (ServerUnreachable("gone"),)])
ANSWERS = st.builds(lambda chunks, end: (*chunks, *end), st.lists(CHUNKS, max_size=3), ENDS)
Behaviour = Literal["answer", "nothing", "fail", "image", "hang", "die"]
BEHAVIOURS: st.SearchStrategy[Behaviour] = st.sampled_from(["answer", "nothing", "fail", "image", "hang", "die"])
DECISIONS: st.SearchStrategy[Decision | None] = st.sampled_from(
    [
        Decision("once"),
        Decision("conversation"),
        Decision("denied"),
        Decision("denied", "Why?"),
        None,
    ]
)
LIMITS: st.SearchStrategy[LimitDecision] = st.sampled_from(["continue", "answer", "stop"])


class ServerDied(Exception):
    """A tool box that breaks."""


class World:
    """Tools, approver and checks of one turn."""

    def __init__(
        self,
        store: ConversationStore,
        behaviours: dict[str, Behaviour],
        decisions: dict[str, Decision | None],
        limit: LimitDecision,
    ) -> None:
        self.store = store
        self.behaviours = behaviours
        self.decisions = decisions
        self.limit = limit
        self.problems: tuple[str, ...] = ()
        self.conversation_id = ""

    async def specs(self) -> tuple[ToolSpec, ...]:
        return (spec("look"), spec("write"), spec("a b"))

    async def argument_problem(self, tool: ToolSpec, arguments: Mapping[str, Any]) -> str:
        return "at is missing" if tool.name == "write" and not arguments else ""

    def standing_decision(self, request: ToolRequest) -> Decision | None:
        return Decision("config") if request.spec.name == "a b" else None

    async def decide(self, request: ToolRequest) -> Decision:
        decision = self.decisions[request.spec.name]
        if decision is None:
            # The user never decides: only stopping ends this.
            await asyncio.Event().wait()
        assert decision is not None
        return decision

    async def decide_at_limit(self, rounds: int) -> LimitDecision:
        return self.limit

    async def call(self, tool: ToolSpec, arguments: Mapping[str, Any], on_progress: OnProgress) -> ToolResult:
        saved = self.store.load(self.conversation_id).messages.values()
        assert any(
            message.tool is not None
            and message.tool.full_name == tool.full_name
            and message.tool.approval != "denied"
            and message.outcome == "streaming"
            for message in saved
        ), "a call runs without a recorded approval"
        decision = self.decisions.get(tool.name)
        assert tool.name == "a b" or (decision is not None and decision.approval != "denied")
        assert not await self.argument_problem(tool, arguments)
        match self.behaviours[tool.name]:
            case "nothing":
                return ToolResult("")
            case "fail":
                return ToolResult("It failed.", is_error=True)
            case "image":
                return ToolResult("See:", images=(Image("image/png", b"png"),))
            case "hang":
                await asyncio.Event().wait()
            case "die":
                raise ServerDied
        return ToolResult("done")


class ToolMachine(RuleBasedStateMachine):
    """Sends, regenerates, continues, forks and reopens, with tools that do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.store = ConversationStore(Path(self.folder.name))
        self.provider = AnswersProvider(())
        self.numbers = itertools.count(1)
        self.session = self._session(None)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()
        self.loop.close()

    def _session(self, conversation: Conversation | None) -> Session:
        return Session(
            self.provider,
            "m",
            conversation,
            recorder=self.store,
            now=lambda: float(next(self.numbers)),
            new_id=lambda: f"{next(self.numbers):06}",
        )

    def _run(self, turn: TurnStream, stop_after: int) -> None:
        async def follow() -> None:
            count = 0
            with contextlib.suppress(ServerDied, TimeoutError):
                async with contextlib.aclosing(turn):
                    # A turn that waits for a person or a server is stopped by the user.
                    while True:
                        step = asyncio.ensure_future(anext(turn))
                        for _ in range(200):
                            if step.done():
                                break
                            await asyncio.sleep(0)
                        if not step.done():
                            step.cancel()
                            with contextlib.suppress(asyncio.CancelledError):
                                await step
                            return
                        try:
                            step.result()
                        except StopAsyncIteration:
                            return
                        count += 1
                        if count == stop_after:
                            return

        self.loop.run_until_complete(follow())

    def _prepare(self, data: st.DataObject, answers: list[tuple[Step, ...]]) -> None:
        self.provider.answers = [*answers, ("So.",)]
        world = World(
            self.store,
            {name: data.draw(BEHAVIOURS) for name in ("look", "write", "a b")},
            {name: data.draw(DECISIONS) for name in ("look", "write")},
            data.draw(LIMITS),
        )
        world.conversation_id = self.session.conversation.id
        schema = data.draw(st.sampled_from([None, None, {"type": "object"}]))
        self.session.send_options = SendOptions(schema=schema)
        self.session.use_tools(data.draw(st.sampled_from([Tools(world, world, 2)] * 4 + [None])), ALL_TOOLS)

    @rule(data=st.data(), answers=st.lists(ANSWERS, max_size=4), stop_after=st.integers(1, 30))
    def send(self, data: st.DataObject, answers: list[tuple[Step, ...]], stop_after: int) -> None:
        self._prepare(data, answers)
        self._run(self.session.send("hi"), stop_after)

    @rule(data=st.data(), answers=st.lists(ANSWERS, max_size=3), stop_after=st.integers(1, 30))
    def regenerate(self, data: st.DataObject, answers: list[tuple[Step, ...]], stop_after: int) -> None:
        self._prepare(data, answers)
        if turn := self.session.regenerate():
            self._run(turn, stop_after)

    @rule(data=st.data(), answers=st.lists(ANSWERS, max_size=3), stop_after=st.integers(1, 30))
    def continue_answer(self, data: st.DataObject, answers: list[tuple[Step, ...]], stop_after: int) -> None:
        self._prepare(data, answers)
        if turn := self.session.continue_answer():
            self._run(turn, stop_after)

    @rule(data=st.data())
    def go_to_another_message(self, data: st.DataObject) -> None:
        messages = self.session.conversation.messages
        if messages:
            head = data.draw(st.sampled_from(sorted(messages)))
            self.session.replace_conversation(self.session.conversation.at(head))

    @rule(data=st.data())
    def delete_a_message(self, data: st.DataObject) -> None:
        messages = self.session.conversation.messages
        if messages:
            gone = data.draw(st.sampled_from(sorted(messages)))
            left = self.session.conversation.without(gone)
            self.store.delete_messages(left, set(messages) - set(left.messages))
            self.session.replace_conversation(left)

    @rule()
    def reopen(self) -> None:
        self.session = self._session(self.store.latest())

    @invariant()
    def every_request_was_acceptable(self) -> None:
        for request in self.provider.requests:
            assert_strict(request.messages)
        self.provider.requests.clear()

    @invariant()
    def history_is_acceptable_at_every_message(self) -> None:
        conversation = self.session.conversation
        for message in conversation.messages.values():
            sent = messages_to_send("", conversation.at(message.id).path, ChatMessage("next", "user", "next"))
            assert_strict(sent)
            assert sent[-1].content.endswith("next")

    @invariant()
    def nothing_is_left_running(self) -> None:
        assert not self.session.is_running
        assert all(message.outcome != "streaming" for message in self.session.conversation.messages.values())
        assert not asyncio.all_tasks(self.loop)

    @invariant()
    def conversation_is_saved(self) -> None:
        conversation = self.session.conversation
        if conversation.messages:
            saved = self.store.load(conversation.id).messages
            assert {id_: (each.content, each.tool, each.outcome) for id_, each in saved.items()} == {
                id_: (each.content, each.tool, each.outcome) for id_, each in conversation.messages.items()
            }


ToolMachine.TestCase.settings = settings(derandomize=True, deadline=None, max_examples=50, stateful_step_count=15)
test_tools_never_break_a_conversation = pytest.mark.filterwarnings("error")(ToolMachine.TestCase)
