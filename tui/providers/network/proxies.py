"""Which proxy the environment names for a host."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from tui.errors import ServerUnreachable

PROXY_HINT: Final = "The proxy comes from the environment; NO_PROXY names the hosts that need none."


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, by its address."""

    url: str
    """As the environment has it. It may hold a password: `str` of the proxy does not."""

    @property
    def kind(self) -> str:
        """`http`, `https`, `socks5`, …"""
        return self.url.partition("://")[0].lower()

    def __str__(self) -> str:
        address = self.url.partition("://")[2].rpartition("@")[2]
        return f"{self.kind}://{address.partition('/')[0]}"

    def for_pool(self) -> httpcore.Proxy:
        """The same for httpcore.

        Raises:
            ValueError, TypeError: When it is no address.
        """
        parts = urlsplit(self.url)
        if not parts.hostname:
            raise ValueError("it names no host")
        auth = (unquote(parts.username).encode(), unquote(parts.password or "").encode()) if parts.username else None
        return httpcore.Proxy(url=str(self), auth=auth)


def proxy_for(scheme: str, host: str) -> Proxy | None:
    """The proxy for a host: from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the system's settings.

    Raises:
        ServerUnreachable: When the proxy is of a kind that we cannot use.
    """
    named = getproxies()
    url = named.get(scheme) or named.get("all")
    if not url or proxy_bypass(host):
        return None
    if "://" not in url:
        url = f"http://{url}"
    proxy = Proxy(url)
    reason, hint = _flaw_of(proxy)
    if not hint:
        return proxy
    raise ServerUnreachable(
        f"The environment names the proxy {proxy} for {host}, which cannot be used{reason}.",
        hint=f"{hint}; or name the host in NO_PROXY, or correct {scheme.upper()}_PROXY or ALL_PROXY.",
        passing=False,
    )


def _flaw_of(proxy: Proxy) -> tuple[str, str]:
    """Why a proxy cannot be used, and what to do. Two empty texts when it can."""
    socks = proxy.kind in ("socks5", "socks5h")
    if not socks and proxy.kind not in ("http", "https"):
        return "", "http, https and socks5 can be used"
    if socks and not importlib.util.find_spec("socksio"):
        return ": the package socksio is missing", "Install it with `pip install socksio`"
    try:
        proxy.for_pool()
    except (ValueError, TypeError):
        return ": that is no address", "Write it like http://127.0.0.1:3128"
    return "", ""
