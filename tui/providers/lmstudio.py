"""LM Studio: OpenAI's protocol for answers, and LM Studio's own API for its models.

Its own `/api/v1/chat` is not used, although only it reports the progress of loading: it takes no earlier answers, but
keeps each conversation on the server, where it cannot be edited or forked and outlives ours.

Source: https://lmstudio.ai/docs/developer/rest
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final, Literal

from tui.chat.chunk import JSONValue, StreamingChunk
from tui.chat.model_info import ChatRequest, ModelInfo, chat_models_first
from tui.chat.turn import ServerActivity, TurnRetried
from tui.errors import ProtocolBroken, ProviderError
from tui.lazy_pattern import lazy_pattern
from tui.providers.base import AnswerStream, ModelManager, ignore_stage
from tui.providers.durations import seconds_in
from tui.providers.http import key_hint
from tui.providers.lmstudio_info import models_of_v0, models_of_v1
from tui.providers.lmstudio_models import LMStudioModels
from tui.providers.network.address import ServerAddress, parse_address
from tui.providers.openai import OpenAIProvider
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile
from tui.providers.server_kind import ServerKind

DEFAULT_PORT: Final = 1234

_OWN_PATHS: Final = lazy_pattern(
    r"/(api(/v[01])?|v1)(/(chat(/completions)?|completions|embeddings|messages|models|responses))?$", re.IGNORECASE
)

_API = Literal["v1", "v0", "openai"]

_APIS: Final[tuple[_API, ...]] = ("v1", "v0", "openai")
"""The APIs that can list models, the one with the most details first."""

_NOT_THERE: Final = frozenset({"bad_request", "model_not_found", "protocol", "stream_error"})
"""The kinds of error if a server does not have an API: LM Studio returns status 200 for unknown paths."""

_FOREVER_S: Final = 365 * 86_400
"""The `ttl` for a negative `keep_alive`: LM Studio has no value that means forever."""


class LMStudioProvider(OpenAIProvider):
    """An LM Studio server."""

    kind: ClassVar[ServerKind] = "lmstudio"

    def __init__(self, options: ProviderOptions) -> None:
        super().__init__(options)
        self._api_of_models: _API | None = None
        """The API that listed the models. None before the first list."""

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
            key=f"LM Studio's server settings create API tokens: set LM_API_TOKEN to one. {key_hint(options)}",
        )
        return address, "/v1", profile

    async def server_activity(self, model: str) -> ServerActivity | None:
        """`loading` while the model is not in memory. Loading on demand can take minutes."""
        return None if (await self.describe_model(model)).loaded is not False else ServerActivity("loading")

    async def context_window(self, model: str, options: Mapping[str, JSONValue]) -> int | None:  # noqa: ARG002
        """The context size of a loaded model, from LM Studio's own list of models."""
        return (await self.describe_model(model)).loaded_context_length

    def stream_chat(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None] = ignore_stage
    ) -> AnswerStream:
        """The answer to a request. See `Provider.stream_chat`."""
        request = replace(request, options=self._translated(request.options))
        if self.options.context_length and request.model:
            return self._load_and_answer(request, on_stage)
        return super().stream_chat(request, on_stage)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The downloaded models, embedding models last, with the context size of those that are loaded.

        A model need not be loaded: LM Studio loads the requested model.
        """
        if self._api_of_models is not None:
            try:
                return await self._models_by(self._api_of_models)
            except ProviderError as error:
                if error.kind not in _NOT_THERE:
                    raise
                # Another version of LM Studio may have been started since.
                self._api_of_models = None
        # A list that only fails for now is asked for again next time.
        are_missing = True
        for api in _APIS[:-1]:
            try:
                models = await self._models_by(api)
            except ProviderError as error:
                # If the server is unreachable, its other lists are too.
                if error.kind in ("connect", "connect_timeout", "auth"):
                    raise
                are_missing = are_missing and error.kind in _NOT_THERE
            else:
                self._api_of_models = api if are_missing else None
                return models
        models = await self._models_by("openai")
        self._api_of_models = "openai" if are_missing else None
        return models

    async def model_manager(self) -> ModelManager | None:
        """What pulls, loads and unloads models. None before LM Studio 0.4."""
        if self._api_of_models is None:
            await self.list_models()
        return LMStudioModels(self) if self._api_of_models == "v1" else None

    async def _load_and_answer(
        self, request: ChatRequest, on_stage: Callable[[ServerActivity], None]
    ) -> AsyncGenerator[StreamingChunk | TurnRetried, None]:
        """The answer of a model that is loaded with the configured context first, if it is not in memory.

        A request for an answer cannot choose the context. A model that is in memory stays as it is: another program may
        use it, or the user chose its context in LM Studio. LM Studio keeps a model that was loaded so until it is
        unloaded: loads have no `ttl`, and that of a request is for models that the request loads.
        """
        on_stage(ServerActivity("connecting"))
        manager: ModelManager | None = None
        # If the server cannot be asked, the request for the answer says why.
        with contextlib.suppress(ProviderError):
            if (await self.describe_model(request.model)).loaded is False:
                manager = await self.model_manager()
        if manager is not None:
            on_stage(ServerActivity("loading"))
            async with contextlib.aclosing(manager.load(request.model, self.options.context_length)) as reports:
                async for _ in reports:
                    pass
        async with contextlib.aclosing(super().stream_chat(request, on_stage)) as events:
            async for event in events:
                yield event

    async def _models_by(self, api: _API) -> tuple[ModelInfo, ...]:
        """The models that one of the APIs lists.

        Raises:
            ProtocolBroken: If the response is not its list of models.
            ProviderError: If the request fails.
        """
        if api == "openai":
            return await super().list_models()
        path = f"/api/{api}/models"
        listed = await self.request_list(path)
        models = models_of_v1(listed) if api == "v1" else models_of_v0(listed)
        if models is None:
            raise ProtocolBroken(f"The server at {self.address}{path} lists no models.", hint=self.profile.start)
        return chat_models_first(models)

    def _translated(self, options: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
        """The options by the names that LM Studio's chat endpoint knows."""
        known = {key: value for key, value in options.items() if key != "keep_alive"}
        kept_s = seconds_in(options.get("keep_alive", self.options.keep_alive))
        if kept_s is not None:
            known.setdefault("ttl", _FOREVER_S if kept_s < 0 else max(1, round(kept_s)))
        return known
