"""Replies that were recorded from real servers, each with what it should come to.

They are kept outside of the repository: many were taken from public ones, to read and to test against, and are not
ours to pass on. The environment variable `LLM_TUI_CAPTURES` names their folder.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fault_server import Connection, Script

VARIABLE = "LLM_TUI_CAPTURES"

_MOST_PIECES = 60


@dataclass(frozen=True)
class Capture:
    """One reply, and what it should come to."""

    name: str
    """Its folder and its file, without an ending: `ollama/chat-gemma3`."""

    protocol: str
    """`ollama-chat`, `ollama-generate`, `ollama-pull`, `openai-chat` or `lmstudio-v1-chat`."""

    status: int
    headers: dict[str, str]

    complete: bool
    """False: the connection broke after the body."""

    streams: bool
    """Whether streaming was asked for."""

    body: bytes
    """What followed the head, less the transfer coding."""

    expected: dict[str, Any]
    """`content`, `thinking`, `tool_calls`, `finish_reason`, `usage`, and `error` or None."""

    def __str__(self) -> str:
        return self.name

    def served(self, pieces: list[bytes]) -> Script:
        """A server that sends it in these pieces."""
        # Of its own framing nothing is left in the body.
        headers = {name: value for name, value in self.headers.items() if name not in _FRAMING}

        async def script(connection: Connection) -> None:
            await connection.head(self.status, "", headers=headers)
            await connection.body(*pieces)
            if self.complete:
                await connection.end()
            else:
                connection.close()

        return script

    def in_bytes(self) -> list[bytes]:
        """The body in single bytes."""
        return [self.body[at : at + 1] for at in range(len(self.body))]

    def in_pieces(self) -> list[bytes]:
        """The body in pieces that were drawn by lot, and are the same every time."""
        lot = random.Random(self.name)
        count = lot.randint(1, min(_MOST_PIECES, len(self.body) + 1))
        places = sorted(lot.randint(0, len(self.body)) for _ in range(count))
        return [self.body[start:stop] for start, stop in zip([0, *places], [*places, len(self.body)], strict=True)]


_FRAMING = ("transfer-encoding", "content-length", "connection", "keep-alive", "content-encoding")


def read_captures() -> list[Capture]:
    """All of them, by name. None where the environment does not say where they are."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return []
    found = [_read(path, Path(folder)) for path in sorted(Path(folder).glob("*/*.json"))]
    assert found, f"{VARIABLE} names {folder}, where there are no captures"
    return found


def _read(path: Path, folder: Path) -> Capture:
    described = json.loads(path.read_bytes())
    return Capture(
        name=str(path.relative_to(folder).with_suffix("")),
        protocol=described["protocol"],
        status=described["status"],
        headers=described["headers"],
        complete=described["complete"],
        streams=described["stream"],
        body=path.with_suffix(".body").read_bytes(),
        expected=described["expect"],
    )
