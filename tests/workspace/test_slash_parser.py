"""Slash commands are parsed from prompts; other text is unchanged."""

from __future__ import annotations

import pytest

from tui.errors import UsageError
from tui.workspace.slash_parser import parse_command, without_slash


@pytest.mark.parametrize(
    ("typed", "word", "argument"),
    [
        ("/help", "help", ""),
        ("/help ", "help", ""),
        ("/model llama3.2", "model", "llama3.2"),
        ("/mod llama3.2 ", "model", "llama3.2"),
        ("/system You are terse.\nVery.", "system", "You are terse.\nVery."),
        ("/set temperature=0.2", "set", "temperature=0.2"),
    ],
)
def test_command_is_parsed_with_its_argument(typed: str, word: str, argument: str) -> None:
    parsed = parse_command(typed)
    assert parsed is not None
    assert (parsed.command.slash, parsed.argument) == (word, argument)


@pytest.mark.parametrize(
    "typed", ["hello", "/etc/passwd is a file", " /help", "a /help", "/", "//help", "/2", "/* comment */", "/Help"]
)
def test_anything_else_is_text(typed: str) -> None:
    assert parse_command(typed) is None


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("/modle x", "no command /modle", "/model"),
        ("/xyzzy", "no command /xyzzy", "//xyzzy"),
        ("/usr", "no command /usr", "//usr"),
        ("/s x", "no command /s", "/system"),
        ("/attach", "/attach needs an argument", "/attach FILE"),
        ("/quit now", "takes no argument", "Start with //"),
    ],
)
def test_wrong_command_is_refused_with_a_hint(typed: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        parse_command(typed)
    assert hint in refused.value.hint


def test_two_slashes_send_a_command_as_text() -> None:
    assert without_slash("//help me") == "/help me"
    assert without_slash("//etc/passwd") == "//etc/passwd"
    assert without_slash("// a comment") == "// a comment"
    assert without_slash("help") == "help"
