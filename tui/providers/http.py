"""The base class of all HTTP providers: transport, streamed answers with retries, and lookups."""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from tui.chat.chunk import StreamingChunk
from tui.chat.model_info import ChatRequest, ModelInfo
from tui.chat.turn import ServerActivity
from tui.errors import (
    ABSENT_ERRORS,
    AuthRefused,
    ConfigError,
    FirstTokenTimedOut,
    IdleTimedOut,
    ProtocolBroken,
    ProviderError,
    TotalTimedOut,
)
from tui.limits import TimeLimits
from tui.providers.answering import AnswerBody, AnswerReader, read_answer, with_retries
from tui.providers.base import AnswerStream, ModelManager
from tui.providers.concurrency_limit import ConcurrencyLimit
from tui.providers.error_text import error_in, looks_like_html
from tui.providers.network.address import ServerAddress
from tui.providers.network.proxies import PROXY_HINT
from tui.providers.network.response import StreamedResponse
from tui.providers.network.transport import OnPhase, Transport
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile, error_from_response, error_from_stream, web_page_error
from tui.providers.resumable import ResumableResponse, ServerStream
from tui.wire.objects import JSONObject, parse_object, parse_object_or_list, parse_rows

_MAX_LOOKUP_BYTES: Final = 64 * 2**20

_STOP_TIMEOUT_S: Final = 3.0
"""The time limit for stopping an answer that the server would continue."""

_REFUSED_KEY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_Parsed = TypeVar("_Parsed")


class HTTPProvider(ABC):
    """A provider that uses HTTP. Subclasses define the request bodies and read the responses."""

    lists_details = True
    """See `Provider.lists_details`."""

    def __init__(self, options: ProviderOptions, address: ServerAddress, profile: ServerProfile) -> None:
        self.name = options.name
        self.address = profile.address
        self.profile = profile
        self.options = options
        self._key = options.key
        """The API key, the newest one if it was renewed."""
        self._stopping: set[asyncio.Task[None]] = set()
        """Requests to stop answers, which end within seconds."""
        self.concurrency_limit = ConcurrencyLimit(options.parallel)
        self.transport = Transport(
            address,
            server=options.name,
            limits=options.limits,
            read_bytes=options.read_bytes,
            headers=options.headers,
            key=options.key,
            verify=options.verify,
            start_hint=profile.start,
        )

    @property
    def continues_thinking(self) -> bool:
        """False: most servers cannot continue thinking."""
        return False

    async def model_manager(self) -> ModelManager | None:
        """None: most servers do not let clients manage their models."""
        return None

    async def count_tokens(self, request: ChatRequest) -> int | None:  # noqa: ARG002
        """None: most servers count the tokens of a prompt only when they answer it."""
        return None

    async def end_thinking(self, model: str, answer_id: str) -> bool:  # noqa: ARG002
        """False: most servers cannot end the thinking of a running answer."""
        return False

    async def thinking_problem(self, model: str, value: str) -> str:
        """Why a value of `think` has no effect on a model, by what the server reports about it."""
        values = (await self.describe_model(model)).thinking
        if values == ():
            return f"{model} has no switch for its thinking."
        # A model that has levels thinks at its usual one if it is only told to think.
        if values is None or value in values or value == "on":
            return ""
        return f"{model} does not know the thinking value {value}. Its values are {', '.join(values)}."

    async def tools_problem(self, model: str) -> str:
        """Why a model cannot be offered tools, by the capabilities that the server reports."""
        capabilities = (await self.describe_model(model)).capabilities
        return "" if not capabilities or "tools" in capabilities else f"{model} cannot call tools. It is offered none."

    def get_ready(self) -> None:
        """Prepare the transport before the first request, so that the request starts sooner."""
        self.transport.get_ready()

    async def aclose(self) -> None:
        """Close every connection, after answers that the server would continue are stopped."""
        if self._stopping:
            await asyncio.wait(self._stopping)
        await self.transport.aclose()

    @abstractmethod
    async def describe_model(self, model: str) -> ModelInfo:
        """The server's information about one model. See `Provider.describe_model`."""

    def answer(
        self,
        path: str,
        body: Callable[[], Mapping[str, Any]],
        reader: Callable[[], AnswerReader],
        *,
        accept: str,
        model: str,
        on_stage: Callable[[ServerActivity], None],
        server_stream: Callable[[], ServerStream | None] = lambda: None,
    ) -> AnswerStream:
        """The answer to one request, with retries.

        Args:
            path: The path for the POST request.
            body: Returns the request body; called once per attempt.
            reader: Returns a reader for the response; called once per attempt.
            accept: The media type for the Accept header.
            model: The requested model, for error messages.
            on_stage: Called with each new stage of the request.
            server_stream: Returns how the server keeps the answer if the connection breaks, None if it does not; called
                once per attempt.
        """

        async def attempt(start: float) -> AsyncGenerator[StreamingChunk, None]:
            kept = server_stream()
            try:
                async with self._exchange(
                    "POST",
                    path,
                    body(),
                    accept=accept,
                    headers=kept.headers if kept else None,
                    on_phase=lambda phase: on_stage(ServerActivity(phase)),
                    began=start,
                ) as response:
                    await self.raise_for_status(response, path, model)
                    answer_reader = reader()
                    async with contextlib.AsyncExitStack() as stack:
                        answer_body: AnswerBody = response
                        if kept is not None:
                            rest = partial(self._rest_of, kept, start)
                            answer_body = await stack.enter_async_context(
                                ResumableResponse(
                                    response,
                                    rest,
                                    lambda: answer_reader.finished,
                                    self.options.retry,
                                    lambda: on_stage(ServerActivity("connecting")),
                                )
                            )
                        chunks = read_answer(answer_body, answer_reader, self._profile_of(path), on_stage)
                        async for chunk in await stack.enter_async_context(contextlib.aclosing(chunks)):
                            yield chunk
                kept = None
            except ABSENT_ERRORS:
                # The server does not know of the request.
                kept = None
                raise
            finally:
                if kept is not None:
                    self._stop_later(kept)

        slot = self.concurrency_limit.slot(lambda: on_stage(ServerActivity("queued locally")))
        return with_retries(self.options.retry, attempt, self.options.limits.total, slot)

    @contextlib.asynccontextmanager
    async def _rest_of(self, kept: ServerStream, began: float, received: int) -> AsyncIterator[StreamedResponse]:
        """What follows the given number of bytes of an answer that the server keeps."""
        path = kept.rest_path(received)
        limits = replace(self.options.limits, first_token=self.options.limits.idle)
        async with self._exchange("GET", path, limits=limits, accept="text/event-stream", began=began) as response:
            await self.raise_for_status(response, path)
            yield response

    def _stop_later(self, kept: ServerStream) -> None:
        """Stop an answer that the server would continue without us. Nothing waits for that but the end of the program.

        The connection of the answer is closed first, and a slow network must not delay what the user does next.
        """
        task = asyncio.create_task(self._stop(kept), name=f"stop {kept.path}")
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stop(self, kept: ServerStream) -> None:
        limits = TimeLimits(connect=_STOP_TIMEOUT_S, first_token=_STOP_TIMEOUT_S, total=_STOP_TIMEOUT_S)
        # If the server cannot be told, it ends the answer by itself, at the latest when its context is full.
        with contextlib.suppress(ProviderError):
            async with self.transport.exchange("DELETE", kept.path, limits=limits) as response:
                await response.drain()

    async def request_object(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, model: str = ""
    ) -> JSONObject:
        """The JSON object that the server returns for a lookup. Lookups are not retried; the caller may repeat them.

        Raises:
            ProviderError: If the server is unreachable, refuses the request, or does not return a JSON object.
        """

        return await self._look_up(method, path, body, model, lambda text: self._checked(parse_object(text)))

    async def request_list(self, path: str) -> JSONObject | list[Any]:
        """The JSON object or list that the server returns for a list of models. See `request_object`."""
        return await self._look_up("GET", path, None, "", lambda text: self._checked(parse_object_or_list(text)))

    async def request_rows(self, method: str, path: str) -> list[JSONObject]:
        """The objects of the JSON list that the server returns for a lookup. See `request_object`."""
        return await self._look_up(method, path, None, "", parse_rows)

    async def request_action(self, method: str, path: str, body: Mapping[str, Any], *, model: str = "") -> JSONObject:
        """The JSON object that the server returns when it has done something, such as loaded a model.

        Empty if it returns nothing. The server may take as long as for the first token of an answer.

        Raises:
            ProviderError: If the server is unreachable, or refuses or fails to do it.
        """
        async with self.open_stream(method, path, body, model=model) as response:
            text = (await response.read(_MAX_LOOKUP_BYTES)).decode("utf-8-sig", "replace")
            return self._checked(parse_object(text)) if text.strip() else {}

    @contextlib.asynccontextmanager
    async def open_stream(
        self, method: str, path: str, body: Mapping[str, Any], *, accept: str = "application/json", model: str = ""
    ) -> AsyncIterator[StreamedResponse]:
        """A response of the server that is read as it arrives, but is not an answer of a model.

        Silence may last as long as the wait for the first token, and the whole response as long as it takes.

        Raises:
            ProviderError: If the server is unreachable or refuses the request.
        """
        limits = self.options.limits
        patience = max(limits.first_token, limits.idle) if limits.first_token and limits.idle else 0.0
        limits = replace(limits, first_token=patience, idle=patience, total=0.0)
        try:
            async with self._exchange(method, path, body, limits=limits, accept=accept) as response:
                if not _has_answer(response.status):
                    raise await _error_from(response, self._profile_of(path), model)
                yield response
        # The usual messages are about answers.
        except (FirstTokenTimedOut, IdleTimedOut) as error:
            raise type(error)(
                f"{self.profile.name} at {self._url(path)} sent nothing for {patience:g} s.",
                hint="The server may hang: its log may say more. timeouts.first_token sets how long to wait.",
            ) from error

    @contextlib.asynccontextmanager
    async def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        limits: TimeLimits | None = None,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        on_phase: OnPhase = lambda _: None,
        began: float | None = None,
    ) -> AsyncIterator[StreamedResponse]:
        """A response, as `Transport.exchange`. If the server refuses a key that can expire, it is asked with a new one.

        Raises:
            AuthRefused: If there is no new key.
            ProviderError: As `Transport.exchange`.
        """

        def send() -> AbstractAsyncContextManager[StreamedResponse]:
            return self.transport.exchange(
                method,
                path,
                body,
                limits=limits,
                accept=accept,
                headers=headers,
                on_phase=on_phase,
                began=began,
            )

        key = self._key
        async with contextlib.AsyncExitStack() as stack:
            response = await stack.enter_async_context(send())
            if response.status in _REFUSED_KEY and await self._renew_key(key, response, path):
                # The refused request takes a connection until it is closed.
                await stack.aclose()
                response = await stack.enter_async_context(send())
            yield response

    async def _renew_key(self, refused: str | None, response: StreamedResponse, path: str) -> bool:
        """Get another key, after the server refused one. Returns whether there is another one now.

        Args:
            refused: The key that was sent.
            response: The refusal, its body unread.
            path: The path of the request.

        Raises:
            AuthRefused: If it cannot be got.
        """
        if self.options.renew_key is None or refused is None:
            return False
        try:
            key = await self.options.renew_key(refused)
        except ConfigError as cause:
            error = await _error_from(response, self._profile_of(path), "")
            raise AuthRefused(f"{error} {cause}", hint=cause.hint, status=error.status) from cause
        self._key = key
        self.transport.use_key(key)
        return key != refused

    async def raise_for_status(self, response: StreamedResponse, path: str, model: str = "") -> None:
        """Raise the error for a response, unless its status is one of success.

        Args:
            response: The response, its body unread.
            path: The path of the request.
            model: The requested model, for the message. Empty if the request named none.

        Raises:
            ProviderError: If the status is not one of success.
        """
        if not _has_answer(response.status):
            raise await _error_from(response, self._profile_of(path), model)

    def _checked(self, value: _Parsed) -> _Parsed:
        """The value, unless it is an error: LM Studio returns status 200 with an error for an unknown path.

        Raises:
            StreamBroken: If it is an error.
        """
        if isinstance(value, dict) and (error_text := error_in(value)):
            raise error_from_stream(error_text, self.profile)
        return value

    @property
    def _lookup_limits(self) -> TimeLimits:
        return self.options.limits.for_lookups(self.options.lookup_s)

    def _url(self, path: str) -> str:
        """The full address of a request, for messages: without the query, which may contain a secret."""
        return f"{self.transport.address}{path}"

    def _profile_of(self, path: str) -> ServerProfile:
        """The server's profile for the response to one request.

        With a proxy, its address and hint are added, since it may have sent the response.
        """
        profile = replace(self.profile, requested=self._url(path))
        if not (proxy := self.transport.proxy):
            return profile
        return replace(
            profile,
            address=f"{self.address} through the proxy {proxy}",
            requested=f"{profile.requested} through the proxy {proxy}",
            proxy_hint=PROXY_HINT,
        )

    async def _look_up(
        self, method: str, path: str, body: Mapping[str, Any] | None, model: str, parse: Callable[[str], _Parsed]
    ) -> _Parsed:
        try:
            return await self._look_up_in_time(method, path, body, model, parse)
        # Lookups have limits of their own, so the usual hint about the timeout settings would be wrong.
        except (FirstTokenTimedOut, IdleTimedOut, TotalTimedOut) as error:
            server = f"{self.profile.name} at {self._url('')}"
            limits = self._lookup_limits
            silence = {FirstTokenTimedOut: limits.first_token, IdleTimedOut: limits.idle}
            patience = silence.get(type(error), limits.total)
            raise type(error)(
                f"{server} did not answer {method} {path} within {patience:g} s.",
                hint="The server may be busy or may hang: its log may say more.",
            ) from error

    async def _look_up_in_time(
        self, method: str, path: str, body: Mapping[str, Any] | None, model: str, parse: Callable[[str], _Parsed]
    ) -> _Parsed:
        async with self._exchange(method, path, body, limits=self._lookup_limits) as response:
            await self.raise_for_status(response, path, model)
            profile = self._profile_of(path)
            found = await response.read(_MAX_LOOKUP_BYTES)
            if looks_like_html(found, ""):
                raise web_page_error(found, profile)
            try:
                return parse(found.decode("utf-8-sig", "replace"))
            except ProtocolBroken as error:
                raise ProtocolBroken(f"{self.profile.name} at {self._url(path)}: {error}", hint=error.hint) from error


def _has_answer(status: int) -> bool:
    """Whether a status is one of success, with a body. Gateways answer a POST request with 201 or 202, too."""
    return 200 <= status < 300 and status not in (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT)


async def _error_from(response: StreamedResponse, profile: ServerProfile, model: str) -> ProviderError:
    body = await response.read_error_body()
    return error_from_response(response.status, response.headers, body, profile, model=model, now=time.time())


def key_hint(options: ProviderOptions) -> str:
    """The hint for a missing API key, or for one that the server does not accept."""
    table = f"[providers.{options.name}]"
    if options.key:
        return f"Check the API key: {table} sets it with api_key_env or api_key."
    return f"Set api_key_env in {table} to the name of the environment variable that holds the key."
