"""What tool servers are started with, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.config.secret import Secret
from tui.config.settings import Settings

if TYPE_CHECKING:
    from tui.tools.options import ToolServerConfig

_FOLDER = "tool-servers"


def tool_server_config(settings: Settings, data_folder: Path | None) -> ToolServerConfig:
    """The enabled tool servers of the settings.

    Args:
        settings: The settings.
        data_folder: The folder in which the servers' stderr is kept. None keeps nothing.
    """
    from tui.tools.options import ServerOptions, ToolLimits, ToolServerConfig

    servers = {
        name: ServerOptions(
            name,
            command=server.command,
            env=_revealed(server.env),
            url=server.url,
            headers=_revealed(server.headers),
            mode=server.mode,
        )
        for name, server in settings.mcp.items()
        if server.enabled
    }
    log_folder = data_folder / _FOLDER if data_folder is not None else None
    return ToolServerConfig(servers, ToolLimits(call_s=settings.tools.timeout), log_folder)


def _revealed(texts: Mapping[str, Secret]) -> dict[str, str]:
    return {name: text.reveal() for name, text in texts.items()}
