"""Runs llm-tui as a process of its own, with its own config and data folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import fork_server

# A test runner may set the terminal size in the environment, which would hide the size of the terminal under test.
_UNSET = ("OLLAMA_HOST", "LLM_TUI_CONFIG", "LLM_TUI_DATA_DIR", "LLM_TUI_DEBUG", "COLUMNS", "LINES")


@dataclass(frozen=True, slots=True)
class CompletedRun:
    """The result of a run."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects in its output, one per line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def joined(self, event_type: str) -> str:
        """The joined text of all events of a type."""
        return "".join(event["text"] for event in self.events if event["type"] == event_type)


class Program:
    """Runs `llm-tui` with a config file."""

    def __init__(self, folder: Path) -> None:
        """Args:
        folder: The folder for the config file and the data folder.
        """
        self.config = folder / "config.toml"
        self.data = folder / "data"

    def configure(self, text: str) -> None:
        """Write the config file."""
        self.config.write_text(text)

    def use_server(self, url: str, kind: str = "ollama", more: str = "") -> None:
        """Configure one provider, `server`, as the default, with short waits between retries."""
        self.configure(
            f'provider = "server"\n[retry]\nbackoff_initial = 0.01\nbackoff_max = 0.01\n'
            f'[providers.server]\ntype = "{kind}"\nbase_url = "{url}"\n{more}'
        )

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a run, without proxies and settings of the machine."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in _UNSET and not name.lower().endswith("_proxy")
        }
        return inherited | {"LLM_TUI_CONFIG": str(self.config), "LLM_TUI_DATA_DIR": str(self.data), **(more or {})}

    async def start(
        self, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL, **more: str
    ) -> asyncio.subprocess.Process:
        """Start llm-tui.

        Args:
            arguments: The command line.
            stdin: As for a subprocess.
            more: Additional environment variables.
        """
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tui",
            *arguments,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment(more),
        )

    async def run(self, *arguments: str, piped: bytes | None = None, **more: str) -> CompletedRun:
        """Run llm-tui to its end.

        Args:
            arguments: The command line.
            piped: The piped input. None closes standard input immediately.
            more: Additional environment variables.
        """
        # Another interpreter's modules cannot be had from a process that has imported its own.
        if fork_server.CAN_FORK and "PYTHONPATH" not in more:
            return CompletedRun(*await fork_server.run(arguments, self.environment(more), piped or b""))
        process = await self.start(*arguments, stdin=asyncio.subprocess.PIPE, **more)
        out, err = await process.communicate(piped or b"")
        assert process.returncode is not None
        return CompletedRun(process.returncode, out.decode(), err.decode())

    async def interrupt(
        self, process: asyncio.subprocess.Process, when: Callable[[bytes], bool], number: int = signal.SIGINT
    ) -> CompletedRun:
        """Send a signal, by default that of Ctrl+C, as soon as `when` is true of the output, and wait for the end."""
        assert process.stdout is not None
        assert process.stderr is not None
        out = b""
        while not when(out):
            data = await process.stdout.read(65_536)
            assert data, "llm-tui ended before it could be interrupted"
            out += data
        process.send_signal(number)
        out += await process.stdout.read()
        err = await process.stderr.read()
        return CompletedRun(await process.wait(), out.decode(), err.decode())
