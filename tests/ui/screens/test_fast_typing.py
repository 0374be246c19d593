"""The chat screen with keys that arrive faster than they are handled, and with stops at any moment."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.widgets import OptionList

from tests.fault_server import (
    JSON,
    Connection,
    StartServer,
    eventually,
    hangs,
    hangs_after,
    replies,
    streams,
)
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.ui.screens.settings import SettingsScreen

VERSION = replies(200, b'{"version":"1"}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'
DONE = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop"}\n'


def press_at_once(app: RunningApp, *keys: str) -> None:
    """Post all keys before the app handles any, as after a delayed read from the terminal."""
    characters = {"enter": "\r", "space": " "}
    for key in keys:
        app.app.post_message(events.Key(key, key if len(key) == 1 else characters.get(key)))


def last_answer(app: RunningApp) -> tuple[str, str]:
    """The text and the outcome of the last answer."""
    answer = app.session.conversation.path[-1]
    return answer.content, answer.outcome


async def test_text_typed_right_after_enter_is_kept(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    press_at_once(app, *"first", "enter", *"second")
    await app.until(lambda: "Hel" in app.log.text)
    assert app.prompt.text == "second"
    assert server.requests[-1].json["messages"][-1]["content"] == "first"


async def test_second_of_two_immediate_prompts_is_queued(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    press_at_once(app, *"one", "enter", *"two", "enter", *"three")
    await app.until(lambda: "Hel" in app.log.text)
    await app.until(lambda: app.prompt.text == "three")
    assert "Queued: two" in app.composer_note
    assert len(server.requests) == 2


async def test_prompts_queue_while_a_server_is_looked_for(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def answers_later(connection: Connection) -> None:
        await released.wait()
        await VERSION(connection)

    server = await start_server(answers_later, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m", wait=False)
    await app.ask("one")
    await app.ask("two")
    assert app.prompt.text == ""
    await app.until(lambda: "Queued: one (+1)" in app.composer_note)
    released.set()
    await app.until(lambda: "Hel" in app.log.text)
    await app.until(lambda: "Queued: two" in app.composer_note)
    assert app.messages[0] == "one"


async def silent_models(connection: Connection) -> None:
    """Answer everything but the question for the models."""
    target = connection.request.target
    if target == "/api/tags":
        await asyncio.Event().wait()
    await (VERSION if target == "/api/version" else hangs_after(HEL))(connection)


async def test_command_that_waits_for_a_server_is_shown_and_cancelled(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    program.use_server((await start_server(*[silent_models] * 9)).url)
    app = await start_app(model="m")
    press_at_once(app, *"/model", "space", *"foo", "enter", *"hello", "enter")
    await app.until(lambda: "Queued: /model foo (+1)" in app.composer_note)
    await app.type("more")
    await app.press("escape")
    await app.until(lambda: app.prompt.text == "hello\nmore")
    assert app.has_notice("Cancelled /model foo.")
    await app.press("enter")
    await app.until(lambda: "Hel" in app.log.text)
    assert app.messages[0] == "hello\nmore"


async def test_quit_does_not_wait_for_a_server_and_keeps_the_prompts(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    program.use_server((await start_server(*[silent_models] * 9)).url)
    app = await start_app(model="m")
    press_at_once(app, *"/model", "space", *"foo", "enter", *"hello", "enter", *"/quit", "enter")
    await app.until(lambda: not app.app.is_running)
    await app.close()
    again = await start_app(model="m")
    await again.until(lambda: again.prompt.text == "hello")


@pytest.mark.parametrize("provider", ["", "ollama"])
async def test_prompts_without_a_provider_are_kept_on_quit(
    program: Program, start_server: StartServer, start_app: StartApp, provider: str
) -> None:
    server = await start_server(*[hangs] * 9)
    program.configure(f'provider = "{provider}"\n[providers.ollama]\ntype = "ollama"\nbase_url = "{server.url}"\n')
    app = await start_app(wait=False)
    press_at_once(app, *"one", "enter", *"two", "enter", *"typed", "ctrl+q")
    await app.until(lambda: not app.app.is_running)
    await app.close()
    again = await start_app(provider="demo")
    await again.until(lambda: again.prompt.text == "one\ntwo\ntyped")


@pytest.mark.parametrize("rounds", range(6))
async def test_prompt_and_quit_at_once_lose_nothing(
    program: Program, start_server: StartServer, start_app: StartApp, rounds: int
) -> None:
    program.use_server((await start_server(VERSION, hangs_after(HEL), VERSION)).url)
    app = await start_app(model="m")
    press_at_once(app, *"gamma", "enter")
    for _ in range(rounds):
        await asyncio.sleep(0)
    # Once the prompt is sent, the first one asks whether to stop the answer.
    press_at_once(app, "ctrl+q", "ctrl+q")
    await app.until(lambda: not app.app.is_running)
    await app.close()
    again = await start_app(model="m", resume=True)
    await again.until(lambda: "gamma" in again.prompt.text or "gamma" in again.log.text)


async def test_signal_keeps_prompts_that_wait(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    program.use_server((await start_server(*[silent_models] * 9)).url)
    app = await start_app(model="m")
    press_at_once(
        app, *"one", "enter", *"two", "enter", *"/model", "space", *"foo", "enter", *"three", "enter", *"four"
    )
    await app.until(lambda: "Queued: two (+2)" in app.composer_note and app.prompt.text == "four")
    # As the handler of SIGTERM does.
    app.app.exit(return_code=143)
    await app.close()
    again = await start_app(model="m", resume=True)
    await again.until(lambda: again.prompt.text == "two\nthree\nfour")


async def test_escape_puts_a_waiting_prompt_before_newer_text(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(hangs)
    program.use_server(server.url)
    app = await start_app(model="m", wait=False)
    # At once, so that the prompt still waits for the server when Escape comes, on a slow machine too.
    press_at_once(app, *"early", "enter", *"late", "escape")
    await app.until(lambda: app.prompt.text == "early\nlate")
    await app.ready()
    assert not app.is_running


@pytest.mark.parametrize("rounds", range(1, 12))
async def test_escape_right_after_enter_stops_the_turn_without_loss(
    program: Program, rounds: int, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    press_at_once(app, *"hi", "enter")
    for _ in range(rounds):
        await asyncio.sleep(0)
    press_at_once(app, "escape")
    await app.answered()
    assert "◦ Stopped" in app.log.text
    assert "▌ hi" in app.log.text
    content, outcome = last_answer(app)
    assert outcome == "cancelled"
    # Without an answer, the prompt is restored. Otherwise the saved text is on screen.
    assert app.prompt.text == ("" if content else "hi")
    assert content in app.log.text


async def test_repeated_escape_stops_the_answer_once(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL), streams(DONE))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    press_at_once(app, "escape", "escape", "escape")
    await app.answered()
    assert "◦ Stopped" in app.log.text
    assert last_answer(app) == ("Hel", "cancelled")
    await app.ask("again")
    await app.until(lambda: "Hello" in app.log.text)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_turn_is_stopped_while_the_server_is_silent(
    program: Program, key: str, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await eventually(lambda: len(server.requests) == 2)
    await app.press(key)
    await app.answered()
    await asyncio.wait_for(server.requests[-1].disconnected.wait(), 10)
    assert app.prompt.text == "hi"
    assert last_answer(app) == ("", "cancelled")


async def test_turn_is_stopped_while_it_waits_for_a_retry(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, replies(503, b'{"error":"busy"}', JSON, {"Retry-After": "60"}))
    program.use_server(server.url, more="retry = { attempts = 3, backoff_max = 60.0 }\n")
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Trying again" in " ".join(app.log.text.split()))
    await app.until(lambda: "Trying again" in app.log.text)
    await app.press("escape")
    await app.answered()
    assert app.prompt.text == "hi"
    assert len(server.requests) == 2


async def test_turn_is_stopped_while_the_model_thinks(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    thought = b'{"message":{"content":"","thinking":"hm, let me see"},"done":false}\n'
    server = await start_server(VERSION, hangs_after(thought))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "▸ ∴ Thinking" in app.log.text)
    await app.until(lambda: "» thinking" in app.log.text)
    await app.press("escape")
    await app.answered()
    assert "▸ ∴ Thought" in app.log.text
    assert app.prompt.text == ""


async def test_escape_closes_a_modal_without_stopping_the_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    for key in ("f1", "f2", "f4"):
        await app.press(key)
        await app.until(lambda: len(app.app.screen_stack) == 2)
        await app.press("escape")
        await app.until(lambda: len(app.app.screen_stack) == 1)
        assert app.is_running
    await app.press("escape")
    await app.answered()


async def test_escape_focuses_the_prompt_when_no_answer_streams(app: RunningApp) -> None:
    await app.press("tab")
    assert app.log.has_focus
    await app.press("escape")
    assert app.prompt.has_focus


async def test_quitting_from_a_modal_saves_the_streaming_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("f1", "ctrl+q")
    await app.close()
    app = await start_app(resume=True)
    assert "Hel" in app.log.text
    assert "◦ Stopped" in app.log.text


@pytest.mark.parametrize("key", ["f5", "f7"])
async def test_regenerate_and_continue_are_refused_while_streaming(
    program: Program, key: str, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press(key)
    assert "Press Esc to stop it" in app.notices[-1]
    assert len(server.requests) == 2


async def test_keys_do_nothing_in_an_empty_conversation(app: RunningApp) -> None:
    await app.press("f5", "f6", "tab", "r", "c", "b", "space", "up", "down", "escape")
    assert not app.is_running
    assert not app.session.conversation.messages


async def test_failed_prompt_does_not_replace_text_typed_since(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    released = asyncio.Event()

    async def fails_late(connection: Connection) -> None:
        await released.wait()
        await replies(500, b'{"error":"boom"}', JSON)(connection)

    server = await start_server(VERSION, fails_late)
    program.use_server(server.url, more="retry = { attempts = 1 }\n")
    app = await start_app(model="m")
    press_at_once(app, *"one", "enter", *"two")
    await app.until(lambda: app.prompt.text == "two")
    released.set()
    await app.answered()
    assert "boom" in app.log.text
    assert app.prompt.text == "two"


async def test_keys_typed_right_after_tab_reach_the_new_focus(app: RunningApp) -> None:
    await app.ask_and_wait("hello")
    press_at_once(app, "a", "tab", "k", "k", "c")
    await app.until(lambda: app.clipboard == "hello")
    assert app.prompt.text == "a"
    assert app.log.selected is not None
    assert app.log.selected.role == "user"


@pytest.mark.parametrize("hint", ["F4", "Ctrl+P"])
async def test_letters_behind_a_clicked_command_arrive(app: RunningApp, hint: str) -> None:
    part = next(part for part in app.key_bar._parts if part.content.plain.startswith(hint))
    await app.pilot.click(app.key_bar, offset=(part.start, 0))
    await app.until(lambda: app.screen is not app.chat)
    # Closed without a key, as by a click on a row.
    app.screen.dismiss()
    await app.until(lambda: app.screen is app.chat)
    app.app.post_message(events.Key("a", "a"))
    await app.until(lambda: app.prompt.text == "a")


async def test_keys_behind_the_one_that_opens_the_settings_act_on_its_rows(app: RunningApp) -> None:
    press_at_once(app, "f2", "down", "enter")
    await app.until(lambda: isinstance(app.screen, SettingsScreen) and getattr(app.screen.focused, "id", "") == "value")
    assert app.screen.query_one(OptionList).highlighted == 2
