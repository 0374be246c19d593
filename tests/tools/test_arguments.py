"""The check of arguments against a foreign schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.tools.arguments import argument_problem

SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "count": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}},
    },
    "required": ["path"],
    "additionalProperties": False,
    "$defs": {"tag": {"type": "string"}},
}


def test_fitting_arguments_have_no_problem() -> None:
    assert argument_problem(SCHEMA, {"path": "x", "count": 1, "kind": "a", "tags": ["t"]}) == ""
    assert argument_problem({}, {"anything": 1}) == ""
    assert argument_problem({"type": "object"}, {}) == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "'path' is a required property"),
        ({"path": 5}, "path: 5 is not of type 'string'"),
        ({"path": "x", "count": "1"}, "count: '1' is not of type 'integer'"),
        ({"path": "x", "count": True}, "count: True is not of type 'integer'"),
        ({"path": "x", "count": 0}, "count: 0 is less than the minimum of 1"),
        ({"path": "x", "kind": "c"}, "kind: 'c' is not one of ['a', 'b']"),
        ({"path": "x", "tags": ["t", 5]}, "tags[1]: 5 is not of type 'string'"),
        ({"path": "x", "more": 1}, "Additional properties are not allowed ('more' was unexpected)"),
    ],
)
def test_problem_says_where_and_what(arguments: dict[str, Any], problem: str) -> None:
    assert argument_problem(SCHEMA, arguments) == problem


def test_long_and_many_problems_are_cut() -> None:
    problem = argument_problem({"additionalProperties": {"type": "string"}}, {f"k{i}": [0] * 1000 for i in range(9)})

    lines = problem.splitlines()
    assert len(lines) == 6
    assert lines[-1] == "4 more."
    assert max(map(len, lines)) < 600


def doubling(levels: int) -> dict[str, Any]:
    """A schema that takes 2 to the power of its levels steps."""
    definitions: dict[str, Any] = {
        f"d{level}": {"anyOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)
    }
    definitions[f"d{levels}"] = {"type": "string"}
    return {"$defs": definitions, "properties": {"x": {"$ref": "#/$defs/d0"}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 5},
        {"properties": []},
        {"$ref": "#"},
        {"$ref": "#/nowhere"},
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"$schema": "http://127.0.0.1:1/unknown", "$ref": "http://127.0.0.1:1/"},
        {"properties": {"x": {"pattern": "^(a+)+$"}}},
        {"properties": {"x": {"pattern": "("}}},
        {"patternProperties": {"^(x+)+$": {"type": "object"}}, "additionalProperties": False},
        doubling(40),
    ],
)
def test_what_cannot_be_checked_safely_is_left_to_the_server(schema: dict[str, Any]) -> None:
    assert argument_problem(schema, {"x": "a" * 40 + "!"}) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYWORDS = st.sampled_from(
    [
        "type",
        "properties",
        "items",
        "required",
        "enum",
        "$ref",
        "$defs",
        "anyOf",
        "minimum",
        "pattern",
        "$schema",
        "$id",
    ]
)


@given(st.dictionaries(KEYWORDS, JSON, max_size=5), st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_no_schema_raises_an_error(schema: dict[str, Any], arguments: dict[str, Any]) -> None:
    assert isinstance(argument_problem(schema, arguments), str)
