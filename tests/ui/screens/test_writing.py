"""What is written becomes a prompt: completed while it is written, and sent with the files that it names."""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events

from tests.fault_server import JSON, Connection, StartServer, hangs_after, replies
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.ui.screens.compare import CompareScreen
from tui.ui.screens.targets import TargetPicker
from tui.ui.widgets.completions import Completions

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Listening:
    """A server that answers everything, and remembers what it was asked."""

    def __init__(self, *capabilities: str) -> None:
        self.capabilities = capabilities
        self.prompts: list[dict[str, Any]] = []

    async def __call__(self, connection: Connection) -> None:
        target = connection.request.target
        if target.endswith("/chat"):
            self.prompts.append(connection.request.json["messages"][-1])
            await connection.head(200)
            await connection.body(b'{"message":{"content":"Seen."},"done":true,"done_reason":"stop"}\n')
            await connection.end()
        elif target.endswith("/show"):
            await replies(200, json.dumps({"capabilities": self.capabilities}).encode(), JSON)(connection)
        elif target.endswith("/tags"):
            rows = [{"name": name, "model": name} for name in ("llama", "llava", "qwen")]
            await replies(200, json.dumps({"models": rows}).encode(), JSON)(connection)
        else:
            await replies(200, b'{"version":"1"}', JSON)(connection)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def listed(app: RunningApp) -> list[str]:
    """What the list above the prompt shows."""
    return [candidate.label for candidate in app.chat.query_one(Completions).candidates]


def shows(app: RunningApp, expected: list[str]) -> bool:
    return listed(app) == expected


async def test_tab_completes_a_command_and_enter_runs_it(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/he")
    await app.until(lambda: listed(app) == ["/help"])
    await app.press("tab")
    assert app.prompt.text == "/help"
    assert listed(app) == []
    await app.press("enter")
    await app.until(lambda: type(app.screen).__name__ == "HelpScreen")
    assert app.prompt.text == ""


async def test_enter_completes_and_runs_an_unambiguous_command(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/he")
    await app.until(lambda: listed(app))
    await app.press("enter")
    await app.until(lambda: type(app.screen).__name__ == "HelpScreen")


async def test_arrows_move_through_completions_and_escape_closes(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/model ")
    await app.until(lambda: listed(app) == ["llama", "llava", "qwen"])
    await app.press("down", "down", "up", "enter")
    assert app.prompt.text == "/model llava "
    await app.press("backspace", "backspace")
    await app.until(lambda: listed(app) == ["llava"])
    await app.press("escape")
    assert listed(app) == []
    assert app.prompt.text == "/model llav"


async def test_command_arguments_are_completed(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    (program.config.parent / "prompts").mkdir()
    (program.config.parent / "prompts" / "pirate.md").write_text("Arr.")
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    for written, expected in (
        ("/provider se", ["server"]),
        ("/set num", ["num_ctx", "num_predict"]),
        ("/unset s", ["system"]),
        ("/system ", ["pirate"]),
        ("/title x", []),
    ):
        app.prompt.replace_text(written)
        await app.until(partial(shows, app, expected))
    await app.press("ctrl+a")
    await app.until(lambda: listed(app) == [])


async def test_click_accepts_a_completion(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/model ")
    await app.until(lambda: listed(app) == ["llama", "llava", "qwen"])
    await app.pilot.click(Completions, offset=(3, 2))
    await app.until(lambda: app.prompt.text == "/model qwen ")


async def test_path_is_completed_by_folder_and_the_file_is_sent(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "src").mkdir()
    (in_a_folder / "src" / "add.py").write_text("a + b\n")
    server_ = Listening()
    server = await start_server(server_)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("Explain @s")
    await app.until(lambda: listed(app) == ["src/"])
    await app.press("tab")
    await app.until(lambda: listed(app) == ["src/add.py"])
    await app.press("tab")
    assert app.prompt.text == "Explain @src/add.py "
    await app.press("enter")
    await app.answered()
    assert server_.prompts[-1]["content"] == "Explain src/add.py\n\nsrc/add.py:\n\n```py\na + b\n```"


async def test_unreadable_attachment_is_reported_and_prompt_restored(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "a.bin").write_bytes(b"\x7fELF\0\1\2")
    server_ = Listening()
    server = await start_server(server_)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("Explain @a.bin please")
    await app.press("enter")
    await app.until(lambda: app.has_notice("a.bin is neither UTF-8 text"))
    assert app.prompt.text == "Explain @a.bin please"
    assert server_.prompts == []


async def test_pasted_image_path_is_sent_to_a_vision_model(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "cat.png").write_bytes(PNG)
    server_ = Listening("completion", "vision")
    server = await start_server(server_)
    program.use_server(server.url)
    app = await start_app(model="m")
    app.prompt.post_message(events.Paste(f"{in_a_folder}/cat.png"))
    await app.until(lambda: app.prompt.text == f"@{in_a_folder}/cat.png ")
    await app.press("enter")
    await app.answered()
    assert server_.prompts[-1]["images"] == [base64.b64encode(PNG).decode()]


async def test_warns_once_before_sending_image_to_text_only_model(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "cat.png").write_bytes(PNG)
    server_ = Listening("completion")
    server = await start_server(server_)
    program.use_server(server.url)
    app = await start_app(model="blind")
    await app.type("See @cat.png")
    await app.press("escape", "enter")
    await app.until(lambda: app.has_notice("blind does not support images"))
    assert app.prompt.text == "See @cat.png"
    assert server_.prompts == []
    await app.press("enter")
    await app.answered()
    assert server_.prompts[-1]["images"] == [base64.b64encode(PNG).decode()]


async def test_unqueued_prompt_with_files_has_its_original_text(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "a.txt").write_text("A")

    stuck = hangs_after(b'{"message":{"content":"Hel"},"done":false}\n')

    async def slow(connection: Connection) -> None:
        is_chat = connection.request.target.endswith("/chat")
        await (stuck if is_chat else replies(200, b'{"version":"1"}', JSON))(connection)

    server = await start_server(slow)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await app.type("read @a.txt ")
    await app.press("enter")
    await app.until(lambda: "Queued: read @a.txt" in str(app.prompt.border_title))
    await app.press("up")
    assert app.prompt.text == "read @a.txt "
    await app.press("escape")
    await app.answered()


async def test_comparison_warns_of_models_without_vision(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "cat.png").write_bytes(PNG)
    server = await start_server(Listening("completion"))
    program.use_server(server.url)
    app = await start_app(model="llama")
    await app.type("See @cat.png ")
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, TargetPicker) and len(app.screen._listed) == 3)
    await app.press("tab", "enter")
    await app.until(lambda: app.has_notice("No image support: llama, llava"))
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.press("escape", "escape")
