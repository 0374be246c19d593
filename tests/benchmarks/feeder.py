"""A server that sends an answer as fast as it is read, in a process of its own, so that its work is not counted.

The model's name says what to send: `COUNT-SIZE-PACE` is COUNT chunks of SIZE characters, PACE of them a second; a pace
of 0 is as fast as possible. `markdown-COUNT-PACE-WAIT` is a numbered answer in Markdown that begins WAIT ms after it
was asked for; `GET /began` tells when that was.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence

from tests.benchmarks.answers import markdown_tokens

_AT_ONCE = 64
"""Chunks in one write. A server that is fast sends several before the client has read the first."""

_FACTS: dict[str, object] = {
    "/api/version": {"version": "0.9.0"},
    "/api/tags": {"models": []},
    "/api/ps": {"models": []},
    "/began": {"asked": 0.0, "began": 0.0},
}
"""What is told by path; of the last answer in Markdown, the seconds of the monotonic clock at which it was asked for
and at which its first token was due."""


@contextlib.contextmanager
def feeder() -> Iterator[str]:
    """Its address, while it runs."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def began(url: str) -> tuple[float, float]:
    """When the last answer in Markdown was asked for, and when its first token was due; by the monotonic clock."""
    with urllib.request.urlopen(f"{url}/began") as reply:
        told = json.load(reply)
    return told["asked"], told["began"]


def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_converse, args=(connection,), daemon=True).start()


def _converse(connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as arriving, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request_line := arriving.readline():
            size = 0
            while (line := arriving.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            body = json.loads(arriving.read(size)) if size else {}
            _answer(connection, request_line.split()[1].decode(), body)


def _answer(connection: socket.socket, path: str, body: dict[str, object]) -> None:
    if path in _FACTS:
        fact = json.dumps(_FACTS[path]).encode()
        connection.sendall(_head("application/json", f"Content-Length: {len(fact)}") + fact)
        return
    if str(body.get("model")).startswith("markdown-"):
        _answer_in_markdown(connection, str(body["model"]))
        return
    count, size, pace = map(int, str(body.get("model", "1-1-0")).split("-"))
    text = "lorem "[: size % 6 or 6] + "lorem " * ((size - 1) // 6)
    is_ollama = path == "/api/chat"
    if not body.get("stream", True):
        if pace:
            time.sleep(count / pace)
        whole = _whole(text * count, is_ollama=is_ollama)
        connection.sendall(_head("application/json", f"Content-Length: {len(whole)}"))
        connection.sendall(whole)
        return
    media_type = "application/x-ndjson" if is_ollama else "text/event-stream"
    connection.sendall(_head(media_type, "Transfer-Encoding: chunked"))
    chunk = _http_chunk(_piece(text, is_ollama=is_ollama))
    if pace:
        _send_paced(connection, [chunk] * count, pace, time.monotonic())
    else:
        batch = chunk * _AT_ONCE
        for _ in range(count // _AT_ONCE):
            connection.sendall(batch)
        connection.sendall(chunk * (count % _AT_ONCE))
    connection.sendall(_http_chunk(_end(is_ollama=is_ollama)) + b"0\r\n\r\n")


def _answer_in_markdown(connection: socket.socket, model: str) -> None:
    asked = time.monotonic()
    count, pace, wait_ms = map(int, model.removeprefix("markdown-").split("-"))
    chunks = [_http_chunk(_piece(token, is_ollama=True)) for token in markdown_tokens(count)]
    connection.sendall(_head("application/x-ndjson", "Transfer-Encoding: chunked"))
    due = max(time.monotonic(), asked + wait_ms / 1000)
    _FACTS["/began"] = {"asked": asked, "began": due}
    time.sleep(max(0.0, due - time.monotonic()))
    if pace:
        _send_paced(connection, chunks, pace, due)
    else:
        for at in range(0, count, _AT_ONCE):
            connection.sendall(b"".join(chunks[at : at + _AT_ONCE]))
    connection.sendall(_http_chunk(_end(is_ollama=True)) + b"0\r\n\r\n")


def _send_paced(connection: socket.socket, chunks: Sequence[bytes], pace: int, began: float) -> None:
    for sent, chunk in enumerate(chunks):
        time.sleep(max(0.0, began + sent / pace - time.monotonic()))
        connection.sendall(chunk)


def _head(media_type: str, framing: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n{framing}\r\n\r\n".encode()


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _piece(text: str, *, is_ollama: bool) -> bytes:
    if is_ollama:
        message = {"role": "assistant", "content": text}
        value = {"model": "m", "created_at": "2026-01-01T00:00:00.000000000Z", "message": message, "done": False}
        return json.dumps(value, separators=(",", ":")).encode() + b"\n"
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    value = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def _end(*, is_ollama: bool) -> bytes:
    if is_ollama:
        return b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n'
    return b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def _whole(text: str, *, is_ollama: bool) -> bytes:
    message = {"role": "assistant", "content": text}
    if is_ollama:
        return json.dumps({"model": "m", "message": message, "done": True, "done_reason": "stop"}).encode()
    return json.dumps({"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


if __name__ == "__main__":
    _serve()
