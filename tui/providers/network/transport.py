"""Sends requests to one server.

A request goes out over a pooled connection and its response is read while it arrives; all failures become our errors
(`failures`), with secrets removed (`redaction`), and every request is logged.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import httpx

from tui.errors import ConnectTimedOut, ProviderError
from tui.limits import TimeLimits
from tui.providers.network.address import ServerAddress
from tui.providers.network.clocks import Clocks
from tui.providers.network.connection_errors import ConnectionLost, ConnectionProblem, InvalidResponse
from tui.providers.network.failures import MAY_EXPECT_HTTP, Peer, translate
from tui.providers.network.pool import DirectTransport
from tui.providers.network.progress import SendProgress
from tui.providers.network.proxies import Proxy, proxy_for
from tui.providers.network.redaction import Redaction
from tui.providers.network.request_json import encode_json
from tui.providers.network.response import StreamedResponse
from tui.providers.network.tls import tls_context

logger = logging.getLogger(__name__)

OnPhase = Callable[[Literal["connecting", "waiting"]], None]
"""Called when a request begins to connect, and when it is sent and its response awaited."""


class Transport:
    """The connections to one server, kept open between requests."""

    def __init__(
        self,
        address: ServerAddress,
        *,
        server: str,
        limits: TimeLimits,
        read_bytes: int = 65_536,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        verify: bool | str = True,
        start_hint: str = "",
        uses_proxy: bool = True,
    ) -> None:
        """Args:
        address: The server's address.
        server: The server's name, for messages.
        limits: The four timeouts.
        read_bytes: The maximum number of bytes that are read ahead from a socket.
        headers: Additional headers for every request.
        key: The API key, sent as a bearer token. Never shown or logged.
        verify: False trusts every certificate; a string is the path of a CA bundle.
        start_hint: What to do if nothing listens at the address.
        uses_proxy: Whether a proxy that the environment names for the server is used.
        """
        self.address = address
        self._uses_proxy = uses_proxy
        self.limits = limits
        self._read_bytes = read_bytes
        # Encode header values as UTF-8; user names may be non-ASCII.
        self._users_headers = httpx.Headers(headers, encoding="utf-8")
        self._address_with_user = address
        self._server = server
        self.use_key(key)
        if "Authorization" in self._headers:
            # An explicit key overrides credentials in the URL, which httpx would otherwise prefer.
            self.address = replace(address, userinfo="")
        self._peer = Peer(server, self.address, start_hint)
        self._verify = verify
        self._client: httpx.AsyncClient | None = None

    @property
    def proxy(self) -> str:
        """The proxy that the environment names for this server, without its password. Empty if there is none."""
        return str(self._peer.proxy or "")

    def use_key(self, key: str | None) -> None:
        """Send another API key with the requests from now on. An `Authorization` header of the user's overrides it.

        Args:
            key: The key. None sends none.
        """
        # A key read from a file often ends in a newline.
        key = (key or "").strip()
        address = self._address_with_user
        self._redaction = Redaction(key, self._users_headers, address.userinfo, address.query, self._server)
        self._headers = self._users_headers.copy()
        if key:
            self._headers.setdefault("Authorization", f"Bearer {key}")

    async def aclose(self) -> None:
        """Close every connection. The transport can still be used: the next request opens new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    def get_ready(self) -> None:
        """Create the connection pool ahead of the first request. Takes up to 60 ms for https. No-op if it exists.

        Raises:
            ServerUnreachable: If the configured proxy or CA bundle cannot be used.
        """
        if self._client is None:
            address = self.address
            is_direct = address.is_loopback or not self._uses_proxy
            self._peer.proxy = None if is_direct else proxy_for(address.scheme, address.host)
            tls = tls_context(self._verify, self._peer.server) if address.scheme == "https" else None
            self._client = httpx.AsyncClient(
                transport=_transport(tls, self._peer.proxy, self._read_bytes),
                # httpx's timeouts limit each read separately, which a server that sends a byte now and then never
                # exceeds. `Clocks` replace them.
                timeout=None,  # noqa: S113
                # The environment was read above: proxies in `proxy_for`, CA bundles in `tls_context`.
                trust_env=False,
                # Store no cookies: send nothing that the user did not set.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            )

    @contextlib.asynccontextmanager
    async def exchange(
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
        """Send a request; yields its response as soon as the headers have arrived.

        On exit the connection returns to the pool if the body was read completely, and is closed at once if not:
        that is how an answer is cancelled.

        Args:
            method: `GET`, `POST` or `DELETE`.
            path: The path below the server's address.
            body: The request body, sent as JSON.
            limits: Timeouts for this request. None means those of the transport.
            accept: The accepted media type.
            headers: Additional headers of this request.
            on_phase: Called when the phase of the request changes.
            began: When the first attempt of the request began, in the loop's time; the total timeout counts from
                there. None means now.

        Raises:
            ServerUnreachable, ConnectTimedOut: If no connection could be made.
            ProviderError: If anything else fails.
        """
        self.get_ready()
        sent_at = time.monotonic()
        clocks = Clocks(limits or self.limits, self._peer.server, began)
        response: StreamedResponse | None = None
        outcome = "left before the end"
        try:
            raw_response = await self._send(method, path, body, accept, headers or {}, clocks, on_phase)
            try:
                response = StreamedResponse(
                    raw_response, clocks, self._read_bytes, partial(translate, peer=self._peer, response_began=True)
                )
                yield response
                outcome = "done"
            finally:
                await raw_response.aclose()
        except ProviderError as error:
            outcome = error.kind
            # Some servers quote the key that they refuse.
            error.args = (self._redaction.redacted(str(error)),)
            error.hint = self._redaction.redacted(error.hint)
            raise
        finally:
            clocks.stop()
            logger.info(
                "%s %s%s: %s, %s bytes, %.3f s, %s",
                method,
                self.address,
                path,
                "no response" if response is None else response.status,
                0 if response is None else response.bytes_read,
                time.monotonic() - sent_at,
                outcome,
            )

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        accept: str,
        headers: Mapping[str, str],
        clocks: Clocks,
        on_phase: OnPhase,
    ) -> httpx.Response:
        """Return the response, its body unread. Retries once if a pooled connection turns out to be closed."""
        content = None if body is None else encode_json(body)

        def begin_sending() -> None:
            clocks.enter("waiting")
            on_phase("waiting")

        progress = SendProgress(begin_sending)
        on_phase("connecting")
        while True:
            clocks.enter("connecting")
            client = self._client
            assert client is not None
            try:
                request = client.build_request(
                    method,
                    self.address.url(path),
                    content=content,
                    headers=self._request_headers(accept, headers, has_body=content is not None),
                    extensions=progress.extensions,
                )
                with clocks:
                    return await client.send(request, stream=True)
            except (ConnectionProblem, httpx.InvalidURL) as cause:
                # On a connection that was used before, invalid HTTP is what the previous response left behind.
                if not progress.opened_connection and isinstance(cause, ConnectionLost | InvalidResponse):
                    progress.opened_connection = True
                    continue
                raise translate(cause, self._peer, response_began=False) from cause
            except ConnectTimedOut as error:
                if progress.is_connected and self.address.scheme == "https":
                    # The connection was established, so the TLS handshake took too long.
                    error.hint = f"{MAY_EXPECT_HTTP} {error.hint}"
                raise

    def _request_headers(self, accept: str, more: Mapping[str, str], *, has_body: bool) -> httpx.Headers:
        headers = httpx.Headers(
            {
                "Accept": accept,
                # A compressing proxy would delay chunks until it has enough of them.
                "Accept-Encoding": "identity",
                "User-Agent": "llm-tui",
            }
        )
        if has_body:
            headers["Content-Type"] = "application/json"
        headers.update(more)
        headers.update(self._headers)
        return headers


def _transport(tls: ssl.SSLContext | None, proxy: Proxy | None, read_bytes: int) -> httpx.AsyncBaseTransport:
    if proxy is None:
        return DirectTransport(tls, read_bytes)
    # Imported when used, because httpcore takes long to import, and few use a proxy.
    from tui.providers.network.proxied import ProxiedTransport

    return ProxiedTransport(tls, proxy, read_bytes)
