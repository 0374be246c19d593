"""JSON schemas: what fits, and why not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.strategies import json_values
from tui.chat.json_schema import text_problem, unsupported_keyword, value_problem

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": ["integer", "null"], "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "id": {"type": "integer"}}}},
    "$ref": "#/$defs/node",
}


@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        (PERSON, {"name": "Ann", "age": None}, ""),
        (PERSON, {"name": "Ann", "age": 3.0}, ""),
        (PERSON, {"age": 1}, "$ has no 'name'."),
        (PERSON, {"name": ""}, "$.name has 0 characters, fewer than 1."),
        (PERSON, {"name": "Ann", "age": -1}, "$.age is -1, less than 0."),
        (PERSON, {"name": "Ann", "age": True}, "$.age is true, not of type integer or null."),
        (PERSON, {"name": "Ann", "x": 1}, "$.x is not allowed."),
        (PERSON, [], "$ is [], not of type object."),
        (TREE, {"next": {"next": {"id": 1}}}, ""),
        (TREE, {"next": {"next": {"id": "1"}}}, '$.next.next.id is "1", not of type integer.'),
        ({"enum": [1, "a"]}, 1.0, ""),
        ({"enum": [1, "a"]}, True, 'true, not one of [1, "a"].'),
        ({"const": {"a": 1}}, {"a": 2}, '{"a": 2}, not {"a": 1}.'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "$ fits none of the alternatives."),
        ({"oneOf": [{"type": "number"}, {"minimum": 0}]}, 1, "$ fits 2 of the alternatives instead of one."),
        ({"allOf": [{"minimum": 0}, {"maximum": 1}]}, 2, "$ is 2, more than 1."),
        ({"not": {"type": "string"}}, "a", "$ has a value that is excluded."),
        ({"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"minimum": 5}}, "ab", "more than 1."),
        ({"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"minimum": 5}}, 4, "less than 5."),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, 1, "not more than 1."),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, 3, "not less than 3."),
        ({"multipleOf": 0.1}, 0.3, ""),
        ({"multipleOf": 0.1}, 0.35, "not a multiple of 0.1."),
        ({"multipleOf": 2}, float("inf"), "not a multiple of 2."),
        ({"pattern": "^a"}, "ba", '"ba", which does not match ^a.'),
        ({"items": {"type": "string"}}, ["a", 1], "$[1] is 1, not of type string."),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a", 1], "$[1] is not allowed."),
        ({"minItems": 2, "maxItems": 3}, [1], "$ has 1 item, fewer than 2."),
        ({"minItems": 2, "maxItems": 3}, [1] * 4, "$ has 4 items, more than 3."),
        ({"uniqueItems": True}, [1, 2, 1], "$ has the same item twice."),
        ({"contains": {"const": 1}, "minContains": 2}, [1, 2], "$ has 1 item of the kind that it must contain."),
        ({"contains": {"const": 1}}, [1, 1], ""),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, '$ has the name "ab", which is not allowed.'),
        ({"patternProperties": {"^a": {"type": "string"}}}, {"ab": 1}, "$.ab is 1, not of type string."),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "$ has 'a', but no 'b'."),
        ({"dependentSchemas": {"a": {"required": ["c"]}}}, {"a": 1}, "$ has no 'c'."),
        ({"maxProperties": 0}, {"a": 1}, "$ has 1 property, more than 0."),
        ({"type": "strange", "minLength": "x", "required": 1, "dependentRequired": {"a": 1}}, {"a": 1}, ""),
        ({"const": "x" * 100}, "y" * 100, f'"{"y" * 59}…'),
        ({"$ref": "#"}, 1, "It is nested too deeply."),
    ],
)
def test_value_fits_or_the_reason_is_told(schema: dict[str, Any], value: object, problem: str) -> None:
    assert problem in value_problem(schema, value)
    assert bool(problem) is bool(value_problem(schema, value))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"name": "Ann"}', ""),
        ('```json\n{"name": "Ann"}\n```', "It is not JSON: Expecting value (line 1)."),
        ('{"name": "Ann", "age": NaN}', "It is not JSON: invalid value."),
        ("[" * 100_000, "It is not JSON: invalid value."),
    ],
)
def test_text_must_be_json(text: str, problem: str) -> None:
    assert text_problem(PERSON, text) == problem


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        (PERSON, ""),
        (TREE, ""),
        ({"properties": {"a": {"unevaluatedProperties": False}}}, "unevaluatedProperties"),
        ({"anyOf": [{"$ref": "https://example.org/x"}]}, "$ref https://example.org/x"),
        ({"$ref": "#/$defs/none"}, "$ref #/$defs/none"),
        ({"anyOf": [True, {"$ref": "#/anyOf/0"}]}, ""),
        ({"anyOf": [True, {"$ref": "#/anyOf/7"}]}, "$ref #/anyOf/7"),
        ({"pattern": "("}, "pattern ("),
        ({"patternProperties": {"[": {}}}, "pattern ["),
        ({"const": {"$dynamicRef": "x"}}, ""),
    ],
)
def test_schema_that_cannot_be_checked_is_named(schema: dict[str, Any], keyword: str) -> None:
    assert unsupported_keyword(schema) == keyword


SCHEMAS: list[dict[str, Any]] = [
    {"type": ["object", "array", "integer"], "minItems": 1, "items": {"type": ["string", "null"]}},
    {"type": ["string", "number", "boolean"], "minimum": 0, "maxLength": 3},
    {"anyOf": [{"type": "object", "maxProperties": 1}, {"type": "array", "uniqueItems": True}, {"const": None}]},
    {"not": {"type": "object", "additionalProperties": {"type": "string"}}},
]


@given(json_values)
def test_results_are_those_of_the_reference_implementation(value: Any) -> None:
    value = json.loads(json.dumps(value))
    for schema in SCHEMAS:
        assert bool(value_problem(schema, value)) is not Draft202012Validator(schema).is_valid(value)
