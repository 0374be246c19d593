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
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus
from tui.chat.thinking import split_thinking
from tui.chat.turn import ServerActivity
from tui.errors import ModelNotFound, ProtocolBroken, ProviderError
from tui.providers.base import AnswerStream, ignore_stage
from tui.providers.http import HTTPProvider, key_hint
from tui.providers.json_values import count_in, mapping_in, rows_in, text_in
from tui.providers.network.address import parse_address
from tui.providers.ollama_reader import OllamaReader
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.wire.objects import JSONObject

DEFAULT_PORT: Final = 11434

_OWN_PATHS: Final = re.compile(r"/(api(/(chat|generate|tags))?|v1(/chat/completions)?)$")
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
"""Options that stand beside `options` in a request. All others are the model's, and stand in it."""

_OTHER_NAMES: Final = {"max_tokens": "num_predict", "max_completion_tokens": "num_predict"}
"""What OpenAI calls an option → what Ollama calls it."""


class OllamaProvider(HTTPProvider):
    """An Ollama server, by its own API. Its `/v1` loses errors in mid-stream, so that one is not used."""

    def __init__(self, options: ProviderOptions) -> None:
        address = parse_address(options.base_url, default_port=DEFAULT_PORT)
        # Forgiving: people paste the address of another client's setting.
        address = replace(address, path=_OWN_PATHS.sub("", address.path))
        profile = ServerProfile(
            name=options.name,
            where=str(address),
            start="Start it with `ollama serve`, or set base_url to where it runs.",
            get_model="`ollama pull {model}` gets it.",
            key=key_hint(options.name),
        )
        super().__init__(options, address, profile)

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
        """The models on disk, those that only embed last; which of them are loaded, and with how much context."""
        listed = await self.request_object("GET", "/api/tags")
        if not isinstance(listed.get("models"), list):
            raise self._not_ollama("/api/tags")
        try:
            running = await self.request_object("GET", "/api/ps")
        except ProviderError as error:
            # What only speaks like Ollama need not have it: then it is not known which are loaded.
            if error.kind not in ("bad_request", "model_not_found", "protocol"):
                raise
            running = {}
        loaded = {text_in(row, "name"): row for row in rows_in(running, "models")}
        models = [_model_info(row, loaded.get(text_in(row, "name"))) for row in rows_in(listed, "models")]
        return tuple(sorted(models, key=lambda model: model.capabilities == {"embedding"}))

    async def describe_model(self, model: str) -> ModelInfo:
        """What `/api/show` tells of a model: its context length and what it can do."""
        shown = await self.request_object("POST", "/api/show", {"model": model}, model=model)
        info = mapping_in(shown, "model_info")
        details = mapping_in(shown, "details")
        return ModelInfo(
            name=model,
            context_length=count_in(info, f"{text_in(info, 'general.architecture')}.context_length"),
            parameters=text_in(details, "parameter_size"),
            quantization=text_in(details, "quantization_level"),
            capabilities=_capabilities(shown),
        )

    async def check(self) -> ServerStatus:
        """Ask for the version."""
        began = time.monotonic()
        answered = await self.request_object("GET", "/api/version")
        if not (version := text_in(answered, "version")):
            raise self._not_ollama("/api/version")
        return ServerStatus(latency_s=time.monotonic() - began, version=version)

    async def server_activity(self, model: str) -> ServerActivity | None:
        """`loading` while the model is not among those in memory, or is listed there and not there yet."""
        listed = await self._running(model)
        if listed is None:
            return ServerActivity("loading")
        # When a model will go is settled once it is loaded. Until then the server makes a time up for each question.
        # Source: `PsHandler` in server/routes.go.
        again = await self._running(model)
        is_made_up = again is not None and text_in(again, "expires_at") != text_in(listed, "expires_at")
        return ServerActivity("loading") if is_made_up else None

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:
        """What `/api/ps` tells; where it is too old for that, the `num_ctx` that goes with each request."""
        running = await self._running(model)
        return count_in(running or {}, "context_length") or count_in(options, "num_ctx")

    async def _running(self, model: str) -> Mapping[str, Any] | None:
        running = rows_in(await self.request_object("GET", "/api/ps"), "models")
        return next((row for row in running if _full_name(text_in(row, "name")) == _full_name(model)), None)

    def _body(self, request: ChatRequest) -> JSONObject:
        if not request.model:
            raise ModelNotFound(
                f"{self.name} needs the name of a model.", hint="`ollama pull llama3.2` gets one to begin with."
            )
        options = {_OTHER_NAMES.get(key, key): value for key, value in request.options.items()}
        body: JSONObject = {"model": request.model, "stream": request.stream}
        body |= _as_prompt(request.messages) if request.endpoint == "generate" else _as_chat(request.messages)
        if self.options.keep_alive is not None:
            body["keep_alive"] = self.options.keep_alive
        body |= {key: value for key, value in options.items() if key in _TOP_LEVEL}
        if model_options := {key: value for key, value in options.items() if key not in _TOP_LEVEL}:
            body["options"] = model_options
        return body

    def _not_ollama(self, path: str) -> ProtocolBroken:
        return ProtocolBroken(
            f"What answers at {self.where}{path} is no Ollama server.",
            hint="For LM Studio, llama.cpp, vLLM and others set the provider's type to lmstudio or openai.",
        )


def _as_chat(messages: tuple[ChatMessage, ...]) -> JSONObject:
    return {"messages": [_message(message) for message in messages]}


def _as_prompt(messages: tuple[ChatMessage, ...]) -> JSONObject:
    """The body of `/api/generate`, which knows no history: the last prompt, and the system prompt."""
    body: JSONObject = {}
    for message in messages:
        if message.role == "system":
            body["system"] = message.content
        elif message.role == "user":
            body["prompt"] = message.content
            # Those of the prompts before it are gone with them.
            body.pop("images", None)
            if message.images:
                body["images"] = _images(message)
    return body


def _message(message: ChatMessage) -> JSONObject:
    # Thinking is not sent back: it costs context, and models are trained without it.
    content = split_thinking(message.content).answer if message.role == "assistant" else message.content
    value: JSONObject = {"role": message.role, "content": content}
    if message.images:
        value["images"] = _images(message)
    return value


def _images(message: ChatMessage) -> list[str]:
    """Base64 without the head of a data URL, as `/api/chat` wants it."""
    return [base64.b64encode(image.data).decode("ascii") for image in message.images]


def _model_info(row: Mapping[str, Any], loaded: Mapping[str, Any] | None) -> ModelInfo:
    details = mapping_in(row, "details")
    return ModelInfo(
        name=text_in(row, "name") or text_in(row, "model"),
        loaded=loaded is not None,
        size_bytes=count_in(row, "size"),
        context_length=count_in(details, "context_length"),
        loaded_context_length=None if loaded is None else count_in(loaded, "context_length"),
        parameters=text_in(details, "parameter_size"),
        quantization=text_in(details, "quantization_level"),
        capabilities=_capabilities(row),
    )


def _capabilities(values: Mapping[str, Any]) -> frozenset[str]:
    named = values.get("capabilities")
    return frozenset(name for name in named if isinstance(name, str)) if isinstance(named, list) else frozenset()


def _full_name(model: str) -> str:
    """A model's name with its tag, which `latest` is when nobody says another."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"
