"""What a front end gives a session so that its model can use tools: the tools, and who decides about calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from tui.chat.message import ChatMessage
from tui.chat.tools import Approval, ToolResult, ToolSpec
from tui.light_dataclass import dataclass

OnProgress = Callable[[float, float | None, str], None]
"""Called with how much is done, of how much (None if unknown), and a text of the server, which may be empty."""

LimitDecision = Literal["continue", "answer", "stop"]
"""What to do when the model has called tools in too many answers: `continue` runs the calls and as many rounds again,
`answer` asks for one more answer, without tools, and `stop` ends the turn."""


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call that can run: its tool exists, and its arguments are an object that fits the tool's schema."""

    spec: ToolSpec
    arguments: Mapping[str, Any]
    """Exactly what the server will get."""

    result: ChatMessage
    """The message of the call, still without content. Its id names the call in updates."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the user, or a setting, decided about a call."""

    approval: Approval
    reason: str = ""
    """Why the call is denied, for the model, in the user's words. May be empty."""


class Approver(Protocol):
    """Decides about calls. Nothing runs without a decision, which is recorded before."""

    def standing_decision(self, request: ToolRequest) -> Decision | None:
        """What was decided earlier: in the config, or for this conversation. None if the user has to be asked."""
        ...

    async def decide(self, request: ToolRequest) -> Decision:
        """Ask the user. Several calls may be asked about at the same time; each runs as soon as it is allowed.

        If the turn is stopped, the waiting task is cancelled.
        """
        ...

    async def decide_at_limit(self, rounds: int) -> LimitDecision:
        """Ask what to do with calls beyond the limit, which have not run.

        Args:
            rounds: How many answers with tool calls there were.
        """
        ...


class ToolBox(Protocol):
    """The tools that are on in one conversation."""

    async def specs(self) -> tuple[ToolSpec, ...]:
        """The tools. Starts their servers if need be; why one failed is in `problems`."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each server whose tools are missing."""
        ...

    async def argument_problem(self, spec: ToolSpec, arguments: Mapping[str, Any]) -> str:
        """Why arguments do not fit the tool's schema, for the model. Empty if they do, or cannot be checked."""
        ...

    async def call(self, spec: ToolSpec, arguments: Mapping[str, Any], on_progress: OnProgress) -> ToolResult:
        """Call a tool. What goes wrong is a result, too. Cancelling this cancels the call on the server.

        It ends within the time limit of the config. The tool box keeps it, because its clock stops while a server asks
        the user something.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What a session needs to let its model use tools."""

    box: ToolBox
    approver: Approver
    max_rounds: int = 10
    """Answers with tool calls in one turn, before the approver is asked whether to go on."""
