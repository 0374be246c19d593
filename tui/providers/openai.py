"""Any OpenAI-compatible server: request body, models.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from tui.chat.chunk import JSONValue, StreamingChunk, ToolCall
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest, ModelInfo, ServerStatus, chat_models_first
from tui.chat.options import thinking_value
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProtocolBroken, ProviderError, RequestRefused
from tui.providers.answering import AnswerReader
from tui.providers.api_path import openai_api_path
from tui.providers.base import AnswerStream, ModelManager, ignore_stage
from tui.providers.http import HTTPProvider, key_hint
from tui.providers.json_values import rows_in, text_in
from tui.providers.llamacpp_models import LlamaCppModels
from tui.providers.llamacpp_server import LlamaCppServer
from tui.providers.model_rows import model_name, model_rows
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.openai_models import listed_capabilities, model_infos
from tui.providers.openai_reader import OpenAIReader
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.providers.resumable import ServerStream
from tui.providers.server_kind import CONTINUES_BY_FLAG, ServerKind, kind_of_host, kind_of_rows
from tui.providers.thinking_switch import merged_fields, thinking_fields
from tui.providers.tool_messages import tool_definitions, with_result_images_in_prompts
from tui.wire.objects import JSONObject

_ENDPOINT: Final = "/chat/completions"

_PREFILL_REFUSED: Final = "prefill is incompatible with enable_thinking"
"""In the error of llama-server from July 2025 to May 2026 if it is to continue an answer of a model that thinks."""


class OpenAIProvider(HTTPProvider):
    """A server with OpenAI's chat completions API.

    What a server can do beyond that depends on its kind, which its list of models tells. The list is requested before
    an answer only if the request contains something that servers name differently.
    """

    kind: ClassVar[ServerKind] = ""
    """The kind of server, if the type of the provider says it. Empty to recognize it."""

    def __init__(self, options: ProviderOptions) -> None:
        address, self._api, profile = self.locate(options)
        super().__init__(options, address, profile)
        self._configured_kind = self.kind or kind_of_host(address.host)
        self._kind = self._configured_kind
        self._is_listed = False
        """Whether the server has listed its models."""
        self._listed: tuple[ModelInfo, ...] = ()
        """The models that the server listed last."""
        self._llama_cpp = LlamaCppServer(self, self._api)
        """Asks what only llama.cpp answers. Used only if that is the kind of server."""

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

    @property
    def continues_thinking(self) -> bool:
        """Whether the server is llama.cpp's: it takes the thinking of the last message, and continues that."""
        return self._kind == "llamacpp"

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        """The answer to a request. See `Provider.stream_chat`."""
        if _is_continuation(request):
            return self._continue(request, on_stage)
        calls_with_thinking = any(message.tool_calls and message.thinking for message in request.messages)
        if (thinking_value(request.options.get("think")) or calls_with_thinking) and not self._is_recognized:
            return self._recognize_and_answer(request, on_stage)
        return self._answer(request, on_stage)

    def make_reader(self, request: ChatRequest) -> AnswerReader:
        """A reader for the response to a request."""
        return OpenAIReader(
            request.model, self.profile, self.options.max_event_bytes, reports_id=self._kind == "llamacpp"
        )

    async def thinking_problem(self, model: str, value: str) -> str:
        """Why a value of `think` has no effect. See `Provider.thinking_problem`."""
        # A server whose list cannot be read may answer all the same.
        with contextlib.suppress(ProviderError):
            if problem := await super().thinking_problem(model, value):
                return problem
        if thinking_fields(self._kind, value):
            return ""
        how = "A level such as low may work, or an option that the server documents."
        return f"llm-tui does not know how {self.name} sets thinking to {value}. {how}"

    async def tools_problem(self, model: str) -> str:  # noqa: ARG002
        """Empty: these servers do not report which models cannot call tools.

        LM Studio and llama.cpp let models call tools that were not trained for it, too.
        """
        return ""

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The models from `/models`. Some servers add the context length and whether a model is loaded."""
        listed = await self.request_list(f"{self._api}/models")
        rows = model_rows(listed)
        if rows is None:
            raise ProtocolBroken(
                f"The server at {self.address}/models lists no models.",
                hint="Check base_url: it may need /v1 at its end, or a shorter path.",
            )
        self._is_listed = True
        self._kind = self._configured_kind or kind_of_rows(rows)
        self._llama_cpp.models_listed(rows)
        # llama-server lists the capabilities separately, under `models`.
        also = rows_in(listed, "models") if isinstance(listed, dict) else []
        can = {model_name(row): listed_capabilities(row) for row in also}
        infos = model_infos(rows, self._kind)
        is_single = self._kind == "llamacpp" and not self._llama_cpp.is_router
        # Whether its model sleeps, it tells elsewhere.
        self.lists_details = not is_single
        if is_single:
            # The server refuses all requests until its model is in memory.
            infos = [replace(info, loaded=True) for info in infos]
        self._listed = chat_models_first(
            replace(info, capabilities=info.capabilities | can.get(info.name, frozenset())) for info in infos
        )
        return self._listed

    async def describe_model(self, model: str) -> ModelInfo:
        """The information about a model in the list of models, and what llama.cpp's server tells besides."""
        info = self._find(model, await self.list_models()) or ModelInfo(model)
        return await self._llama_cpp.described(info) if self._kind == "llamacpp" else info

    async def check(self) -> ServerStatus:
        """List the models, the smallest request that every compatible server supports."""
        began = time.monotonic()
        models = await self.list_models()
        latency_s = time.monotonic() - began
        version = ""
        # The server answers, so a version that it does not tell is not a failure.
        with contextlib.suppress(ProviderError):
            version = await self._version()
        return ServerStatus(latency_s, version, models)

    async def server_activity(self, model: str) -> ServerActivity | None:
        """What llama.cpp's server is doing. Other servers do not report this."""
        return await self._llama_cpp.activity(model) if self._kind == "llamacpp" else None

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:  # noqa: ARG002
        """The context size from the list of models, as llama-server and vLLM report it.

        Requests are sent only to a llama.cpp server that did not list the size last time: its router does only while
        the model is loaded, and old versions do not at all.
        """
        info = self._find(model, self._listed)
        if self._kind == "llamacpp" and (info is None or info.loaded_context_length is None):
            info = await self.describe_model(model)
        return None if info is None else info.loaded_context_length

    async def model_manager(self) -> ModelManager | None:
        """What manages the models of a llama.cpp router. None for other servers."""
        if not self._is_listed:
            await self.list_models()
        if self._kind == "llamacpp" and self._llama_cpp.is_router:
            return LlamaCppModels(self._llama_cpp)
        return None

    async def count_tokens(self, request: ChatRequest) -> int | None:
        """How many tokens llama.cpp's server counts. See `Provider.count_tokens`."""
        if self._kind != "llamacpp":
            return None
        body = self._body(replace(request, stream=False))
        return await self._llama_cpp.count_tokens(request.model, body)

    async def end_thinking(self, model: str, answer_id: str) -> bool:
        """Ask llama.cpp's server to end the thinking of a running answer. See `Provider.end_thinking`."""
        return self._kind == "llamacpp" and await self._llama_cpp.end_thinking(model, answer_id)

    @property
    def _is_recognized(self) -> bool:
        return bool(self._configured_kind) or self._is_listed

    def _find(self, model: str, listed: tuple[ModelInfo, ...]) -> ModelInfo | None:
        """The listed model with a name. A llama-server with one model uses it for any requested name."""
        if self._kind == "llamacpp" and not self._llama_cpp.is_router and len(listed) == 1:
            return listed[0]
        return next((info for info in listed if info.name == model), None)

    async def _version(self) -> str:
        """The version of a server that tells it. Empty for others."""
        if self._kind == "llamacpp":
            return await self._llama_cpp.version()
        if self._kind == "vllm":
            return text_in(await self.request_object("GET", f"{self._api.removesuffix('/v1')}/version"), "version")
        return ""

    def _answer(self, request: ChatRequest, on_stage: Callable[[ServerActivity], None]) -> AnswerStream:
        return self.answer(
            self._api + _ENDPOINT,
            lambda: self._body(request),
            lambda: self.make_reader(request),
            accept="text/event-stream" if request.stream else "application/json",
            model=request.model,
            on_stage=on_stage,
            server_stream=lambda: self._server_stream(request),
        )

    def _server_stream(self, request: ChatRequest) -> ServerStream | None:
        """How llama.cpp's server keeps the answer if the connection breaks. None for other servers."""
        can_resume = request.stream and self._kind == "llamacpp" and self.options.retry.attempts > 1
        return self._llama_cpp.new_stream() if can_resume else None

    async def _recognize_and_answer(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None]
    ) -> AsyncGenerator[StreamingChunk | TurnRetried, None]:
        """The answer of a server whose kind decides what is sent."""
        if not self._is_recognized:
            # If the server cannot be reached, the request for the answer says so.
            with contextlib.suppress(ProviderError):
                await self.list_models()
        async with contextlib.aclosing(self._answer(request, on_stage)) as events:
            async for event in events:
                yield event

    async def _continue(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None]
    ) -> AsyncGenerator[StreamingChunk | TurnRetried, None]:
        """The rest of an answer, from a server that may be too old to continue one while thinking is enabled."""
        try:
            async with contextlib.aclosing(self._recognize_and_answer(request, on_stage)) as events:
                async for event in events:
                    yield event
        except RequestRefused as error:
            if _PREFILL_REFUSED not in str(error):
                raise
            retry = replace(request, options={**request.options, "think": "off"})
            async with contextlib.aclosing(self._answer(retry, on_stage)) as events:
                async for event in events:
                    yield event

    def _body(self, request: ChatRequest) -> JSONObject:
        options = {key: value for key, value in request.options.items() if key != "think"}
        value = thinking_value(request.options.get("think"))
        body: JSONObject = merged_fields(thinking_fields(self._kind, value), options) if value else dict(options)
        # Without a name, llama-server and similar servers use the loaded model.
        if request.model:
            body["model"] = request.model
        messages = tuple(with_result_images_in_prompts(request.messages))
        body["messages"] = [_message(message) for message in messages]
        if self._kind == "llamacpp":
            # Its templates continue the thinking between tool calls with it. Other servers may refuse it.
            for message, value in zip(messages, body["messages"], strict=True):
                if message.tool_calls and message.thinking:
                    value["reasoning_content"] = message.thinking
        if request.tools:
            body["tools"] = tool_definitions(request.tools)
        if request.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": dict(request.schema)},
            }
        if _is_continuation(request):
            if self.continues_thinking and (thinking := request.messages[-1].thinking):
                body["messages"][-1]["reasoning_content"] = thinking
            if self._kind in CONTINUES_BY_FLAG:
                body |= {"continue_final_message": True, "add_generation_prompt": False}
        body["stream"] = request.stream
        if request.stream:
            body.setdefault("stream_options", {"include_usage": True})
            # Progress of the prompt, and a way to end the thinking. Other servers may reject unknown options.
            if self._kind == "llamacpp":
                body.setdefault("return_progress", True)
                body.setdefault("reasoning_control", True)
        return body


def _is_continuation(request: ChatRequest) -> bool:
    """Whether the last message is the beginning of the answer."""
    return bool(request.messages) and request.messages[-1].role == "assistant"


def _message(message: ChatMessage) -> JSONObject:
    if message.tool is not None:
        return {"role": "tool", "tool_call_id": message.tool.call_id, "content": message.content}
    if message.tool_calls:
        return {
            "role": "assistant",
            # Null, because some servers refuse messages with empty texts.
            "content": message.content or None,
            "tool_calls": [_tool_call(call) for call in message.tool_calls],
        }
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[JSONObject] = [{"type": "text", "text": message.content}] if message.content else []
    for image in message.images:
        data = base64.b64encode(image.data).decode("ascii")
        parts.append({"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{data}"}})
    return {"role": message.role, "content": parts}


def _tool_call(call: ToolCall) -> JSONObject:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
