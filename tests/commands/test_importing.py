"""`llm-tui import`, run as a process."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.test_export import save
from tests.program import Program
from tui.store.conversations import ConversationStore

CHATGPT = {
    "id": "x",
    "title": "About\x1b[2J mice",
    "mapping": {
        "q": {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Mice?"]}}},
        "t": {"parent": "q", "message": {"author": {"role": "tool"}, "content": {}}},
    },
}


async def test_export_delete_import_round_trips(program: Program, tmp_path: Path) -> None:
    save(program, ("abc1", "About cats"))
    before = (await program.run("export", "abc1", "--format", "json")).out
    store = ConversationStore(program.data)
    store.delete("abc1")
    store.close()
    (tmp_path / "cats.json").write_text(before)
    result = await program.run("import", str(tmp_path / "cats.json"))
    assert (result.code, result.out, result.err) == (0, f"{tmp_path}/cats.json: 1 imported\n", "")
    assert (await program.run("export", "abc1", "--format", "json")).out == before


async def test_imports_from_stdin_and_reports_skipped_parts(program: Program) -> None:
    result = await program.run("import", "-", piped=json.dumps([CHATGPT]).encode())
    assert result.code == 0
    assert result.out == "standard input: 1 imported\n"
    assert "left out: 1 × tool message" in result.err
    result = await program.run("import", "-", piped=json.dumps([CHATGPT]).encode())
    assert result.out == "standard input: 0 imported, 1 already present\n"


async def test_rejected_conversation_and_unreadable_file_are_reported(program: Program, tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text(json.dumps([CHATGPT, {"title": "Odd"}]))
    (tmp_path / "bad.json").write_text("{")
    result = await program.run("import", str(tmp_path / "some.json"))
    assert (result.code, result.out.endswith(": 1 imported\n")) == (1, True)
    assert "not imported: 'Odd': unknown format" in result.err
    result = await program.run("import", str(tmp_path / "bad.json"), str(tmp_path / "some.json"))
    assert (result.code, result.out.endswith("1 already present\n")) == (2, True)
    assert "bad.json is not JSON: line 1" in result.err


async def test_device_is_refused_with_what_import_wants(program: Program) -> None:
    result = await program.run("import", "/dev/zero")
    assert result.code == 2
    assert "/dev/zero is not a regular file. Give an exported JSON or ZIP file, or - for standard input." in result.err


async def test_missing_file_argument_is_bad_usage(program: Program) -> None:
    result = await program.run("import")
    assert result.code == 2
    assert result.err.count("\n") == 1
