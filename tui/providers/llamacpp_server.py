"""What llama.cpp's server tells and can do beyond OpenAI's API, whichever provider type it is configured with.

It runs in two modes. With a model on its command line it serves that model, under whatever name a request has. Without
one it is a router: it lists the models on its disk with their states, and starts a server for each as requests need it.
A GET request with `?model=` loads the model too, unless it has `autoload=false`.

Source: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from tui.chat.model_info import ModelInfo
from tui.chat.turn import ServerActivity
from tui.errors import ProviderError
from tui.lazy_pattern import lazy_pattern
from tui.providers.event_stream import events_of
from tui.providers.http import HTTPProvider
from tui.providers.json_values import count_in, mapping_in, number_in, text_in
from tui.providers.model_rows import model_rows
from tui.providers.resumable import ServerStream
from tui.wire.objects import JSONObject

_REFUSALS: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
"""Statuses after which the same question is not asked again."""

_PROGRESS_WAIT_S: Final = 0.5
"""How long to listen for the progress of a load."""

_SWITCH: Final = lazy_pattern(r"\benable_thinking\b|\bthinking is (?:not )?defined\b")
"""How a chat template reads the variable that switches its thinking."""

_LEVELS: Final = ("low", "medium", "high")


class LlamaCppServer:
    """The questions that only llama.cpp's server answers. None of them wakes or loads a model."""

    def __init__(self, provider: HTTPProvider, api: str) -> None:
        """Args:
        provider: Sends the requests.
        api: The path of its OpenAI-compatible API, such as `/v1`.
        """
        self.provider = provider
        self.api = api
        self.root = api.removesuffix("/v1")
        """The path of its own endpoints."""
        self.is_router = False
        """Whether it is a router, by its last list of models."""
        self._refused: set[str] = set()
        """Questions that it refused since its models were listed last."""
        self._fractions: dict[str, float] = {}
        """How much of a model was loaded, by the last report."""

    def models_listed(self, rows: list[Mapping[str, Any]]) -> None:
        """Note what a list of models says about the server itself. Refused questions may be asked again."""
        self.is_router = any(mapping_in(row, "status") for row in rows)
        self._refused.clear()

    async def rows(self) -> dict[str, Mapping[str, Any]]:
        """The rows of its list of models, by name."""
        listed = await self.provider.request_list(f"{self.api}/models")
        return {text_in(row, "id"): row for row in model_rows(listed) or []}

    async def activity(self, model: str) -> ServerActivity | None:
        """What keeps a request waiting: `loading`, or `queued` while the model's slots or the router are busy."""
        if self.is_router:
            state = state_of((await self.rows()).get(model, {}))
            if state in ("loading", "sleeping"):
                return ServerActivity("loading", await self._load_fraction(model))
            self._fractions.pop(model, None)
            if state == "unloaded":
                # The router unloads another model first, once that one is idle.
                return ServerActivity("queued")
            if state != "loaded":
                return None
        path = self._path_for("/slots", model)
        if path in self._refused:
            return None
        try:
            slots = await self.provider.request_rows("GET", path)
        except ProviderError as error:
            if error.status not in _REFUSALS:
                raise
            self._refused.add(path)
            return None
        is_busy = bool(slots) and all(slot.get("is_processing") is True for slot in slots)
        return ServerActivity("queued") if is_busy else None

    async def version(self) -> str:
        """The build: `b11434-pypi`. Empty if the server does not know it."""
        build = text_in(await self.provider.request_object("GET", f"{self.root}/props"), "build_info")
        # A build without a repository calls itself `b0-unknown`.
        return "" if build.startswith("b0-") else build

    async def described(self, info: ModelInfo) -> ModelInfo:
        """A model with what `/props` tells about it. A router tells nothing about a model that it has not loaded.

        Raises:
            ProviderError: If the server cannot be reached.
        """
        if self.is_router and not (info.loaded or info.state == "sleeping"):
            return info
        try:
            properties = await self.provider.request_object("GET", self._path_for("/props", info.name))
        except ProviderError as error:
            if error.status in _REFUSALS:
                return info
            raise
        return _with_properties(info, properties)

    async def count_tokens(self, model: str, body: JSONObject) -> int | None:
        """How many tokens the prompt of a request has. See `Provider.count_tokens`.

        Args:
            model: The requested model.
            body: The body of the request for its answer.

        Raises:
            ProviderError: If the server cannot be reached.
        """
        path = f"{self.api}/chat/completions/input_tokens"
        if path in self._refused or not await self._is_awake(model):
            return None
        try:
            counted = await self.provider.request_object("POST", f"{path}{self._query_for(model)}", body, model=model)
        except ProviderError as error:
            if error.status not in _REFUSALS:
                raise
            self._refused.add(path)
            return None
        return count_in(counted, "input_tokens")

    async def _is_awake(self, model: str) -> bool:
        """Whether a model is in memory. To count tokens, the server would wake one that sleeps."""
        if self.is_router:
            return state_of((await self.rows()).get(model, {})) == "loaded"
        try:
            properties = await self.provider.request_object("GET", f"{self.root}/props")
        except ProviderError as error:
            if error.status not in _REFUSALS:
                raise
            # Versions that sleep have it, unless it is switched off.
            return False
        return properties.get("is_sleeping") is not True

    async def end_thinking(self, model: str, answer_id: str) -> bool:
        """End the thinking of a running answer. See `Provider.end_thinking`."""
        body = {"id": answer_id, "action": "reasoning_end", "model": model}
        path = f"{self.api}/chat/completions/control"
        try:
            answered = await self.provider.request_object("POST", path, body)
        except ProviderError as error:
            # Versions before 2026 do not have it.
            if error.status in _REFUSALS:
                return False
            raise
        return answered.get("success") is True

    def new_stream(self) -> ServerStream:
        """A name for an answer, with which the server keeps the answer for a connection that breaks.

        The server then generates the answer to its end, unless it is told to stop: closing the connection does not stop
        it. Only a client that is killed leaves such an answer behind, and that ends when the context is full. Older
        versions do not know the header, and stop when the connection is closed.

        Source: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README-dev.md#resumable-streaming-sse-replay-buffer
        """
        name = uuid.uuid4().hex
        return ServerStream({"X-Conversation-Id": name}, f"{self.api}/stream?conv_id={name}")

    def events(self) -> AsyncGenerator[JSONObject, None]:
        """News about the models of a router: `{"model": str, "event": str, "data"?: {…}}`, as they happen."""
        return events_of(self.provider, f"{self.root}/models/sse")

    async def _load_fraction(self, model: str) -> float | None:
        """How much of a model is loaded, from 0 to 1. None if the server has not reported it."""
        path = f"{self.root}/models/sse"
        if path in self._refused:
            return self._fractions.get(model)
        try:
            async with asyncio.timeout(_PROGRESS_WAIT_S), contextlib.aclosing(self.events()) as events:
                async for event in events:
                    fraction = load_fraction(event) if text_in(event, "model") == model else None
                    if fraction is not None:
                        self._fractions[model] = fraction
                        break
        except TimeoutError:
            pass
        except ProviderError as error:
            if error.status in _REFUSALS:
                self._refused.add(path)
        return self._fractions.get(model)

    def _path_for(self, path: str, model: str) -> str:
        return f"{self.root}{path}{self._query_for(model)}"

    def _query_for(self, model: str) -> str:
        """The query of a request about a model, which does not load it."""
        return f"?model={quote(model, safe='')}&autoload=false" if self.is_router else ""


def state_of(row: Mapping[str, Any]) -> str:
    """The state of a model in a router's list: `loaded`, `loading`, … Empty if it has none."""
    return text_in(mapping_in(row, "status"), "value")


def load_fraction(event: JSONObject) -> float | None:
    """How much of a model is loaded by an event, from 0 to 1. None if the event does not report it.

    The stages are loaded one after another, and count equally: how large each of them is, is not reported.

    Args:
        event: `{"data": {"progress": {"stages": ["text_model", "mmproj_model"], "current": …, "value": 0.5}}}`.
    """
    progress = mapping_in(mapping_in(event, "data"), "progress")
    value = number_in(progress, "value")
    if value is None:
        return None
    stages = progress.get("stages")
    names = stages if isinstance(stages, list) else []
    current = progress.get("current")
    done = names.index(current) if current in names else 0
    return min(1.0, (done + min(1.0, value)) / max(1, len(names)))


def _with_properties(info: ModelInfo, properties: JSONObject) -> ModelInfo:
    """A model with what `/props` tells about it: context, abilities, and how its thinking is switched."""
    modalities = mapping_in(properties, "modalities")
    abilities = mapping_in(properties, "chat_template_caps")
    added = {
        "vision": modalities.get("vision") is True,
        "audio": modalities.get("audio") is True,
        "tools": abilities.get("supports_tools") is True or abilities.get("supports_tool_calls") is True,
    }
    capabilities = info.capabilities | {name for name, is_there in added.items() if is_there}
    if modalities and info.chat_support != "no":
        capabilities |= {"completion"}
    settings = mapping_in(properties, "default_generation_settings")
    is_sleeping = properties.get("is_sleeping")
    return replace(
        info,
        # Without a router, only this tells: a model that sleeps is not in memory.
        loaded=not is_sleeping if isinstance(is_sleeping, bool) else info.loaded,
        capabilities=capabilities,
        loaded_context_length=info.loaded_context_length or count_in(settings, "n_ctx"),
        thinking=_thinking_values(text_in(properties, "chat_template"), abilities),
        state="sleeping" if is_sleeping is True else info.state,
    )


def _thinking_values(template: str, abilities: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The values that switch a model's thinking, by its chat template. None without a template."""
    if not template:
        return None
    has_levels = abilities.get("supports_reasoning_effort") is True or "reasoning_effort" in template
    if _SWITCH.search(template):
        return ("off", *_LEVELS) if has_levels else ("off", "on")
    return _LEVELS if has_levels else ()
