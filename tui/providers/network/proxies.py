"""Finds the proxy that the environment names for a host."""

from __future__ import annotations

import importlib.util
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from tui.errors import ServerUnreachable
from tui.light_dataclass import dataclass

PROXY_HINT: Final = "The proxy comes from the environment; list hosts that need none in NO_PROXY."


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy server."""

    url: str
    """The URL from the environment. May contain a password; `str(proxy)` does not."""

    @property
    def kind(self) -> str:
        """`http`, `https`, `socks5`, …"""
        return self.url.partition("://")[0].lower()

    def __str__(self) -> str:
        address = self.url.partition("://")[2].rpartition("@")[2]
        return f"{self.kind}://{address.partition('/')[0]}"

    @property
    def auth(self) -> tuple[bytes, bytes] | None:
        """User name and password. None if the URL has none."""
        parts = urlsplit(self.url)
        return (unquote(parts.username).encode(), unquote(parts.password or "").encode()) if parts.username else None

    @property
    def has_valid_address(self) -> bool:
        """Whether the URL names a host, and its port is a number."""
        try:
            parts = urlsplit(self.url)
            return bool(parts.hostname and parts.hostname.isascii() and (parts.port is None or parts.port))
        except ValueError:
            return False


def proxy_for(scheme: str, host: str) -> Proxy | None:
    """Return the proxy for a host, if any.

    It comes from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or from
    the system settings.

    Raises:
        ServerUnreachable: If the proxy is of a kind that is not supported.
    """
    proxies = getproxies()
    url = proxies.get(scheme) or proxies.get("all")
    if not url or proxy_bypass(host):
        return None
    if "://" not in url:
        url = f"http://{url}"
    proxy = Proxy(url)
    reason, hint = _problem_with(proxy)
    if not hint:
        return proxy
    raise ServerUnreachable(
        f"The environment names the proxy {proxy} for {host}, which cannot be used{reason}.",
        hint=f"{hint}; or list the host in NO_PROXY, or correct {scheme.upper()}_PROXY or ALL_PROXY.",
        is_transient=False,
    )


def _problem_with(proxy: Proxy) -> tuple[str, str]:
    """Return why the proxy cannot be used, and a hint. Both are empty if it can; the reason alone may be."""
    socks = proxy.kind in ("socks5", "socks5h")
    if not socks and proxy.kind not in ("http", "https"):
        return "", "Use an http, https or socks5 proxy"
    if socks and not importlib.util.find_spec("socksio"):
        return ": the package socksio is not installed", "Install it with `pip install socksio`"
    if not proxy.has_valid_address:
        return ": its address is not valid", "Write it like http://127.0.0.1:3128"
    return "", ""
