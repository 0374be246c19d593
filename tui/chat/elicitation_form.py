"""A tool server's question to the user as the fields of a form, and typed text as their values. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tui.chat.chunk import JSONValue
from tui.chat.safe_text import safe_line

Kind = Literal["string", "number", "integer", "boolean", "choice"]

_MAX_FIELDS: Final = 20
_MAX_CHOICES: Final = 50
MAX_TEXT: Final = 1_000
"""Characters of a question or of the words beside a field that are shown."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One value that the server asks for."""

    name: str
    label: str
    about: str
    kind: Kind
    is_required: bool
    choices: tuple[str, ...] = ()


def form_fields(schema: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The fields of a server's schema. What is not one of the known kinds is typed as text."""
    properties = schema.get("properties")
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    if not isinstance(properties, dict):
        return ()
    fields = []
    for name, about in list(properties.items())[:_MAX_FIELDS]:
        about = about if isinstance(about, dict) else {}
        kind = _kind_of(about)
        choices = ("true", "false") if kind == "boolean" else _choices_of(about)
        fields.append(
            FormField(
                str(name),
                safe_line(_text(about.get("title")) or str(name)),
                safe_line(_text(about.get("description"))),
                kind,
                name in needed,
                choices,
            )
        )
    return tuple(fields)


def parse_value(field: FormField, typed: str) -> JSONValue:
    """What was typed as a value of the field's kind. None if it is none."""
    try:
        if field.kind == "integer":
            return int(typed)
        if field.kind == "number":
            number = float(typed)
            return number if math.isfinite(number) else None
    except ValueError:
        return None
    return typed == "true" if field.kind == "boolean" else typed


def _kind_of(about: Mapping[str, Any]) -> Kind:
    match about.get("type"):
        case "number":
            return "number"
        case "integer":
            return "integer"
        case "boolean":
            return "boolean"
    return "choice" if _choices_of(about) else "string"


def _choices_of(about: Mapping[str, Any]) -> tuple[str, ...]:
    choices = about.get("enum")
    if not isinstance(choices, Sequence) or isinstance(choices, str):
        return ()
    return tuple(choice for choice in choices if isinstance(choice, str) and choice)[:_MAX_CHOICES]


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""
