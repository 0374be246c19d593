"""`llm-tui import`, run as a process."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.commands.test_export import save
from tests.fault_server import eventually
from tests.program import Program
from tests.store.test_foreign import OTERM, make
from tui.store.conversations import FILE_NAME, ConversationStore

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


async def test_folder_is_imported_with_one_line(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "conversations" / "work"
    folder.mkdir(parents=True)
    for number in range(3):
        message = {"versions": [{"role": "user", "content": [{"type": "text", "text": f"Question {number}"}]}]}
        chat = {"name": f"Chat {number}", "createdAt": 1736789912980 + number, "messages": [message]}
        (folder / f"{number}.conversation.json").write_text(json.dumps(chat))
    (folder / "settings.json").write_text('{"theme": "dark"}')
    result = await program.run("import", str(tmp_path / "conversations"))
    assert (result.code, result.out) == (0, f"{tmp_path}/conversations: 3 imported\n")
    assert "1 file without conversations." in result.err
    again = await program.run("import", str(tmp_path / "conversations"))
    assert again.out == f"{tmp_path}/conversations: 0 imported, 3 already present\n"
    (folder / "broken.json").write_text("{")
    (tmp_path / "empty").mkdir()
    broken = await program.run("import", str(tmp_path / "conversations"), str(tmp_path / "empty"))
    assert broken.code == 2
    assert "broken.json is not JSON" in broken.err
    assert "empty has no JSON files." in broken.err


async def test_database_of_another_program_is_imported(program: Program, tmp_path: Path) -> None:
    path = make(
        tmp_path / "store.db",
        OTERM,
        ("INSERT INTO chat (name, model) VALUES ('Cats\x1b[2J', 'm')", ()),
        ("INSERT INTO message (chat_id, author, text) VALUES (1, 'user', 'Why?')", ()),
    )
    result = await program.run("import", str(path))
    assert (result.code, result.out, result.err) == (0, f"{path}: 1 imported\n", "")
    assert (await program.run("import", str(path))).out == f"{path}: 0 imported, 1 already present\n"


async def test_interrupted_import_says_how_to_continue(program: Program, tmp_path: Path) -> None:
    chats = [{"id": f"x{number}", "mapping": CHATGPT["mapping"]} for number in range(5_000)]
    (tmp_path / "many.json").write_text(json.dumps(chats))
    process = await program.start("import", str(tmp_path / "many.json"))
    await eventually(lambda: (program.data / FILE_NAME).exists())
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert "Import the same files again to continue: nothing is added twice." in err.decode()
    rest = await program.run("import", str(tmp_path / "many.json"))
    assert rest.code == 0
    store = ConversationStore(program.data)
    assert len(store.ids()) == 5_000
    store.close()
