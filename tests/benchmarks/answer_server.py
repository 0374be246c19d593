"""A fast server, in a separate process so that its CPU time is not counted.

The model name selects the answer. `COUNT-SIZE-RATE` is COUNT chunks of SIZE characters, RATE of them per second; a rate
of 0 means as fast as possible. `paragraphs-COUNT-SIZE-RATE` is the same with each chunk as a paragraph.
`markdown-COUNT-RATE-DELAY` is an answer in Markdown with numbered markers that begins DELAY ms after the request;
`GET /times` returns the times of the last one. `large-KIND-CHARACTERS-SIZE` is an answer of a kind in `LARGE_TEXTS` in
chunks of SIZE characters, as fast as possible, with a marker at its end; a second prompt gets a short answer.

Other clients ask for the list of models and for details first: `answer_server` takes the names to list.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.answers import markdown_tokens

_CHUNKS_PER_WRITE = 64
"""A fast server sends several chunks before the client has read the first."""

_LOREM = "lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy eirmod tempor "

_LARGE_WRITE = 100_000
"""Characters of a large answer that are written at once, about."""

LARGE_TEXTS = {
    "paragraphs": ("", (_LOREM * 8)[:598] + "\n\n", "\n\n"),
    "sentences": ("", (_LOREM * 2)[:78] + "\n\n", "\n\n"),
    "code": ("```python\n", "def f(x):\n    return x + 1  # one more than it was\n\n", "```\n\n"),
    "line": ("", _LOREM, "\n\n"),
    "codeline": ("```\n", _LOREM, "\n```\n\n"),
    "json": ("", '{"a": [1, 2.5, "three"], "b": null}, ', "\n\n"),
    "thinking": ("<think>\n", _LOREM, "\n</think>\n\n"),
}
"""Texts of any size: how they begin, what is repeated, and how they end."""

LARGE_END, SECOND_END = 99_998, 99_999
"""The markers at the end of a large answer, and of the short one to the next prompt."""

_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "1B",
    "quantization_level": "F16",
}

_JSON_RESPONSES: dict[str, object] = {
    "/api/version": {"version": "0.9.0"},
    "/api/tags": {"models": []},
    "/api/ps": {"models": []},
    "/api/show": {
        "details": _DETAILS,
        "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
        "capabilities": ["completion"],
        "modelfile": "",
        "parameters": "",
        "template": "",
        "license": "",
    },
    "/v1/models": {"object": "list", "data": []},
    "/times": {"requested": 0.0, "due": 0.0, "finished": 0.0, "disconnected": 0.0},
}
"""Responses by path. `/times` is an `AnswerTimes` of the last answer in Markdown."""


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Times of an answer in Markdown, in seconds of the monotonic clock. 0 for what has not happened."""

    requested: float
    due: float
    """When the first token was due."""
    finished: float
    """When the last token had been sent."""
    disconnected: float
    """When the client closed the connection before that."""


@contextlib.contextmanager
def answer_server(*models: str) -> Iterator[str]:
    """Run the server. Yields its URL.

    Args:
        models: The names of models to list. All others can be used as well.
    """
    with subprocess.Popen([sys.executable, "-m", __name__, *models], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def answer_times(url: str) -> tuple[float, float]:
    """When the last answer in Markdown was requested, and when its first token was due, by the monotonic clock."""
    times = all_answer_times(url)
    return times.requested, times.due


def all_answer_times(url: str) -> AnswerTimes:
    """The times of the last answer in Markdown."""
    with urllib.request.urlopen(f"{url}/times") as response:
        return AnswerTimes(**json.load(response))


def _serve(models: Sequence[str]) -> None:
    listed = [
        {
            "name": name,
            "model": name,
            "modified_at": "2026-01-01T00:00:00Z",
            "size": 1,
            "digest": "0",
            "details": _DETAILS,
        }
        for name in models
    ]
    _JSON_RESPONSES["/api/tags"] = {"models": listed}
    _JSON_RESPONSES["/v1/models"] = {"object": "list", "data": [{"id": name, "object": "model"} for name in models]}
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_handle_connection, args=(connection,), daemon=True).start()


def _handle_connection(connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as reader, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request_line := reader.readline():
            size = 0
            while (line := reader.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            body = json.loads(reader.read(size)) if size else {}
            _respond(connection, request_line.split()[1].decode(), body)


def _respond(connection: socket.socket, path: str, body: dict[str, object]) -> None:
    if path in _JSON_RESPONSES:
        encoded = json.dumps(_JSON_RESPONSES[path]).encode()
        connection.sendall(_head("application/json", f"Content-Length: {len(encoded)}") + encoded)
        return
    is_ollama = path == "/api/chat"
    # Ollama's own clients add a tag.
    model = str(body.get("model", "1-1-0")).removesuffix(":latest")
    if model.startswith("markdown-"):
        _send_markdown(connection, model, is_ollama=is_ollama)
        return
    if model.startswith("large-"):
        _send_large(connection, body)
        return
    count, size, rate = map(int, model.removeprefix("paragraphs-").split("-"))
    text = "lorem "[: size % 6 or 6] + "lorem " * ((size - 1) // 6)
    if model.startswith("paragraphs-"):
        text = text[:-2] + "\n\n"
    if not body.get("stream", True):
        if rate:
            time.sleep(count / rate)
        encoded = _unstreamed_body(text * count, is_ollama=is_ollama)
        connection.sendall(_head("application/json", f"Content-Length: {len(encoded)}"))
        connection.sendall(encoded)
        return
    media_type = "application/x-ndjson" if is_ollama else "text/event-stream"
    connection.sendall(_head(media_type, "Transfer-Encoding: chunked"))
    chunk = _http_chunk(_text_event(text, is_ollama=is_ollama))
    if rate:
        _send_at_rate(connection, [chunk] * count, rate, time.monotonic())
    else:
        batch = chunk * _CHUNKS_PER_WRITE
        for _ in range(count // _CHUNKS_PER_WRITE):
            connection.sendall(batch)
        connection.sendall(chunk * (count % _CHUNKS_PER_WRITE))
    connection.sendall(_http_chunk(_end_events(is_ollama=is_ollama)) + b"0\r\n\r\n")


def _send_markdown(connection: socket.socket, model: str, *, is_ollama: bool) -> None:
    times = {"requested": time.monotonic(), "due": 0.0, "finished": 0.0, "disconnected": 0.0}
    count, rate, delay_ms = map(int, model.removeprefix("markdown-").split("-"))
    chunks = [_http_chunk(_text_event(token, is_ollama=is_ollama)) for token in markdown_tokens(count)]
    media_type = "application/x-ndjson" if is_ollama else "text/event-stream"
    connection.sendall(_head(media_type, "Transfer-Encoding: chunked"))
    times["due"] = max(time.monotonic(), times["requested"] + delay_ms / 1000)
    _JSON_RESPONSES["/times"] = times
    time.sleep(max(0.0, times["due"] - time.monotonic()))
    try:
        if rate:
            _send_at_rate(connection, chunks, rate, times["due"])
        else:
            for start in range(0, count, _CHUNKS_PER_WRITE):
                connection.sendall(b"".join(chunks[start : start + _CHUNKS_PER_WRITE]))
    except OSError:
        times["disconnected"] = time.monotonic()
        raise
    times["finished"] = time.monotonic()
    connection.sendall(_http_chunk(_end_events(is_ollama=is_ollama)) + b"0\r\n\r\n")


def _send_large(connection: socket.socket, body: dict[str, object]) -> None:
    _, kind, characters, size = str(body["model"]).split("-")
    begin, unit, end = LARGE_TEXTS[kind]
    messages = body.get("messages")
    is_second = isinstance(messages, list) and any(message["role"] == "assistant" for message in messages)
    connection.sendall(_head("application/x-ndjson", "Transfer-Encoding: chunked"))
    if not is_second:
        # As many repetitions as end with the end of a chunk.
        text = unit * (int(size) * max(1, _LARGE_WRITE // (len(unit) * int(size))))
        chunks = [text[at : at + int(size)] for at in range(0, len(text), int(size))]
        batch = b"".join(_http_chunk(_text_event(chunk, is_ollama=True)) for chunk in chunks)
        connection.sendall(_http_chunk(_text_event(begin, is_ollama=True)))
        for _ in range(int(characters) // len(text)):
            connection.sendall(batch)
        connection.sendall(_http_chunk(_text_event(end, is_ollama=True)))
    marker = f"w{SECOND_END if is_second else LARGE_END}"
    connection.sendall(_http_chunk(_text_event(marker, is_ollama=True)))
    connection.sendall(_http_chunk(_end_events(is_ollama=True)) + b"0\r\n\r\n")


def _send_at_rate(connection: socket.socket, chunks: Sequence[bytes], rate: int, first_due_at: float) -> None:
    """Send chunks at a rate.

    Raises:
        ConnectionError: As soon as the client closes the connection.
    """
    for sent, chunk in enumerate(chunks):
        while (wait_s := first_due_at + sent / rate - time.monotonic()) > 0:
            if select.select([connection], [], [], wait_s)[0]:
                if not connection.recv(1, socket.MSG_PEEK):
                    raise ConnectionError("The client closed the connection.")
                # The client sent something: wait without looking again.
                time.sleep(max(0.0, first_due_at + sent / rate - time.monotonic()))
        connection.sendall(chunk)


def _head(media_type: str, framing: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n{framing}\r\n\r\n".encode()


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _text_event(text: str, *, is_ollama: bool) -> bytes:
    if is_ollama:
        message = {"role": "assistant", "content": text}
        value = {"model": "m", "created_at": "2026-01-01T00:00:00.000000000Z", "message": message, "done": False}
        return json.dumps(value, separators=(",", ":")).encode() + b"\n"
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    value = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "choices": [choice]}
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def _end_events(*, is_ollama: bool) -> bytes:
    if is_ollama:
        return b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n'
    return b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def _unstreamed_body(text: str, *, is_ollama: bool) -> bytes:
    message = {"role": "assistant", "content": text}
    if is_ollama:
        return json.dumps({"model": "m", "message": message, "done": True, "done_reason": "stop"}).encode()
    return json.dumps({"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


if __name__ == "__main__":
    _serve(sys.argv[1:])
