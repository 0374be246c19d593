"""`llm-tui ask --json` says of every recorded reply what it should, over a real socket, however it is cut."""

from __future__ import annotations

import pytest

from tests.captures import VARIABLE, Capture, read_captures
from tests.fault_server import FaultServer
from tests.program import Ended, Program

CAPTURES = [capture for capture in read_captures() if capture.protocol != "ollama-pull"]
if not CAPTURES:
    pytest.skip(f"{VARIABLE} does not say where the captures are", allow_module_level=True)

ASKED: dict[str, tuple[str, list[str]]] = {
    "ollama-chat": ("ollama", []),
    "ollama-generate": ("ollama", ["--endpoint", "generate"]),
    "openai-chat": ("openai", []),
    "lmstudio-v1-chat": ("lmstudio", []),
}
"""The type of provider that is asked for each protocol, and what `ask` is told of it."""


async def asked(program: Program, capture: Capture) -> Ended:
    """What `ask --json` says when a server answers with a capture, in pieces drawn by lot."""
    kind, arguments = ASKED[capture.protocol]
    async with FaultServer(capture.served(capture.in_pieces())) as server:
        program.use_server(server.url, kind, more="retry = { attempts = 1 }\n")
        if not capture.streams:
            arguments = [*arguments, "--no-stream"]
        return await program.run("ask", "hi", "--model", "m", "--json", *arguments)


@pytest.mark.parametrize("capture", CAPTURES, ids=str)
async def test_ask_says_of_a_capture_what_it_should(program: Program, capture: Capture) -> None:
    expected = capture.expected
    ended = await asked(program, capture)
    last = ended.events[-1]

    assert ended.joined("content") == expected["content"]
    assert ended.joined("thinking") == expected["thinking"]
    assert [
        {key: event[key] for key in ("id", "name", "arguments")}
        for event in ended.events
        if event["type"] == "tool_call"
    ] == expected["tool_calls"]
    if expected["error"] is None:
        assert (ended.code, last["type"]) == (0, "done")
        assert last["finish_reason"] == expected["finish_reason"]
        assert last["usage"] == expected["usage"]
    else:
        assert (ended.code, last["type"]) == (1, "error")
        assert last["kind"] in expected["error"].get("kind_any", [expected["error"]["kind"]])
        assert " ".join(expected["error"]["message"].split()) in last["message"]
        assert last["partial"] == bool(expected["content"] or expected["thinking"])
    assert "Traceback" not in ended.err
