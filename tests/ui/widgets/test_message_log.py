"""MessageLog: selection by keys, clicks, and copying text selected with the mouse."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.fault_server import JSON, Connection, StartServer, hangs_after, replies, streams
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.log import scrollback
from tui.ui.widgets.message_log import MessageLog

VERSION = replies(200, b'{"version":"1"}', JSON)
DONE = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop"}\n'
WITH_TOOLS = (
    b'{"message":{"content":"","tool_calls":[{"function":{"name":"look","arguments":{"where":"here"}}}]},'
    b'"done":true,"done_reason":"stop"}\n'
)
RETRIES = "retry = { attempts = 2, backoff_initial = 600.0, backoff_max = 600.0 }\n"


async def test_selection_moves_up_from_the_last_message_to_the_first(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.press("tab", "down")
    assert app.log.selected is None
    selected: list[str] = []
    for key in ("up", "k", "k", "down", "j", "j"):
        await app.press(key)
        assert app.log.selected is not None
        selected.append(app.log.selected.role)
    assert selected == ["assistant", "user", "user", "assistant", "assistant", "assistant"]


async def test_selected_message_is_scrolled_into_view(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-1500-0", size=(80, 24))
    await app.ask_and_wait("go")
    assert app.log.is_following
    await app.press("tab", "k", "k")
    assert app.log.scroll_offset.y == 0
    assert not app.log.is_following
    await app.press("j")
    assert "lorem-1500-0" in app.log.render_line(0).text


async def test_r_regenerates_the_selected_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, streams(DONE))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    await app.press("tab", "r")
    await app.until(lambda: len(server.requests) == 3)
    await app.answered()
    assert app.log.text.count("Hello") == 1


async def test_click_unfolds_and_folds_a_tool_call(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, streams(WITH_TOOLS))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    folded = app.log.text
    row = next(at for at, line in enumerate(folded.splitlines()) if "look(" in line)
    left = app.log.render_line(row - app.log.scroll_offset.y).text.index("▸")
    await app.pilot.click(app.log, offset=(left + 2, row - app.log.scroll_offset.y))
    assert '"where": "here"\n}' in app.log.text
    await app.pilot.click(app.log, offset=(left + 2, row - app.log.scroll_offset.y))
    assert app.log.text == folded
    # A click beside the text does nothing.
    await app.pilot.click(app.log, offset=(80, row - app.log.scroll_offset.y))
    assert app.log.text == folded


async def test_mouse_selection_is_copied_without_added_line_breaks(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(60, 24))
    app.prompt.replace_text("some **bold** words that are so many that they need a second line to stand on")
    await app.press("enter")
    await app.answered()
    row = next(at for at, line in enumerate(app.log.text.splitlines()) if line.startswith("some bold"))
    top = row - app.log.scroll_offset.y
    await app.pilot.mouse_down(app.log, offset=(9, top))
    await app.pilot.hover(app.log, offset=(15, top + 1))
    await app.pilot.mouse_up(app.log, offset=(15, top + 1))
    await app.press("ctrl+c")
    copied = app.clipboard
    assert copied.startswith("bold words")
    assert "\n" not in copied
    plain = "some bold words that are so many that they need a second line to stand on"
    assert copied in plain
    assert len(copied) > len(app.log.text.splitlines()[row]) - 5
    await app.press("escape", "ctrl+c")
    assert app.has_notice("Press Ctrl+Q to quit")


async def test_select_all_copies_the_conversation(app: RunningApp) -> None:
    await app.ask_and_wait("all of it")
    app.log.text_select_all()
    await app.press("ctrl+c")
    assert "all of it" in app.clipboard
    assert app.clipboard.split() == ["all", "of", "it"] * 2


async def test_pending_retry_is_shown_in_place_of_the_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, replies(503, b'{"error":"busy now"}', JSON))
    program.use_server(server.url, more=RETRIES)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "busy now. Trying again…" in " ".join(app.log.text.split()))


async def test_theme_change_repaints_messages(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    server = await start_server(VERSION, hangs_after(b'{"message":{"content":"# Heading"},"done":false}\n'))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Heading" in app.log.text)
    row = next(at for at, line in enumerate(app.log.text.splitlines()) if "Heading" in line)

    def styles() -> set[str]:
        return {str(segment.style) for segment in app.log.render_line(row) if segment.text.strip()}

    before = styles()
    app.app.theme = "textual-light"
    await app.until(lambda: styles() != before)


async def test_huge_chunk_is_shown_in_slices_and_slows_the_stream(
    program: Program, start_server: StartServer, start_app: StartApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices: list[bool] = []
    lay_out_more = MessageLog.lay_out_more

    def counted(log: MessageLog) -> None:
        slices.append(log.is_following)
        lay_out_more(log)

    monkeypatch.setattr(MessageLog, "lay_out_more", counted)
    monkeypatch.setattr(scrollback, "_SLICE_S", 0.0)
    text = "\n\n".join(f"Paragraph {number}" for number in range(4_000))
    chunk = json.dumps({"message": {"content": text}, "done": False}).encode() + b"\n"
    server = await start_server(VERSION, streams(chunk, DONE))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    await app.until(lambda: "Hello" in app.log.render_lines(app.log.size.region)[-4].text)

    assert len(slices) > 3
    assert app.log.text.count("Paragraph") == 4_000


async def test_thinking_time_is_shown_again_with_its_version(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def thinks(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(b'{"message":{"content":"","thinking":"Let me see"},"done":false}\n')
        await released.wait()
        await connection.body(b'{"message":{"content":"Yes"},"done":true,"done_reason":"stop"}\n')
        await connection.end()

    answers = b'{"message":{"content":"No"},"done":true,"done_reason":"stop"}\n'
    server = await start_server(VERSION, thinks, streams(answers))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "thinking · " in app.log.text)
    released.set()
    await app.answered()
    label = next(line for line in app.log.text.splitlines() if "3 words" in line)
    assert "for" in label
    await app.press("f5")
    await app.until(lambda: "No" in app.messages)
    await app.answered()
    app.chat.action_command("previous_version")
    await app.until(lambda: "Yes" in app.messages)
    assert label in app.log.text


async def test_click_on_copy_mark_copies_its_code(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    content = json.dumps({"message": {"content": "```\none\n```\n\n- a\n\n  ```make\n  all:\n  \ttwo\n  ```\n"}})
    server = await start_server(VERSION, streams(content.encode() + b"\n" + DONE))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    row = 0
    for keys, shown in (([], "copy"), (["k"], "b copy")):
        await app.press(*keys)
        row = [at for at in range(app.log.size.height) if shown in app.log.render_line(at).text][-1]
        await app.pilot.click(app.log, offset=(app.log.render_line(row).text.index(shown), row))
        await app.until(lambda: app.clipboard == "all:\n\ttwo")
        app.app.copy_to_clipboard("")
    # Beside the mark nothing is copied.
    await app.pilot.click(app.log, offset=(app.log.render_line(row).text.index("copy") + 6, row))
    assert app.clipboard == ""


async def test_space_unfolds_the_files_of_a_selected_prompt(
    program: Program, start_server: StartServer, start_app: StartApp, tmp_path: Path
) -> None:
    server = await start_server(VERSION, streams(DONE))
    program.use_server(server.url)
    (tmp_path / "plan.py").write_text("one = 1\n")
    app = await start_app(model="m")
    await app.type(f"Read @{tmp_path}/plan.py")
    await app.press("enter")
    await app.answered()
    assert "▸" in app.log.text
    assert "one = 1" not in app.log.text
    assert "unfold" not in app.key_hints
    await app.press("tab", "k", "k")
    assert "Space unfold" in app.key_hints
    await app.press("space")
    assert "one = 1" in app.log.text
    assert "Space fold" in app.key_hints
    await app.press("c")
    await app.until(lambda: app.clipboard.endswith("```py\none = 1\n```"))
    await app.press("e")
    await app.until(lambda: app.prompt.text.endswith("```py\none = 1\n```"))
