"""Bodies of replies, made and read without a network."""

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
    """What a body came to, its chunks joined."""

    content: str = ""
    thinking: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str | None = None
    usage: Usage | None = None
    timing: ServerTiming | None = None
    model: str | None = None

    error: tuple[str, str] | None = None
    """Its kind and its message. None when there was none."""

    finished: bool = False
    """Whether a positive sign came that the answer is whole."""

    ended: bool = False
    """Whether the protocol's own end came."""

    unread: str = ""
    """What the body consists of, if none of it could be read."""

    def take(self, chunk: StreamingChunk) -> None:
        """Add a chunk."""
        assert chunk != StreamingChunk(model=chunk.model) or chunk.model is not None, "a chunk of nothing"
        assert chunk.finish_reason is None or self.finish_reason is None, "a second finish reason"
        self.content += chunk.content
        self.thinking += chunk.thinking
        self.tool_calls.extend(chunk.tool_calls)
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.usage = chunk.usage or self.usage
        self.timing = chunk.timing or self.timing
        self.model = chunk.model or self.model

    def encoded(self) -> bytes:
        """All of it in UTF-8, as whoever keeps or prints it has to have it."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()


def read(reader: AnswerReader, pieces: Iterable[bytes]) -> Answer:
    """What a reader makes of a body whose connection ended in an orderly way."""
    answer = Answer()
    try:
        for piece in pieces:
            for chunk in reader.feed(piece):
                answer.take(chunk)
            if reader.ended:
                break
        else:
            for chunk in reader.finish():
                answer.take(chunk)
    except ProviderError as error:
        answer.error = (error.kind, str(error))
    if held := reader.conclude():
        answer.take(held)
    answer.finished, answer.ended, answer.unread = reader.finished, reader.ended, reader.unread
    return answer


def read_however_cut(make_reader: Callable[[], AnswerReader], body: bytes) -> Answer:
    """The same, after making sure that it is the same wherever the body is cut."""
    answer = read(make_reader(), [body])
    assert read(make_reader(), [body[at : at + 1] for at in range(len(body))]) == answer, "in single bytes"
    for cut in range(len(body) + 1):
        assert read(make_reader(), [body[:cut], body[cut:]]) == answer, f"cut at {cut}: …{body[cut - 20 : cut]!r}"
    return answer


def ndjson(*objects: object) -> bytes:
    """The body that Ollama would send."""
    return b"".join(_dumped(each) + b"\n" for each in objects)


def sse(*events: object) -> bytes:
    """The body that OpenAI would send. Texts stay as they are, such as `[DONE]`."""
    return b"".join(b"data: " + _data(each) + b"\n\n" for each in events)


def delta(content: str | None = None, *, finish: str | None = None, **fields: object) -> dict[str, object]:
    """One chunk as OpenAI would send it: its only choice, with a delta and perhaps a finish reason."""
    part = fields if content is None else {"content": content, **fields}
    return {"choices": [{"index": 0, "delta": part, "finish_reason": finish}]}


def _data(event: object) -> bytes:
    return event.encode() if isinstance(event, str) else _dumped(event)


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
