"""Keys and values as TOML text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.lazy_pattern import lazy_pattern
from tui.on_demand import json

KeyPath = tuple[str, ...]
"""The parts of a key, from the outermost table inward."""

KEY_PART: Final = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
"""One part of a key as a regular expression: bare or quoted."""

DOTTED_KEY: Final = rf"{KEY_PART}(?:[ \t]*\.[ \t]*{KEY_PART})*"
"""A key as a regular expression: bare or quoted parts with dots between them."""

_PART: Final = lazy_pattern(KEY_PART)
_BARE: Final = lazy_pattern(r"[A-Za-z0-9_-]+")
_DOTTED: Final = lazy_pattern(DOTTED_KEY)


def dotted(path: KeyPath) -> str:
    """A key in TOML notation: `providers."my.server".model`."""
    return ".".join(part if _BARE.fullmatch(part) else toml_value(part) for part in path)


def key_path(key: str) -> KeyPath:
    """The parts of a key in TOML notation.

    Raises:
        ValueError: If the text is not a key.
    """
    if _DOTTED.fullmatch(key) is None:
        raise ValueError(f"{key!r} is not a TOML key")
    return tuple(_unquoted(part) for part in _PART.findall(key))


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    if part[0] == "'" or "\\" not in part:
        return part[1:-1]
    import tomllib

    text: str = tomllib.loads(f"key = {part}")["key"]
    return text


def toml_value(value: object) -> str:
    """A value in TOML notation, on one line.

    Raises:
        TypeError: If no setting can have a value of this type.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            if value.isascii() and value.isprintable() and not {'"', "\\"} & set(value):
                # As most are, also those in what the program says of its settings: importing `json` takes longer.
                return f'"{value}"'
            # TOML has all of JSON's escapes, but JSON does not escape DEL.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(map(toml_value, value))}]"
        case Mapping():
            pairs = ", ".join(f"{dotted((name,))} = {toml_value(item)}" for name, item in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            raise TypeError(f"a setting cannot be of type {type(value).__name__}")


def printable(text: str) -> str:
    """A text for a terminal, with invisible characters replaced by TOML escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
