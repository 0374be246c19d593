"""Which proxy the environment names for a host."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from tui.errors import ServerUnreachable


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, by its address."""

    url: str
    """As the environment has it. It may hold a password: `str` of the proxy does not."""

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def for_pool(self) -> httpcore.Proxy:
        """The same for httpcore."""
        parts = urlsplit(self.url)
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
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
    kind = urlsplit(url).scheme
    socks = kind in ("socks5", "socks5h")
    if kind in ("http", "https") or (socks and importlib.util.find_spec("socksio")):
        return proxy
    hint = "Install it with `pip install socksio`" if socks else "http, https and socks5 can be used"
    raise ServerUnreachable(
        f"The environment names the proxy {proxy} for {host}, which cannot be used"
        f"{': the package socksio is missing' if socks else ''}.",
        hint=f"{hint}; or name the host in NO_PROXY, or correct {scheme.upper()}_PROXY or ALL_PROXY.",
        passing=False,
    )
