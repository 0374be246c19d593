"""What must not be shown: a value that hides itself, and masks for text that may hold one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "********"

_SECRET_NAME: Final = re.compile(
    r"auth|cookie|credential|key|pass|secret|session|signature|token|\bsig\b", re.IGNORECASE
)
# Up to the last @, though a path may hold one too: a password may hold anything.
_USERINFO: Final = re.compile(r"^(?P<scheme>(?:[a-z][a-z0-9+.-]*://)?).*@", re.IGNORECASE | re.DOTALL)
_PARAMETER: Final = re.compile(r"(?P<name>[?&;][^=&;#]*)=[^&;#]*")


class Secret:
    """A text that shows as asterisks wherever it is printed, logged or formatted."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def hidden(value: object) -> str:  # noqa: ARG001
    """The mask, whatever the value is."""
    return MASK


def masked_address(value: object) -> str:
    """An address without the password, or the key in its query, that it may hold."""
    if not isinstance(value, str):
        return MASK
    shown = _USERINFO.sub(rf"\g<scheme>{MASK}@", value)
    return _PARAMETER.sub(lambda found: f"{found['name']}={MASK}" if _is_secret(found["name"]) else found[0], shown)


def masked_headers(value: object) -> object:
    """HTTP headers by their names, without what is likely a secret."""
    if not isinstance(value, Mapping):
        return MASK
    return {name: MASK if _is_secret(name) else text for name, text in value.items()}


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None
