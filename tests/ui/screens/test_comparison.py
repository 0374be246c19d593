"""Comparing answers of several models, and regenerating with another model."""

from __future__ import annotations

import asyncio
import json

import pytest
from textual.widgets import Input, Static

from tests.fault_server import JSON, Connection, FaultServer, StartServer, eventually, hangs_after, replies
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.compare import CompareScreen, PromptCard
from tui.ui.screens.compare_prompt import ComparePromptScreen
from tui.ui.screens.help import HelpScreen
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.widgets.dialog_frame import KeyLine

VERSION = replies(200, b'{"version":"1"}', JSON)


class TwoModelServer:
    """A server with two models that answer with their names. Each pauses in its answer until its event is set."""

    def __init__(self, *names: str, remote: str = "") -> None:
        self.resume = {name: asyncio.Event() for name in names or ("tall", "small")}
        self.remote = remote
        """The model that answers on another machine. Empty for none."""

    async def __call__(self, connection: Connection) -> None:
        target = connection.request.target
        if target.endswith("/tags"):
            rows = [
                {"name": name, "model": name} | ({"remote_host": "https://ollama.com"} if name == self.remote else {})
                for name in self.resume
            ]
            await replies(200, json.dumps({"models": rows}).encode(), JSON)(connection)
        elif target.endswith("/chat"):
            model = connection.request.json["model"]
            await connection.head(200)
            await connection.body(json.dumps({"message": {"content": f"I am {model}"}}).encode() + b"\n")
            await self.resume[model].wait()
            await connection.body(b'{"message":{"content":", done"},"done":true,"done_reason":"stop"}\n')
            await connection.end()
        else:
            await VERSION(connection)

    def resume_all(self) -> None:
        """Let all answers finish."""
        for event in self.resume.values():
            event.set()


def compare_screen(app: RunningApp) -> CompareScreen:
    screen = app.screen
    assert isinstance(screen, CompareScreen)
    return screen


def column_texts(app: RunningApp) -> list[str]:
    return [column.log_.text for column in compare_screen(app).columns]


async def compare(app: RunningApp) -> None:
    """Compare the answers of both models to the draft."""
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    picker = app.screen
    await app.until(lambda: len(picker.listed) == 2)  # type: ignore[attr-defined]
    # The current model is already marked, and the other one is highlighted.
    await app.press("tab", "enter")
    await app.until(lambda: isinstance(app.screen, CompareScreen))


async def start_comparison(program: Program, server: FaultServer, start_app: StartApp) -> RunningApp:
    """Ask both models of a `TwoModelServer`, and wait until both answers have begun."""
    program.use_server(server.url, more="parallel = 2")
    app = await start_app(model="tall")
    await app.until(lambda: app.header.model == "tall")
    await app.type("hello")
    await compare(app)
    await app.until(lambda: all("I am" in text for text in column_texts(app)))
    return app


async def test_figures_are_shown_below_answers_that_have_ended(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    app = await start_comparison(program, await start_server(models), start_app)
    first, second = compare_screen(app).columns
    models.resume["tall"].set()
    await app.until(lambda: first.query_one("#figures").display)
    assert "first" in str(first.query_one("#figures", Static).render())
    assert not second.query_one("#figures").display
    models.resume_all()
    await app.until(lambda: second.query_one("#figures").display)


async def test_chosen_answer_continues_the_conversation(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    server = await start_server(models)
    program.use_server(server.url, more="parallel = 2")
    app = await start_app(model="tall")
    await app.until(lambda: app.header.model == "tall")
    await app.type("who are you?")
    await compare(app)
    await app.until(lambda: ["I am tall" in column_texts(app)[0], "I am small" in column_texts(app)[1]] == [True, True])
    assert app.prompt.text == ""
    models.resume_all()
    await app.until(lambda: all(", done" in text for text in column_texts(app)))
    # The first column is selected at first, and the last one is followed by it.
    await app.press("right", "right", "right", "enter")
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: app.header.model == "small")
    assert "I am small, done" in app.log.text
    assert "2/2" in app.log.text
    # The other answer is another version.
    app.log.focus()
    await app.press("left")
    await app.until(lambda: "I am tall, done" in app.log.text)
    await app.press("right")
    await app.until(lambda: "I am small, done" in app.log.text)
    await app.press("escape")
    await app.ask_and_wait("go on")
    request = [r for r in server.requests if r.target.endswith("/chat")][-1].json
    assert [m["content"] for m in request["messages"]] == ["who are you?", "I am small, done", "go on"]
    assert request["model"] == "small"
    await app.close()
    app = await start_app(resume=True)
    assert "I am small, done" in app.log.text
    assert "2/2" in app.log.text


async def test_comparison_without_a_draft_uses_the_last_prompt(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    models.resume_all()
    server = await start_server(models)
    program.use_server(server.url)
    app = await start_app(model="tall")
    await app.until(lambda: app.header.model == "tall")
    await app.ask_and_wait("hello")
    await compare(app)
    await app.until(lambda: all(", done" in text for text in column_texts(app)))
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    # No answer was chosen: the first is shown, and all three are saved.
    assert "I am tall, done" in app.log.text
    assert "2/3" in app.log.text


async def test_s_stops_the_selected_answer_and_escape_the_others(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    server = await start_server(models)
    app = await start_comparison(program, server, start_app)
    await app.press("s")
    await app.until(lambda: "Stopped" in column_texts(app)[0])
    assert "Stopped" not in column_texts(app)[1]
    await app.press("escape")
    await app.until(lambda: "Stopped" in column_texts(app)[1])
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: "I am tall" in app.log.text)


async def test_answer_chosen_while_streaming_continues_in_the_chat(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    server = await start_server(models)
    app = await start_comparison(program, server, start_app)
    await app.press("2")
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: "I am small" in app.log.text)
    stopped = next(r for r in server.requests if r.target.endswith("/chat") and r.json["model"] == "tall")
    await eventually(stopped.disconnected.is_set)
    assert app.is_running
    models.resume_all()
    await app.until(lambda: "I am small, done" in app.log.text)
    await app.answered()
    assert "2/2" in app.log.text


async def test_quitting_during_a_comparison_saves_all_answers(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    server = await start_server(models)
    app = await start_comparison(program, server, start_app)
    await app.press("ctrl+q")
    await app.close()
    app = await start_app(resume=True)
    await app.until(lambda: "/2" in app.log.text)
    conversation = app.session.conversation
    assert sorted(m.content for m in conversation.messages.values()) == ["I am small", "I am tall", "hello"]


@pytest.mark.parametrize(("columns", "shown"), [(80, 2), (60, 1)])
async def test_columns_fit_on_a_small_terminal(
    program: Program, demo: DemoServer, columns: int, shown: int, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(columns, 24))
    await app.type("hello there")
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.until(lambda: len(app.screen.listed) > 3)  # type: ignore[attr-defined]
    await app.press("tab", "enter")
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.until(lambda: "hello there" in column_texts(app)[0])
    assert sum(column.display for column in compare_screen(app).columns) == shown
    assert all(column.size.width >= 36 for column in compare_screen(app).columns if column.display)


async def test_comparison_says_that_it_has_no_tools(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    models.resume_all()
    server = await start_server(models)
    program.use_server(server.url, more='parallel = 2\n[mcp.lab]\nurl = "http://127.0.0.1:9/mcp"')
    app = await start_app(model="tall")
    await app.type("hello")
    await compare(app)

    assert "2 models · without tools" in str(app.screen.query_one("#title", Static).render())
    assert not any("tools" in request.json for request in server.requests if request.target.endswith("/chat"))


async def test_regenerating_with_another_model_switches_to_it(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    models.resume_all()
    server = await start_server(models)
    program.use_server(server.url)
    app = await start_app(model="tall")
    await app.until(lambda: app.header.model == "tall")
    await app.ask_and_wait("hello")
    await app.press("alt+r")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.until(lambda: len(app.screen.listed) == 2)  # type: ignore[attr-defined]
    await app.press(*"small", "enter")
    await app.until(lambda: "I am small, done" in app.log.text)
    await app.answered()
    assert "2/2" in app.log.text
    assert app.header.model == "small"


async def test_column_of_a_model_that_leaves_this_machine_is_marked(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer("tall", "small-cloud", remote="small-cloud")
    models.resume_all()
    server = await start_server(models)
    program.use_server(server.url)
    app = await start_app(model="tall")
    await app.until(lambda: app.header.model == "tall")
    await app.type("hello")
    await compare(app)
    titles = [str(column.query(Static).first().render()) for column in compare_screen(app).columns]
    assert ["↗" in title for title in titles] == [False, True]


async def test_comparison_is_refused_while_an_answer_streams(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(b'{"message":{"content":"Hel"}}\n'))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("hello")
    await app.until(lambda: "Hel" in app.log.text)
    for key in ("f9", "alt+r"):
        app.notices.clear()
        await app.press(key)
        await app.until(lambda: app.has_notice("still streaming"))
        assert app.screen is app.chat


async def test_comparison_without_any_prompt_asks_for_one(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    models.resume_all()
    server = await start_server(models)
    program.use_server(server.url)
    app = await start_app(model="tall")
    await app.until(lambda: app.header.model == "tall")
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ComparePromptScreen))
    # An empty prompt is not sent.
    await app.press("space", "enter")
    assert isinstance(app.screen, ComparePromptScreen)
    await app.type("who are you?")
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.until(lambda: len(app.screen.listed) == 2)  # type: ignore[attr-defined]
    await app.press("tab", "enter")
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.until(lambda: all(", done" in text for text in column_texts(app)))
    assert "who are you?" in compare_screen(app).query_one(PromptCard).text


async def test_prompt_stays_as_draft_when_no_models_are_chosen(app: RunningApp) -> None:
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ComparePromptScreen))
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    assert app.prompt.text == ""
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ComparePromptScreen))
    await app.type("who?")
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    assert app.prompt.text == "who?"


async def test_c_copies_the_selected_answer_while_it_streams_too(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    server = await start_server(models)
    app = await start_comparison(program, server, start_app)
    await app.press("right", "c")
    await app.until(lambda: app.clipboard == "I am small")
    models.resume_all()
    await app.until(lambda: all(", done" in text for text in column_texts(app)))
    await app.press("left", "c")
    await app.until(lambda: app.clipboard == "I am tall, done")
    await app.until(lambda: app.has_notice("Copied the answer of tall"))
    assert isinstance(app.screen, CompareScreen)


async def test_columns_that_do_not_fit_are_shown_when_they_are_selected(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(80, 24))
    await app.type("hello")
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.until(lambda: len(app.screen.listed) > 3)  # type: ignore[attr-defined]
    for name in ("guide", "think"):
        app.screen.query_one(Input).value = name
        await app.pilot.pause()
        await app.press("tab")
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    columns = compare_screen(app).columns
    assert len(columns) == 3
    title = compare_screen(app).query_one("#title", Static)
    shown = []
    for key in ("right", "right", "left", "left"):
        shown.append((str(title.render()).split("   ")[-1].strip(), [column.display for column in columns]))
        await app.press(key)
    assert shown == [
        ("1–2 of 3 models", [True, True, False]),
        ("1–2 of 3 models", [True, True, False]),
        ("2–3 of 3 models", [False, True, True]),
        ("2–3 of 3 models", [False, True, True]),
    ]


async def test_prompt_stands_once_above_the_answers(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(TwoModelServer())
    app = await start_comparison(program, server, start_app)
    screen = compare_screen(app)
    assert "hello" in screen.query_one(PromptCard).text
    assert screen.query_one(PromptCard).region.bottom <= screen.columns[0].region.y
    for text in column_texts(app):
        assert text.startswith("I am")
    line = screen.query_one(KeyLine)
    await app.until(lambda: [hint.word for hint in line.hints][-2:] == ["stop all", "help"])
    await app.press("f1")
    await app.until(lambda: isinstance(app.screen, HelpScreen))
    await app.press("escape")
    await app.until(lambda: app.screen is screen)


async def test_failed_answer_says_what_to_press(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    models = TwoModelServer()
    server = await start_server(models)
    app = await start_comparison(program, server, start_app)
    await app.press("right", "s")
    await app.until(lambda: "Enter Use this answer" in column_texts(app)[1])
    log = compare_screen(app).columns[1].log_
    row = next(y for y in range(log.size.height) if "Use this" in log.render_line(y).text)
    await app.pilot.click(log, offset=(log.render_line(row).text.index("Use"), row))
    await app.until(lambda: app.screen is app.chat)
    assert app.header.model == "small"


async def test_thinking_time_is_known_after_a_comparison(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="think")
    await app.type("hello")
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.until(lambda: len(app.screen.listed) > 3)  # type: ignore[attr-defined]
    app.screen.query_one(Input).value = "echo"
    await app.pilot.pause()
    await app.press("tab", "enter")
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.until(lambda: "Thought for" in column_texts(app)[0])
    await app.press("enter")
    await app.until(lambda: app.screen is app.chat)
    assert "Thought for" in app.log.text
