"""The chat screen, driven by keys, with servers on real sockets."""

from __future__ import annotations

import asyncio

import pytest

from tests.fault_server import (
    JSON,
    Connection,
    StartServer,
    cuts_after,
    drops,
    eventually,
    hangs,
    hangs_after,
    refused_port,
    replies,
    streams,
)
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.errors import FirstTokenTimedOut
from tui.ui.screens.help import HelpScreen
from tui.ui.screens.link import LinkScreen
from tui.ui.screens.model_picker import ModelPicker

VERSION = replies(200, b'{"version":"1"}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'


async def test_prompt_is_sent_and_its_answer_streams_into_the_log(app: RunningApp) -> None:
    await app.ask_and_wait("hello world")
    assert app.prompt.text == ""
    assert app.shows("▌ You", "▌ hello world", "◆ echo", "hello world")
    assert (app.header.provider, app.header.model) == ("server", "echo")


async def test_text_typed_before_a_provider_is_found_is_kept(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(hangs)
    program.configure(f'provider = ""\n[providers.slow]\ntype = "ollama"\nbase_url = "{server.url}"\n')
    app = await start_app(model="m", wait=False)
    await app.ask("early bird")
    await app.type("next")
    assert app.prompt.text == "next"
    assert not app.chat.parts.directory.ready.is_set()


async def test_escape_returns_the_prompt_that_waits_for_a_server(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def closes_late(connection: Connection) -> None:
        await released.wait()
        connection.close()

    server = await start_server(closes_late)
    program.configure(f'provider = ""\n[providers.slow]\ntype = "ollama"\nbase_url = "{server.url}"\n')
    app = await start_app(wait=False)
    await app.ask("early bird")
    await app.until(lambda: "waiting for a server · Esc to edit the prompt" in app.header.notice)
    await app.ask("another")
    await app.until(lambda: "Queued: early bird (+1)" in app.composer_note)
    await app.press("escape")
    assert app.prompt.text == "early bird\nanother"
    assert "Queued" not in app.composer_note
    released.set()
    await app.ready()
    assert app.log.text.count("early bird") == 0


async def test_prompt_is_sent_although_the_health_check_hangs(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    async def chats_only(connection: Connection) -> None:
        if connection.request.target == "/api/chat":
            await connection.head(200)
            await connection.body(HEL, b'{"done":true,"done_reason":"stop"}\n')
            await connection.end()

    server = await start_server(chats_only)
    program.use_server(server.url)
    app = await start_app(model="m", wait=False)
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.answered()


async def test_provider_option_overrides_the_resumed_provider(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url, more=f'[providers.other]\ntype = "openai"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="echo")
    await app.ask_and_wait("hi")
    await app.close()
    app = await start_app(resume=True, provider="other", model="echo")
    assert app.header.provider == "other"
    await app.ask_and_wait("again")
    assert app.session.conversation.path[-1].provider == "other"
    await app.close()
    app = await start_app(resume=True)
    assert app.header.provider == "other"


async def test_unanswered_prompt_is_restored_on_resume(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi there")
    await app.until(lambda: len(server.requests) == 2)
    await app.close()
    app = await start_app(resume=True, wait=False)
    await app.until(lambda: app.prompt.text == "hi there")


async def test_configured_demo_does_not_mention_other_providers(program: Program, start_app: StartApp) -> None:
    program.configure('provider = "demo"\n')
    app = await start_app()
    assert "This is the built-in demo" in app.log.text
    assert "No answer from" not in app.log.text


async def test_escape_stops_the_answer_and_keeps_the_received_text(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("escape")
    await asyncio.wait_for(server.requests[-1].disconnected.wait(), 10)
    await app.answered()
    assert "Hel" in app.log.text
    assert "Stopped" in app.log.text
    assert app.prompt.text == ""
    answer = app.session.conversation.path[-1]
    assert (answer.content, answer.outcome) == ("Hel", "cancelled")


async def test_cut_off_answer_stays_with_an_error_and_a_hint(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, cuts_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    assert "Hel" in app.log.text
    assert "✗ Interrupted" in app.log.text
    assert "▌ Its log may say why" in app.log.text
    assert "▌ F7 Continue   F5 Again   F4 Model" in app.log.text


async def test_prompt_without_any_answer_is_restored(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, drops)
    program.use_server(server.url, more="retry = { attempts = 1 }\n")
    app = await start_app(model="m")
    await app.ask_and_wait("precious")
    assert app.prompt.text == "precious"
    assert "✗ Interrupted" in app.log.text


async def test_restored_prompt_does_not_replace_a_new_draft(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def drops_later(connection: Connection) -> None:
        await released.wait()
        connection.close()

    server = await start_server(VERSION, drops_later)
    program.use_server(server.url, more="retry = { attempts = 1 }\n")
    app = await start_app(model="m")
    await app.ask("first")
    await app.type("second")
    released.set()
    await app.answered()
    assert app.prompt.text == "second"


async def test_resent_prompt_replaces_the_failed_turn(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    done = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop"}\n'
    refused = replies(500, b'{"error":"boom"}', JSON)
    server = await start_server(VERSION, refused, replies(200, done, JSON))
    program.use_server(server.url, more="retry = { attempts = 1 }\n")
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    assert "boom" in app.log.text
    await app.press("enter")
    await app.until(lambda: "Hello" in app.log.text)
    assert "boom" not in app.log.text
    assert app.log.text.count("▌ hi") == 1
    assert [message["content"] for message in server.requests[-1].json["messages"]] == ["hi"]


async def test_sidebar_switches_the_provider_of_a_conversation(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url, more=f'[providers.other]\ntype = "openai"\nbase_url = "{demo.url}"\nmodel = "echo"\n')
    app = await start_app(model="echo")
    await app.ask_and_wait("one")
    await app.press("f3")
    names = [option.id for option in app.sidebar.areas[0].options]
    at = app.sidebar.areas[0].highlighted
    assert at is not None
    await app.press(*["down"] * (names.index("other") - at), "enter")
    await app.until(lambda: app.header.provider == "other")
    assert app.prompt.has_focus
    await app.ask("two")
    await app.until(lambda: app.shows("▌ two", "◆ echo", "two"))
    assert app.shows("▌ one", "◆ echo", "one")


async def test_providers_are_checked_at_startup(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    with refused_port() as port:
        more = (
            f'[providers.ollama]\nbase_url = "http://127.0.0.1:{port}"\n[providers.lmstudio]\nbase_url = "{demo.url}"\n'
        )
        program.use_server(demo.url, more=more)
        app = await start_app(model="echo", wait=False)
        await app.until(lambda: app.chat.parts.directory._statuses["lmstudio"].reachability == "reachable")
        await app.until(lambda: app.chat.parts.directory._statuses["ollama"].reachability == "unreachable")
        assert app.chat.parts.directory._statuses["server"].reachability == "reachable"


async def test_demo_answers_and_explains_itself_without_any_server(program: Program, start_app: StartApp) -> None:
    with refused_port() as port:
        address = f'base_url = "http://127.0.0.1:{port}"\n'
        program.configure(f"[providers.ollama]\n{address}[providers.lmstudio]\n{address}")
        app = await start_app()
        assert app.header.provider == "demo"
        assert "built-in demo" in app.log.text
        assert "ollama serve" in app.log.text
        await app.ask("hello")
        await app.until(lambda: "script" in app.log.text)
        await app.press("escape")


async def test_continue_option_reopens_the_latest_conversation(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo")
    await app.ask_and_wait("remember me")
    before = app.log.text
    await app.close()
    app = await start_app(resume=True)
    assert app.log.text == before
    assert app.header.model == "echo"
    await app.ask_and_wait("and me")
    assert "▌ remember me" in app.log.text
    assert "▌ and me" in app.log.text


async def test_start_begins_a_new_conversation(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo")
    await app.ask_and_wait("the first one")
    await app.close()
    app = await start_app()
    assert "the first one" not in app.log.text
    await app.until(lambda: app.sidebar.areas[1].option_count == 2)
    await app.press("f3", "tab", "enter")
    await app.until(lambda: "▌ the first one" in app.log.text)
    await app.press("ctrl+n")
    await app.until(lambda: "the first one" not in app.log.text)


async def test_regenerate_shows_a_second_version_of_the_answer(app: RunningApp) -> None:
    await app.ask_and_wait("again")
    await app.press("f5")
    await app.until(lambda: len(app.session.conversation.messages) == 3)
    await app.answered()
    assert app.log.text.count("▌ again") == 1
    assert app.shows("▌ again", "◆ echo  ‹ 2/2 ›", "again")


async def test_f7_continues_a_stopped_answer_in_place(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    rest = replies(200, b'{"message":{"content":"Hello"},"done":false}\n{"done":true,"done_reason":"stop"}\n')
    server = await start_server(VERSION, hangs_after(HEL), rest)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("escape")
    await app.until(lambda: "F7 continue · F5 again" in app.key_hints)
    assert "F7 Continue   F5 Again" in app.log.text
    await app.press("f7")
    await app.until(lambda: "Hello" in app.log.text)
    await app.answered()
    assert [message["content"] for message in server.requests[-1].json["messages"]] == ["hi", "Hel"]
    assert "Stopped" not in app.log.text
    assert "HelHello" not in app.log.text
    assert "F7" not in app.key_hints
    assert "F7" not in app.log.text
    await app.press("f7")
    await app.until(lambda: app.notices)
    assert app.notices == ["Nothing to continue. Press F5 to regenerate."]
    await app.close()
    app = await start_app(resume=True)
    await app.until(lambda: "Hello" in app.log.text)


async def test_changed_settings_reach_the_next_request(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.press("f2", *"first text", "enter", "ctrl+u", *"0.2", "enter", "escape", "escape")
    await app.until(lambda: app.runtime.settings.timeouts.first_token == 0.2)
    await app.ask("hi")
    await app.answered()
    assert app.session.last_turn is not None
    assert isinstance(app.session.last_turn.error, FirstTokenTimedOut)


async def test_model_is_chosen_from_a_filtered_list(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="guide")
    await app.press("f4")
    assert isinstance(app.screen, ModelPicker)
    await app.pilot.pause(0.1)
    await app.type("ech")
    await app.press("enter")
    await app.until(lambda: app.header.model == "echo")
    await app.ask("picked")
    await app.until(lambda: app.shows("◆ echo", "picked"))


async def test_help_lists_configured_keys(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url, more='[keys]\nregenerate = "f8"\n')
    app = await start_app(model="echo")
    await app.press("f1")
    assert isinstance(app.screen, HelpScreen)
    await app.until(lambda: "F8" in app.screen.text)  # type: ignore[attr-defined]  # of the help
    row = next(line for line in app.screen.text.splitlines() if "Regenerate the last answer" in line)
    assert row.index("F8") < row.index("Regenerate the last answer")
    assert "F5" not in row
    await app.press("escape")
    await app.ask_and_wait("x")
    await app.press("f8")
    await app.until(lambda: len(app.session.conversation.messages) == 3)


async def test_log_follows_the_answer_until_the_user_scrolls_up(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-40000-800", size=(80, 24))
    await app.ask("go")
    await app.until(lambda: app.log.max_scroll_y > 40)
    assert app.log.is_following
    await app.press("pageup")
    at = app.log.scroll_offset.y
    top = app.log.render_line(0).text
    await app.until(lambda: app.log.max_scroll_y > at + 60)
    assert not app.log.is_following
    assert app.log.scroll_offset.y == at
    assert app.log.render_line(0).text == top
    await app.press("ctrl+end")
    assert app.log.is_following
    await app.press("escape")


async def test_log_keeps_its_top_line_when_the_terminal_is_resized(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-3000-0", size=(80, 24))
    await app.ask_and_wait("go")
    await app.press("ctrl+home", "pagedown", "pagedown", "pagedown")
    top = app.log.render_line(0).text.strip()
    await app.pilot.resize_terminal(80, 40)
    assert app.log.render_line(0).text.strip() == top


async def test_queued_prompt_is_restored_when_the_answer_is_stopped(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await app.ask("two")
    await app.until(lambda: "Queued: two" in app.composer_note)
    assert app.prompt.text == ""
    await app.press("escape")
    await app.answered()
    assert app.prompt.text == "two"
    assert not app.composer_note


async def test_quitting_saves_the_streaming_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("ctrl+q")
    await app.close()
    await eventually(server.requests[-1].disconnected.is_set)
    app = await start_app(resume=True)
    assert "Hel" in app.log.text
    assert "Stopped" in app.log.text


async def test_ctrl_c_copies_or_stops_or_explains_how_to_quit(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.press("ctrl+c")
    assert app.has_notice("Press Ctrl+Q to quit")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("ctrl+c")
    await app.answered()
    await app.type("text")
    app.prompt.select_all()
    await app.press("ctrl+c")
    assert app.clipboard == "text"
    assert app.app.is_running


async def test_keys_select_copy_and_unfold_messages(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="think")
    await app.ask("why")
    await app.until(lambda: app.log._scrollback.live is None and "Thought" in app.log.text)
    assert "▸ ∴ Thought" in app.log.text
    await app.press("tab", "space")
    assert "▾ ∴ Thought" in app.log.text
    await app.press("k", "k", "c")
    assert app.clipboard == "why"
    await app.press("j", "b")
    await app.until(lambda: app.has_notice("No code to copy"))


async def test_code_is_copied_without_its_fence(app: RunningApp) -> None:
    app.prompt.replace_text("```python\nx = 1\n```")
    await app.press("enter")
    await app.answered()
    await app.press("tab", "b")
    assert app.clipboard == "x = 1"
    await app.press("f6")
    assert app.clipboard == "```python\nx = 1\n```"


async def test_answer_is_copied_without_thinking(app: RunningApp) -> None:
    app.prompt.replace_text("[THINK]Hm.[/THINK]Yes.")
    await app.press("enter")
    await app.answered()
    await app.press("f6")
    assert app.clipboard == "Yes."
    await app.press("tab", "k", "c")
    assert app.clipboard == "Yes."
    await app.press("k", "c")
    assert app.clipboard == "[THINK]Hm.[/THINK]Yes."


async def test_clicked_link_is_shown_in_full_before_it_is_opened(
    program: Program, demo: DemoServer, monkeypatch: pytest.MonkeyPatch, start_app: StartApp
) -> None:
    opened: list[str] = []
    program.use_server(demo.url)
    app = await start_app(model="echo")
    monkeypatch.setattr(app.app, "open_url", lambda url, new_tab=True: opened.append(url))
    app.prompt.replace_text("[safe](https://example.org/path) and [bad](ftp://example.org)")
    await app.press("enter")
    await app.answered()
    row = app.log.text.splitlines().index("safe and bad")
    left = app.log.render_line(row).text.index("safe")
    await app.pilot.click(app.log, offset=(left + 1, row - app.log.scroll_offset.y))
    assert isinstance(app.screen, LinkScreen)
    assert opened == []
    await app.press("enter")
    assert opened == ["https://example.org/path"]
    await app.pilot.click(app.log, offset=(left + 10, row - app.log.scroll_offset.y))
    await app.press("enter")
    assert opened == ["https://example.org/path"]


async def test_earlier_prompts_are_recalled_only_from_an_empty_prompt(app: RunningApp) -> None:
    for text in ("first", "second"):
        await app.ask_and_wait(text)
        await app.until(lambda text=text: text in app.prompt.earlier_prompts())  # type: ignore[misc]
    await app.press("up")
    assert app.prompt.text == "second"
    await app.press("up")
    assert app.prompt.text == "first"
    await app.press("down", "down")
    assert app.prompt.text == ""
    await app.type("mine")
    await app.press("up")
    assert app.prompt.text == "mine"


async def test_sidebar_is_shown_if_it_fits_or_on_request(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(size=(80, 24), model="echo")
    assert not app.sidebar.display
    await app.press("f3")
    assert app.sidebar.display
    assert app.sidebar.areas[0].has_focus
    await app.press("ctrl+t")
    assert not app.sidebar.display
    assert app.prompt.has_focus
    await app.close()
    app = await start_app(size=(200, 50), model="echo")
    assert app.sidebar.display


async def test_tab_cycles_through_prompt_log_and_sidebar(app: RunningApp) -> None:
    await app.press("tab")
    assert app.log.has_focus
    # The folded providers are skipped.
    await app.press("tab")
    assert app.sidebar.areas[1].has_focus
    await app.press("shift+tab", "shift+tab")
    assert app.prompt.has_focus
    await app.press("f3")
    assert app.sidebar.areas[0].has_focus
    await app.press("tab")
    assert app.prompt.has_focus or app.sidebar.areas[1].has_focus


async def test_model_name_is_escaped_and_not_markup(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    listed = b'{"models":[{"name":"[@click=app.quit]evil[/]\\u001b[2J"}]}'

    server = await start_server(replies(200, b'{"version":"[red]"}', JSON), replies(200, listed, JSON))
    program.use_server(server.url)
    app = await start_app()
    assert "\x1b" not in app.header.render().plain  # type: ignore[union-attr]  # a Content
    assert "[@click=app.quit]evil[/]" in app.header.render().plain  # type: ignore[union-attr]
    await app.press("f4")
    await app.pilot.pause(0.1)


async def test_storage_error_is_reported_and_the_chat_continues(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    program.data.write_text("a file where a folder should be")
    app = await start_app(model="echo")
    await app.ask_and_wait("hello")
    assert app.shows("◆ echo", "hello")
    assert "Cannot save or load conversations" in "".join(app.notices)


COUNTED = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":%d,"eval_count":6}\n'


async def test_context_use_and_truncation_by_the_server_are_shown(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    ps = replies(200, b'{"models":[{"name":"m:latest","context_length":100}]}', JSON)
    server = await start_server(VERSION, streams(COUNTED % 80), ps, streams(COUNTED % 100))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "▲ 86%" in str(app.header.render()))
    assert "dropped" not in app.log.text
    await app.type("x" * 60)
    await app.press("enter")
    await app.until(lambda: app.has_notice("may exceed the model's context"))
    await app.until(lambda: "the server dropped its beginning" in " ".join(app.log.text.split()))
    assert server.requests[2].target == "/api/ps"
    assert len(server.requests) == 4
