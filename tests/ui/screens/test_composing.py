"""Composing a prompt: completions, attachments, and images for models without vision."""

from __future__ import annotations

import base64
from functools import partial
from pathlib import Path

import pytest
from textual import events
from textual.color import Color

from tests.fault_server import JSON, Connection, StartServer, hangs_after, replies
from tests.program import Program
from tests.ui.recording_server import RecordingServer
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.compare import CompareScreen
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.theme.palette import LAMPLIGHT_16
from tui.ui.widgets.completions import Completions
from tui.workspace import completer

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


pytestmark = pytest.mark.usefixtures("work_folder")


def completions(app: RunningApp) -> list[str]:
    """The completions above the prompt."""
    return [candidate.label for candidate in app.chat.query_one(Completions).candidates]


def completions_are(app: RunningApp, expected: list[str]) -> bool:
    return completions(app) == expected


async def test_tab_completes_a_command_and_enter_runs_it(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/he")
    await app.until(lambda: completions(app) == ["/help"])
    await app.press("tab")
    assert app.prompt.text == "/help"
    assert completions(app) == []
    await app.press("enter")
    await app.until(lambda: type(app.screen).__name__ == "HelpScreen")
    assert app.prompt.text == ""


async def test_enter_completes_and_runs_an_unambiguous_command(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/he")
    await app.until(lambda: completions(app))
    await app.press("enter")
    await app.until(lambda: type(app.screen).__name__ == "HelpScreen")


async def test_arrows_move_through_completions_and_escape_closes(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/model ")
    await app.until(lambda: completions(app) == ["llama", "llava", "qwen"])
    await app.press("down", "down", "up", "enter")
    assert app.prompt.text == "/model llava "
    await app.press("backspace", "backspace")
    await app.until(lambda: completions(app) == ["llava"])
    await app.press("escape")
    assert completions(app) == []
    assert app.prompt.text == "/model llav"


async def test_models_of_other_providers_are_completed_below_those_of_the_own(
    program: Program,
    demo: DemoServer,
    start_server: StartServer,
    start_app: StartApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A busy machine must not be too slow for them.
    monkeypatch.setattr(completer, "_OTHERS_TIMEOUT_S", 60.0)
    server = await start_server(RecordingServer())
    program.use_server(server.url, more=f'[providers.other]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="m")
    await app.type("/model l")
    await app.until(lambda: completions(app))
    await app.type("o")
    await app.until(lambda: completions(app) == ["lorem-200-20", "lorem-2000-0", "slow-load"])
    await app.type("rem-2000 ")
    await app.press("backspace", "enter")
    await app.until(lambda: app.session.model == "lorem-2000-0")


async def test_command_arguments_are_completed(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    (program.config.parent / "prompts").mkdir()
    (program.config.parent / "prompts" / "pirate.md").write_text("Arr.")
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    for text, expected in (
        ("/provider se", ["server"]),
        ("/set num", ["num_ctx", "num_predict"]),
        ("/unset s", ["system"]),
        ("/system ", ["pirate"]),
        ("/title x", []),
    ):
        app.prompt.replace_text(text)
        await app.until(partial(completions_are, app, expected))
    await app.press("ctrl+a")
    await app.until(lambda: completions(app) == [])
    app.prompt.replace_text("/PIR")
    await app.until(partial(completions_are, app, ["/pirate"]))
    await app.press("tab")
    assert app.prompt.text == "/pirate "


async def test_click_accepts_a_completion(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("/model ")
    await app.until(lambda: completions(app) == ["llama", "llava", "qwen"])
    await app.pilot.click(Completions, offset=(3, 2))
    await app.until(lambda: app.prompt.text == "/model qwen ")


async def test_path_is_completed_by_folder_and_the_file_is_sent(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "src").mkdir()
    (work_folder / "src" / "add.py").write_text("a + b\n")
    recorder = RecordingServer()
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("Explain @s")
    await app.until(lambda: completions(app) == ["src/"])
    await app.press("tab")
    await app.until(lambda: completions(app) == ["src/add.py"])
    await app.press("tab")
    assert app.prompt.text == "Explain @src/add.py "
    await app.press("enter")
    await app.answered()
    assert recorder.prompts[-1]["content"] == "Explain src/add.py\n\nsrc/add.py:\n\n```py\na + b\n```"


async def test_unreadable_attachment_is_reported_and_prompt_restored(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "a.bin").write_bytes(b"\x7fELF\0\1\2")
    recorder = RecordingServer()
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.type("Explain @a.bin please")
    await app.press("enter")
    await app.until(lambda: app.has_notice("a.bin is neither UTF-8 text"))
    assert app.prompt.text == "Explain @a.bin please"
    assert recorder.prompts == []


async def test_pasted_image_path_is_sent_to_a_vision_model(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "cat.png").write_bytes(PNG)
    recorder = RecordingServer("completion", "vision")
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="m")
    app.prompt.post_message(events.Paste(f"{work_folder}/cat.png"))
    await app.until(lambda: app.prompt.text == f"@{work_folder}/cat.png ")
    await app.press("enter")
    await app.answered()
    assert recorder.prompts[-1]["images"] == [base64.b64encode(PNG).decode()]


async def test_warns_once_before_sending_image_to_text_only_model(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "cat.png").write_bytes(PNG)
    recorder = RecordingServer("completion")
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="blind")
    await app.type("See @cat.png")
    await app.press("escape", "enter")
    await app.until(lambda: app.has_notice("blind does not support images"))
    assert app.prompt.text == "See @cat.png"
    assert recorder.prompts == []
    await app.press("enter")
    await app.answered()
    assert recorder.prompts[-1]["images"] == [base64.b64encode(PNG).decode()]


async def test_unqueued_prompt_with_files_has_its_original_text(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "a.txt").write_text("A")

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
    await app.until(lambda: "Queued: read @a.txt" in app.composer_note)
    await app.press("up")
    assert app.prompt.text == "read @a.txt "
    await app.press("escape")
    await app.answered()


async def test_comparison_warns_of_models_without_vision(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "cat.png").write_bytes(PNG)
    server = await start_server(RecordingServer("completion"))
    program.use_server(server.url)
    app = await start_app(model="llama")
    await app.type("See @cat.png ")
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and len(app.screen.listed) == 3)
    await app.press("tab", "enter")
    await app.until(lambda: app.has_notice("No image support: llama, llava"))
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.press("escape", "escape")


async def test_highlighted_completion_is_marked_and_reversed_without_colours(app: RunningApp) -> None:
    await app.type("/")
    await app.until(lambda: completions(app))
    widget = app.chat.query_one(Completions)
    await app.press("down")

    assert [widget.render_line(y).text[:2] for y in range(3)] == ["  ", "› ", "  "]
    assert not any(part.style and part.style.reverse for part in widget.render_line(1))
    app.app.theme = "lamplight-16"
    await app.pilot.pause()
    assert all(part.style and part.style.reverse for part in widget.render_line(1))
    assert not any(part.style and part.style.reverse for part in widget.render_line(0))


async def test_cursor_is_a_solid_block_in_16_colours(app: RunningApp) -> None:
    app.app.theme = "lamplight-16"
    await app.pilot.pause()
    cursor = app.prompt.get_component_styles("text-area--cursor")

    assert not cursor.text_style.reverse
    assert cursor.background == Color.parse(LAMPLIGHT_16.spark)
