"""The keys that the key bar shows, in each state of the chat."""

from __future__ import annotations

import pytest

from tests.fault_server import JSON, StartServer, hangs_after, replies
from tests.program import Program
from tests.providers.bodies import delta, sse
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.widgets.composer import Composer

VERSION = replies(200, b'{"version":"1"}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'
PROMPT = "Enter send · Ctrl+J new line · / commands · @ file · F4 model · Ctrl+P all · Tab log · F1 help"
CONVERSATIONS = "Enter open · / filter · p pin · r rename · d delete · u undo · Esc prompt · F1 help"


async def click(app: RunningApp, word: str) -> None:
    """Click on the hint with a word."""
    text = app.key_bar.render_line(0).text
    await app.pilot.click(app.key_bar, offset=(text.index(f" {word}") + 1, 0))


async def test_prompt_shows_how_to_send_and_the_size_of_the_draft(app: RunningApp) -> None:
    assert app.key_hints == PROMPT
    assert app.key_bar.detail == ""
    await app.type("x")
    assert app.key_bar.detail == "~1 token"
    await app.type("x" * 38)
    assert app.key_hints == PROMPT
    assert app.key_bar.detail == "~10 tokens"


async def test_streaming_answer_can_be_stopped_and_then_continued(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    assert app.key_hints == "Esc stop · Enter queue a prompt · Ctrl+N new · F1 help"
    await click(app, "stop")
    await app.answered()
    assert app.key_hints.startswith("Enter send · F7 continue · F5 again · Ctrl+J new line")
    await click(app, "continue")
    await app.until(lambda: app.is_running)
    await app.press("escape")
    await app.answered()


async def test_actions_of_a_failure_run_when_they_are_clicked(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    rest = replies(200, b'{"message":{"content":"Hello"},"done":false}\n{"done":true,"done_reason":"stop"}\n')
    server = await start_server(VERSION, hangs_after(HEL), rest)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("escape")
    await app.answered()
    row = next(at for at, line in enumerate(app.log.text.splitlines()) if "F7 Continue" in line)
    row -= app.log.scroll_offset.y
    await app.pilot.click(app.log, offset=(app.log.render_line(row).text.index("Continue"), row))
    await app.until(lambda: "Hello" in app.log.text)
    await app.answered()
    assert "Stopped" not in app.log.text


@pytest.mark.parametrize(("kind", "continues"), [("llamacpp", True), ("openai", False)])
async def test_continue_is_offered_for_stopped_thinking_where_the_server_can(
    program: Program, start_server: StartServer, start_app: StartApp, kind: str, continues: bool
) -> None:
    thinking = sse(delta(reasoning_content="Let me"))
    server = await start_server(replies(200, b'{"data":[{"id":"m"}]}', JSON), hangs_after(thinking))
    program.use_server(server.url, kind)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: app.current.session.stage is not None and app.current.session.stage.name == "thinking")
    await app.press("escape")
    await app.answered()
    assert ("F7 continue" in app.key_hints) is continues
    assert ("F7 Continue" in app.log.text) is continues


async def test_editing_shows_how_to_end_it(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.press("tab", "k", "k", "e")
    await app.until(lambda: app.prompt.text == "one")
    assert app.key_hints == "Enter send in its place · Ctrl+J new line · Esc cancel the edit · F1 help"
    await click(app, "cancel")
    await app.until(lambda: app.prompt.text == "")
    assert app.key_hints == PROMPT


async def test_selected_message_shows_what_can_be_done_with_it(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.press("tab")
    assert app.key_hints == "↑ select · PageUp scroll · Esc prompt · F1 help"
    await app.press("k")
    assert app.key_hints == "c copy · r again · f fork · d delete · Esc prompt · F1 help"
    assert app.key_bar.detail == "message 2 of 2"
    await click(app, "again")
    await app.until(lambda: len(app.session.conversation.messages) == 3)
    await app.answered()
    # The new answer is selected in place of the old one.
    assert app.key_bar.detail == "message 2 of 2"
    assert app.key_hints == "c copy · r again · ← versions · f fork · d delete · Esc prompt · F1 help"
    await app.press("k")
    assert app.key_hints == "e edit · c copy · f fork · d delete · Esc prompt · F1 help"
    await click(app, "copy")
    await app.until(lambda: app.clipboard == "one")
    await click(app, "prompt")
    await app.until(lambda: app.prompt.has_focus)
    assert app.key_hints == PROMPT


async def test_code_and_thinking_of_the_selected_answer_have_keys(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo")
    app.prompt.replace_text("```py\nx\n```")
    await app.press("enter")
    await app.answered()
    await app.press("tab", "k")
    assert "c copy · b code · r again" in app.key_hints
    await app.close()
    app = await start_app(model="think")
    await app.ask_and_wait("why")
    await app.press("tab", "k")
    assert app.key_hints.startswith("Space unfold · c copy")
    await click(app, "unfold")
    await app.until(lambda: app.key_hints.startswith("Space fold · c copy"))


async def test_lists_of_the_sidebar_show_their_keys(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.until(lambda: app.conversation_rows)
    await app.press("f3")
    assert app.key_hints == "Enter use · F3 ask again · Esc prompt · F1 help"
    await app.press("end")
    await app.until(lambda: app.key_hints.startswith("Enter edit ·"))
    app.sidebar.areas[1].focus()
    await app.pilot.pause()
    assert app.key_hints == CONVERSATIONS
    await click(app, "pin")
    await app.until(lambda: str(app.sidebar.areas[1].options[0].prompt).strip() == "Pinned")
    await click(app, "open")
    await app.until(lambda: app.prompt.has_focus)


async def test_search_shows_how_to_move_between_hits(app: RunningApp) -> None:
    await app.ask_and_wait("cat cat")
    await app.press("ctrl+f")
    # The search takes the place of the composer.
    assert not app.chat.query_one(Composer).display
    await app.type("cat")
    await app.until(lambda: app.key_bar.detail == "4 of 4")
    assert app.key_hints == "↓ next · ↑ previous · Esc close · F1 help"
    await app.until(lambda: app.log.search_count is not None and app.log.search_count.total == 4)
    assert app.log.search_count is not None
    before = app.log.search_count.at
    await click(app, "previous")
    await app.until(lambda: app.log.search_count is not None and app.log.search_count.at == before - 1)
    await click(app, "close")
    await app.until(lambda: app.log.search_count is None)
    await app.until(lambda: app.prompt.has_focus)
    assert app.chat.query_one(Composer).display
    assert app.key_bar.detail == ""


async def test_going_to_the_prompt_closes_the_search(app: RunningApp) -> None:
    await app.ask_and_wait("cat")
    await app.press("ctrl+f")
    await app.type("cat")
    await app.press("tab")
    assert app.log.has_focus
    await app.press("shift+tab")
    assert app.prompt.has_focus
    assert app.chat.query_one(Composer).display
    await app.type("more")
    assert app.prompt.text == "more"


@pytest.mark.parametrize(("keys", "label"), [("f8", "F8 "), ("ctrl+b,f8", "Ctrl+B "), ("", "")])
async def test_configured_keys_are_shown(
    program: Program, demo: DemoServer, start_app: StartApp, keys: str, label: str
) -> None:
    program.use_server(demo.url, more=f'[keys]\npick_model = "{keys}"\n')
    app = await start_app(model="echo")
    hint = f" · {label}model" if label else ""
    assert app.key_hints == PROMPT.replace(" · F4 model", hint)


async def test_keys_of_the_prompt_can_be_clicked(app: RunningApp) -> None:
    await app.type("one")
    await click(app, "new")
    await app.until(lambda: app.prompt.text == "one\n")
    await app.type("two")
    await click(app, "file")
    assert app.prompt.text == "one\ntwo@"
    await app.press("backspace")
    await click(app, "send")
    await app.answered()
    assert app.messages[0] == "one\ntwo"
    await click(app, "log")
    await app.until(lambda: app.log.has_focus)


async def test_no_hint_is_shown_twice_or_without_a_key(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    for key in ("tab", "k", "k", "tab", "f3", "ctrl+f", "escape"):
        await app.press(key)
        shown = [hint.key for hint in app.key_bar.hints]
        assert len(set(shown)) == len(shown)
        assert all(shown)
        assert shown[-1] == "F1"


async def test_message_of_another_conversation_does_not_break_the_bar(app: RunningApp) -> None:
    await app.press("tab", "k", "j")
    assert app.log.selected is None
    assert app.key_hints == "↑ select · PageUp scroll · Esc prompt · F1 help"
    await app.press("escape")
    await app.ask_and_wait("one")
    await app.press("tab", "k", "ctrl+n")
    await app.until(lambda: app.key_hints == PROMPT)
