"""The tables of the README are those that the code gives."""

from __future__ import annotations

import pytest

from tests.docs import README, TABLES, errors_table, keys_table, with_tables
from tui.workspace.commands import COMMANDS


def test_readme_tables_are_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")

    assert with_tables(text) == text


@pytest.mark.parametrize("name", TABLES)
def test_readme_has_every_table(name: str) -> None:
    assert f"<!-- generated: {name} -->" in README.read_text(encoding="utf-8")


def test_every_command_with_a_key_is_in_the_table() -> None:
    text = "\n".join(keys_table())

    assert [command.name for command in COMMANDS if command.keys and f"`{command.name}`" not in text] == []


def test_every_kind_of_error_has_a_meaning() -> None:
    assert [row for row in errors_table() if row.endswith("|  |")] == []
