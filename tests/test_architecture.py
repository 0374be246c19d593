"""The architecture: one importer for each external system, imports that run downward, one owner for each state."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loading import loaded_by
from tui.ui.later import LATER

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tui"

MAX_METHODS = 45
MAX_LINES = 520

CHANGING_METHODS = {
    *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"),
    *("__delattr__", "__setattr__", "__setitem__"),
}
"""Methods that change a list, a dict, a set, or any object."""


@functools.cache
def syntax_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def syntax_trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules below some folders of the package, by their path in it."""
    for folder in folders or ("",):
        for path in (PACKAGE / folder).rglob("*.py"):
            yield path.relative_to(PACKAGE).as_posix(), syntax_tree(path)


@functools.cache
def imports() -> list[tuple[str, str]]:
    """The first name of each imported module, and the path of the module that imports it."""
    found = []
    for path, tree in syntax_trees():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
            found += [(name.split(".")[0], path) for name in names]
    return found


def files_that_import(library: str) -> set[str]:
    return {path for name, path in imports() if name == library}


@pytest.mark.parametrize(
    ("library", "importers"),
    [
        ("httpx", {"providers/network/"}),
        ("httpcore", {"providers/network/"}),
        ("socket", {"demo/", "providers/network/"}),
        ("mcp", {"tools/"}),
        ("httpx2", {"tools/"}),
        ("jsonschema", {"tools/"}),
        ("sqlite3", {"store/"}),
        ("tomllib", {"config/"}),
        ("tomli_w", {"config/"}),
        ("platformdirs", {"config/paths.py"}),
        ("PIL", {"ui/pictures/decoding.py"}),
        ("textual", {"ui/"}),
        ("rich", {"ui/"}),
        ("argparse", {"commands/", "cli.py"}),
        ("aiohttp", {"commands/"}),
        ("textual_serve", {"commands/web_server.py"}),
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


def test_classes_of_data_are_made_by_the_light_decorator() -> None:
    """The standard one takes longer for each class than the import of a small module. The demo server is a program."""
    heavy = {
        name
        for name, tree in syntax_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "dataclasses"
        and "dataclass" in {alias.name for alias in node.names}
    }

    assert {name for name in heavy if not name.startswith("demo/")} == {"light_dataclass.py"}


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


def test_plain_chat_imports_no_textual() -> None:
    loaded = loaded_by("import tui.cli, tui.plain.app, tui.plain.chat")
    assert "tui.workspace.workspace" in loaded
    assert {"textual", "tui.ui", "markdown_it"} & loaded == set()


def test_version_imports_next_to_nothing() -> None:
    loaded = loaded_by("from tui.cli import main\nmain(['--version'])")
    assert {name for name in loaded if name.startswith("tui")} == {"tui", "tui.cli", "tui.errors", "tui.gc_tuning"}
    assert {"argparse", "asyncio", "httpx", "sqlite3", "textual"} & loaded == set()


def test_first_paint_imports_nothing_that_only_an_answer_needs() -> None:
    loaded = loaded_by("import tui.cli, tui.commands.bootstrap, tui.runtime, tui.ui.app, tui.ui.terminal")
    assert "tui.ui.screens.chat" in loaded
    assert {"httpx", "sqlite3", "markdown_it", "pygments", "tomli_w"} & loaded == set()


def test_first_paint_imports_nothing_that_comes_later() -> None:
    """What `tui.ui.later` lists is loaded after the first paint, and that is all there is to load."""
    loaded = loaded_by("import tui.cli, tui.commands.bootstrap, tui.runtime, tui.ui.app, tui.ui.terminal")
    later = set(LATER)
    assert later & loaded == set()
    assert LATER[-1] == "tui.ui.screens.chat_parts"
    added = loaded_by("import tui.ui.app, tui.ui.screens.chat_parts") - loaded
    # Each step loads a few modules, so that none takes long.
    assert len([name for name in added if name.startswith("tui.")]) <= 5 * len(later)
    assert later <= added
    assert {"tui.session", "tui.store", "tui.providers", "tui.ui.markdown.document"} & loaded == set()
    assert {"tui.ui.pictures", "PIL"} & loaded == set()
    assert {"tui.tools", "mcp", "pydantic", "anyio", "jsonschema"} & loaded == set()


# Ownership of state.


def test_only_one_module_turns_times_into_text() -> None:
    users = {
        name
        for name, tree in syntax_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("fromtimestamp", "strftime", "localtime", "astimezone")
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


NO_SESSIONS = {"editor", "workspace", "self"}
"""Other objects that have methods of the same names."""


def session_writers() -> set[str]:
    """The public methods of a session that assign what it holds: those that change it between turns."""
    tree = ast.parse((PACKAGE / "session/session.py").read_text(encoding="utf-8"))
    (session,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Session")
    return {
        method.name
        for method in session.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_")
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and names_in(node.value) & {"self"}
    }


def names_in(node: ast.AST) -> set[str]:
    """The variables and attributes that an expression goes through: `a.b[0].c` → a, b, c."""
    return {
        inner.id if isinstance(inner, ast.Name) else inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name | ast.Attribute)
    }


def session_changes(tree: ast.AST) -> tuple[set[str], set[str]]:
    """How code changes sessions: calls of their methods, and direct changes of what they hold."""
    # Under any name: `current = conversation.session`.
    sessions = {"session", "_session"} | {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and node.value.attr == "session"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    writers = session_writers()
    calls, direct = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            if names_in(node.value) & sessions:
                direct.add(ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, method = node.func.value, node.func.attr
            owner_name = ast.unparse(owner).rpartition(".")[2].lstrip("_")
            if method in writers and owner_name not in NO_SESSIONS:
                calls.add(ast.unparse(node.func))
            elif method in CHANGING_METHODS and names_in(owner) & sessions:
                direct.add(ast.unparse(node.func))
        elif isinstance(node, ast.Call):
            is_setter = ast.unparse(node.func) in ("setattr", "delattr")
            direct |= {ast.unparse(node)} if is_setter and names_in(node.args[0]) & sessions else set()
    return calls, direct


@pytest.mark.parametrize(
    "code",
    [
        "x.session.use_model('m')",
        "self._current.session.replace_conversation(c)",
        "s = current.session\ns.configure(None, {})",
        "self.answers[0].attach_recorder(r)",
        "chosen.use_provider(p, m, o)",
    ],
)
def test_calls_that_change_a_session_are_recognized(code: str) -> None:
    assert session_changes(ast.parse(code))[0]


@pytest.mark.parametrize(
    "code",
    [
        "x.session.model = 'm'",
        "session.send_options = o",
        "conversation.session.conversation.title: str = 't'",
        "self._session.count += 1",
        "a, current.session.model = b, 'm'",
        "s = current.session\ns.model = 'm'",
        "x.session.conversation.messages['a'] = message",
        "del x.session.conversation.messages['a']",
        "x.session.conversation.options.update(seed=1)",
        "setattr(x.session, 'model', 'm')",
    ],
)
def test_direct_changes_of_a_session_are_recognized(code: str) -> None:
    assert session_changes(ast.parse(code))[1]


def test_reading_a_session_is_no_change() -> None:
    lines = [
        "model = x.session.model",
        "self._workspace.editor.use_model(x, 'm')",
        "x.session.send('hi')",
        "x.queue.append(session.model)",
    ]
    assert session_changes(ast.parse("\n".join(lines))) == (set(), set())


def test_only_the_conversation_editor_changes_a_session() -> None:
    changes = {name: session_changes(tree) for name, tree in syntax_trees("ui", "plain", "workspace", "commands")}

    assert {name for name, (calls, _) in changes.items() if calls} == {"workspace/conversation_editor.py"}
    assert {name: direct for name, (_, direct) in changes.items() if direct} == {}


def test_only_library_and_archive_reach_the_store() -> None:
    users = {
        name
        for name, tree in syntax_trees("ui", "plain", "workspace")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "conversations" and "runtime" in ast.unparse(node.value)
    }
    assert users == {"workspace/archive.py", "workspace/library.py"}
