"""Turns with tool calls: what is checked, decided, run, recorded and sent."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.scripted_provider import ScriptedProvider
from tests.session.answers_provider import AnswersProvider, call, calling
from tests.session.tool_boxes import ScriptedApprover, ScriptedToolBox, assert_strict, spec, tools
from tui.chat.chunk import StreamingChunk, ToolCall
from tui.chat.conversation import ALL_TOOLS, Conversation
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.chat.model_info import ModelInfo
from tui.chat.tools import ToolResult, ToolSpec
from tui.chat.turn import (
    AnswerStarted,
    ChunkReceived,
    ToolCallEnded,
    ToolCallsReceived,
    ToolCallStarted,
    ToolCallWaiting,
    ToolProgress,
    ToolsUnavailable,
    TurnEnded,
    TurnStarted,
    TurnUpdate,
)
from tui.errors import ProtocolBroken, ServerUnreachable, StreamInterrupted
from tui.session.session import SendOptions, Session, TurnStream
from tui.session.tool_box import Decision
from tui.session.tool_loop import MAX_CALLS

PICTURE = Image("image/png", b"png")


@dataclass
class Record:
    """Remembers the saved states of tool results, and checks them."""

    states: list[tuple[str, str, str]] = field(default_factory=list)
    """Tool, approval and outcome."""

    begun: int = 0

    def begin_turn(self, conversation: Conversation, prompt: ChatMessage, answer: ChatMessage) -> None:
        assert conversation.messages[answer.id] is answer
        self.begun += 1

    def append_to_answer(self, answer_id: str, content: str, thinking: str) -> None: ...

    def end_turn(self, conversation: Conversation, answer: ChatMessage) -> None:
        assert conversation.messages[answer.id] is answer
        if answer.tool is not None:
            self.states.append((answer.tool.name, answer.tool.approval, answer.outcome))


def session_with(
    provider: ScriptedProvider,
    box: ScriptedToolBox,
    approver: ScriptedApprover | None = None,
    *,
    max_rounds: int = 10,
    recorder: Record | None = None,
) -> Session:
    ids = map(str, itertools.count(1))
    session = Session(provider, "m", recorder=recorder, new_id=lambda: next(ids))
    session.use_tools(tools(box, approver, max_rounds), ALL_TOOLS)
    return session


async def updates_of(turn: TurnStream | None) -> list[TurnUpdate]:
    assert turn is not None
    async with contextlib.aclosing(turn):
        return [update async for update in turn]


async def stop_at(turn: TurnStream, kind: type) -> None:
    """Read a turn to the first update of a kind, and close it."""
    async with contextlib.aclosing(turn):
        async for update in turn:
            if isinstance(update, kind):
                return


def path_of(session: Session) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in session.conversation.path]


def results_of(session: Session) -> list[ChatMessage]:
    return [message for message in session.conversation.path if message.role == "tool"]


async def test_calls_run_and_their_results_are_sent_for_the_next_answer() -> None:
    provider = AnswersProvider(calling(call("look", {"at": 1}, "c1"), text="Let me see."), ("A cat.",))
    box = ScriptedToolBox(look=ToolResult("cat", links=("http://x",)))
    record = Record()
    session = session_with(provider, box, recorder=record)
    updates = await updates_of(session.send("What is it?"))

    assert [type(update) for update in updates] == [
        TurnStarted,
        ChunkReceived,
        ChunkReceived,
        ToolCallsReceived,
        ToolCallWaiting,
        ToolCallStarted,
        ToolCallEnded,
        AnswerStarted,
        ChunkReceived,
        TurnEnded,
    ]
    assert path_of(session) == [
        ("user", "What is it?"),
        ("assistant", "Let me see."),
        ("tool", "cat"),
        ("assistant", "A cat."),
    ]
    assert box.called == [("lab.look", {"at": 1})]
    (result,) = results_of(session)
    assert result.tool is not None
    assert (result.tool.call_id, result.tool.name, result.tool.full_name) == ("c1", "look", "lab.look")
    assert (result.tool.approval, result.tool.is_error, result.tool.links) == ("once", False, ("http://x",))
    assert record.states == [("look", "once", "streaming"), ("look", "once", "complete")]
    assert record.begun == 2
    assert [tool.name for tool in provider.requests[0].tools] == ["look"]
    assert [(message.role, message.content) for message in provider.requests[1].messages] == path_of(session)[:3]
    assert_strict(provider.requests[1].messages)
    assert not session.is_running


async def test_approval_is_recorded_before_the_call_runs() -> None:
    record = Record()
    box = ScriptedToolBox(look=ToolResult("cat"))
    seen: list[list[tuple[str, str, str]]] = []
    box.on_call = lambda _: seen.append(list(record.states))
    await updates_of(session_with(AnswersProvider(calling("look"), ("ok",)), box, recorder=record).send("?"))

    assert seen == [[("look", "once", "streaming")]]


async def test_standing_decision_runs_a_call_without_asking() -> None:
    approver = ScriptedApprover()
    approver.standing["look"] = Decision("config")
    session = session_with(AnswersProvider(calling("look"), ("ok",)), ScriptedToolBox(look=ToolResult("x")), approver)
    updates = await updates_of(session.send("?"))

    assert approver.asked == []
    assert not any(isinstance(update, ToolCallWaiting) for update in updates)
    assert [result.tool.approval for result in results_of(session) if result.tool] == ["config"]


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        (Decision("denied"), "Not run: the user did not allow this call."),
        (Decision("denied", "Too slow."), "Not run: the user did not allow this call, and said: Too slow."),
    ],
)
async def test_denied_call_does_not_run_and_the_model_is_told(decision: Decision, text: str) -> None:
    provider = AnswersProvider(calling("look"), ("ok",))
    box = ScriptedToolBox(look=ToolResult("x"))
    session = session_with(provider, box, ScriptedApprover(look=decision))
    await updates_of(session.send("?"))

    assert box.called == []
    assert provider.requests[1].messages[-1].content == text
    assert [result.tool.is_error for result in results_of(session) if result.tool] == [True]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (call("lok"), "There is no tool 'lok'. The tools are: look."),
        (call("look", '{"at": '), 'Not run: the arguments are not a JSON object. They were: {"at": '),
        (call("look", {"at": "x"}), "at must be a number"),
    ],
)
async def test_call_that_cannot_run_is_answered_with_the_reason(made: ToolCall, text: str) -> None:
    provider = AnswersProvider(calling(made), ("ok",))
    box = ScriptedToolBox(look=ToolResult("x"))
    box.argument_problems["look"] = "at must be a number"
    approver = ScriptedApprover()
    session = session_with(provider, box, approver)
    await updates_of(session.send("?"))

    assert (box.called, approver.asked) == ([], [])
    assert path_of(session)[2:] == [("tool", text), ("assistant", "ok")]
    assert_strict(provider.requests[1].messages)


async def test_tool_is_found_by_its_full_name_and_names_are_made_unique() -> None:
    provider = AnswersProvider(calling("lab.look", "den_look"), ("ok",))
    box = ScriptedToolBox(spec("look"), spec("look", "den"), spec("a b", "den"))
    session = session_with(provider, box)
    await updates_of(session.send("?"))

    assert [tool.name for tool in provider.requests[0].tools] == ["lab_look", "den_look", "den_a_b"]
    assert box.called == [("lab.look", {}), ("den.look", {})]


async def test_missing_and_repeated_ids_are_made_unique() -> None:
    first = calling(call("look", id="a"), call("look", id="a"), call("look"), call("look", id="not an id"))
    provider = AnswersProvider(first, calling(call("look", id="a")), ("ok",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    updates = await updates_of(session.send("?"))

    ids = [made.id for message in session.conversation.path for made in message.tool_calls]
    assert len(set(ids)) == 5
    assert ids[0] == "a"
    chunks = [update.chunk for update in updates if isinstance(update, ChunkReceived)]
    assert [made.id for chunk in chunks for made in chunk.tool_calls] == ids
    assert_strict(provider.requests[-1].messages)


async def test_calls_without_a_name_are_ignored() -> None:
    provider = AnswersProvider(calling(call(" ")), ("never",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    await updates_of(session.send("?"))

    assert [role for role, _ in path_of(session)] == ["user", "assistant"]
    assert len(provider.requests) == 1


async def test_calls_run_at_the_same_time_and_results_keep_the_order_of_calls() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    box = ScriptedToolBox(slow=first, fast=second)
    session = session_with(AnswersProvider(calling("slow", "fast"), ("ok",)), box)
    ended = []
    async with contextlib.aclosing(session.send("?")) as turn:
        async for update in turn:
            if isinstance(update, ToolCallStarted) and len(box.called) == 2:
                second.set()
            if isinstance(update, ToolCallEnded) and update.result.tool:
                ended.append(update.result.tool.name)
                first.set()

    assert ended == ["fast", "slow"]
    assert [result.tool.name for result in results_of(session) if result.tool] == ["slow", "fast"]


async def test_call_runs_while_another_waits_for_the_user() -> None:
    first, decide = asyncio.Event(), asyncio.Event()
    box = ScriptedToolBox(quick=ToolResult("x"), asked=ToolResult("y"))
    approver = ScriptedApprover(quick=first, asked=decide)
    session = session_with(AnswersProvider(calling("quick", "asked"), ("ok",)), box, approver)
    async with contextlib.aclosing(session.send("?")) as turn:
        async for update in turn:
            if len(approver.asked) == 2:
                first.set()
            if isinstance(update, ToolCallEnded) and not decide.is_set():
                assert (box.called, session.stage and session.stage.name) == ([("lab.quick", {})], "deciding")
                asyncio.get_running_loop().call_later(0.01, decide.set)

    assert [result.content for result in results_of(session)] == ["x", "y"]


async def test_too_many_calls_of_one_answer_do_not_run() -> None:
    box = ScriptedToolBox(look=ToolResult("x"))
    session = session_with(AnswersProvider(calling(*["look"] * (MAX_CALLS + 1)), ("ok",)), box)
    await updates_of(session.send("?"))

    assert len(box.called) == MAX_CALLS
    assert results_of(session)[-1].content == "Too many calls in one answer. Not run."


async def test_stage_and_progress_of_calls_can_be_asked() -> None:
    decide, release = asyncio.Event(), asyncio.Event()
    box = ScriptedToolBox(look=release)
    box.progress = (3, 2, "soon")
    session = session_with(AnswersProvider(calling("look"), ("ok",)), box, ScriptedApprover(look=decide))
    stages = []
    async with contextlib.aclosing(session.send("?")) as turn:
        async for update in turn:
            if isinstance(update, ToolCallWaiting):
                assert session.partial_answer is None
                stages.append(session.stage and session.stage.name)
                decide.set()
            if isinstance(update, ToolCallStarted):
                while not session.tool_progress or session.tool_progress[update.result.id].fraction is None:
                    await asyncio.sleep(0)
                (progress,) = session.tool_progress.values()
                assert progress == ToolProgress(progress.began, 1.0, "soon")
                stages.append(session.stage and session.stage.name)
                release.set()

    assert stages == ["deciding", "running tools"]
    assert (session.stage, session.tool_progress) == (None, {})


# The limit of rounds.


async def test_at_the_limit_the_turn_can_go_on() -> None:
    provider = AnswersProvider(*[calling("look")] * 5, ("ok",))
    approver = ScriptedApprover()
    approver.limit_decisions = ["continue", "continue"]
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")), approver, max_rounds=2)
    await updates_of(session.send("?"))

    assert approver.limits_asked == [2, 4]
    assert path_of(session)[-1] == ("assistant", "ok")


async def test_at_the_limit_the_model_can_be_told_to_answer_without_tools() -> None:
    provider = AnswersProvider(calling("look"), calling("look"), calling("look", text="So."))
    approver = ScriptedApprover()
    approver.limit_decisions = ["answer"]
    box = ScriptedToolBox(look=ToolResult("x"))
    session = session_with(provider, box, approver, max_rounds=1)
    await updates_of(session.send("?"))

    assert len(box.called) == 1
    assert [bool(request.tools) for request in provider.requests] == [True, True, False]
    assert results_of(session)[-1].content == "Not run: there were too many tool calls. Answer now, with what you know."
    assert path_of(session)[-1] == ("assistant", "So.")
    assert_strict(provider.requests[-1].messages)


@pytest.mark.parametrize("last", [calling("look"), ('<tool_call>\n{"name": "look"}\n</tool_call>',)])
async def test_another_call_instead_of_the_last_answer_is_an_error(last: Any) -> None:
    provider = AnswersProvider(calling("look"), calling("look"), last)
    approver = ScriptedApprover()
    approver.limit_decisions = ["answer"]
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")), approver, max_rounds=1)
    ended = (await updates_of(session.send("?")))[-1]

    assert isinstance(ended, TurnEnded)
    assert isinstance(ended.error, ProtocolBroken)
    assert str(ended.error) == "The model called another tool instead of answering, after 1 answer with calls."
    assert "--max-tool-rounds" in ended.error.hint


async def test_at_the_limit_the_turn_can_end() -> None:
    provider = AnswersProvider(calling("look"), calling("look"), ("later",))
    approver = ScriptedApprover()
    approver.limit_decisions = ["stop"]
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")), approver, max_rounds=1)
    ended = (await updates_of(session.send("?")))[-1]

    assert isinstance(ended, TurnEnded)
    assert ended.error is None
    assert ended.answer.tool_calls
    assert session.conversation.path[-1].content.startswith("Not run: the user ended the turn")
    await updates_of(session.send("And now?"))
    assert_strict(provider.requests[-1].messages)


# Stopping.


@pytest.mark.parametrize("kind", [ToolCallsReceived, ToolCallWaiting, ToolCallStarted, ToolCallEnded, AnswerStarted])
async def test_turn_stopped_at_any_stage_leaves_a_history_that_is_accepted(kind: type) -> None:
    provider = AnswersProvider(calling("done", "hang"), ("never",))
    box = ScriptedToolBox(done=ToolResult("x"), hang=asyncio.Event())
    approver = ScriptedApprover()
    approver.standing["done"] = Decision("conversation")
    if kind is AnswerStarted:
        box.scripts["hang"] = [ToolResult("y")]
    session = session_with(provider, box, approver)
    await stop_at(session.send("?"), kind)

    assert not session.is_running
    assert session.last_turn is not None
    assert session.last_turn.error is not None
    assert session.last_turn.error.kind == "cancelled"
    assert all(message.outcome != "streaming" for message in session.conversation.messages.values())
    assert len(results_of(session)) == 2
    provider.answers = [("ok",)]
    await updates_of(session.send("And now?"))
    assert_strict(provider.requests[-1].messages)
    assert "?" in [message.content for message in provider.requests[-1].messages]


async def test_stopped_call_is_cancelled_and_the_model_is_told_later() -> None:
    box = ScriptedToolBox(hang=asyncio.Event())
    provider = AnswersProvider(calling("hang"), ("ok",))
    session = session_with(provider, box, recorder=(record := Record()))
    async with contextlib.aclosing(session.send("?")) as turn:
        async for _ in turn:
            if box.called:
                break

    assert box.cancelled == ["lab.hang"]
    (result,) = results_of(session)
    assert (result.outcome, result.content) == (
        "cancelled",
        "The user stopped this call before it ended. It may have had an effect.",
    )
    assert record.states[-1] == ("hang", "once", "cancelled")
    await updates_of(session.send("And now?"))
    assert [message.role for message in provider.requests[-1].messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]


async def test_broken_tool_box_ends_the_turn_and_leaves_results() -> None:
    provider = AnswersProvider(calling("bug", "hang"), ("ok",))
    box = ScriptedToolBox(bug=RuntimeError("a bug"), hang=asyncio.Event())
    session = session_with(provider, box)
    with pytest.raises(RuntimeError, match="a bug"):
        await updates_of(session.send("?"))

    assert [result.outcome for result in results_of(session)] == ["cancelled", "cancelled"]
    await updates_of(session.send("And now?"))
    assert_strict(provider.requests[-1].messages)


# Errors of the provider.


async def test_failed_answer_with_calls_runs_none_of_them() -> None:
    provider = AnswersProvider((*calling("look")[:1], StreamInterrupted("cut")), ("ok",))
    box = ScriptedToolBox(look=ToolResult("x"))
    session = session_with(provider, box)
    await updates_of(session.send("?"))
    await updates_of(session.send("again"))

    assert box.called == []
    assert [(message.role, message.content) for message in provider.requests[-1].messages] == [("user", "?\n\nagain")]


async def test_turn_that_failed_after_tools_continues_without_running_them_again() -> None:
    provider = AnswersProvider(calling("look"), (ServerUnreachable("gone"),), ("ok",))
    box = ScriptedToolBox(look=ToolResult("x"))
    session = session_with(provider, box)
    await updates_of(session.send("?"))
    assert session.can_continue
    await updates_of(session.continue_answer())

    assert len(box.called) == 1
    assert path_of(session) == [("user", "?"), ("assistant", ""), ("tool", "x"), ("assistant", "ok")]
    assert_strict(provider.requests[-1].messages)
    assert len(session.conversation.messages) == 5


async def test_prompt_after_a_turn_that_failed_after_tools_keeps_the_results() -> None:
    provider = AnswersProvider(calling("look"), (ServerUnreachable("gone"),), ("ok",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    await updates_of(session.send("?"))
    await updates_of(session.send("Well?"))

    assert [message.role for message in provider.requests[-1].messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert_strict(provider.requests[-1].messages)


async def test_turn_that_ended_with_results_continues_with_the_next_answer() -> None:
    provider = AnswersProvider(calling("look"), ("ok",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    await stop_at(session.send("?"), ToolCallEnded)
    await updates_of(session.continue_answer())

    assert path_of(session)[-2:] == [("tool", "x"), ("assistant", "ok")]
    assert not session.can_continue


async def test_partial_answer_after_tools_is_continued_in_place() -> None:
    provider = AnswersProvider(calling("look"), ("It is", StreamInterrupted("cut")), (" a cat.",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    await updates_of(session.send("?"))
    await updates_of(session.continue_answer())

    assert path_of(session)[-1] == ("assistant", "It is a cat.")
    assert len(session.conversation.messages) == 4
    assert [message.role for message in provider.requests[-1].messages] == ["user", "assistant", "tool", "assistant"]


async def test_regenerate_runs_the_whole_turn_again() -> None:
    provider = AnswersProvider(calling("look"), ("one",), calling("look"), ("two",))
    box = ScriptedToolBox(look=ToolResult("x"))
    session = session_with(provider, box)
    await updates_of(session.send("?"))
    first = session.conversation.path[1]
    await updates_of(session.regenerate(session.conversation.path[2].id))

    assert len(box.called) == 2
    assert path_of(session)[-1] == ("assistant", "two")
    assert len(session.conversation.siblings(first.id)) == 2
    assert [message.content for message in session.conversation.through(first.id).path][-1] == "one"


# What is offered, and what is sent.


@pytest.mark.parametrize("problem", ["m cannot call tools.", ""])
async def test_model_without_tool_support_is_offered_none_and_the_user_is_told_once(problem: str) -> None:
    provider = AnswersProvider(("ok",))
    provider.tool_problem = problem
    box = ScriptedToolBox(look=ToolResult("x"))
    if not problem:
        box.problems = ("The tool server den cannot be started.",)
    session = session_with(provider, box)
    told = [update for _ in range(2) for update in await updates_of(session.send("?"))]

    (reason,) = (problem,) if problem else box.problems
    assert [update for update in told if isinstance(update, ToolsUnavailable)] == [ToolsUnavailable(reason)]
    assert bool(provider.requests[-1].tools) is not bool(problem)


async def test_failed_question_for_tool_support_offers_the_tools() -> None:
    provider = AnswersProvider(("ok",))
    provider.tool_problem = ServerUnreachable("gone")
    await updates_of(session_with(provider, ScriptedToolBox(look=ToolResult("x"))).send("?"))

    assert provider.requests[-1].tools


async def test_session_without_tools_runs_no_calls() -> None:
    provider = AnswersProvider(calling(call("look", id="c")), ("never",))
    session = Session(provider, "m")
    await updates_of(session.send("?"))

    assert len(provider.requests) == 1
    assert provider.requests[0].tools == ()


async def test_thinking_is_sent_back_only_until_the_turn_ends() -> None:
    thinking = (StreamingChunk(thinking="Hm."), *calling("look"))
    provider = AnswersProvider(thinking, ("one",), ("two",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    await updates_of(session.send("?"))
    await updates_of(session.send("And?"))

    assert [request.messages[1].thinking for request in provider.requests[1:]] == ["Hm.", ""]


@pytest.mark.parametrize("capabilities", [frozenset[str](), frozenset({"tools", "vision"}), frozenset({"tools"})])
async def test_images_of_results_are_sent_only_to_models_that_can_see(capabilities: frozenset[str]) -> None:
    provider = AnswersProvider(calling("look"), ("ok",))
    provider.model_info = ModelInfo("m", capabilities=capabilities)
    session = session_with(provider, ScriptedToolBox(look=ToolResult("", images=(PICTURE,))))
    await updates_of(session.send("?"))

    result = provider.requests[1].messages[-1]
    is_blind = capabilities == {"tools"}
    assert result.images == (() if is_blind else (PICTURE,))
    assert ("left out" in result.content) is is_blind
    assert results_of(session)[0].images == (PICTURE,)


async def test_tools_are_remembered_even_if_the_session_gathers_no_text() -> None:
    provider = AnswersProvider(calling("look"), ("ok",))
    session = session_with(provider, ScriptedToolBox(look=ToolResult("x")))
    session.send_options = SendOptions(remember=False)
    await updates_of(session.send("?"))

    assert path_of(session)[-1] == ("assistant", "ok")


SCHEMA = {"type": "object", "required": ["name"]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('<think>hm</think>{"name": 1}', ""),
        ("{}", "The answer does not fit the schema: $ has no 'name'."),
        ("A name.", "The answer does not fit the schema: It is not JSON: Expecting value (line 1)."),
    ],
)
async def test_answer_that_does_not_fit_the_schema_fails(text: str, problem: str) -> None:
    provider = ScriptedProvider(text)
    session = Session(provider, "m", send_options=SendOptions(schema=SCHEMA))
    ended = (await updates_of(session.send("?")))[-1]

    assert provider.requests[0].schema == SCHEMA
    assert isinstance(ended, TurnEnded)
    assert str(ended.error or "") == problem
    assert ended.error is None or ended.error.kind == "protocol"
    assert ended.answer.content == text


async def test_time_to_start_tool_servers_is_not_that_of_the_answer() -> None:
    now = 0.0

    class SlowToolBox(ScriptedToolBox):
        async def specs(self) -> tuple[ToolSpec, ...]:
            nonlocal now
            now += 30.0
            return await super().specs()

    session = Session(AnswersProvider(("Hi.",)), "m", monotonic=lambda: now)
    session.use_tools(tools(SlowToolBox(look=ToolResult("cat"))), ALL_TOOLS)
    await updates_of(session.send("?"))

    assert session.conversation.path[-1].stats.total_s == 0.0
