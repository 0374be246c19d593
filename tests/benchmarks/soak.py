"""A soak test that looks for leaks: `python -m tests.benchmarks.soak [TURNS]`.

Runs turns through the app against a server that often fails, and stops some of them at random. Prints the memory, open
files, tasks and threads of this process, which also runs the server.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import tempfile
import threading
from pathlib import Path

from tests.fault_server import JSON, Connection, FaultServer, Script
from tests.program import Program
from tests.ui.running import RunningApp, running

TURNS = 2000
REPORT_AT = (0.1, 1.0)
"""The shares of the turns after which resources are printed."""
TURNS_PER_CONVERSATION = 20

WORD = b'{"message":{"content":"lorem ipsum **dolor** sit amet, "},"done":false}\n'
END = b'{"message":{"content":""},"done":true,"done_reason":"stop","eval_count":9}\n'


def main(turns: int) -> None:
    """Run the turns, and print the resources in use."""
    asyncio.run(_soak(turns))


async def _soak(turns: int) -> None:
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        async with FaultServer(_random_script(rng)) as server:
            program.use_server(server.url, more="timeouts = { idle = 0.3, first_token = 0.3 }\n")
            async with running(program, model="m", size=(100, 30)) as app:
                await app.ready()
                for turn in range(1, turns + 1):
                    await _turn(app, rng)
                    server.requests.clear()
                    if turn % TURNS_PER_CONVERSATION == 0:
                        await app.press("ctrl+n")
                    if turn in [round(turns * share) for share in REPORT_AT]:
                        print(f"turn {turn:,}: {_resources()}", flush=True)


async def _turn(app: RunningApp, rng: random.Random) -> None:
    """Send a prompt, and stop some of the answers."""
    if rng.random() < 0.1 and app.session.conversation.messages:
        await app.press(rng.choice(["f5", "f7"]))
    else:
        # The prompt may not be empty: it is restored after an empty answer.
        app.prompt.text = "hi"
        await app.press("enter")
    if rng.random() < 0.25:
        await asyncio.sleep(rng.random() * 0.05)
        await app.press("escape")
    await app.answered()


def _random_script(rng: random.Random) -> Script:
    async def script(connection: Connection) -> None:
        if connection.request.method == "GET":
            await connection.head(200, JSON)
            await connection.body(b'{"version":"1"}')
            await connection.end()
            return
        outcome = rng.random()
        if outcome < 0.05:
            connection.reset()
            return
        if outcome < 0.1:
            await connection.head(503, JSON)
            await connection.body(b'{"error":"busy"}')
            await connection.end()
            return
        await connection.head(200)
        await connection.body(*[WORD] * rng.randint(0, 60))
        if outcome < 0.15:
            connection.close()
        elif outcome < 0.2:
            await connection.body(b'{"error":"it broke"}\n')
            await connection.end()
        elif outcome < 0.22:
            return
        elif outcome < 0.25:
            await connection.body(b"<html>garbage\n")
        else:
            await connection.body(END)
            await connection.end()

    return script


def _resources() -> str:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    files = [os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()]
    sockets = sum("socket:" in name for name in files)
    return (
        f"{pages * os.sysconf('SC_PAGE_SIZE') / 2**20:.1f} MB resident, {sockets} sockets, {len(files)} files, "
        f"{len(asyncio.all_tasks())} tasks, {threading.active_count()} threads"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS)
