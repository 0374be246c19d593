"""The house: one door for each outside world, imports downward only, and nothing furnished that is not entered."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loading import loaded_by

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "tui"


def files_that_import(library: str) -> set[str]:
    found = set()
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
            if any(name.split(".")[0] == library for name in names):
                found.add(path.relative_to(HOUSE).as_posix())
    return found


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        ("httpx", {"providers/network/"}),
        ("sqlite3", {"store/database.py", "store/queries.py", "store/rows.py", "store/schema.py"}),
        ("tomllib", {"config/"}),
        ("tomli_w", {"config/"}),
        ("platformdirs", {"config/paths.py"}),
        ("textual", {"ui/"}),
        ("rich", {"ui/"}),
        ("argparse", {"commands/", "cli.py"}),
        ("socket", {"demo/", "providers/network/"}),
        ("httpcore", {"providers/network/"}),
    ],
)
def test_each_outside_world_has_one_door(library: str, doors: set[str]) -> None:
    outside = {name for name in files_that_import(library) if not any(name.startswith(door) for door in doors)}
    assert files_that_import(library)
    assert outside == set()


def test_the_demo_imports_nothing_of_ours() -> None:
    demo = {name for name in files_that_import("tui") if name.startswith("demo/")}
    modules = {
        node.module
        for name in demo
        for node in ast.walk(ast.parse((HOUSE / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert {module for module in modules if module.startswith("tui.") and not module.startswith("tui.demo")} == set()


def test_asking_on_the_command_line_loads_no_textual() -> None:
    loaded = loaded_by("import tui.cli, tui.commands.ask, tui.commands.models, tui.providers.ollama")
    assert "httpx" in loaded
    # httpx loads rich and pygments, for a command of its own, where click happens to be installed too.
    assert {"textual", "markdown_it"} & loaded == set()


def test_the_version_loads_next_to_nothing() -> None:
    loaded = loaded_by("from tui.cli import main\nmain(['--version'])")
    assert {name for name in loaded if name.startswith("tui")} == {"tui", "tui.cli", "tui.errors"}
    assert {"argparse", "asyncio", "httpx", "sqlite3", "textual"} & loaded == set()


def test_the_chat_is_on_screen_before_anything_is_loaded_that_only_an_answer_needs() -> None:
    loaded = loaded_by("import tui.cli, tui.commands.bootstrap, tui.runtime, tui.ui.app, tui.ui.terminal")
    assert "tui.ui.screens.chat" in loaded
    assert {"httpx", "sqlite3", "markdown_it", "pygments", "tomli_w"} & loaded == set()
    assert {"tui.session", "tui.store", "tui.providers", "tui.ui.markdown.document"} & loaded == set()


def test_imports_run_downward() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout


def test_no_file_is_larger_than_one_can_read() -> None:
    lines = {path.relative_to(HOUSE).as_posix(): path.read_text().count("\n") for path in HOUSE.rglob("*.py")}
    assert {name: count for name, count in lines.items() if count > 520} == {}
