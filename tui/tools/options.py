"""What tool servers are started with. The runtime makes it from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tui.light_dataclass import dataclass

ConnectionMode = Literal["auto", "legacy"]


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How one tool server is reached. Either `command` or `url` is set."""

    name: str

    command: tuple[str, ...] = ()
    """The program and its arguments."""

    # Secrets are not part of the representation, which may be logged.
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variables for the program, in addition to the few that every server gets."""

    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    mode: ConnectionMode = "auto"
    """`legacy` negotiates the protocol version with the oldest method only."""

    @property
    def place(self) -> str:
        """Host and port of its address, without what may be secret. Empty for a program."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """Limits that hold for every tool server."""

    open_s: float = 60.0
    """Maximum time to start a server and to list its tools. `uvx` and `npx` may download it first."""

    call_s: float = 60.0
    """Maximum time for one call."""

    close_s: float = 8.0
    """Maximum wait for a server to end. The SDK needs 4 seconds for one that ignores everything."""

    result_chars: int = 100_000
    """Maximum length of a result for the model. The rest is cut."""

    message_bytes: int = 2**23
    """Maximum size of one message of a server."""

    log_bytes: int = 2**18
    """Maximum size of the file with a server's stderr."""

    listed: int = 1000
    """Maximum number of tools, prompts or resources that are listed of one server."""


@dataclass(frozen=True, slots=True)
class ToolServerConfig:
    """All tool servers of one program run."""

    servers: Mapping[str, ServerOptions] = field(default_factory=dict)
    """The servers that are enabled, by name."""

    limits: ToolLimits = ToolLimits()

    log_folder: Path | None = None
    """The folder for the servers' stderr. None discards it at the end."""
