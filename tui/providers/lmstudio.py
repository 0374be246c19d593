"""LM Studio: OpenAI's protocol, plus LM Studio's own list of models.

Source: https://lmstudio.ai/docs/developer/rest
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tui.chat.chunk import JSONValue, ServerTiming, StreamingChunk, ToolCall, Usage
from tui.chat.model_info import ChatRequest, ModelInfo, chat_models_first
from tui.chat.turn import ServerActivity
from tui.errors import ProviderError
from tui.providers.answering import AnswerReader
from tui.providers.http import key_hint
from tui.providers.json_values import count_in, mapping_in, number_in, strings_in, text_in
from tui.providers.model_rows import model_rows
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.openai import OpenAIProvider
from tui.providers.openai_reader import OpenAIReader
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.providers.tool_calls import storable_arguments
from tui.wire.objects import JSONObject
from tui.wire.surrogates import joined

DEFAULT_PORT: Final = 1234

_OWN_PATHS: Final = re.compile(
    r"/(api(/v[01])?|v1)(/(chat(/completions)?|completions|embeddings|messages|models|responses))?$", re.IGNORECASE
)

_OWN_EVENTS: Final = ("chat.", "message.", "reasoning.", "tool_call.", "model_load.", "prompt_processing.")
"""How the names of LM Studio's own events begin."""


class LMStudioProvider(OpenAIProvider):
    """An LM Studio server."""

    def locate(self, options: ProviderOptions) -> tuple[ServerAddress, str, ServerProfile]:
        """The server's address, the path of its API, and its profile."""
        address = parse_address(options.base_url, default_port=DEFAULT_PORT)
        # Users paste the address from another client's settings. LM Studio returns status 200 for unknown paths.
        address = replace(address, path=_OWN_PATHS.sub("", address.path))
        profile = ServerProfile(
            name=options.name,
            address=str(address),
            start="Start its server with `lms server start` or on LM Studio's Developer page, or set base_url.",
            get_model="`lms get {model}` downloads it.",
            key=f"LM Studio's server settings create API tokens. {key_hint(options)}",
        )
        return address, "/v1", profile

    async def server_activity(self, model: str) -> ServerActivity | None:
        """`loading` while the model is not in memory. Loading on demand can take minutes."""
        return None if (await self.describe_model(model)).loaded is not False else ServerActivity("loading")

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:  # noqa: ARG002
        """The context size of a loaded model, from LM Studio's own list of models."""
        return (await self.describe_model(model)).loaded_context_length

    def make_reader(self, request: ChatRequest) -> AnswerReader:
        """A reader for the response to a request."""
        return LMStudioReader(request.model, self.profile, self.options.max_event_bytes)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The downloaded models, embedding models last, with the context size of those that are loaded.

        A model need not be loaded: LM Studio loads the requested model.
        """
        try:
            listed = await self.request_list("/api/v0/models")
        except ProviderError as error:
            # Versions before 0.3.6 lack this endpoint. If the server is unreachable, the other endpoint is too.
            if error.kind in ("connect", "connect_timeout", "auth"):
                raise
            return await super().list_models()
        rows = model_rows(listed) or []
        if not any("state" in row for row in rows):
            return await super().list_models()
        return chat_models_first(map(_model_info, rows))


class LMStudioReader(OpenAIReader):
    """Reads one response: OpenAI's events, and the named events of LM Studio's `/api/v1/chat`.

    Source: https://lmstudio.ai/docs/developer/rest/streaming-events
    """

    def apply_object(self, value: JSONObject) -> StreamingChunk | None:
        """The chunk for one event's object. None if the object adds nothing to the answer."""
        match text_in(value, "type"):
            case "message.delta":
                return self._record_progress(
                    StreamingChunk(content=self._texts.feed_texts(text_in(value, "content"), "")[0])
                )
            case "reasoning.delta":
                return self._record_progress(
                    StreamingChunk(thinking=self._texts.feed_texts("", text_in(value, "content"))[1])
                )
            case "tool_call.arguments":
                arguments = storable_arguments(dict(mapping_in(value, "arguments")))
                return self._record_progress(
                    StreamingChunk(tool_calls=(ToolCall(joined(text_in(value, "tool")), arguments),))
                )
            case "model_load.start" | "model_load.progress":
                self.activity = ServerActivity("loading", _fraction(value))
            case "prompt_processing.start" | "prompt_processing.progress":
                self.activity = ServerActivity("reading", _fraction(value))
            case "model_load.end" | "prompt_processing.end":
                self.activity = ServerActivity("waiting")
            case "chat.end":
                if stats := mapping_in(mapping_in(value, "result"), "stats"):
                    self._usage = Usage(count_in(stats, "input_tokens"), count_in(stats, "total_output_tokens"))
                    self._timing = ServerTiming(
                        load_s=number_in(stats, "model_load_time_seconds"),
                        tokens_per_second=number_in(stats, "tokens_per_second"),
                    )
                self.finished = self.ended = True
            case kind if not kind.startswith(_OWN_EVENTS):
                return super().apply_object(value)
        return None

    def _record_progress(self, chunk: StreamingChunk) -> StreamingChunk | None:
        if not chunk.has_text:
            return None
        self.progressed = True
        self.unread = ""
        return chunk


def _fraction(value: JSONObject) -> float | None:
    done = number_in(value, "progress")
    return None if done is None else min(1.0, done)


def _model_info(row: Mapping[str, Any]) -> ModelInfo:
    """One row of `/api/v0/models`."""
    kind, state = text_in(row, "type"), text_in(row, "state")
    # Other types, such as decision models, cannot chat.
    also = {"": set(), "llm": set(), "vlm": {"vision"}, "embeddings": {"embedding"}}.get(kind, {kind})
    return ModelInfo(
        name=text_in(row, "id"),
        loaded=state == "loaded" if state else None,
        context_length=count_in(row, "max_context_length"),
        loaded_context_length=count_in(row, "loaded_context_length"),
        quantization=text_in(row, "quantization"),
        capabilities=strings_in(row, "capabilities") | also,
    )
