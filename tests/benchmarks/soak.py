"""Much work in a short time, and what it leaves behind: `python -m tests.benchmarks.soak [TURNS]`.

Turns through the app, against a server that does what no server should every few requests, stopped at random. Printed
are memory, open files, tasks and threads of this one process, which the server is part of.
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
MARKS = (0.1, 1.0)
"""Shares of the turns after which is counted."""
NEW_AFTER = 20
"""Turns in one conversation."""

WORD = b'{"message":{"content":"lorem ipsum **dolor** sit amet, "},"done":false}\n'
END = b'{"message":{"content":""},"done":true,"done_reason":"stop","eval_count":9}\n'


def main(turns: int) -> None:
    """Work, and print what is left."""
    asyncio.run(_soak(turns))


async def _soak(turns: int) -> None:
    lot = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        async with FaultServer(_anything(lot)) as server:
            program.use_server(server.url, more="timeouts = { idle = 0.3, first_token = 0.3 }\n")
            async with running(program, model="m", size=(100, 30)) as app:
                await app.ready()
                for turn in range(1, turns + 1):
                    await _turn(app, lot)
                    server.requests.clear()
                    if turn % NEW_AFTER == 0:
                        await app.press("ctrl+n")
                    if turn in [round(turns * mark) for mark in MARKS]:
                        print(f"turn {turn:,}: {_left()}", flush=True)


async def _turn(app: RunningApp, lot: random.Random) -> None:
    """Ask something, and let it end, or stop it at some moment."""
    if lot.random() < 0.1 and app.session.conversation.messages:
        await app.press(lot.choice(["f5", "f7"]))
    else:
        # What came to nothing has been given back.
        app.prompt.text = "hi"
        await app.press("enter")
    if lot.random() < 0.25:
        await asyncio.sleep(lot.random() * 0.05)
        await app.press("escape")
    await app.answered()


def _anything(lot: random.Random) -> Script:
    async def script(connection: Connection) -> None:
        if connection.request.method == "GET":
            await connection.head(200, JSON)
            await connection.body(b'{"version":"1"}')
            await connection.end()
            return
        fate = lot.random()
        if fate < 0.05:
            connection.reset()
            return
        if fate < 0.1:
            await connection.head(503, JSON)
            await connection.body(b'{"error":"busy"}')
            await connection.end()
            return
        await connection.head(200)
        await connection.body(*[WORD] * lot.randint(0, 60))
        if fate < 0.15:
            connection.close()
        elif fate < 0.2:
            await connection.body(b'{"error":"it broke"}\n')
            await connection.end()
        elif fate < 0.22:
            return
        elif fate < 0.25:
            await connection.body(b"<html>garbage\n")
        else:
            await connection.body(END)
            await connection.end()

    return script


def _left() -> str:
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
