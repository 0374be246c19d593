"""A provider's `type` → the provider. Imports only the one that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

from tui.errors import ConfigError
from tui.providers.base import Provider
from tui.providers.options import ProviderOptions

_KINDS: Final = {
    "ollama": ("tui.providers.ollama", "OllamaProvider"),
    "lmstudio": ("tui.providers.lmstudio", "LMStudioProvider"),
    "openai": ("tui.providers.openai", "OpenAIProvider"),
    # The demo server speaks every protocol. Ollama's keeps errors in mid-stream apart from cuts.
    "demo": ("tui.providers.ollama", "OllamaProvider"),
}


def load_provider(kind: str) -> Callable[[ProviderOptions], Provider]:
    """What makes providers of a kind. Loading it loads the HTTP library.

    Raises:
        ConfigError: When there is no such kind.
    """
    if kind not in _KINDS:
        raise ConfigError(f"There is no provider type {kind!r}.", hint=f"The types are {', '.join(_KINDS)}.")
    module, name = _KINDS[kind]
    maker: Callable[[ProviderOptions], Provider] = getattr(import_module(module), name)
    return maker


def make_provider(kind: str, options: ProviderOptions) -> Provider:
    """A provider of a kind.

    Raises:
        ConfigError: When there is no such kind, or the address is none.
    """
    return load_provider(kind)(options)
