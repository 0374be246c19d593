"""Every recorded response gives the expected output of `ask --json`, over a real socket, in random pieces."""

from __future__ import annotations

import pytest

from tests.captures import VARIABLE, Capture, read_captures
from tests.fault_server import FaultServer
from tests.program import CompletedRun, Program

CAPTURES = [capture for capture in read_captures() if capture.protocol != "ollama-pull"]
if not CAPTURES:
    pytest.skip(f"{VARIABLE} does not name the folder of the captures", allow_module_level=True)

ASK_OPTIONS: dict[str, tuple[str, list[str]]] = {
    "ollama-chat": ("ollama", []),
    "ollama-generate": ("ollama", ["--endpoint", "generate"]),
    "openai-chat": ("openai", []),
}
"""The type of provider for each protocol, and the options of `ask`."""


async def run_ask(program: Program, capture: Capture) -> CompletedRun:
    """Run `ask --json` on a server that responds with a capture in random pieces."""
    kind, arguments = ASK_OPTIONS[capture.protocol]
    async with FaultServer(capture.served(capture.in_pieces())) as server:
        program.use_server(server.url, kind, more="retry = { attempts = 1 }\n")
        if not capture.streams:
            arguments = [*arguments, "--no-stream"]
        return await program.run("ask", "hi", "--model", "m", "--json", *arguments)


@pytest.mark.parametrize("capture", CAPTURES, ids=str)
async def test_ask_reports_a_capture_as_expected(program: Program, capture: Capture) -> None:
    expected = capture.expected
    result = await run_ask(program, capture)
    last = result.events[-1]
    if capture.may_be_refused and last["type"] == "error":
        assert result.code == 1
        return
    if capture.accepted_content and last["type"] == "done":
        assert (result.code, result.joined("content")) == (0, capture.accepted_content)
        return

    assert result.joined("content") == expected["content"]
    assert result.joined("thinking") == expected["thinking"]
    assert [
        {key: event[key] for key in ("id", "name", "arguments")}
        for event in result.events
        if event["type"] == "tool_call"
    ] == expected["tool_calls"]
    if expected["error"] is None:
        assert (result.code, last["type"]) == (0, "done")
        assert last["finish_reason"] == expected["finish_reason"]
        usage = last["usage"]
        # The captures have the counts that every server sends.
        assert usage == expected["usage"] or usage == {**usage, **expected["usage"]}
    else:
        assert (result.code, last["type"]) == (1, "error")
        assert last["kind"] in expected["error"].get("kind_any", [expected["error"]["kind"]])
        assert " ".join(expected["error"]["message"].split()) in last["message"]
        assert last["partial"] == bool(expected["content"] or expected["thinking"])
    assert "Traceback" not in result.err
