"""A program with tool servers: client_program.py FOLDER FAULT ... It prints a line when they run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.tools.conftest import LIMITS, stdio_options
from tui.tools.options import ToolServerConfig
from tui.tools.servers import ToolServers


async def main() -> None:
    options = stdio_options(Path(sys.argv[1]), *sys.argv[2:], mode="legacy")
    servers = ToolServers(ToolServerConfig({"test": options}, LIMITS))
    starting = asyncio.create_task(servers.specs())
    try:
        if "hang" not in sys.argv:
            await starting
        print("ready", flush=True)
        if "forget" in sys.argv:
            return
        await asyncio.sleep(600)
    finally:
        print("closing", flush=True)
        if "forget" not in sys.argv:
            await servers.aclose()
        starting.cancel()
        print("closed", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
