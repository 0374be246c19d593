"""Where model servers are looked for on this machine, and which of those that are found are configured already."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.config.bounded_read import TooLarge, read_bounded
from tui.config.ollama_host import VARIABLE, parse_ollama_host
from tui.config.settings import ProviderSettings
from tui.errors import ConfigError

if TYPE_CHECKING:
    from tui.providers.discovery import FoundServer

_LM_STUDIO_INFO: Final = (".lmstudio", ".internal", "http-server.json")
"""Where LM Studio writes on which port its server listens, below the home folder."""

_LM_STUDIO_INFO_VARIABLE: Final = "LMS_API_SERVER_INFO_PATH"
"""Names another file. Source: https://github.com/lmstudio-ai/lms, src/localAPIServer.ts"""

_MAX_INFO_BYTES: Final = 65_536


async def search_servers(
    providers: Mapping[str, ProviderSettings], environ: Mapping[str, str]
) -> tuple[FoundServer, ...]:
    """The model servers that answer on this machine, and at `OLLAMA_HOST`.

    Args:
        providers: The configured providers, to tell which servers they are.
        environ: The environment variables.
    """
    from tui.providers.discovery import LOCAL_PORTS, find_servers

    port = await asyncio.to_thread(lm_studio_port, environ)
    found = await find_servers((*LOCAL_PORTS, *([port] if port else [])), _ollama_host(environ))
    return tuple(_with_provider(server, providers) for server in found)


def lm_studio_port(environ: Mapping[str, str]) -> int | None:
    """The port of LM Studio's server. None if LM Studio does not tell."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    named = environ.get(_LM_STUDIO_INFO_VARIABLE, "").strip()
    if not named and not home:
        return None
    try:
        info = json.loads(read_bounded(Path(named) if named else Path(home, *_LM_STUDIO_INFO), _MAX_INFO_BYTES))
    # The file belongs to another program: whatever is wrong with it, it tells nothing.
    except (OSError, TooLarge, ValueError, RecursionError):
        return None
    port = info.get("port") if isinstance(info, dict) else None
    return port if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65_536 else None


def _ollama_host(environ: Mapping[str, str]) -> Iterator[str]:
    text = environ.get(VARIABLE, "")
    if text.strip():
        try:
            yield parse_ollama_host(text)
        except ConfigError:
            # Reported when the settings are loaded, where it is used.
            return


def _with_provider(server: FoundServer, providers: Mapping[str, ProviderSettings]) -> FoundServer:
    return replace(server, configured_as=provider_at(server.base_url, providers))


def provider_at(base_url: str, providers: Mapping[str, ProviderSettings]) -> str:
    """The first provider that has a server's host and port. Empty if none has, or the address is invalid."""
    place = _place(base_url)
    same = (name for name, settings in providers.items() if settings.base_url and _place(settings.base_url) == place)
    return next(same, "") if place is not None else ""


def _place(base_url: str) -> tuple[str, int] | None:
    """Host and port, with one name for all spellings of this machine. None if the address is invalid."""
    from tui.providers.network.address import parse_address

    try:
        address = parse_address(base_url)
    except ConfigError:
        return None
    return "" if address.is_loopback else address.host, address.port
