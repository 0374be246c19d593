"""A tool server's question to the user as the fields of a form, and typed text as their values. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from tui.chat.chunk import JSONValue
from tui.chat.json_schema import unsupported_keyword, value_problem
from tui.chat.safe_text import safe_line
from tui.light_dataclass import dataclass

Kind = Literal["string", "number", "integer", "boolean", "choice", "list"]
"""`list` is several choices, typed with commas between them."""

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
    """The values that can be chosen."""

    titles: tuple[str, ...] = ()
    """What is shown for each of the choices. Empty if the server has no other words."""

    default: str = ""
    """What the form begins with, as it is typed."""

    schema: Mapping[str, Any] = field(default_factory=dict)
    """The limits of the value, as a JSON schema."""

    @property
    def is_chosen(self) -> bool:
        """Whether one of the choices is chosen, rather than typed."""
        return bool(self.choices) and self.kind != "list"


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
        options = _choices_of(about)
        words = [_text(about.get("description"))]
        if kind == "list":
            words.append(f"Of {', '.join(options)}, with commas between them.")
        fields.append(
            FormField(
                str(name),
                safe_line(_text(about.get("title")) or str(name)),
                safe_line(" ".join(filter(None, words))),
                kind,
                name in needed,
                ("true", "false") if kind == "boolean" else tuple(options),
                tuple(options.values()) if list(options) != list(options.values()) else (),
                _as_typed(about.get("default"), kind),
                about,
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
    if field.kind == "list":
        return [each for part in typed.split(",") if (each := part.strip())]
    return typed == "true" if field.kind == "boolean" else typed


def field_problem(field: FormField, value: JSONValue) -> str:
    """Why a value does not fit its field, to be put behind the field's label. Empty if it does."""
    if value is None:
        return f"is not {'an' if field.kind == 'integer' else 'a'} {field.kind}."
    if isinstance(value, list) and (unknown := next((each for each in value if each not in field.choices), None)):
        return f"cannot be {unknown}."
    if isinstance(value, str) and not _has_format(value, field.schema.get("format")):
        return f"is not in the format {field.schema['format']}."
    # The server checks what we cannot.
    if unsupported_keyword(field.schema):
        return ""
    problem = value_problem(field.schema, value)
    return problem.removeprefix("$ ") if problem.startswith("$ ") else problem


def _has_format(text: str, name: object) -> bool:
    """Whether a text has one of the formats that servers may ask for. Others are the server's to check."""
    try:
        match name:
            case "date":
                date.fromisoformat(text)
            case "date-time":
                datetime.fromisoformat(text)
            case "email":
                return bool(text.partition("@")[0] and text.partition("@")[2])
            case "uri":
                return bool(urlsplit(text).scheme)
    except ValueError:
        return False
    return True


def _as_typed(value: object, kind: Kind) -> str:
    """A default as the user would type it. Empty if it does not fit the field."""
    if isinstance(value, bool):
        return str(value).lower() if kind == "boolean" else ""
    if isinstance(value, int | float) and kind in ("integer", "number"):
        return str(value)
    if isinstance(value, list) and kind == "list":
        return ", ".join(each for each in value if isinstance(each, str))
    return value[:MAX_TEXT] if isinstance(value, str) and kind in ("string", "choice") else ""


def _kind_of(about: Mapping[str, Any]) -> Kind:
    match about.get("type"):
        case "number":
            return "number"
        case "integer":
            return "integer"
        case "boolean":
            return "boolean"
        case "array" if _choices_of(about):
            return "list"
    return "choice" if _choices_of(about) else "string"


def _choices_of(about: Mapping[str, Any]) -> dict[str, str]:
    """The values of a field with choices, and what is shown for each."""
    items = about.get("items")
    source = items if about.get("type") == "array" and isinstance(items, dict) else about
    values, titles = source.get("enum"), source.get("enumNames")
    options = source.get("oneOf", source.get("anyOf"))
    if isinstance(options, list):
        named = [each for each in options if isinstance(each, dict)]
        values, titles = [each.get("const") for each in named], [each.get("title") for each in named]
    if not isinstance(values, list):
        return {}
    if not isinstance(titles, list) or len(titles) != len(values):
        titles = values
    pairs = zip(values, titles, strict=True)
    choices = {value: _text(title) or value for value, title in pairs if isinstance(value, str) and value}
    return dict(list(choices.items())[:_MAX_CHOICES])


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""
