"""Parses `OLLAMA_HOST` like Ollama does."""

from __future__ import annotations

import re
from typing import Final

from tui.config.key_types import is_address
from tui.config.secret import mask_address
from tui.config.toml_text import printable, toml_value
from tui.errors import ConfigError
from tui.lazy_pattern import lazy_pattern

VARIABLE: Final = "OLLAMA_HOST"

_PORTS: Final = {"http": 80, "https": 443}
_PORT_WITHOUT_SCHEME: Final = 11434
_HOST: Final = lazy_pattern(r"(?P<user>.*@)?(?P<host>\[[^\[\]]*\]|[^:?#]*)(?::(?P<port>[0-9]*))?")


def parse_ollama_host(text: str) -> str:
    """The complete address that the variable stands for: `gpu-box` → `http://gpu-box:11434`.

    `0.0.0.0` is not replaced: the network code treats it as this machine.

    Args:
        text: The value of the variable. Not empty.

    Raises:
        ConfigError: If it is not a valid address.

    Source: https://github.com/ollama/ollama/blob/main/envconfig/config.go
    """
    address = text.strip().strip("\"'").strip()
    if address == "ollama.com":
        address = "https://ollama.com"
    scheme, has_scheme, rest = address.partition("://")
    if not has_scheme:
        scheme, rest = "http", address
    host_port, slash, path = rest.partition("/")
    if host_port.count(":") > 1 and re.fullmatch(r"[0-9A-Fa-f:.]+", host_port):
        host_port = f"[{host_port}]"  # an IPv6 address, which Ollama accepts without brackets
    found = _HOST.fullmatch(host_port)
    port = (found and found["port"]) or (_PORTS.get(scheme.lower()) if has_scheme else _PORT_WITHOUT_SCHEME)
    user, host = (found["user"] or "", found["host"] or "127.0.0.1") if found else ("", "")
    base_url = f"{scheme.lower()}://{user}{host}:{port}{slash}{path}".rstrip("/")
    if found is None or not is_address(base_url):
        raise ConfigError(
            f"{VARIABLE} is {printable(toml_value(mask_address(text)))}, which is not a valid address.",
            hint="Write it like gpu-box:11434 or http://127.0.0.1:11434, or unset it.",
        )
    return base_url
