"""Imports: files that are imported behind the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workspace.conftest import FrontEnd
from tui.errors import UsageError
from tui.workspace import events as happened
from tui.workspace.imports import Imports


@pytest.fixture
def imports(front_end: FrontEnd) -> Imports:
    """The imports of a workspace."""
    return Imports(front_end.workspace, front_end.events, front_end.start)


def export(path: Path, count: int) -> str:
    """Write an export with some conversations, and return its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["x" * 30_000]}}}
    path.write_text(json.dumps([{"id": f"{path.stem}{number}", "mapping": {"q": turn}} for number in range(count)]))
    return str(path)


async def titles(front_end: FrontEnd) -> int:
    return len(await front_end.library.summaries())


async def test_import_tells_how_far_it_is_and_what_came_of_it(
    front_end: FrontEnd, imports: Imports, tmp_path: Path
) -> None:
    states: list[str] = []
    front_end.events.subscribe(happened.ImportsChanged, lambda _: states.extend(each.state for each in imports.files))
    imports.start(export(tmp_path / "all.json", 120))
    await front_end.until(lambda: not imports.files)
    assert front_end.notices == ["all.json: 120 imported."]
    assert states[0] == "0"
    assert states[-1] == "100%"
    percents = [int(state[:-1]) for state in states[1:]]
    assert percents == sorted(percents)
    assert 0 < percents[0] < 100
    assert await titles(front_end) == 120


async def test_stopped_import_keeps_what_it_imported_and_can_be_repeated(
    front_end: FrontEnd, imports: Imports, tmp_path: Path
) -> None:
    name = export(tmp_path / "all.json", 120)
    imports.start(name)
    await front_end.until(lambda: imports.files[0].summary.count)
    imports.stop()
    assert imports.files == ()
    await front_end.until(lambda: not front_end.tasks)
    kept = await titles(front_end)
    assert 0 < kept < 120
    imports.start(name)
    await front_end.until(lambda: not imports.files)
    assert await titles(front_end) == 120
    assert front_end.notices[-1].startswith("all.json: ")
    assert "already present" in front_end.notices[-1]


async def test_files_are_imported_one_after_the_other(front_end: FrontEnd, imports: Imports, tmp_path: Path) -> None:
    first, second = export(tmp_path / "a.json", 1), export(tmp_path / "folder" / "b.json", 2)
    imports.start(first)
    imports.start(second)
    assert [each.label for each in imports.files] == ["a.json", "b.json"]
    with pytest.raises(UsageError, match="being imported already"):
        imports.start(first)
    await front_end.until(lambda: not imports.files)
    assert front_end.notices == ["a.json: 1 imported.", "b.json: 2 imported."]


async def test_folder_is_imported_and_other_files_in_it_are_skipped(
    front_end: FrontEnd, imports: Imports, tmp_path: Path
) -> None:
    export(tmp_path / "folder" / "a.json", 1)
    export(tmp_path / "folder" / "b.json", 2)
    (tmp_path / "folder" / "c.json").write_text('{"no": "conversation"}')
    imports.start(str(tmp_path / "folder"))
    await front_end.until(lambda: not imports.files)
    assert front_end.notices == ["folder: 3 imported."]


async def test_missing_file_is_refused_and_unusable_one_is_reported(
    front_end: FrontEnd, imports: Imports, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        imports.start(str(tmp_path / "none.json"))
    (tmp_path / "odd.json").write_text('{"no": "conversation"}')
    imports.start(str(tmp_path / "odd.json"))
    await front_end.until(lambda: not imports.files)
    assert "No supported conversation" in str(front_end.of(happened.ErrorRaised)[0].error)
    assert front_end.notices == []


async def test_closing_stops_all_imports(front_end: FrontEnd, imports: Imports, tmp_path: Path) -> None:
    imports.start(export(tmp_path / "a.json", 120))
    imports.start(export(tmp_path / "b.json", 1))
    await front_end.until(lambda: imports.files[0].summary.count)
    await imports.close()
    assert imports.files == ()
    kept = await titles(front_end)
    assert await titles(front_end) == kept < 120
