"""The architecture: one importer for each external system, imports that run downward, one owner for each state."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loading import loaded_by

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tui"

MAX_METHODS = 45
MAX_LINES = 520

SESSION_WRITERS = {"replace_conversation", "use_provider", "use_model", "configure", "attach_recorder"}
"""Methods of a session that change its conversation, provider or model."""


def syntax_trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules below some folders of the package, by their path in it."""
    for folder in folders or ("",):
        for path in (PACKAGE / folder).rglob("*.py"):
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def files_that_import(library: str) -> set[str]:
    found = set()
    for name, tree in syntax_trees():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
            if any(imported.split(".")[0] == library for imported in names):
                found.add(name)
    return found


@pytest.mark.parametrize(
    ("library", "importers"),
    [
        ("httpx", {"providers/network/"}),
        ("httpcore", {"providers/network/"}),
        ("socket", {"demo/", "providers/network/"}),
        ("sqlite3", {"store/"}),
        ("tomllib", {"config/"}),
        ("tomli_w", {"config/"}),
        ("platformdirs", {"config/paths.py"}),
        ("textual", {"ui/"}),
        ("rich", {"ui/"}),
        ("argparse", {"commands/", "cli.py"}),
    ],
)
def test_each_external_system_has_one_importer(library: str, importers: set[str]) -> None:
    files = files_that_import(library)

    assert files
    assert {name for name in files if not any(name.startswith(importer) for importer in importers)} == set()


def test_demo_server_shares_no_code_with_the_client() -> None:
    modules = {
        node.module
        for _, tree in syntax_trees("demo")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert {module for module in modules if module.startswith("tui.") and not module.startswith("tui.demo")} == set()


def test_imports_run_downward() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout


# Lazy imports.


def test_ask_imports_no_textual() -> None:
    loaded = loaded_by("import tui.cli, tui.commands.ask, tui.commands.models, tui.providers.ollama")
    assert "httpx" in loaded
    # httpx imports rich and pygments for a command of its own, where click happens to be installed too.
    assert {"textual", "markdown_it"} & loaded == set()


def test_version_imports_next_to_nothing() -> None:
    loaded = loaded_by("from tui.cli import main\nmain(['--version'])")
    assert {name for name in loaded if name.startswith("tui")} == {"tui", "tui.cli", "tui.errors"}
    assert {"argparse", "asyncio", "httpx", "sqlite3", "textual"} & loaded == set()


def test_first_paint_imports_nothing_that_only_an_answer_needs() -> None:
    loaded = loaded_by("import tui.cli, tui.commands.bootstrap, tui.runtime, tui.ui.app, tui.ui.terminal")
    assert "tui.ui.screens.chat" in loaded
    assert {"httpx", "sqlite3", "markdown_it", "pygments", "tomli_w"} & loaded == set()
    assert {"tui.session", "tui.store", "tui.providers", "tui.ui.markdown.document"} & loaded == set()


# Ownership of state.


def test_only_one_module_turns_times_into_text() -> None:
    users = {
        name
        for name, tree in syntax_trees()
        for _, method in calls_of(tree)
        if method in ("fromtimestamp", "strftime", "localtime", "astimezone")
    }
    # The demo server shares no code with the client.
    assert {name for name in users if not name.startswith("demo/")} == {"chat/dates.py"}


def classes_below(package: str) -> Iterator[type]:
    """Every class that a package and the packages below it define."""
    module = importlib.import_module(package)
    for info in pkgutil.walk_packages(module.__path__, f"{package}."):
        for _, found in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
            if found.__module__ == info.name:
                yield found


def test_no_class_of_the_screen_is_a_chain_of_slices() -> None:
    chains = {
        found.__qualname__: ours
        for found in classes_below("tui.ui")
        if len(ours := [base.__qualname__ for base in found.__mro__[1:] if base.__module__.startswith("tui.")]) > 1
    }
    assert chains == {}


def test_no_class_has_too_many_methods() -> None:
    counts = {
        f"{found.__module__}.{found.__qualname__}": count
        for found in classes_below("tui")
        if (count := sum(inspect.isfunction(member) for member in vars(found).values())) > MAX_METHODS
    }
    assert counts == {}


def test_no_file_is_too_long_to_read() -> None:
    lines = {path.relative_to(PACKAGE).as_posix(): path.read_text().count("\n") for path in PACKAGE.rglob("*.py")}

    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def calls_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Calls of methods: the name of the object, and of the method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            yield name, node.func.attr


def test_only_the_workspace_changes_a_session() -> None:
    writers = {
        name
        for name, tree in syntax_trees("ui", "workspace")
        for owner, method in calls_of(tree)
        if owner == "session" and method in SESSION_WRITERS
    }
    assert writers == {"workspace/workspace.py"}


def test_session_has_no_attribute_that_others_could_assign() -> None:
    assigned = {
        f"{name}: {ast.unparse(target)}"
        for name, tree in syntax_trees("ui", "workspace", "commands")
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and ast.unparse(target.value).endswith("session")
    }
    assert assigned == set()


def test_only_library_and_archive_reach_the_store() -> None:
    users = {
        name
        for name, tree in syntax_trees("ui", "workspace")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "conversations" and "runtime" in ast.unparse(node.value)
    }
    assert users == {"workspace/archive.py", "workspace/library.py"}
