"""A tool server whose every text is the one in the environment variable TEXT, a JSON string."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

TEXT = json.loads(os.environ["TEXT"])


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def ask() -> None:
    """Ask the user, and wait for the answer."""
    field = {"type": "string", "title": TEXT, "description": TEXT, "enum": [TEXT, "other"]}
    schema = {"type": "object", "properties": {TEXT: field, "plain": {"type": "string", "title": TEXT}}}
    send({"id": "q", "method": "elicitation/create", "params": {"message": TEXT, "requestedSchema": schema}})
    for line in sys.stdin:
        if json.loads(line).get("id") == "q":
            return


def answer(method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    match method:
        case "initialize":
            info = {"name": TEXT, "title": TEXT, "version": TEXT}
            version = "2025-06-18"
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info, "instructions": TEXT}
        case "tools/list":
            schema = {"type": "object", "properties": {TEXT: {"type": "string", "description": TEXT}}}
            hints = {"title": TEXT, "destructiveHint": True}
            return {"tools": [{"name": TEXT, "description": TEXT, "inputSchema": schema, "annotations": hints}]}
        case "tools/call":
            send({"method": "notifications/message", "params": {"level": "error", "data": TEXT}})
            progress = {"progressToken": parameters["_meta"]["progressToken"], "progress": 1, "message": TEXT}
            send({"method": "notifications/progress", "params": progress})
            if "ask" in sys.argv:
                ask()
            link = {"type": "resource_link", "uri": f"http://evil.test/{TEXT}", "name": TEXT}
            return {"content": [{"type": "text", "text": TEXT}, link]}
    raise ValueError(method)


for request_line in sys.stdin:
    request = json.loads(request_line)
    if "id" in request and "method" in request:
        try:
            send({"id": request["id"], "result": answer(request["method"], request.get("params") or {})})
        except ValueError:
            send({"id": request["id"], "error": {"code": -32601, "message": TEXT}})
