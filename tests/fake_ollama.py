"""A fake of Ollama 0.40 on real sockets: what it reports about models, and how it downloads, loads and deletes them.

Source: https://docs.ollama.com/api
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fault_server import JSON, NDJSON, Connection, FaultServer, replies

GIBIBYTE = 2**30


@dataclass
class Layer:
    """A part of a model that is downloaded by itself."""

    digest: str
    size: int

    done: int = 0
    """Downloaded bytes, which stay when a download stops."""


@dataclass
class FakeOllama:
    """The state of the server. `serve` is its script."""

    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The responses of `/api/show`, by the names of the models on disk."""

    running: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Rows of `/api/ps` by name."""

    catalogue: dict[str, list[Layer]] = field(default_factory=dict)
    """The models that can be downloaded."""

    disk_bytes: int = 1 << 50
    """Free space on the disk."""

    step_bytes: int = 1_000
    """Bytes that are downloaded between two reports."""

    steps: asyncio.Semaphore | None = None
    """One permit for each report of a download, which makes it as slow as the test wants. None for no limit."""

    cut_after: int | None = None
    """Close the connection after so many reports of a download, once. None for never."""

    pulls: int = 0
    """Downloads that run now."""

    def allow_steps(self, count: int) -> None:
        """Let a slow download go on for so many reports."""
        assert self.steps is not None
        for _ in range(count):
            self.steps.release()

    async def serve(self, connection: Connection) -> None:
        """Respond to one request."""
        request = connection.request
        body = json.loads(request.body) if request.body else {}
        model = body.get("model", "")
        match request.method, request.target:
            case "GET", "/api/version":
                await _send(connection, {"version": "0.40.12"})
            case "GET", "/api/tags":
                await _send(connection, {"models": [self._row(name) for name in self.shown]})
            case "GET", "/api/ps":
                await _send(connection, {"models": list(self.running.values())})
            case "POST", "/api/show" if model in self.shown:
                await _send(connection, self.shown[model])
            case "POST", "/api/pull":
                self.pulls += 1
                try:
                    await self._pull(connection, model)
                finally:
                    self.pulls -= 1
            case "DELETE", "/api/delete" if model in self.shown:
                del self.shown[model]
                await replies(200)(connection)
            case "POST", "/api/copy" if body["source"] in self.shown:
                self.shown[body["destination"]] = self.shown[body["source"]]
                await replies(200)(connection)
            case "POST", "/api/chat" if model in self.shown and body["messages"] == []:
                await self._load(connection, body)
            case _:
                await _send(connection, {"error": f"model '{model or body.get('source')}' not found"}, 404)

    def _row(self, name: str) -> dict[str, Any]:
        shown = self.shown[name]
        size = 384 if "remote_model" in shown else 4_700_000_000
        return {"name": name, "model": name, "size": size} | {
            key: shown[key] for key in ("details", "capabilities", "remote_model", "remote_host") if key in shown
        }

    async def _load(self, connection: Connection, body: dict[str, Any]) -> None:
        name = body["model"]
        if body.get("keep_alive") == 0:
            self.running.pop(name, None)
            reason = "unload"
        else:
            context = body.get("options", {}).get("num_ctx", 4096)
            self.running[name] = {"name": name, "size": 4 * GIBIBYTE, "size_vram": GIBIBYTE, "context_length": context}
            self.running[name]["expires_at"] = "2026-11-30T12:05:00.123456789Z"
            reason = "load"
        message = {"role": "assistant", "content": ""}
        await _send(connection, {"model": name, "message": message, "done_reason": reason, "done": True})

    async def _pull(self, connection: Connection, model: str) -> None:
        await connection.head(200, NDJSON)

        async def report(**fields: object) -> None:
            await connection.body(json.dumps(fields).encode() + b"\n")

        await report(status="pulling manifest")
        if model not in self.catalogue:
            await report(error="pull model manifest: file does not exist")
            await connection.end()
            return
        for layer in self.catalogue[model]:
            status = {"status": f"pulling {layer.digest[7:19]}", "digest": layer.digest, "total": layer.size}
            # The count is left out while it is 0.
            await report(**status, **({"completed": layer.done} if layer.done else {}))
            while layer.done < layer.size:
                if self.steps is not None:
                    await self.steps.acquire()
                step = min(self.step_bytes, layer.size - layer.done)
                if step > self.disk_bytes:
                    await report(error=f"write /models/blobs/{layer.digest}-partial: no space left on device")
                    await connection.end()
                    return
                self.disk_bytes -= step
                layer.done += step
                await report(**status, completed=layer.done)
                if self.cut_after is not None:
                    self.cut_after -= 1
                    if self.cut_after == 0:
                        self.cut_after = None
                        connection.close()
                        return
        await report(status="verifying sha256 digest")
        await report(status="writing manifest")
        self.shown[model] = {"capabilities": ["completion"], "details": {"parameter_size": "8.0B"}}
        await report(status="success")
        await connection.end()


@asynccontextmanager
async def running_ollama(fake: FakeOllama) -> AsyncIterator[FaultServer]:
    """The server of a fake, running."""
    async with FaultServer(fake.serve) as server:
        yield server


async def _send(connection: Connection, value: object, status: int = 200) -> None:
    await replies(status, json.dumps(value).encode(), JSON)(connection)
