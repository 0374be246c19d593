"""Recorded responses of real servers, each with the expected result.

The recordings are not in the repository: many come from public repositories and may not be redistributed. The
environment variable `LLM_TUI_CAPTURES` names their folder.
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

_MAX_PIECES = 60


@dataclass(frozen=True)
class Capture:
    """A recorded response and its expected result."""

    name: str
    """Folders and file name without suffix: `ollama/chat-gemma3`, `reports/openai/done-bare`."""

    protocol: str
    """`ollama-chat`, `ollama-generate`, `ollama-pull` or `openai-chat`."""

    status: int
    headers: dict[str, str]

    complete: bool
    """Whether the response ended properly. False if the connection broke after the body."""

    streams: bool
    """Whether the request asked for streaming."""

    body: bytes
    """The response body, without transfer encoding."""

    expected: dict[str, Any]
    """`content`, `thinking`, `tool_calls`, `finish_reason`, `usage`, and `error` or None."""

    tags: frozenset[str]
    """`lenient` and `not-understood` change what is accepted, see `may_be_refused` and `accepted_content`."""

    def __str__(self) -> str:
        return self.name

    @property
    def may_be_refused(self) -> bool:
        """Whether any error is accepted instead of the expected answer, because no standard covers the response."""
        return "lenient" in self.tags and self.expected["error"] is None

    @property
    def accepted_content(self) -> str | None:
        """The content that is accepted as a complete answer instead of the expected error. None if there is none."""
        content = self.expected.get("or_content") if "not-understood" in self.tags else None
        assert content is None or isinstance(content, str)
        return content

    def served(self, pieces: list[bytes]) -> Script:
        """A server script that sends the response in these pieces."""
        # The recorded body has no framing any more, so drop the headers that describe it.
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
        """The body as single bytes."""
        return [self.body[at : at + 1] for at in range(len(self.body))]

    def in_pieces(self) -> list[bytes]:
        """The body in random pieces, the same on every run."""
        rng = random.Random(self.name)
        count = rng.randint(1, min(_MAX_PIECES, len(self.body) + 1))
        cuts = sorted(rng.randint(0, len(self.body)) for _ in range(count))
        return [self.body[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(self.body)], strict=True)]


_PATTERNS = ("*/*.json", "reports/*/*.json")

_UNUSED = frozenset({"lmstudio-v1-chat"})
"""Protocols of captures that llm-tui does not speak; `tui/providers/lmstudio.py` says why."""

_FRAMING = ("transfer-encoding", "content-length", "connection", "keep-alive", "content-encoding")


def read_captures() -> list[Capture]:
    """All captures, sorted by name. Empty if the environment variable is not set."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return []
    paths = (path for pattern in _PATTERNS for path in sorted(Path(folder).glob(pattern)))
    found = [_read(path, Path(folder)) for path in paths]
    assert found, f"{VARIABLE} names {folder}, which contains no captures"
    return [capture for capture in found if capture.protocol not in _UNUSED]


def _read(path: Path, folder: Path) -> Capture:
    description = json.loads(path.read_bytes())
    return Capture(
        name=str(path.relative_to(folder).with_suffix("")),
        protocol=description["protocol"],
        status=description["status"],
        headers=description["headers"],
        complete=description["complete"],
        streams=description["stream"],
        body=path.with_suffix(".body").read_bytes(),
        expected=description["expect"],
        tags=frozenset(description["tags"]),
    )
