"""A tool server over streamable HTTP: the SDK's own.

Usage: http_server.py PORT FOLDER. It prints a line when it listens.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from pydantic import BaseModel
from starlette.requests import Request

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])


def record(**event: Any) -> None:
    with (FOLDER / "record").open("a") as file:
        file.write(json.dumps(event) + "\n")


server = MCPServer("http test")


class Name(BaseModel):
    name: str


async def ask_name() -> Elicit[Name]:
    return Elicit("Your name?", Name)


@server.tool()
async def greet(name: Annotated[Name, Resolve(ask_name)]) -> str:
    """Greet the user by name."""
    return f"Hello, {name.name}"


@server.tool()
async def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool()
async def big(size: int) -> str:
    """Say much."""
    return "x" * size


@server.tool()
async def header(ctx: Context, name: str) -> str:
    """A header of the request."""
    request = ctx.request_context.request
    assert isinstance(request, Request)
    return str(request.headers.get(name, ""))


@server.tool()
async def wait() -> str:
    """Wait until it is cancelled."""
    record(waiting=True)
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        record(cancelled=True)
        raise
    return "never"


@server.tool()
async def grow(ctx: Context) -> str:
    """Add a tool."""

    async def grown() -> str:
        return "grown"

    server.add_tool(grown, name="grown", description="New.")
    await ctx.notify_tools_changed()
    return "done"


class Announcing(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print("listening", flush=True)


if __name__ == "__main__":
    app = server.streamable_http_app()
    asyncio.run(Announcing(uvicorn.Config(app, port=PORT, log_level="error")).serve())
