"""The tool calls of one conversation that wait for the user, until a screen says what was decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.session.approvals import Approvals
    from tui.session.tool_box import Decision, LimitDecision, ToolRequest


class ToolApprover:
    """Holds calls back until the user decides. Implements `tui.session.tool_box.Approver`."""

    def __init__(self, approvals: Approvals, on_changed: Callable[[], None]) -> None:
        """Args:
        approvals: What was allowed earlier. Decisions for the conversation are added.
        on_changed: Called when something waits for a decision, or no longer.
        """
        self._approvals = approvals
        self._on_changed = on_changed
        self._waiting: dict[str, tuple[ToolRequest, asyncio.Future[Decision]]] = {}
        self._limit: asyncio.Future[LimitDecision] | None = None
        self.rounds_at_limit: int | None = None
        """How many answers with tool calls there were, if the user has to decide whether the turn goes on."""

    @property
    def waiting(self) -> Mapping[str, ToolRequest]:
        """The calls that wait for the user, by the ids of their messages, in the order of their arrival."""
        return {id_: request for id_, (request, decided) in self._waiting.items() if not decided.done()}

    @property
    def is_waiting(self) -> bool:
        """Whether the user has to decide something."""
        return bool(self.waiting) or self.rounds_at_limit is not None

    @property
    def approvals(self) -> Approvals:
        """What was allowed earlier."""
        return self._approvals

    def has_changed(self, request: ToolRequest) -> bool:
        """Whether the user has allowed the tool of a call before, and its server describes it in another way since."""
        return self._approvals.has_changed(request.spec)

    def standing_decision(self, request: ToolRequest) -> Decision | None:
        """What was decided earlier. See `Approver.standing_decision`."""
        from tui.session.tool_box import Decision

        approval = self._approvals.approval(request.spec)
        return None if approval is None else Decision(approval)

    async def decide(self, request: ToolRequest) -> Decision:
        """Wait for the user. See `Approver.decide`."""
        decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting[request.result.id] = request, decided
        self._on_changed()
        try:
            return await decided
        finally:
            del self._waiting[request.result.id]
            if decided.cancelled():
                self._on_changed()

    async def decide_at_limit(self, rounds: int) -> LimitDecision:
        """Wait for the user. See `Approver.decide_at_limit`."""
        self._limit = asyncio.get_running_loop().create_future()
        self.rounds_at_limit = rounds
        self._on_changed()
        try:
            return await self._limit
        finally:
            self._limit = self.rounds_at_limit = None
            self._on_changed()

    # Called by the screen.

    def answer(self, message_id: str, decision: Decision) -> bool:
        """Decide about a call. One that is allowed for the conversation, or always, allows others of its tool, too.

        Args:
            message_id: The message of the call.
            decision: With the approval `config`, the caller adds the tool to `allow` in the config.

        Returns:
            Whether the call was waiting.
        """
        request, decided = self._waiting.get(message_id, (None, None))
        if request is None or decided is None or decided.done():
            return False
        decided.set_result(decision)
        if decision.approval == "conversation":
            self._approvals.allow_in_conversation(request.spec)
        elif decision.approval == "config":
            self._approvals.allow_always(request.spec)
        if decision.approval in ("conversation", "config"):
            for other, waiting in self._waiting.values():
                is_same = (other.spec.full_name, other.spec.fingerprint) == (
                    request.spec.full_name,
                    request.spec.fingerprint,
                )
                if is_same and not waiting.done():
                    waiting.set_result(decision)
        # At once: the next key must not find a call that is decided already.
        self._on_changed()
        return True

    def answer_all(self, decision: Decision) -> None:
        """Decide about all calls that wait."""
        for message_id in tuple(self._waiting):
            self.answer(message_id, decision)

    def answer_limit(self, decision: LimitDecision) -> bool:
        """Decide whether a turn with too many tool calls goes on. False if nothing was asked."""
        if self._limit is None or self._limit.done():
            return False
        self._limit.set_result(decision)
        self.rounds_at_limit = None
        return True
