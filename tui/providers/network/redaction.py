"""What must not be said of a request: key, headers, the password in its address; however a server repeats it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

_MASK: Final = "…"
_SHORTEST: Final = 12
"""Characters of a key. A server that wants none is often given a word, such as `lm-studio`, which may be said."""
_SHORTEST_PASSWORD: Final = 6


class Redaction:
    """Takes secrets out of what servers say: some repeat what they refuse."""

    def __init__(self, key: str, headers: Mapping[str, str], userinfo: str) -> None:
        """Args:
        key: The API key. May be empty.
        headers: The user's own headers. Any may be a secret.
        userinfo: `user:password` of the address, as it stands there. May be empty.
        """
        secrets = [key]
        passwords: list[str] = []
        for value in headers.values():
            secrets.append(value)
            # `Bearer …`, `Basic …`: what counts is behind the blank.
            secrets.extend(value.split())
        if userinfo:
            user, _, password = unquote(userinfo).partition(":")
            sent = base64.b64encode(f"{user}:{password}".encode()).decode()
            secrets.append(sent)
            passwords = [userinfo, userinfo.partition(":")[2], password]
        long = {secret for secret in secrets if len(secret) >= _SHORTEST}
        long |= {password for password in passwords if len(password) >= _SHORTEST_PASSWORD}
        # The longest first: of one that holds another nothing is to be left.
        self._secrets = sorted(long, key=len, reverse=True)

    def redacted(self, text: str) -> str:
        """The text without any of them."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text
