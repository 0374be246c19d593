from __future__ import annotations

from pathlib import Path

import pytest

from tui.config.paths import config_location, data_folder
from tui.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "etc"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path


def test_default_paths_are_the_platforms() -> None:
    from platformdirs import user_config_path, user_data_path

    place = config_location({})

    assert place.path == user_config_path("llm-tui", appauthor=False) / "config.toml"
    assert not place.is_explicit
    assert data_folder({}) == user_data_path("llm-tui", appauthor=False)


def test_environment_overrides_default_paths(tmp_path: Path) -> None:
    environ = {"LLM_TUI_CONFIG": "~/my.toml", "LLM_TUI_DATA_DIR": "~/talks"}

    assert config_location(environ) == (tmp_path / "my.toml", True)
    assert data_folder(environ) == tmp_path / "talks"


def test_command_line_overrides_environment(tmp_path: Path) -> None:
    environ = {"LLM_TUI_CONFIG": "/elsewhere", "LLM_TUI_DATA_DIR": "/elsewhere"}

    assert config_location(environ, "~/my.toml") == (tmp_path / "my.toml", True)
    assert data_folder(environ, "~") == tmp_path


def test_empty_variable_is_ignored() -> None:
    assert not config_location({"LLM_TUI_CONFIG": ""}).is_explicit
    assert data_folder({"LLM_TUI_DATA_DIR": ""}) == data_folder({})


def test_unknown_home_folder_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"The home folder in '~nobody-of-that-name/my\.toml' does not exist"):
        config_location({}, "~nobody-of-that-name/my.toml")
