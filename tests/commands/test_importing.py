"""`llm-tui import`, run as a process."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.test_export import keep
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


async def test_exported_deleted_and_imported_a_conversation_is_the_same_byte_for_byte(
    program: Program, tmp_path: Path
) -> None:
    keep(program, ("abc1", "About cats"))
    before = (await program.run("export", "abc1", "--format", "json")).out
    store = ConversationStore(program.data)
    store.delete("abc1")
    store.close()
    (tmp_path / "cats.json").write_text(before)
    ended = await program.run("import", str(tmp_path / "cats.json"))
    assert (ended.code, ended.out, ended.err) == (0, f"{tmp_path}/cats.json: 1 imported\n", "")
    assert (await program.run("export", "abc1", "--format", "json")).out == before


async def test_what_is_piped_in_is_taken_and_what_is_left_out_is_said(program: Program) -> None:
    ended = await program.run("import", "-", typed=json.dumps([CHATGPT]).encode())
    assert ended.code == 0
    assert ended.out == "standard input: 1 imported\n"
    assert "left out: 1 × tool message" in ended.err
    ended = await program.run("import", "-", typed=json.dumps([CHATGPT]).encode())
    assert ended.out == "standard input: 0 imported, 1 already present\n"


async def test_a_conversation_that_is_not_taken_is_said_and_so_is_a_file_that_cannot_be_read(
    program: Program, tmp_path: Path
) -> None:
    (tmp_path / "some.json").write_text(json.dumps([CHATGPT, {"title": "Odd"}]))
    (tmp_path / "bad.json").write_text("{")
    ended = await program.run("import", str(tmp_path / "some.json"))
    assert (ended.code, ended.out.endswith(": 1 imported\n")) == (1, True)
    assert "not taken: 'Odd': unknown format" in ended.err
    ended = await program.run("import", str(tmp_path / "bad.json"), str(tmp_path / "some.json"))
    assert (ended.code, ended.out.endswith("1 already present\n")) == (2, True)
    assert "bad.json is not JSON: line 1" in ended.err


async def test_without_a_file_it_is_bad_usage(program: Program) -> None:
    ended = await program.run("import")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
