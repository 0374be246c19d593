"""The plain chat without a terminal: lines in, lines out."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.fake_ollama import FakeOllama, Layer
from tests.fault_server import (
    EVENT_STREAM,
    JSON,
    NDJSON,
    Connection,
    Script,
    StartServer,
    hangs_after,
    replies,
    streams,
)
from tests.plain.conftest import plain, prompts_of
from tests.program import Program
from tests.ui.model_servers import serving
from tests.ui.tool_app import ToolModel, use_tools
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.config.load import load
from tui.demo.server import DemoServer
from tui.store.conversations import ConversationStore

HOSTILE = "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\x08\u202e\r"


def ollama(*chats: Script, models: str = "m") -> Script:
    """A server that speaks Ollama's protocol, with a script for each chat request; the last one is repeated."""
    left = list(chats)
    known = {"/api/tags": {"models": [{"name": models}]}, "/api/version": {"version": "0.40.0"}}

    async def script(connection: Connection) -> None:
        target = connection.request.target
        if target == "/api/chat":
            await (left.pop(0) if len(left) > 1 else left[0])(connection)
        else:
            await replies(200, json.dumps(known.get(target, {})).encode(), JSON)(connection)

    return script


def says(*texts: str, thinking: str = "") -> Script:
    """An answer in pieces."""
    messages = [{"thinking": thinking, "content": ""}] if thinking else []
    messages += [{"content": text} for text in texts]
    lines = [json.dumps({"message": {"role": "assistant", **each}}).encode() + b"\n" for each in messages]
    return streams(*lines, b'{"message":{"content":""},"done":true,"done_reason":"stop"}\n')


def saved(program: Program) -> list[Conversation]:
    """The saved conversations, the latest first."""
    store = ConversationStore(program.data)
    try:
        return [store.load(summary.id) for summary in store.recent(10)]
    finally:
        store.close()


def draft(program: Program, key: str = "") -> str:
    store = ConversationStore(program.data)
    try:
        return store.draft(key)
    finally:
        store.close()


async def test_prompt_is_answered_and_saved(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(says("Hello, **you**.\n\n", "- one\n")))
    program.use_server(server.url)
    run = await plain(program, "hi")

    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines() == [
        "llm-tui. Looking for a server.",
        "m at server answers.",
        "/help lists the commands, /quit quits.",
        "You: hi",
        "m says:",
        "Hello, you.",
        "",
        "- one",
        "You: ",
    ]
    assert [message.content for message in saved(program)[0].path] == ["hi", "Hello, **you**.\n\n- one\n"]


async def test_thinking_is_said_in_words(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(says("Yes.", thinking="Let me see now.")))
    program.use_server(server.url)
    run = await plain(program, "hi", "/details")

    assert "m thinks.\nIt thought for" in run.out
    assert ", about 4 words.\nm says:\nYes.\n" in run.out
    assert "m thought:\nLet me see now.\nEnd of thinking.\n" in run.out


async def test_thinking_inside_of_the_text_is_not_said(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(says("<think>Hmm", " hm.</think>\n\nYes.")))
    program.use_server(server.url)
    run = await plain(program, "hi")

    assert ", about 2 words.\nm says:\nYes.\n" in run.out
    assert "Hmm" not in run.out


async def test_prompt_of_several_lines(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    await plain(program, "one\\", "two", "look:\\", "```sh", "a \\", "  b", "```", "three\\\\")

    assert prompts_of(server) == ["one\ntwo", "look:\n```sh\na \\\n  b\n```", "three\\\\"]


async def test_saved_prompt_asks_for_its_values(program: Program, start_server: StartServer) -> None:
    folder = program.config.parent / "prompts"
    folder.mkdir()
    (folder / "tr.md").write_text("{{text}} to {{language}}")
    # A command of the plain chat alone keeps its word.
    (folder / "open.md").write_text("not sent")
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    run = await plain(program, "/tr", "cat", "French", "/tr dog", "", "", "/open latest")

    assert prompts_of(server)[:2] == ["cat to French", "dog to French"]
    assert "tr needs 2 values.\ntext: cat\nlanguage: French\n" in run.out
    assert "language, or Enter for French:" in run.out
    assert "not sent" not in run.out


async def test_usage_is_said_in_sentences(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    run = await plain(program, "/usage", "/model echo", "hello", "/usage")

    assert "No answers are saved yet.\n" in run.out
    assert "By model:\necho at server: answers: 1, tokens of prompts: 1, of answers: 2, first token after " in run.out


async def test_unknown_command_suggests_the_nearest(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    run = await plain(program, "/modle", "/convers", "/theme")

    assert "Error: There is no command /modle. Did you mean /model? Type //modle to send it as text.\n" in run.out
    assert "No conversation is saved yet.\n" in run.out
    assert "There is no command /theme." in run.out


async def test_failure_is_one_line_and_the_prompt_is_kept(program: Program, start_server: StartServer) -> None:
    refused = replies(400, json.dumps({"error": f"bad {HOSTILE}news"}).encode(), JSON)
    server = await start_server(ollama(refused, says("Better.")))
    program.use_server(server.url)
    run = await plain(program, "hi there", "/resend")

    lines = run.out.splitlines()
    failure = next(line for line in lines if "news" in line)
    assert failure.startswith("Request rejected: ")
    assert failure.endswith("/regenerate asks again.")
    assert "Your text is kept: hi there /resend sends it." in lines
    assert lines[-3:] == ["m says:", "Better.", "You: "]
    assert prompts_of(server) == ["hi there", "hi there"]
    assert run.code == 0


async def test_failure_of_the_last_answer_is_in_the_exit_code(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(replies(400, b'{"error":"no"}', JSON)))
    program.use_server(server.url)
    run = await plain(program, "hi")

    assert run.code == 1
    assert draft(program, saved(program)[0].id) == "hi"


async def test_no_control_character_of_a_server_is_written(program: Program, start_server: StartServer) -> None:
    server = await start_server(
        ollama(says(f"a{HOSTILE}", f"b &#27;[2J `{HOSTILE}`\n| {HOSTILE} | x |\n"), models=f"m{HOSTILE}")
    )
    program.use_server(server.url)
    run = await plain(program, f"hi{HOSTILE}", "/status", "/read", "/messages", "/details", "/model", "")

    assert "b" in run.out
    assert not any(character in run.out for character in "\x1b\x07\x08\x9b\r\u202e")


async def test_interrupted_answer_is_kept_and_continued(program: Program, start_server: StartServer) -> None:
    async def cut(connection: Connection) -> None:
        await connection.head(200, NDJSON)
        await connection.body(b'{"message":{"content":"Half of"}}\n')
        connection.reset()

    server = await start_server(ollama(cut, says(" it.")))
    program.use_server(server.url)
    run = await plain(program, "hi", "/continue", "/regenerate", "/versions", "1")

    assert "Half of\nInterrupted: " in run.out
    assert "m goes on:\nit.\n" in run.out
    assert "/continue goes on, /regenerate asks again.\n" in run.out
    assert [message.content for message in saved(program)[0].path] == ["hi", "Half of it."]
    assert "1. m: Half of it.\n2. m: it., in use\nVersion to use, 1 to 2, or Enter for none: " in run.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_signal_saves_what_arrived(program: Program, start_server: StartServer, number: signal.Signals) -> None:
    server = await start_server(ollama(hangs_after(b'{"message":{"content":"Half of. "}}\n')))
    program.use_server(server.url)
    process = await program.start("--plain", stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"hi\nlater\n")
    out = b""
    while b"Half of." not in out:
        out += await process.stdout.read(1000)
    process.send_signal(number)

    assert await process.wait() == 128 + number
    (conversation,) = saved(program)
    assert conversation.path[-1].content == "Half of. "
    assert conversation.path[-1].outcome == "cancelled"


async def test_closed_output_ends_quietly(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(hangs_after(*[b'{"message":{"content":"Half of. "}}\n'] * 3)))
    program.use_server(server.url)
    process = await program.start("--plain", stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.readline()
    process.stdout._transport.close()  # type: ignore[attr-defined]
    process.stdin.write(b"hi\n")

    assert await process.wait() == 0
    assert await process.stderr.read() == b""


async def test_conversations_are_listed_searched_opened_and_deleted(
    program: Program, start_server: StartServer
) -> None:
    server = await start_server(ollama(says("An answer about *cats*."), says("Dogs.")))
    program.use_server(server.url)
    run = await plain(
        program,
        *("cats please", "/new", "dogs please", "/conversations", "2", "/title Felines", "/search dogs", "1"),
        *("/read 2", "/delete", "/undo", "/open Felines", "/find about", "/pin", "/conversations", ""),
    )

    out = run.out
    assert "2 conversations.\n1. dogs please, open, " in out
    assert (
        "Number to open, 1 to 2, or Enter for none: 2\nConversation of 2 messages: cats please. /read reads it.\n"
        in out
    )
    assert "Last: m: An answer about cats.\n" in out
    assert "Title: Felines\n" in out
    assert "Found in message 2. /read 2 reads it.\n" in out
    assert "You: /read 2\nm says:\nDogs.\n" in out
    assert "Deleted 'dogs please'. Type /undo to undo.\n" in out
    assert "Restored 'dogs please'.\n" in out
    assert "You: /find about\n2. m: An answer about cats.\n" in out
    assert "Pinned.\n" in out
    assert "1. Felines, open, pinned, " in out
    assert {conversation.title for conversation in saved(program)} == {"Felines", "dogs please"}


async def test_messages_are_edited_and_removed(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(says("One."), says("Two."), says("Three.")))
    program.use_server(server.url)
    run = await plain(
        program, "first", "second", "/edit 1", "better", "/versions 1", "1", "/remove 3", "/undo", "/messages"
    )

    assert prompts_of(server) == ["first", "second", "better"]
    assert "1. You: first\n2. You: better, in use\n" in run.out
    assert "Deleted 2 messages. Type /undo in the conversation to undo.\n" in run.out
    assert "Restored the messages.\n" in run.out
    assert "1, version 1 of 2. You: first\n2. m: One.\n3. You: second\n4. m: Two.\n" in run.out


async def test_file_is_attached_and_conversation_exported(
    program: Program, start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("the notes")
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    run = await plain(
        program,
        f"/attach {tmp_path}/notes.txt",
        "what is this?",
        f"/export {tmp_path}/out.md",
        f"and @{tmp_path}/none.txt",
    )

    assert "It goes with your next prompt.\n" in run.out
    assert "the notes" in prompts_of(server)[0]
    assert f"Exported to {tmp_path}/out.md.\n" in run.out
    assert (tmp_path / "out.md").read_text().count("Yes.") == 1
    assert len(prompts_of(server)) == 1
    assert "none.txt" in run.out.splitlines()[-2]


async def test_model_is_chosen_by_number(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    listed = await plain(program, "/model", "")
    row = next(line for line in listed.out.splitlines() if "echo, server" in line)
    run = await plain(program, "/model", row.split(".")[0], "hi there", "/model xyzzy")

    assert "Model: echo at server.\n" in run.out
    assert "echo says:\n" in run.out
    assert "Error: No provider has a model xyzzy. Type /model to choose one.\n" in run.out


async def test_providers_are_listed_and_tested(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    listed = await plain(program, "/provider", "")
    row = next(line for line in listed.out.splitlines() if ". server" in line)
    assert row.endswith("in use")
    run = await plain(program, "/providers", row.split(".")[0], "/provider demo")

    assert f", ollama, {demo.url}\n" in run.out
    assert "Provider: demo.\n" in run.out
    assert "Passed: 9 models. guide, echo, " in run.out


async def test_question_is_left_for_a_command_and_by_a_wrong_line(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    run = await plain(program, "/providers", "/model echo", "/providers", "nonsense", "hi there")

    assert "Model: echo" in run.out
    assert run.out.count("Nothing is chosen.\n") == 1
    assert "echo says:\nhi there" in run.out


async def test_tool_call_is_decided_by_number(program: Program, start_server: StartServer, tmp_path: Path) -> None:
    model = ToolModel([("echo", {"text": "h\u202ei"})], [("add", {"a": 1, "b": 2})], [("echo", {"text": "x"})])
    folder = tmp_path / "server"
    folder.mkdir()
    await use_tools(program, start_server, model, folder)
    run = await plain(program, "go", "3", "5", "I do not want that.", "/details")

    assert "test.echo asks to run. Tool server: test.\nIts server says: reads only.\nArguments:\n" in run.out
    assert "  text: h⟨U+202E⟩i\n1. once\n2. in this conversation\n3. always\n4. no\n5. no, and say why\n" in run.out
    assert "Run it? 1 to 5: 3\n" in run.out
    assert "Running test.echo, allowed by the config.\ntest.echo is done after " in run.out
    assert "test.add: Not run: the user did not allow this call, and said: I do not want that.\n" in run.out
    assert run.out.rstrip().splitlines().count("Run it? 1 to 5: 5") == 1
    assert "Done.\nYou: /details\n" in run.out
    assert "Result:\nx\nEnd of the result.\n" in run.out
    assert load(program.config, {}).settings.mcp["test"].allow == ("echo",)


async def test_nothing_runs_when_the_input_ends_at_a_question(
    program: Program, start_server: StartServer, tmp_path: Path
) -> None:
    model = ToolModel([("add", {"a": 1, "b": 2})])
    await use_tools(program, start_server, model, tmp_path)
    run = await plain(program, "go")

    assert run.code == 0
    assert "Stopped." in run.out
    assert "tools/call" not in (tmp_path / "record").read_text()


async def test_form_of_a_tool_server_is_questions(program: Program, start_server: StartServer, tmp_path: Path) -> None:
    model = ToolModel([("ask", {})], [("ask", {})])
    await use_tools(program, start_server, model, tmp_path, allow=("ask",))
    run = await plain(program, "go", "1", "Ada", "2")

    assert "The tool server test asks you:\nYour name?\n1. answer\n2. decline\nYour answer, 1 to 2: 1\n" in run.out
    assert "name, optional: Ada\n" in run.out
    assert [json.loads(result)["action"] for result in model.results] == ["accept", "decline"]


async def test_too_many_rounds_are_a_question(program: Program, start_server: StartServer, tmp_path: Path) -> None:
    model = ToolModel(*[[("echo", {"text": "x"})]] * 3)
    await use_tools(program, start_server, model, tmp_path, allow=("echo",), more="[tools]\nmax_rounds = 1")
    run = await plain(program, "go", "1", "2")

    assert run.out.count("1. go on\n2. answer now, without tools\n3. stop\n") == 2
    assert run.out.endswith("Done.\nYou: \n")


async def test_conversations_are_deleted_by_age(program: Program, start_server: StartServer) -> None:
    store = ConversationStore(program.data)
    store.add(Conversation("old").append(ChatMessage("q", "user", "long ago", created_at=1.0)))
    store.close()
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    program.configure(f"keep_days = 1\n{program.config.read_text()}")
    run = await plain(program, "hi", "/conversations", "")

    assert "1 conversation deleted: not used for 1 day (keep_days).\n" in run.out
    assert [conversation.title for conversation in saved(program)] == ["hi"]


async def test_openai_server_answers_too(program: Program, start_server: StartServer) -> None:
    chunk = b'data: {"choices":[{"index":0,"delta":{"content":"Hi."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

    async def script(connection: Connection) -> None:
        is_chat = connection.request.target.endswith("/chat/completions")
        listed = replies(200, b'{"object":"list","data":[{"id":"m","object":"model"}]}', JSON)
        await (streams(chunk, content_type=EVENT_STREAM) if is_chat else listed)(connection)

    server = await start_server(script)
    program.use_server(server.url, "openai")
    run = await plain(program, "hi")

    assert run.out.splitlines()[-3:] == ["m says:", "Hi.", "You: "]


async def test_file_is_imported_and_said(program: Program, start_server: StartServer) -> None:
    server = await start_server(ollama(says("x")))
    program.use_server(server.url)
    user = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["About mice"]}}}
    tool = {"parent": "q", "message": {"author": {"role": "tool"}, "content": {}}}
    export = program.config.with_name("all.json")
    export.write_text(json.dumps([{"id": "x", "mapping": {"q": user, "t": tool}}]))
    run = await plain(program, f"/import {export}", "/import none.json", "/import")
    assert (
        "Importing all.json. Ctrl+C stops it.\nall.json: 1 imported.\n"
        "Error: Not imported: 1 × tool message. `llm-tui import` lists all of it.\n"
    ) in run.out
    assert "Error: none.json cannot be read: No such file or directory. Check the name." in run.out
    assert "Error: /import needs the name of a file. Type the file behind it: /import ~/export.json." in run.out


async def test_models_are_compared_one_after_the_other(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    typed = ("hi", "/compare", "1 1", "1 5 x", "1 5", "2", "/versions", "")
    run = await plain(program, *typed, arguments=("--model", "echo"))
    assert "The prompt is: hi\nAsking for the models.\n" in run.out
    assert run.out.count("Those are not 2 to 4 different numbers from 1 to ") == 2
    assert "Answer 1 of 2, echo.\necho says:\nhi\nAnswer 2 of 2, guide.\nguide says:\n" in run.out
    assert "1. echo. Figures: " in run.out
    assert "guide goes on. /versions has the other answers.\n" in run.out
    # The first answer to the prompt, and the two that were compared.
    versions = run.out.partition("You: /versions\n")[2].splitlines()[:3]
    assert versions[:2] == ["1. echo: hi", "2. echo: hi"]
    assert versions[2].startswith("3. guide: ")
    assert versions[2].endswith(", in use")


async def test_comparison_asks_for_a_prompt_and_can_be_left(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    run = await plain(program, "/compare", "", "/compare", "What?", "", "/messages", arguments=("--model", "echo"))
    assert run.out.count("Prompt to compare with:") == 2
    assert "Error: This conversation is empty." in run.out
    assert run.code == 0


async def test_models_are_downloaded_loaded_and_removed(program: Program, start_server: StartServer) -> None:
    layer = Layer("sha256:abcdef", 3_000)
    fake = FakeOllama(shown={"old": {"capabilities": ["completion"]}}, catalogue={"new": [layer]})
    server = await start_server(fake.serve)
    program.use_server(server.url)
    run = await plain(
        program,
        *("/pull none", "/pull new", "/models", "1", "2", "/models", "1", "2"),
        *("/models", "1", "3", "no", "/models", "1", "3", "yes", "/models", ""),
        arguments=("--model", "old"),
    )
    assert "Error: server cannot pull the model: pull model manifest: file does not exist." in run.out
    assert "Downloading new. Ctrl+C stops it.\nDownloaded new.\n" in run.out
    assert "1. Use it\n2. Load it into memory\n3. Remove it from the server's disk\n" in run.out
    assert "Loaded new.\n" in run.out
    assert "1. Use it\n2. Unload it from memory\n" in run.out
    assert "Unloaded new.\n" in run.out
    assert "Remove new from the disk of server? It cannot be undone. yes or no: no\nNothing is removed.\n" in run.out
    assert "Deleted new.\n" in run.out
    assert list(fake.shown) == ["old"]


async def test_server_that_manages_no_models_says_who_can(program: Program, start_server: StartServer) -> None:
    server = await start_server(serving({"/v1/models": {"object": "list", "data": [{"id": "m"}]}}))
    program.use_server(server.url, "openai")
    run = await plain(program, "/models", "1", "", "/pull x", arguments=("--model", "m"))
    assert "server cannot load or remove models. Ollama, LM Studio and llama.cpp's router can do that." in run.out
    assert "What to do, 1, or Enter for none:" in run.out
    assert "Error: server cannot download models" in run.out
