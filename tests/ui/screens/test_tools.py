"""The list of tools, the import of an mcp.json, and the questions of tool servers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Static

from tests.fault_server import StartServer
from tests.loading import loaded_by
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tests.ui.tool_app import STDIO_SERVER, ToolModel, use_tools
from tui.chat.elicitation_form import FormField, form_fields, parse_value
from tui.config.load import load
from tui.ui.widgets.completions import Completions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "tool server"
    found.mkdir()
    return found


@pytest.fixture
def model() -> ToolModel:
    return ToolModel()


@pytest.fixture
async def app(
    program: Program, start_server: StartServer, start_app: StartApp, folder: Path, model: ToolModel
) -> RunningApp:
    await use_tools(program, start_server, model, folder)
    return await start_app(model="m")


def rows(app: RunningApp) -> list[str]:
    """The rows of the list of tools."""
    return [str(option.prompt).strip() for option in app.screen.query_one(OptionList).options]


def message(app: RunningApp) -> str:
    return str(app.screen.query_one("#message", Static).render())


async def open_list(app: RunningApp) -> None:
    await app.ask("/tools")
    await app.until(lambda: bool(app.screen.query(OptionList)))


def test_screen_is_imported_without_tool_servers() -> None:
    loaded = loaded_by("import tui.ui.app, tui.ui.screens.chat")

    assert not {name for name in loaded if name.split(".")[0] in ("mcp", "jsonschema") or "tui.tools" in name}
    assert not loaded & {
        "tui.chat.visible_text",
        "tui.session.approvals",
        "tui.session.tool_loop",
        "tui.ui.log.tool_card",
        "tui.ui.screens.elicitation",
        "tui.ui.screens.tools",
        "tui.workspace.server_prompts",
    }


async def test_nothing_of_tools_is_imported_or_started_before_a_prompt(app: RunningApp, folder: Path) -> None:
    assert "tool_servers" not in vars(app.runtime)
    assert app.header.tools == "1 tool server"
    assert not (folder / "record").exists()


async def test_list_starts_nothing(app: RunningApp, folder: Path) -> None:
    await open_list(app)

    assert rows(app) == ["[x] test  ◌ not started"]
    assert not (folder / "record").exists()


async def test_header_counts_tools_after_first_prompt(app: RunningApp) -> None:
    await app.ask_and_wait("hi")

    assert app.header.tools == "15 tools"


async def test_click_on_header_opens_list(app: RunningApp) -> None:
    x = next(part.start for part in app.header._parts if part.command == "tools")
    await app.pilot.click(app.header, offset=(x + 1, 0))

    await app.until(lambda: bool(app.screen.query(OptionList)))


async def test_restart_starts_server_and_lists_tools(app: RunningApp, folder: Path) -> None:
    await open_list(app)
    await app.press("alt+r")
    await app.until(lambda: len(rows(app)) == 16)

    assert rows(app)[0] == "[x] test  ● up · 15 tools"
    assert rows(app)[1] == "[x] echo  reads only  The tool echo."


async def test_server_that_is_off_is_not_offered(app: RunningApp, model: ToolModel, folder: Path) -> None:
    await open_list(app)
    await app.press("enter")
    assert rows(app) == ["[ ] test  ◌ not started"]
    await app.press("escape")
    assert app.header.tools == "tools off"
    await app.ask_and_wait("hi")

    assert not model.requests[-1].get("tools")
    assert not (folder / "record").exists()


async def test_choice_is_for_one_conversation(app: RunningApp) -> None:
    await open_list(app)
    await app.press("enter", "escape")
    await app.ask_and_wait("hi")
    first = app.current.id
    await app.press("ctrl+n")
    assert app.header.tools == "1 tool server"
    await app.workspace.open(first)

    assert app.header.tools == "tools off"


async def test_tool_that_is_off_is_not_offered(app: RunningApp, model: ToolModel) -> None:
    await app.ask_and_wait("hi")
    await open_list(app)
    await app.until(lambda: len(rows(app)) == 16)
    await app.press("down", "enter", "escape")
    assert app.header.tools == "14 tools"
    await app.ask_and_wait("again")

    names = [tool["function"]["name"] for tool in model.requests[-1]["tools"]]
    assert len(names) == 14
    assert "echo" not in names


async def test_allowed_tool_can_ask_again(app: RunningApp, model: ToolModel) -> None:
    model.steps.append([("echo", {"text": "one"})])
    await app.ask("go")
    await app.until(app.log.calls.asking)
    await app.press("tab", "A")
    await app.answered()
    await open_list(app)
    await app.until(lambda: len(rows(app)) == 16)
    assert rows(app)[1].startswith("[x] echo  runs without asking, reads only")
    await app.press("down", "alt+a")
    await app.until(lambda: message(app) == "test.echo asks before it runs.")
    await app.press("escape")

    assert load(app.runtime.loaded.path, {}).settings.mcp["test"].allow == ()
    model.steps.append([("echo", {"text": "two"})])
    await app.ask("again")
    await app.until(app.log.calls.asking)


async def test_server_that_cannot_start_shows_reason_and_log(
    program: Program, start_server: StartServer, start_app: StartApp, folder: Path
) -> None:
    await use_tools(program, start_server, ToolModel(), folder, faults="exit")
    app = await start_app(model="m")
    await open_list(app)
    await app.press("alt+r")
    await app.until(lambda: "failed" in rows(app)[0])

    details = str(app.screen.query_one("#details", Static).render())
    assert "license" in details
    assert "Log: " in details
    assert message(app)


async def test_import_adds_servers_to_config(app: RunningApp, program: Program, tmp_path: Path, folder: Path) -> None:
    server = {"command": sys.executable, "args": ["-I", str(STDIO_SERVER), str(folder)]}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"other one": server}}))
    await app.ask(f"/tools {tmp_path / 'mcp.json'}")
    await app.until(lambda: app.has_notice("Imported: other-one."))

    assert list(load(program.config, {}).settings.mcp) == ["test", "other-one"]
    await open_list(app)
    assert [row.split()[1] for row in rows(app)] == ["test", "other-one"]
    assert not (folder / "record").exists()


async def test_import_from_list(app: RunningApp, program: Program, tmp_path: Path) -> None:
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"web": {"url": "http://127.0.0.1:9/mcp"}}}')
    await open_list(app)
    await app.press("alt+i")
    await app.type(str(tmp_path / "mcp.json"))
    await app.press("enter")
    await app.until(lambda: len(rows(app)) == 2)

    assert message(app) == "Imported: web."


async def test_file_that_cannot_be_imported_says_why(app: RunningApp, tmp_path: Path) -> None:
    await app.ask(f"/tools {tmp_path / 'none.json'}")

    await app.until(lambda: app.has_notice("Cannot read"))


async def test_list_without_servers_says_what_to_do(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(ToolModel())
    program.use_server(server.url)
    app = await start_app(model="m")
    assert app.header.tools == ""
    await open_list(app)

    assert message(app).startswith("No tool server is configured.")
    assert "tool_servers" not in vars(app.runtime)


# Questions of servers.


async def ask_user(app: RunningApp, model: ToolModel) -> None:
    """Let the tool server ask the user, and go to its card."""
    model.steps.append([("ask", {})])
    await app.ask("go")
    await app.until(app.log.calls.asking)
    await app.press("tab", "y")
    await app.until(lambda: "ƒ test  asks you" in app.log.text)


async def test_server_gets_answer_of_form(app: RunningApp, model: ToolModel) -> None:
    await ask_user(app, model)
    assert "Your name?" in app.log.text
    assert "y answer   n decline" in app.log.text
    await app.press("tab", "y")
    await app.until(lambda: bool(app.screen.query(Input)))
    await app.type("Ada")
    await app.press("enter")
    await app.answered()

    assert json.loads(model.results[-1]) == {"action": "accept", "content": {"name": "Ada"}}
    assert not app.has_notice("no longer waits")


async def test_question_can_be_declined(app: RunningApp, model: ToolModel) -> None:
    await ask_user(app, model)
    await app.press("tab", "n")
    await app.answered()

    assert json.loads(model.results[-1])["action"] == "decline"


async def test_closed_form_leaves_question_open(app: RunningApp, model: ToolModel) -> None:
    await ask_user(app, model)
    await app.press("tab", "y")
    await app.until(lambda: bool(app.screen.query(Input)))
    await app.press("escape")

    assert app.log.calls.asking()
    await app.press("escape")
    await app.answered()
    assert "stopped" in app.log.text


async def test_form_closes_when_the_call_ends(app: RunningApp, model: ToolModel) -> None:
    await ask_user(app, model)
    await app.press("tab", "y")
    await app.until(lambda: bool(app.screen.query(Input)))
    await app.press("f1")
    await app.workspace.turns.stop_and_wait(app.current)
    await app.press("escape")

    await app.until(lambda: app.screen is app.chat)
    assert app.has_notice("test no longer waits for your answer.")


# Prompts and resources of servers.


async def test_prompt_of_server_is_sent(app: RunningApp, model: ToolModel) -> None:
    await app.ask_and_wait("/test:review main.py and more")

    assert model.requests[-1]["messages"][-1]["content"] == "Review main.py and more."
    assert app.messages[0] == "Review main.py and more."


async def test_prompt_of_server_without_its_argument_says_how_it_is_typed(app: RunningApp) -> None:
    await app.ask("/test:review")
    await app.until(lambda: app.has_notice("Type it like /test:review code=…."))

    assert app.prompt.text == "/test:review"


async def test_unknown_prompt_of_server_suggests_another(app: RunningApp) -> None:
    await app.ask("/test:revew x")

    await app.until(lambda: app.has_notice("Did you mean /test:review?"))


async def test_resource_of_server_is_attached(app: RunningApp, model: ToolModel) -> None:
    model.capabilities.append("vision")
    await app.ask_and_wait("Read @test:test://a.")

    sent = model.requests[-1]["messages"][-1]
    assert sent["content"] == "Read test:test://a.\n\ntest:test://a:\n\n```\ncontent\n[image: test://a]\n```"
    assert len(sent["images"]) == 1


async def test_names_of_prompts_and_resources_are_completed(app: RunningApp) -> None:
    completions = app.chat.query_one(Completions)
    await app.type("/test:re")
    await app.until(lambda: [each.label for each in completions.candidates] == ["/test:review code=…"])
    await app.press("tab")
    assert app.prompt.text == "/test:review "
    await app.press("ctrl+u")
    await app.type("@test:test")

    names = ["test:test://a", "test:test://{name}"]
    await app.until(lambda: [each.label for each in completions.candidates] == names)


def fields(**properties: Any) -> tuple[FormField, ...]:
    return form_fields({"type": "object", "properties": properties, "required": ["a"]})


def test_fields_of_schema() -> None:
    found = fields(
        a={"type": "integer", "title": "Age", "description": "In years."},
        b={"type": "boolean"},
        c={"type": "string", "enum": ["x", "y", 5]},
        d="nonsense",
    )

    assert [(field.label, field.kind, field.is_required, field.choices) for field in found] == [
        ("Age", "integer", True, ()),
        ("b", "boolean", False, ("true", "false")),
        ("c", "choice", False, ("x", "y")),
        ("d", "string", False, ()),
    ]


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"properties": {}, "required": 5}])
def test_schema_without_fields(schema: dict[str, Any]) -> None:
    assert form_fields(schema) == ()


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("integer", "5", 5),
        ("integer", "5.5", None),
        ("number", "5.5", 5.5),
        ("number", "nan", None),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("string", "5", "5"),
    ],
)
def test_typed_value(kind: Any, typed: str, value: object) -> None:
    assert parse_value(FormField("a", "a", "", kind, is_required=True), typed) == value
