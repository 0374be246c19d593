"""Parses server addresses as users write them. Pure."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import unicodedata
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from tui.errors import ConfigError
from tui.lazy_pattern import lazy_pattern
from tui.light_dataclass import dataclass

_SCHEME: Final = lazy_pattern(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_NUMERIC_HOST: Final = lazy_pattern(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+)){0,3}")
_DOTS: Final = str.maketrans("\u3002\uff0e\uff61", "...")
"""The full stops of other scripts, which IDNA takes for dots."""
_LOOPBACK_NAMES: Final = frozenset(
    {"localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"}
)
_IPV4_NETWORKS: Final = tuple(
    map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/96"))
)
"""IPv6 addresses that end in an IPv4 address: compatible, translated, and those of NAT64."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A parsed server address."""

    scheme: str
    """`http` or `https`."""

    host: str
    """A name or an IP address, without brackets."""

    port: int

    path: str = ""
    """A prefix for the paths of the server's API. Starts with a slash and does not end with one; usually empty."""

    query: str = ""
    """The query string, without the question mark. Azure needs one; usually empty."""

    userinfo: str = ""
    """`user:password`, percent-encoded as written; usually empty. Never shown."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, for display: no password, and no port if it is the default of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.origin + self.path

    def url(self, path: str) -> str:
        """Return the full URL for a path of the server's API. May contain a password: never show it."""
        scheme, rest = self.origin.split("://", 1)
        userinfo = f"{self.userinfo}@" if self.userinfo else ""
        query = f"?{self.query}" if self.query else ""
        return f"{scheme}://{userinfo}{rest}{self.path}{path}{query}"

    @property
    def is_loopback(self) -> bool:
        """Whether this is the local machine. Requests to it never use a proxy."""
        address = _ip_address(self.host)
        if address is not None:
            return address.is_loopback or address.is_unspecified
        name = _ascii_host(self.host)
        return name in _LOOPBACK_NAMES or name.endswith(".localhost")

    @property
    def is_near(self) -> bool:
        """Whether this is the local machine or one on its network, judging by name or IP address."""
        address = _ip_address(self.host)
        return _is_local_name(self.host) if address is None else address.is_private


def parse_address(text: str, *, default_port: int | None = None) -> ServerAddress:
    """Parse a server address.

    Without a scheme, public host names get `https`, and names and addresses of
    the local machine or network `http`. `0.0.0.0` and `::`, on which servers
    listen but which clients cannot dial, become loopback; so do other spellings
    of an IPv4 address, such as `127.1`, in their usual form.

    Args:
        text: The address as the user wrote it, such as `nas:11434/api/`.
        default_port: The port to use if the text has neither a port nor a scheme.

    Raises:
        ConfigError: If the text is not a valid address.
    """
    stripped = text.strip()
    has_scheme = _SCHEME.match(stripped) is not None
    parts, port = _split(stripped if has_scheme else "//" + stripped, text)
    host = _usual_host(_decoded_host(parts.hostname or "127.0.0.1", text))
    scheme = parts.scheme.lower() if has_scheme else _guess_scheme(host, port)
    if scheme not in _DEFAULT_PORTS:
        hint = "Addresses start with http:// or https://."
        raise ConfigError(f"{_mask_userinfo(text)!r} starts with {scheme}://.", hint=hint)
    if port is None:
        port = _DEFAULT_PORTS[scheme] if has_scheme or default_port is None or scheme == "https" else default_port
    userinfo, at, _ = parts.netloc.rpartition("@")
    return ServerAddress(
        scheme=scheme,
        host=host,
        port=port,
        path=re.sub("/{2,}", "/", parts.path).rstrip("/"),
        query=parts.query,
        userinfo=userinfo if at else "",
    )


def _split(url: str, text: str) -> tuple[SplitResult, int | None]:
    if re.search(r"[\s\x00-\x20\x7f\\]", url) or not url.strip("/:"):
        raise ConfigError(f"{_mask_userinfo(text)!r} is not a valid address.", hint=_EXAMPLE)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        # The text of the ValueError quotes a part of the address, which may be the password.
        reason = "" if "@" in text else f": {cause}"
        raise ConfigError(f"{_mask_userinfo(text)!r} is not a valid address{reason}.", hint=_EXAMPLE) from cause
    return parts, port


def _mask_userinfo(text: str) -> str:
    """Replace what may be a user name and password by an ellipsis."""
    before, at, after = text.rpartition("@")
    if not at:
        return text
    scheme, colon, _ = before.partition("://")
    return f"{scheme if colon else ''}{colon}…@{after}"


_EXAMPLE: Final = "Write it like http://127.0.0.1:11434."


def _is_local_name(host: str) -> bool:
    """Whether a host name belongs to the local machine or network."""
    return "." not in host.strip(".") or host.endswith((".local", ".lan", ".home", ".internal", ".localhost"))


def _guess_scheme(host: str, port: int | None) -> str:
    if port is not None:
        return "https" if port == _DEFAULT_PORTS["https"] else "http"
    if _is_local_name(host):
        return "http"
    return "https" if _ip_address(host) is None else "http"


def _ascii_host(host: str) -> str:
    """A host as name servers are asked for it: full-width digits and dots are those of ASCII."""
    return unicodedata.normalize("NFKC", host).translate(_DOTS).lower().removesuffix(".")


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host stands for, in any spelling that resolvers accept. None if it is a name.

    `127.1`, `0x7f.1`, `017700000001` and `2130706433` are 127.0.0.1, and so is
    `::ffff:127.0.0.1`, which is the IPv4 address written as an IPv6 address.
    """
    text = _ascii_host(host)
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(text)
        return address if address.version == 4 else _embedded_ipv4(address) or address
    if _NUMERIC_HOST.fullmatch(text):
        with contextlib.suppress(OSError):
            return ipaddress.IPv4Address(socket.inet_aton(text))
    return None


def _embedded_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address is another spelling of. None if it is not one.

    Source: https://www.iana.org/assignments/iana-ipv6-special-registry
    """
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    inner = address.sixtofour
    if any(address in network for network in _IPV4_NETWORKS):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # Addresses of other machines are reached in another way than their IPv4 address.
    return inner if inner is not None and inner.is_loopback else None


def _decoded_host(host: str, text: str) -> str:
    """The host without percent-encoding. The part after the percent sign in an IPv6 address names an interface.

    Raises:
        ConfigError: If it contains encoded characters that no host has.
    """
    if ":" in host or "%" not in host:
        return host
    decoded = unquote(host).lower()
    if re.search(r"[\s\x00-\x20\x7f\\/?#@:%\[\]\ufffd]", decoded):
        raise ConfigError(f"{_mask_userinfo(text)!r} is not a valid address.", hint=_EXAMPLE)
    return decoded


def _usual_host(host: str) -> str:
    """The host with an IPv4 address in its usual form, and with loopback for the address that means all of them."""
    address = _ip_address(host)
    if address is None:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    return str(address) if _NUMERIC_HOST.fullmatch(_ascii_host(host)) else host
