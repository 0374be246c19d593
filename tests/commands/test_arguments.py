"""Tests for `tui.commands.arguments`."""

from __future__ import annotations

import pytest

from tui.commands.arguments import parse, parser
from tui.errors import UsageError


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--model", "ask"],
        ["ask", "hi", "--model", "m", "--config", "c"],
        ["--config", "c", "models", "pull", "m"],
        ["export", "--all", "folder"],
    ],
)
def test_only_needed_parsers_read_the_same_arguments(argv: list[str]) -> None:
    assert parse(argv) == parser().parse_args(argv)


@pytest.mark.parametrize("argv", [["mdels"], ["--model"], ["ask", "--bad"], ["models", "pull"]])
def test_errors_are_those_of_the_whole_command_line(argv: list[str]) -> None:
    with pytest.raises(UsageError) as expected:
        parser().parse_args(argv)
    with pytest.raises(UsageError) as raised:
        parse(argv)
    assert (str(raised.value), raised.value.hint) == (str(expected.value), expected.value.hint)


@pytest.mark.parametrize("option", ["--help", "-h", "-Vh"])
def test_help_lists_all_commands(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([option])
    shown = capsys.readouterr().out
    with pytest.raises(SystemExit):
        parser().parse_args([option])
    assert shown == capsys.readouterr().out
    assert "completion" in shown
