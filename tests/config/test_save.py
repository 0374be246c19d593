from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.config.save import save_changes
from tui.config.secret import Secret
from tui.errors import ConfigError


def test_saved_values_can_be_loaded(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord" # mine\nunknown = 1\n\n[timeouts]\n# idle\n')

    save_changes(path, {"timeouts.idle": 20.0, "retry.statuses": (500, 503), "providers.ollama.model": "llama3"})

    assert path.read_text() == (
        'theme = "nord" # mine\nunknown = 1\n\n[timeouts]\nidle = 20.0\n# idle\n'
        '\n[retry]\nstatuses = [500, 503]\n\n[providers.ollama]\nmodel = "llama3"\n'
    )
    settings = load(path, {}).settings
    assert (settings.timeouts.idle, settings.retry.statuses) == (20.0, (500, 503))
    assert settings.providers["ollama"].model == "llama3"


def test_new_file_has_only_the_changes(tmp_path: Path) -> None:
    path = tmp_path / "llm-tui" / "config.toml"

    save_changes(path, {"theme": "nord", "timeouts.idle": 60.0, "providers.x": {"type": "demo", "model": ""}})

    assert path.read_text() == 'theme = "nord"\n\n[providers.x]\ntype = "demo"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("changes", [{}, {"theme": "auto"}, {"theme": None}, {"providers.ollama.verify": True}])
def test_default_is_not_written_if_key_is_missing(tmp_path: Path, changes: dict[str, object]) -> None:
    path = tmp_path / "config.toml"

    save_changes(path, changes)

    assert not path.exists()


def test_default_replaces_another_value(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord"\n[timeouts]\nidle = 20\n')

    save_changes(path, {"theme": "auto", "timeouts.idle": None})

    assert path.read_text() == 'theme = "auto"\n[timeouts]\n'


def test_unchanged_value_does_not_touch_the_file(write_config: WriteConfig) -> None:
    path = write_config("timeouts.idle = 20")
    before = path.stat()

    save_changes(path, {"timeouts.idle": 20.0})

    assert path.stat() == before


def test_default_is_written_where_another_value_is_inherited(write_config: WriteConfig) -> None:
    path = write_config("[timeouts]\nidle = 20\n")

    # Without these values the provider inherits 20, and takes its address from OLLAMA_HOST.
    changes = {"providers.ollama.timeouts.idle": 60.0, "providers.ollama.base_url": "http://127.0.0.1:11434"}
    save_changes(path, changes)

    provider = load(path, {"OLLAMA_HOST": "gpu-box"}).settings.providers["ollama"]
    assert (provider.timeouts.idle, provider.base_url) == (60.0, "http://127.0.0.1:11434")


def test_table_replaces_the_whole_table(write_config: WriteConfig) -> None:
    path = write_config('[providers.x]\ntype = "demo"\n[providers.x.headers]\nX-A = "1" # a\nX-B = "2" # b\n')

    save_changes(path, {"providers.x.headers": {"X-B": "2", "X-C": "3"}})

    assert path.read_text() == '[providers.x]\ntype = "demo"\n[providers.x.headers]\nX-B = "2" # b\nX-C = "3"\n'


def test_provider_can_be_removed(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord"\n\n# mine\n[providers.x]\ntype = "demo"\n')

    save_changes(path, {"providers.x": None})

    assert path.read_text() == 'theme = "nord"\n\n# mine\n'


def test_value_can_become_a_table_and_back(write_config: WriteConfig) -> None:
    path = write_config("[providers.demo]\noptions = { a = 1 }\n")

    save_changes(path, {"providers.demo.options": {"a": {"b": 2}}})
    assert load(path, {}).settings.providers["demo"].options == {"a": {"b": 2}}

    save_changes(path, {"providers.demo.options.a": 3})
    assert load(path, {}).settings.providers["demo"].options == {"a": 3}


def test_secret_is_written_as_its_text(write_config: WriteConfig) -> None:
    path = write_config("")

    save_changes(path, {"providers.ollama.api_key": Secret("sk-123")})

    assert tomllib.loads(path.read_text()) == {"providers": {"ollama": {"api_key": "sk-123"}}}


def test_keeps_concurrent_changes_of_other_programs(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord"\n')
    load(path, {})
    path.write_text('theme = "dracula"\nprovider = "lmstudio"\n')

    save_changes(path, {"timeouts.idle": 20})

    assert path.read_text() == 'theme = "dracula"\nprovider = "lmstudio"\n\n[timeouts]\nidle = 20\n'


def test_keeps_line_ends_and_byte_order_mark(write_config: WriteConfig) -> None:
    path = write_config('\ufefftheme = "nord"\r\n[timeouts]\r\n')

    save_changes(path, {"theme": "dracula", "timeouts.idle": 20})

    assert path.read_bytes().decode() == '\ufefftheme = "dracula"\r\n[timeouts]\r\nidle = 20\r\n'


@pytest.mark.parametrize("text", ["theme =", "theme = 1", 'provider = "nope"', "\udcff"])
def test_invalid_file_is_not_written(write_config: WriteConfig, tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConfigError):
        save_changes(path, {"timeouts.idle": 20})

    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timeouts.idle": -1}, r"config\.toml: timeouts\.idle is -1; it must be a number of seconds"),
        ({"timeouts.idle": float("nan")}, r"config\.toml: timeouts\.idle is nan; it must be a number"),
        ({"retry.backoff_max": 0.1}, r"config\.toml: retry\.backoff_max is 0\.1; it must be at least backoff_initial"),
        ({"provider": "nope"}, r'config\.toml: provider is "nope"; it must be one of'),
        ({"providers.new.model": "x"}, r"config\.toml: providers\.new has no type"),
        ({"theme": "\udcff"}, "contains an incomplete character"),
        ({"servers.name": 1}, "cannot be edited automatically"),
        ({'servers."[0]".name': 1}, "cannot be edited automatically"),
    ],
)
@pytest.mark.parametrize("text", ["[[servers]]\nname = 'a'\n# mine\n"])
def test_change_that_could_not_be_loaded_is_not_saved(
    write_config: WriteConfig, text: str, changes: dict[str, object], message: str
) -> None:
    path = write_config(text)

    with pytest.raises(ConfigError, match=message):
        save_changes(path, changes)

    assert path.read_text() == text


def test_invalid_change_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it must be a number"):
        save_changes(tmp_path / "config.toml", {"timeouts.idle": "soon"})

    assert list(tmp_path.iterdir()) == []


PROVIDERS_FILE = (
    'theme = "nord"\n'
    "\n"
    "# The gateway of my team.\n"
    "[providers.gateway]  # shared\n"
    'type = "openai"\n'
    'base_url = "https://example.org/v1"\n'
    "\n"
    "[providers.gateway.options]\n"
    "temperature = 0.2\n"
    "\n"
    "[providers.gateway.headers]\n"
    'X-Team = "search"\n'
    "\n"
    "[providers.ollama]\n"
    "# model = the fast one\n"
    'keep_alive = "5m"\n'
)


def test_provider_is_added_as_a_table_at_the_end(write_config: WriteConfig) -> None:
    path = write_config(PROVIDERS_FILE)

    save_changes(path, {"providers.vllm": {"type": "openai", "base_url": "http://127.0.0.1:8000", "enabled": True}})

    added = '\n[providers.vllm]\ntype = "openai"\nbase_url = "http://127.0.0.1:8000"\n'
    assert path.read_text() == PROVIDERS_FILE + added


def test_removed_provider_takes_its_inner_tables_with_it(write_config: WriteConfig) -> None:
    path = write_config(PROVIDERS_FILE)

    save_changes(path, {"providers.gateway": None})

    assert path.read_text() == (
        'theme = "nord"\n\n# The gateway of my team.\n\n[providers.ollama]\n# model = the fast one\nkeep_alive = "5m"\n'
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_adding_and_removing_a_provider_leaves_the_file_as_it_was(write_config: WriteConfig, newline: str) -> None:
    before = PROVIDERS_FILE.replace("\n", newline)
    path = write_config("")
    path.write_bytes(before.encode())

    table = {"type": "openai", "base_url": "http://127.0.0.1:8000", "headers": {"X": "y"}}
    save_changes(path, {'providers."my server"': table})
    assert path.read_bytes() != before.encode()
    save_changes(path, {'providers."my server"': None})

    assert path.read_bytes() == before.encode()


def test_disabled_provider_keeps_its_other_keys(write_config: WriteConfig) -> None:
    path = write_config(PROVIDERS_FILE)

    save_changes(path, {"providers.ollama.enabled": False})
    assert path.read_text() == PROVIDERS_FILE + "enabled = false\n"
    assert not load(path, {}).settings.providers["ollama"].enabled

    save_changes(path, {"providers.ollama.enabled": None})
    assert path.read_text() == PROVIDERS_FILE


def test_key_command_is_saved_as_an_array(write_config: WriteConfig) -> None:
    path = write_config(PROVIDERS_FILE)

    save_changes(path, {"providers.gateway.api_key_command": ("pass", "show", "work/gateway")})

    assert (
        'base_url = "https://example.org/v1"\napi_key_command = ["pass", "show", "work/gateway"]\n' in path.read_text()
    )
    assert load(path, {}).settings.providers["gateway"].api_key_command == ("pass", "show", "work/gateway")


def test_renamed_table_is_written_with_what_changes_in_it(write_config: WriteConfig) -> None:
    path = write_config('provider = "a" # first\n# mine\n[providers.a]\ntype = "openai"\nbase_url = "http://x"\n')

    save_changes(path, {"provider": "b c", 'providers."b c".model': "m"}, {"providers.a": "b c"})

    assert path.read_text() == (
        'provider = "b c" # first\n# mine\n[providers."b c"]\ntype = "openai"\nbase_url = "http://x"\nmodel = "m"\n'
    )


def test_table_is_renamed_without_other_changes(write_config: WriteConfig) -> None:
    path = write_config('[providers.a]\ntype = "openai"\nbase_url = "http://x"\n')

    save_changes(path, {}, {"providers.a": "b"})

    assert path.read_text() == '[providers.b]\ntype = "openai"\nbase_url = "http://x"\n'
