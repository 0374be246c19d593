"""Build and read response bodies without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from tui.chat.chunk import ServerTiming, StreamingChunk, ToolCall, Usage
from tui.errors import ProviderError
from tui.providers.answering import AnswerReader
from tui.providers.response_errors import ServerProfile

PROFILE = ServerProfile(name="mine", address="http://nas:1")


@dataclass
class Answer:
    """The answer in a body, with its chunks joined."""

    content: str = ""
    thinking: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str | None = None
    usage: Usage | None = None
    timing: ServerTiming | None = None
    model: str | None = None
    images: list[bytes] = field(default_factory=list)
    """The contents of the image files."""

    error: tuple[str, str] | None = None
    """The kind and message of the error. None if reading succeeded."""

    finished: bool = False
    """Whether the body says that the answer is complete, such as with a finish reason."""

    ended: bool = False
    """Whether the end marker of the protocol was read."""

    unread: str = ""
    """What the body consists of, if none of it could be read."""

    def add(self, chunk: StreamingChunk) -> None:
        """Add a chunk."""
        assert chunk != StreamingChunk(model=chunk.model) or chunk.model is not None, "an empty chunk"
        assert chunk.finish_reason is None or self.finish_reason is None, "a second finish reason"
        self.content += chunk.content
        self.thinking += chunk.thinking
        self.tool_calls.extend(chunk.tool_calls)
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.usage = chunk.usage or self.usage
        self.timing = chunk.timing or self.timing
        self.model = chunk.model or self.model
        self.images.extend(image.data for image in chunk.images)

    def encoded(self) -> bytes:
        """The answer as JSON in UTF-8. Fails for text that cannot be encoded."""
        return json.dumps(asdict(self) | {"images": []}, ensure_ascii=False).encode()


def read_body(reader: AnswerReader, pieces: Iterable[bytes]) -> Answer:
    """Read a body whose connection was closed properly."""
    answer = Answer()
    try:
        for piece in pieces:
            for chunk in reader.feed(piece):
                answer.add(chunk)
            if reader.ended:
                break
        else:
            for chunk in reader.finish():
                answer.add(chunk)
    except ProviderError as error:
        answer.error = (error.kind, str(error))
    if last_chunk := reader.conclude():
        answer.add(last_chunk)
    answer.finished, answer.ended, answer.unread = reader.finished, reader.ended, reader.unread
    return answer


def read_with_every_split(make_reader: Callable[[], AnswerReader], body: bytes) -> Answer:
    """Read a body, and check that splitting it at any byte gives the same answer."""
    answer = read_body(make_reader(), [body])
    assert read_body(make_reader(), [body[at : at + 1] for at in range(len(body))]) == answer, "in single bytes"
    for cut in range(len(body) + 1):
        assert read_body(make_reader(), [body[:cut], body[cut:]]) == answer, f"cut at {cut}: …{body[cut - 20 : cut]!r}"
    return answer


def ndjson(*objects: object) -> bytes:
    """A body in the format of Ollama."""
    return b"".join(_encode(each) + b"\n" for each in objects)


def sse(*events: object) -> bytes:
    """A body in the format of OpenAI. Strings, such as `[DONE]`, are not encoded as JSON."""
    return b"".join(b"data: " + _event_data(each) + b"\n\n" for each in events)


def delta(content: str | None = None, *, finish: str | None = None, **fields: object) -> dict[str, object]:
    """A chunk in the format of OpenAI, with one choice."""
    message_delta = fields if content is None else {"content": content, **fields}
    return {"choices": [{"index": 0, "delta": message_delta, "finish_reason": finish}]}


def _event_data(event: object) -> bytes:
    return event.encode() if isinstance(event, str) else _encode(event)


def _encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
