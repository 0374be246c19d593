"""Reads a server's stream of events that is not an answer: news about its models."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace

from tui.errors import ProtocolBroken
from tui.providers.http import HTTPProvider
from tui.wire.objects import JSONObject, parse_object
from tui.wire.sse import ServerSentEvent, SSEDecoder


async def events_of(provider: HTTPProvider, path: str) -> AsyncGenerator[JSONObject, None]:
    """The objects that a server sends as events, until it ends the stream. Closing this closes the connection.

    The server may be silent for any time. Events that are not JSON objects are skipped.

    Args:
        provider: The provider of the server.
        path: The path for the GET request.

    Raises:
        ProviderError: If the server cannot be reached or refuses, or the connection breaks.
    """
    options = provider.options
    limits = replace(options.limits, first_token=0, idle=0, total=0)
    decoder = SSEDecoder(options.max_event_bytes)
    async with provider.transport.exchange("GET", path, limits=limits, accept="text/event-stream") as response:
        await provider.raise_for_status(response, path)
        async for data in response:
            for event in decoder.feed(data):
                if isinstance(event, ServerSentEvent):
                    with contextlib.suppress(ProtocolBroken):
                        yield parse_object(event.data)
