"""Lets respx answer in the place of servers, below httpx's client: at `DirectTransport`."""

from __future__ import annotations

import httpx
from respx.mocks import AbstractRequestMocker

from tui.providers.network.progress import SendProgress
from tui.providers.network.response import UnfollowedResponse


class DirectTransportMocker(AbstractRequestMocker):
    """Answers the requests that would be sent."""

    name = "llm-tui"
    targets = ["tui.providers.network.pool.DirectTransport"]  # noqa: RUF012  # respx adds to it
    target_methods = ["handle_async_request"]  # noqa: RUF012

    @classmethod
    def to_httpx_request(cls, **kwargs: httpx.Request) -> httpx.Request:
        request = kwargs["request"]
        SendProgress.of(request).begin_sending()
        return request

    @classmethod
    async def from_async_httpx_response(
        cls, httpx_response: httpx.Response, target: object, **kwargs: object
    ) -> httpx.Response:
        # Not itself: its content was read already.
        return UnfollowedResponse(
            httpx_response.status_code,
            headers=httpx_response.headers.raw,
            stream=httpx_response.stream,
            extensions=httpx_response.extensions,
        )
