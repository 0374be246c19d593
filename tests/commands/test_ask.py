"""`llm-tui ask`, run as a process against servers on real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import sys
from pathlib import Path

import pytest

from tests.fault_server import (
    EVENT_STREAM,
    JSON,
    Connection,
    FaultServer,
    cuts_after,
    hangs_after,
    refused_port,
    replies,
    streams,
)
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.demo.server import DemoServer
from tui.store.conversations import ConversationStore

HELLO = (
    b'{"model":"m","message":{"role":"assistant","content":"Hel"},"done":false}\n',
    b'{"model":"m","message":{"role":"assistant","content":"lo"},"done":false}\n',
    b'{"model":"m","message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}\n',
)
ESCAPES = (
    '{"message":{"content":"\\u001b]52;c;aGk=\\u0007 \\u202e\\u009b2J\\r\\n"}}\n{"done":true,"done_reason":"stop"}\n'
)


async def test_an_answer_goes_to_stdout_and_nothing_else_does(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        ended = await program.run("ask", "hi", "--model", "m")
    assert (ended.code, ended.out, ended.err) == (0, "Hello", "")


async def test_what_is_piped_in_follows_the_prompt_after_a_blank_line(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        await program.run("ask", "Explain:", "--model", "m", typed="line é\nlast\n".encode())
        await program.run("ask", "--model", "m", typed=b"alone")
        prompts = [request.json["messages"] for request in server.requests]
    assert prompts == [
        [{"role": "user", "content": "Explain:\n\nline é\nlast"}],
        [{"role": "user", "content": "alone"}],
    ]


async def test_json_lines_tell_everything_that_happens(program: Program) -> None:
    async with FaultServer(replies(503, b'{"error":"busy"}', JSON), streams(*HELLO)) as server:
        program.use_server(server.url)
        ended = await program.run("ask", "hi", "--model", "m", "--json")
    types = [event["type"] for event in ended.events]
    assert types == ["start", "retry", "content", "content", "done"]
    start, retry, *_, done = ended.events
    assert (start["provider"], start["model"], start["endpoint"]) == ("server", "m", "chat")
    assert (retry["attempt"], retry["kind"]) == (1, "server")
    assert done["finish_reason"] == "stop"
    assert done["usage"] == {"prompt_tokens": 3, "completion_tokens": 2}
    assert set(done["timing"]) == {"first_token_s", "total_s", "tokens_per_s"}
    assert ended.code == 0


async def test_an_error_is_the_last_line_of_json_and_one_line_on_stderr(program: Program) -> None:
    async with FaultServer(cuts_after(HELLO[0])) as server:
        program.use_server(server.url)
        told = await program.run("ask", "hi", "--model", "m", "--json")
        plain = await program.run("ask", "hi", "--model", "m")
    error = told.events[-1]
    assert (error["type"], error["kind"], error["partial"], error["status"]) == ("error", "interrupted", True, None)
    assert error["hint"]
    assert told.code == plain.code == 1
    assert plain.out == "Hel"
    assert plain.err.count("\n") == 1
    assert "closed the connection" in plain.err


async def test_a_server_that_is_not_there_is_said_in_one_line_with_what_to_do(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}", more="retry = { attempts = 1 }\n")
        ended = await program.run("ask", "hi")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert f"http://127.0.0.1:{port}" in ended.err
    assert "ollama serve" in ended.err


async def test_an_error_before_any_model_is_known_is_told_as_json_too(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}")
        ended = await program.run("ask", "hi", "--json")
    assert [event["type"] for event in ended.events] == ["error"]
    assert ended.events[0]["kind"] == "connect"
    assert ended.events[0]["partial"] is False


async def test_ctrl_c_ends_it_with_130_and_no_traceback(program: Program) -> None:
    async with FaultServer(hangs_after(HELLO[0])) as server:
        program.use_server(server.url)
        process = await program.start("ask", "hi", "--model", "m", "--json")
        ended = await program.interrupt(process, lambda out: b"Hel" in out)
        await asyncio.wait_for(server.requests[0].left.wait(), 10)
    assert ended.code == 130
    assert "Traceback" not in ended.err
    assert (ended.events[-1]["type"], ended.events[-1]["kind"], ended.events[-1]["partial"]) == (
        "error",
        "cancelled",
        True,
    )


async def test_a_pipe_that_is_closed_ends_it_quietly(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    process = await program.start("ask", "hi", "--model", "lorem-1000000-0")
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.read(10)
    process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]  # as `head -1` does
    assert await process.stderr.read() == b""
    assert await process.wait() == 0


async def test_an_answer_survives_that_the_program_is_suspended_for_longer_than_any_silence_may_last(
    program: Program,
) -> None:
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def sends_the_rest_meanwhile(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(HELLO[0])
        await asleep.wait()
        await connection.body(HELLO[1])
        await awake.wait()
        await connection.body(HELLO[2])
        await connection.end()

    async with FaultServer(sends_the_rest_meanwhile) as server:
        program.use_server(server.url, more="timeouts = { idle = 1.0 }\n")
        process = await program.start("ask", "hi", "--model", "m")
        assert process.stdout is not None
        assert await process.stdout.readexactly(3) == b"Hel"
        await asyncio.sleep(0.3)  # Until it waits for more.
        process.send_signal(signal.SIGSTOP)
        asleep.set()
        await asyncio.sleep(2.5)
        process.send_signal(signal.SIGCONT)
        assert await process.stdout.readexactly(2) == b"lo"
        awake.set()
        assert await process.stdout.read() == b""
        assert await process.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("arguments", [["ask", "hi"], ["config", "show"]])
async def test_a_full_disk_is_named_in_one_line(program: Program, demo: DemoServer, arguments: list[str]) -> None:
    program.use_server(demo.url, more='model = "echo"\n')
    with Path("/dev/full").open("wb") as full:  # noqa: ASYNC230  It is no file that anybody waits for.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tui",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=full,
            stderr=asyncio.subprocess.PIPE,
            env=program.environment(),
        )
        _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().startswith("llm-tui: Standard output cannot be written: No space left on device.")
    assert said.count(b"\n") == 1


async def test_a_reader_that_stops_does_not_keep_ctrl_c_from_working(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    process = await program.start("ask", "hi", "--model", "lorem-1000000-0")
    assert process.stdout is not None
    process._transport.get_pipe_transport(1).pause_reading()  # type: ignore[attr-defined]  # nobody reads any more
    before = -1
    while demo.tokens_written != before or before == 0:
        before = demo.tokens_written
        await asyncio.sleep(0.2)
    process._transport.send_signal(2)  # type: ignore[attr-defined]
    process._transport.get_pipe_transport(1).resume_reading()  # type: ignore[attr-defined]
    await process.communicate()
    assert process.returncode == 130


async def test_text_into_a_pipe_is_passed_on_unchanged(program: Program) -> None:
    async with FaultServer(streams(ESCAPES.encode())) as server:
        program.use_server(server.url)
        process = await program.start("ask", "hi", "--model", "m")
        out, _ = await process.communicate()
    assert out == "\x1b]52;c;aGk=\x07 \u202e\x9b2J\r\n".encode()


@pytest.mark.parametrize(
    ("arguments", "out"),
    [((), "Hi"), (("--thinking", "hide"), "Hi"), (("--thinking", "show"), "<think>\nHm.\n</think>\n\nHi")],
)
async def test_thinking_is_hidden_in_a_pipe_unless_it_is_wanted(
    program: Program, arguments: tuple[str, ...], out: str
) -> None:
    thinking = b'{"message":{"content":"","thinking":"Hm."}}\n{"message":{"content":"Hi"}}\n{"done":true}\n'
    async with FaultServer(streams(thinking)) as server:
        program.use_server(server.url)
        assert (await program.run("ask", "hi", "--model", "m", *arguments)).out == out


async def test_options_system_prompt_and_images_are_sent(program: Program) -> None:
    png = b"\x89PNG\r\n\x1a\n picture"
    (program.config.parent / "cat.txt").write_bytes(png)
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        ended = await program.run(
            *("ask", "What is it?", "--model", "m", "--system", "Be brief."),
            *("--option", "temperature=0.2", "--option", "stop=END", "--option", "think=true"),
            *("--image", str(program.config.parent / "cat.txt")),
        )
        body = server.requests[0].json
    assert ended.code == 0
    assert body["options"] == {"temperature": 0.2, "stop": "END"}
    assert body["think"] is True
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["messages"][1]["images"] == [base64.b64encode(png).decode()]


async def test_the_whole_answer_can_be_asked_for_at_once(program: Program) -> None:
    whole = b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}'
    async with FaultServer(replies(200, whole, JSON)) as server:
        program.use_server(server.url, "openai")
        ended = await program.run("ask", "hi", "--model", "m", "--no-stream", "--json")
        assert server.requests[0].json["stream"] is False
        assert server.requests[0].target == "/v1/chat/completions"
    assert ended.joined("content") == "Hello"
    assert ended.events[-1]["usage"] == {"prompt_tokens": 1, "completion_tokens": None}


async def test_generate_is_an_endpoint_of_ollama_only(program: Program) -> None:
    generated = b'{"response":"Hello","done":false}\n{"response":"","done":true,"done_reason":"stop"}\n'
    async with FaultServer(streams(generated)) as server:
        program.use_server(server.url)
        ended = await program.run("ask", "hi", "--model", "m", "--endpoint", "generate", "--json")
        assert server.requests[0].target == "/api/generate"
        assert server.requests[0].json["prompt"] == "hi"
        program.use_server(server.url, "openai")
        refused = await program.run("ask", "hi", "--model", "m", "--endpoint", "generate")
    assert ended.events[0]["endpoint"] == "generate"
    assert ended.joined("content") == "Hello"
    assert refused.code == 2


async def test_tool_calls_are_told_with_their_arguments(program: Program) -> None:
    call = (
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f"}}]}}]}\n\n'
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":"}}]}}]}\n\n'
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}\n\n'
        b'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
    )
    async with FaultServer(streams(call, content_type=EVENT_STREAM)) as server:
        program.use_server(server.url, "openai")
        ended = await program.run("ask", "hi", "--model", "m", "--json")
        plain = await program.run("ask", "hi", "--model", "m")
    calls = [event for event in ended.events if event["type"] == "tool_call"]
    assert calls == [{"type": "tool_call", "name": "f", "arguments": {"a": 1}, "id": "c"}]
    assert ended.events[-1]["finish_reason"] == "tool_calls"
    assert 'f({"a": 1})' in plain.err


async def test_figures_go_to_stderr_when_they_are_wanted(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        ended = await program.run("ask", "hi", "--model", "m", "--stats")
    assert ended.out == "Hello"
    assert "prompt 3 tokens, answer 2 tokens" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to ask"),
        (("hi", "--option", "temperature"), "KEY=VALUE"),
        (("hi", "--option", "=1"), "KEY=VALUE"),
        (("hi", "--image", "no-such-file.png"), "cannot be read"),
        (("hi", "--provider", "nobody"), "nobody"),
        (("hi", "--endpoint", "embed"), "embed"),
    ],
)
async def test_bad_usage_exits_with_2_and_says_what_is_wrong(
    program: Program, arguments: tuple[str, ...], words: str
) -> None:
    ended = await program.run("ask", *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""


async def test_the_demo_answers_when_any_provider_will_do_and_none_is_there(program: Program) -> None:
    with refused_port() as port:
        address = f'base_url = "http://127.0.0.1:{port}"'
        program.configure(f'provider = ""\n[providers.ollama]\n{address}\n[providers.lmstudio]\n{address}\n')
        ended = await program.run("ask", "hi", "--json")
    assert ended.events[0]["provider"] == "demo"
    assert ended.code == 0


async def test_the_log_file_tells_of_each_request_and_no_secret(program: Program) -> None:
    log = program.config.parent / "log.txt"
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url, more='api_key = "sk-very-secret"\nheaders = { "X-Token" = "also-secret" }\n')
        await program.run("ask", "hi", "--model", "m", "--log-file", str(log))
        assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret"
    account = log.read_text()
    assert "POST" in account
    assert "/api/chat" in account
    assert "200" in account
    assert "secret" not in account


async def test_an_answer_without_a_word_is_told(program: Program) -> None:
    async with FaultServer(streams(b'{"message":{"content":""},"done":true,"done_reason":"stop"}\n')) as server:
        program.use_server(server.url)
        ended = await program.run("ask", "hi", "--model", "m")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "llm-tui: The server sent no answer. It ended with 'stop'.\n"


@pytest.mark.parametrize(("count", "is_cut"), [(64, True), (63, False)])
async def test_a_prompt_that_was_cut_to_num_ctx_is_told(program: Program, count: int, is_cut: bool) -> None:
    last = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":%d}\n' % count
    async with FaultServer(streams(last)) as server:
        program.use_server(server.url)
        ended = await program.run("ask", "hi", "--model", "m", "--option", "num_ctx=64")
    assert (ended.code, ended.out) == (0, "Hello")
    assert ("cut the prompt" in ended.err) is is_cut


async def test_the_latest_conversation_is_gone_on_with_and_kept(program: Program) -> None:
    answer = b'{"message":{"content":"%s"},"done":true,"done_reason":"stop"}\n'
    async with FaultServer(streams(answer % b"One."), streams(answer % b"Two."), streams(answer % b"Three.")) as server:
        program.use_server(server.url)
        await program.run("ask", "--save", "--model", "m", "first")
        ended = await program.run("ask", "--continue", "--option", "seed=1", "second")
        assert (ended.code, ended.out) == (0, "Two.")
        ended = await program.run("--continue", "ask", "--system", "Be kind.", "third")
        assert (ended.code, ended.out) == (0, "Three.")
        asked = [request.json for request in server.requests]
    assert [message["content"] for message in asked[1]["messages"]] == ["first", "One.", "second"]
    assert [message["content"] for message in asked[2]["messages"]] == [
        *("Be kind.", "first", "One.", "second", "Two.", "third")
    ]
    # What is chosen on the way holds for the conversation from then on, as in the chat.
    assert [request["model"] for request in asked] == ["m", "m", "m"]
    assert asked[2]["options"] == {"seed": 1}
    exported = json.loads((await program.run("export", "latest", "--format", "json")).out)
    assert [message["content"] for message in exported["messages"]] == [
        *("first", "One.", "second", "Two.", "third", "Three.")
    ]
    assert exported["system_prompt"] == "Be kind."


async def test_with_another_provider_a_conversation_is_gone_on_with_there(program: Program, demo: DemoServer) -> None:
    answer = b'{"message":{"content":"One."},"done":true,"done_reason":"stop"}\n'
    async with FaultServer(streams(answer)) as server:
        program.use_server(server.url, more=f'[providers.other]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
        await program.run("ask", "--save", "--model", "m", "first")
        ended = await program.run("ask", "--continue", "--provider", "other", "--model", "echo", "second")
        assert (ended.code, ended.out.strip()) == (0, "second")


async def test_where_nothing_can_be_gone_on_with_it_is_bad_usage(program: Program) -> None:
    program.use_server("http://127.0.0.1:9")
    ended = await program.run("ask", "--continue", "hi")
    assert (ended.code, "no conversation to go on with" in ended.err) == (2, True)
    store = ConversationStore(program.data)
    begun = ChatMessage("a", "assistant", "Hel", "q", outcome="streaming")
    store.begin_turn(Conversation("c").append(prompt := ChatMessage("q", "user", "hi"), begun), prompt, begun)
    ended = await program.run("ask", "--continue", "hi")
    assert (ended.code, "still arriving" in ended.err) == (2, True)
    store.close()
    ended = await program.run("ask", "--continue", "--endpoint", "generate", "hi")
    assert (ended.code, "knows no conversations" in ended.err) == (2, True)
