"""What providers ask servers besides answers and actions of the user: none of it loads or wakes a model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fake_lmstudio import FakeLMStudio, row
from tests.fake_ollama import FakeOllama
from tests.fault_server import FaultServer, Script
from tests.providers.client import HI, provider_at
from tests.providers.llamacpp_router import LlamaCppRouter
from tui.providers.base import Provider

SHOWN = {"capabilities": ["completion"], "details": {"parameter_size": "8.0B"}}


def ollama() -> Script:
    return FakeOllama(shown={"m": SHOWN}).serve


def lm_studio() -> Script:
    return FakeLMStudio([row("m")]).serve


def router_with(state: str) -> Callable[[], Script]:
    return lambda: LlamaCppRouter(m=state).script


def sleeping_llama_cpp() -> Script:
    router = LlamaCppRouter()
    router.answers["GET", "/v1/models"] = 200, {"data": [{"id": "m", "owned_by": "llamacpp"}]}
    router.answers["GET", "/props"] = 200, {"is_sleeping": True, "build_info": "b1"}
    return router.script


async def ask_everything(provider: Provider) -> None:
    """Ask all that is asked about a model without the user's act."""
    await provider.check()
    await provider.list_models()
    await provider.describe_model("m")
    await provider.context_window("m", {})
    await provider.count_tokens(HI)
    await provider.thinking_problem("m", "off")
    await provider.tools_problem("m")
    await provider.model_manager()


@pytest.mark.parametrize(
    ("kind", "script", "requests"),
    [
        ("ollama", ollama, {"GET /api/version", "GET /api/tags", "GET /api/ps", "POST /api/show"}),
        ("lmstudio", lm_studio, {"GET /api/v1/models"}),
        ("llamacpp", router_with("unloaded"), {"GET /v1/models", "GET /props"}),
        ("llamacpp", router_with("sleeping"), {"GET /v1/models", "GET /props", "GET /props?model=m&autoload=false"}),
        ("llamacpp", router_with("failed"), {"GET /v1/models", "GET /props"}),
        ("llamacpp", sleeping_llama_cpp, {"GET /v1/models", "GET /props"}),
        ("openai", sleeping_llama_cpp, {"GET /v1/models", "GET /props"}),
    ],
)
async def test_questions_about_a_model_do_not_load_or_wake_it(
    kind: str, script: Callable[[], Script], requests: set[str]
) -> None:
    async with FaultServer(script()) as server, provider_at(kind, server) as provider:
        await ask_everything(provider)
    assert {f"{request.method} {request.target}" for request in server.requests} == requests
