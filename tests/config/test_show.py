from __future__ import annotations

import tomllib
from pathlib import Path

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.config.show import show_lines

FILE = r"""
theme = "a\u202eb"
[timeouts]
idle = 20
[keys]
quit = "ctrl+q"
[providers."my gateway"]
type = "openai"
base_url = "https://me:pa55@example.org/v1?key=pa55"
api_key = "pa55"
api_key_env = "MY_KEY"
headers = { Authorization = "Bearer pa55", X-Team = "search" }
options = { temperature = 0.7, format = { type = "json" } }
timeouts.first_token = 30
system_prompt = "one\ntwo\u001b[2J"
"""


def test_shows_every_value_with_its_origin(write_config: WriteConfig) -> None:
    path = write_config(FILE)

    lines = show_lines(load(path, {"OLLAMA_HOST": "gpu-box"}, {"provider": "lmstudio"}), {})

    assert lines[0] == f"# {path}"
    assert 'provider = "lmstudio"  # command line' in lines
    assert "idle = 20.0  # file" in lines
    assert "total = 0.0  # default" in lines
    assert "statuses = [408, 425, 429, 500, 502, 503, 504]  # default" in lines
    assert 'quit = "ctrl+q"  # file' in lines
    assert 'base_url = "http://gpu-box:11434"  # environment OLLAMA_HOST' in lines
    assert "# keep_alive is not set" in lines
    assert "options.temperature = 0.7  # file" in lines
    assert 'options.format.type = "json"  # file' in lines
    assert lines.count("timeouts.first_token = 30.0  # file") == 1
    assert not any(line.startswith("timeouts.idle") for line in lines)


def test_output_is_valid_toml(write_config: WriteConfig) -> None:
    shown = tomllib.loads("\n".join(show_lines(load(write_config(FILE), {}), {})))

    assert shown["theme"] == "a\u202eb"
    assert shown["timeouts"] == {"connect": 5.0, "first_token": 300.0, "idle": 20.0, "total": 0.0}
    assert shown["providers"]["my gateway"]["system_prompt"] == "one\ntwo\x1b[2J"


def test_secrets_are_masked(write_config: WriteConfig) -> None:
    lines = show_lines(load(write_config(FILE), {}), {"MY_KEY": "pa55"})

    assert "pa55" not in "\n".join(lines)
    assert 'api_key = "********"  # file' in lines
    assert 'headers.Authorization = "********"  # file' in lines
    assert 'headers.X-Team = "search"  # file' in lines
    assert 'base_url = "https://********@example.org/v1?key=********"  # file' in lines
    assert 'api_key_env = "MY_KEY"  # file; MY_KEY is set' in lines


def test_says_if_key_variable_is_not_set(write_config: WriteConfig) -> None:
    assert 'api_key_env = "MY_KEY"  # file; MY_KEY is not set' in show_lines(
        load(write_config(FILE), {}), {"MY_KEY": ""}
    )


def test_control_characters_are_escaped(write_config: WriteConfig, tmp_path: Path) -> None:
    assert all(map(str.isprintable, show_lines(load(write_config(FILE), {}), {})))
    assert show_lines(load(tmp_path / "a\x1bb", {}), {})[0] == f"# {tmp_path}/a\\u001bb (not found)"


def test_missing_file_is_marked_and_empty_tables_omitted(tmp_path: Path) -> None:
    lines = show_lines(load(tmp_path / "config.toml", {}), {})

    assert lines[0].endswith("(not found)")
    assert "[keys]" not in lines
    assert "# api_key is not set" in lines
