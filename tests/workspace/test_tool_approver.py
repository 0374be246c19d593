"""Calls that wait for the user."""

from __future__ import annotations

import asyncio

import pytest

from tests.session.tool_boxes import approvals_of, spec
from tui.chat.message import ChatMessage
from tui.chat.tools import ToolSpec
from tui.session.tool_box import Decision, ToolRequest
from tui.workspace.tool_approver import ToolApprover

LOOK, WRITE = spec("look"), spec("write")


class Changes:
    count = 0

    def __call__(self) -> None:
        self.count += 1


def request_for(message_id: str, tool: ToolSpec) -> ToolRequest:
    return ToolRequest(tool, {}, ChatMessage(message_id, "tool", ""))


async def waiting_for(approver: ToolApprover, *requests: ToolRequest) -> list[asyncio.Task[Decision]]:
    tasks = [asyncio.create_task(approver.decide(request)) for request in requests]
    await asyncio.sleep(0)
    return tasks


async def test_calls_are_decided_one_by_one() -> None:
    changes = Changes()
    approver = ToolApprover(approvals_of(), changes)
    first, second = await waiting_for(approver, request_for("1", LOOK), request_for("2", LOOK))
    assert (list(approver.waiting), changes.count) == (["1", "2"], 2)

    assert approver.answer("2", Decision("denied", "No."))
    assert not approver.answer("2", Decision("once"))
    assert await second == Decision("denied", "No.")
    assert not first.done()
    assert list(approver.waiting) == ["1"]
    assert approver.answer("1", Decision("once"))
    assert await first == Decision("once")
    assert not approver.answer("1", Decision("once"))
    assert (approver.waiting, changes.count) == ({}, 4)
    assert approver.standing_decision(request_for("3", LOOK)) is None


@pytest.mark.parametrize("approval", ["conversation", "config"])
async def test_lasting_approval_allows_other_calls_of_the_tool(approval: str) -> None:
    allowed: set[str] = set()
    approver = ToolApprover(approvals_of(allowed), Changes())
    requests = (request_for("1", LOOK), request_for("2", WRITE), request_for("3", LOOK))
    first, other, third = await waiting_for(approver, *requests)
    decision = Decision("conversation") if approval == "conversation" else Decision("config")
    allowed.update(["lab.look"] if approval == "config" else [])
    approver.answer("1", decision)

    assert (await first, await third) == (decision, decision)
    assert list(approver.waiting) == ["2"]
    assert approver.standing_decision(request_for("4", LOOK)) == decision
    other.cancel()
    await asyncio.wait([other])
    assert approver.waiting == {}


async def test_all_calls_are_decided_at_once() -> None:
    approver = ToolApprover(approvals_of(), Changes())
    tasks = await waiting_for(approver, request_for("1", LOOK), request_for("2", WRITE))
    approver.answer_all(Decision("denied"))

    assert await asyncio.gather(*tasks) == [Decision("denied")] * 2


async def test_user_decides_whether_the_turn_goes_on() -> None:
    approver = ToolApprover(approvals_of(), Changes())
    assert not approver.answer_limit("stop")
    asking = asyncio.create_task(approver.decide_at_limit(10))
    await asyncio.sleep(0)

    assert approver.rounds_at_limit == 10
    assert approver.answer_limit("continue")
    assert not approver.answer_limit("stop")
    assert await asking == "continue"
    assert approver.rounds_at_limit is None
