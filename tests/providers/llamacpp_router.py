"""A router of llama.cpp, as far as its models are concerned, on real sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fault_server import EVENT_STREAM, Connection, replies


class LlamaCppRouter:
    """Lists models with their states, and sends the events that a test puts into its queue.

    `FaultServer(router.script)` serves it.
    """

    def __init__(self, **states: str) -> None:
        """Args:
        states: The state of each model, by its name.
        """
        self.rows: dict[str, dict[str, Any]] = {name: {"value": state} for name, state in states.items()}
        """The `status` of each model."""
        self.more: dict[str, dict[str, Any]] = {}
        """More fields of the rows, by model."""
        self.events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        """What `/models/sse` sends; None ends the stream."""
        self.has_events = True
        """False for a version without `/models/sse`."""
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        """Status and body by method and path, for other requests and those that fail."""
        self.lists = 0
        """How often the models were listed."""
        self.posted: list[tuple[str, Any]] = []
        """Path and body of each POST request."""

    def set_state(self, model: str, value: str, **status: Any) -> None:
        """Change the state of a model."""
        self.rows[model] = {"value": value, **status}

    async def script(self, connection: Connection) -> None:
        """Answer one request."""
        request = connection.request
        target = urlsplit(request.target)
        key = (request.method, target.path)
        if request.method == "POST":
            self.posted.append((target.path, request.json))
        if key in self.answers:
            status, body = self.answers[key]
            await replies(status, json.dumps(body).encode())(connection)
        elif key == ("GET", "/models/sse") and self.has_events:
            await self._send_events(connection)
        elif key in (("GET", "/v1/models"), ("GET", "/models")):
            await replies(200, json.dumps({"data": self._list()}).encode())(connection)
        elif request.method in ("POST", "DELETE"):
            if request.method == "DELETE":
                del self.rows[parse_qs(target.query)["model"][0]]
            await replies(200, b'{"success": true}')(connection)
        else:
            await replies(404, b'{"error": {"message": "File Not Found", "code": 404}}')(connection)

    def _list(self) -> list[dict[str, Any]]:
        self.lists += 1
        return [
            {"id": name, "owned_by": "llamacpp", "status": status, **self.more.get(name, {})}
            for name, status in self.rows.items()
        ]

    async def _send_events(self, connection: Connection) -> None:
        await connection.head(200, EVENT_STREAM)
        await connection.body(b": hello\nunknown: field\n\n")
        while (event := await self.events.get()) is not None:
            await connection.body(f"data: {json.dumps(event)}\n\n".encode())
        await connection.end()


def progress(model: str, value: object, stages: object = ("text_model",), current: object = "text_model") -> Any:
    """The event for a model that is loaded in part."""
    data = {"status": "loading", "progress": {"stages": stages, "current": current, "value": value}}
    return {"model": model, "event": "status_change", "data": data}
