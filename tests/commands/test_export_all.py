"""`llm-tui export --all`, run as a process."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.commands.test_export import save
from tests.fault_server import eventually
from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.image import Image
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


async def test_import_of_all_exports_gives_the_same_conversations(program: Program, tmp_path: Path) -> None:
    store = ConversationStore(program.data)
    for number, title in enumerate(("Same", "Same", "../../etc/passwd", "\x1b[2Jgrüße\n" * 30, "")):
        prompt = ChatMessage(f"q{number}", "user", "hi", created_at=5.0, images=(Image("image/png", PNG, "a.png"),))
        other = ChatMessage(f"o{number}", "user", "hello", created_at=6.0)
        store.add(Conversation(f"c{number}", title=title).append(prompt, other))
    before = [store.load(id_) for id_ in store.ids()]
    store.close()

    folder = tmp_path / "a" / "b"
    result = await program.run("export", "--all", str(folder), "--format", "json")
    assert (result.code, result.out, result.err) == (0, f"{folder}: 5 exported\n", "")
    names = sorted(path.name for path in folder.iterdir())
    assert names[1:] == ["etc-passwd-c2.json", "hi-c4.json", "same-c0.json", "same-c1.json"]
    assert names[0].startswith("2jgrüsse-")
    program.data = tmp_path / "other"
    result = await program.run("import", *(str(path) for path in folder.iterdir()))
    assert (result.code, result.err) == (0, "")
    store = ConversationStore(program.data)
    assert [store.load(conversation.id) for conversation in before] == before
    store.close()


async def test_existing_file_is_replaced_only_on_request(program: Program, tmp_path: Path) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About dogs"))
    await program.run("export", "--all", str(tmp_path / "all"))
    cats = tmp_path / "all" / "about-cats-abc1.md"
    exported = cats.read_text()
    cats.write_text("mine")

    again = await program.run("export", "--all", str(tmp_path / "all"))
    assert (again.code, again.out) == (1, f"{tmp_path}/all: 0 exported, 1 already there, 1 not replaced\n")
    assert f"{cats} exists with another content, and was not replaced." in again.err
    assert cats.read_text() == "mine"
    replaced = await program.run("export", "--all", str(tmp_path / "all"), "--overwrite")
    assert (replaced.code, replaced.out) == (0, f"{tmp_path}/all: 1 exported, 1 already there\n")
    assert cats.read_text() == exported


async def test_interrupt_leaves_whole_files_only(program: Program, tmp_path: Path) -> None:
    save(program, *((f"c{number}", "long " * 20_000) for number in range(300)))
    folder = tmp_path / "all"
    process = await program.start("export", "--all", str(folder), "--format", "json")
    await eventually(lambda: folder.is_dir() and any(folder.iterdir()))
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    files = [*folder.iterdir()]
    assert process.returncode == 130
    assert f"Stopped. {len(files)} exported; the files in {folder} are whole." in err.decode()
    assert 0 < len(files) < 300
    assert all(json.loads(path.read_text())["messages"] for path in files)


async def test_folder_that_cannot_be_used_is_bad_usage(program: Program, tmp_path: Path) -> None:
    save(program, ("abc1", "About cats"))
    (tmp_path / "file").write_text("x")
    for arguments, message in (
        (["--all", str(tmp_path / "file")], "is not a folder"),
        (["--all", str(tmp_path / "file" / "in")], "cannot be written"),
        (["--all", str(tmp_path), "latest"], "Which conversation?"),
        (["latest", "--overwrite"], "--overwrite needs --all"),
    ):
        result = await program.run("export", *arguments)
        assert (result.code, result.out) == (2, "")
        assert message in result.err


async def test_nothing_to_export_creates_no_folder(program: Program, tmp_path: Path) -> None:
    result = await program.run("export", "--all", str(tmp_path / "all"))
    assert (result.code, result.out) == (0, "")
    assert "No conversations yet." in result.err
    assert not (tmp_path / "all").exists()
