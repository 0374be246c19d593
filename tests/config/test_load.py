from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.config.secret import Secret
from tui.config.settings import Buffers, ProviderSettings, Settings
from tui.errors import ConfigError
from tui.limits import RetryPolicy, TimeLimits

EXAMPLE = """\
provider = "my-gateway"
theme = "nord"

[timeouts]
idle = 20

[buffers]
flush_hz = 12.5

[retry]
statuses = []

[keys]
cancel_stream = "escape,ctrl+x"

[providers.ollama]
model = "llama3"
keep_alive = -1

[providers.my-gateway]
type = "openai"
base_url = "https://example.org/v1"
api_key = "sk-123"
api_key_env = "MY_GATEWAY_KEY"
headers = { "X-Team" = "search" }
verify = "~/ca.pem"
system_prompt = "Be brief.\\nBe kind."
options = { temperature = 0.7, stop = ["a", "b"], response_format = { type = "json_object" } }
timeouts = { first_token = 30.0 }
retry.attempts = 1
"""


def test_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    loaded = load(tmp_path / "config.toml", {})

    assert loaded.settings == Settings()
    assert not loaded.exists
    assert loaded.warnings == ()
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.origins["timeouts.idle"] == "default"
    assert loaded.origins["providers.lmstudio.base_url"] == "default"


def test_every_value_of_the_file_is_used(write_config: WriteConfig) -> None:
    path = write_config(EXAMPLE)

    loaded = load(path, {})

    timeouts = TimeLimits(idle=20.0)
    settings = loaded.settings
    assert (loaded.path, loaded.exists, loaded.warnings) == (path, True, ())
    assert (settings.provider, settings.theme, settings.timeouts) == ("my-gateway", "nord", timeouts)
    assert settings.buffers == Buffers(flush_hz=12.5)
    assert settings.keys == {"cancel_stream": "escape,ctrl+x"}
    assert settings.providers["ollama"] == ProviderSettings(
        "ollama",
        "ollama",
        "http://127.0.0.1:11434",
        model="llama3",
        keep_alive=-1,
        timeouts=timeouts,
        buffers=Buffers(flush_hz=12.5),
        retry=RetryPolicy(statuses=()),
    )
    assert settings.providers["my-gateway"] == ProviderSettings(
        name="my-gateway",
        type="openai",
        base_url="https://example.org/v1",
        api_key=Secret("sk-123"),
        api_key_env="MY_GATEWAY_KEY",
        headers={"X-Team": "search"},
        verify="~/ca.pem",
        system_prompt="Be brief.\nBe kind.",
        options={"temperature": 0.7, "stop": ["a", "b"], "response_format": {"type": "json_object"}},
        timeouts=TimeLimits(first_token=30.0, idle=20.0),
        buffers=Buffers(flush_hz=12.5),
        retry=RetryPolicy(attempts=1, statuses=()),
    )


def test_whole_number_is_converted_to_float(write_config: WriteConfig) -> None:
    timeouts = load(write_config("timeouts.idle = 20"), {}).settings.timeouts

    assert isinstance(timeouts.idle, float)


def test_keeps_built_in_providers_with_demos_last(write_config: WriteConfig) -> None:
    path = write_config('[providers.mine]\ntype = "ollama"\nbase_url = "gpu-box"\n[providers.show]\ntype = "demo"\n')

    assert list(load(path, {}).settings.providers) == ["ollama", "lmstudio", "mine", "demo", "show"]


def test_origin_of_each_value_is_recorded(write_config: WriteConfig) -> None:
    loaded = load(
        write_config(EXAMPLE), {"OLLAMA_HOST": "gpu-box"}, {"theme": "dracula", "providers.ollama.model": "x"}
    )

    origins = loaded.origins
    assert origins["provider"] == "file"
    assert origins["theme"] == origins["providers.ollama.model"] == "command line"
    assert origins["timeouts.idle"] == "file"
    assert origins["timeouts.total"] == "default"
    assert origins["providers.ollama.base_url"] == "environment OLLAMA_HOST"
    assert origins["providers.ollama.type"] == "default"
    assert origins["providers.my-gateway.timeouts.first_token"] == "file"
    assert "providers.my-gateway.timeouts.idle" not in origins
    assert origins["providers.my-gateway.headers.X-Team"] == "file"
    assert origins["providers.my-gateway.verify"] == "file"
    assert loaded.settings.theme == "dracula"
    assert loaded.settings.providers["ollama"].model == "x"
    assert loaded.settings.providers["ollama"].base_url == "http://gpu-box:11434"


def test_dotted_name_is_quoted_in_its_origin(write_config: WriteConfig) -> None:
    loaded = load(write_config('[providers."my.server"]\ntype = "demo"\n'), {})

    assert loaded.origins['providers."my.server".type'] == "file"


@pytest.mark.parametrize("text", ['base_url = "http://gpu-box"', 'base_url = "http://127.0.0.1:11434"'])
def test_address_in_the_file_overrides_ollama_host(write_config: WriteConfig, text: str) -> None:
    path = write_config(f"[providers.ollama]\n{text}\n")

    with_variable = load(path, {"OLLAMA_HOST": "not an address at all"})

    assert with_variable == load(path, {})
    assert with_variable.origins["providers.ollama.base_url"] == "file"


def test_empty_ollama_host_is_ignored(tmp_path: Path) -> None:
    assert load(tmp_path / "none", {"OLLAMA_HOST": " "}) == load(tmp_path / "none", {})


def test_invalid_ollama_host_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='OLLAMA_HOST is "not an address"'):
        load(tmp_path / "none", {"OLLAMA_HOST": "not an address"})


def test_command_line_values_are_checked(write_config: WriteConfig) -> None:
    path = write_config('provider = "lmstudio"')

    with pytest.raises(ConfigError, match=r'^On the command line, provider is "nope"; it must be one of "ollama", '):
        load(path, {}, {"provider": "nope"})
    with pytest.raises(ConfigError, match=r"^On the command line, timeouts\.idle is -1; it must be a number"):
        load(path, {}, {"timeouts.idle": -1})


def test_command_line_can_override_an_invalid_value(write_config: WriteConfig) -> None:
    assert load(write_config('provider = "gone"'), {}, {"provider": ""}).settings.provider == ""


def test_explicit_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"The config file .* does not exist"):
        load(tmp_path / "none", {}, must_exist=True)
