"""`llm-tui demo`: the built-in demo server without the chat."""

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
            f"Cannot listen on port {port}: {cause.strerror}.", hint="Choose another --port, or omit it for a free one."
        ) from cause
    print(f"The demo server listens at {server.url}. Press Ctrl+C to stop it.", flush=True)
    try:
        await server.serve_forever()
    finally:
        await server.stop()
