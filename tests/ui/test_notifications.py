"""Notifications: their control sequences, and when they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from tests.fault_server import JSON, NDJSON, Connection, StartServer, replies
from tests.program import Program
from tests.ui.running import StartApp
from tui.ui.notifications import notification


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        ({}, "\x1b]9;llm-tui: A title\x1b\\"),
        ({"TERM": "xterm-kitty"}, "\x1b]99;;llm-tui: A title\x1b\\"),
        ({"TERM": "screen", "KITTY_WINDOW_ID": "1"}, "\x1b]99;;llm-tui: A title\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;llm-tui;A title\x1b\\"),
        ({"TERM_PROGRAM": "WezTerm"}, "\x1b]777;notify;llm-tui;A title\x1b\\"),
        ({"VTE_VERSION": "7600"}, "\x1b]777;notify;llm-tui;A title\x1b\\"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;llm-tui: A title\x1b\\"),
        ({"TMUX": "/tmp/x"}, "\x1bPtmux;\x1b\x1b]9;llm-tui: A title\x1b\x1b\\\x1b\\\x07"),
    ],
)
def test_each_terminal_gets_the_sequence_that_it_knows(environ: Mapping[str, str], sequence: str) -> None:
    assert notification("A title", environ) == sequence


def test_title_is_cleaned_and_short() -> None:
    sequence = notification("1;2\x1b\\\x07\n" + 300 * "x", {})

    assert sequence.startswith("\x1b]9;llm-tui: 1,2␛\\␇ xx")
    assert "\x1b" not in sequence[1:-2]
    assert len(sequence) < 200


class SlowModel:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        if connection.request.target != "/api/chat":
            await replies(200, b'{"version":"1","models":[{"name":"m"}]}', JSON)(connection)
            return
        await connection.head(200, NDJSON)
        await connection.body(b'{"message":{"content":"SECRET "}}\n')
        await self.may_answer.wait()
        await connection.body(b'{"message":{"content":"END."},"done":true,"done_reason":"stop"}\n')
        await connection.end()


@pytest.fixture
async def notified(
    program: Program, start_server: StartServer, start_app: StartApp, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, bool], Awaitable[list[str]]]:
    """Asks a prompt with a value of `notify`, while the terminal has the focus or not; returns what was written."""
    for name in ("TMUX", "TERM", "TERM_PROGRAM", "LC_TERMINAL", "VTE_VERSION", "KITTY_WINDOW_ID", "WEZTERM_PANE"):
        monkeypatch.delenv(name, raising=False)

    async def ask(how: str, has_focus: bool) -> list[str]:
        model = SlowModel()
        server = await start_server(model)
        program.use_server(server.url)
        program.configure(f'notify = "{how}"\n{program.config.read_text()}')
        app = await start_app(model="m")
        written: list[str] = []
        # The driver without a terminal has no such method.
        monkeypatch.setattr(app.app._driver, "notify_user", written.append, raising=False)
        await app.ask("hello")
        await app.until(lambda: "SECRET" in app.log.text)
        # What the terminal's report of its focus does.
        app.app.app_focus = has_focus
        model.may_answer.set()
        await app.answered()
        return written

    return ask


async def test_desktop_is_notified_with_the_title_only(notified: Callable[[str, bool], Awaitable[list[str]]]) -> None:
    assert await notified("desktop", False) == ["\x1b]9;llm-tui: hello is answered\x1b\\"]


async def test_bell_rings_once(notified: Callable[[str, bool], Awaitable[list[str]]]) -> None:
    assert await notified("bell", False) == ["\x07"]


async def test_nothing_is_sent_while_the_terminal_has_the_focus(
    notified: Callable[[str, bool], Awaitable[list[str]]],
) -> None:
    assert await notified("desktop", True) == []


async def test_nothing_is_sent_unless_asked_for(notified: Callable[[str, bool], Awaitable[list[str]]]) -> None:
    assert await notified("off", False) == []
