"""Modules of the standard library that are imported with their first use, not at the start.

Each is needed by few runs, or not at the start, and takes 0.5 to 3 ms to import. Use them by their names:
`difflib.get_close_matches(…)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import difflib as difflib
    import fractions as fractions
    import json as json
    import shlex as shlex
    import statistics as statistics
else:
    from importlib import import_module

    class _OnDemand:
        def __init__(self, name):
            self._name = name

        def __getattr__(self, name):
            value = getattr(import_module(self._name), name)
            # The next access finds it as an attribute.
            setattr(self, name, value)
            return value

    difflib = _OnDemand("difflib")
    """Suggests what a misspelt name may mean."""
    fractions = _OnDemand("fractions")
    """Checks numbers against `multipleOf` of a JSON schema. Imports `decimal` and `numbers`."""
    json = _OnDemand("json")
    """Writes values and tables. Reading the config and the first paint need none of it."""
    shlex = _OnDemand("shlex")
    """Splits what users type as shells do."""
    statistics = _OnDemand("statistics")
    """Medians of the usage. Imports `fractions`, `decimal` and `random`."""
