"""`OLLAMA_HOST`, read as Ollama itself reads it."""

from __future__ import annotations

import re
from typing import Final

from tui.config.kinds import is_address
from tui.config.secret import masked_address
from tui.config.toml_text import printable, toml_value
from tui.errors import ConfigError

VARIABLE: Final = "OLLAMA_HOST"

_PORTS: Final = {"http": 80, "https": 443}
_PORT_WITHOUT_SCHEME: Final = 11434
_HOST: Final = re.compile(r"(?P<user>.*@)?(?P<host>\[[^\[\]]*\]|[^:?#]*)(?::(?P<port>[0-9]*))?")


def base_url_from(written: str) -> str:
    """The address that the variable means, whole: `gpu-box` → `http://gpu-box:11434`.

    `0.0.0.0` stays what it is: whoever dials it knows that it means this machine.

    Args:
        written: What the variable holds. Not empty.

    Raises:
        ConfigError: When it is no address.

    Source: https://github.com/ollama/ollama/blob/main/envconfig/config.go
    """
    meant = written.strip().strip("\"'").strip()
    if meant == "ollama.com":
        meant = "https://ollama.com"
    scheme, has_scheme, rest = meant.partition("://")
    if not has_scheme:
        scheme, rest = "http", meant
    place, slash, path = rest.partition("/")
    if place.count(":") > 1 and re.fullmatch(r"[0-9A-Fa-f:.]+", place):
        place = f"[{place}]"  # an IPv6 address, which needs no brackets here
    found = _HOST.fullmatch(place)
    port = (found and found["port"]) or (_PORTS.get(scheme.lower()) if has_scheme else _PORT_WITHOUT_SCHEME)
    user, host = (found["user"] or "", found["host"] or "127.0.0.1") if found else ("", "")
    base_url = f"{scheme.lower()}://{user}{host}:{port}{slash}{path}".rstrip("/")
    if found is None or not is_address(base_url):
        raise ConfigError(
            f"{VARIABLE} is {printable(toml_value(masked_address(written)))}, which is no address.",
            hint="Write it like gpu-box:11434 or http://127.0.0.1:11434, or unset it.",
        )
    return base_url
