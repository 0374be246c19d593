"""Import of the tool servers of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.config.conftest import WriteConfig
from tui.config.load import load
from tui.config.mcp_json import parse_mcp_json, read_mcp_json
from tui.config.save import save_changes
from tui.config.secret import Secret
from tui.errors import UsageError

CLAUDE = {
    "mcpServers": {
        "filesystem": {
            "command": "npx",
            "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/My Files"],
            "env": {"TOKEN": 'pa"55'},
        },
        "time": {"command": "uvx", "args": ["mcp-server-time"], "disabled": True},
    }
}
LM_STUDIO = {
    "mcpServers": {
        "hf-mcp-server": {"url": "https://huggingface.co/mcp", "headers": {"Authorization": "Bearer pa55"}},
    }
}


def test_servers_of_both_programs_become_settings(write_config: WriteConfig) -> None:
    path = write_config('[mcp.mine]\ncommand = ["x"]\n')
    for data in (CLAUDE, LM_STUDIO):
        imported = parse_mcp_json(json.dumps(data), "mcp.json", ["mine"])
        assert imported.notes == ()
        save_changes(path, imported.changes)

    servers = load(path, {}).settings.mcp
    assert list(servers) == ["mine", "filesystem", "time", "hf-mcp-server"]
    assert servers["filesystem"].command == (
        "npx",
        "-y",
        "@modelcontextprotocol/server-filesystem",
        "/home/me/My Files",
    )
    assert servers["filesystem"].env == {"TOKEN": Secret('pa"55')}
    assert not servers["time"].enabled
    assert servers["hf-mcp-server"].url == "https://huggingface.co/mcp"
    assert servers["hf-mcp-server"].headers == {"Authorization": Secret("Bearer pa55")}


def one(table: object, name: str = "x", *existing: str) -> tuple[dict[str, object], tuple[str, ...]]:
    """The changes and notes for one server."""
    imported = parse_mcp_json(json.dumps({"mcpServers": {name: table}}), "mcp.json", existing)
    return dict(imported.changes), imported.notes


def test_value_with_a_variable_is_left_out_and_the_server_disabled() -> None:
    changes, notes = one({"command": "a", "env": {"TOKEN": "${input:token}", "HOST": "h", "B": "${B:-pa55}"}})

    assert changes == {"mcp.x.command": ["a"], "mcp.x.env": {"HOST": "h"}, "mcp.x.enabled": False}
    todo = "Add its value to the config, and enable the server."
    assert notes == (
        f"x is disabled, without env.TOKEN: it uses the variable ${{input:token}}. {todo}",
        f"x is disabled, without env.B: it uses the variable ${{B}}. {todo}",
    )


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"command": "a", "args": ["${workspaceFolder}"]}, "it uses the variable ${workspaceFolder}"),
        ({"url": "http://${HOST}/"}, "it uses the variable ${HOST}"),
        ({}, "it must have either a command or a url."),
        ({"command": "a", "url": "http://a"}, "it must have either a command or a url."),
        ({"url": "http://a", "type": "sse"}, 'its type "sse" is not supported.'),
        ({"command": "a", "type": 5}, "is not supported."),
        ({"command": "a", "args": "b"}, "args is not an array."),
        ({"command": "a", "args": [5]}, "mcp.x.command is"),
        ({"command": "a", "env": ["pa55"]}, 'mcp.x.env is "********"'),
        ({"command": "a", "env": {"KEY": 5}}, 'mcp.x.env.KEY is "********"'),
        ({"url": "ftp://a"}, "mcp.x.url is"),
        ({"url": "http://a", "headers": {"X": "pa55\n"}}, 'mcp.x.headers.X is "********"'),
        (5, "it is not an object."),
    ],
)
def test_server_that_cannot_be_imported_has_a_reason(table: object, reason: str) -> None:
    changes, notes = one(table)

    assert changes == {}
    assert len(notes) == 1
    assert notes[0].startswith("x was not imported: ")
    assert reason in notes[0]
    assert "pa55" not in notes[0]


def test_existing_server_is_not_replaced() -> None:
    changes, notes = one({"command": "a"}, "x", "x")

    assert changes == {}
    assert notes == ("x was not imported: the config already has a tool server x.",)


def test_name_that_the_config_cannot_have_is_changed() -> None:
    changes, notes = one({"command": "a"}, "my.files\x1b 2")

    assert changes == {"mcp.my-files-2.command": ["a"]}
    assert notes == ("my.files\\u001b 2 was imported as my-files-2: names have only letters, digits, - and _.",)
    assert one({"command": "a"}, "…")[0] == {}


def test_permissions_and_unknown_keys_are_not_imported() -> None:
    changes, notes = one({"command": "a", "alwaysAllow": ["rm"], "cwd": "/", "headers": {"A": "pa55"}, "type": "stdio"})

    assert changes == {"mcp.x.command": ["a"]}
    assert notes == (
        "x: alwaysAllow was not imported. Tools that run without asking are chosen here.",
        "x: cwd was not imported.",
        "x: headers was not imported.",
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", '{"mcpServers": []}', '{"mcpServers": {}}', '{"servers": 1}', "[" * 100_000]
)
def test_file_without_servers_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match=r"^mcp\.json ") as caught:
        parse_mcp_json(text, "mcp.json")

    assert caught.value.hint


def test_repr_has_no_secret() -> None:
    assert "pa" not in repr(parse_mcp_json(json.dumps(CLAUDE), "mcp.json")).replace("parse", "")


def test_reads_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("\ufeff" + json.dumps(LM_STUDIO))

    assert read_mcp_json(path).servers == ("hf-mcp-server",)


@pytest.mark.parametrize("content", [b"\xff", b" " * (2**20 + 1), None])
def test_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mcp\x1b.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=r"mcp\\u001b\.json"):
        read_mcp_json(path)
