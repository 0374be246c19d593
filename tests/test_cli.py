"""The command line: arguments, errors and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.program import Program
from tui import __version__
from tui.cli import main
from tui.demo.server import DemoServer


async def test_prints_the_version(program: Program) -> None:
    for flag in ("--version", "-V"):
        result = await program.run(flag)
        assert (result.code, result.out) == (0, f"llm-tui {__version__}\n")


async def test_every_command_has_help(program: Program) -> None:
    for arguments in ((), ("ask",), ("models",), ("config",), ("demo",)):
        result = await program.run(*arguments, "--help")
        assert result.code == 0
        assert "usage: llm-tui" in result.out


@pytest.mark.parametrize(
    "arguments", [("brew",), ("--no-such-option",), ("config", "burn"), ("demo", "--port", "70000")]
)
async def test_invalid_arguments_exit_with_2_and_one_line(program: Program, arguments: tuple[str, ...]) -> None:
    result = await program.run(*arguments)
    assert result.code == 2
    assert result.err.startswith("llm-tui: ")
    assert result.err.count("\n") == 1


async def test_chat_requires_a_terminal(program: Program) -> None:
    result = await program.run()
    assert result.code == 2
    assert "terminal" in result.err
    assert "llm-tui ask" in result.err


async def test_invalid_config_exits_with_2_and_is_unchanged(program: Program) -> None:
    program.configure("[timeouts]\nidle = 'soon'\n")
    result = await program.run("ask", "hi")
    assert result.code == 2
    assert f"{program.config}:2" in result.err
    assert "timeouts.idle" in result.err
    assert program.config.read_text() == "[timeouts]\nidle = 'soon'\n"


async def test_unknown_key_is_a_warning_with_a_suggestion(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url, more="[timeouts]\nidel = 3\n")
    result = await program.run("ask", "hi", "--model", "echo")
    assert (result.code, result.out) == (0, "hi\n")
    assert "timeouts.idel" in result.err
    assert "idle" in result.err


async def test_options_can_precede_or_follow_the_command(program: Program, demo: DemoServer) -> None:
    other = program.config.with_name("other.toml")
    program.use_server(demo.url)
    program.config.rename(other)
    for arguments in (("--config", str(other), "ask"), ("ask", "--config", str(other))):
        result = await program.run(*arguments, "hi", "--model", "echo")
        assert (result.code, result.out) == (0, "hi\n")


async def test_missing_config_is_reported_and_defaults_are_used(program: Program) -> None:
    result = await program.run("config", "show", "--config", str(program.config))
    assert result.code == 0
    assert "does not exist; using defaults" in result.err
    assert "first_token = 300.0" in result.out


async def test_internal_error_has_a_traceback_only_in_debug_mode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(arguments: object) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr("tui.commands.models.run_models", broken)
    monkeypatch.delenv("LLM_TUI_DEBUG", raising=False)
    assert main(["models"]) == 1
    assert capsys.readouterr().err == (
        "llm-tui: Internal error: RuntimeError: a bug. Set LLM_TUI_DEBUG=1 for a traceback.\n"
    )
    monkeypatch.setenv("LLM_TUI_DEBUG", "1")
    with pytest.raises(RuntimeError):
        main(["models"])


async def test_debug_mode_prints_a_traceback_for_expected_errors(program: Program) -> None:
    result = await program.run("ask", "hi", "--provider", "unknown", LLM_TUI_DEBUG="1")
    assert result.code == 2
    assert "Traceback" in result.err


async def test_ctrl_c_outside_of_an_answer_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.commands.models.run_models", interrupted)
    assert main(["models"]) == 130


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ((), (2, 1, 2)),
        (("ask", "hi"), (0, 1, 0)),
        (("models", "--provider", "server"), (0, 1, 0)),
        (("doctor",), (0, 1, 0)),
        (("export", "--list"), (0, 1, 0)),
        (("config", "path"), (0, 1, 0)),
        (("import", "-"), (2, 1, 2)),
        (("--version",), (0, 1, 0)),
        (("ask", "--help"), (0, 1, 0)),
    ],
)
async def test_closed_standard_streams_are_not_internal_errors(
    program: Program, demo: DemoServer, arguments: tuple[str, ...], codes: tuple[int, int, int]
) -> None:
    program.use_server(demo.url, more='model = "echo"\n')
    for redirection, code in zip(("0<&-", "1>&- </dev/null", "2>&- </dev/null"), codes, strict=True):
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "tui", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=program.environment(),
        )
        _, err = await process.communicate()
        assert process.returncode == code, (redirection, err)
        assert b"Internal error" not in err
        assert b"Traceback" not in err
        assert err.count(b"\n") <= 1


async def test_files_do_not_take_the_place_of_closed_streams() -> None:
    code = "import os, tui.cli; tui.cli.main(['--version']); print([os.fstat(fd).st_rdev for fd in range(3)])"
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'exec "$@" 0<&- 2>&-', "sh", sys.executable, "-c", code), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    null = Path(os.devnull).stat().st_rdev  # noqa: ASYNC240
    devices = json.loads(out.splitlines()[-1])
    assert (devices[0], devices[2]) == (null, null)
