"""Tools of a conversation after the program was started again."""

from __future__ import annotations

from pathlib import Path

from tests.fault_server import StartServer
from tests.program import Program
from tests.ui.running import StartApp
from tests.ui.tool_app import Calls, ToolModel, config
from tui.chat.message import ChatMessage

ECHO: Calls = [("echo", {"text": "hello"})]
CHANGED_ECHO: Calls = [("echo", {"text": "hello", "path": "/"})]
HAS_CHANGED = "▲ Its server has changed this tool since you allowed it."


def approvals(path: tuple[ChatMessage, ...]) -> list[str]:
    return [message.tool.approval for message in path if message.tool is not None]


async def test_reopened_conversation_keeps_its_tools_and_approvals(
    program: Program, start_server: StartServer, start_app: StartApp, tmp_path: Path
) -> None:
    model = ToolModel(ECHO)
    url = (await start_server(model)).url
    program.configure(config(url, tmp_path))
    app = await start_app(model="m")
    await app.ask("go")
    await app.until(app.log.calls.asking)
    await app.press("tab", "a")
    await app.answered()
    app.workspace.tools.switch_tool(app.current, "test.add", on=False)
    await app.close()

    model.steps = [ECHO]
    app = await start_app(model="m", resume=True)
    await app.ask_and_wait("again")
    assert approvals(app.session.conversation.path) == ["conversation", "conversation"]
    assert "add" not in [tool["function"]["name"] for tool in model.requests[-1]["tools"]]
    app.workspace.tools.switch_server(app.current, "test", on=False)
    await app.close()

    app = await start_app(model="m", resume=True)
    assert app.header.tools == "tools off"


async def test_tool_that_changed_meanwhile_asks_again(
    program: Program, start_server: StartServer, start_app: StartApp, tmp_path: Path
) -> None:
    model = ToolModel(ECHO)
    url = (await start_server(model)).url
    program.configure(config(url, tmp_path, allow=["echo"]))
    app = await start_app(model="m")
    await app.ask_and_wait("go")
    assert approvals(app.session.conversation.path) == ["config"]
    await app.close()

    program.configure(config(url, tmp_path, allow=["echo"], faults="changed"))
    model.steps = [CHANGED_ECHO]
    app = await start_app(model="m")
    await app.ask("go")
    await app.until(app.log.calls.asking)
    assert HAS_CHANGED in app.log.text
    await app.press("tab", "A")
    await app.answered()
    await app.close()

    model.steps = [CHANGED_ECHO]
    app = await start_app(model="m")
    await app.ask_and_wait("go")
    assert approvals(app.session.conversation.path) == ["config"]
