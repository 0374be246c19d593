"""Servers as discovery finds them, which record every request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.fault_server import EVENT_STREAM, JSON, Connection, Script, replies

OLLAMA: Final[Mapping[str, Any]] = {
    "/v1/models": {"object": "list", "data": [{"id": "llama3.2", "owned_by": "library"}]},
    "/api/version": {"version": "0.40.2"},
    "/api/tags": {"models": [{"name": "llama3.2", "model": "llama3.2"}]},
    "/api/ps": {"models": []},
    "/api/show": {"model_info": {"llama.context_length": 131_072}, "capabilities": ["completion"]},
}
LM_STUDIO: Final[Mapping[str, Any]] = {
    "/v1/models": {"object": "list", "data": [{"id": "gemma", "owned_by": "organization_owner"}]},
    "/api/v1/models": {"models": [{"key": "gemma", "type": "llm", "loaded_instances": []}]},
    "/api/v0/models": {"object": "list", "data": [{"id": "gemma", "type": "llm", "state": "not-loaded"}]},
}
LLAMA_CPP: Final[Mapping[str, Any]] = {
    "/v1/models": {"object": "list", "data": [{"id": "smol", "owned_by": "llamacpp", "status": {"value": "sleeping"}}]},
    "/props": {"build_info": "b11434-abc", "role": "router"},
}
VLLM: Final[Mapping[str, Any]] = {
    "/v1/models": {"object": "list", "data": [{"id": "qwen3", "owned_by": "vllm", "max_model_len": 4096}]},
    "/version": {"version": "0.32.0"},
}
LOCKED: Final = b'{"error":{"message":"An LM Studio API token is required to make requests to this server"}}'


def serving(answers: Mapping[str, Any]) -> Script:
    """A server with JSON under some paths, that answers every prompt for `/v1/chat/completions` with "Hi."."""

    async def script(connection: Connection) -> None:
        target = connection.request.target
        if target.endswith("/chat/completions"):
            chunk = {"choices": [{"delta": {"content": "Hi."}, "finish_reason": "stop"}]}
            await connection.head(200, EVENT_STREAM)
            await connection.body(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
            await connection.end()
        else:
            found = target in answers
            body = json.dumps(answers.get(target, {"error": "not found"})).encode()
            await replies(200 if found else 404, body, JSON)(connection)

    return script
