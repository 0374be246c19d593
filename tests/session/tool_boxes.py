"""Tools and approvers with scripts, and the rules of a strict server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tui.chat.message import ChatMessage
from tui.chat.tools import ToolResult, ToolSpec
from tui.session.approvals import Approvals, KnownTools
from tui.session.tool_box import Decision, LimitDecision, OnProgress, ToolRequest, Tools

Answer = ToolResult | Exception | asyncio.Event


def spec(name: str, server: str = "lab", **fields: Any) -> ToolSpec:
    return ToolSpec(server, name, f"Does {name}.", {"type": "object"}, **fields)


class ScriptedToolBox:
    """Answers each call with the next item of the tool's script; the last one is repeated."""

    def __init__(self, *specs: ToolSpec, **scripts: Sequence[Answer] | Answer) -> None:
        self.listed = specs or tuple(spec(name) for name in scripts)
        self.problems: tuple[str, ...] = ()
        self.scripts: dict[str, list[Answer]] = {
            name: [script] if isinstance(script, Answer) else list(script) for name, script in scripts.items()
        }
        self.called: list[tuple[str, Mapping[str, Any]]] = []
        self.cancelled: list[str] = []
        self.argument_problems: dict[str, str] = {}
        self.on_call: Callable[[ToolSpec], None] = lambda _: None
        self.progress: tuple[float, float | None, str] | None = None

    async def specs(self) -> tuple[ToolSpec, ...]:
        return self.listed

    async def argument_problem(self, tool: ToolSpec, arguments: Mapping[str, Any]) -> str:
        return self.argument_problems.get(tool.name, "")

    async def call(self, tool: ToolSpec, arguments: Mapping[str, Any], on_progress: OnProgress) -> ToolResult:
        self.called.append((tool.full_name, arguments))
        self.on_call(tool)
        if self.progress is not None:
            on_progress(*self.progress)
        script = self.scripts.get(tool.name, [ToolResult("done")])
        answer = script.pop(0) if len(script) > 1 else script[0]
        try:
            if isinstance(answer, asyncio.Event):
                await answer.wait()
                return ToolResult("released")
        except asyncio.CancelledError:
            self.cancelled.append(tool.full_name)
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer


class ScriptedApprover:
    """Decides by tool name. Tools without a decision are allowed once."""

    def __init__(self, **decisions: Decision | asyncio.Event) -> None:
        self.standing: dict[str, Decision] = {}
        self.decisions = decisions
        self.asked: list[str] = []
        self.limit_decisions: list[LimitDecision] = []
        self.limits_asked: list[int] = []

    def standing_decision(self, request: ToolRequest) -> Decision | None:
        return self.standing.get(request.spec.name)

    async def decide(self, request: ToolRequest) -> Decision:
        self.asked.append(request.spec.name)
        decision = self.decisions.get(request.spec.name, Decision("once"))
        if isinstance(decision, asyncio.Event):
            await decision.wait()
            return Decision("once")
        return decision

    async def decide_at_limit(self, rounds: int) -> LimitDecision:
        self.limits_asked.append(rounds)
        return self.limit_decisions.pop(0)


def approvals_of(
    allowed: Collection[str] = (), known: KnownTools | None = None, in_conversation: dict[str, str] | None = None
) -> Approvals:
    """Approvals of a conversation that is not saved."""
    chosen = {} if in_conversation is None else in_conversation

    def save(changed: Mapping[str, str]) -> None:
        chosen.clear()
        chosen.update(changed)

    return Approvals(lambda: allowed, known or KnownTools(), lambda: dict(chosen), save)


def tools(box: ScriptedToolBox, approver: ScriptedApprover | None = None, max_rounds: int = 10) -> Tools:
    return Tools(box, approver or ScriptedApprover(), max_rounds)


def assert_strict(messages: Sequence[ChatMessage]) -> None:
    """What the strictest servers and chat templates demand of the messages of a request."""
    rest = list(messages)
    if rest and rest[0].role == "system":
        rest = rest[1:]
    expected = "user"
    while rest:
        message = rest.pop(0)
        assert message.role == expected, f"{message.role} instead of {expected}"
        if message.role == "user":
            assert not message.tool_calls
            expected = "assistant"
            continue
        assert not message.images
        if not message.tool_calls:
            assert message.content.strip() or not rest
            expected = "user"
            continue
        ids = [call.id for call in message.tool_calls]
        assert len(set(ids)) == len(ids)
        for call in message.tool_calls:
            assert call.id
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", call.name)
            assert isinstance(call.arguments, dict)
            result = rest.pop(0)
            assert result.role == "tool"
            assert result.tool is not None
            assert (result.tool.call_id, result.tool.name) == (call.id, call.name)
            assert result.content.strip()
        expected = "assistant"
