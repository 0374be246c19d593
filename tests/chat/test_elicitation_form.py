"""The fields of a tool server's question."""

from __future__ import annotations

from typing import Any

import pytest

from tui.chat.elicitation_form import FormField, field_problem, form_fields, parse_value


def fields(**properties: Any) -> tuple[FormField, ...]:
    return form_fields({"type": "object", "properties": properties})


def test_choices_with_titles_and_defaults() -> None:
    found = fields(
        a={
            "type": "string",
            "oneOf": [{"const": "r", "title": "Red"}, {"const": "b", "title": "Blue"}],
            "default": "b",
        },
        b={"type": "string", "enum": ["x", "y"], "enumNames": ["Ex", "Why"]},
        c={"type": "array", "items": {"enum": ["x", "y"]}, "default": ["y", "x"]},
        d={"type": "integer", "default": 3},
        e={"type": "boolean", "default": True},
        f={"type": "string", "default": 5},
    )

    assert [(field.kind, field.choices, field.titles, field.default) for field in found] == [
        ("choice", ("r", "b"), ("Red", "Blue"), "b"),
        ("choice", ("x", "y"), ("Ex", "Why"), ""),
        ("list", ("x", "y"), (), "y, x"),
        ("integer", (), (), "3"),
        ("boolean", ("true", "false"), (), "true"),
        ("string", (), (), ""),
    ]


@pytest.mark.parametrize(
    ("schema", "typed", "problem"),
    [
        ({"type": "string", "minLength": 2}, "B", "has 1 character, fewer than 2."),
        ({"type": "string", "minLength": 2}, "Bo", ""),
        ({"type": "integer", "minimum": 1}, "0", "is 0, less than 1."),
        ({"type": "integer"}, "x", "is not an integer."),
        ({"type": "string", "format": "date"}, "tomorrow", "is not in the format date."),
        ({"type": "string", "format": "date-time"}, "2026-11-30T18:00:00Z", ""),
        ({"type": "string", "format": "email"}, "bob@", "is not in the format email."),
        ({"type": "string", "format": "uri"}, "//x", "is not in the format uri."),
        ({"type": "string", "format": "other"}, "x", ""),
        ({"type": "string", "pattern": "(?<bad"}, "x", ""),
        ({"type": "array", "items": {"enum": ["x", "y"]}}, "x, z", "cannot be z."),
        ({"type": "array", "items": {"enum": ["x", "y"]}, "minItems": 2}, "x,y", ""),
    ],
)
def test_value_is_checked_before_it_is_sent(schema: dict[str, Any], typed: str, problem: str) -> None:
    [field] = fields(a=schema)

    assert field_problem(field, parse_value(field, typed)) == problem
