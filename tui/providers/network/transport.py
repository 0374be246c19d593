"""The one door to the network: a request goes out, its reply comes in as bytes, and every failure gets its name."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Literal

import httpcore
import httpx

from tui.errors import ProtocolBroken, ProviderError, RequestRefused, ServerUnreachable, StreamInterrupted
from tui.providers.network.address import ServerAddress
from tui.providers.network.clocks import Clocks, GraceOver, TimeLimits
from tui.providers.network.inflate import Inflater, inflater_for
from tui.providers.network.proxies import PROXY_HINT, Proxy, proxy_for
from tui.providers.network.redaction import Redaction
from tui.providers.network.sockets import CertificateNotTrusted, SocketBackend, TLSFailed
from tui.wire.surrogates import joined

logger = logging.getLogger(__name__)

_KEEP_ALIVE_S: Final = 30.0
_REST_BYTES: Final = 65_536
_REST_S: Final = 0.25
_LONGEST_REFUSAL: Final = 65_536
"""Bytes of an error's body that are read. Its words are in the first of them."""
_MOST_OF_A_CAUSE: Final = 200
_QUOTED_BYTES: Final = re.compile(r"""(?:bytearray\()?\bb(['"])(.*)\1\)?""", re.DOTALL)


class Reply:
    """What a server answers: status and headers at once, the body as it arrives."""

    def __init__(self, response: httpx.Response, clocks: Clocks, read_bytes: int, name_failure: _NameFailure) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        """By name; upper and lower case are the same."""
        self.bytes_read = 0
        self._clocks = clocks
        self._raw = response.aiter_raw()
        self._coding: str = response.headers.get("content-encoding", "")
        self._inflater: Inflater | None = None
        self._most = read_bytes
        self._name_failure = name_failure

    @property
    def media_type(self) -> str:
        """`application/json` and the like, in lower case and without parameters. Empty when the server named none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def content_arrived(self) -> None:
        """Say that something of the answer was in what was read: the first-token clock stops."""
        self._clocks.content_arrived()

    def answer_finished(self) -> None:
        """Say that the answer is whole, and what still comes is but its tail. Silence then is no failure."""
        self._clocks.enter("finished")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body, in pieces of at most `read_bytes`.

        Raises:
            IdleTimedOut, FirstTokenTimedOut, TotalTimedOut: When a clock ran out.
            StreamInterrupted: When the connection ended before the body did.
            ProtocolBroken: When it is no HTTP, or compressed in a way that we did not ask for.
        """
        # Not before somebody reads: a status says what it says, however its page is packed.
        if self._coding:
            self._inflater = inflater_for(self._coding, self._most)
            self._coding = ""
        with contextlib.suppress(GraceOver):
            while (data := await self._next()) is not None:
                if self._inflater is None:
                    yield data
                    self._clocks.check()
                else:
                    for piece in self._inflater.feed(data):
                        yield piece
                        self._clocks.check()

    async def read(self, most: int) -> bytes:
        """The whole body.

        Raises:
            ProtocolBroken: When it is longer than `most` bytes; and all that iterating over it raises.
        """
        body = bytearray()
        async for data in self:
            body += data
            if len(body) > most:
                raise ProtocolBroken(f"The server sent a reply of more than {most:,} bytes.")
        return bytes(body)

    async def read_refusal(self) -> bytes:
        """The beginning of an error's body, as far as it comes. An error inside an error helps nobody."""
        self._clocks.enter("finished")
        body = bytearray()
        with contextlib.suppress(ProviderError):
            async for data in self:
                body += data
                if len(body) >= _LONGEST_REFUSAL:
                    break
        return bytes(body[:_LONGEST_REFUSAL])

    async def finish(self) -> None:
        """Read the last bytes of a reply that has said all, so that its connection can be used again.

        Within reason: a server that goes on, or holds the socket open, is left.
        """
        rest = 0
        with contextlib.suppress(TimeoutError, ProviderError):
            async with asyncio.timeout(_REST_S):
                while rest < _REST_BYTES and (data := await self._next()) is not None:
                    rest += len(data)

    async def _next(self) -> bytes | None:
        """The next bytes off the wire. None at the end."""
        try:
            with self._clocks:
                data = await anext(self._raw, None)
        except GraceOver:
            return None
        except (httpcore.NetworkError, httpcore.ProtocolError) as cause:
            raise self._name_failure(cause, began=True) from cause
        if data is not None:
            self.bytes_read += len(data)
        return data


_NameFailure = Callable[..., ProviderError]

OnPhase = Callable[[Literal["connecting", "waiting"]], None]
"""Told what a request is at: its connection is being made, it is sent and a reply awaited."""


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
    ) -> None:
        """Args:
        address: Where the server is.
        server: What to call it in messages.
        limits: The four timeouts.
        read_bytes: The most bytes that are read from the socket at once.
        headers: More headers for each request.
        key: The API key, sent as a bearer token. Never shown, never logged.
        verify: False trusts every certificate; a path names a CA bundle.
        start_hint: What to do when the server does not answer.
        """
        self.address = address
        self.limits = limits
        self._server = server
        self._read_bytes = read_bytes
        # UTF-8 for want of a rule: a name of one's own in a header is no reason to fail.
        self._headers = httpx.Headers(headers, encoding="utf-8")
        # One that was read from a file often has the file's last line end.
        key = (key or "").strip()
        self._redaction = Redaction(key, self._headers, address.userinfo)
        if key:
            self._headers.setdefault("Authorization", f"Bearer {key}")
        if "Authorization" in self._headers:
            # Who names a key means that one: a name and a password in the address would take its place.
            self.address = replace(address, userinfo="")
        self._verify = verify
        self._start_hint = start_hint
        self._client: httpx.AsyncClient | None = None
        self._proxy: Proxy | None = None

    @property
    def proxy(self) -> str:
        """The proxy that the environment has put in between, to show. Empty when there is none."""
        return str(self._proxy or "")

    async def aclose(self) -> None:
        """Close every connection."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    def get_ready(self) -> None:
        """Make what the first request needs, ahead of it. It costs up to 60 ms for https.

        Raises:
            ServerUnreachable: When a proxy or a CA bundle that is named cannot be used.
        """
        if self._client is None:
            self._proxy = None if self.address.is_loopback else proxy_for(self.address.scheme, self.address.host)
            self._client = httpx.AsyncClient(
                transport=_PooledTransport(self._tls_context(), self._proxy, self._read_bytes),
                # Ours are the clocks: httpx's own limit each read by itself, which a dripping server never trips.
                timeout=None,  # noqa: S113
                # What it would read from the environment has been read: proxies in `proxies`, CA bundles below.
                trust_env=False,
                # Nothing is sent that the user did not set.
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
        on_phase: OnPhase = lambda _: None,
        began: float | None = None,
    ) -> AsyncIterator[Reply]:
        """Send a request; give its reply as soon as the headers are here.

        On leaving, the connection goes back when the reply was read to its end, and
        is closed at once when not: that is how an answer is cancelled.

        Args:
            method: `GET` or `POST`.
            path: The path below the server's address.
            body: What to send, as JSON.
            limits: Other timeouts than the provider's own.
            accept: The media type that is wanted.
            on_phase: Told when the connection is made and the request goes out.
            began: When the first try of it began, by the loop's time: the total counts from there. None is now.

        Raises:
            ServerUnreachable, ConnectTimedOut: When no connection is made.
            ProviderError: Whatever else goes wrong, by its kind.
        """
        self.get_ready()
        asked = time.monotonic()
        clocks = Clocks(limits or self.limits, self._server, began)
        reply: Reply | None = None
        outcome = "left before the end"
        try:
            response = await self._send(method, path, body, accept, clocks, on_phase)
            try:
                reply = Reply(response, clocks, self._read_bytes, self._name_failure)
                yield reply
                outcome = "done"
            finally:
                await response.aclose()
        except ProviderError as error:
            outcome = error.kind
            # Some servers repeat the key that they refuse.
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
                "no reply" if reply is None else reply.status,
                0 if reply is None else reply.bytes_read,
                time.monotonic() - asked,
                outcome,
            )

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        accept: str,
        clocks: Clocks,
        on_phase: OnPhase,
    ) -> httpx.Response:
        """The reply's head. A kept connection that turns out to have been closed meanwhile is replaced, once."""
        content = None if body is None else _as_json(body)
        fresh = False
        made: list[httpcore.AsyncNetworkStream] = []

        async def trace(event: str, info: dict[str, Any]) -> None:
            nonlocal fresh
            if event.endswith(".connect_tcp.started"):
                fresh = True
            elif event.endswith(".connect_tcp.complete"):
                made.append(info["return_value"])
            # The request that opens a tunnel through a proxy is still part of connecting.
            elif event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
                clocks.enter("waiting")
                on_phase("waiting")

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
                    headers=self._request_headers(accept, has_body=content is not None),
                    extensions={"trace": trace},
                )
                with clocks:
                    return await client.send(request, stream=True)
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpx.InvalidURL) as cause:
                # What is no HTTP on a kept connection is what the reply before had left over.
                if not fresh and (_is_cut(cause) or isinstance(cause, httpcore.RemoteProtocolError)):
                    fresh = True
                    continue
                raise self._name_failure(cause, began=False) from cause
            except BaseException:
                # httpcore forgets a connection when it is cancelled after making and before using it.
                for stream in made:
                    await stream.aclose()
                raise

    def _request_headers(self, accept: str, *, has_body: bool) -> httpx.Headers:
        headers = httpx.Headers(
            {
                "Accept": accept,
                # A compressing proxy would hold chunks back until it has enough of them.
                "Accept-Encoding": "identity",
                "User-Agent": "llm-tui",
            }
        )
        if has_body:
            headers["Content-Type"] = "application/json"
        headers.update(self._headers)
        return headers

    def _tls_context(self) -> ssl.SSLContext | None:
        if self.address.scheme == "http":
            return None
        try:
            if isinstance(self._verify, str):
                return ssl.create_default_context(cafile=self._verify)
            return httpx.create_ssl_context(verify=self._verify)
        except OSError as cause:
            named = isinstance(self._verify, str)
            bundle = repr(self._verify) if named else "that the environment names"
            raise ServerUnreachable(
                f"The CA bundle {bundle} for {self._server} cannot be used: {cause.strerror or cause}.",
                hint="Correct " + ("the provider's `verify` in the config file." if named else "SSL_CERT_FILE."),
                passing=False,
            ) from cause

    def _name_failure(self, cause: Exception, *, began: bool) -> ProviderError:
        """One of our errors for one of the library's.

        Args:
            cause: What the library raised.
            began: Whether the reply had begun.
        """
        where = f"{self._server} at {self.address}"
        if self._proxy:
            where = f"{where} through the proxy {self._proxy}"
        if isinstance(cause, httpx.InvalidURL):
            return ServerUnreachable(f"Cannot reach {where}: {cause}.", hint="Correct its base_url.", passing=False)
        if isinstance(cause, httpcore.LocalProtocolError):
            # What the library says quotes the header, and so the key.
            return RequestRefused(
                f"{where} cannot be asked: a header holds a character that no header may hold.",
                hint="Check the API key, and the provider's `headers` in the config file.",
            )
        if isinstance(cause, TLSFailed):
            hint = "Check base_url: the server may speak http:// there, and not https://."
            if isinstance(cause, CertificateNotTrusted):
                hint = "`verify` in the provider's settings can name a CA bundle."
            return ServerUnreachable(f"Cannot reach {where}: {cause}.", hint=hint, passing=False)
        if isinstance(cause, httpcore.ConnectError | httpcore.ProxyError):
            hint = PROXY_HINT if self._proxy else self._start_hint
            return ServerUnreachable(f"Cannot reach {where}: {cause}.", hint=hint)
        if isinstance(cause, httpcore.NetworkError) or _is_cut(cause):
            return StreamInterrupted(
                f"{where} closed the connection {'in the middle of its reply' if began else 'without a reply'}.",
                hint="Its log may tell why: a crash, a restart, a model that was unloaded.",
            )
        return ProtocolBroken(
            f"What answers at {self.address} does not speak HTTP as it should: {_shortened(str(cause))}.",
            hint=f"Check that base_url is the address of {self._server}.",
        )


def _as_json(body: Mapping[str, Any]) -> bytes:
    text = json.dumps(body, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as what is piped in can hold.
        return joined(text).encode()


def _shortened(cause: str) -> str:
    """What the library says, less what it quotes of the server's bytes beyond reason, and in Python's notation."""
    cause = _QUOTED_BYTES.sub(r"'\2'", cause)
    return cause if len(cause) <= _MOST_OF_A_CAUSE else cause[: _MOST_OF_A_CAUSE - 1] + "…"


def _is_cut(error: Exception) -> bool:
    """Whether the connection ended early, as against: went on with something that is no HTTP."""
    if isinstance(error, httpcore.RemoteProtocolError):
        return str(error).startswith(("peer closed connection", "Server disconnected"))
    return isinstance(error, httpcore.ReadError | httpcore.WriteError)


class _PooledTransport(httpx.AsyncBaseTransport):
    """httpx's own transport, but over our sockets, and without its translation of errors."""

    def __init__(self, tls: ssl.SSLContext | None, proxy: Proxy | None, read_bytes: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            proxy=None if proxy is None else proxy.for_pool(),
            max_connections=None,
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=SocketBackend(read_bytes),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        reply = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return _Response(reply.status, headers=reply.headers, stream=_Body(reply.stream), extensions=reply.extensions)

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Response(httpx.Response):
    """A response that leads nowhere else. httpx would look into a redirect's address, and fail where it is none."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class _Body(httpx.AsyncByteStream):
    """httpcore's stream as httpx's: the two classes differ in name only."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        iterator: AsyncIterator[bytes] = self._stream.__aiter__()
        return iterator

    async def aclose(self) -> None:
        await self._stream.aclose()
