"""The app on a real terminal: what reaches it, what it is left like, and what survives."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import Awaitable, Callable

import pytest

from tests.fault_server import JSON, Connection, FaultServer, hangs, hangs_after, replies, streams
from tests.program import Program
from tui.demo.server import DemoServer

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from tests.terminal import Terminal, on_terminal

VERSION = replies(200, b'{"version":"1"}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'
LEAVES_THE_SCREEN = b"\x1b[?1049l"
SHOWS_THE_CURSOR = b"\x1b[?25h"
POINTER_SHAPE = re.compile(rb"\x1b\]22;[a-z]+\x07")
"""What Textual says of the mouse's shape: the one command of this family that is ours."""
ENTER = "\r"
CTRL_Q = "\x11"

HOSTILE = {
    "a clipboard": "\x1b]52;c;aGk=\x07",
    "a link": "\x1b]8;;http://evil.test\x1b\\",
    "a title": "\x1b]0;owned\x07",
    "a screen that is cleared": "\x1b[2J",
    "a color": "\x1b[31m",
    "a C1 control": "\x9b2J",
    "a C1 command": "\x9d52;c;aGk=\x9c",
    "text from right to left": "\u202e",
    "an isolate": "\u2066",
    "a bell": "\x07",
    "a backspace": "\x08",
}

MARKUP = "[bold]b[/] [@click=app.quit]c[/] [link=http://evil.test]l[/]"
"""What Textual and Rich would read as markup. It is shown as it is."""


def answer(content: str) -> bytes:
    return json.dumps({"message": {"content": content}}).encode() + b'\n{"done":true,"done_reason":"stop"}\n'


async def ready(terminal: Terminal) -> None:
    await terminal.shows("Ask something")


async def test_what_a_model_sends_never_reaches_the_terminal_as_anything_that_it_would_obey(program: Program) -> None:
    hostile = "".join(f"{sequence}<{name}>\n\n" for name, sequence in HOSTILE.items())
    async with FaultServer(VERSION, streams(answer(hostile + "the end of it"))) as server:
        program.use_server(server.url)
        async with on_terminal(program, "--model", "m\x1b]0;owned\x07", size=(100, 60)) as terminal:
            await ready(terminal)
            terminal.type("hi" + ENTER)
            await terminal.shows("the end of it")
            terminal.type(CTRL_Q)
            assert await terminal.ended() == 0
            received = POINTER_SHAPE.sub(b"", terminal.received)
    for name, sequence in HOSTILE.items():
        assert f"<{name}>".encode() in received, name
        # The app has colours of its own.
        assert sequence == "\x1b[31m" or sequence.encode() not in received, name
    assert b"\x1b]" not in received


async def test_neither_does_what_a_server_says_of_an_error_and_none_of_it_is_read_as_markup(program: Program) -> None:
    hostile = "".join(HOSTILE.values())
    refused = json.dumps({"error": f"{MARKUP}{hostile}the end of it"}).encode()
    async with FaultServer(VERSION, replies(400, refused, JSON)) as server:
        program.use_server(server.url)
        async with on_terminal(program, "--model", f"m{MARKUP}", size=(200, 60)) as terminal:
            await ready(terminal)
            terminal.type("hi" + ENTER)
            await terminal.shows("the end of it")
            terminal.type(CTRL_Q)
            assert await terminal.ended() == 0
            received = POINTER_SHAPE.sub(b"", terminal.received)
    assert f"{MARKUP}".encode() in received
    for name, sequence in HOSTILE.items():
        assert sequence == "\x1b[31m" or sequence.encode() not in received, name
    assert b"\x1b]" not in received


async def test_what_a_model_sends_on_a_terminal_of_ask_is_not_obeyed_either(program: Program) -> None:
    async with FaultServer(streams(answer("".join(HOSTILE.values()) + "the end of it"))) as server:
        program.use_server(server.url)
        async with on_terminal(program, "ask", "hi", "--model", "m") as terminal:
            assert await terminal.ended() == 0
            received = bytes(terminal.received)
    assert b"the end of it" in received
    assert b"\x1b" not in received
    for name, sequence in HOSTILE.items():
        assert sequence.encode() not in received, name


async def quits(terminal: Terminal) -> None:
    terminal.type(CTRL_Q)
    assert await terminal.ended() == 0


async def is_terminated(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGTERM)
    assert await terminal.ended() == 143


async def quits_while_an_answer_streams(terminal: Terminal) -> None:
    terminal.type("hi" + ENTER)
    await terminal.shows("Hel")
    await quits(terminal)


@pytest.mark.parametrize("way_out", [quits, is_terminated, quits_while_an_answer_streams])
async def test_the_terminal_is_left_as_it_was_found(
    program: Program, way_out: Callable[[Terminal], Awaitable[None]]
) -> None:
    async with FaultServer(VERSION, hangs_after(HEL)) as server:
        program.use_server(server.url)
        async with on_terminal(program, "--model", "m") as terminal:
            before = terminal.settings
            await ready(terminal)
            assert terminal.settings != before
            await way_out(terminal)
            assert terminal.settings == before
            received = bytes(terminal.received)
    for entered, left in (
        (b"\x1b[?1049h", LEAVES_THE_SCREEN),
        (b"\x1b[?25l", SHOWS_THE_CURSOR),
        (b"\x1b[?1000h", b"\x1b[?1000l"),
        (b"\x1b[?2004h", b"\x1b[?2004l"),
    ):
        assert received.rfind(entered) < received.rfind(left), left
    assert b"Traceback" not in received


async def test_what_is_typed_before_the_first_paint_is_not_lost(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    async with on_terminal(program, "--model", "echo", typed="early bird") as terminal:
        await terminal.shows("early bird")
        terminal.type(ENTER)
        await terminal.until(lambda received: received.count(b"early bird") >= 3)


async def test_it_paints_and_takes_keys_before_any_server_has_answered(program: Program) -> None:
    async with FaultServer(hangs) as server:
        program.use_server(server.url)
        async with on_terminal(program) as terminal:
            await ready(terminal)
            terminal.type("typed meanwhile")
            await terminal.shows("typed meanwhile")


async def test_what_was_shown_survives_that_the_program_is_killed(program: Program) -> None:
    shown = asyncio.Event()

    async def sends_two_pieces(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(HEL)
        await shown.wait()
        await connection.body(b'{"message":{"content":"lo there"},"done":false}\n')

    async with FaultServer(VERSION, sends_two_pieces, VERSION) as server:
        program.use_server(server.url)
        async with on_terminal(program, "--model", "m") as terminal:
            await ready(terminal)
            terminal.type("hi" + ENTER)
            await terminal.shows("Hel")
            shown.set()
            await terminal.shows("lo there")
            # What was shown is on disk a quarter of a second later.
            await asyncio.sleep(0.25)
            terminal.process.send_signal(signal.SIGKILL)
            await terminal.ended()
        async with on_terminal(program, "--continue") as terminal:
            await terminal.shows("Hello there")
            await terminal.shows("Interrupted")
            await terminal.shows("F7")


async def test_where_nothing_can_be_kept_the_chat_goes_on_and_says_so(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    program.data.write_text("a file in the place of the folder")
    async with on_terminal(program, "--model", "echo", size=(120, 30)) as terminal:
        await ready(terminal)
        terminal.type("still here" + ENTER)
        await terminal.until(lambda received: received.count(b"still here") >= 3)
        await terminal.until(lambda received: b"Cannot save or load" in received)
        await quits(terminal)
        assert b"Traceback" not in terminal.received


async def test_no_size_is_too_odd_for_it(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    async with on_terminal(program, "--model", "lorem-400-0") as terminal:
        await ready(terminal)
        terminal.type("hi" + ENTER)
        for size in ((1, 1), (3, 2), (500, 3), (20, 200), (8, 8), (200, 50)):
            terminal.resize(*size)
            await asyncio.sleep(0.05)
        mark = len(terminal.received)
        terminal.resize(80, 24)
        await terminal.shows("Ask something", mark)
        await quits(terminal)
        assert b"Traceback" not in terminal.received


async def test_a_key_with_alt_does_what_it_is_for_and_writes_nothing(program: Program, demo: DemoServer) -> None:
    program.use_server(demo.url)
    async with on_terminal(program, "--model", "echo") as terminal:
        await ready(terminal)
        mark = len(terminal.received)
        terminal.type("\x1bs")
        await terminal.shows("System prompt", mark)
        terminal.type("\x1b")
        await asyncio.sleep(0.3)
        mark = len(terminal.received)
        terminal.type("hello" + ENTER)
        await terminal.shows("hello", mark)
        await quits(terminal)
        assert b"shello" not in terminal.received
