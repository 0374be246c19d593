"""Slash commands, and the settings of a conversation."""

from __future__ import annotations

import asyncio
import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import TextArea

from tests.fault_server import StartServer
from tests.program import Program
from tests.store.factories import store_in
from tests.ui.recording_server import RecordingServer
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.store.store_work import StoreWork
from tui.ui.screens.conversation_settings import ConversationSettingsScreen
from tui.ui.screens.question import QuestionScreen
from tui.ui.screens.search import SearchScreen

pytestmark = pytest.mark.usefixtures("work_folder")


async def run_command(app: RunningApp, text: str) -> None:
    """Type a command and run it, without accepting a completion."""
    app.prompt.replace_text(text)
    await app.pilot.pause()
    app.prompt.close_completions()
    await app.press("enter")


class RequestRecorder(RecordingServer):
    """Records whole requests, not only prompts."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, connection: Any) -> None:
        if connection.request.target.endswith("/chat"):
            self.requests.append(connection.request.json)
        await super().__call__(connection)


async def test_set_option_is_sent_shown_and_kept_after_restart(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    recorder = RequestRecorder()
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, "/set temperature=0.2")
    await app.until(lambda: "temperature=0.2" in app.header.settings)
    await app.ask_and_wait("hi")
    await run_command(app, "/set num_ctx=4096")
    await app.until(lambda: "num_ctx=4096" in app.header.settings)
    await app.close()
    app = await start_app(resume=True)
    assert "temperature=0.2" in app.header.settings
    await app.ask_and_wait("again")
    await run_command(app, "/unset temperature")
    await app.until(lambda: "temperature" not in app.header.settings)
    await app.close()
    assert [request["options"] for request in recorder.requests] == [
        {"temperature": 0.2},
        {"temperature": 0.2, "num_ctx": 4096},
    ]


async def test_invalid_command_is_explained_and_restored(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    for text, notice in (
        ("/modle x", "no command /modle"),
        ("/set top_p=7", "top_p cannot be 7"),
        ("/unset seed", "seed is not set"),
        ("/provider none", "There is no provider none"),
        ("/model nope", "No provider has a model nope"),
        ("/model lla", "2 models match lla"),
        ("/system pirat", "No saved prompt named pirat"),
        ("/attach none.txt", "none.txt cannot be read"),
        ("/export x.md", "Nothing to export"),
        ("/title x", "Nothing to rename"),
    ):
        await run_command(app, text)
        await app.until(partial(app.has_notice, notice))
        assert app.prompt.text == text
        app.prompt.replace_text("")


async def test_unknown_option_is_sent_with_a_suggestion(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, "/set temprature=0.2")
    await app.until(lambda: app.has_notice("Did you mean temperature?"))
    assert "temprature=0.2" in app.header.settings


async def test_model_is_chosen_by_an_unambiguous_part_of_its_name(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, "/model qw")
    await app.until(lambda: app.header.model == "qwen")


async def test_model_of_another_provider_is_found_and_its_provider_used(
    program: Program, demo: DemoServer, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url, more=f'[providers.other]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="m")
    await run_command(app, "/model lorem-2000")
    await app.until(lambda: (app.header.provider, app.header.model) == ("other", "lorem-2000-0"))
    assert app.has_notice("Model: lorem-2000-0 of other")


async def test_ambiguous_model_names_the_candidates(
    program: Program, demo: DemoServer, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url, more=f'[providers.other]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="m")
    await run_command(app, "/model lorem")
    await app.until(lambda: app.has_notice("2 models match lorem"))
    assert app.has_notice("Did you mean other/lorem-200-20, other/lorem-2000-0?")
    assert app.header.model == "m"


async def test_provider_is_chosen_by_name(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, "/provider demo")
    await app.until(lambda: app.header.provider == "demo")


async def test_system_prompt_is_a_saved_prompt_or_the_given_text(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    (program.config.parent / "prompts").mkdir()
    (program.config.parent / "prompts" / "pirate.md").write_text("You are a pirate.\n")
    recorder = RequestRecorder()
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="m")
    for text in ("/system pirate", "/system Be very brief.", "/unset system"):
        await run_command(app, text)
        await app.pilot.pause()
        await app.ask_and_wait("hi")
    await app.close()
    firsts = [request["messages"][0] for request in recorder.requests]
    assert firsts == [
        {"role": "system", "content": "You are a pirate."},
        {"role": "system", "content": "Be very brief."},
        {"role": "user", "content": "hi"},
    ]


async def test_title_command_renames_the_conversation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    await run_command(app, "/title My   notes")
    await app.until(lambda: any("My notes" in str(option.prompt) for option in app.sidebar.areas[1].options))
    assert app.session.conversation.title == "My notes"


async def test_export_writes_a_new_file_in_the_format_of_its_name(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    await run_command(app, "/export")
    await app.until(lambda: app.has_notice("Exported to hi.md"))
    await run_command(app, "/export")
    await app.until(lambda: app.has_notice("Exported to hi-2.md"))
    await run_command(app, "/export all.json")
    await app.until(lambda: app.has_notice("Exported to all.json"))
    await run_command(app, "/export all.json")
    await app.until(lambda: app.has_notice("all.json already exists"))
    app.prompt.replace_text("")
    await run_command(app, "/export all.pdf")
    await app.until(lambda: app.has_notice("Unknown export format"))
    await app.close()
    assert "Seen." in (work_folder / "hi.md").read_text()
    assert [message["content"] for message in json.loads((work_folder / "all.json").read_text())["messages"]] == [
        "hi",
        "Seen.",
    ]


async def test_attach_command_mentions_the_file(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (work_folder / "my notes.txt").write_text("x")
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, '/attach "my notes.txt"')
    await app.until(lambda: app.prompt.text == '@"my notes.txt" ')


async def test_search_command_opens_the_search(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("hi")
    await run_command(app, "/search Seen")
    await app.until(lambda: isinstance(app.screen, SearchScreen))
    await app.press("escape")


async def test_double_slash_sends_a_literal_slash(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    recorder = RecordingServer()
    server = await start_server(recorder)
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, "//help me")
    await app.answered()
    await app.close()
    assert recorder.prompts[-1]["content"] == "/help me"


async def test_settings_screen_edits_system_prompt_and_options(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    (program.config.parent / "prompts").mkdir()
    (program.config.parent / "prompts" / "pirate.md").write_text("You are a pirate.\n")
    recorder = RequestRecorder()
    server = await start_server(recorder)
    program.use_server(server.url, more='system_prompt = "Be kind."\n')
    app = await start_app(model="m", size=(80, 24))
    await app.press("alt+s")
    await app.until(lambda: isinstance(app.screen, ConversationSettingsScreen))
    system = app.screen.query_one("#system", TextArea)
    assert system.text == "Be kind."
    await app.press("tab", "enter")
    await app.until(lambda: system.text == "You are a pirate.")
    await app.press("tab", *"seed=x", "ctrl+s")
    await app.until(lambda: "seed cannot be" in str(app.screen.query_one("#message").render()))
    await app.press("backspace", "1", "enter", *"temprature=1", "ctrl+s")
    await app.until(lambda: "Did you mean temperature?" in str(app.screen.query_one("#message").render()))
    await app.press("ctrl+s")
    await app.until(lambda: app.header.settings == "own system prompt · seed=1 · temprature=1")
    await app.ask_and_wait("hi")
    await app.close()
    assert recorder.requests[-1]["messages"][0]["content"] == "You are a pirate."
    assert recorder.requests[-1]["options"] == {"seed": 1, "temprature": 1}


async def test_unsaved_conversation_settings_ask_for_confirmation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m", size=(80, 24))
    await app.press("alt+s")
    await app.until(lambda: isinstance(app.screen, ConversationSettingsScreen))
    await app.press("x", "escape")
    await app.until(lambda: "Unsaved changes" in str(app.screen.query_one("#message").render()))
    await app.press("escape")
    await app.until(lambda: not isinstance(app.screen, ConversationSettingsScreen))
    assert app.header.settings == ""
    # Saving without edits changes nothing.
    await app.press("alt+s")
    await app.until(lambda: isinstance(app.screen, ConversationSettingsScreen))
    await app.press("ctrl+s")
    await app.until(lambda: not isinstance(app.screen, ConversationSettingsScreen))
    assert app.header.settings == ""


async def test_import_reports_imported_and_skipped_items(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    user = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["About mice"]}}}
    tool = {"parent": "q", "message": {"author": {"role": "tool"}, "content": {}}}
    (work_folder / "all.json").write_text(json.dumps([{"id": "x", "mapping": {"q": user, "t": tool}}]))
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await run_command(app, "/import all.json")
    await app.until(lambda: app.has_notice("1 imported"))
    assert app.has_notice("Not imported: 1 × tool message")
    await app.until(lambda: any("About mice" in str(option.prompt) for option in app.sidebar.areas[1].options))
    await run_command(app, "/import none.json")
    await app.until(lambda: app.has_notice("none.json cannot be read"))


async def test_import_without_a_file_asks_whether_to_stop_the_running_one(
    program: Program, work_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    disk = threading.Event()
    app.runtime.conversations.post(lambda _: disk.wait(60))
    user = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["About mice"]}}}
    (work_folder / "all.json").write_text(json.dumps([{"id": "x", "mapping": {"q": user}}]))
    await run_command(app, "/import all.json")
    await run_command(app, "/import")
    await app.until(lambda: isinstance(app.screen, QuestionScreen))
    await app.press("y")
    await app.until(lambda: app.has_notice("Stopped importing all.json"))
    disk.set()
    # Now that none is running, the command waits for a name, which is completed.
    await run_command(app, "/import")
    await app.until(lambda: app.has_notice("Type the file behind it: /import ~/export.json"))
    assert app.prompt.text == "/import "
    await app.type("al")
    await app.press("tab")
    assert app.prompt.text == "/import all.json "


async def test_header_shows_long_work_on_the_saved_conversations(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    app.runtime.on_store_work(StoreWork("upgrading conversations", 0.5))
    assert "upgrading conversations ━━━━──── 50%" in str(app.header.render())
    app.runtime.on_store_work(StoreWork("upgrading conversations", 0.5, "done"))
    assert "server/m" in str(app.header.render())


async def test_prompt_typed_right_after_a_command_runs_after_it(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("kept")
    for text in ("/temp", "secret"):
        for character in text:
            app.prompt.post_message(events.Key("slash" if character == "/" else character, character))
        app.prompt.post_message(events.Key("enter", None))
    await app.until(lambda: "secret" in app.log.text and "Seen." in app.log.text)
    assert "kept" not in app.log.text
    await app.answered()
    await run_command(app, "/new")
    await app.until(lambda: "secret" not in app.log.text)
    await run_command(app, "/temp")
    await app.until(lambda: "temporary" in app.header.settings)
    # An empty temporary conversation does not stay open.
    await run_command(app, "/new")
    await app.until(lambda: "temporary" not in app.header.settings)
    temporary = [each for each in app.workspace.open_conversations if each.is_temporary]
    assert [each.session.conversation.title for each in temporary] == ["secret"]
    await app.close()
    with store_in(program.data) as store:
        assert store.search("secret", 10) == ()


async def test_each_command_is_done_before_the_next_one_runs(app: RunningApp, work_folder: Path) -> None:
    await run_command(app, "/temp")
    await app.until(lambda: "temporary" in app.header.settings)
    await app.ask_and_wait("first")
    for text in ("/keep", "/pin", "/title Better", "/export", "/new", "second"):
        for character in text:
            key = {"/": "slash", " ": "space"}.get(character, character)
            app.prompt.post_message(events.Key(key, character))
        # Without the space, a completion would be accepted and not run.
        app.prompt.post_message(events.Key("enter", None))
    await app.until(lambda: app.messages == ["second", "second"])
    await app.answered()

    listed = await app.runtime.conversations.call(lambda store: store.recent(9))
    assert {(each.title, each.is_pinned) for each in listed} == {("Better", True), ("second", False)}
    assert "# Better" in await asyncio.to_thread((work_folder / "better.md").read_text)


async def test_queue_names_the_model_of_a_queued_prompt(app: RunningApp) -> None:
    await run_command(app, "/model lorem-200-20")
    await app.until(lambda: app.header.model == "lorem-200-20")
    await app.ask("first")
    await app.until(lambda: app.is_running)
    await app.ask("second")
    await app.until(lambda: "Queued: second" in app.composer_note)
    await run_command(app, "/model echo")
    await app.until(lambda: "Queued for lorem-200-20: second" in app.composer_note)
    assert app.header.model == "echo"
    # Taken back, it is sent with what holds then.
    await app.press("up")
    assert app.prompt.text == "second"
    assert "Queued" not in app.composer_note


async def test_demo_model_that_is_not_listed_can_be_named(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(RecordingServer())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("/model demo/lorem-30-50")
    await app.until(lambda: (app.header.provider, app.session.model) == ("demo", "lorem-30-50"))
    await app.ask("/model lorem-40-50")
    await app.until(lambda: app.session.model == "lorem-40-50")


async def test_command_without_its_message_says_that_there_is_none(app: RunningApp) -> None:
    for typed, notice in (("/fork", "Nothing to fork yet."), ("/continue", "Nothing to continue yet.")):
        await run_command(app, typed)
        await app.until(partial(app.has_notice, notice))
    await app.press("f5")
    await app.until(partial(app.has_notice, "Nothing to regenerate yet."))
