"""`llm-tui ask`, run as a process against servers on real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.fake_lmstudio import FakeLMStudio, instance, row
from tests.fault_server import (
    EVENT_STREAM,
    JSON,
    NDJSON,
    Connection,
    FaultServer,
    StartServer,
    cuts_after,
    hangs_after,
    refused_port,
    replies,
    streams,
)
from tests.program import Program
from tests.providers.bodies import delta, sse
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.commands.turn_output import is_other_model
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


async def test_only_the_answer_is_written_to_stdout(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m")
    assert (result.code, result.out, result.err) == (0, "Hello\n", "")


async def test_piped_input_is_appended_after_a_blank_line(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        await program.run("ask", "Explain:", "--model", "m", piped="line é\nlast\n".encode())
        await program.run("ask", "--model", "m", piped=b"alone")
        prompts = [request.json["messages"] for request in server.requests]
    assert prompts == [
        [{"role": "user", "content": "Explain:\n\nline é\nlast"}],
        [{"role": "user", "content": "alone"}],
    ]


async def test_json_has_one_line_per_event(program: Program) -> None:
    async with FaultServer(replies(503, b'{"error":"busy"}', JSON), streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m", "--json")
    types = [event["type"] for event in result.events]
    assert types == ["start", "retry", "content", "content", "done"]
    start, retry, *_, done = result.events
    assert (start["provider"], start["model"], start["endpoint"]) == ("server", "m", "chat")
    assert (retry["attempt"], retry["kind"]) == (1, "server")
    assert done["finish_reason"] == "stop"
    assert done["usage"] == {"prompt_tokens": 3, "completion_tokens": 2}
    assert set(done["timing"]) == {"first_token_s", "total_s", "tokens_per_s"}
    assert result.code == 0


async def test_error_is_the_last_json_line_or_one_line_on_stderr(program: Program) -> None:
    async with FaultServer(cuts_after(HELLO[0])) as server:
        program.use_server(server.url)
        as_json = await program.run("ask", "hi", "--model", "m", "--json")
        plain = await program.run("ask", "hi", "--model", "m")
    error = as_json.events[-1]
    assert (error["type"], error["kind"], error["partial"], error["status"]) == ("error", "interrupted", True, None)
    assert error["hint"]
    assert as_json.code == plain.code == 1
    assert plain.out == "Hel\n"
    assert plain.err.count("\n") == 1
    assert "closed the connection" in plain.err


async def test_unreachable_server_is_one_line_with_a_hint(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}", more="retry = { attempts = 1 }\n")
        result = await program.run("ask", "hi")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert f"http://127.0.0.1:{port}" in result.err
    assert "ollama serve" in result.err


async def test_error_before_model_selection_is_a_json_line(program: Program) -> None:
    with refused_port() as port:
        program.use_server(f"http://127.0.0.1:{port}")
        result = await program.run("ask", "hi", "--json")
    assert [event["type"] for event in result.events] == ["error"]
    assert result.events[0]["kind"] == "connect"
    assert result.events[0]["partial"] is False


async def test_ctrl_c_exits_with_130_without_traceback(program: Program) -> None:
    async with FaultServer(hangs_after(HELLO[0])) as server:
        program.use_server(server.url)
        process = await program.start("ask", "hi", "--model", "m", "--json")
        result = await program.interrupt(process, lambda out: b"Hel" in out)
        await asyncio.wait_for(server.requests[0].disconnected.wait(), 10)
    assert result.code == 130
    assert "Traceback" not in result.err
    assert (result.events[-1]["type"], result.events[-1]["kind"], result.events[-1]["partial"]) == (
        "error",
        "cancelled",
        True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_signal_to_end_stops_an_answer_that_the_server_would_continue(program: Program, number: int) -> None:
    async def continues(connection: Connection) -> None:
        if connection.request.method == "DELETE":
            await replies(200, b"{}")(connection)
        else:
            await hangs_after(sse(delta("Hel")), content_type=EVENT_STREAM)(connection)

    async with FaultServer(continues) as server:
        program.use_server(server.url, "llamacpp")
        process = await program.start("ask", "hi", "--model", "m")
        result = await program.interrupt(process, lambda out: b"Hel" in out, number)
    assert result.code == 128 + number
    assert server.requests[-1].method == "DELETE"


async def test_closed_pipe_ends_quietly(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    process = await program.start("ask", "hi", "--model", "lorem-1000000-0")
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.read(10)
    process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]  # as `head -1` does
    assert await process.stderr.read() == b""
    assert await process.wait() == 0


async def test_suspend_longer_than_idle_timeout_does_not_fail_the_answer(
    program: Program,
) -> None:
    suspended, resumed = asyncio.Event(), asyncio.Event()

    async def send_rest_while_suspended(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(HELLO[0])
        await suspended.wait()
        await connection.body(HELLO[1])
        await resumed.wait()
        await connection.body(HELLO[2])
        await connection.end()

    async with FaultServer(send_rest_while_suspended) as server:
        program.use_server(server.url, more="timeouts = { idle = 1.0 }\n")
        process = await program.start("ask", "hi", "--model", "m")
        assert process.stdout is not None
        assert await process.stdout.readexactly(3) == b"Hel"
        await asyncio.sleep(0.3)  # Until llm-tui waits for more.
        process.send_signal(signal.SIGSTOP)
        suspended.set()
        await asyncio.sleep(2.5)
        process.send_signal(signal.SIGCONT)
        assert await process.stdout.readexactly(2) == b"lo"
        resumed.set()
        assert await process.stdout.read() == b"\n"
        assert await process.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="requires /dev/full")
@pytest.mark.parametrize("arguments", [["ask", "hi"], ["config", "show"]])
async def test_full_disk_is_reported_in_one_line(program: Program, demo: DemoServer, arguments: list[str]) -> None:
    program.use_server(demo.url, more='model = "echo"\n')
    with Path("/dev/full").open("wb") as full:  # noqa: ASYNC230  Opening it does not block.
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
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith("llm-tui: Cannot write to standard output: No space left on device.")
    assert errors.count(b"\n") == 1


async def test_ctrl_c_works_while_the_reader_does_not_read(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    process = await program.start("ask", "hi", "--model", "lorem-1000000-0")
    assert process.stdout is not None
    process._transport.get_pipe_transport(1).pause_reading()  # type: ignore[attr-defined]  # stop reading
    before = -1
    while demo.tokens_written != before or before == 0:
        before = demo.tokens_written
        await asyncio.sleep(0.2)
    process._transport.send_signal(2)  # type: ignore[attr-defined]
    process._transport.get_pipe_transport(1).resume_reading()  # type: ignore[attr-defined]
    await process.communicate()
    assert process.returncode == 130


async def test_piped_output_that_ends_with_a_newline_is_unchanged(program: Program) -> None:
    async with FaultServer(streams(ESCAPES.encode())) as server:
        program.use_server(server.url)
        process = await program.start("ask", "hi", "--model", "m")
        out, _ = await process.communicate()
    assert out == "\x1b]52;c;aGk=\x07 \u202e\x9b2J\r\n".encode()


@pytest.mark.parametrize(
    ("arguments", "out"),
    [((), "Hi\n"), (("--thinking", "hide"), "Hi\n"), (("--thinking", "show"), "<think>\nHm.\n</think>\n\nHi\n")],
)
async def test_thinking_is_hidden_in_a_pipe_by_default(program: Program, arguments: tuple[str, ...], out: str) -> None:
    thinking = b'{"message":{"content":"","thinking":"Hm."}}\n{"message":{"content":"Hi"}}\n{"done":true}\n'
    async with FaultServer(streams(thinking)) as server:
        program.use_server(server.url)
        assert (await program.run("ask", "hi", "--model", "m", *arguments)).out == out


async def test_sends_options_system_prompt_and_images(program: Program) -> None:
    png = b"\x89PNG\r\n\x1a\n picture"
    (program.config.parent / "cat.txt").write_bytes(png)
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run(
            *("ask", "What is it?", "--model", "m", "--system", "Be brief."),
            *("--option", "temperature=0.2", "--option", "stop=END", "--option", "think=true"),
            *("--image", str(program.config.parent / "cat.txt")),
        )
        body = server.requests[-1].json
    assert result.code == 0
    assert body["options"] == {"temperature": 0.2, "stop": "END"}
    assert body["think"] is True
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["messages"][1]["images"] == [base64.b64encode(png).decode()]


async def test_no_stream_requests_the_whole_answer(program: Program) -> None:
    whole = b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}'
    async with FaultServer(replies(200, whole, JSON)) as server:
        program.use_server(server.url, "openai")
        result = await program.run("ask", "hi", "--model", "m", "--no-stream", "--json")
        assert server.requests[0].json["stream"] is False
        assert server.requests[0].target == "/v1/chat/completions"
    assert result.joined("content") == "Hello"
    assert result.events[-1]["usage"] == {"prompt_tokens": 1, "completion_tokens": None}


async def test_generate_endpoint_is_ollama_only(program: Program) -> None:
    generated = b'{"response":"Hello","done":false}\n{"response":"","done":true,"done_reason":"stop"}\n'
    async with FaultServer(streams(generated)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m", "--endpoint", "generate", "--json")
        assert server.requests[0].target == "/api/generate"
        assert server.requests[0].json["prompt"] == "hi"
        program.use_server(server.url, "openai")
        refused = await program.run("ask", "hi", "--model", "m", "--endpoint", "generate")
    assert result.events[0]["endpoint"] == "generate"
    assert result.joined("content") == "Hello"
    assert refused.code == 2


async def test_tool_calls_are_printed_with_arguments(program: Program) -> None:
    call = (
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f"}}]}}]}\n\n'
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":"}}]}}]}\n\n'
        b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}\n\n'
        b'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
    )
    async with FaultServer(streams(call, content_type=EVENT_STREAM)) as server:
        program.use_server(server.url, "openai")
        result = await program.run("ask", "hi", "--model", "m", "--json")
        plain = await program.run("ask", "hi", "--model", "m")
    calls = [event for event in result.events if event["type"] == "tool_call"]
    assert calls == [{"type": "tool_call", "name": "f", "arguments": {"a": 1}, "id": "c"}]
    assert result.events[-1]["finish_reason"] == "tool_calls"
    assert 'f({"a": 1})' in plain.err


async def test_stats_go_to_stderr(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m", "--stats")
    assert result.out == "Hello\n"
    assert "prompt 3 tokens · answer 2 tokens" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "No prompt"),
        (("hi", "--option", "temperature"), "KEY=VALUE"),
        (("hi", "--option", "=1"), "KEY=VALUE"),
        (("hi", "--image", "no-such-file.png"), "cannot be read"),
        (("hi", "--provider", "unknown"), "unknown"),
        (("hi", "--endpoint", "embed"), "embed"),
    ],
)
async def test_bad_usage_exits_with_2_and_one_line(program: Program, arguments: tuple[str, ...], message: str) -> None:
    result = await program.run("ask", *arguments)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert result.out == ""


async def test_empty_provider_falls_back_to_the_demo(program: Program) -> None:
    with refused_port() as port:
        address = f'base_url = "http://127.0.0.1:{port}"'
        program.configure(f'provider = ""\n[providers.ollama]\n{address}\n[providers.lmstudio]\n{address}\n')
        result = await program.run("ask", "hi", "--json")
    assert result.events[0]["provider"] == "demo"
    assert result.code == 0


async def test_log_file_has_requests_but_no_secrets(program: Program) -> None:
    log = program.config.parent / "log.txt"
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url, more='api_key = "sk-very-secret"\nheaders = { "X-Token" = "also-secret" }\n')
        await program.run("ask", "hi", "--model", "m", "--log-file", str(log))
        assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret"
    log_text = log.read_text()
    assert "POST" in log_text
    assert "/api/chat" in log_text
    assert "200" in log_text
    assert "secret" not in log_text


async def test_empty_answer_is_reported(program: Program) -> None:
    async with FaultServer(streams(b'{"message":{"content":""},"done":true,"done_reason":"stop"}\n')) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m")
    assert (result.code, result.out) == (0, "")
    assert result.err == "llm-tui: The server sent an empty answer. Finish reason: stop.\n"


async def test_stats_name_the_cached_tokens_of_the_prompt(program: Program) -> None:
    last = b'{"message":{"content":"Hello"},"done":true,"prompt_eval_count":9,"prompt_eval_cached_count":7}\n'
    async with FaultServer(streams(last)) as server:
        program.use_server(server.url)
        text = await program.run("ask", "hi", "--model", "m", "--stats")
        as_json = await program.run("ask", "hi", "--model", "m", "--json")
    assert "prompt 9 tokens, 7 cached" in text.err
    assert as_json.events[-1]["usage"]["cached_prompt_tokens"] == 7


@pytest.mark.parametrize(("count", "is_too_long"), [(7712, True), (12, False)])
async def test_empty_answer_to_a_prompt_over_the_context_says_so(
    program: Program, count: int, is_too_long: bool
) -> None:
    fake = FakeLMStudio([row("m", instance("m", 4096))])
    usage = {"choices": [], "usage": {"prompt_tokens": count, "completion_tokens": 1}}
    empty = streams(sse(delta(finish="stop"), usage, "[DONE]"), content_type=EVENT_STREAM)

    async def serve(connection: Connection) -> None:
        await (empty if connection.request.method == "POST" else fake.serve)(connection)

    async with FaultServer(serve) as server:
        program.use_server(server.url, "lmstudio")
        result = await program.run("ask", "hi", "--model", "m")
    assert "empty answer" in result.err
    assert ("longer than the 4,096 tokens of the model's context" in result.err) is is_too_long


@pytest.mark.parametrize(("count", "is_truncated"), [(64, True), (63, False)])
async def test_prompt_truncated_to_num_ctx_is_reported(program: Program, count: int, is_truncated: bool) -> None:
    last = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":%d}\n' % count
    async with FaultServer(streams(last)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m", "--option", "num_ctx=64")
    assert (result.code, result.out) == (0, "Hello\n")
    assert ("truncated the prompt" in result.err) is is_truncated


async def test_continue_extends_and_saves_the_latest_conversation(program: Program) -> None:
    answer = b'{"message":{"content":"%s"},"done":true,"done_reason":"stop"}\n'
    async with FaultServer(streams(answer % b"One."), streams(answer % b"Two."), streams(answer % b"Three.")) as server:
        program.use_server(server.url)
        await program.run("ask", "--save", "--model", "m", "first")
        result = await program.run("ask", "--continue", "--option", "seed=1", "second")
        assert (result.code, result.out) == (0, "Two.\n")
        result = await program.run("--continue", "ask", "--system", "Be kind.", "third")
        assert (result.code, result.out) == (0, "Three.\n")
        bodies = [request.json for request in server.requests]
    assert [message["content"] for message in bodies[1]["messages"]] == ["first", "One.", "second"]
    assert [message["content"] for message in bodies[2]["messages"]] == [
        *("Be kind.", "first", "One.", "second", "Two.", "third")
    ]
    # Options and system prompt stay set in the conversation, as in the chat.
    assert [request["model"] for request in bodies] == ["m", "m", "m"]
    assert bodies[2]["options"] == {"seed": 1}
    exported = json.loads((await program.run("export", "latest", "--format", "json")).out)
    assert [message["content"] for message in exported["messages"]] == [
        *("first", "One.", "second", "Two.", "third", "Three.")
    ]
    assert exported["system_prompt"] == "Be kind."


async def test_continue_with_another_provider(program: Program, demo: DemoServer) -> None:
    answer = b'{"message":{"content":"One."},"done":true,"done_reason":"stop"}\n'
    async with FaultServer(streams(answer)) as server:
        program.use_server(server.url, more=f'[providers.other]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
        await program.run("ask", "--save", "--model", "m", "first")
        result = await program.run("ask", "--continue", "--provider", "other", "--model", "echo", "second")
        assert (result.code, result.out.strip()) == (0, "second")


async def test_continue_without_a_usable_conversation_is_bad_usage(program: Program) -> None:
    program.use_server("http://127.0.0.1:9")
    result = await program.run("ask", "--continue", "hi")
    assert (result.code, "No conversation to continue" in result.err) == (2, True)
    store = ConversationStore(program.data)
    partial = ChatMessage("a", "assistant", "Hel", "q", outcome="streaming")
    store.begin_turn(Conversation("c").append(prompt := ChatMessage("q", "user", "hi"), partial), prompt, partial)
    result = await program.run("ask", "--continue", "hi")
    assert (result.code, "still streaming" in result.err) == (2, True)
    store.close()
    result = await program.run("ask", "--continue", "--endpoint", "generate", "hi")
    assert (result.code, "cannot continue a conversation" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("requested", "answering", "is_other"),
    [
        ("m", "m", False),
        ("M", "org/m", False),
        ("llama3", "llama3:latest", False),
        ("models/tiny", "models/tiny@main", False),
        ("m", "/models/m.gguf", False),
        ("m", "C:\\models\\m.gguf", False),
        ("gpt-4o", "gpt-4o-2024-08-06", False),
        ("gpt-4", "gpt-4-0613", False),
        ("claude", "claude@20250514", False),
        ("llama3", "llama3-70b", True),
        ("m-2312", "m-2401", True),
        ("gpt-4o", "gpt-4o-mini", True),
        ("m:8b", "m:70b", True),
    ],
)
def test_same_model_under_a_longer_name_is_not_another(requested: str, answering: str, is_other: bool) -> None:
    assert is_other_model(requested, answering) is is_other


async def test_another_answering_model_is_named_on_stderr(program: Program) -> None:
    events = (b'data: {"model":"big\\u001b[2J","choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',)
    async with FaultServer(streams(*events, b"data: [DONE]\n\n", content_type=EVENT_STREAM)) as server:
        program.use_server(server.url, "openai")
        result = await program.run("ask", "hi", "--model", "small")
    assert (result.code, result.out) == (0, "Hi\n")
    assert result.err.count("\n") == 1
    assert "The model big" in result.err
    assert "instead of small" in result.err
    assert "\x1b" not in result.err


async def test_empty_answer_adds_no_newline(program: Program) -> None:
    async with FaultServer(streams(b'{"done":true,"done_reason":"stop"}\n')) as server:
        program.use_server(server.url)
        assert (await program.run("ask", "hi", "--model", "m")).out == ""


@pytest.mark.parametrize("arguments", [("--save",), ("--save", "--json"), ("--continue", "--json")])
async def test_fails_if_the_conversation_could_not_be_saved(program: Program, arguments: tuple[str, ...]) -> None:
    program.data.write_text("not a folder")
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m", *arguments)
    assert result.code == 1
    assert result.err.count("\n") == 1


async def test_unsaved_answer_does_not_need_the_data_folder(program: Program) -> None:
    program.data.write_text("not a folder")
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m")
    assert (result.code, result.out, result.err) == (0, "Hello\n", "")


async def test_unreadable_standard_input_is_bad_usage(program: Program) -> None:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    try:
        process = await program.start("ask", "hi", stdin=descriptor)
        _, err = await process.communicate()
    finally:
        os.close(descriptor)
    assert process.returncode == 2
    assert err.decode().startswith("llm-tui: Cannot read standard input: Bad file descriptor.")


async def test_full_log_file_is_reported_once(program: Program) -> None:
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "hi", "--model", "m", "--log-file", "/dev/full")
    assert (result.code, result.out) == (0, "Hello\n")
    assert result.err.count("\n") == 1
    assert "Cannot write the log file /dev/full" in result.err


async def test_log_file_that_is_a_pipe_without_reader_is_bad_usage(program: Program) -> None:
    pipe = program.config.parent / "pipe"
    os.mkfifo(pipe)
    program.use_server("http://127.0.0.1:1")
    result = await program.run("ask", "hi", "--log-file", str(pipe))
    assert result.code == 2
    assert result.err.count("\n") == 1


SSE_HELLO = b'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize(("owner", "problem"), [("vllm", ""), ("someone", "llm-tui: llm-tui does not know how")])
async def test_think_is_translated_or_reported_once(program: Program, owner: str, problem: str) -> None:
    async def answers(connection: Connection) -> None:
        if connection.request.method == "POST":
            await streams(SSE_HELLO, content_type=EVENT_STREAM)(connection)
        else:
            await replies(200, json.dumps({"data": [{"id": "m", "owned_by": owner}]}).encode())(connection)

    async with FaultServer(answers) as server:
        program.use_server(server.url, "openai")
        result = await program.run("ask", "hi", "--model", "m", "--think", "off")
        body = server.requests[-1].json

    assert (result.code, result.out) == (0, "Hello\n")
    assert result.err.count("thinking") == (1 if problem else 0)
    assert result.err.startswith(problem)
    assert "think" not in body
    assert body.get("chat_template_kwargs", {}).get("enable_thinking") is (False if owner == "vllm" else None)


async def test_think_of_the_config_is_below_that_of_the_command_line(program: Program) -> None:
    async with FaultServer(streams(SSE_HELLO, content_type=EVENT_STREAM)) as server:
        program.use_server(server.url, "llamacpp", 'think = "off"\n')
        await program.run("ask", "hi", "--model", "m")
        await program.run("ask", "hi", "--model", "m", "--think", "high")
        bodies = [request.json for request in server.requests if request.method == "POST"]

    assert [body["chat_template_kwargs"]["enable_thinking"] for body in bodies] == [False, True]
    assert [body.get("reasoning_effort") for body in bodies] == [None, "high"]


@pytest.mark.parametrize(("arguments", "code"), [(("--think", "low"), 2), ((), 0)])
async def test_thinking_value_that_the_model_does_not_know_is_not_sent_on_purpose(
    program: Program, arguments: tuple[str, ...], code: int
) -> None:
    async def answers(connection: Connection) -> None:
        if connection.request.target == "/api/show":
            await replies(200, b'{"capabilities":["completion","thinking"]}')(connection)
        else:
            await streams(b'{"message":{"content":"Hi"},"done":true}\n')(connection)

    async with FaultServer(answers) as server:
        program.use_server(server.url, "ollama", 'think = "low"\n')
        result = await program.run("ask", "hi", "--model", "m", *arguments)
        asked = [request.target for request in server.requests]

    assert result.code == code
    assert "m does not know the thinking value low. Its values are off, on." in result.err
    assert ("/api/chat" in asked) is (code == 0)


async def test_invalid_think_is_bad_usage(program: Program) -> None:
    result = await program.run("ask", "hi", "--think", "a bit")
    assert result.code == 2
    assert "off, on, or a level" in result.err


async def test_attached_files_are_sent_below_the_prompt(program: Program, tmp_path: Path) -> None:
    note, picture = tmp_path / "note.txt", tmp_path / "dot.png"
    note.write_text("read me")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 20)
    async with FaultServer(streams(*HELLO)) as server:
        program.use_server(server.url)
        result = await program.run("ask", "Sum up", "--attach", str(note), "--attach", str(picture), "--model", "m")
        [message] = server.requests[0].json["messages"]
    assert (result.code, result.out) == (0, "Hello\n")
    assert message["content"] == f"Sum up\n\n{note}:\n\n```txt\nread me\n```"
    assert [base64.b64decode(image) for image in message["images"]] == [picture.read_bytes()]


async def test_attached_file_that_cannot_be_read_is_bad_usage(program: Program, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    async with FaultServer() as server:
        program.use_server(server.url)
        missing = await program.run("ask", "hi", "--attach", str(tmp_path / "none"))
        binary = await program.run("ask", "hi", "--attach", str(tmp_path / "data.bin"))
        assert server.requests == []
    assert (missing.code, binary.code) == (2, 2)
    assert "none cannot be read: No such file or directory. Check the name." in missing.err
    assert "data.bin is neither UTF-8 text nor a supported image." in binary.err


async def test_images_of_an_answer_are_announced_and_printed_as_json(
    program: Program, start_server: StartServer
) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"." * 20
    text = base64.b64encode(png).decode()
    event = {"message": {"role": "assistant", "content": "", "images": [text]}, "done": True, "done_reason": "stop"}
    server = await start_server(replies(200, json.dumps(event).encode() + b"\n", NDJSON))
    program.use_server(server.url)

    plain = await program.run("ask", "--model", "m", "draw")
    assert (plain.code, plain.out.strip()) == (0, "")
    assert "The answer has 1 image." in plain.err

    structured = await program.run("ask", "--model", "m", "--json", "draw")
    assert {"type": "image", "media_type": "image/png", "data": text} in structured.events
