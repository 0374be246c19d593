"""A server that records prompts."""

from __future__ import annotations

import json
from typing import Any

from tests.fault_server import JSON, Connection, replies


class RecordingServer:
    """A server with three models. It answers every prompt with "Seen." and records the prompts."""

    def __init__(self, *capabilities: str) -> None:
        self.capabilities = capabilities
        self.prompts: list[dict[str, Any]] = []

    async def __call__(self, connection: Connection) -> None:
        target = connection.request.target
        if target.endswith("/chat"):
            self.prompts.append(connection.request.json["messages"][-1])
            await connection.head(200)
            await connection.body(b'{"message":{"content":"Seen."},"done":true,"done_reason":"stop"}\n')
            await connection.end()
        elif target.endswith("/show"):
            await replies(200, json.dumps({"capabilities": self.capabilities}).encode(), JSON)(connection)
        elif target.endswith("/tags"):
            rows = [{"name": name, "model": name} for name in ("llama", "llava", "qwen")]
            await replies(200, json.dumps({"models": rows}).encode(), JSON)(connection)
        else:
            await replies(200, b'{"version":"1"}', JSON)(connection)
