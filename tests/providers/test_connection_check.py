"""Which step of using a provider fails, on real sockets."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fault_server import (
    JSON,
    Connection,
    FaultServer,
    Script,
    drops,
    hangs,
    no_leaked_tasks,
    refused_port,
    replies,
)
from tests.providers.network.certificates import make_certificate
from tui.limits import TimeLimits
from tui.providers.connection_check import CheckStep, Outcome, Step, check_connection
from tui.providers.options import ProviderOptions

OPENAI: Mapping[str, Any] = {"/v1/models": {"data": [{"id": "qwen3"}, {"id": "gemma3"}]}}
OLLAMA: Mapping[str, Any] = {
    "/v1/models": {"data": [{"id": "qwen3", "owned_by": "library"}]},
    "/api/version": {"version": "0.40.2"},
    "/api/tags": {"models": [{"name": "qwen3"}]},
    "/api/ps": {"models": []},
}
LLAMA_CPP: Mapping[str, Any] = {"/v1/models": {"data": [{"id": "m", "owned_by": "llamacpp"}]}, "/props": {}}
DOCKER: Mapping[str, Any] = {"/engines/v1/models": {"data": [{"id": "ai/smollm2"}]}}
PAGE = b"<!DOCTYPE html><html><title>Router</title></html>"


def serving(answers: Mapping[str, Any]) -> Script:
    """A server with JSON under some paths, and a web page under all others."""

    async def script(connection: Connection) -> None:
        target = connection.request.target
        if target in answers:
            await replies(200, json.dumps(answers[target]).encode(), JSON)(connection)
        else:
            await replies(404, PAGE, "text/html")(connection)

    return script


async def check(kind: str, base_url: str, **options: Any) -> list[CheckStep]:
    limits = options.pop("limits", TimeLimits(connect=30, first_token=30, idle=30, total=30))
    return [step async for step in check_connection(kind, ProviderOptions("mine", base_url, limits=limits, **options))]


async def failure(kind: str, base_url: str, **options: Any) -> CheckStep:
    """The step that fails. It must be the last one."""
    steps = await check(kind, base_url, **options)
    assert [step.outcome for step in steps[:-1]] == ["passed"] * (len(steps) - 1)
    assert steps[-1].outcome == "failed"
    return steps[-1]


def results(steps: list[CheckStep]) -> list[tuple[Step, Outcome, str]]:
    """The steps without the time that the connection took."""
    return [(step.step, step.outcome, step.title.partition(" in ")[0]) for step in steps]


@pytest.mark.parametrize(
    ("kind", "answers", "label", "models"),
    [("openai", OPENAI, "OpenAI-compatible server", "2 models"), ("ollama", OLLAMA, "Ollama 0.40.2", "1 model")],
)
async def test_server_that_works_passes_every_step(
    kind: str, answers: Mapping[str, Any], label: str, models: str
) -> None:
    async with FaultServer(serving(answers)) as server, no_leaked_tasks():
        steps = await check(kind, server.url)

        assert results(steps) == [("connection", "passed", "Reached"), ("models", "passed", models)]
        assert steps[0].detail == label
        assert steps[1].detail.split(", ")[0] == "qwen3"
        assert {request.method for request in server.requests} == {"GET"}


async def test_invalid_address() -> None:
    found = await failure("openai", "http://a b")
    assert (found.step, found.title) == ("address", "Invalid address")
    assert "http://127.0.0.1:11434" in found.hint


async def test_unknown_name() -> None:
    found = await failure("openai", "http://no-such-host.invalid")
    assert (found.step, found.title) == ("name", "Unknown name")
    assert "the name no-such-host.invalid cannot be resolved" in found.detail
    assert "spelling" in found.hint


@pytest.mark.parametrize(
    ("kind", "start"), [("ollama", "`ollama serve`"), ("llamacpp", "`llama-server"), ("openai", "Start the server, or")]
)
async def test_nothing_listens(kind: str, start: str) -> None:
    with refused_port() as port:
        found = await failure(kind, f"http://127.0.0.1:{port}")
    assert (found.step, found.title) == ("connection", "No connection")
    assert "connection refused" in found.detail
    assert start in found.hint


async def test_nothing_listens_on_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise ConnectionRefusedError

    # No test may depend on another machine: the address is one that documentation uses.
    monkeypatch.setattr("tui.providers.network.happy_eyeballs._connect", refuse, raising=True)
    found = await failure("ollama", "http://192.0.2.1:11434")
    assert found.step == "connection"
    assert "listens on the network" in found.hint


async def test_connection_that_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.providers.connection_check._IDENTIFY_TIMEOUT_S", 0.05)
    async with FaultServer(hangs) as server:
        found = await failure("openai", server.url, lookup_s=0.05)
    assert (found.step, found.title) == ("answer", "No useful answer")


async def test_plain_server_where_tls_was_set() -> None:
    async with FaultServer(replies()) as server:
        url = server.url.replace("http:", "https:")
        found = await failure("openai", url, limits=TimeLimits(connect=0.5))
    assert (found.step, found.title) == ("tls", "No secure connection")
    assert found.hint.startswith("Check the address: the server may expect http:// instead of https://")


async def test_connection_that_closes_at_the_handshake() -> None:
    async with FaultServer(replies(), on_connect=drops) as server:
        found = await failure("openai", server.url.replace("http:", "https:"))
    assert found.step == "tls"


async def test_connection_that_closes_without_a_response() -> None:
    async with FaultServer(drops) as server:
        found = await failure("openai", server.url)
    assert (found.step, found.title) == ("tls", "No answer over http://")
    assert "Or it expects https:// in the address" in found.hint


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    try:
        return make_certificate(tmp_path_factory.mktemp("certificate"))
    except FileNotFoundError:
        pytest.skip("openssl is not installed")


async def test_self_signed_certificate(tls: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    bundle, context = tls
    async with FaultServer(serving(OPENAI), tls=context) as server:
        found = await failure("openai", server.url)
        assert (found.step, found.title) == ("tls", "No secure connection")
        assert "certificate is not trusted" in found.detail
        assert "CA bundle" in found.hint

        for verify in (str(bundle), False):
            assert results(await check("openai", server.url, verify=verify))[-1] == ("models", "passed", "2 models")


async def test_tls_server_where_plain_http_was_set(tls: tuple[Path, ssl.SSLContext]) -> None:
    async with FaultServer(serving(OPENAI), tls=tls[1]) as server:
        found = await failure("openai", server.url.replace("https:", "http:"))
    assert (found.step, found.title) == ("tls", "No answer over http://")
    assert "https://" in found.hint


@pytest.mark.parametrize(
    ("key", "title", "hint"), [(None, "A key is needed", "variable"), ("sk-wrong", "Key refused", "wrong, expired")]
)
async def test_key_is_missing_or_wrong(key: str | None, title: str, hint: str) -> None:
    async with FaultServer(replies(401, b'{"error":{"message":"Bad key sk-wrong"}}')) as server:
        found = await failure("openai", server.url, key=key)
    assert (found.step, found.title) == ("key", title)
    assert hint in found.hint
    assert not key or key not in found.detail


@pytest.mark.parametrize("key", [None, "sk-wrong"])
async def test_key_is_missing_or_wrong_though_the_models_are_public(key: str | None) -> None:
    async def llama_cpp(connection: Connection) -> None:
        status = 401 if connection.request.target == "/props" else 200
        await replies(status, json.dumps(LLAMA_CPP["/v1/models"]).encode(), JSON)(connection)

    async with FaultServer(llama_cpp) as server:
        found = await failure("llamacpp", server.url, key=key)
    assert found.step == "key"


async def test_wrong_path_on_a_server_that_is_recognized() -> None:
    async with FaultServer(serving(OPENAI)) as server:
        found = await failure("openai", f"{server.url}/llm")
        assert (found.step, found.title) == ("path", "Wrong path")
        assert found.hint == f"OpenAI-compatible server answers at {server.url}: use that address."
        assert found.right_address == server.url


async def test_wrong_path_on_a_server_that_is_not_recognized() -> None:
    async with FaultServer(replies(404, b'{"error":"no"}', JSON)) as server:
        found = await failure("openai", server.url)
    assert found.step == "path"
    assert "does not exist on that server" in found.hint


async def test_path_is_missing() -> None:
    async with FaultServer(serving(DOCKER)) as server:
        found = await failure("openai", server.url)
        assert (found.step, found.hint) == (
            "path",
            f"Docker Model Runner answers at {server.url}/engines/v1: use that address.",
        )


async def test_redirect_is_a_wrong_path() -> None:
    async with FaultServer(replies(301, b"", headers={"Location": "http://other.test/v1/models"})) as server:
        found = await failure("openai", server.url)
    assert found.step == "path"
    assert "http://other.test" in found.hint
    assert "base_url" not in found.hint


async def test_web_page() -> None:
    async with FaultServer(replies(200, PAGE, "text/html")) as server:
        found = await failure("openai", server.url)
    assert (found.step, found.title) == ("protocol", "Wrong kind of API")
    assert "Router" in found.detail


@pytest.mark.parametrize(("kind", "name"), [("ollama", "Ollama"), ("lmstudio", "LM Studio")])
async def test_other_server_where_one_kind_was_set(kind: str, name: str) -> None:
    lists_nothing = {**LLAMA_CPP, "/api/v0/models": {"error": "x"}}

    async def llama_cpp(connection: Connection) -> None:
        # The first request for the list of models is that of the provider.
        is_asked_again = sum(request.target == "/v1/models" for request in server.requests) > (kind == "lmstudio")
        answers = lists_nothing if is_asked_again else {}
        await serving(answers)(connection)

    async with FaultServer(llama_cpp) as server:
        found = await failure(kind, server.url)
        assert (found.step, found.title) == ("protocol", f"This is llama.cpp, not {name}")
        assert (found.hint, found.right_type) == ("Set the type to llamacpp.", "llamacpp")


async def test_ollama_where_openai_was_set_works_with_a_warning() -> None:
    async with FaultServer(serving(OLLAMA)) as server:
        steps = await check("openai", server.url)
    assert results(steps) == [
        ("connection", "passed", "Reached"),
        ("protocol", "warning", "This is Ollama"),
        ("models", "passed", "1 model"),
    ]
    assert (steps[1].hint, steps[1].right_type) == ("The type ollama shows more of it.", "ollama")


async def test_server_error() -> None:
    async with FaultServer(replies(500, b'{"error":"boom"}')) as server:
        found = await failure("openai", server.url)
    assert (found.step, found.title) == ("answer", "No useful answer")
    assert "boom" in found.detail


async def test_server_that_is_still_loading() -> None:
    loading = replies(503, b'{"error":{"message":"Loading model"}}', headers={"Server": "llama.cpp"})
    async with FaultServer(loading) as server:
        found = await failure("llamacpp", server.url)
    assert (found.step, found.hint) == ("answer", "The model is still loading: try again in a moment.")


@pytest.mark.parametrize(("kind", "hint"), [("openai", "Load or download one"), ("ollama", "ollama pull")])
async def test_no_models(kind: str, hint: str) -> None:
    empty = {**OLLAMA, "/v1/models": {"data": []}, "/api/tags": {"models": []}} if kind == "ollama" else {}
    async with FaultServer(serving(empty or {"/v1/models": {"data": []}})) as server:
        steps = await check(kind, server.url)
    assert results(steps)[-1] == ("models", "warning", "No models")
    assert hint in steps[-1].hint


async def test_only_models_that_cannot_chat() -> None:
    async with FaultServer(serving({"/v1/models": {"data": [{"id": "e", "type": "embedding"}]}})) as server:
        steps = await check("openai", server.url)
    assert results(steps)[-1] == ("models", "warning", "No model that can chat")


async def test_service_on_the_internet_is_asked_for_its_models_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(serving(OPENAI)) as server:

        async def resolve(host: str, port: int) -> list[Any]:
            assert host == "models.example.org"
            return [(2, ("127.0.0.1", server.port))]

        monkeypatch.setattr("tui.providers.network.socket_stream.resolve", resolve)
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        steps = await check("openai", f"http://models.example.org:{server.port}")

        assert results(steps) == [("connection", "passed", "Reached"), ("models", "passed", "2 models")]
        assert [request.target for request in server.requests] == ["/v1/models"]


async def test_check_can_be_stopped() -> None:
    async with FaultServer(hangs) as server, no_leaked_tasks():
        running = asyncio.create_task(check("openai", server.url))
        await server.wait_for_requests(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await server.wait_until_disconnected()
