"""A server that sends an answer as fast as it is read, in a process of its own, so that its work is not counted.

The model's name says what to send: `COUNT-SIZE-PACE` is COUNT chunks of SIZE characters, PACE of them a second; a pace
of 0 is as fast as possible.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

_AT_ONCE = 64
"""Chunks in one write. A server that is fast sends several before the client has read the first."""


@contextlib.contextmanager
def feeder() -> Iterator[str]:
    """Its address, while it runs."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


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
        began = time.monotonic()
        for sent in range(count):
            time.sleep(max(0.0, began + sent / pace - time.monotonic()))
            connection.sendall(chunk)
    else:
        batch = chunk * _AT_ONCE
        for _ in range(count // _AT_ONCE):
            connection.sendall(batch)
        connection.sendall(chunk * (count % _AT_ONCE))
    connection.sendall(_http_chunk(_end(is_ollama=is_ollama)) + b"0\r\n\r\n")


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
