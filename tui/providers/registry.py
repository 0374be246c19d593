"""Creates the provider for a configured `type`. Imports only the requested one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

from tui.errors import ConfigError
from tui.providers.base import Provider
from tui.providers.network.http_library import load_http_library
from tui.providers.options import ProviderOptions

_KINDS: Final = {
    "ollama": ("tui.providers.ollama", "OllamaProvider"),
    "lmstudio": ("tui.providers.lmstudio", "LMStudioProvider"),
    "openai": ("tui.providers.openai", "OpenAIProvider"),
    "llamacpp": ("tui.providers.llamacpp", "LlamaCppProvider"),
    # The demo server supports every protocol. Ollama's distinguishes errors in a stream from interruptions.
    "demo": ("tui.providers.ollama", "DemoProvider"),
}


def load_provider(kind: str) -> Callable[[ProviderOptions], Provider]:
    """The provider class for a type. This also imports the HTTP library.

    Raises:
        ConfigError: If the type is unknown.
    """
    if kind not in _KINDS:
        raise ConfigError(f"There is no provider type {kind!r}.", hint=f"The types are {', '.join(_KINDS)}.")
    load_http_library()
    module, name = _KINDS[kind]
    maker: Callable[[ProviderOptions], Provider] = getattr(import_module(module), name)
    return maker


def make_provider(kind: str, options: ProviderOptions) -> Provider:
    """A new provider of a type.

    Raises:
        ConfigError: If the type is unknown or the address is invalid.
    """
    return load_provider(kind)(options)
