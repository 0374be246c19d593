from __future__ import annotations

from pathlib import Path

import pytest

from tui.config.paths import config_place, data_folder
from tui.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "etc"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path


def test_the_usual_places_are_the_platforms() -> None:
    from platformdirs import user_config_path, user_data_path

    place = config_place({})

    assert place.path == user_config_path("llm-tui", appauthor=False) / "config.toml"
    assert not place.is_named
    assert data_folder({}) == user_data_path("llm-tui", appauthor=False)


def test_the_environment_names_other_places(tmp_path: Path) -> None:
    environ = {"LLM_TUI_CONFIG": "~/my.toml", "LLM_TUI_DATA_DIR": "~/talks"}

    assert config_place(environ) == (tmp_path / "my.toml", True)
    assert data_folder(environ) == tmp_path / "talks"


def test_the_command_line_comes_before_the_environment(tmp_path: Path) -> None:
    environ = {"LLM_TUI_CONFIG": "/elsewhere", "LLM_TUI_DATA_DIR": "/elsewhere"}

    assert config_place(environ, "~/my.toml") == (tmp_path / "my.toml", True)
    assert data_folder(environ, "~") == tmp_path


def test_an_empty_variable_names_nothing() -> None:
    assert not config_place({"LLM_TUI_CONFIG": ""}).is_named
    assert data_folder({"LLM_TUI_DATA_DIR": ""}) == data_folder({})


def test_a_home_that_is_nobodys_is_said_plainly() -> None:
    with pytest.raises(ConfigError, match=r"'~nobody-of-that-name/my\.toml' is in a home that does not exist"):
        config_place({}, "~nobody-of-that-name/my.toml")
