"""What each protocol's request asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tui.demo.http1 import Refused
from tui.demo.models import Prompt

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A request for an answer, whichever protocol brought it."""

    model: str
    """As the client wrote it."""

    prompt: Prompt

    prompt_tokens: int
    """A guess at the size of all that was sent, by its length."""

    stream: bool

    limit: int | None = None
    """Most tokens that the answer may have. None is no limit."""

    think: bool | None = None
    """Whether to think first. None leaves it to the model."""

    loading: Literal["load", "unload"] | None = None
    """Set when no answer is wanted, only the model moved into memory or out of it."""

    include_usage: bool = False
    """Whether a stream is to end with what it cost. Ollama's always does."""


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object in a request body.

    Raises:
        Refused: If there is none.
    """
    if not body:
        raise Refused(400, "missing request body")
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as cause:
        raise Refused(400, f"invalid JSON: {cause}") from cause
    if not isinstance(value, dict):
        raise Refused(400, "the request body must be a JSON object")
    return value


def model_name(body: dict[str, Any]) -> str:
    """The model that is asked for. Old clients of Ollama call it `name`."""
    name = _field(body, "model", str, "") or _field(body, "name", str, "")
    if not name:
        raise Refused(400, "model is required", param="model")
    return name


def parse_chat_request(body: dict[str, Any]) -> ParsedRequest:
    """What an `/api/chat` request asks for."""
    messages = _messages(body)
    said = [_field(message, "content", str, "") for message in messages]
    prompt = Prompt("")
    for message, content in zip(messages, said, strict=True):
        if message.get("role") == "user":
            prompt = Prompt(content, _image_sizes(message))
    return _parse_ollama_request(body, prompt, said, empty=not messages)


def parse_generate_request(body: dict[str, Any]) -> ParsedRequest:
    """What an `/api/generate` request asks for."""
    text = _field(body, "prompt", str, "")
    said = [_field(body, "system", str, ""), text]
    return _parse_ollama_request(body, Prompt(text, _image_sizes(body)), said, empty=not text)


def parse_completions_request(body: dict[str, Any]) -> ParsedRequest:
    """What a `/v1/chat/completions` request asks for."""
    model = model_name(body)
    messages = _messages(body)
    if not messages:
        raise Refused(400, "'messages' field is required", param="messages")
    prompt = Prompt("")
    length = 0
    for message in messages:
        heard = _parts(message.get("content"))
        length += len(heard.text)
        if message.get("role") == "user":
            prompt = heard
    limits = [_field(body, name, int, 0) for name in ("max_completion_tokens", "max_tokens")]
    return ParsedRequest(
        model=model,
        prompt=prompt,
        prompt_tokens=_tokens_in(length),
        stream=_field(body, "stream", bool, False),
        limit=next((limit for limit in limits if limit > 0), None),
        include_usage=_field(_field(body, "stream_options", dict, {}), "include_usage", bool, False),
    )


def _parse_ollama_request(body: dict[str, Any], prompt: Prompt, said: list[str], *, empty: bool) -> ParsedRequest:
    leaves = body.get("keep_alive") in (0, "0", "0s", "0m")
    limit = _field(body, "options", dict, {}).get("num_predict", -1)
    if not isinstance(limit, int) or isinstance(limit, bool):
        # Ollama answers so, with this status.
        raise Refused(500, 'option "num_predict" must be of type integer')
    return ParsedRequest(
        model=model_name(body),
        prompt=prompt,
        prompt_tokens=_tokens_in(sum(map(len, said))),
        stream=_field(body, "stream", bool, True),
        limit=limit if limit > 0 else None,
        think=_think(body.get("think")),
        loading=("unload" if leaves else "load") if empty else None,
    )


def _think(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in ("low", "medium", "high", "max"):
        return True
    raise Refused(400, f'invalid think value: {value!r} (must be "low", "medium", "high", "max", true, or false)')


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = _field(body, "messages", list, [])
    if not all(isinstance(message, dict) for message in messages):
        raise Refused(400, "each of 'messages' must be an object", param="messages")
    return messages


def _parts(content: object) -> Prompt:
    """The content of an OpenAI message: null, text, or a list of parts."""
    if content is None:
        return Prompt("")
    if isinstance(content, str):
        return Prompt(content)
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise Refused(400, "'content' must be text or a list of parts", param="messages")
    text = "".join(_field(part, "text", str, "") for part in content)
    links = [_field(_field(part, "image_url", dict, {}), "url", str, "") for part in content]
    return Prompt(text, tuple(_bytes_in(link.partition(",")[2]) for link in links if link))


def _image_sizes(holder: dict[str, Any]) -> tuple[int, ...]:
    images = _field(holder, "images", list, [])
    return tuple(_bytes_in(image) for image in images if isinstance(image, str))


def _bytes_in(base64: str) -> int:
    return len(base64.rstrip("=")) * 3 // 4


def _tokens_in(characters: int) -> int:
    return max(1, characters // 4)


def _field(body: dict[str, Any], name: str, kind: type[T], default: T) -> T:
    """A field of its type; `default` when it is missing or null."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refused(400, f"'{name}' must be of type {kind.__name__}", param=name)
    return value
