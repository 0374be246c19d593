"""A fake of LM Studio 0.4 on real sockets: its lists of models, and how it downloads, loads and unloads them.

Source: https://lmstudio.ai/docs/developer/rest
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fault_server import EVENT_STREAM, JSON, Connection, FaultServer, replies, streams
from tests.providers.bodies import delta, sse


def row(key: str, *instances: object, **fields: Any) -> dict[str, Any]:
    """A row of `/api/v1/models`."""
    return {
        "type": "llm",
        "key": key,
        "display_name": key.title(),
        "quantization": {"name": "Q4_K_M", "bits_per_weight": 4},
        "size_bytes": 2_500_000_000,
        "params_string": "4B",
        "loaded_instances": list(instances),
        "max_context_length": 40_960,
        "capabilities": {"vision": False, "trained_for_tool_use": False},
        **fields,
    }


def instance(name: str, context: int) -> dict[str, Any]:
    """A loaded instance of a model."""
    return {"id": name, "config": {"context_length": context}}


@dataclass
class FakeLMStudio:
    """The state of the server. `serve` is its script."""

    rows: list[dict[str, Any]]

    apis: frozenset[str] = frozenset({"v1", "v0", "openai"})
    """The APIs that it has. Before 0.4 there was no `v1`, before 0.3.6 no `v0`."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    """The states of a download: the first in response to its start, then one for each question."""

    answered: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of the requests for answers."""

    async def serve(self, connection: Connection) -> None:
        """Respond to one request."""
        request = connection.request
        body = json.loads(request.body) if request.body else {}
        own_api = "v1" if request.target.startswith("/api/v1/") else "v0" if "/v0/" in request.target else "openai"
        if own_api not in self.apis:
            await self._unexpected(connection)
            return
        match request.method, request.target:
            case "GET", "/api/v1/models":
                await _send(connection, {"models": self.rows})
            case "GET", "/api/v0/models":
                states = {True: "loaded", False: "not-loaded"}
                rows = [{"id": each["key"], "state": states[bool(each["loaded_instances"])]} for each in self.rows]
                await _send(connection, {"data": rows})
            case "GET", "/v1/models":
                await _send(connection, {"data": [{"id": each["key"]} for each in self.rows]})
            case "POST", "/v1/chat/completions":
                self.answered.append(body)
                await streams(sse(delta("Hello", finish="stop"), "[DONE]"), content_type=EVENT_STREAM)(connection)
            case "POST", "/api/v1/models/load":
                await self._load(connection, body)
            case "POST", "/api/v1/models/unload":
                for each in self.rows:
                    loaded = each["loaded_instances"]
                    each["loaded_instances"] = [one for one in loaded if one["id"] != body["instance_id"]]
                await _send(connection, {"instance_id": body["instance_id"]})
            case "POST", "/api/v1/models/download":
                await _send(connection, self.jobs.pop(0))
            case "GET", target if target.startswith("/api/v1/models/download/status/"):
                await _send(connection, self.jobs.pop(0))
            case _:
                await self._unexpected(connection)

    async def _load(self, connection: Connection, body: dict[str, Any]) -> None:
        found = next((each for each in self.rows if each["key"] == body["model"]), None)
        if found is None:
            error = {"type": "model_not_found", "message": f"Model not found: {body['model']}"}
            await _send(connection, {"error": error}, 404)
            return
        name = found["key"] if not found["loaded_instances"] else f"{found['key']}:2"
        found["loaded_instances"].append(instance(name, body.get("context_length", 4096)))
        await _send(connection, {"type": "llm", "instance_id": name, "load_time_seconds": 1.5, "status": "loaded"})

    async def _unexpected(self, connection: Connection) -> None:
        request = connection.request
        # With status 200.
        await _send(connection, {"error": f"Unexpected endpoint or method. ({request.method} {request.target})"})


@asynccontextmanager
async def running_lmstudio(fake: FakeLMStudio) -> AsyncIterator[FaultServer]:
    """The server of a fake, running."""
    async with FaultServer(fake.serve) as server:
        yield server


async def _send(connection: Connection, value: object, status: int = 200) -> None:
    await replies(status, json.dumps(value).encode(), JSON)(connection)
