"""The plain chat on a pseudo-terminal: every byte that it writes, its keys, and its ends."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import termios
from pathlib import Path

import pytest

from tests.fake_ollama import FakeOllama, Layer
from tests.fault_server import EVENT_STREAM, JSON, NDJSON, Connection, StartServer, hangs_after, replies
from tests.plain.conftest import YOU, PlainTerminal, StartPlain, prompts_of
from tests.plain.test_pipes import HOSTILE, draft, ollama, saved, says
from tests.program import Program
from tests.ui.screens.test_thinking_keys import ControllableServer
from tests.ui.tool_app import ToolModel, use_tools

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

CTRL_C = "\x03"
CTRL_U = "\x15"
UP = "\x1b[A"
LEFT = "\x1b[D"
BACKSPACE = "\x7f"


async def test_no_escape_sequence_is_written_in_a_whole_session(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(
        ollama(says(f"Some **text** {HOSTILE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"), says("Yes."))
    )
    program.use_server(server.url)
    plain = await start_plain()
    await plain.enter("hi there")
    await plain.enter("/hel\t")
    await plain.enter("/model", YOU)
    await plain.enter("1", "Enter for none: ")
    # The last prompt again, edited.
    await plain.enter(f"{UP}{UP}{UP}{LEFT}{LEFT}{LEFT}{LEFT}{LEFT}{LEFT}!", YOU)
    text = await plain.quit()

    assert "\x1b" not in text
    # A line of the input may be drawn anew, but none of the output.
    assert not re.search(r"[\x00-\x06\x0b-\x1f\x7f-\x9f]", text.replace("\r", ""))
    assert "Table with 2 columns: a, b.\nRow 1: a: 1; b: 2.\nEnd of table, 1 row.\n" in text
    assert "/quit: Quit; Ctrl+D does the same.\n" in text
    assert prompts_of(server) == ["hi there", "hi! there"]


async def test_dumb_terminal_gets_it_by_itself_with_a_word(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain(term="dumb")
    await plain.enter("hi")
    await plain.hears("m says:")
    text = await plain.quit()

    assert text.startswith("TERM is dumb, so this is the plain chat.\n")
    assert "\x1b" not in text


async def test_ctrl_c_stops_the_answer_and_then_says_how_to_quit(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(hangs_after(b'{"message":{"content":"One. Two and"}}\n')))
    program.use_server(server.url)
    plain = await start_plain()
    await plain.enter("hi")
    # The line has no end: it is said after a pause.
    await plain.hears("One. Two ")
    plain.terminal.type(CTRL_C)
    await plain.hears("and\r\nStopped. /continue goes on, /regenerate asks again.\r\n")
    chat = next(request for request in server.requests if request.target == "/api/chat")
    await chat.disconnected.wait()
    await plain.hears(YOU)
    plain.terminal.type("abc")
    await plain.hears("abc")
    plain.terminal.type(CTRL_C)
    await plain.hears("The line is cleared.")
    await plain.hears(YOU)
    # A key that is shown proves that the line is being read.
    plain.terminal.type("x")
    await plain.hears("x")
    plain.terminal.type(f"{BACKSPACE}")
    await plain.hears("\b")
    plain.terminal.type(CTRL_C)
    await plain.hears("To quit, type /quit or press Ctrl+D.")
    await plain.quit()

    assert [message.outcome for message in saved(program)[0].path] == ["complete", "cancelled"]


async def test_pasted_lines_are_one_prompt(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain()
    await plain.hears(YOU)
    plain.terminal.type("one\rtwo\rthree")
    await plain.hears("three")
    plain.terminal.type("\r")
    await plain.hears("Yes.")
    await plain.quit()

    assert prompts_of(server) == ["one\ntwo\nthree"]


async def test_what_is_typed_during_an_answer_is_the_next_prompt(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    may_end = asyncio.Event()

    async def slow(connection: Connection) -> None:
        await connection.head(200, NDJSON)
        await connection.body(b'{"message":{"content":"First line\\n"}}\n')
        await may_end.wait()
        await connection.body(b'{"message":{"content":"Second line"},"done":true,"done_reason":"stop"}\n')
        await connection.end()

    server = await start_server(ollama(slow, says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain()
    await plain.enter("hi")
    await plain.hears("First line\r\n")
    plain.terminal.type("and one\rand two\r")
    may_end.set()
    await plain.hears("Second line\r\n")
    await plain.hears("You: and one\r\nm says:\r\nYes.\r\n")
    await plain.hears("You: and two\r\nm says:\r\nYes.\r\n")
    await plain.quit()

    assert prompts_of(server) == ["hi", "and one", "and two"]


async def test_failed_prompt_is_in_the_line_to_be_edited(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(replies(400, b'{"error":"no"}'), says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain()
    await plain.enter("hi")
    await plain.hears("It is in the line again.")
    await plain.hears("You: hi")
    plain.terminal.type(" again\r")
    await plain.hears("Yes.")
    await plain.quit()

    assert prompts_of(server)[-1] == "hi again"


async def type_unsent(plain: PlainTerminal) -> None:
    """Type a line and the beginning of another, and send neither."""
    await plain.enter("first line\\")
    await plain.hears("More: ")
    plain.terminal.type("not sent yet")
    await plain.hears("not sent yet")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_typed_text_is_saved_when_a_signal_ends_it(
    program: Program, start_server: StartServer, start_plain: StartPlain, number: signal.Signals
) -> None:
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain()
    await type_unsent(plain)
    plain.terminal.process.send_signal(number)

    assert await plain.terminal.ended() == 128 + number
    assert draft(program) == "first line\nnot sent yet"


async def test_closed_terminal_ends_it_and_sends_nothing(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain()
    await type_unsent(plain)
    plain.terminal.close()

    assert await plain.terminal.process.wait() == 128 + signal.SIGHUP
    assert draft(program).startswith("first line")
    assert prompts_of(server) == []


async def test_terminal_is_left_as_it_was(program: Program, start_server: StartServer, start_plain: StartPlain) -> None:
    server = await start_server(ollama(hangs_after(b'{"message":{"content":"One.\\n"}}\n')))
    program.use_server(server.url)
    plain = await start_plain()
    before = plain.terminal.settings
    await plain.enter("hi")
    await plain.hears("One.")
    flags = plain.terminal.settings[3]
    assert isinstance(flags, int)
    assert not flags & termios.ECHO
    plain.terminal.process.send_signal(signal.SIGTERM)
    assert await plain.terminal.ended() == 128 + signal.SIGTERM

    assert plain.terminal.settings == before


async def test_line_goes_on_after_the_program_was_suspended(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(says("Yes.")))
    program.use_server(server.url)
    plain = await start_plain()
    before = plain.terminal.settings
    await plain.hears(YOU)
    plain.terminal.type("abcd")
    await plain.hears("abcd")
    plain.terminal.process.send_signal(signal.SIGSTOP)
    # As a shell does.
    plain.terminal.settings = before
    plain.terminal.process.send_signal(signal.SIGCONT)
    await plain.hears("You: abcd")
    plain.terminal.type(f"{LEFT}X\r")
    await plain.hears("Yes.")
    await plain.quit()

    assert prompts_of(server) == ["abcXd"]


async def test_answer_of_a_decision_is_not_what_was_typed_before(
    program: Program, start_server: StartServer, start_plain: StartPlain, tmp_path: Path
) -> None:
    model = ToolModel([("echo", {"text": "x"})])
    model.may_answer.clear()
    await use_tools(program, start_server, model, tmp_path)
    plain = await start_plain()
    await plain.enter("go")
    while not model.requests:
        await asyncio.sleep(0.01)
    plain.terminal.type("1\r")
    model.may_answer.set()
    await plain.hears("Run it? 1 to 5: ")
    plain.terminal.type("4\r")
    await plain.hears("Done.")
    await plain.quit()

    assert model.results == ["Not run: the user did not allow this call."]


async def test_ctrl_c_at_a_decision_stops_the_turn(
    program: Program, start_server: StartServer, start_plain: StartPlain, tmp_path: Path
) -> None:
    model = ToolModel([("echo", {"text": "x"})])
    await use_tools(program, start_server, model, tmp_path)
    plain = await start_plain()
    await plain.enter("go")
    await plain.hears("Run it? 1 to 5: ")
    plain.terminal.type(CTRL_C)
    await plain.hears("Stopped.")
    await plain.quit()

    record = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
    assert not [event for event in record if event.get("method") == "tools/call"]


async def test_slow_server_is_said_in_words(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    server = await start_server(ollama(hangs_after()))
    program.use_server(server.url)
    plain = await start_plain()
    await plain.enter("hi")
    await plain.hears("Loading the model, 3")
    plain.terminal.type(CTRL_C)
    await plain.hears("Stopped. /regenerate asks again.")
    # The prompt without an answer is in the line.
    await plain.hears("You: hi")
    plain.terminal.type(f"{CTRL_U}/quit\r")

    assert await plain.terminal.ended() == 0


async def test_ctrl_c_stops_a_download_which_can_go_on(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    layer = Layer("sha256:abcdef", 3_000)
    fake = FakeOllama(shown={"old": {}}, catalogue={"new": [layer]}, steps=asyncio.Semaphore(1))
    server = await start_server(fake.serve)
    program.use_server(server.url)
    plain = await start_plain("--model", "old")
    await plain.enter("/pull new")
    await plain.hears("Downloading new. Ctrl+C stops it.")
    while not layer.done:
        await asyncio.sleep(0.01)
    plain.terminal.type(CTRL_C)
    await plain.hears("new: stopped; downloading it again continues where it was.\r\n")
    fake.allow_steps(2)
    await plain.enter("/pull new")
    await plain.hears("Downloaded new.\r\n")
    await plain.quit()


async def test_first_ctrl_c_ends_the_thinking_and_the_next_one_the_answer(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    controllable = ControllableServer()
    server = await start_server(controllable)
    program.use_server(server.url, kind="llamacpp")
    plain = await start_plain("--model", "m")
    await plain.enter("hi")
    await plain.hears("m thinks.")
    plain.terminal.type(CTRL_C)
    await plain.hears("m says:\r\nSo\r\n")
    await plain.quit()
    assert "It was told to answer now. Ctrl+C stops it.\n" in plain.text
    assert len(controllable.controls) == 1


async def test_ctrl_c_stops_thinking_that_cannot_be_ended(
    program: Program, start_server: StartServer, start_plain: StartPlain
) -> None:
    thinking = b'data: {"id":"a1","choices":[{"delta":{"reasoning_content":"Hm"}}]}\n\n'
    models = replies(200, b'{"data":[{"id":"m"}]}', JSON)
    script = hangs_after(thinking, content_type=EVENT_STREAM)

    async def serve(connection: Connection) -> None:
        await (script if connection.request.target.endswith("/completions") else models)(connection)

    server = await start_server(serve)
    program.use_server(server.url, kind="openai")
    plain = await start_plain("--model", "m")
    await plain.enter("hi")
    await plain.hears("m thinks.")
    plain.terminal.type(CTRL_C)
    await plain.hears("Stopped.")
    await plain.quit()
