"""TerminalDriver: the app on a real pseudo-terminal, in the test process."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shlex
import signal
import struct
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

import termios

from textual import events
from textual.app import App

from tests.fault_server import eventually
from tests.program import Program
from tui.config.load import load
from tui.demo.server import DemoServer
from tui.runtime import Runtime
from tui.ui.app import LlmTuiApp
from tui.ui.screens.chat import ChatScreen
from tui.ui.terminal import SequenceDecoder, TerminalDriver
from tui.ui.widgets.message_log import MessageLog
from tui.ui.widgets.prompt_box import PromptBox

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
ESCAPE, CTRL_O, CTRL_Q = "\x1b", "\x0f", "\x11"
F8 = "\x1b[19~"
ENTER_ALTERNATE_SCREEN = b"\x1b[?1049h"


def is_loaded(app: LlmTuiApp) -> bool:
    screen = app.screen_stack[0] if app.screen_stack else None
    return isinstance(screen, ChatScreen) and screen.is_loaded


class Terminal:
    """The user's side of a pseudo-terminal."""

    def __init__(self, descriptor: int) -> None:
        self.received = b""
        self.app: LlmTuiApp
        self._descriptor = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    @property
    def prompt(self) -> PromptBox:
        return self.app.screen.query_one(PromptBox)

    @property
    def log(self) -> MessageLog:
        return self.app.screen.query_one(MessageLog)

    def type(self, keys: str) -> None:
        """Send the bytes of key presses."""
        self._write(keys.encode())

    def close(self) -> None:
        """Close the terminal, as when its window is closed."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            asyncio.get_running_loop().remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_writer(self._descriptor)
        with contextlib.suppress(BlockingIOError):
            data = data[os.write(self._descriptor, data) :]
        if data:
            # The terminal accepts the rest once the app has read some of it.
            loop.add_writer(self._descriptor, self._write, data)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            self.received += os.read(self._descriptor, 65_536)


Opener = Callable[..., contextlib.AbstractAsyncContextManager[Terminal]]


@pytest.fixture
def on_terminal(program: Program, demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Opens the app on a terminal with the demo server's `echo` model, optionally with keys typed before start-up."""

    @contextlib.asynccontextmanager
    async def opened(typed: str = "") -> AsyncIterator[Terminal]:
        user_end, app_end = os.openpty()
        fcntl.ioctl(user_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.set_blocking(user_end, False)
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)}
        stdin, output = os.fdopen(app_end, "rb", 0), os.fdopen(os.dup(app_end), "w")
        monkeypatch.setattr(sys, "__stdin__", stdin)
        monkeypatch.setattr(sys, "__stdout__", output)
        monkeypatch.setattr(sys, "__stderr__", output)
        program.use_server(demo.url)
        environment = program.environment()
        runtime = Runtime(load(program.config, environment), environment, program.data)
        terminal = Terminal(user_end)
        terminal.type(typed)
        terminal.app = LlmTuiApp(runtime, model="echo")
        running = asyncio.create_task(terminal.app.run_async())
        try:
            await eventually(lambda: terminal.app.is_running and is_loaded(terminal.app))
            yield terminal
            terminal.app.exit()
            await asyncio.wait_for(running, 30)
            assert terminal.app._exception is None
        finally:
            running.cancel()
            await runtime.aclose()
            stdin.close()
            # Flushing the last output fails if the terminal was closed.
            with contextlib.suppress(OSError):
                output.close()
            terminal.close()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    return opened


async def test_uses_own_driver_on_linux_terminal(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        assert isinstance(terminal.app._driver, TerminalDriver)


async def test_input_typed_before_start_is_in_the_prompt(on_terminal: Opener) -> None:
    async with on_terminal(typed=f"early {PASTE_START}bird{PASTE_END} sings") as terminal:
        await eventually(lambda: terminal.prompt.text == "early bird sings")


@pytest.mark.parametrize("sent", ["\x1b\r", "\x1b[27;2;13~", "\x1b[27;3;13~", "\x1b[13;2u", "\n"])
async def test_every_newline_sequence_breaks_the_line(on_terminal: Opener, sent: str) -> None:
    async with on_terminal() as terminal:
        for piece in ("one", *sent, "two"):
            terminal.type(piece)
        await eventually(lambda: terminal.prompt.text == "one\ntwo")


async def test_paste_with_escape_sequences_is_one_paste(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        terminal.type(f"a{PASTE_START}b\x1b[Ac\r\nd{PASTE_END}e")
        await eventually(lambda: terminal.prompt.text == "ab␛[Ac\nde")


async def test_one_megabyte_paste_arrives_complete(on_terminal: Opener) -> None:
    text = "0123456789 äöü\n" * 65_536
    async with on_terminal() as terminal:
        terminal.type(f"{PASTE_START}{text}{PASTE_END}!")
        await eventually(lambda: terminal.prompt.text == "[pasted #1: 65,537 lines]!")
        assert terminal.prompt.full_text == f"{text}!"


async def test_lone_escape_is_a_key_and_alt_bracket_is_not_a_paste(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        terminal.type("\t")
        await eventually(lambda: terminal.log.has_focus)
        terminal.type(ESCAPE)
        await eventually(lambda: terminal.prompt.has_focus)
        terminal.type(f"{ESCAPE}[")
        terminal.type("x")
        await eventually(lambda: terminal.prompt.text.endswith("x"))


async def test_unfinished_escape_sequence_is_not_typed_and_swallows_no_keys(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        terminal.type("a\x1b[20")
        await eventually(lambda: terminal.prompt.text == "a")
        await asyncio.sleep(0.6)
        terminal.type("z")
        await eventually(lambda: terminal.prompt.text == "az")


@pytest.mark.parametrize(
    ("start", "rest"),
    [
        ("\x1b", "[<65;28;12M"),
        ("\x1b[<", "65;28;12M"),
        ("\x1b", "[B"),
        ("\x1b[", "B"),
        ("\x1b", "]11;rgb:1e1e/1e1e/1e1e\x1b\\"),
        ("\x1b]11;rgb:1e1e/", "1e1e/1e1e\x07"),
        ("\x1b", "P>|term 3.4\x1b\\"),
        ("\x1b", "[?62;22c"),
        ("", "\x1b[?1u\x1b[8;24;80t\x1b[>41;354;0c\x1b_Gi=31;OK\x1b\\"),
    ],
)
async def test_late_rest_of_a_sequence_types_nothing(on_terminal: Opener, start: str, rest: str) -> None:
    async with on_terminal() as terminal:
        terminal.type(f"a{start}")
        # Longer than a lone Escape waits, and short enough for a loaded machine.
        await asyncio.sleep(0.06)
        terminal.type(rest)
        await asyncio.sleep(0.02)
        terminal.type("b")
        await eventually(lambda: terminal.prompt.text == "ab")
        assert len(terminal.app.screen_stack) == 1


async def test_paste_whose_start_was_cut_is_one_paste(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        terminal.type(ESCAPE)
        await asyncio.sleep(0.1)
        terminal.type(f"{PASTE_START[1:]}one\rtwo{PASTE_END}!")
        await eventually(lambda: terminal.prompt.text == "one\ntwo!")


async def test_mouse_capture_can_be_toggled(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        await eventually(lambda: b"\x1b[?1003h" in terminal.received)
        terminal.type(F8)
        await eventually(lambda: b"\x1b[?1003l" in terminal.received)
        # Textual captures the mouse more than once at the start.
        captures = terminal.received.count(b"\x1b[?1003h")
        terminal.type(F8)
        await eventually(lambda: terminal.received.count(b"\x1b[?1003h") == captures + 1)


async def test_app_exits_when_terminal_closes(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        terminal.close()
        await eventually(lambda: terminal.app.return_code == 129)


async def test_ctrl_q_quits(on_terminal: Opener) -> None:
    async with on_terminal() as terminal:
        terminal.type(CTRL_Q)
        await eventually(lambda: not terminal.app.is_running)
        assert terminal.app.return_code == 0


def editor(folder: Path, code: str) -> str:
    """A command for VISUAL that runs Python code with the file's path as `path`."""
    script = folder / "editor.py"
    script.write_text(f"import pathlib, sys\npath = pathlib.Path(sys.argv[1])\n{code}\n")
    return shlex.join([sys.executable, str(script)])


async def test_prompt_is_edited_in_external_editor(
    on_terminal: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, "path.write_text(path.read_text().upper() + ' and more\\n')"))
    async with on_terminal() as terminal:
        terminal.type("some words")
        await eventually(lambda: terminal.prompt.text == "some words")
        terminal.type(CTRL_O)
        await eventually(lambda: terminal.prompt.text == "SOME WORDS and more")
        terminal.type("!")
        await eventually(lambda: terminal.prompt.text == "SOME WORDS and more!")


@pytest.mark.parametrize("code", ["sys.exit(1)", "path.unlink()"])
async def test_failing_editor_keeps_prompt_and_restores_terminal(
    on_terminal: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, code))
    async with on_terminal() as terminal:
        terminal.type("precious")
        await eventually(lambda: terminal.prompt.text == "precious")
        terminal.type(CTRL_O)
        await eventually(lambda: terminal.received.count(ENTER_ALTERNATE_SCREEN) == 2)
        terminal.type("!")
        await eventually(lambda: terminal.prompt.text == "precious!")
        assert any("editor" in str(notice.message) for notice in terminal.app._notifications)


def keys_of(*sequences: str) -> list[tuple[str, str | None]]:
    """The keys and characters of key sequences."""
    decoder = SequenceDecoder()
    found = [event for sequence in sequences for event in decoder.decode(sequence)]
    return [(event.key, event.character) for event in found if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("sequence", "key", "character"),
    [
        ("\x1b", "escape", "\x1b"),
        ("\x1b[A", "up", None),
        ("\x1bs", "alt+s", None),
        ("\x1bS", "alt+shift+s", None),
        ("\x1b[", "alt+left_square_bracket", None),
        ("\x1b\r", "alt+enter", None),
        ("\x1b[13;2u", "shift+enter", None),
        ("\x1b[97;;97u", "a", "a"),
        ("\x1b[97;5u", "ctrl+a", None),
        ("\x1b[97:65;2:1;65u", "A", "A"),
        ("\x1b[31~", "f17", None),
    ],
)
def test_sequence_is_one_key(sequence: str, key: str, character: str | None) -> None:
    assert keys_of(sequence) == [(key, character)]


def test_long_text_of_an_input_method_is_typed() -> None:
    assert "".join(character or "" for _, character in keys_of("\x1b[0;;20013:25991:36755:20837:27861:20013u")) == (
        "中文输入法中"
    )


@pytest.mark.parametrize(
    "sequence",
    ["\x1b[97;1:3u", "\x1b[55296u", "\x1b[99999999999u", "\x1b[99~", "\x1b[?62;22c", "\x1b[8;24;80t", "\x1b[MABC"],
)
def test_unknown_sequence_is_no_key(sequence: str) -> None:
    assert keys_of(sequence, "a") == [("a", "a")]


def test_reports_reach_the_app() -> None:
    decoder = SequenceDecoder()
    sequences = ("\x1b[<64;3;4M", "\x1b[<0;3;4M", "\x1b[I", "\x1b[O", "\x1b[48;24;80;480;800t")
    found = [type(event) for sequence in sequences for event in decoder.decode(sequence)]
    assert found == [events.MouseScrollUp, events.MouseDown, events.AppFocus, events.AppBlur, events.Resize]


async def test_other_drivers_are_not_replaced(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.constants.DRIVER", "textual.drivers.headless_driver:HeadlessDriver")
    program.configure("")
    environment = program.environment()
    runtime = Runtime(load(program.config, environment), environment, program.data)
    app = LlmTuiApp(runtime)
    assert app.get_driver_class() is App.get_driver_class(app) is not TerminalDriver
    await runtime.aclose()
