"""Which tool calls of a conversation wait for the user, and what was decided about earlier ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tui.session.approvals import Approvals
    from tui.session.tool_box import Decision, LimitDecision, ToolRequest

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ToolQuestion:
    """A call that waits for the user."""

    request: ToolRequest

    has_changed: bool = False
    """Whether the user has allowed this tool before, and its server describes it in another way since."""

    @property
    def message_id(self) -> str:
        """The message of the call, by its id."""
        return self.request.result.id


class ToolDecisions:
    """The decisions about the calls of one conversation. Implements `tui.session.tool_box.Approver`."""

    def __init__(self, approvals: Approvals, is_allowed_always: Callable[[str], bool], changed: Callable[[], None]):
        """Args:
        approvals: What is allowed already.
        is_allowed_always: Whether the config allows a tool, by its full name.
        changed: Called when a call begins to wait, and when it no longer does.
        """
        self._approvals = approvals
        self._is_allowed_always = is_allowed_always
        self._changed = changed
        self._waiting: dict[str, tuple[ToolQuestion, asyncio.Future[Decision]]] = {}
        self._limit: tuple[int, asyncio.Future[LimitDecision]] | None = None
        self._allowed_before: set[str] = set()

    @property
    def questions(self) -> tuple[ToolQuestion, ...]:
        """The calls that wait, in the order in which they began to."""
        return tuple(question for question, _ in self._waiting.values())

    @property
    def rounds_at_limit(self) -> int | None:
        """How many answers with tool calls there were, while the user is asked whether to go on. Else None."""
        return None if self._limit is None else self._limit[0]

    @property
    def is_waiting(self) -> bool:
        """Whether the turn waits for the user."""
        return bool(self._waiting) or self._limit is not None

    def question(self, message_id: str) -> ToolQuestion | None:
        """The call of a message, if it waits."""
        waiting = self._waiting.get(message_id)
        return None if waiting is None else waiting[0]

    # What the session asks.

    def standing_decision(self, request: ToolRequest) -> Decision | None:
        """What the config or the user allowed before."""
        from tui.session.tool_box import Decision

        approval = self._approvals.approval(request.spec)
        if approval is None:
            return None
        self._allowed_before.add(request.spec.full_name)
        return Decision(approval)

    async def decide(self, request: ToolRequest) -> Decision:
        """Wait for the user's decision."""
        name = request.spec.full_name
        question = ToolQuestion(request, name in self._allowed_before or self._is_allowed_always(name))
        decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting[question.message_id] = question, decided
        try:
            return await self._decided(decided)
        finally:
            self._waiting.pop(question.message_id, None)
            self._changed()

    async def decide_at_limit(self, rounds: int) -> LimitDecision:
        """Wait for the user's decision."""
        decided: asyncio.Future[LimitDecision] = asyncio.get_running_loop().create_future()
        self._limit = rounds, decided
        try:
            return await self._decided(decided)
        finally:
            self._limit = None
            self._changed()

    async def _decided(self, decided: asyncio.Future[_T]) -> _T:
        self._changed()
        return await decided

    # What the user decides. Nothing happens if the call no longer waits.

    def allow_once(self, message_id: str) -> None:
        """Run one call."""
        from tui.session.tool_box import Decision

        self._decide(message_id, Decision("once"))

    def deny(self, message_id: str, reason: str = "") -> None:
        """Do not run one call.

        Args:
            message_id: The call.
            reason: Why, for the model. May be empty.
        """
        from tui.session.tool_box import Decision

        self._decide(message_id, Decision("denied", reason))

    def allow_in_conversation(self, message_id: str) -> None:
        """Run this and all further calls of the tool in this conversation, also those that wait now."""
        if (question := self.question(message_id)) is not None:
            self._approvals.allow_in_conversation(question.request.spec)
            self._allowed_before.add(question.request.spec.full_name)
            self.look_again()

    def allow_always(self, question: ToolQuestion) -> None:
        """The tool, as it is now, is about to be added to what the config allows. `look_again` then runs its calls."""
        self._approvals.allow_always(question.request.spec)

    def decide_limit(self, decision: LimitDecision) -> None:
        """Go on after too many answers with tool calls, or not."""
        if self._limit is not None and not self._limit[1].done():
            self._limit[1].set_result(decision)

    def look_again(self) -> None:
        """Decide the waiting calls that are allowed by now."""
        for question in self.questions:
            if (decision := self.standing_decision(question.request)) is not None:
                self._decide(question.message_id, decision)

    def _decide(self, message_id: str, decision: Decision) -> None:
        waiting = self._waiting.get(message_id)
        if waiting is not None and not waiting[1].done():
            waiting[1].set_result(decision)
            # At once: the next key must not find a call that is decided already.
            del self._waiting[message_id]
            self._changed()
