"""Every request that a start, doing nothing, and the dialogs about providers make.

None may load or wake a model, and none may go to another machine.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fault_server import FaultServer, StartServer
from tests.ui.model_servers import LLAMA_CPP, LM_STUDIO, OLLAMA, VLLM, serving
from tests.ui.running import StartApp
from tui.config import settings
from tui.providers.network import happy_eyeballs
from tui.ui.screens.find_servers import FindServersScreen
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.screens.providers import ProvidersScreen
from tui.workspace import events as happened

IDLE_S = 1.5
"""How long nothing is done. Whatever is asked regularly is asked at least once a second."""


def asked(server: FaultServer, first: int = 0) -> list[str]:
    """The requests so far, each once.

    Args:
        server: The server.
        first: How many earlier requests to leave out.
    """
    return sorted({f"{request.method} {request.target}" for request in server.requests[first:]})


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that connections were opened to."""
    hosts: list[str] = []
    connect = happy_eyeballs._connect

    async def record(address: Any, read_bytes: int) -> Any:
        hosts.append(address[1][0])
        return await connect(address, read_bytes)

    monkeypatch.setattr(happy_eyeballs, "_connect", record)
    return hosts


async def test_no_request_wakes_a_model_or_reaches_another_machine(
    start_app: StartApp, start_server: StartServer, monkeypatch: pytest.MonkeyPatch, reached: list[str]
) -> None:
    ollama, lm_studio, llama_cpp, vllm = [
        await start_server(serving(answers)) for answers in (OLLAMA, LM_STUDIO, LLAMA_CPP, VLLM)
    ]
    servers = (ollama, lm_studio, llama_cpp, vllm)
    for name, server in (("ollama", ollama), ("lmstudio", lm_studio)):
        monkeypatch.setitem(settings.BUILT_IN, name, {"type": name, "base_url": server.url})
    monkeypatch.setattr("tui.providers.discovery.LOCAL_PORTS", tuple(server.port for server in servers))
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, "sk-secret")

    # A start without a config file.
    app = await start_app()
    ended: list[happened.ServersFound] = []
    app.chat.parts.events.subscribe(happened.ServersFound, ended.append)
    await app.until(lambda: app.chat.parts.provider_editor.found and app.session.model)
    assert asked(ollama) == [
        "GET /api/extra/version",
        "GET /api/ps",
        "GET /api/tags",
        "GET /api/version",
        "GET /v1/models",
    ]
    assert asked(lm_studio) == ["GET /api/v1/models", "GET /v1/models"]
    assert asked(llama_cpp) == ["GET /props", "GET /v1/models"]
    assert asked(vllm) == ["GET /v1/models", "GET /version"]

    # Doing nothing.
    before = [len(server.requests) for server in servers]
    await app.pilot.pause(IDLE_S)
    assert [len(server.requests) for server in servers] == before

    # The list of providers asks nothing by itself.
    await app.type("/providers")
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, ProvidersScreen))
    await app.pilot.pause(IDLE_S)
    assert [len(server.requests) for server in servers] == before
    await app.press("alt+t")
    await app.until(lambda: ollama.requests[before[0] :])
    await app.press("escape")

    # The search asks again what the start asked.
    seen = [asked(server) for server in servers]
    ended.clear()
    await app.type("/servers")
    await app.press("enter")
    await app.until(lambda: isinstance(app.screen, FindServersScreen) and ended)
    await app.press("escape")
    assert [asked(server) for server in servers] == seen

    requests = [request for server in servers for request in server.requests]
    assert {request.method for request in requests} == {"GET"}
    assert not any("?" in request.target for request in requests), "a GET with a model in its query loads it"
    assert not any("authorization" in request.headers for request in requests)

    # The picker lists all models again, and asks for the details that Ollama's list lacks. That loads no model.
    before = [len(server.requests) for server in servers]
    await app.press("f4")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and ollama.requests[-1].target == "/api/show")
    await app.pilot.pause(IDLE_S)
    assert asked(ollama, before[0]) == ["GET /api/ps", "GET /api/tags", "POST /api/show"]
    assert asked(lm_studio, before[1]) == ["GET /api/v1/models"]
    shown = [request.json for request in ollama.requests if request.target == "/api/show"]
    assert shown == [{"model": "llama3.2"}]

    # Behind it nothing more is asked.
    await app.press("escape")
    await app.until(lambda: app.screen is app.chat)
    before = [len(server.requests) for server in servers]
    await app.pilot.pause(IDLE_S)
    assert [len(server.requests) for server in servers] == before
    assert set(reached) <= {"127.0.0.1", "::1"}
