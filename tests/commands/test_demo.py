"""`llm-tui demo`."""

from __future__ import annotations

import re
import signal

from tests.program import Program


async def test_demo_serves_at_its_printed_address_until_ctrl_c(program: Program) -> None:
    process = await program.start("demo")
    assert process.stdout is not None
    assert process.stderr is not None
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found is not None
    program.use_server(found.group())
    asked = await program.run("ask", "hello", "--model", "echo")
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    assert await process.stderr.read() == b""
    assert asked.out == "hello\n"


async def test_port_in_use_is_reported(program: Program) -> None:
    process = await program.start("demo")
    assert process.stdout is not None
    port = re.findall(rb":(\d+)", await process.stdout.readline())[0].decode()
    result = await program.run("demo", "--port", port)
    process.terminate()
    await process.communicate()
    assert result.code == 2
    assert port in result.err
