"""Any OpenAI-compatible server: request body, models.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.chat.chat_support import other_uses
from tui.chat.chunk import JSONValue
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus, chat_models_first
from tui.chat.turn import ServerActivity
from tui.errors import ProtocolBroken
from tui.providers.answering import AnswerReader
from tui.providers.api_path import openai_api_path
from tui.providers.base import AnswerStream, ignore_stage
from tui.providers.http import HTTPProvider, key_hint
from tui.providers.json_values import count_in, mapping_in, rows_in, strings_in, text_in
from tui.providers.model_rows import model_name, model_rows
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.openai_reader import OpenAIReader
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.wire.objects import JSONObject

_ENDPOINT: Final = "/chat/completions"


class OpenAIProvider(HTTPProvider):
    """A server with OpenAI's chat completions API."""

    def __init__(self, options: ProviderOptions) -> None:
        address, self._api, profile = self.locate(options)
        super().__init__(options, address, profile)
        self._listed: tuple[ModelInfo, ...] = ()
        """The models that the server listed last."""
        self._is_llama_cpp = False
        """Whether the server identified itself as llama.cpp in its list of models."""

    def locate(self, options: ProviderOptions) -> tuple[ServerAddress, str, ServerProfile]:
        """The server's address, the path of its API, and its profile."""
        address = parse_address(options.base_url)
        api = openai_api_path(address)
        profile = ServerProfile(
            name=options.name,
            address=address.origin + api,
            start=f"Check that the server runs, and base_url in [providers.{options.name}].",
            key=key_hint(options),
        )
        return replace(address, path=""), api, profile

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        """The answer to a request. See `Provider.stream_chat`."""
        return self.answer(
            self._api + _ENDPOINT,
            lambda: _body(request, wants_progress=self._is_llama_cpp),
            lambda: self.make_reader(request),
            accept="text/event-stream" if request.stream else "application/json",
            model=request.model,
            on_stage=on_stage,
        )

    def make_reader(self, request: ChatRequest) -> AnswerReader:
        """A reader for the response to a request."""
        return OpenAIReader(request.model, self.profile, self.options.max_event_bytes)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The models from `/models`. Some servers add the context length and whether a model is loaded."""
        listed = await self.request_list(f"{self._api}/models")
        rows = model_rows(listed)
        if rows is None:
            raise ProtocolBroken(
                f"The server at {self.address}/models lists no models.",
                hint="Check base_url: it may need /v1 at its end, or a shorter path.",
            )
        self._is_llama_cpp = any(text_in(row, "owned_by") == "llamacpp" for row in rows)
        # llama-server lists the capabilities separately, under `models`.
        also = rows_in(listed, "models") if isinstance(listed, dict) else []
        can = {model_name(row): _capabilities(row) for row in also}
        infos = map(_model_info, rows)
        self._listed = chat_models_first(
            replace(info, capabilities=can.get(info.name, frozenset()) or info.capabilities) for info in infos
        )
        return self._listed

    async def describe_model(self, model: str) -> ModelInfo:
        """The information about a model in the list of models."""
        listed = {info.name: info for info in await self.list_models()}
        return listed.get(model, ModelInfo(model))

    async def check(self) -> ServerStatus:
        """List the models, the smallest request that every compatible server supports."""
        began = time.monotonic()
        await self.list_models()
        return ServerStatus(latency_s=time.monotonic() - began)

    async def server_activity(self, model: str) -> ServerActivity | None:  # noqa: ARG002
        """`queued` while all slots of a llama-server are busy. Other servers do not report this."""
        if not self._is_llama_cpp:
            return None
        slots = await self.request_rows("GET", f"{self._api.removesuffix('/v1')}/slots")
        is_busy = bool(slots) and all(slot.get("is_processing") is True for slot in slots)
        return ServerActivity("queued") if is_busy else None

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:  # noqa: ARG002
        """The context size from the last list of models, as llama-server and vLLM report it. Sends no request."""
        # A llama-server with one model uses it for any requested name.
        is_any = self._is_llama_cpp and len(self._listed) == 1
        return next((info.loaded_context_length for info in self._listed if is_any or info.name == model), None)


def _body(request: ChatRequest, *, wants_progress: bool) -> JSONObject:
    body: JSONObject = dict(request.options)
    # Without a name, llama-server and similar servers use the loaded model.
    if request.model:
        body["model"] = request.model
    body["messages"] = [_message(message) for message in request.messages]
    body["stream"] = request.stream
    if request.stream:
        body.setdefault("stream_options", {"include_usage": True})
        # Reports how much of the prompt is processed. Only for llama-server: others may reject unknown options.
        if wants_progress:
            body.setdefault("return_progress", True)
    return body


def _message(message: ChatMessage) -> JSONObject:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[JSONObject] = [{"type": "text", "text": message.content}] if message.content else []
    for image in message.images:
        data = base64.b64encode(image.data).decode("ascii")
        parts.append({"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{data}"}})
    return {"role": message.role, "content": parts}


def _capabilities(row: Mapping[str, Any]) -> frozenset[str]:
    capabilities = strings_in(row, "capabilities")
    return capabilities | {"vision"} if "multimodal" in capabilities else capabilities


_KIND_KEYS: Final = ("type", "task", "mode", "pipeline_tag")
_OTHER_KINDS: Final = frozenset({"image", "audio", "video", "score", "scoring", "classify", "reward", "pooling"})
"""Kinds of models that cannot chat. As capabilities, some of these words would only name what a model can read."""
_CHAT_WORDS: Final = frozenset({"chat", "completion", "text-generation", "image-text-to-text", "video-text-to-text"})
_CHAT_FLAGS: Final = ("completion_chat", "chat_completion", "chat_completions", "chat")


def _uses_besides_chat(row: Mapping[str, Any]) -> frozenset[str]:
    """What a gateway says a model is for, if that is not chat: `{"type": "embedding"}`, `{"labels": ["reranking"]}`.

    Mistral reports `{"capabilities": {"completion_chat": false}}`, and OpenRouter what a model writes:
    `{"architecture": {"output_modalities": ["image"]}}`.

    Other words are not used: without `vision` among them, the model would seem unable to see images.
    """
    flags = mapping_in(row, "capabilities")
    if any(flags.get(name) is True for name in _CHAT_FLAGS):
        return frozenset()
    if any(flags.get(name) is False for name in _CHAT_FLAGS):
        return frozenset(name for name, value in flags.items() if value is True) - {"vision"} or frozenset({"no chat"})
    written = _output_modalities(row)
    if written and "text" not in written:
        return written
    kinds = {text_in(row, key) for key in _KIND_KEYS} | {text_in(flags, "type")}
    words = kinds | strings_in(row, "labels") | strings_in(row, "capabilities")
    if words & _CHAT_WORDS:
        return frozenset()
    return other_uses(words) | {kind for kind in kinds if kind.lower() in _OTHER_KINDS}


def _output_modalities(row: Mapping[str, Any]) -> frozenset[str]:
    """What a model writes: `text`, `image`, … Empty if the server does not report it."""
    for place in (mapping_in(row, "architecture"), row):
        if written := strings_in(place, "output_modalities"):
            return frozenset(map(str.lower, written))
        if outputs := text_in(place, "modality").lower().partition("->")[2]:
            return frozenset(outputs.split("+"))
    return frozenset()


def _model_info(row: Mapping[str, Any]) -> ModelInfo:
    # vLLM, OpenRouter and llama-server each report the context length under a different key.
    meta = mapping_in(row, "meta")
    served = count_in(row, "max_model_len")
    context = served or count_in(row, "context_length") or count_in(meta, "n_ctx_train")
    state = text_in(mapping_in(row, "status"), "value")
    return ModelInfo(
        name=text_in(row, "id"),
        capabilities=_uses_besides_chat(row),
        loaded=(state == "loaded") if state else None,
        size_bytes=count_in(meta, "size"),
        context_length=context,
        loaded_context_length=count_in(meta, "n_ctx") or served,
    )
