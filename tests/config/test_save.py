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


def test_what_is_saved_is_loaded_again(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord" # mine\nunknown = 1\n\n[timeouts]\n# idle\n')

    save_changes(path, {"timeouts.idle": 20.0, "retry.statuses": (500, 503), "providers.ollama.model": "llama3"})

    assert path.read_text() == (
        'theme = "nord" # mine\nunknown = 1\n\n[timeouts]\nidle = 20.0\n# idle\n'
        '\n[retry]\nstatuses = [500, 503]\n\n[providers.ollama]\nmodel = "llama3"\n'
    )
    settings = load(path, {}).settings
    assert (settings.timeouts.idle, settings.retry.statuses) == (20.0, (500, 503))
    assert settings.providers["ollama"].model == "llama3"


def test_a_new_file_is_written_with_what_was_changed_only(tmp_path: Path) -> None:
    path = tmp_path / "llm-tui" / "config.toml"

    save_changes(path, {"theme": "nord", "timeouts.idle": 60.0, "providers.x": {"type": "demo", "model": ""}})

    assert path.read_text() == 'theme = "nord"\n\n[providers.x]\ntype = "demo"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("changes", [{}, {"theme": "textual-dark"}, {"theme": None}, {"providers.ollama.verify": True}])
def test_a_default_that_stands_nowhere_is_not_written(tmp_path: Path, changes: dict[str, object]) -> None:
    path = tmp_path / "config.toml"

    save_changes(path, changes)

    assert not path.exists()


def test_a_default_is_written_over_another_value(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord"\n[timeouts]\nidle = 20\n')

    save_changes(path, {"theme": "textual-dark", "timeouts.idle": None})

    assert path.read_text() == 'theme = "textual-dark"\n[timeouts]\n'


def test_what_stays_the_same_is_not_written_anew(write_config: WriteConfig) -> None:
    path = write_config("timeouts.idle = 20")
    before = path.stat()

    save_changes(path, {"timeouts.idle": 20.0})

    assert path.stat() == before


def test_a_default_that_may_mean_something_else_here_is_written(write_config: WriteConfig) -> None:
    path = write_config("[timeouts]\nidle = 20\n")

    # For the provider, 20 is what holds without it; and for its address, what OLLAMA_HOST says.
    changes = {"providers.ollama.timeouts.idle": 60.0, "providers.ollama.base_url": "http://127.0.0.1:11434"}
    save_changes(path, changes)

    provider = load(path, {"OLLAMA_HOST": "gpu-box"}).settings.providers["ollama"]
    assert (provider.timeouts.idle, provider.base_url) == (60.0, "http://127.0.0.1:11434")


def test_a_table_replaces_the_whole_table(write_config: WriteConfig) -> None:
    path = write_config('[providers.x]\ntype = "demo"\n[providers.x.headers]\nX-A = "1" # a\nX-B = "2" # b\n')

    save_changes(path, {"providers.x.headers": {"X-B": "2", "X-C": "3"}})

    assert path.read_text() == '[providers.x]\ntype = "demo"\n[providers.x.headers]\nX-B = "2" # b\nX-C = "3"\n'


def test_a_provider_can_be_removed(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord"\n\n# mine\n[providers.x]\ntype = "demo"\n')

    save_changes(path, {"providers.x": None})

    assert path.read_text() == 'theme = "nord"\n\n# mine\n'


def test_a_value_may_become_a_table_and_back(write_config: WriteConfig) -> None:
    path = write_config("[providers.demo]\noptions = { a = 1 }\n")

    save_changes(path, {"providers.demo.options": {"a": {"b": 2}}})
    assert load(path, {}).settings.providers["demo"].options == {"a": {"b": 2}}

    save_changes(path, {"providers.demo.options.a": 3})
    assert load(path, {}).settings.providers["demo"].options == {"a": 3}


def test_a_secret_is_written_as_its_text(write_config: WriteConfig) -> None:
    path = write_config("")

    save_changes(path, {"providers.ollama.api_key": Secret("sk-123")})

    assert tomllib.loads(path.read_text()) == {"providers": {"ollama": {"api_key": "sk-123"}}}


def test_what_was_written_meanwhile_stays(write_config: WriteConfig) -> None:
    path = write_config('theme = "nord"\n')
    load(path, {})
    path.write_text('theme = "dracula"\nprovider = "lmstudio"\n')

    save_changes(path, {"timeouts.idle": 20})

    assert path.read_text() == 'theme = "dracula"\nprovider = "lmstudio"\n\n[timeouts]\nidle = 20\n'


def test_line_ends_and_byte_order_mark_stay(write_config: WriteConfig) -> None:
    path = write_config('\ufefftheme = "nord"\r\n[timeouts]\r\n')

    save_changes(path, {"theme": "dracula", "timeouts.idle": 20})

    assert path.read_bytes().decode() == '\ufefftheme = "dracula"\r\n[timeouts]\r\nidle = 20\r\n'


@pytest.mark.parametrize("text", ["theme =", "theme = 1", 'provider = "nope"', "\udcff"])
def test_a_file_that_cannot_be_read_is_not_written(write_config: WriteConfig, tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConfigError):
        save_changes(path, {"timeouts.idle": 20})

    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"timeouts.idle": -1}, r"config\.toml: timeouts\.idle is -1; it must be a number of seconds"),
        ({"timeouts.idle": float("nan")}, r"config\.toml: timeouts\.idle is nan; it must be a number"),
        ({"retry.backoff_max": 0.1}, r"config\.toml: retry\.backoff_max is 0\.1; it must be at least backoff_initial"),
        ({"provider": "nope"}, r'config\.toml: provider is "nope"; it must be one of'),
        ({"providers.new.model": "x"}, r"config\.toml: providers\.new has no type"),
        ({"theme": "\udcff"}, "Half a character cannot be saved"),
        ({"servers.name": 1}, "cannot be edited safely"),
        ({'servers."[0]".name': 1}, "cannot be edited safely"),
    ],
)
@pytest.mark.parametrize("text", ["[[servers]]\nname = 'a'\n# mine\n"])
def test_what_could_not_be_loaded_again_is_not_saved(
    write_config: WriteConfig, text: str, changes: dict[str, object], complaint: str
) -> None:
    path = write_config(text)

    with pytest.raises(ConfigError, match=complaint):
        save_changes(path, changes)

    assert path.read_text() == text


def test_nothing_of_the_kind_is_saved_to_a_new_file_either(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it must be a number"):
        save_changes(tmp_path / "config.toml", {"timeouts.idle": "soon"})

    assert list(tmp_path.iterdir()) == []
