"""Checks the arguments of a call against the tool's schema, before the server gets them.

The schema is foreign: it may be invalid, refer to the network, recur without end, or have patterns that take for ever.
What cannot be checked safely is left to the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MAX_REFERENCES: Final = 2000
_MAX_REASONS: Final = 5
_MAX_REASON: Final = 500


class _TooManyReferences(Exception):
    """The schema refers to itself again and again."""


def argument_problem(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Why the arguments do not fit the schema, for the model that made them. Empty if they do.

    Imports the library at the first call, which takes some time: call `load` before in a thread.
    """
    try:
        errors = sorted(_validator(schema).iter_errors(dict(arguments)), key=_depth)
    # An invalid schema makes the library raise anything. The server checks its arguments itself, too.
    except Exception:  # noqa: BLE001
        return ""
    reasons = [_reason(error) for error in errors[:_MAX_REASONS]]
    more = len(errors) - len(reasons)
    return "\n".join([*reasons, *([f"{more} more."] if more else [])])


def load() -> None:
    """Import the library."""
    import jsonschema  # noqa: F401
    import referencing  # noqa: F401


def _validator(schema: Mapping[str, Any]) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend, validator_for
    from referencing import Registry

    named = {"$schema": name} if isinstance(name := schema.get("$schema"), str) else {}
    draft = validator_for(named, default=Draft202012Validator)
    draft.check_schema(schema)
    keywords = dict(draft.VALIDATORS)
    counted = _counting(keywords)
    # JSON schema's patterns are JavaScript's, and Python's engine can take for ever for one.
    unchecked = dict.fromkeys(("pattern", "patternProperties"), lambda *_: ())
    behind_patterns = {
        name: _unless_patterns(keywords[name])
        for name in ("additionalProperties", "unevaluatedProperties")
        if name in keywords
    }
    # With a registry of its own, the library does not fetch references from the network.
    return extend(draft, {**unchecked, **behind_patterns, **counted})(schema, registry=Registry())


def _unless_patterns(check: Any) -> Any:
    """A keyword for the properties that match no pattern."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        return () if "patternProperties" in schema else check(validator, value, instance, schema)

    return checked


def _counting(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of references, which may be followed only so often."""
    followed = 0

    def counting(check: Any) -> Any:
        def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
            nonlocal followed
            followed += 1
            if followed > _MAX_REFERENCES:
                raise _TooManyReferences
            return check(validator, value, instance, schema)

        return checked

    names = ("$ref", "$dynamicRef", "$recursiveRef")
    return {name: counting(keywords[name]) for name in names if name in keywords}


def _depth(error: Any) -> int:
    return len(error.absolute_path)


def _reason(error: Any) -> str:
    """One problem in a line: where it is, and what is wrong."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    message = " ".join(error.message.split())
    if len(message) > _MAX_REASON:
        message = f"{message[:_MAX_REASON]}…"
    return f"{path.removeprefix('.')}: {message}" if path else message
