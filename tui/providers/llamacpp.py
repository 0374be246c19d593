"""llama.cpp's server, with one model or as a router.

A provider of type `openai` recognizes the server in its list of models, and then does the same. With this type, the
server is known before the first request.

Source: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from tui.providers.api_path import openai_api_path
from tui.providers.http import key_hint
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.openai import OpenAIProvider
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.providers.server_kind import ServerKind

DEFAULT_PORT: Final = 9931
"""The server's own default since August 2026. Before, it was 8080."""


class LlamaCppProvider(OpenAIProvider):
    """A llama-server."""

    kind: ClassVar[ServerKind] = "llamacpp"

    def locate(self, options: ProviderOptions) -> tuple[ServerAddress, str, ServerProfile]:
        """The server's address, the path of its API, and its profile."""
        address = parse_address(options.base_url, default_port=DEFAULT_PORT)
        api = openai_api_path(address)
        profile = ServerProfile(
            name=options.name,
            address=address.origin + api,
            start="Start it with `llama-server`, or set base_url to its address. Its port was 8080 before August 2026.",
            key=key_hint(options),
        )
        return replace(address, path=""), api, profile
