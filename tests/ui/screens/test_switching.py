"""Switching the provider, model, conversation, settings or terminal size."""

from __future__ import annotations

import asyncio

import pytest

from tests.fault_server import (
    JSON,
    Connection,
    StartServer,
    drops,
    eventually,
    hangs,
    hangs_after,
    replies,
    streams,
)
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.model_picker import ModelPicker

VERSION = replies(200, b'{"version":"1"}', JSON)
LISTED = replies(200, b'{"models":[{"name":"theirs","model":"theirs"}]}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'
DONE = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop"}\n'


def second_provider(url: str, more: str = "") -> str:
    """The config of a second provider, for `use_server`."""
    return f'[providers.other]\ntype = "ollama"\nbase_url = "{url}"\n{more}'


async def choose_provider(app: RunningApp, provider: str) -> None:
    """Choose a provider in the sidebar with the keyboard."""
    await app.press("f3")
    rows = app.sidebar.areas[0]
    ids = [option.id for option in rows.options]
    assert rows.highlighted is not None
    steps = ids.index(provider) - rows.highlighted
    await app.press(*["down" if steps > 0 else "up"] * abs(steps), "enter")


async def answers_by_path(connection: Connection) -> None:
    """A server with one model, which answers "Hello"."""
    target = connection.request.target
    if target.endswith("/tags"):
        await LISTED(connection)
    elif target.endswith("/chat"):
        await streams(DONE)(connection)
    else:
        await VERSION(connection)


async def test_switching_the_provider_keeps_the_streaming_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def answers_slowly(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(HEL)
        await released.wait()
        await connection.body(b'{"message":{"content":"p!"},"done":true,"done_reason":"stop"}\n')
        await connection.end()

    first = await start_server(VERSION, answers_slowly)
    second = await start_server(answers_by_path)
    program.use_server(first.url, more=second_provider(second.url))
    app = await start_app(model="mine")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await choose_provider(app, "other")
    await app.until(lambda: (app.header.provider, app.header.model) == ("other", "theirs"))
    assert app.prompt.has_focus
    assert app.is_running
    released.set()
    await app.answered()
    assert "mine\nHelp!" in app.log.text
    await app.ask("two")
    await app.until(lambda: "theirs\nHello" in app.log.text)
    sent = [message["content"] for message in second.requests[-1].json["messages"]]
    assert sent == ["one", "Help!", "two"]


async def test_prompt_waits_for_the_new_providers_model(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def lists_late(connection: Connection) -> None:
        if connection.request.target.endswith("/tags"):
            await released.wait()
        await answers_by_path(connection)

    first = await start_server(VERSION)
    second = await start_server(lists_late)
    program.use_server(first.url, more=second_provider(second.url))
    app = await start_app(model="mine")
    await choose_provider(app, "other")
    await app.until(lambda: app.header.provider == "other")
    await app.ask("hi")
    released.set()
    await app.until(lambda: "theirs\nHello" in app.log.text)
    assert not any(request.target.endswith("/chat") for request in first.requests)
    assert app.header.model == "theirs"


async def test_provider_chosen_during_startup_is_used(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def answers_late(connection: Connection) -> None:
        await released.wait()
        await VERSION(connection)

    first = await start_server(answers_late)
    second = await start_server(answers_by_path)
    program.use_server(first.url, more=second_provider(second.url))
    app = await start_app(model="mine", wait=False)
    await choose_provider(app, "other")
    released.set()
    await app.until(lambda: app.header.provider == "other")
    await app.ask("hi")
    await app.until(lambda: "theirs\nHello" in app.log.text)


async def test_unusable_provider_is_reported_and_can_be_replaced(
    program: Program, monkeypatch: pytest.MonkeyPatch, start_server: StartServer, start_app: StartApp
) -> None:
    monkeypatch.setenv("LLM_TUI_TEST_KEY", "ключ")
    first = await start_server(VERSION)
    second = await start_server(answers_by_path)
    program.use_server(first.url, more='api_key_env = "LLM_TUI_TEST_KEY"\n' + second_provider(second.url))
    app = await start_app()
    assert "LLM_TUI_TEST_KEY" in app.notices[0]
    await app.ask("precious")
    await app.until(lambda: app.prompt.text == "precious")
    assert "Press F3 to choose one" in app.notices[-1]
    await app.press("f4", "f5", "f6", "f7")
    assert len(app.app.screen_stack) == 1
    await choose_provider(app, "other")
    await app.until(lambda: app.header.provider == "other")
    await app.press("enter")
    await app.until(lambda: "Hello" in app.log.text)
    # Choosing the unusable provider again keeps the current one.
    await choose_provider(app, "server")
    await app.until(lambda: app.notices.count(app.notices[0]) == 2)
    assert app.header.provider == "other"


async def test_provider_removed_from_the_config_is_reported(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    first = await start_server(VERSION, streams(DONE))
    second = await start_server(answers_by_path)
    program.use_server(first.url, more=second_provider(second.url))
    app = await start_app(model="mine")
    program.configure('provider = "other"\n' + second_provider(second.url))
    await app.press("f2", *"motion", "right", "escape", "escape")
    await app.until(lambda: "other" in app.chat.parts.directory._statuses)
    await app.ask("hi")
    await app.until(lambda: "Unknown provider 'server'" in app.log.text)
    assert "/api/chat" not in [request.target for request in first.requests]
    await app.press("f3")
    assert [option.id for option in app.sidebar.areas[0].options][:4] == ["ollama", "lmstudio", "other", "demo"]
    await app.until(lambda: app.chat.parts.directory._statuses["other"].reachability == "reachable")
    await choose_provider(app, "other")
    await app.until(lambda: app.header.provider == "other")
    await app.ask("hi")
    await app.until(lambda: "Hello" in app.log.text)


async def test_saving_settings_does_not_stop_the_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("f2", *"motion", "right", "escape", "escape")
    await app.until(lambda: not app.runtime.settings.motion)
    assert app.is_running
    assert not server.requests[-1].disconnected.is_set()
    await app.press("escape")
    await asyncio.wait_for(server.requests[-1].disconnected.wait(), 10)


async def test_missing_conversation_is_reported_and_current_one_stays(app: RunningApp) -> None:
    await app.ask_and_wait("keep me")
    app.sidebar.post_message(app.sidebar.ConversationChosen("missing"))
    await app.until(lambda: app.notices)
    assert "▌ keep me" in app.log.text
    await app.ask("and on")
    await app.until(lambda: app.shows("◆ echo", "and on"))


async def test_resumed_conversation_of_a_removed_provider_uses_default(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.configure(f'provider = "old"\n[providers.old]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="echo")
    await app.ask_and_wait("from long ago")
    await app.close()
    program.use_server(demo.url)
    app = await start_app(model="echo", resume=True)
    assert "▌ from long ago" in app.log.text
    assert app.header.provider == "server"
    await app.ask("today")
    await app.until(lambda: app.shows("◆ echo", "today"))


async def test_reopened_conversation_offers_to_continue_a_cut_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.close()
    server = await start_server(VERSION, streams(b'{"message":{"content":"lo"},"done":true,"done_reason":"stop"}\n'))
    program.use_server(server.url)
    app = await start_app(resume=True)
    assert "F7 continue" in app.key_hints
    assert "F7 Continue" in app.log.text
    assert app.header.model == "m"
    await app.press("f7")
    await app.until(lambda: "Hello" in app.log.text)


async def test_continue_option_without_history_starts_a_conversation(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", resume=True)
    assert "Talking to echo at server" in app.log.text


async def test_changing_the_model_keeps_the_conversation(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.press("f4")
    picker = app.screen
    assert isinstance(picker, ModelPicker)
    await app.until(lambda: len(picker.listed) > 3)
    await app.press("escape")
    assert app.header.model == "echo"
    await app.press("f4")
    await app.type("think")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and len(app.screen.listed) == 1)
    await app.press("enter")
    await app.until(lambda: app.header.model == "think")
    assert "▌ one" in app.log.text


async def test_opening_the_sidebar_checks_providers_again(
    program: Program, demo: DemoServer, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(drops, VERSION)
    program.use_server(demo.url, more=second_provider(server.url))
    app = await start_app(model="echo", wait=False)
    await app.until(lambda: app.chat.parts.directory._statuses["other"].reachability == "unreachable")
    await app.press("f3")
    await app.until(lambda: app.chat.parts.directory._statuses["other"].reachability == "reachable")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_log_status_and_prompt_are_fully_visible(
    program: Program, demo: DemoServer, size: tuple[int, int], start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(size=size, model="lorem-400-0")
    await app.ask_and_wait("go")
    for widget in (app.log, app.header, app.prompt):
        assert app.chat.find_widget(widget).visible_region.area == widget.outer_size.area
    assert app.log.size.height >= size[1] - 5


async def test_resizing_while_streaming_loses_no_text_or_keys(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(size=(80, 24), model="lorem-4000-0")
    await app.ask("go")
    for size in ((1, 1), (3, 2), (500, 3), (20, 200), (8, 8), (99, 1), (101, 1), (1, 50), (200, 50), (80, 24)):
        await app.pilot.resize_terminal(*size)
        await app.type("x")
    await app.answered()
    assert app.prompt.text == "x" * 10
    assert app.prompt.has_focus
    assert app.log.is_following
    answer = app.session.conversation.path[-1].content
    assert answer.split()[-1] in app.log.text


async def test_hiding_the_focused_sidebar_focuses_the_prompt(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(size=(120, 40), model="echo")
    await app.press("tab", "tab")
    assert app.sidebar.areas[1].has_focus
    await app.pilot.resize_terminal(80, 24)
    await app.until(lambda: not app.sidebar.display)
    await app.type("hello")
    assert app.prompt.text == "hello"


async def test_modals_stay_usable_at_any_size(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(size=(120, 40), model="echo")
    for key in ("f1", "f2", "f4"):
        await app.press(key)
        await app.until(lambda: len(app.app.screen_stack) == 2)
        for size in ((1, 1), (10, 5), (300, 4), (120, 40)):
            await app.pilot.resize_terminal(*size)
        await app.press("escape")
        await app.until(lambda: len(app.app.screen_stack) == 1)


async def test_new_conversation_appears_in_the_sidebar(app: RunningApp) -> None:
    assert app.conversation_rows == []
    await app.ask("a title")
    await app.until(lambda: app.sidebar.areas[1].option_count == 2)
    assert "a title" in str(app.sidebar.areas[1].get_option_at_index(1).prompt)


async def test_quitting_does_not_wait_for_a_hanging_server(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(hangs)
    program.use_server(server.url)
    app = await start_app(wait=False)
    await eventually(lambda: len(server.requests) == 1)
    await app.ask("hi")
    await app.press("ctrl+q")
    await app.close()
    await server.wait_until_disconnected()


async def test_server_without_models_is_explained_and_prompt_restored(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    async def has_none(connection: Connection) -> None:
        listed = b'{"models":[]}' if connection.request.target.endswith("/tags") else b'{"version":"1"}'
        await replies(200, listed, JSON)(connection)

    server = await start_server(has_none)
    program.use_server(server.url)
    app = await start_app()
    await app.until(lambda: app.chat.parts.directory._statuses["server"].reachability == "refused")
    assert app.header.model == ""
    await app.ask_and_wait("hi")
    assert "ollama pull" in app.log.text
    assert app.prompt.text == "hi"


async def test_unreadable_store_is_reported_and_the_chat_works(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    program.data.write_text("a file where a folder should be")
    app = await start_app(model="echo", resume=True)
    assert app.notices
    await app.ask("all the same")
    await app.until(lambda: app.shows("◆ echo", "all the same"))


async def test_editor_is_refused_if_the_terminal_cannot_suspend(app: RunningApp) -> None:
    await app.type("mine")
    await app.press("ctrl+o")
    assert app.notices == ["This terminal cannot suspend the app to open an editor."]
    assert app.prompt.text == "mine"
