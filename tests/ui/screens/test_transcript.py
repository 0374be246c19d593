"""The transcript: search, scrolling while an answer streams, and copying code blocks."""

from __future__ import annotations

import json

from textual.widgets import Input

from tests.fault_server import JSON, StartServer, hangs_after, replies, streams
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.code_picker import CodePicker
from tui.ui.widgets.search_bar import SearchBar

VERSION = replies(200, b'{"version":"1"}', JSON)
TWO_BLOCKS = "Do\n\n```sh\nls\n```\n\n- or\n  ```py\n  x = 1\n  y = 2\n  ```\n"


def chunk(text: str) -> bytes:
    return json.dumps({"message": {"content": text}}).encode() + b"\n"


DONE = b'{"message":{"content":""},"done":true,"done_reason":"stop"}\n'


def search_bar(app: RunningApp) -> SearchBar:
    return app.chat.query_one(SearchBar)


async def test_search_finds_hits_and_moves_between_them(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    body = chunk("\n\n".join(f"line {number} has a needle" if number % 20 == 0 else "hay" for number in range(100)))
    server = await start_server(VERSION, streams(body, DONE))
    program.use_server(server.url)
    app = await start_app(model="m", size=(80, 24))
    await app.ask_and_wait("go")
    await app.press("ctrl+f")
    await app.type("NEEDLE")
    await app.until(lambda: "5 of 5" in search_bar(app).count)
    top = app.log.scroll_offset.y
    await app.press("enter")
    await app.until(lambda: "1 of 5" in search_bar(app).count)
    assert app.log.scroll_offset.y < top
    await app.press("up", "up")
    await app.until(lambda: "4 of 5" in search_bar(app).count)
    shown = [app.log.render_line(y).text for y in range(app.log.size.height)]
    assert any("line 60" in line for line in shown)
    await app.type("s")
    await app.until(lambda: "not found" in search_bar(app).count)
    await app.press("escape")
    assert not app.chat.query(SearchBar)
    assert app.prompt.has_focus


async def test_ctrl_f_focuses_the_search_with_its_text_selected(app: RunningApp) -> None:
    await app.ask_and_wait("cat")
    await app.press("ctrl+f")
    await app.type("cat")
    await app.press("tab")
    assert not search_bar(app).has_focus_within
    await app.press("ctrl+f")
    assert search_bar(app).has_focus_within
    await app.type("at")
    assert search_bar(app).query_one(Input).value == "at"
    await app.press("tab", "escape")
    assert not app.chat.query(SearchBar)


async def test_hits_are_kept_while_streaming_and_after_resizing(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(chunk("a needle\n\n")))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("needle")
    await app.until(lambda: "a needle" in app.log.text)
    await app.press("ctrl+f")
    await app.type("needle")
    await app.until(lambda: "2 of 2" in search_bar(app).count)
    await app.pilot.resize_terminal(60, 20)
    await app.until(lambda: "2 of 2" in search_bar(app).count)
    await app.press("escape", "escape")
    await app.answered()


async def test_switching_the_conversation_closes_the_search(app: RunningApp) -> None:
    await app.ask_and_wait("cat")
    await app.press("ctrl+f")
    await app.type("cat")
    await app.press("ctrl+n")
    await app.until(lambda: "▌ cat" not in app.log.text)
    await app.until(lambda: not app.chat.query(SearchBar))


async def test_new_lines_below_are_counted_and_ctrl_end_goes_there(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-40000-400", size=(80, 24))
    await app.ask("go")
    await app.until(lambda: app.log.max_scroll_y > 30)
    await app.press("pageup")
    top = app.log.render_line(0).text
    await app.until(lambda: app.log._scrollback.new_lines > 3)
    last = app.log.render_lines(app.log.size.region)[-1].text
    assert "new lines below · Ctrl+End" in last
    assert app.log.render_line(0).text == top
    await app.press("ctrl+end")
    assert app.log.is_following
    await app.press("pageup")
    await app.until(lambda: app.log._scrollback.new_lines > 0)
    await app.pilot.click(app.log, offset=(app.log.size.width - 5, app.log.size.height - 1))
    assert app.log.is_following
    await app.press("escape")
    await app.answered()


async def test_code_picker_copies_the_chosen_block(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, streams(chunk(TWO_BLOCKS), DONE))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("go")
    await app.press("tab", "b")
    await app.until(lambda: isinstance(app.screen, CodePicker))
    await app.press("2")
    await app.until(lambda: app.clipboard == "x = 1\ny = 2")
    await app.until(lambda: app.has_notice("code block 2"))
    await app.press("b", "9", "enter")
    await app.until(lambda: app.clipboard == "ls")
    await app.press("b", "escape")
    assert app.log.has_focus


async def test_unsupported_mouse_toggle_is_reported(app: RunningApp) -> None:
    await app.press("f8")
    await app.until(lambda: app.has_notice("Shift"))
