"""What every provider that speaks HTTP shares: its transport, its answers with retries, its small questions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from tui.chat.chunk import StreamingChunk
from tui.chat.turn import ServerActivity
from tui.errors import FirstTokenTimedOut, IdleTimedOut, ProtocolBroken, ProviderError, TotalTimedOut
from tui.providers.answering import AnswerReader, read_answer, with_retries
from tui.providers.base import AnswerStream
from tui.providers.concurrency_limit import ConcurrencyLimit
from tui.providers.error_text import error_in, looks_like_html
from tui.providers.network.address import ServerAddress
from tui.providers.network.proxies import PROXY_HINT
from tui.providers.network.response import StreamedResponse
from tui.providers.network.transport import Transport
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile, error_from_response, error_from_stream, web_page_error
from tui.wire.objects import JSONObject, parse_object, parse_rows

_LOOKUP_TIMEOUT_S: Final = 10.0
"""How long a server may take over a small question, such as which models it has."""

_MAX_LOOKUP_BYTES: Final = 64 * 2**20

_Parsed = TypeVar("_Parsed")


class HTTPProvider:
    """A server spoken to over HTTP. What it says and understands is its subclasses' business."""

    def __init__(self, options: ProviderOptions, address: ServerAddress, profile: ServerProfile) -> None:
        self.name = options.name
        self.where = profile.where
        self.profile = profile
        self.options = options
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

    def get_ready(self) -> None:
        """Make what the first request needs, ahead of it."""
        self.transport.get_ready()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.transport.aclose()

    def answer(
        self,
        path: str,
        body: Callable[[], Mapping[str, Any]],
        reader: Callable[[], AnswerReader],
        *,
        accept: str,
        model: str,
        on_stage: Callable[[ServerActivity], None],
    ) -> AnswerStream:
        """The answer to one request, with retries.

        Args:
            path: Where to post it.
            body: Makes what to post; once for each try.
            reader: Makes what reads the reply; once for each try.
            accept: The media type that is wanted.
            model: The model that is asked for, for messages.
            on_stage: Told what the request waits for.
        """

        async def attempt(began: float) -> AsyncGenerator[StreamingChunk, None]:
            async with self.transport.exchange(
                "POST", path, body(), accept=accept, on_phase=lambda phase: on_stage(ServerActivity(phase)), began=began
            ) as response:
                profile = self._profile_with_proxy()
                if response.status != 200:
                    raise await _error_from(response, profile, model)
                async with contextlib.aclosing(read_answer(response, reader(), profile, on_stage)) as chunks:
                    async for chunk in chunks:
                        yield chunk

        slot = self.concurrency_limit.slot(lambda: on_stage(ServerActivity("queued locally")))
        return with_retries(self.options.retry, attempt, self.options.limits.total, slot)

    async def request_object(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, model: str = ""
    ) -> JSONObject:
        """The object that the server answers to a small question. Never tried again: who asks can ask again.

        Raises:
            ProviderError: When it cannot be asked, refuses, or answers something else.
        """

        def parse(text: str) -> JSONObject:
            value = parse_object(text)
            # LM Studio answers 200 to a path that it does not know.
            if error_text := error_in(value):
                raise error_from_stream(error_text, self.profile)
            return value

        return await self._ask(method, path, body, model, parse)

    async def request_rows(self, method: str, path: str) -> list[JSONObject]:
        """The objects of the list that the server answers to a small question. See `request_object`."""
        return await self._ask(method, path, None, "", parse_rows)

    def _profile_with_proxy(self) -> ServerProfile:
        """About the server; and about the proxy in between, which may have answered in its place."""
        if not (proxy := self.transport.proxy):
            return self.profile
        return replace(self.profile, where=f"{self.where} through the proxy {proxy}", proxy_hint=PROXY_HINT)

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, model: str, parse: Callable[[str], _Parsed]
    ) -> _Parsed:
        try:
            return await self._ask_in_time(method, path, body, model, parse)
        # Its limits are none of the user's, so it is not for the clocks to say what to change.
        except (FirstTokenTimedOut, IdleTimedOut, TotalTimedOut) as error:
            raise type(error)(
                f"{self.profile.name} at {self.where} did not answer {method} {path} within {_LOOKUP_TIMEOUT_S:g} s.",
                hint="It may be busy, or hang: its log may tell.",
            ) from error

    async def _ask_in_time(
        self, method: str, path: str, body: Mapping[str, Any] | None, model: str, parse: Callable[[str], _Parsed]
    ) -> _Parsed:
        limits = replace(
            self.options.limits, first_token=_LOOKUP_TIMEOUT_S, idle=_LOOKUP_TIMEOUT_S, total=2 * _LOOKUP_TIMEOUT_S
        )
        async with self.transport.exchange(method, path, body, limits=limits) as response:
            profile = self._profile_with_proxy()
            if response.status != 200:
                raise await _error_from(response, profile, model)
            found = await response.read(_MAX_LOOKUP_BYTES)
            if looks_like_html(found, ""):
                raise web_page_error(found, profile)
            try:
                return parse(found.decode("utf-8-sig", "replace"))
            except ProtocolBroken as error:
                raise ProtocolBroken(f"{self.profile.name} at {self.where}{path}: {error}", hint=error.hint) from error


async def _error_from(response: StreamedResponse, profile: ServerProfile, model: str) -> ProviderError:
    body = await response.read_error_body()
    return error_from_response(response.status, response.headers, body, profile, model=model, now=time.time())


def key_hint(name: str) -> str:
    """What to do where a key is missing or wrong."""
    return f"Set api_key_env in [providers.{name}] to the name of the environment variable that holds the key."
