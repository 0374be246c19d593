"""Tests for `tui.on_demand`."""

from __future__ import annotations

from tests.loading import loaded_by

MODULES = {"difflib", "fractions", "json", "shlex", "statistics"}


def test_modules_are_loaded_with_their_first_use() -> None:
    code = "from tui.on_demand import difflib, fractions, json, shlex, statistics"
    assert loaded_by(code) & MODULES == set()
    assert loaded_by(f"{code}\nassert shlex.split('a b') == ['a', 'b']") & MODULES == {"shlex"}
    assert loaded_by(f"{code}\nassert statistics.median([1, 2, 9]) == 2") >= {"statistics", "fractions"}


def test_ask_loads_nothing_that_few_runs_need() -> None:
    loaded = loaded_by("import tui.cli, tui.commands.arguments, tui.commands.ask, tui.providers.ollama")
    # httpx imports rich, and with it `fractions`, where click happens to be installed.
    assert loaded & {"difflib", "shlex", "statistics", "sqlite3", "tui.store"} == set()
