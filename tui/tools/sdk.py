"""Whether the SDK is there. Importing it takes more than half a second, so it is done in a thread."""

from __future__ import annotations

import asyncio
import importlib
import logging

from tui.errors import ToolServerError


async def load_sdk() -> None:
    """Import the SDK, and what of ours needs it.

    Raises:
        ToolServerError: If it is not installed, or too old.
    """
    try:
        await asyncio.to_thread(_import)
    except ImportError as cause:
        raise ToolServerError(
            "Tools need the package mcp, version 2.3 or later, which is not installed.",
            hint="Run `pip install 'llm-tui[tools]'`.",
        ) from cause


def _import() -> None:
    # Without a handler, Python prints their warnings to stderr, over the screen, with what servers sent.
    for name in ("mcp", "httpx2", "httpcore2"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    for module in ("tui.tools.client", "tui.tools.results"):
        importlib.import_module(module)
    importlib.import_module("tui.tools.arguments").load()
