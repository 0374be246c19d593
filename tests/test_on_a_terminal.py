"""The program on a pseudo-terminal: its output, the state in which it leaves the terminal, and kills."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import Awaitable, Callable

import pytest

from tests.fault_server import JSON, Connection, Script, StartServer, hangs, hangs_after, replies
from tests.program import Program
from tui.demo.server import DemoServer

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

from tests.terminal import ENTER, StartTerminal, Terminal, quit_by_key, ready

VERSION = replies(200, b'{"version":"1"}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'
LEAVE_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"
OWN_SEQUENCE = re.compile(rb"\x1b\](?:22;[a-z]+\x07|(?:2;[^\x00-\x1f]*|9;4;[03];0|11;\?)\x1b\\)")
"""The OSC sequences that the app sends on purpose: pointer shape, title, progress, and the question for the ground."""

HOSTILE = {
    "clipboard": "\x1b]52;c;aGk=\x07",
    "link": "\x1b]8;;http://evil.test\x1b\\",
    "title": "\x1b]0;owned\x07",
    "clear screen": "\x1b[2J",
    "color": "\x1b[31m",
    "C1 control": "\x9b2J",
    "C1 command": "\x9d52;c;aGk=\x9c",
    "right-to-left override": "\u202e",
    "isolate": "\u2066",
    "bell": "\x07",
    "backspace": "\x08",
}

MARKUP = "[bold]b[/] [@click=app.quit]c[/] [link=http://evil.test]l[/]"
"""Text that Textual and Rich would read as markup. It must be shown unchanged."""


def answers(chat: Script) -> Script:
    """Run a script for chat requests only.

    A prompt that is typed early is sent while the server is still being checked, so the order of requests is not known.
    """

    async def script(connection: Connection) -> None:
        await (chat if connection.request.target.endswith("/chat") else VERSION)(connection)

    return script


async def test_error_text_is_escaped_and_not_markup(
    program: Program, start_server: StartServer, start_terminal: StartTerminal
) -> None:
    hostile = "".join(HOSTILE.values())
    refused = json.dumps({"error": f"{MARKUP}{hostile}the end of it"}).encode()
    server = await start_server(answers(replies(400, refused, JSON)))
    program.use_server(server.url)
    terminal = await start_terminal("--model", f"m{MARKUP}", size=(200, 60))
    terminal.type("hi" + ENTER)
    await terminal.shows("the end of it")
    await terminal.shows(MARKUP)
    await quit_by_key(terminal)
    received = OWN_SEQUENCE.sub(b"", terminal.received)
    for name, sequence in HOSTILE.items():
        assert sequence == "\x1b[31m" or sequence.encode() not in received, name
    assert b"\x1b]" not in received


async def test_ask_limits_marks_that_arrive_in_pieces(
    program: Program, start_server: StartServer, start_terminal: StartTerminal
) -> None:
    mark = "\u0301"
    pieces = ["e", *[mark * 5] * 40, "o", *[mark] * 40, " end"]
    lines = [json.dumps({"message": {"content": piece}, "done": False}) for piece in pieces]
    body = "\n".join([*lines, json.dumps({"done": True})]) + "\n"
    server = await start_server(answers(replies(200, body.encode(), "application/x-ndjson")))
    program.use_server(server.url)
    terminal = await start_terminal("ask", "hi", "--model", "m", wait=False)
    assert await terminal.ended() == 0
    assert f"e{mark * 8}o{mark * 8} end".encode() in terminal.received


async def terminate(terminal: Terminal) -> None:
    terminal.process.send_signal(signal.SIGTERM)
    assert await terminal.ended() == 143


async def quit_while_streaming(terminal: Terminal) -> None:
    terminal.type("hi" + ENTER)
    await terminal.shows("Hel")
    await quit_by_key(terminal)


@pytest.mark.parametrize("quit_app", [quit_by_key, terminate, quit_while_streaming])
async def test_terminal_is_restored_on_exit(
    program: Program,
    quit_app: Callable[[Terminal], Awaitable[None]],
    start_server: StartServer,
    start_terminal: StartTerminal,
) -> None:
    server = await start_server(answers(hangs_after(HEL)))
    program.use_server(server.url)
    terminal = await start_terminal("--model", "m", wait=False)
    before = terminal.settings
    await ready(terminal)
    assert terminal.settings != before
    await quit_app(terminal)
    assert terminal.settings == before
    received = bytes(terminal.received)
    for entered, left in (
        (b"\x1b[?1049h", LEAVE_ALTERNATE_SCREEN),
        (b"\x1b[?25l", SHOW_CURSOR),
        (b"\x1b[?1000h", b"\x1b[?1000l"),
        (b"\x1b[?2004h", b"\x1b[?2004l"),
    ):
        assert received.rfind(entered) < received.rfind(left), left
    assert b"Traceback" not in received


async def test_text_typed_before_the_first_paint_is_kept(
    program: Program, demo: DemoServer, start_terminal: StartTerminal
) -> None:
    program.use_server(demo.url)
    terminal = await start_terminal("--model", "echo", typed="early bird", wait=False)
    await terminal.shows("early bird")
    terminal.type(ENTER)
    await terminal.until(lambda received: received.count(b"early bird") >= 3)


async def test_accepts_typing_before_first_provider_check_completes(
    program: Program, start_server: StartServer, start_terminal: StartTerminal
) -> None:
    server = await start_server(hangs)
    program.use_server(server.url)
    terminal = await start_terminal()
    terminal.type("typed early")
    await terminal.shows("typed early")


async def test_shown_text_survives_a_kill(
    program: Program, start_server: StartServer, start_terminal: StartTerminal
) -> None:
    shown = asyncio.Event()

    async def sends_two_chunks(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(HEL)
        await shown.wait()
        await connection.body(b'{"message":{"content":"lo there"},"done":false}\n')

    server = await start_server(answers(sends_two_chunks))
    program.use_server(server.url)
    terminal = await start_terminal("--model", "m")
    terminal.type("hi" + ENTER)
    await terminal.shows("Hel")
    shown.set()
    await terminal.shows("lo there")
    # Shown text is saved within a quarter of a second.
    await asyncio.sleep(0.25)
    terminal.process.send_signal(signal.SIGKILL)
    await terminal.ended()
    terminal = await start_terminal("--continue", wait=False)
    await terminal.shows("Hello there")
    await terminal.shows("Interrupted")
    await terminal.shows("F7")


async def test_storage_error_is_reported_and_the_chat_continues(
    program: Program, demo: DemoServer, start_terminal: StartTerminal
) -> None:
    program.use_server(demo.url)
    program.data.write_text("a file instead of the folder")
    terminal = await start_terminal("--model", "echo", size=(120, 30))
    terminal.type("still here" + ENTER)
    await terminal.until(lambda received: received.count(b"still here") >= 3)
    await terminal.until(lambda received: b"Cannot save or load" in received)
    await quit_by_key(terminal)
    assert b"Traceback" not in terminal.received


async def test_extreme_terminal_sizes_do_not_break_the_app(
    program: Program, demo: DemoServer, start_terminal: StartTerminal
) -> None:
    program.use_server(demo.url)
    terminal = await start_terminal("--model", "lorem-400-0")
    terminal.type("hi" + ENTER)
    for size in ((1, 1), (3, 2), (500, 3), (20, 200), (8, 8), (200, 50)):
        terminal.resize(*size)
        await asyncio.sleep(0.05)
    mark = len(terminal.received)
    # Not the first size: if the app handles all changes at once, it would have nothing to repaint.
    terminal.resize(81, 25)
    await terminal.shows("or / for commands", mark)
    await quit_by_key(terminal)
    assert b"Traceback" not in terminal.received


async def test_alt_key_runs_its_command_and_types_nothing(
    program: Program, demo: DemoServer, start_terminal: StartTerminal
) -> None:
    program.use_server(demo.url)
    terminal = await start_terminal("--model", "echo")
    mark = len(terminal.received)
    terminal.type("\x1bs")
    await terminal.shows("System prompt", mark)
    mark = len(terminal.received)
    terminal.type("\x1b")
    await terminal.shows("or / for commands", mark)
    mark = len(terminal.received)
    terminal.type("hello" + ENTER)
    await terminal.shows("hello", mark)
    await quit_by_key(terminal)
    assert b"shello" not in terminal.received
