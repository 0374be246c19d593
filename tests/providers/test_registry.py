"""make_provider: creating a provider from its type."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tui.errors import ConfigError
from tui.limits import RetryPolicy, TimeLimits
from tui.providers.lmstudio import LMStudioProvider
from tui.providers.ollama import OllamaProvider
from tui.providers.openai import OpenAIProvider
from tui.providers.options import ProviderOptions
from tui.providers.registry import make_provider


@pytest.mark.parametrize(
    ("kind", "provider"),
    [("ollama", OllamaProvider), ("demo", OllamaProvider), ("lmstudio", LMStudioProvider), ("openai", OpenAIProvider)],
)
async def test_each_type_has_its_provider(kind: str, provider: type) -> None:
    created = make_provider(kind, ProviderOptions("mine", "127.0.0.1:1"))

    assert type(created) is provider
    assert created.name == "mine"
    assert created.address.startswith("http://127.0.0.1:1")
    created.get_ready()
    await created.aclose()


def test_default_limits_are_those_of_the_contract() -> None:
    options = ProviderOptions("mine", "nas")

    assert options.limits == TimeLimits(connect=5.0, first_token=300.0, idle=60.0, total=0.0)
    assert options.retry == RetryPolicy(3, 0.5, 8.0, (408, 425, 429, 500, 502, 503, 504))
    assert (options.read_bytes, options.max_event_bytes) == (65_536, 8_388_608)
    assert (options.key, options.headers, options.verify, options.keep_alive) == (None, None, True, None)


def test_unknown_type_error_lists_the_known_types() -> None:
    with pytest.raises(ConfigError, match="'olama'") as refused:
        make_provider("olama", ProviderOptions("mine", "nas"))
    assert "ollama, lmstudio, openai, llamacpp, demo" in refused.value.hint


@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "openai"])
def test_invalid_base_url_is_rejected(kind: str) -> None:
    with pytest.raises(ConfigError, match="is not a valid address"):
        make_provider(kind, ProviderOptions("mine", "http://a b"))


def test_only_the_requested_provider_is_imported() -> None:
    code = (
        "import sys; from tui.providers.registry import make_provider; "
        "from tui.providers.options import ProviderOptions; "
        "make_provider('ollama', ProviderOptions('mine', 'nas'));"
        "assert 'tui.providers.openai' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
