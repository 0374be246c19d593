"""The time from Ctrl+C to the closed connection, on a real terminal: `python -m tests.benchmarks.cancelling`.

Uses Ctrl+C because Textual recognizes Esc only after `ESCDELAY`, 20 ms.
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


async def _streams_forever(connection: Connection) -> None:
    await connection.head(200)
    while True:
        await connection.body(WORD * 50)
        # Else a closed connection is never noticed, because sending does not wait then.
        await asyncio.sleep(0)


STAGES: dict[str, tuple[Script, str]] = {
    "before the headers": (hangs, "waiting for the first token"),
    "before the first token": (hangs_after(), "waiting for the first token"),
    "during a slow answer": (hangs_after(WORD), "Hel"),
    "during a fast answer": (_streams_forever, "Hel"),
}
"""By stage: the script of the server, and the text on the screen at which to press Ctrl+C."""


def _answers_status_requests(script: Script) -> Script:
    """Responds to GET, which the app also sends while it waits for an answer. Runs the script for prompts."""
    version = replies(200, b'{"version":"1"}', JSON)

    async def respond(connection: Connection) -> None:
        await (version if connection.request.method == "GET" else script)(connection)

    return respond


async def _measure() -> None:
    for stage, (script, text) in STAGES.items():
        times_ms = []
        with tempfile.TemporaryDirectory() as folder:
            program = Program(Path(folder))
            async with FaultServer(_answers_status_requests(script)) as server:
                program.use_server(server.url)
                async with on_terminal(program, "--model", "m") as terminal:
                    await terminal.shows("Write a prompt")
                    for _ in range(RUNS):
                        since = len(terminal.received)
                        terminal.type("hi\r")
                        await terminal.shows(text, since)
                        await asyncio.sleep(0.3)
                        prompts = [request for request in server.requests if request.method == "POST"]
                        pressed_at = time.perf_counter()
                        terminal.type("\x03")
                        await prompts[-1].disconnected.wait()
                        times_ms.append((time.perf_counter() - pressed_at) * 1000)
                        await terminal.shows("Stopped", since)
                        # Clear the prompt: it is restored if the answer is empty.
                        terminal.type("\x01\x0b")
        low, middle, high = min(times_ms), statistics.median(times_ms), max(times_ms)
        print(f"{stage}: {low:.1f} / {middle:.1f} / {high:.1f} ms (min / median / max of {RUNS})", flush=True)


if __name__ == "__main__":
    asyncio.run(_measure())
