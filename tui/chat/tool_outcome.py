"""How one tool call went: which call it was, who allowed it, and how long it took."""

from __future__ import annotations

from typing import Final, Literal

from tui.light_dataclass import dataclass

Approval = Literal["once", "conversation", "config", "denied", "elsewhere"]
"""Who allowed a call: the user for this call, the user for this conversation, or the config; or that nobody did. Calls
of imported conversations were run elsewhere."""

APPROVAL_LABELS: Final[dict[Approval, str]] = {
    "once": "allowed once",
    "conversation": "allowed in this conversation",
    "config": "allowed by the config",
    "denied": "not run",
    "elsewhere": "run by another program",
}


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a message of role `tool` records besides the result itself."""

    call_id: str
    """The id of the call in the answer above. Never empty."""

    name: str
    """The name that the model called. Foreign text."""

    full_name: str = ""
    """The tool for the user: `files.read_file`. Empty if no tool has the called name."""

    approval: Approval = "denied"
    """Recorded before the call runs. `denied` also if the call needed no decision, because it could not run."""

    is_error: bool = False
    """Whether the content says what went wrong, or why the call did not run."""

    links: tuple[str, ...] = ()
    """Addresses of resources that the result names. Nothing was fetched."""

    seconds: float = 0.0
    """How long the call ran."""
