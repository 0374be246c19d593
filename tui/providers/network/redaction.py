"""Removes secrets from texts: some servers quote the key that they refuse."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

from tui.lazy_pattern import lazy_pattern

_MASK: Final = "…"
_MIN_KEY_CHARS: Final = 12
"""Shorter keys are only redacted as whole words: for servers that need none, users often set a word such as `local`."""
_MIN_PASSWORD_CHARS: Final = 6
"""Shorter passwords are only redacted as whole words."""
_MIN_WORD_CHARS: Final = 4
"""Shorter secrets are not redacted: they are parts of many numbers and words."""
_SECRET_PARAMETER: Final = lazy_pattern(r"auth|code|cred|key|pass|secret|sig|token", re.IGNORECASE)
_HARMLESS_PARAMETER: Final = lazy_pattern(r"version", re.IGNORECASE)
"""Azure's `api-version` is long, and servers name the versions that they support."""


class Redaction:
    """Replaces the secrets of one provider in texts."""

    def __init__(
        self, key: str, headers: Mapping[str, str], userinfo: str, query: str = "", provider: str = ""
    ) -> None:
        """Args:
        key: The API key; may be empty.
        headers: The user's headers. Any value may be a secret.
        userinfo: `user:password` of the URL, percent-encoded as there; may be empty.
        query: The query of the URL, percent-encoded as there; may be empty. Any value may be a secret.
        provider: The provider's name. Messages include it, so a short key that is the same word stays.
        """
        secrets = [key]
        words = [key]
        passwords: list[str] = []
        for header, value in headers.items():
            secrets.append(value)
            if _SECRET_PARAMETER.search(header):
                words.extend(value.split()[-1:])
            # `Bearer …` and `Basic …`: the part after the space is the secret.
            secrets.extend(value.split())
        if userinfo:
            user, _, password = unquote(userinfo).partition(":")
            sent = base64.b64encode(f"{user}:{password}".encode()).decode()
            secrets.append(sent)
            passwords = [userinfo, userinfo.partition(":")[2], password]
        for parameter in re.split("[&;]", query) if query else ():
            name, _, value = parameter.partition("=")
            if not _HARMLESS_PARAMETER.search(name):
                decoded = (unquote(value), unquote_plus(value))
                # A server may encode the value in another way than the user did.
                spellings = (value, *decoded, *map(quote, decoded), *(quote(text, safe="") for text in decoded))
                (passwords if _SECRET_PARAMETER.search(name) else secrets).extend(spellings)
        long = {secret for secret in secrets if len(secret) >= _MIN_KEY_CHARS}
        long |= {password for password in passwords if len(password) >= _MIN_PASSWORD_CHARS}
        # Longest first: replacing a secret inside a longer one would leave the rest of the longer one visible.
        self._secrets = sorted(long, key=len, reverse=True)
        short = {word for word in (*words, *passwords) if len(word) >= _MIN_WORD_CHARS and word != provider} - long
        self._words = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in sorted(short, key=len, reverse=True)]

    def redacted(self, text: str) -> str:
        """Return the text with every secret replaced by an ellipsis."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        for word in self._words:
            text = word.sub(_MASK, text)
        return text
