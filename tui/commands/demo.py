"""`llm-tui demo`: only the built-in demo server, in the foreground."""

from __future__ import annotations

import argparse
import asyncio

from tui.demo.server import DemoServer
from tui.errors import UsageError


def run_demo(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    asyncio.run(_serve(arguments.port))
    return 0


async def _serve(port: int) -> None:
    server = DemoServer(port=port)
    try:
        await server.start()
    except OSError as cause:
        raise UsageError(
            f"Port {port} cannot be listened on: {cause.strerror}.", hint="Name another --port, or none for a free one."
        ) from cause
    print(f"The demo server listens at {server.url}. Ctrl+C ends it.", flush=True)
    try:
        await server.serve_forever()
    finally:
        await server.stop()
