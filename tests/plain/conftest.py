"""The plain chat as a process, on a pseudo-terminal and in pipes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from tests.fault_server import FaultServer
from tests.program import CompletedRun, Program
from tests.terminal import Terminal, on_terminal

YOU = "You: "


class PlainTerminal:
    """The plain chat on a pseudo-terminal. What was waited for once is not found again."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._position = 0

    async def hears(self, text: str) -> None:
        """Wait until a text is written, behind those that were heard before."""
        # The bytes, not the picture: an emulator pads rows with blanks, and shows "You: " before its blank arrives.
        wanted = text.encode()
        await self.terminal.until(lambda received: wanted in received, self._position)
        self._position = self.terminal.received.index(wanted, self._position) + len(wanted)

    async def enter(self, line: str, prompt: str = YOU) -> None:
        """Type a line when it is asked for."""
        await self.hears(prompt)
        self.terminal.type(f"{line}\r")

    async def quit(self) -> str:
        """Quit; returns all that was written, with the line ends of a file."""
        await self.hears(YOU)
        self.terminal.type("\x04")
        assert await self.terminal.ended() == 0
        return self.text

    @property
    def text(self) -> str:
        """All that was written, with the line ends of a file."""
        return self.terminal.received.decode().replace("\r\n", "\n")


class StartPlain(Protocol):
    """The fixture `start_plain`."""

    async def __call__(self, *arguments: str, term: str = ...) -> PlainTerminal:
        """Start `llm-tui --plain` on a terminal."""


@pytest.fixture
async def start_plain(program: Program) -> AsyncIterator[StartPlain]:
    """Starts the plain chat on pseudo-terminals. It is killed at the end of the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*arguments: str, term: str = "xterm-256color") -> PlainTerminal:
            options = arguments if term == "dumb" else ("--plain", *arguments)
            return PlainTerminal(await stack.enter_async_context(on_terminal(program, *options, term=term)))

        yield start


async def plain(program: Program, *lines: str, arguments: tuple[str, ...] = ()) -> CompletedRun:
    """Run the plain chat in pipes, with some lines as its input."""
    return await program.run("--plain", *arguments, piped="".join(f"{line}\n" for line in lines).encode())


def prompts_of(server: FaultServer) -> list[str]:
    """The last prompt of each chat request."""
    chats = [request for request in server.requests if request.target == "/api/chat"]
    return [request.json["messages"][-1]["content"] for request in chats]
