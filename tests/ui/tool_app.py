"""The app with a scripted model that calls tools, and a real tool server."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.fault_server import JSON, NDJSON, Connection, FaultServer, StartServer, replies
from tests.program import Program

STDIO_SERVER = Path(__file__).parents[1] / "tools" / "stdio_server.py"

Calls = Sequence[tuple[str, Mapping[str, Any]]]


class ToolModel:
    """A model that calls tools: for each request, the calls of the next step. Without a step left, it says "Done.".

    An empty name calls the first tool that is offered.
    """

    def __init__(self, *steps: Calls) -> None:
        self.steps = list(steps)
        self.requests: list[dict[str, Any]] = []
        self.capabilities = ["completion", "tools"]
        self.may_answer = asyncio.Event()
        """Cleared while requests wait for their answers."""
        self.may_answer.set()

    async def __call__(self, connection: Connection) -> None:
        target = connection.request.target
        if target == "/api/chat":
            request = connection.request.json
            self.requests.append(request)
            await self.may_answer.wait()
            calls = self.steps.pop(0) if self.steps and request.get("tools") else ()
            offered = [tool["function"]["name"] for tool in request.get("tools") or ()]
            made = [{"function": {"name": name or offered[0], "arguments": arguments}} for name, arguments in calls]
            message = {"content": "Let me see."} if calls else {"content": "Done."}
            await connection.head(200, NDJSON)
            await connection.body(
                json.dumps({"message": {"role": "assistant", **message, "tool_calls": made}}).encode() + b"\n",
                json.dumps({"message": {"content": ""}, "done": True, "done_reason": "stop"}).encode() + b"\n",
            )
            await connection.end()
            return
        known = {
            "/api/tags": {"models": [{"name": "m"}]},
            "/api/show": {"capabilities": self.capabilities, "details": {}, "model_info": {}},
            "/api/version": {"version": "0.40.0"},
            "/api/ps": {"models": []},
        }
        await replies(200, json.dumps(known.get(target, {})).encode(), JSON)(connection)

    @property
    def results(self) -> list[str]:
        """The results in the last request."""
        return [message["content"] for message in self.requests[-1]["messages"] if message["role"] == "tool"]


def config(url: str, folder: Path, *, faults: str = "", allow: Sequence[str] = (), more: str = "") -> str:
    """A config file with the model's server and the tool server `test`, which records in a folder."""
    command = json.dumps([sys.executable, "-I", str(STDIO_SERVER), str(folder)])
    env = f"{{ FAULTS = {json.dumps(faults)} }}"
    return (
        f'provider = "server"\n{more}\n[providers.server]\ntype = "ollama"\nbase_url = "{url}"\n'
        f"[mcp.test]\ncommand = {command}\nenv = {env}\nallow = {json.dumps(list(allow))}\n"
    )


async def use_tools(
    program: Program, start_server: StartServer, model: ToolModel, folder: Path, **options: Any
) -> FaultServer:
    """Configure the program with a model and the tool server."""
    server = await start_server(model)
    program.configure(config(server.url, folder, **options))
    return server
