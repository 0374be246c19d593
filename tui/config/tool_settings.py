"""The settings of tools: `[tools]`, and one table `[mcp.NAME]` for each tool server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal, get_args

from tui.config import key_types
from tui.config.rules import Rule
from tui.config.secret import Secret, mask_address
from tui.config.sections import rules_of
from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass

ConnectionMode = Literal["auto", "legacy"]
"""How the protocol version is negotiated: with the newest method first, or with the oldest method only."""

_SERVER_NAME: Final = lazy_pattern(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """How tools are called."""

    timeout: float = field(
        default=60.0,
        metadata=key_types.titled(
            "Time for a call", key_types.number("Maximum time for one call of a tool.", 1, 86_400, "seconds")
        ),
    )
    max_rounds: int = field(
        default=10,
        metadata=key_types.titled(
            "Answers with calls",
            key_types.integer("Maximum number of answers with tool calls in one turn.", 1, 1000, "answers"),
        ),
    )


@dataclass(frozen=True, slots=True, repr=False)
class ToolServerSettings:
    """All settings of one tool server. Exactly one of `command` and `url` is set."""

    name: str
    """The name of its table in the file."""

    command: tuple[str, ...] = field(
        default=(),
        metadata=key_types.program(
            "Program of a tool server on this machine, and its arguments. Started without a shell.",
            ("uvx", "mcp-server-time"),
        ),
    )
    env: Mapping[str, Secret] = field(
        default_factory=dict,
        metadata=key_types.secret_environment("Environment variables for the program. Never shown, never logged."),
    )
    url: str = field(default="", metadata=key_types.address("Address of a tool server over HTTP, in place of command."))
    headers: Mapping[str, Secret] = field(
        default_factory=dict,
        metadata=key_types.secret_headers("HTTP headers to send with every request. Never shown, never logged."),
    )
    allow: tuple[str, ...] = field(
        default=(), metadata=key_types.names("Tools of this server that run without asking.", "read_file")
    )
    enabled: bool = field(
        default=True, metadata=key_types.boolean("Whether the tools of this server are offered to models.")
    )
    mode: ConnectionMode = field(
        default="auto",
        metadata=key_types.choice(
            "How to connect. legacy is for a server that does not know newer protocol versions and hangs.",
            get_args(ConnectionMode),
        ),
    )

    def __repr__(self) -> str:
        # The arguments of a command may contain secrets, too.
        where = self.command[0] if self.command else mask_address(self.url)
        return f"ToolServerSettings({self.name!r}, {where!r})"


def is_server_name(name: str) -> bool:
    """Whether a tool server can have this name. `SERVER.TOOL` and `@SERVER:URI` must be unambiguous."""
    return _SERVER_NAME.fullmatch(name) is not None


def tool_servers_rule() -> Rule:
    """The rule of the table `[mcp]`."""
    server = Rule(about="", allowed="a table such as [mcp.files]", types=(dict,), fields=rules_of(ToolServerSettings))
    name = Rule(about="", allowed="1 to 64 letters, digits, - and _", types=(str,), accepts=is_server_name)
    return Rule(
        about="The tool servers (MCP), by names of your choice. Each has either a command or a url.",
        allowed="tables such as [mcp.files]",
        types=(dict,),
        items=server,
        names=name,
    )
