"""How soon the server sees that an answer was stopped, on a real terminal: `python -m tests.benchmarks.cancelling`.

With Ctrl+C, for an Esc is only known to be one when nothing has followed it for `ESCDELAY`, 20 ms.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from tests.fault_server import JSON, Connection, FaultServer, Script, hangs, hangs_after, replies
from tests.program import Program
from tests.terminal import on_terminal

WORD = b'{"message":{"content":"Hel"},"done":false}\n'
RUNS = 10


async def _floods(connection: Connection) -> None:
    await connection.head(200)
    while True:
        await connection.body(*[WORD] * 50)


STAGES: dict[str, tuple[Script, str]] = {
    "waiting for the head": (hangs, "waiting"),
    "waiting for the first token": (hangs_after(), "waiting"),
    "in the middle of a slow answer": (hangs_after(WORD), "Hel"),
    "in the middle of a flood": (_floods, "Hel"),
}
"""What the server does, and what the screen shows when it is time to stop it."""


async def _measure() -> None:
    version = replies(200, b'{"version":"1"}', JSON)
    for stage, (script, sign) in STAGES.items():
        taken = []
        with tempfile.TemporaryDirectory() as folder:
            program = Program(Path(folder))
            async with FaultServer(version, script) as server:
                program.use_server(server.url)
                async with on_terminal(program, "--model", "m") as terminal:
                    await terminal.shows("Ask something")
                    for _ in range(RUNS):
                        since = len(terminal.received)
                        terminal.type("hi\r")
                        await terminal.shows(sign, since)
                        await asyncio.sleep(0.3)
                        pressed = time.perf_counter()
                        terminal.type("\x03")
                        await server.requests[-1].disconnected.wait()
                        taken.append((time.perf_counter() - pressed) * 1000)
                        await terminal.shows("Stopped", since)
                        # What came to nothing is given back.
                        terminal.type("\x01\x0b")
        low, middle, high = min(taken), statistics.median(taken), max(taken)
        print(f"{stage}: {low:.1f} / {middle:.1f} / {high:.1f} ms (least, median, most of {RUNS})", flush=True)


if __name__ == "__main__":
    asyncio.run(_measure())
