"""Answer with tool calls → decisions → results → next answer: the part of a turn between two answers.

Every call gets a message of role `tool` before anything else happens, so that each later state is saved: who allowed
it, before it runs, and what came back. Calls that cannot run get the reason as their result, for the model. If the
turn is stopped, calls without a result get one that says so: no answer is left with calls that have no results.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import replace
from typing import Any, Final

from tui.chat.chunk import ToolCall
from tui.chat.formatting import format_count
from tui.chat.message import ChatMessage, Failure
from tui.chat.tool_outcome import ToolOutcome
from tui.chat.tools import OfferedTool, ToolResult
from tui.chat.turn import (
    Stage,
    StageName,
    ToolCallEnded,
    ToolCallsReceived,
    ToolCallStarted,
    ToolCallWaiting,
    ToolProgress,
    ToolUpdate,
)
from tui.errors import ProtocolBroken, ProviderError
from tui.lazy_pattern import lazy_pattern
from tui.providers.base import Provider
from tui.session.tool_box import Decision, ToolRequest, Tools
from tui.session.tool_names import offered_tools, tool_called, with_unique_ids

MAX_CALLS: Final = 64
"""Calls of one answer that run."""

_MAX_QUOTED: Final = 200
"""Characters of invalid arguments that are quoted."""

_CALL_AS_TEXT: Final = lazy_pattern(r"<\|?tool_calls?(_begin)?\|?>|\[TOOL_CALLS\]|<\|python_tag\|>|<function=")
"""How models begin a call in the text that they write."""

_STOPPED: Final = Failure("cancelled", "You stopped this call.")


class ToolLoop:
    """The tool calls of one turn."""

    def __init__(
        self,
        tools: Tools,
        taken_ids: Collection[str],
        record: Callable[[ChatMessage], None],
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        """Args:
        tools: Runs the calls, and decides about them.
        taken_ids: The ids of earlier calls of the conversation.
        record: Saves the message of a call in its present state.
        now: The time, in seconds since the epoch.
        monotonic: A monotonic clock, in seconds.
        new_id: Returns a unique id.
        """
        self._tools = tools
        self._offered: dict[str, OfferedTool] = {}
        self._ids = set(taken_ids)
        self._record = record
        self._now = now
        self._monotonic = monotonic
        self._new_id = new_id
        self._rounds = 0
        self._limit = tools.max_rounds
        self._is_over = False
        self._is_last_answer = False
        """Whether the model was told to answer without another call."""
        self._waiting: set[str] = set()
        """The calls that wait for the user, by the ids of their messages."""
        self._messages: dict[str, ChatMessage] = {}
        """The messages of the calls of the running round, in their present state."""
        self.stage: Stage | None = None
        """What the calls are waiting for. None while an answer streams."""
        self.progress: dict[str, ToolProgress] = {}
        """How far each running call is, by the id of its message."""

    @property
    def offered(self) -> tuple[OfferedTool, ...]:
        """The tools for the next request. Empty once the model has to answer without them."""
        return tuple(self._offered.values())

    async def offer(self, provider: Provider, model: str) -> tuple[str, ...]:
        """Start the tool servers that are needed, and offer their tools to the model.

        Returns:
            Why some tools are not offered, each reason in one sentence for the user.
        """
        problem = ""
        # The answer may come all the same, and reports what is wrong with the server.
        with contextlib.suppress(ProviderError):
            problem = await provider.tools_problem(model)
        if problem:
            return (problem,)
        specs = await self._tools.box.specs()
        self._offered = {tool.name: tool for tool in offered_tools(specs)}
        return self._tools.box.problems

    def withdraw_tools(self) -> None:
        """Offer no tools from the next request on."""
        self._offered = {}

    @property
    def is_over(self) -> bool:
        """Whether the turn ends without another answer."""
        return self._is_over

    def limit_error(self, answer: ChatMessage) -> ProtocolBroken | None:
        """The error of an answer that is another call, although the model was told to answer without. None otherwise.

        Without tools in the request, most servers pass on a call as the text that the model wrote.
        """
        text = answer.text.strip()
        if not self._is_last_answer or not (_CALL_AS_TEXT.match(text) or (answer.tool_calls and not text)):
            return None
        before = f"{format_count(self._limit, 'answer')} with calls"
        return ProtocolBroken(
            f"The model called another tool instead of answering, after {before}.",
            hint="Allow more with max_rounds in [tools], or --max-tool-rounds of `llm-tui ask`.",
        )

    def with_ids(self, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
        """Calls as they arrive, each with an id that no other call of the conversation has."""
        named = with_unique_ids(calls, self._ids, self._new_id)
        self._ids.update(call.id or "" for call in named)
        return tuple(named)

    def results_for(self, answer: ChatMessage) -> tuple[ChatMessage, ...]:
        """The messages of an answer's calls, without content. Empty if the turn ends with this answer.

        Calls without a name are ignored: no server accepts them.
        """
        if not self._offered:
            return ()
        results: list[ChatMessage] = []
        parent_id = answer.id
        for call in answer.tool_calls:
            if not call.name.strip() or call.id is None:
                continue
            tool = tool_called(call.name, self._offered)
            outcome = ToolOutcome(call.id, call.name, "" if tool is None else tool.spec.full_name)
            results.append(
                ChatMessage(
                    id=self._new_id(),
                    role="tool",
                    content="",
                    parent_id=parent_id,
                    created_at=self._now(),
                    outcome="streaming",
                    tool=outcome,
                )
            )
            parent_id = results[-1].id
        return tuple(results)

    async def run(self, answer: ChatMessage, results: tuple[ChatMessage, ...]) -> AsyncGenerator[ToolUpdate, None]:
        """Run the calls of an answer. Returns when all have results; closing it gives the others one that says so.

        Args:
            answer: The answer.
            results: What `results_for` returned, saved by now.
        """
        self._messages = {message.id: message for message in results}
        self._rounds += 1
        calls = {call.id: call for call in answer.tool_calls}
        updates: asyncio.Queue[ToolUpdate | None] = asyncio.Queue()
        tasks: list[asyncio.Task[None]] = []
        self._enter("deciding")
        try:
            # Within the `try`: the turn may be stopped right here.
            yield ToolCallsReceived(answer, results)
            problem = await self._problem_of_round()
            for position, message in enumerate(results):
                assert message.tool is not None
                reason = problem or ("Too many calls in one answer. Not run." if position >= MAX_CALLS else "")
                call = calls[message.tool.call_id]
                task = asyncio.create_task(self._answer(call, message.id, reason, updates), name="tool call")
                task.add_done_callback(lambda _: updates.put_nowait(None))
                tasks.append(task)
            running = len(tasks)
            while running:
                update = await updates.get()
                if update is not None:
                    yield update
                    continue
                running -= 1
                for task in tasks:
                    if task.done():
                        # Raises the error of a front end that is broken.
                        task.result()
        finally:
            self._stop_unfinished()
            self.stage = None
            self.progress.clear()
            self._waiting.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _problem_of_round(self) -> str:
        """Why none of the calls of this round runs. Empty if they may."""
        if self._rounds <= self._limit:
            return ""
        decision = await self._tools.approver.decide_at_limit(self._rounds - 1)
        if decision == "continue":
            self._limit += self._tools.max_rounds
            return ""
        self._offered = {}
        self._is_last_answer = True
        if decision == "stop":
            self._is_over = True
            return "Not run: the user ended the turn, because there were too many tool calls."
        return "Not run: there were too many tool calls. Answer now, with what you know."

    async def _answer(
        self, call: ToolCall, message_id: str, problem: str, updates: asyncio.Queue[ToolUpdate | None]
    ) -> None:
        """Check, decide and run one call."""
        tool = tool_called(call.name, self._offered)
        problem = problem or await self._problem_of(call, tool)
        if problem or tool is None or not isinstance(call.arguments, dict):
            updates.put_nowait(self._end(message_id, ToolResult(problem, is_error=True)))
            return
        request = ToolRequest(tool.spec, call.arguments, self._messages[message_id])
        decision = self._tools.approver.standing_decision(request)
        if decision is None:
            self._waiting.add(message_id)
            self._enter("deciding")
            updates.put_nowait(ToolCallWaiting(self._messages[message_id]))
            decision = await self._tools.approver.decide(request)
            self._waiting.discard(message_id)
        if not self._waiting:
            self._enter("running tools")
        if decision.approval == "denied":
            updates.put_nowait(self._end(message_id, ToolResult(_denial(decision), is_error=True)))
            return
        self._change(message_id, replace(_outcome(self._messages[message_id]), approval=decision.approval))
        updates.put_nowait(ToolCallStarted(self._messages[message_id]))
        began = self._monotonic()
        self.progress[message_id] = ToolProgress(began)

        def report(done: float, total: float | None, text: str) -> None:
            fraction = min(1.0, max(0.0, done / total)) if total else None
            self.progress[message_id] = ToolProgress(began, fraction, text)

        result = await self._tools.box.call(tool.spec, call.arguments, report)
        self.progress.pop(message_id, None)
        updates.put_nowait(self._end(message_id, replace(result, seconds=self._monotonic() - began)))

    async def _problem_of(self, call: ToolCall, tool: OfferedTool | None) -> str:
        """Why a call cannot run, for the model. Empty if it can."""
        if tool is None:
            return f"There is no tool {call.name!r}. The tools are: {', '.join(self._offered)}."
        if not isinstance(call.arguments, dict):
            quoted = call.arguments[:_MAX_QUOTED]
            return f"Not run: the arguments are not a JSON object. They were: {quoted}"
        return await self._tools.box.argument_problem(tool.spec, call.arguments)

    def _end(self, message_id: str, result: ToolResult) -> ToolCallEnded:
        """Record the result of a call."""
        message = self._messages[message_id]
        outcome = replace(
            _outcome(message), is_error=result.is_error, links=tuple(result.links), seconds=result.seconds
        )
        self._change(message_id, outcome, content=result.text, images=result.images, outcome="complete")
        return ToolCallEnded(self._messages[message_id])

    def _change(self, message_id: str, tool: ToolOutcome, **fields: Any) -> None:
        message = replace(self._messages[message_id], tool=tool, **fields)
        self._messages[message_id] = message
        self._record(message)

    def _stop_unfinished(self) -> None:
        """Give calls without a result one that says that they were stopped."""
        for message_id, message in self._messages.items():
            if message.outcome != "streaming":
                continue
            outcome = replace(_outcome(message), is_error=True)
            text = "Not run: the user stopped the turn."
            if outcome.approval != "denied":
                text = "The user stopped this call before it ended. It may have had an effect."
                progress = self.progress.get(message_id)
                outcome = replace(outcome, seconds=self._monotonic() - progress.began if progress else 0.0)
            self._change(message_id, outcome, content=text, outcome="cancelled", failure=_STOPPED)

    def _enter(self, name: StageName) -> None:
        if self.stage is None or self.stage.name != name:
            self.stage = Stage(name, self._monotonic())


def _outcome(message: ChatMessage) -> ToolOutcome:
    assert message.tool is not None
    return message.tool


def _denial(decision: Decision) -> str:
    """What the model is told about a call that the user did not allow."""
    if decision.reason:
        return f"Not run: the user did not allow this call, and said: {decision.reason}"
    return "Not run: the user did not allow this call."
