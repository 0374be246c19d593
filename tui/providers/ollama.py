"""Ollama: request bodies, models, version.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus, chat_models_first
from tui.chat.options import thinking_value
from tui.chat.turn import ServerActivity
from tui.errors import ModelNotFound, ProtocolBroken, ProviderError
from tui.lazy_pattern import lazy_pattern
from tui.providers.base import AnswerStream, ModelManager, ignore_stage
from tui.providers.http import HTTPProvider, key_hint
from tui.providers.json_values import count_in, rows_in, text_in
from tui.providers.model_rows import model_rows
from tui.providers.network.address import parse_address
from tui.providers.ollama_info import described_model, full_name, is_cloud_model, listed_model
from tui.providers.ollama_models import OllamaModels
from tui.providers.ollama_reader import OllamaReader
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.providers.tool_messages import tool_definitions, with_result_images_in_prompts
from tui.wire.objects import JSONObject

DEFAULT_PORT: Final = 11434

_OWN_PATHS: Final = lazy_pattern(
    r"/(api(/(chat|embed|generate|ps|show|tags|version))?|v1(/(chat/completions|completions|embeddings|models))?)$",
    re.IGNORECASE,
)
_OTHER_TYPES_HINT: Final = "For LM Studio, llama.cpp, vLLM and others, set the provider's type to lmstudio or openai."
_TOP_LEVEL: Final = frozenset(
    {
        "think",
        "tools",
        "format",
        "keep_alive",
        "truncate",
        "shift",
        "raw",
        "suffix",
        "template",
        "logprobs",
        "top_logprobs",
    }
)
"""Options at the top level of a request. All others are model options and go into `options`."""

_OTHER_NAMES: Final = {"max_tokens": "num_predict", "max_completion_tokens": "num_predict"}
"""Maps OpenAI's option names to Ollama's."""


class OllamaProvider(HTTPProvider):
    """An Ollama server, through its native API. Its `/v1` API is not used because it drops errors in a stream."""

    lists_details = False
    """Only `/api/show` has the context length and, in older servers, the capabilities."""

    def __init__(self, options: ProviderOptions) -> None:
        address = parse_address(options.base_url, default_port=DEFAULT_PORT)
        # Users paste the address from another client's settings, with its path.
        address = replace(address, path=_OWN_PATHS.sub("", address.path))
        profile = ServerProfile(
            name=options.name,
            address=str(address),
            start="Start it with `ollama serve`, or set base_url to its address.",
            get_model="`ollama pull {model}` downloads it.",
            key=key_hint(options),
        )
        super().__init__(options, address, profile)
        self._is_cloud = address.host == "ollama.com" or address.host.endswith(".ollama.com")
        """Whether the server is Ollama's own, where every model is on another machine."""
        self._remote_models: set[str] = set()
        """Names of models that the server listed as running on another machine."""

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        """The answer to a request. See `Provider.stream_chat`."""
        return self.answer(
            f"/api/{request.endpoint}",
            lambda: self._body(request),
            lambda: OllamaReader(self.profile, self.options.max_event_bytes),
            accept="application/x-ndjson" if request.stream else "application/json",
            model=request.model,
            on_stage=on_stage,
        )

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The models on disk, embedding models last, with the context size of those that are loaded."""
        listed = await self._request_own("/api/tags")
        rows = model_rows(listed)
        if rows is None or "models" not in listed:
            raise self._not_ollama("/api/tags")
        loaded: dict[str, Mapping[str, Any]] | None = None
        try:
            running = await self.request_object("GET", "/api/ps")
            loaded = {text_in(row, "id"): row for row in model_rows(running) or []}
        except ProviderError as error:
            # Compatible servers may lack this endpoint. Then it is unknown which models are loaded.
            if error.kind not in ("bad_request", "model_not_found", "protocol"):
                raise
        infos = [listed_model(row, loaded) for row in rows]
        self._remote_models = {info.name for info in infos if info.is_remote}
        if self._is_cloud:
            infos = [replace(info, is_remote=True, loaded=None) for info in infos]
        return chat_models_first(infos)

    async def describe_model(self, model: str) -> ModelInfo:
        """The context length, size, capabilities and thinking of a model, from `/api/show`."""
        shown = await self.request_object("POST", "/api/show", {"model": model}, model=model)
        described = described_model(model, shown)
        return replace(described, is_remote=described.is_remote or self._is_cloud)

    async def check(self) -> ServerStatus:
        """Request the version, and measure the latency."""
        began = time.monotonic()
        answered = await self._request_own("/api/version")
        if not (version := text_in(answered, "version")):
            raise self._not_ollama("/api/version")
        return ServerStatus(latency_s=time.monotonic() - began, version=version)

    async def server_activity(self, model: str) -> ServerActivity | None:
        """`loading` while the model is not in memory, or is listed as running but not loaded yet."""
        # A cloud model is never in this server's memory.
        if self.is_remote(model):
            return None
        listed = await self._running(model)
        if listed is None:
            return ServerActivity("loading")
        # `expires_at` is fixed once a model is loaded. Until then the server computes a new value for each request.
        # Source: `PsHandler` in server/routes.go.
        again = await self._running(model)
        is_loading = again is not None and text_in(again, "expires_at") != text_in(listed, "expires_at")
        return ServerActivity("loading") if is_loading else None

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:
        """The context size from `/api/ps`. Older servers do not report it; then the `num_ctx` of the requests.

        Cloud models, which are not listed there, always run with their largest context.
        """
        if self.is_remote(model):
            return (await self.describe_model(model)).context_length
        running = await self._running(model)
        return count_in(running or {}, "context_length") or count_in(options, "num_ctx")

    async def model_manager(self) -> ModelManager | None:
        """What pulls, deletes, copies, loads and unloads models."""
        return OllamaModels(self, self.is_remote)

    def is_remote(self, model: str) -> bool:
        """Whether a model runs on another machine than this server."""
        return self._is_cloud or is_cloud_model(model, {}) or full_name(model) in self._remote_models

    async def _running(self, model: str) -> Mapping[str, Any] | None:
        running = rows_in(await self.request_object("GET", "/api/ps"), "models")
        return next((row for row in running if full_name(text_in(row, "name")) == full_name(model)), None)

    def _body(self, request: ChatRequest) -> JSONObject:
        if not request.model:
            raise ModelNotFound(
                f"{self.name} needs the name of a model.", hint="Download one, for example with `ollama pull llama3.2`."
            )
        options = {_OTHER_NAMES.get(key, key): value for key, value in request.options.items()}
        if "think" in options:
            options["think"] = _think(options["think"])
        body: JSONObject = {"model": request.model, "stream": request.stream}
        body |= _as_prompt(request.messages) if request.endpoint == "generate" else _as_chat(request.messages)
        if self.options.keep_alive is not None:
            body["keep_alive"] = self.options.keep_alive
        body |= {key: value for key, value in options.items() if key in _TOP_LEVEL}
        if request.tools:
            body["tools"] = tool_definitions(request.tools)
        if request.schema is not None:
            body["format"] = dict(request.schema)
        if model_options := {key: value for key, value in options.items() if key not in _TOP_LEVEL}:
            body["options"] = model_options
        return body

    async def _request_own(self, path: str) -> JSONObject:
        """The object at a path that every Ollama server has."""
        try:
            return await self.request_object("GET", path)
        except ProviderError as error:
            if error.status == 404:
                error.hint = f"{error.hint} {_OTHER_TYPES_HINT}"
            raise

    def _not_ollama(self, path: str) -> ProtocolBroken:
        return ProtocolBroken(f"The server at {self.address}{path} is not an Ollama server.", hint=_OTHER_TYPES_HINT)


def _think(value: JSONValue) -> JSONValue:
    """A value of `think` as Ollama takes it: true, false, or the name of a level."""
    word = thinking_value(value)
    return {"off": False, "on": True}.get(word, value)


def _as_chat(messages: tuple[ChatMessage, ...]) -> JSONObject:
    return {"messages": [_message(message) for message in with_result_images_in_prompts(messages)]}


def _as_prompt(messages: tuple[ChatMessage, ...]) -> JSONObject:
    """The body for `/api/generate`, which takes no history: the last prompt and the system prompt."""
    body: JSONObject = {}
    for message in messages:
        if message.role == "system":
            body["system"] = message.content
        elif message.role == "user":
            body["prompt"] = message.content
            # Images of earlier prompts are dropped together with those prompts.
            body.pop("images", None)
            if message.images:
                body["images"] = _images(message)
    return body


def _message(message: ChatMessage) -> JSONObject:
    """A message of `/api/chat`.

    Source: https://docs.ollama.com/capabilities/tool-calling
    """
    value: JSONObject = {"role": message.role, "content": message.content}
    if message.tool is not None:
        # Versions before 0.12 ignore the id, and find the call by the name.
        return {**value, "tool_name": message.tool.name, "tool_call_id": message.tool.call_id}
    if message.tool_calls:
        value["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": call.arguments}} for call in message.tool_calls
        ]
        if message.thinking:
            value["thinking"] = message.thinking
    if message.images:
        value["images"] = _images(message)
    return value


def _images(message: ChatMessage) -> list[str]:
    """The images in base64, without the data URL prefix, as `/api/chat` requires."""
    return [base64.b64encode(image.data).decode("ascii") for image in message.images]


class DemoProvider(OllamaProvider):
    """The built-in demo server, which has no models to manage."""

    async def model_manager(self) -> ModelManager | None:
        """None."""
        return None
