"""The tables `[tools]` and `[mcp.NAME]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.config.save import save_changes
from tui.config.secret import Secret
from tui.config.show import show_lines
from tui.config.tool_settings import ToolServerSettings, ToolSettings
from tui.errors import ConfigError

FILE = """\
[tools]
timeout = 5

# My files.
[mcp.files]
command = ["uvx", "mcp-server-filesystem", "."]  # all of them
env = { KEY = "pa55" }
allow = ["read_file"]

[mcp.search]
url = "http://me:pa55@127.0.0.1:9000/mcp?key=pa55"
headers = { X-Team = "pa55" }
enabled = false
mode = "legacy"
"""


def test_reads_all_keys(write_config: WriteConfig) -> None:
    settings = load(write_config(FILE), {}).settings

    assert settings.tools == ToolSettings(timeout=5.0, max_rounds=10)
    assert settings.mcp == {
        "files": ToolServerSettings(
            "files",
            command=("uvx", "mcp-server-filesystem", "."),
            env={"KEY": Secret("pa55")},
            allow=("read_file",),
        ),
        "search": ToolServerSettings(
            "search",
            url="http://me:pa55@127.0.0.1:9000/mcp?key=pa55",
            headers={"X-Team": Secret("pa55")},
            enabled=False,
            mode="legacy",
        ),
    }


def test_no_tool_server_is_built_in(tmp_path: Path) -> None:
    assert load(tmp_path / "none", {}).settings.mcp == {}


def test_environment_and_headers_are_never_shown(write_config: WriteConfig) -> None:
    loaded = load(write_config(FILE), {})
    lines = show_lines(loaded, {})

    assert "pa55" not in "\n".join(lines)
    assert "pa55" not in repr(loaded.settings)
    assert "[mcp.files]" in lines
    assert 'env.KEY = "********"  # file' in lines
    assert 'headers.X-Team = "********"  # file' in lines
    assert 'command = ["uvx", "mcp-server-filesystem", "."]  # file' in lines
    assert 'mode = "auto"  # default' in lines
    assert "max_rounds = 10  # default" in lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mcp.x]", "mcp.x has neither a command nor a url"),
        ('[mcp.x]\ncommand = []\nurl = ""', "mcp.x has neither a command nor a url"),
        ('[mcp.x]\ncommand = ["a"]\nurl = "http://a"', "mcp.x has both a command and a url"),
        ('[mcp.x]\ncommand = "uvx"', 'mcp.x.command is "uvx"; it must be an array of strings'),
        ('[mcp.x]\ncommand = ["a", 5]', "mcp.x.command is"),
        ('[mcp.x]\ncommand = [" "]', "mcp.x.command is"),
        ('[mcp.x]\ncommand = ["a\\u0000"]', "mcp.x.command is"),
        ('[mcp.x]\nurl = "ftp://a"', "mcp.x.url is"),
        ('[mcp.x]\nurl = "http://a"\nmode = "new"', 'mcp.x.mode is "new"; it must be one of "auto", "legacy"'),
        ('[mcp.x]\nurl = "http://a"\nallow = "all"', "mcp.x.allow is"),
        ('[mcp.x]\nurl = "http://a"\nallow = [""]', "mcp.x.allow is"),
        ('[mcp."a.b"]\nurl = "http://a"', 'mcp has the name "a.b"; it must be 1 to 64 letters'),
        ("[mcp]\nx = 5", "mcp.x is 5; it must be a table"),
        ("[tools]\nmax_rounds = 0", "tools.max_rounds is 0"),
        ("[tools]\ntimeout = 0", "tools.timeout is 0"),
    ],
)
def test_error_names_the_key(write_config: WriteConfig, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_config(text), {})

    assert message in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        '[mcp.x]\ncommand = ["a"]\nenv = { "NOT A NAME" = "pa55" }',
        '[mcp.x]\ncommand = ["a"]\nenv = { KEY = "pa55\\u0000" }',
        '[mcp.x]\ncommand = ["a"]\nenv = { KEY = ["pa55"] }',
        '[mcp.x]\ncommand = ["a"]\nenv = "pa55"',
        '[mcp.x]\nurl = "http://a"\nheaders = { X = "pa55\\n" }',
        '[mcp.x]\nurl = "http://a"\nheaders = ["pa55"]',
    ],
)
def test_error_shows_no_secret(write_config: WriteConfig, text: str) -> None:
    with pytest.raises(ConfigError, match=r"mcp\.x\.(env|headers)") as caught:
        load(write_config(text), {})

    assert "pa55" not in f"{caught.value} {caught.value.hint}"


def test_unknown_key_is_a_warning(write_config: WriteConfig) -> None:
    loaded = load(write_config('[mcp.x]\nurl = "http://a"\nalow = ["b"]'), {})

    assert len(loaded.warnings) == 1
    assert "Did you mean mcp.x.allow?" in loaded.warnings[0]


def test_allowed_tools_are_saved_in_place(write_config: WriteConfig) -> None:
    path = write_config(FILE)

    save_changes(path, {"mcp.files.allow": ("read_file", "list"), "mcp.search.allow": ["find"]})

    assert path.read_text() == FILE.replace('["read_file"]', '["read_file", "list"]').replace(
        'mode = "legacy"\n', 'mode = "legacy"\nallow = ["find"]\n'
    )
    assert load(path, {}).settings.mcp["search"].allow == ("find",)


def test_server_is_added_and_removed_in_place(write_config: WriteConfig) -> None:
    path = write_config(FILE)
    changes = {"mcp.new.command": ["x"], "mcp.new.env": {"TOKEN": Secret("t")}, "mcp.new.allow": None}

    save_changes(path, changes)

    assert path.read_text().startswith(FILE)
    new = load(path, {}).settings.mcp["new"]
    assert (new.command, new.env) == (("x",), {"TOKEN": Secret("t")})
    save_changes(path, {"mcp.new": None})
    assert "new" not in load(path, {}).settings.mcp
