"""Parses the requests of each protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tui.demo.models import Prompt
from tui.demo.responses import HTTPError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A request for an answer, in any protocol."""

    model: str
    """As the client wrote it."""

    prompt: Prompt

    prompt_tokens: int
    """Estimated from the length of the messages."""

    stream: bool

    limit: int | None = None
    """The maximum number of tokens of the answer. None is no limit."""

    think: bool | None = None
    """Whether to think first. None is the model's default."""

    loading: Literal["load", "unload"] | None = None
    """Set if the request only loads or unloads the model. Then there is no answer."""

    include_usage: bool = False
    """Whether a stream ends with its token counts. Ollama's always does."""


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object in a request body.

    Raises:
        HTTPError: If the body is not a JSON object.
    """
    if not body:
        raise HTTPError(400, "missing request body")
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as cause:
        raise HTTPError(400, f"invalid JSON: {cause}") from cause
    if not isinstance(value, dict):
        raise HTTPError(400, "the request body must be a JSON object")
    return value


def model_name(body: dict[str, Any]) -> str:
    """The requested model. Old clients of Ollama call the field `name`."""
    name = _field(body, "model", str, "") or _field(body, "name", str, "")
    if not name:
        raise HTTPError(400, "model is required", param="model")
    return name


def parse_chat_request(body: dict[str, Any]) -> ParsedRequest:
    """Parse an `/api/chat` request."""
    messages = _messages(body)
    texts = [_field(message, "content", str, "") for message in messages]
    prompt = Prompt("")
    for message, content in zip(messages, texts, strict=True):
        if message.get("role") == "user":
            prompt = Prompt(content, _image_sizes(message))
    return _parse_ollama_request(body, prompt, texts, empty=not messages)


def parse_generate_request(body: dict[str, Any]) -> ParsedRequest:
    """Parse an `/api/generate` request."""
    text = _field(body, "prompt", str, "")
    texts = [_field(body, "system", str, ""), text]
    return _parse_ollama_request(body, Prompt(text, _image_sizes(body)), texts, empty=not text)


def parse_completions_request(body: dict[str, Any]) -> ParsedRequest:
    """Parse a `/v1/chat/completions` request."""
    model = model_name(body)
    messages = _messages(body)
    if not messages:
        raise HTTPError(400, "'messages' field is required", param="messages")
    prompt = Prompt("")
    length = 0
    for message in messages:
        parsed = _prompt_from(message.get("content"))
        length += len(parsed.text)
        if message.get("role") == "user":
            prompt = parsed
    limits = [_field(body, name, int, 0) for name in ("max_completion_tokens", "max_tokens")]
    return ParsedRequest(
        model=model,
        prompt=prompt,
        prompt_tokens=_estimated_tokens(length),
        stream=_field(body, "stream", bool, False),
        limit=next((limit for limit in limits if limit > 0), None),
        include_usage=_field(_field(body, "stream_options", dict, {}), "include_usage", bool, False),
    )


def _parse_ollama_request(body: dict[str, Any], prompt: Prompt, texts: list[str], *, empty: bool) -> ParsedRequest:
    unloads = body.get("keep_alive") in (0, "0", "0s", "0m")
    limit = _field(body, "options", dict, {}).get("num_predict", -1)
    if not isinstance(limit, int) or isinstance(limit, bool):
        # Ollama's own message and status.
        raise HTTPError(500, 'option "num_predict" must be of type integer')
    return ParsedRequest(
        model=model_name(body),
        prompt=prompt,
        prompt_tokens=_estimated_tokens(sum(map(len, texts))),
        stream=_field(body, "stream", bool, True),
        limit=limit if limit > 0 else None,
        think=_think(body.get("think")),
        loading=("unload" if unloads else "load") if empty else None,
    )


def _think(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in ("low", "medium", "high", "max"):
        return True
    raise HTTPError(400, f'invalid think value: {value!r} (must be "low", "medium", "high", "max", true, or false)')


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = _field(body, "messages", list, [])
    if not all(isinstance(message, dict) for message in messages):
        raise HTTPError(400, "each of 'messages' must be an object", param="messages")
    return messages


def _prompt_from(content: object) -> Prompt:
    """The content of an OpenAI message, which is null, text, or a list of parts."""
    if content is None:
        return Prompt("")
    if isinstance(content, str):
        return Prompt(content)
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise HTTPError(400, "'content' must be text or a list of parts", param="messages")
    text = "".join(_field(part, "text", str, "") for part in content)
    links = [_field(_field(part, "image_url", dict, {}), "url", str, "") for part in content]
    return Prompt(text, tuple(_decoded_size(link.partition(",")[2]) for link in links if link))


def _image_sizes(message: dict[str, Any]) -> tuple[int, ...]:
    images = _field(message, "images", list, [])
    return tuple(_decoded_size(image) for image in images if isinstance(image, str))


def _decoded_size(base64: str) -> int:
    return len(base64.rstrip("=")) * 3 // 4


def _estimated_tokens(characters: int) -> int:
    return max(1, characters // 4)


def _field(body: dict[str, Any], name: str, kind: type[T], default: T) -> T:
    """A field of the given type; `default` if it is missing or null."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise HTTPError(400, f"'{name}' must be of type {kind.__name__}", param=name)
    return value
