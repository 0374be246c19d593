"""`llm-tui ask` with tools and with a schema, run as a process with real tool servers."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fault_server import Connection, FaultServer, Script, streams
from tests.program import CompletedRun, Program
from tui.chat.conversation import Conversation
from tui.store.conversations import ConversationStore

STDIO_SERVER = Path(__file__).parent.parent / "tools" / "stdio_server.py"
SHOW = b'{"capabilities":["completion","tools"]}'


def ollama(*answers: Mapping[str, Any], capabilities: bytes = SHOW) -> Script:
    """A script for `/api/show` and for one answer after the other; the last one is repeated."""
    left = list(answers)

    async def reply(connection: Connection) -> None:
        if connection.request.target == "/api/show":
            await connection.head(200, "application/json", length=len(capabilities))
            await connection.body(capabilities)
            return
        message = left.pop(0) if len(left) > 1 else left[0]
        lines = [{"message": message, "done": False}, {"message": {"content": ""}, "done": True, "done_reason": "stop"}]
        await streams(*[json.dumps(line).encode() + b"\n" for line in lines])(connection)

    return reply


def calls(*functions: tuple[str, Any]) -> Mapping[str, Any]:
    made = [{"function": {"name": name, "arguments": arguments}} for name, arguments in functions]
    return {"role": "assistant", "content": "", "tool_calls": made}


def use_tools(program: Program, url: str, folder: Path, more: str = "") -> None:
    command = json.dumps([sys.executable, str(STDIO_SERVER), str(folder)])
    program.use_server(url, more=f"[mcp.lab]\ncommand = {command}\n{more}")


def chats(server: FaultServer) -> list[Any]:
    return [request.json for request in server.requests if request.target == "/api/chat"]


def of_type(run: CompletedRun, kind: str) -> list[dict[str, Any]]:
    return [event for event in run.events if event["type"] == kind]


ECHO = calls(("echo", {"text": "hi"}))


async def test_allowed_tool_runs_and_the_answer_follows(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama(ECHO, {"content": "It says hi."})) as server:
        use_tools(program, server.url, tmp_path)
        run = await program.run("ask", "?", "--model", "m", "--tools", "lab", "--allow-tool", "lab.echo", "--save")
        first, second = chats(server)
        again = await program.run("ask", "and?", "--model", "m", "--continue")
        third = chats(server)[2]

    assert (run.code, run.out) == (0, "It says hi.\n")
    assert run.err.startswith('llm-tui: Tool call: echo({"text": "hi"}) · allowed by the config · ')
    assert {tool["function"]["name"] for tool in first["tools"]} >= {"echo", "add"}
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "tool"]
    assert second["messages"][2]["tool_name"] == "echo"
    assert second["messages"][2]["content"] == "hi"
    assert again.code == 0
    assert [message["role"] for message in third["messages"]] == ["user", "assistant", "tool", "assistant", "user"]
    assert "tools" not in third


async def test_json_has_results_with_the_id_of_their_call(program: Program, tmp_path: Path) -> None:
    answers = (
        calls(("echo", {"text": "hi"}), ("add", {"a": 1, "b": 2}), ("gone", {}), ("echo", {})),
        {"content": "ok"},
    )
    async with FaultServer(ollama(*answers)) as server:
        use_tools(program, server.url, tmp_path, 'allow = ["echo"]\n')
        run = await program.run("ask", "?", "--model", "m", "--tools", "all", "--json")

    made, results = of_type(run, "tool_call"), of_type(run, "tool_result")
    assert run.code == 0
    assert {call["id"] for call in made} == {result["id"] for result in results}
    assert all(call["id"] for call in made)
    by_id = {result["id"]: result for result in results}
    echo, add, gone, invalid = (by_id[call["id"]] for call in made)
    assert (echo["name"], echo["content"], echo["is_error"], echo["approval"]) == ("echo", "hi", False, "config")
    assert echo["seconds"] > 0
    assert (add["is_error"], add["approval"]) == (True, "denied")
    assert gone["content"].startswith("There is no tool 'gone'.")
    assert "do not fit the tool's schema" in invalid["content"]
    assert run.events[-1]["type"] == "done"
    assert "Allow it with --allow-tool lab.add." in run.err


async def test_without_tools_calls_are_only_shown(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama(ECHO)) as server:
        use_tools(program, server.url, tmp_path, 'allow = ["echo"]\n')
        run = await program.run("ask", "?", "--model", "m")
        (request,) = chats(server)

    assert run.err == 'llm-tui: Tool call: echo({"text": "hi"})\n'
    assert "tools" not in request
    assert not (tmp_path / "record").exists()


async def test_limit_of_rounds_ends_with_an_answer_without_tools(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama(ECHO)) as server:
        use_tools(program, server.url, tmp_path, 'allow = ["echo"]\n')
        run = await program.run("ask", "?", "--model", "m", "--tools", "lab", "--max-tool-rounds", "2")
        requests = chats(server)

    assert run.code == 1
    assert ["tools" in request for request in requests] == [True, True, True, False]
    assert "The model called tools in 2 answers." in run.err
    assert "The model called another tool instead of answering" in run.err


async def test_model_without_tool_support_is_offered_none(program: Program, tmp_path: Path) -> None:
    script = ollama({"content": "hi"}, capabilities=b'{"capabilities":["completion"]}')
    async with FaultServer(script) as server:
        use_tools(program, server.url, tmp_path)
        run = await program.run("ask", "?", "--model", "m", "--tools", "lab", "--json")
        (request,) = chats(server)

    assert (run.code, run.err) == (0, "llm-tui: m cannot call tools. It is offered none.\n")
    assert "tools" not in request


async def test_server_that_does_not_start_is_reported_and_the_answer_comes(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama({"content": "hi"})) as server:
        program.use_server(server.url, more='[mcp.gone]\ncommand = ["/does/not/exist"]\n')
        run = await program.run("ask", "?", "--model", "m", "--tools", "gone")

    assert (run.code, run.out) == (0, "hi\n")
    assert "gone" in run.err
    assert len(run.err.splitlines()) == 1


async def test_interrupted_call_is_saved_as_stopped(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama(calls(("wait", {})), {"content": "never"})) as server:
        use_tools(program, server.url, tmp_path, 'allow = ["wait"]\n')
        process = await program.start("ask", "?", "--model", "m", "--tools", "lab", "--save", "--json")
        record = tmp_path / "record"
        while not record.exists() or "tools/call" not in record.read_text():
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, _ = await process.communicate()

    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["kind"] == "cancelled"
    assert '{"cancelled": true}' in record.read_text()
    store = ConversationStore(program.data)
    conversation: Conversation | None = store.latest()
    store.close()
    assert conversation is not None
    (result,) = (message for message in conversation.path if message.tool is not None)
    assert result.outcome == "cancelled"
    assert result.tool is not None
    assert result.tool.approval == "config"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tools", "nope"), "There is no tool server 'nope'. The config has lab, other."),
        (("--tools", "lab,off"), "The tool server 'off' is disabled."),
        (("--tools", ","), "There is no tool server to use."),
        (("--tools", "lab", "--allow-tool", "nope.x"), "There is no tool server 'nope'."),
        (("--tools", "lab", "--allow-tool", "other.x"), "The tool server 'other' is not among --tools."),
        (("--tools", "lab", "--allow-tool", "lab"), "--allow-tool lab names no tool."),
        (("--allow-tool", "lab.echo"), "--allow-tool and --max-tool-rounds need --tools."),
        (("--max-tool-rounds", "2"), "--allow-tool and --max-tool-rounds need --tools."),
        (("--tools", "lab", "--max-tool-rounds", "0"), "is not a number of answers"),
        (("--tools", "lab", "--endpoint", "generate"), "The endpoint `generate` has no tools."),
        (("--schema", "/does/not/exist"), "/does/not/exist"),
    ],
)
async def test_bad_usage_exits_with_2(
    program: Program, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    use_tools(
        program,
        "http://127.0.0.1:9",
        tmp_path,
        '[mcp.off]\ncommand = ["x"]\nenabled = false\n[mcp.other]\ncommand = ["x"]\n',
    )
    run = await program.run("ask", "?", "--model", "m", *arguments)

    assert run.code == 2
    assert message in run.err
    assert len(run.err.splitlines()) == 1


async def test_tool_that_its_server_does_not_have_cannot_be_allowed(program: Program, tmp_path: Path) -> None:
    async with FaultServer(ollama({"content": "hi"})) as server:
        use_tools(program, server.url, tmp_path)
        run = await program.run("ask", "?", "--model", "m", "--tools", "lab", "--allow-tool", "lab.ecko")
        asked = list(server.requests)

    assert (run.code, run.out, asked) == (2, "", [])
    assert "The tool server 'lab' has no tool 'ecko'." in run.err
    assert "It has " in run.err
    assert "echo" in run.err


# A schema.


@pytest.mark.parametrize(("answer", "code"), [('{"name": "Ann"}', 0), ('{"age": 1}', 1), ("Ann", 1)])
async def test_answer_is_checked_against_the_schema(program: Program, tmp_path: Path, answer: str, code: int) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    async with FaultServer(ollama({"content": answer})) as server:
        program.use_server(server.url)
        run = await program.run("ask", "?", "--model", "m", "--schema", str(path), "--json")
        plain = await program.run("ask", "?", "--model", "m", "--schema", str(path))
        assert chats(server)[0]["format"] == schema

    assert (run.code, plain.code) == (code, code)
    assert plain.out == f"{answer}\n"
    assert run.joined("content") == answer
    assert run.events[-1].get("kind", "") == ("protocol" if code else "")
    assert ("does not fit the schema" in plain.err) is bool(code)


async def test_schema_is_asked_for_after_the_tools(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"type": "object", "required": ["said"]}')
    async with FaultServer(ollama(ECHO, {"content": "It says hi."}, {"content": '{"said": "hi"}'})) as server:
        use_tools(program, server.url, tmp_path)
        options = ("--tools", "lab", "--allow-tool", "lab.echo", "--schema", str(path))
        run = await program.run("ask", "?", "--model", "m", *options)
        requests = chats(server)

    assert (run.code, run.out) == (0, '{"said": "hi"}\n')
    assert [("tools" in request, "format" in request) for request in requests] == [
        (True, False),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: Expecting property name"),
        ("[]", "is not a JSON schema."),
        ('{"$ref": "other.json"}', "llm-tui cannot check $ref other.json in"),
        ("[" * 100_000, "is nested too deeply."),
        (" " * 2**20 + "1", "is larger than 1 MiB."),
    ],
    ids=["not JSON", "not an object", "reference", "depth", "size"],
)
async def test_unusable_schema_is_bad_usage(program: Program, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text)
    program.use_server("http://127.0.0.1:9")
    run = await program.run("ask", "?", "--model", "m", "--schema", str(path))

    assert run.code == 2
    assert message in run.err
