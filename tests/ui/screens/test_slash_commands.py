"""What is written with a slash is done."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import TextArea

from tests.fault_server import StartServer
from tests.program import Program
from tests.store.factories import store_in
from tests.ui.running import RunningApp, StartApp
from tests.ui.screens.test_writing import Listening
from tui.ui.screens.conversation_settings import ConversationSettingsScreen
from tui.ui.screens.search import SearchScreen


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def order(app: RunningApp, written: str) -> None:
    """Write a command and have it done, whatever is offered meanwhile."""
    app.prompt.replace_text(written)
    await app.pilot.pause()
    app.prompt.close_completions()
    await app.press("enter")


def said(app: RunningApp, words: str) -> bool:
    return any(words in notice for notice in app.notices)


class Requests(Listening):
    """Remembers whole requests."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, connection: Any) -> None:
        if connection.request.target.endswith("/chat"):
            self.asked.append(connection.request.json)
        await super().__call__(connection)


async def test_set_option_is_sent_shown_and_kept_after_restart(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    requests = Requests()
    server = await start_server(requests)
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, "/set temperature=0.2")
    await app.until(lambda: "temperature=0.2" in app.status.settings)
    await app.ask("hi")
    await app.answered()
    await order(app, "/set num_ctx=4096")
    await app.until(lambda: "num_ctx=4096" in app.status.settings)
    await app.close()
    app = await start_app(resume=True)
    assert "temperature=0.2" in app.status.settings
    await app.ask("again")
    await app.answered()
    await order(app, "/unset temperature")
    await app.until(lambda: "temperature" not in app.status.settings)
    await app.close()
    assert [asked["options"] for asked in requests.asked] == [
        {"temperature": 0.2},
        {"temperature": 0.2, "num_ctx": 4096},
    ]


async def test_invalid_command_is_explained_and_restored(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    for written, words in (
        ("/modle x", "no command /modle"),
        ("/set top_p=7", "top_p cannot be 7"),
        ("/unset seed", "seed is not set"),
        ("/provider none", "There is no provider none"),
        ("/model nope", "server has no nope"),
        ("/model lla", "2 models of server match lla"),
        ("/system pirat", "No saved prompt named pirat"),
        ("/attach none.txt", "none.txt cannot be read"),
        ("/export x.md", "Nothing to export"),
        ("/title x", "Nothing to rename"),
    ):
        await order(app, written)
        await app.until(partial(said, app, words))
        assert app.prompt.text == written
        app.prompt.replace_text("")


async def test_unknown_option_is_sent_with_a_suggestion(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, "/set temprature=0.2")
    await app.until(lambda: said(app, "Did you mean temperature?"))
    assert "temprature=0.2" in app.status.settings


async def test_model_is_chosen_by_an_unambiguous_part_of_its_name(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, "/model qw")
    await app.until(lambda: app.status.model == "qwen")


async def test_provider_is_chosen_by_name(program: Program, start_server: StartServer, start_app: StartApp) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, "/provider demo")
    await app.until(lambda: app.status.provider == "demo")


async def test_system_prompt_is_a_saved_prompt_or_the_given_text(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    (program.config.parent / "prompts").mkdir()
    (program.config.parent / "prompts" / "pirate.md").write_text("You are a pirate.\n")
    requests = Requests()
    server = await start_server(requests)
    program.use_server(server.url)
    app = await start_app(model="m")
    for written in ("/system pirate", "/system Be very brief.", "/unset system"):
        await order(app, written)
        await app.pilot.pause()
        await app.ask("hi")
        await app.answered()
    await app.close()
    firsts = [asked["messages"][0] for asked in requests.asked]
    assert firsts == [
        {"role": "system", "content": "You are a pirate."},
        {"role": "system", "content": "Be very brief."},
        {"role": "user", "content": "hi"},
    ]


async def test_title_command_renames_the_conversation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.answered()
    await order(app, "/title My   notes")
    await app.until(lambda: any("My notes" in str(option.prompt) for option in app.sidebar.areas[1].options))
    assert app.session is not None
    assert app.session.conversation.title == "My notes"


async def test_export_writes_a_new_file_in_the_format_of_its_name(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.answered()
    await order(app, "/export")
    await app.until(lambda: said(app, "Exported to hi.md"))
    await order(app, "/export")
    await app.until(lambda: said(app, "Exported to hi-2.md"))
    await order(app, "/export all.json")
    await app.until(lambda: said(app, "Exported to all.json"))
    await order(app, "/export all.json")
    await app.until(lambda: said(app, "all.json already exists"))
    app.prompt.replace_text("")
    await order(app, "/export all.pdf")
    await app.until(lambda: said(app, "Unknown export format"))
    await app.close()
    assert "Seen." in (in_a_folder / "hi.md").read_text()
    assert [said["content"] for said in json.loads((in_a_folder / "all.json").read_text())["messages"]] == [
        "hi",
        "Seen.",
    ]


async def test_attach_command_mentions_the_file(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    (in_a_folder / "my notes.txt").write_text("x")
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, '/attach "my notes.txt"')
    await app.until(lambda: app.prompt.text == '@"my notes.txt" ')


async def test_search_command_opens_the_search(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hi")
    await app.answered()
    await order(app, "/search Seen")
    await app.until(lambda: isinstance(app.screen, SearchScreen))
    await app.press("escape")


async def test_double_slash_sends_a_literal_slash(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    listening = Listening()
    server = await start_server(listening)
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, "//help me")
    await app.answered()
    await app.close()
    assert listening.prompts[-1]["content"] == "/help me"


async def test_settings_screen_edits_system_prompt_and_options(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    (program.config.parent / "prompts").mkdir()
    (program.config.parent / "prompts" / "pirate.md").write_text("You are a pirate.\n")
    requests = Requests()
    server = await start_server(requests)
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
    await app.until(lambda: app.status.settings == "own system prompt · seed=1 · temprature=1")
    await app.ask("hi")
    await app.answered()
    await app.close()
    assert requests.asked[-1]["messages"][0]["content"] == "You are a pirate."
    assert requests.asked[-1]["options"] == {"seed": 1, "temprature": 1}


async def test_unsaved_conversation_settings_ask_for_confirmation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m", size=(80, 24))
    await app.press("alt+s")
    await app.until(lambda: isinstance(app.screen, ConversationSettingsScreen))
    await app.press("x", "escape")
    await app.until(lambda: "Unsaved changes" in str(app.screen.query_one("#message").render()))
    await app.press("escape")
    await app.until(lambda: not isinstance(app.screen, ConversationSettingsScreen))
    assert app.status.settings == ""
    # Saved as it was, nothing is chosen.
    await app.press("alt+s")
    await app.until(lambda: isinstance(app.screen, ConversationSettingsScreen))
    await app.press("ctrl+s")
    await app.until(lambda: not isinstance(app.screen, ConversationSettingsScreen))
    assert app.status.settings == ""


async def test_import_reports_imported_and_skipped_items(
    program: Program, in_a_folder: Path, start_server: StartServer, start_app: StartApp
) -> None:
    said_ = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["About mice"]}}}
    tool = {"parent": "q", "message": {"author": {"role": "tool"}, "content": {}}}
    (in_a_folder / "all.json").write_text(json.dumps([{"id": "x", "mapping": {"q": said_, "t": tool}}]))
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await order(app, "/import all.json")
    await app.until(lambda: said(app, "1 imported"))
    assert said(app, "Not imported: 1 × tool message")
    await app.until(lambda: any("About mice" in str(option.prompt) for option in app.sidebar.areas[1].options))
    await order(app, "/import none.json")
    await app.until(lambda: said(app, "none.json cannot be read"))


async def test_prompt_typed_right_after_a_command_runs_after_it(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(Listening())
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("kept")
    await app.answered()
    for text in ("/temp", "secret"):
        for character in text:
            app.prompt.post_message(events.Key("slash" if character == "/" else character, character))
        app.prompt.post_message(events.Key("enter", None))
    await app.until(lambda: "secret" in app.log.text and "Seen." in app.log.text)
    assert "kept" not in app.log.text
    await app.answered()
    await order(app, "/new")
    await app.until(lambda: "secret" not in app.log.text)
    await order(app, "/temp")
    await app.until(lambda: "temporary" in app.status.settings)
    # One in which nothing was said is not kept at hand either.
    await order(app, "/new")
    await app.until(lambda: "temporary" not in app.status.settings)
    held = [each for each in app.workspace.open_conversations if each.is_temporary]
    assert [each.session.conversation.title for each in held] == ["secret"]
    await app.close()
    with store_in(program.data) as store:
        assert store.search("secret", 10) == ()
