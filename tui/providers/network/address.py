"""What a person writes as a server's address → the address that is dialled. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tui.errors import ConfigError

_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_EVERY_INTERFACE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is, in parts that cannot be misread any more."""

    scheme: str
    """`http` or `https`."""

    host: str
    """A name or an IP address, without brackets."""

    port: int

    path: str = ""
    """What stands before every path of the server's own. Begins with a slash and ends without; mostly empty."""

    query: str = ""
    """What follows the question mark, as Azure has it. Mostly empty."""

    userinfo: str = ""
    """`user:password`, as it stood in the address. Never shown."""

    @property
    def origin(self) -> str:
        """The address up to the path, to show: without what is secret, without the port that goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.origin + self.path

    def url(self, path: str) -> str:
        """The full address of one of the server's paths, to dial. It may hold a password: never show it."""
        scheme, rest = self.origin.split("://", 1)
        secret = f"{self.userinfo}@" if self.userinfo else ""
        query = f"?{self.query}" if self.query else ""
        return f"{scheme}://{secret}{rest}{self.path}{path}{query}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, so that no proxy may stand between."""
        name = self.host.removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return False
        # 127.0.0.1 can be written as an IPv6 address too.
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback

    @property
    def is_near(self) -> bool:
        """Whether it is this machine or one of its own network, by its name or its address."""
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return _looks_near(self.host)
        return (getattr(address, "ipv4_mapped", None) or address).is_private


def parse_address(text: str, *, default_port: int | None = None) -> ServerAddress:
    """The address that a person meant.

    Without a scheme, names of the open internet are taken for `https`, and
    everything that looks like one's own machine or network for `http`. `0.0.0.0`
    and `::` are where a server listens, not where it is: they become loopback.

    Args:
        text: What was written, such as `nas:11434/api/`.
        default_port: The port of such servers, where neither a port nor a scheme was written.

    Raises:
        ConfigError: When it is no address.
    """
    written = text.strip()
    has_scheme = _SCHEME.match(written) is not None
    parts, port = _split(written if has_scheme else "//" + written, text)
    host = parts.hostname or "127.0.0.1"
    scheme = parts.scheme.lower() if has_scheme else _likely_scheme(host, port)
    if scheme not in _DEFAULT_PORTS:
        hint = "An address begins with http:// or https://."
        raise ConfigError(f"{_without_secret(text)!r} begins with {scheme}://.", hint=hint)
    if port is None:
        port = _DEFAULT_PORTS[scheme] if has_scheme or default_port is None or scheme == "https" else default_port
    userinfo, at, _ = parts.netloc.rpartition("@")
    return ServerAddress(
        scheme=scheme,
        host=_EVERY_INTERFACE.get(host, host),
        port=port,
        path=re.sub("/{2,}", "/", parts.path).rstrip("/"),
        query=parts.query,
        userinfo=userinfo if at else "",
    )


def _split(written: str, text: str) -> tuple[SplitResult, int | None]:
    if re.search(r"[\s\x00-\x20\x7f\\]", written) or not written.strip("/:"):
        raise ConfigError(f"{_without_secret(text)!r} is no address.", hint=_EXAMPLE)
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as cause:
        # What Python says quotes a part of it, which may be the password.
        reason = "" if "@" in text else f": {cause}"
        raise ConfigError(f"{_without_secret(text)!r} is no address{reason}.", hint=_EXAMPLE) from cause
    return parts, port


def _without_secret(text: str) -> str:
    """What was written, less what may be a user's name and password."""
    before, at, after = text.rpartition("@")
    if not at:
        return text
    scheme, colon, _ = before.partition("://")
    return f"{scheme if colon else ''}{colon}…@{after}"


_EXAMPLE: Final = "Write it like http://127.0.0.1:11434."


def _looks_near(host: str) -> bool:
    """Whether a name is one of the own machine or network."""
    return "." not in host.strip(".") or host.endswith((".local", ".lan", ".home", ".internal", ".localhost"))


def _likely_scheme(host: str, port: int | None) -> str:
    if port is not None:
        return "https" if port == _DEFAULT_PORTS["https"] else "http"
    if _looks_near(host):
        return "http"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "https"
    return "http"
