"""The generated tables of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from tests.docs import (
    DOCUMENTS,
    ROOT,
    TABLES,
    WHOLE,
    DocumentationError,
    difference,
    errors_table,
    generate,
    keys_table,
    main,
)
from tests.manual import manual_page
from tui.commands.arguments import parser
from tui.commands.parser_outline import commands_of
from tui.config.load import load
from tui.demo.guide import guide_text
from tui.errors import ErrorKind
from tui.workspace.commands import COMMANDS

STALE = "# Title\n\n<!-- generated: errors -->\n| old |\n<!-- /generated -->\n\nThe end.\n"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_tables_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert generate(text) == text


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_generated_document_is_up_to_date(path: Path) -> None:
    assert difference(path) == ""


def test_manual_page_has_every_command_and_option() -> None:
    page = manual_page().replace("\\-", "-")
    for command in commands_of(parser()):
        assert " ".join(command.path) in page
        assert [name for option in command.options for name in option.names if f"\\fB{name}\\fR" not in page] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_in_some_document(name: str) -> None:
    documents = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)

    assert f"<!-- generated: {name} -->" in documents or f"# generated: {name}\n" in documents


def test_every_command_with_a_key_is_in_the_table() -> None:
    text = keys_table()

    assert [command.name for command in COMMANDS if command.keys and f"`{command.name}`" not in text] == []


def test_every_kind_of_error_has_a_meaning() -> None:
    assert [row for row in errors_table().splitlines() if row.endswith("|  |")] == []


def test_stale_document_is_reported_as_a_unified_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "README.md"
    document.write_text(STALE)

    assert main(["--check"], [document]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("--- README.md\n+++ README.md (generated)\n@@ ")
    assert "\n-| old |\n+| kind | means |\n" in out
    assert "`python -m tests.docs` updates it" in err
    assert document.read_text() == STALE


def test_stale_document_is_updated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "README.md"
    document.write_text(STALE)

    assert main([], [document]) == 0
    assert document.read_text() == STALE.replace("| old |\n", errors_table())
    assert main(["--check"], [document]) == 0
    assert capsys.readouterr().out == ""


def test_unknown_table_is_an_error() -> None:
    with pytest.raises(DocumentationError, match="Unknown table 'colours'"):
        generate("<!-- generated: colours -->\n<!-- /generated -->\n")


def test_guide_names_only_kinds_of_error_that_exist() -> None:
    kinds = re.findall(r"^\| `(\w+)` \|", guide_text("errors"), re.MULTILINE)

    assert kinds
    assert set(kinds) <= set(get_args(ErrorKind))


@pytest.mark.parametrize("topic", ["config", "ollama", "lm studio", "providers"])
def test_config_samples_of_the_guide_load_without_warnings(topic: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    samples = re.findall(r"```toml\n(.*?)```", guide_text(topic), re.DOTALL)

    assert samples
    for sample in samples:
        config.write_text(sample)
        assert load(config, {}).warnings == ()


def test_config_sample_of_the_guide_shows_the_defaults(tmp_path: Path) -> None:
    (sample,) = re.findall(r"```toml\n(.*?)```", guide_text("config"), re.DOTALL)
    (tmp_path / "config.toml").write_text(sample.replace('[keys]\ncancel_stream = "escape"\n', ""))

    assert load(tmp_path / "config.toml", {}).settings == load(tmp_path / "none.toml", {}).settings
