"""Secrets: a value that hides its text, and masks for texts that may contain a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.lazy_pattern import lazy_pattern

MASK: Final = "********"

_SECRET_NAME: Final = lazy_pattern(
    r"auth|cookie|credential|key|pass|secret|session|signature|token|\bsig\b", re.IGNORECASE
)
# Up to the last @, because a password may contain any character. A path may contain an @ too; it is masked then.
_USERINFO: Final = lazy_pattern(r"^(?P<scheme>(?:[a-z][a-z0-9+.-]*://)?).*@", re.IGNORECASE | re.DOTALL)
_PARAMETER: Final = lazy_pattern(r"(?P<name>[?&;][^=&;#]*)=(?P<value>[^&;#]*)")
_MIN_KEY_CHARS: Final = 12
"""A value in a query is masked from this length on, whatever its name, unless it is a version: Azure's are as long."""


class Secret:
    """A text that appears as asterisks when printed, logged or formatted."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Only for sending it to the server."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def mask_all(value: object) -> str:  # noqa: ARG001
    """The mask, for any value."""
    return MASK


def mask_address(value: object) -> str:
    """An address with its password and the secrets in its query masked."""
    if not isinstance(value, str):
        return MASK
    shown = _USERINFO.sub(rf"\g<scheme>{MASK}@", value)
    return _PARAMETER.sub(_mask_parameter, shown)


def mask_headers(value: object) -> object:
    """HTTP headers by name, with likely secrets masked."""
    if not isinstance(value, Mapping):
        return MASK
    return {name: MASK if _is_secret(name) else text for name, text in value.items()}


def mask_table(value: object) -> object:
    """A table with all its values masked."""
    return dict.fromkeys(value, MASK) if isinstance(value, Mapping) else MASK


def _mask_parameter(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    is_secret = _is_secret(name) or (len(value) >= _MIN_KEY_CHARS and "version" not in name.lower())
    return f"{name}={MASK}" if is_secret else found[0]


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None
