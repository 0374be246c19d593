"""Commands that are written in the prompt box."""

from __future__ import annotations

import pytest

from tui.errors import UsageError
from tui.ui.actions import ACTIONS
from tui.ui.slash import BY_NAME, COMMANDS, read_order, without_slash


@pytest.mark.parametrize(
    ("written", "name", "argument"),
    [
        ("/help", "help", ""),
        ("/help ", "help", ""),
        ("/model llama3.2", "model", "llama3.2"),
        ("/mod llama3.2 ", "model", "llama3.2"),
        ("/system You are terse.\nVery.", "system", "You are terse.\nVery."),
        ("/set temperature=0.2", "set", "temperature=0.2"),
    ],
)
def test_a_command_is_read_with_what_follows_it(written: str, name: str, argument: str) -> None:
    order = read_order(written)
    assert order is not None
    assert (order.command.name, order.argument) == (name, argument)


@pytest.mark.parametrize(
    "written",
    ["hello", "/etc/passwd is a file", " /help", "a /help", "/", "//help", "/2", "/usr", "/* comment */", "/Help"],
)
def test_everything_else_is_text(written: str) -> None:
    if written == "/usr":
        with pytest.raises(UsageError, match="no command /usr"):
            read_order(written)
    else:
        assert read_order(written) is None


@pytest.mark.parametrize(
    ("written", "said", "hint"),
    [
        ("/modle x", "no command /modle", "/model"),
        ("/xyzzy", "no command /xyzzy", "//xyzzy"),
        ("/s x", "no command /s", "/system or /set or"),
        ("/attach", "/attach what?", "/attach FILE"),
        ("/quit now", "takes nothing", "Two slashes"),
    ],
)
def test_a_wrong_command_is_said_what_to_do_about(written: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")) as refused:
        read_order(written)
    assert hint in refused.value.hint


def test_two_slashes_send_what_would_be_a_command() -> None:
    assert without_slash("//help me") == "/help me"
    assert without_slash("//etc/passwd") == "//etc/passwd"
    assert without_slash("// a comment") == "// a comment"
    assert without_slash("help") == "help"


def test_each_command_is_there_once_and_does_something() -> None:
    assert len(BY_NAME) == len(COMMANDS)
    actions = {action.name for action in ACTIONS}
    for command in COMMANDS:
        assert command.action in actions or command.needs_argument, command.name
        assert not command.needs_argument or (command.argument and not command.argument.startswith("[")), command.name
