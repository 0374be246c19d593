"""A command for an API key that does not end: what it means for the commands that need the key."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.fault_server import eventually
from tests.program import Program

HANGING = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("arguments", ["ask hello", "models", "doctor", "models show x", "models load x"])
async def test_hanging_key_command_is_named_and_ended_by_ctrl_c(
    program: Program, tmp_path: Path, arguments: str
) -> None:
    started = tmp_path / "pid"
    program.use_server(
        "http://127.0.0.1:9",
        "openai",
        more=f"api_key_command = {json.dumps([sys.executable, '-c', HANGING, str(started)])}\n",
    )
    process = await program.start(*arguments.split())
    assert process.stderr is not None
    async with asyncio.timeout(30):
        line = await process.stderr.readline()
    assert line.decode().startswith("llm-tui: Waiting for api_key_command of server, ")
    pid = int(started.read_text())
    assert is_running(pid)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 130
    await eventually(lambda: not is_running(pid))
