"""Tools that a model may call: what is offered, what comes back, and who allowed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.chat.image import Image
from tui.chat.tool_outcome import Approval
from tui.light_dataclass import dataclass

__all__ = ["Approval", "OfferedTool", "ToolResult", "ToolSpec"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool of a server, as it is offered to a model. Everything but `server` is foreign text."""

    server: str
    """The name of the server's table in the config: `files` for `[mcp.files]`."""

    name: str
    """The tool's name on its server."""

    description: str
    schema: Mapping[str, Any]
    """The JSON schema of the arguments, as the server sent it."""

    read_only: bool | None = None
    """The server's claim that a call changes nothing. None if it says nothing."""

    destructive: bool | None = None
    """The server's claim that a call may destroy something. None if it says nothing."""

    @property
    def full_name(self) -> str:
        """Its name in the config and for the user: `files.read_file`."""
        return f"{self.server}.{self.name}"

    @property
    def fingerprint(self) -> str:
        """A hash of everything that the server says about the tool. It changes with any of it.

        An approval is for one fingerprint: a server that changes a tool afterwards needs another one.
        """
        # Imported when a tool is offered: conversations are loaded without.
        import hashlib
        import json

        said = (self.server, self.name, self.description, self.schema, self.read_only, self.destructive)
        # Lone surrogates, which JSON can contain, cannot be encoded: they stay escaped.
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool under the name that the model calls it by."""

    name: str
    """Up to 64 letters, digits, `-` and `_`. Unique among the tools that are offered together."""

    spec: ToolSpec


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came back from a call. Foreign text."""

    text: str
    """What the model is told: text, JSON, or what went wrong. Cut to a size, with a word about it."""

    is_error: bool = False
    images: tuple[Image, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses of resources that the result names. Nothing is fetched."""

    seconds: float = 0.0
    """How long the call took."""
