"""Property tests: saving changes the requested values of any file, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.config.save import save_changes
from tui.config.tables import drop_empty, same_value, with_value, without
from tui.config.toml_text import key_path

ROOTS = [
    "provider = ''",
    '"provider" = "demo"',
    'theme = """\na theme\\\n theme"""',
    "unknown = '''\n[timeouts]\nidle = 1\n'''",
]
TIMEOUTS = [
    "timeouts.idle = 3\ntimeouts . connect=4",
    "timeouts = {  idle = 3,connect = 4 }",
    "timeouts = {}",
    "timeouts.'idle' = 3",
]
TABLES = [
    "[timeouts]\n\tidle = 3\n  connect = 4",
    "[ timeouts ]\n#idle = 60.0\n#connect = 5.0",
    "[retry]\nstatuses = [ # which\n  500, # statuses\n] # statuses",
    "[retry]\nattempts = 1\n#statuses = [1]",
    '[providers.x]\ntype = "demo"\nmodel = \'a\'\nheaders = { X-A = "1", "X-B" = "2" }',
    '[providers.x]\n"type" = "demo"\n#model = "m"\n[providers.x.timeouts]\nidle = 3\n[providers.x.headers]\nX-A = "1"',
    '[providers]\nx = { type = "demo", timeouts = { idle = 3 }, headers.X-A = "1" }',
    '[providers]\nx.type = "demo"\nx.timeouts.idle = 3\nx.headers."X-A" = "1"',
    '[providers.x.timeouts]\ntotal = 9\n[providers.x]\ntype = "demo"',
    "[buffers]",
    '[extra]\nmodel = "theirs"\ntimeouts.idle = 1\nwhen = 1979-05-27 07:32:00',
    '[[extras]]\ntheme = "#"\n[extras.timeouts]\nidle = 1\n[[extras]]\nidle = [[["]"]]]',
]
CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "provider": st.sampled_from(["", "lmstudio", "demo"]),
    "theme": st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_categories=["Cc", "Cs"]), max_size=5),
    "timeouts.idle": st.floats(0, 9) | st.integers(0, 9) | st.none(),
    "timeouts.total": st.integers(1, 9) | st.none(),
    "retry.statuses": st.lists(st.integers(100, 599), max_size=3) | st.none(),
    "buffers.flush_hz": st.integers(31, 60),
    "keys.quit": st.sampled_from(["ctrl+q", "#", '"']),
    "providers.x.model": st.sampled_from(["m", "'", "a\\b"]) | st.none(),
    "providers.x.timeouts.idle": st.floats(0, 9) | st.none(),
    "providers.x.headers.X-A": st.sampled_from(["1", "3"]) | st.none(),
    "providers.x.options": st.dictionaries(st.sampled_from(["a", "b c"]), st.integers() | st.lists(st.booleans())),
    'providers."new one".type': st.just("demo"),
}


def key_of(block: str) -> str:
    return block.split("=")[0].strip('" ')


def table_of(block: str) -> str:
    return block.strip("[ ").partition("]")[0].partition(".")[0].strip()


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A config file with comments around its tables, each in one of several notations."""
    roots = draw(st.lists(st.sampled_from(ROOTS), unique_by=key_of))
    timeouts = draw(st.none() | st.sampled_from(TIMEOUTS))
    tables = draw(st.lists(st.sampled_from(TABLES), unique_by=table_of))
    if timeouts is not None:
        roots, tables = [*roots, timeouts], [block for block in tables if table_of(block) != "timeouts"]
    parts = []
    for number, block in enumerate([*roots, *tables]):
        before = draw(st.sampled_from(["", "\n", f"# comment {number}\n", f"\n\n  # comment {number} # = [x]\n"]))
        after = draw(st.sampled_from(["", f" # after {number}"])) if not block.endswith("'''") else ""
        parts.append(before + block + after + "\n")
    text = "".join(parts) + draw(st.sampled_from(["", "# the end", "\n\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def changed(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The data after the changes, without empty tables."""
    for key, value in changes.items():
        path = key_path(key)
        data = without(data, [path])
        if value is not None:
            data = with_value(data, path, value)
    return drop_empty(data)


def stays(line: str, changes: Iterable[str]) -> bool:
    """Whether a line must be unchanged: it has none of the keys, and no inline table that contains one."""
    return not any(part in line for key in changes for part in key_path(key)[0 if "{" in line else -1 :])


@given(documents(), st.fixed_dictionaries({}, optional=CHANGES))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_save_changes_nothing_else(tmp_path: Path, text: str, changes: dict[str, Any]) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode())
    before = tomllib.loads(text)
    if "x" not in before.get("providers", {}):
        changes = {key: value for key, value in changes.items() if not key.startswith("providers.x")}

    save_changes(path, changes)

    after = path.read_bytes().decode()
    assert same_value(drop_empty(tomllib.loads(after)), changed(before, changes))
    lines = iter(after.splitlines())
    for line in text.splitlines():
        if stays(line, changes):
            assert line in lines, f"{line!r} is missing or out of order"
    assert ("\r\n" in text) == ("\r\n" in after) or not text.strip()


@pytest.mark.parametrize("block", [*ROOTS, *TIMEOUTS, *TABLES])
def test_every_block_is_valid_toml(block: str) -> None:
    assert tomllib.loads(block) is not None
