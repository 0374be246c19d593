"""`llm-tui config path | show | init`."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program import Program


async def test_prints_the_path(program: Program) -> None:
    result = await program.run("config", "path")
    assert result.out == f"{program.config}\n"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
async def test_path_that_is_not_unicode_is_printed_unchanged(program: Program) -> None:
    path = b"/tmp/\xff\x1b[5m.toml"
    process = await program.start("config", "path", "--config", os.fsdecode(path))
    out, _ = await process.communicate()

    assert (process.returncode, out) == (0, path + b"\n")


async def test_init_writes_the_template_once(program: Program) -> None:
    first, second = await program.run("config", "init"), await program.run("config", "init")
    assert (first.code, first.out) == (0, f"{program.config}\n")
    assert second.code == 2
    assert str(program.config) in second.err
    assert (await program.run("config", "show")).err == ""


async def test_show_prints_toml_without_secrets(program: Program) -> None:
    program.use_server(
        "http://user:hunter2@127.0.0.1:1/v1",
        "openai",
        'api_key = "sk-secret"\nheaders = { Authorization = "Basic c2VjcmV0" }\n',
    )
    result = await program.run("config", "show")
    shown = tomllib.loads(result.out)
    assert shown["provider"] == "server"
    assert shown["timeouts"]["first_token"] == 300.0
    assert "# file" in result.out
    assert "# default" in result.out
    for secret in ("hunter2", "sk-secret", "c2VjcmV0"):
        assert secret not in result.out


async def test_path_is_printed_unchanged_in_a_pipe(program: Program) -> None:
    for name in ("with\x1b[2J\nbreaks.toml", "caf\udce9.toml", "ü.toml"):
        path = str(program.config.parent / name)
        result = await program.start("config", "path", "--config", path)
        out, err = await result.communicate()
        assert (result.returncode, out, err) == (0, os.fsencode(path) + b"\n", b"")


def pipe_at(path: Path) -> Path:
    os.mkfifo(path)
    return path


def folder_at(path: Path) -> Path:
    path.mkdir()
    return path


def sparse_file_at(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(2 * 2**30)
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (pipe_at, "not a regular file"),
        (folder_at, "Is a directory"),
        (sparse_file_at, "larger than 4 MiB"),
        (lambda _: Path("/dev/zero"), "larger than 4 MiB"),
    ],
)
@pytest.mark.parametrize("command", [["config", "show"], ["models"], ["doctor"], ["ask", "hi"]])
async def test_special_config_file_is_refused_at_once(
    program: Program, make: Callable[[Path], Path], reason: str, command: list[str]
) -> None:
    path = make(program.config.parent / "special")
    result = await program.run(*command, "--config", str(path))
    assert result.code == (1 if command == ["doctor"] else 2)
    assert reason in result.err + result.out


async def test_null_device_is_an_empty_config(program: Program) -> None:
    result = await program.run("config", "show", "--config", os.devnull)
    assert (result.code, result.err) == (0, "")
