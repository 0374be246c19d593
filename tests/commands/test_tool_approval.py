"""Approval of tool calls by `llm-tui ask` on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.commands.test_ask_tools import calls, chats, ollama, use_tools
from tests.fault_server import FaultServer
from tests.program import Program
from tests.session.tool_boxes import spec
from tui.chat.message import ChatMessage
from tui.chat.tools import ToolSpec
from tui.commands.tool_approval import CommandApprover, describe
from tui.session.approvals import KnownTools
from tui.session.tool_box import Decision, ToolRequest

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

from tests.terminal import ENTER, on_terminal

TWICE = calls(("echo", {"text": "one"}), ("echo", {"text": "two"}))
QUESTION = b"or why not: "


def request_for(tool: ToolSpec, arguments: dict[str, object]) -> ToolRequest:
    return ToolRequest(tool, arguments, ChatMessage("t", "tool", ""))


@pytest.mark.parametrize(
    ("typed", "results"),
    [
        (("y", "n"), ["one", "Not run: the user did not allow this call."]),
        (("a",), ["one", "two"]),
        (("", "Too loud."), ["Not run: the user did not allow this call.", "and said: Too loud."]),
    ],
)
async def test_user_decides_about_each_call(
    program: Program, tmp_path: Path, typed: tuple[str, ...], results: list[str]
) -> None:
    async with FaultServer(ollama(TWICE, {"content": "The end."})) as server:
        use_tools(program, server.url, tmp_path)
        async with on_terminal(program, "ask", "?", "--model", "m", "--tools", "lab") as terminal:
            since = 0
            for line in typed:
                await terminal.until(lambda received: QUESTION in received, since)
                since = len(terminal.received)
                terminal.type(line + ENTER)
            assert await terminal.ended() == 0
            assert b"The end." in terminal.received
        sent = [message["content"] for message in chats(server)[1]["messages"] if message["role"] == "tool"]

    assert all(expected in text for expected, text in zip(results, sent, strict=True))


async def test_what_was_typed_before_the_question_is_no_answer(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama(calls(("echo", {"text": "one"})), {"content": "The end."})) as server:
        use_tools(program, server.url, tmp_path)
        async with on_terminal(program, "ask", "?", "--model", "m", "--tools", "lab", typed="y\n") as terminal:
            await terminal.until(lambda received: QUESTION in received)
            terminal.type(ENTER)
            assert await terminal.ended() == 0
        (result,) = (message for message in chats(server)[1]["messages"] if message["role"] == "tool")

    assert result["content"] == "Not run: the user did not allow this call."


@pytest.mark.parametrize(
    ("typed", "offered"), [("g", [True, True, True]), ("", [True, True, False]), ("s", [True] * 2)]
)
async def test_user_decides_at_the_limit(program: Program, tmp_path: Path, typed: str, offered: list[bool]) -> None:
    echo = calls(("echo", {"text": "one"}))
    async with FaultServer(ollama(echo, echo, {"content": "x"})) as server:
        use_tools(program, server.url, tmp_path, 'allow = ["echo"]\n')
        arguments = ("ask", "?", "--model", "m", "--tools", "lab", "--max-tool-rounds", "1")
        async with on_terminal(program, *arguments) as terminal:
            await terminal.shows("The model called tools in 1 answer.")
            terminal.type(typed + ENTER)
            assert await terminal.ended() == 0
        assert ["tools" in request for request in chats(server)] == offered


def test_call_is_described_with_its_arguments_as_they_are_sent() -> None:
    text = describe(request_for(spec("write", destructive=True), {"path": "аdmin\u202e\x1b[2J\u200b"}))

    assert text.startswith("Tool call: lab.write (its server says: may destroy something)\n")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"\u0430dmin\u202e\u001b[2J\u200b" in text
    assert "escaped" not in describe(request_for(spec("look", read_only=True), {"at": 1}))


async def test_command_line_allows_a_changed_tool_and_the_config_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    known = KnownTools()
    known.learn(spec("look"))
    request = request_for(spec("look", destructive=True), {})

    by_config = CommandApprover((), {"lab.look"}, known, can_ask=False)
    assert by_config.standing_decision(request) == Decision("denied")
    assert "its server has changed it" in capsys.readouterr().err
    by_command_line = CommandApprover({"lab.look"}, {"lab.look"}, known, can_ask=False)
    assert by_command_line.standing_decision(request) == Decision("config")
    assert "has changed this tool" in describe(request, has_changed=True)


async def test_without_a_terminal_what_is_not_allowed_is_denied(capsys: pytest.CaptureFixture[str]) -> None:
    approver = CommandApprover({"lab.look"}, (), KnownTools(), can_ask=False)
    decisions = [approver.standing_decision(request_for(spec(name), {})) for name in ("look", "write", "write")]

    assert [decision.approval for decision in decisions if decision] == ["config", "denied", "denied"]
    assert capsys.readouterr().err == (
        "llm-tui: lab.write is not allowed to run. Allow it with --allow-tool lab.write.\n"
    )
    assert await approver.decide_at_limit(3) == "answer"
    assert "Raise --max-tool-rounds" in capsys.readouterr().err
