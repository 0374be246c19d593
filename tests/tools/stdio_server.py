"""A tool server over stdio with the standard library alone, and every fault that the environment asks for.

Usage: stdio_server.py FOLDER. The folder is also the mark by which a test finds its processes.

FAULTS is a list of words, separated by blanks:

    hang            never answers `initialize`
    deaf            never answers a method that it does not know
    exit            ends at the start, with words on stderr
    die-on-unknown  ends at a method that it does not know
    garbage         writes lines that are not JSON before each answer
    bad-byte        writes a byte that is not UTF-8 before each answer
    ignore-end      ignores the end of its input and SIGTERM
    fork            starts a child that outlives it
    daemon          starts a child in a session of its own whose parent has ended
    flood           sends thousands of notifications before each answer
    pages           lists one tool a page
    endless-pages   always says that there is another page
    bad-list        lists something that is not a list of tools
    quiet           changes its tools without saying so
    changed         has changed its tools already, at the start
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
FAULTS = os.environ.get("FAULTS", "").split()
VERSION = os.environ.get("VERSION", "2025-06-18")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SLEEP = "import time; time.sleep(600)"


def tool(name: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    required = sorted(properties or {})
    schema = {"type": "object", "properties": properties or {}, "required": required, "additionalProperties": False}
    return {"name": name, "description": f"The tool {name}.", "inputSchema": schema, **more}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
TOOLS = [
    tool("echo", {"text": TEXT}, annotations={"readOnlyHint": True}),
    tool("add", {"a": NUMBER, "b": NUMBER}),
    tool("blocks"),
    tool("fail"),
    tool("refuse"),
    tool("die"),
    tool("big", {"size": NUMBER}),
    tool("wait"),
    tool("progress"),
    tool("change"),
    tool("environment"),
    tool("ask"),
    tool("sample"),
    tool("malformed"),
    tool("complain", {"text": TEXT}),
]


def send(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    sys.stdout.buffer.flush()


def write(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def record(**event: Any) -> None:
    with (FOLDER / "record").open("a") as file:
        file.write(json.dumps(event) + "\n")


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def ask_client(method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    send({"id": f"server-{method}", "method": method, "params": parameters})
    for line in sys.stdin:
        message: dict[str, Any] = json.loads(line)
        if message.get("id") == f"server-{method}":
            return message
    raise EOFError


def change() -> None:
    TOOLS[0] = tool("echo", {"text": TEXT, "path": TEXT})
    TOOLS.append(tool("new"))


def wait_for_cancellation() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "notifications/cancelled":
            record(cancelled=True)
            return


def call(name: str, arguments: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any] | None:
    """The result of a tool. None sends no answer."""
    match name:
        case "echo":
            return {"content": [text(arguments["text"])]}
        case "add":
            total = {"sum": arguments["a"] + arguments["b"]}
            return {"content": [text(json.dumps(total))], "structuredContent": total}
        case "blocks":
            file = {"uri": "file:///notes.txt", "text": "the notes"}
            blob = {"uri": "file:///data.bin", "mimeType": "application/octet-stream", "blob": "AAEC"}
            link = {"type": "resource_link", "uri": "https://example.org/x", "name": "more"}
            sound = {"type": "audio", "data": base64.b64encode(b"beep").decode(), "mimeType": "audio/wav"}
            image = {"type": "image", "data": PIXEL, "mimeType": "image/png"}
            broken = {"type": "image", "data": "!!", "mimeType": "image/png"}
            resources = [{"type": "resource", "resource": resource} for resource in (file, blob)]
            return {"content": [text("first"), image, broken, sound, *resources, link]}
        case "fail":
            return {"content": [text("It failed\x1b[2J.")], "isError": True}
        case "die":
            sys.stderr.write("The end is near.\n")
            sys.stderr.flush()
            os._exit(3)
        case "big":
            return {"content": [text("x" * arguments["size"])]}
        case "wait":
            record(waiting=True)
            wait_for_cancellation()
            return None
        case "progress":
            for step in (1, 2):
                parameters = {
                    "progressToken": meta["progressToken"],
                    "progress": step,
                    "total": 2,
                    "message": f"{step}",
                }
                send({"method": "notifications/progress", "params": parameters})
            return {"content": [text("done")]}
        case "change":
            change()
            if "quiet" not in FAULTS:
                send({"method": "notifications/tools/list_changed"})
            return {"content": []}
        case "environment":
            return {"content": [text(json.dumps(dict(os.environ)))]}
        case "ask":
            schema = {"type": "object", "properties": {"name": TEXT}}
            answer = ask_client("elicitation/create", {"message": "Your name?", "requestedSchema": schema})
            return {"content": [text(json.dumps(answer.get("result", answer.get("error"))))]}
        case "sample":
            message = {"role": "user", "content": text("Say something.")}
            answer = ask_client("sampling/createMessage", {"messages": [message], "maxTokens": 5})
            return {"content": [text(json.dumps(answer.get("result", answer.get("error"))))]}
        case "malformed":
            return {"content": "not a list"}
        case "complain":
            sys.stderr.write(arguments["text"] + "\n")
            sys.stderr.flush()
            return {"content": []}
        case _:
            return {"content": [text(f"unknown tool {name}")], "isError": True}


def page_of(items: list[Any], cursor: str | None) -> dict[str, Any]:
    if "endless-pages" in FAULTS:
        return {"tools": items, "nextCursor": "again"}
    if "pages" not in FAULTS:
        return {"tools": items}
    index = int(cursor or 0)
    more = {"nextCursor": str(index + 1)} if index + 1 < len(items) else {}
    return {"tools": items[index : index + 1], **more}


def answer(method: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to a request: `result` or `error`. None sends none."""
    match method:
        case "initialize":
            if "hang" in FAULTS:
                return None
            able = {"listChanged": True}
            return {
                "result": {
                    "protocolVersion": VERSION,
                    "capabilities": {"tools": able, "prompts": able, "resources": able},
                    "serverInfo": {"name": "test", "version": "1"},
                    "instructions": "Use echo.",
                }
            }
        case "tools/list":
            if "bad-list" in FAULTS:
                return {"result": {"tools": [{"name": 5}]}}
            return {"result": page_of(TOOLS, parameters.get("cursor"))}
        case "tools/call":
            if parameters["name"] == "refuse":
                return {"error": {"code": -32602, "message": "No, thank you."}}
            result = call(parameters["name"], parameters.get("arguments") or {}, parameters.get("_meta") or {})
            return None if result is None else {"result": result}
        case "prompts/list":
            arguments = [{"name": "code", "description": "The code.", "required": True}]
            return {"result": {"prompts": [{"name": "review", "description": "Review it.", "arguments": arguments}]}}
        case "prompts/get":
            if parameters["name"] != "review":
                return {"error": {"code": -32602, "message": "no such prompt"}}
            messages = [{"role": "user", "content": text(f"Review {parameters['arguments']['code']}.")}]
            return {"result": {"messages": messages}}
        case "resources/list":
            return {"result": {"resources": [{"uri": "test://a", "name": "A", "mimeType": "text/plain"}]}}
        case "resources/templates/list":
            return {"result": {"resourceTemplates": [{"uriTemplate": "test://{name}", "name": "any"}]}}
        case "resources/read":
            contents: list[Any] = [{"uri": parameters["uri"], "text": "content"}]
            contents.append({"uri": parameters["uri"], "mimeType": "image/png", "blob": PIXEL})
            return {"result": {"contents": contents}}
        case _ if "deaf" in FAULTS:
            return None
        case _ if "die-on-unknown" in FAULTS:
            os._exit(1)
        case _:
            return {"error": {"code": -32601, "message": "Method not found"}}


def serve() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        record(method=message.get("method"))
        if "id" not in message or "method" not in message:
            continue
        reply = answer(message["method"], message.get("params") or {})
        if "garbage" in FAULTS:
            write(b"Listening on port 5 ...")
            write(b'{"jsonrpc": "2.0"')
        if "bad-byte" in FAULTS:
            write(b"\xff\xfe")
        if "flood" in FAULTS:
            for number in range(3000):
                send({"method": "notifications/message", "params": {"level": "info", "data": number}})
        if reply is not None:
            send({"id": message["id"], **reply})


def main() -> None:
    record(started=os.getpid())
    if "exit" in FAULTS:
        sys.exit("No license \x1b[31mfound.")
    if "changed" in FAULTS:
        change()
    if "ignore-end" in FAULTS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "fork" in FAULTS:
        subprocess.Popen([sys.executable, "-c", SLEEP, str(FOLDER)])
    if "daemon" in FAULTS:
        start = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}, {str(FOLDER)!r}])"
        subprocess.run([sys.executable, "-c", start], start_new_session=True, check=True)
    serve()
    while "ignore-end" in FAULTS:
        time.sleep(1)


if __name__ == "__main__":
    main()
