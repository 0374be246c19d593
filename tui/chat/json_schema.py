"""Whether a text is JSON that fits a JSON schema (draft 2020-12), and why not.

An implementation of our own, so that the result does not depend on which optional libraries are installed. It knows all
keywords but a few. `unsupported_keyword` names those, with which no schema is accepted: a value must not count as
checked if it was not. `format` is an annotation, as in the standard.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from tui.chat.formatting import format_count
from tui.on_demand import fractions

_UNSUPPORTED: Final = ("$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties", "dependencies")

_MAX_DEPTH: Final = 100
"""Schemas within schemas, and references, that are followed."""

_MAX_QUOTED: Final = 60
"""Characters of a value that are quoted."""

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and value % 1 == 0,
}


def unsupported_keyword(schema: Mapping[str, Any]) -> str:
    """A keyword of a schema that cannot be checked, with its value where that is the reason. Empty if there is none."""
    return next(_unsupported_keywords(schema, schema), "")


def _unsupported_keywords(root: Mapping[str, Any], schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _unsupported_keywords(root, part)
    if not isinstance(schema, dict):
        return
    yield from (name for name in _UNSUPPORTED if name in schema)
    reference = schema.get("$ref")
    # References into other documents are not followed, nor those to anchors.
    if isinstance(reference, str) and not isinstance(_resolved(root, reference), Mapping | bool):
        yield f"$ref {reference}"
    patterns = [*_mapping(schema, "patternProperties"), schema.get("pattern", "")]
    yield from (f"pattern {pattern}" for pattern in patterns if not _is_pattern(pattern))
    for name, value in schema.items():
        # The value of these is data, in which the same names mean nothing.
        if name not in ("const", "enum", "default", "examples"):
            yield from _unsupported_keywords(root, value)


def text_problem(schema: Mapping[str, Any], text: str) -> str:
    """Why a text is not JSON that fits a schema, in one sentence. Empty if it is."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else "invalid value"
        return f"It is not JSON: {reason}."
    return value_problem(schema, value)


def value_problem(schema: Mapping[str, Any], value: object) -> str:
    """Why a JSON value does not fit a schema, in one sentence. Empty if it does."""
    try:
        return next(_Checker(schema).problems(schema, value, "$", 0), "")
    except RecursionError:
        return "It is nested too deeply."


class _Checker:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def problems(self, schema: object, value: object, at: str, depth: int) -> Iterator[str]:
        """Why a value does not fit a schema.

        Args:
            schema: The schema. What is not a schema accepts everything.
            value: The value.
            at: Its place: `$.names[0]`.
            depth: How many schemas were followed to this one.
        """
        if schema is False:
            yield f"{at} is not allowed."
        if not isinstance(schema, dict):
            return
        if depth > _MAX_DEPTH:
            raise RecursionError
        yield from self._combined(schema, value, at, depth + 1)
        yield from _of_any_type(schema, value, at)
        if isinstance(value, dict):
            yield from self._of_object(schema, value, at, depth + 1)
        elif isinstance(value, list):
            yield from self._of_array(schema, value, at, depth + 1)
        elif isinstance(value, str):
            yield from _of_string(schema, value, at)
        elif _is_number(value):
            yield from _of_number(schema, value, at)

    def _fits(self, schema: object, value: object, depth: int) -> bool:
        return next(self.problems(schema, value, "$", depth), None) is None

    def _combined(self, schema: Mapping[str, Any], value: object, at: str, depth: int) -> Iterator[str]:
        if isinstance(reference := schema.get("$ref"), str):
            yield from self.problems(_resolved(self._root, reference), value, at, depth)
        for part in _list(schema, "allOf"):
            yield from self.problems(part, value, at, depth)
        options = _list(schema, "anyOf")
        if options and not any(self._fits(option, value, depth) for option in options):
            yield f"{at} fits none of the alternatives."
        options = _list(schema, "oneOf")
        if options and (count := sum(self._fits(option, value, depth) for option in options)) != 1:
            yield f"{at} fits {count} of the alternatives instead of one."
        if "not" in schema and self._fits(schema["not"], value, depth):
            yield f"{at} has a value that is excluded."
        if "if" in schema:
            branch = "then" if self._fits(schema["if"], value, depth) else "else"
            yield from self.problems(schema.get(branch), value, at, depth)

    def _of_object(self, schema: Mapping[str, Any], value: dict[str, Any], at: str, depth: int) -> Iterator[str]:
        for name in _list(schema, "required"):
            if name not in value:
                yield f"{at} has no {name!r}."
        for name, needed in _mapping(schema, "dependentRequired").items():
            missing = [each for each in needed if each not in value] if isinstance(needed, list) else []
            if name in value and missing:
                yield f"{at} has {name!r}, but no {missing[0]!r}."
        for name, part in _mapping(schema, "dependentSchemas").items():
            if name in value:
                yield from self.problems(part, value, at, depth)
        yield from _size_problems(schema, len(value), at, "Properties", "property", "properties")
        properties, patterns = _mapping(schema, "properties"), _mapping(schema, "patternProperties")
        for name, item in value.items():
            place = f"{at}.{name}"
            if not self._fits(schema.get("propertyNames"), name, depth):
                yield f"{at} has the name {_quoted(name)}, which is not allowed."
            if name in properties:
                yield from self.problems(properties[name], item, place, depth)
            matching = [part for pattern, part in patterns.items() if re.search(pattern, name)]
            for part in matching:
                yield from self.problems(part, item, place, depth)
            if name not in properties and not matching:
                yield from self.problems(schema.get("additionalProperties"), item, place, depth)

    def _of_array(self, schema: Mapping[str, Any], value: list[Any], at: str, depth: int) -> Iterator[str]:
        yield from _size_problems(schema, len(value), at, "Items", "item", "items")
        first = _list(schema, "prefixItems")
        for index, item in enumerate(value):
            part = first[index] if index < len(first) else schema.get("items")
            yield from self.problems(part, item, f"{at}[{index}]", depth)
        different = {json.dumps(item, sort_keys=True) for item in value}
        if schema.get("uniqueItems") is True and len(different) < len(value):
            yield f"{at} has the same item twice."
        if "contains" in schema:
            count = sum(self._fits(schema["contains"], item, depth) for item in value)
            if not _number(schema, "minContains", 1) <= count <= _number(schema, "maxContains", count):
                yield f"{at} has {format_count(count, 'item')} of the kind that it must contain."


def _resolved(root: Mapping[str, Any], reference: str) -> object:
    """The schema that a reference to the same document names: `#/$defs/Name`. None if there is none."""
    path, separator, parts = reference.partition("/")
    if path != "#" or not separator:
        return root if reference == "#" else None
    found: object = root
    for part in parts.split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = found[int(key)] if key.isdecimal() and int(key) < len(found) else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


def _of_any_type(schema: Mapping[str, Any], value: object, at: str) -> Iterator[str]:
    wanted = schema.get("type")
    names = wanted if isinstance(wanted, list) else [wanted] if isinstance(wanted, str) else []
    if names and not any(_TYPES.get(name, lambda _: True)(value) for name in names):
        yield f"{at} is {_quoted(value)}, not of type {' or '.join(names)}."
    if isinstance(schema.get("enum"), list) and not any(_equal(value, each) for each in schema["enum"]):
        yield f"{at} is {_quoted(value)}, not one of {_quoted(schema['enum'])}."
    if "const" in schema and not _equal(value, schema["const"]):
        yield f"{at} is {_quoted(value)}, not {_quoted(schema['const'])}."


def _of_string(schema: Mapping[str, Any], value: str, at: str) -> Iterator[str]:
    yield from _size_problems(schema, len(value), at, "Length", "character", "characters")
    if isinstance(pattern := schema.get("pattern"), str) and not re.search(pattern, value):
        yield f"{at} is {_quoted(value)}, which does not match {pattern}."


def _of_number(schema: Mapping[str, Any], value: float, at: str) -> Iterator[str]:
    bounds: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
        ("minimum", lambda bound: value >= bound, "less than"),
        ("maximum", lambda bound: value <= bound, "more than"),
        ("exclusiveMinimum", lambda bound: value > bound, "not more than"),
        ("exclusiveMaximum", lambda bound: value < bound, "not less than"),
    )
    for name, fits, words in bounds:
        if _is_number(bound := schema.get(name)) and not fits(bound):
            yield f"{at} is {value}, {words} {bound}."
    step = _number(schema, "multipleOf", 0)
    # Not as floats: 0.3 is not a multiple of 0.1 there.
    if step and (
        value == math.inf or value == -math.inf or fractions.Fraction(str(value)) % fractions.Fraction(str(step))
    ):
        yield f"{at} is {value}, not a multiple of {step}."


def _size_problems(schema: Mapping[str, Any], size: int, at: str, suffix: str, noun: str, nouns: str) -> Iterator[str]:
    has = f"{at} has {size} {noun if size == 1 else nouns}"
    if size < (least := _number(schema, f"min{suffix}", 0)):
        yield f"{has}, fewer than {least}."
    if size > (most := _number(schema, f"max{suffix}", size)):
        yield f"{has}, more than {most}."


def _is_pattern(pattern: object) -> bool:
    try:
        re.compile(str(pattern))
    except re.error:
        return False
    return True


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(first: object, second: object) -> bool:
    """Whether two JSON values are equal. Unlike in Python, true is not 1."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True) or (
        _is_number(first) and _is_number(second) and first == second
    )


def _number(schema: Mapping[str, Any], key: str, default: float) -> float:
    value = schema.get(key)
    return value if _is_number(value) else default


def _list(schema: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else ()


def _mapping(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = schema.get(key)
    return value if isinstance(value, dict) else {}


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
