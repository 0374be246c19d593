"""Finding servers on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
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
from tui.demo.server import DemoServer
from tui.errors import ConfigError
from tui.providers.discovery import DEADLINE_S, FoundServer, find_servers, identify

VLLM: Mapping[str, Any] = {
    "/v1/models": {"object": "list", "data": [{"id": "qwen3", "owned_by": "vllm", "max_model_len": 4096}]},
    "/version": {"version": "0.32.0"},
}
OLLAMA: Mapping[str, Any] = {
    "/v1/models": {"object": "list", "data": [{"id": "a", "owned_by": "library"}, {"id": "b", "owned_by": "library"}]},
    "/api/version": {"version": "0.40.2"},
    "/api/tags": {"models": [{"name": "a"}, {"name": "b"}]},
}
DOCKER: Mapping[str, Any] = {"/engines/v1/models": {"data": [{"id": "ai/smollm2"}]}}


def serving(answers: Mapping[str, Any]) -> Script:
    """A server with JSON under some paths."""

    async def script(connection: Connection) -> None:
        target = connection.request.target
        status = 200 if target in answers else 404
        await replies(status, json.dumps(answers.get(target, {"error": "not found"})).encode(), JSON)(connection)

    return script


async def found_at(*servers: FaultServer) -> tuple[FoundServer, ...]:
    return await find_servers([server.port for server in servers])


async def test_server_is_recognized_by_what_it_answers_not_by_its_port() -> None:
    async with FaultServer(serving(VLLM)) as vllm, FaultServer(serving(OLLAMA)) as ollama:
        assert await found_at(vllm, ollama) == (
            FoundServer("openai", "vLLM 0.32.0", vllm.url, 1, software="vLLM"),
            FoundServer("ollama", "Ollama 0.40.2", ollama.url, 2, software="Ollama"),
        )
        assert [request.target for request in vllm.requests] == ["/v1/models", "/version"]
    assert {request.method for request in (*vllm.requests, *ollama.requests)} == {"GET"}


async def test_path_of_the_api_becomes_part_of_the_address() -> None:
    async with FaultServer(serving(DOCKER)) as docker:
        (found,) = await found_at(docker)
        assert (found.label, found.base_url, found.n_models) == ("Docker Model Runner", f"{docker.url}/engines/v1", 1)


async def test_server_on_ipv6_only_is_found() -> None:
    try:
        server = await FaultServer(serving(VLLM), host="::1").__aenter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_exit(server)
        (found,) = await found_at(server)
        assert found.base_url == f"http://[::1]:{server.port}"


async def test_server_on_both_loopback_addresses_is_found_once() -> None:
    async with FaultServer(serving(VLLM)) as server:
        try:
            other = await FaultServer(serving(VLLM), host="::1", port=server.port).__aenter__()
        except OSError:
            pytest.skip("this machine has no IPv6, or the port is in use there")
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_exit(other)
            (found,) = await found_at(server)
            assert found.base_url == server.url


async def test_servers_that_hang_do_not_hide_the_others() -> None:
    async with (
        FaultServer(hangs) as hanging,
        FaultServer(replies(), on_connect=hangs) as silent,
        FaultServer(drops) as dropping,
        FaultServer(serving(VLLM)) as vllm,
        no_leaked_tasks(),
    ):
        with refused_port() as unused:
            found = await find_servers([hanging.port, silent.port, dropping.port, unused, vllm.port])
        assert [server.label for server in found] == ["vLLM 0.32.0"]
        await hanging.wait_until_disconnected()


async def test_what_was_answered_before_the_deadline_counts() -> None:
    async def slow(connection: Connection) -> None:
        if connection.request.target != "/version":
            await serving(VLLM)(connection)

    async with FaultServer(slow) as server:
        assert [found.label for found in await found_at(server)] == ["vLLM"]


async def test_search_stops_when_it_is_cancelled() -> None:
    async with FaultServer(hangs) as server, no_leaked_tasks():
        search = asyncio.create_task(find_servers([server.port], deadline_s=60))
        await server.wait_for_requests(1)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        await server.wait_until_disconnected()


async def test_server_that_wants_a_key_is_found_and_says_so() -> None:
    refusal = json.dumps({"error": {"message": "An LM Studio API token is required"}}).encode()
    async with FaultServer(replies(401, refusal)) as server:
        (found,) = await found_at(server)
    assert (found.type, found.needs_key, found.n_models) == ("lmstudio", True, None)


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b"[" * 100_000, b"\xff\xfe", b"", b'"text"', b"{}", b'{"data": 7}', b"x" * 5_000_000],
)
async def test_other_programs_are_not_found(body: bytes) -> None:
    async with FaultServer(replies(200, body)) as server:
        assert await found_at(server) == ()


async def test_own_demo_server_is_not_found(demo: DemoServer) -> None:
    assert await find_servers([int(demo.url.rpartition(":")[2])]) == ()


async def test_no_proxy_and_no_key_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies(200, b"{}")) as proxy, FaultServer(serving(VLLM)) as vllm:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("OPENAI_API_KEY", "LM_API_TOKEN", "OLLAMA_API_KEY"):
            monkeypatch.setenv(name, "sk-secret")

        # An address of the user's that is not loopback: nothing is there, and the proxy is not asked for it.
        found = await find_servers([vllm.port], ["http://gpu-box.invalid:11434"], deadline_s=3)

        assert [server.label for server in found] == ["vLLM 0.32.0"]
        assert proxy.connections == []
        assert not any("authorization" in request.headers for request in vllm.requests)


async def test_nothing_to_ask_finds_nothing() -> None:
    assert await find_servers(()) == ()


async def test_invalid_address_is_reported() -> None:
    with pytest.raises(ConfigError, match="is not a valid address"):
        await find_servers((), ["http://a b"])


async def test_identify_ignores_the_path_and_sends_the_key() -> None:
    async with FaultServer(serving(VLLM)) as server:
        identity = await identify(f"{server.url}/api/v1", key="sk-mine", deadline_s=30)
        assert identity is not None
        assert (identity.label, identity.n_models) == ("vLLM 0.32.0", 1)
        assert {request.headers["authorization"] for request in server.requests} == {"Bearer sk-mine"}


async def test_identify_gives_up_at_the_deadline() -> None:
    async with FaultServer(hangs) as server:
        assert await identify(server.url, deadline_s=0.05) is None


def test_search_takes_less_than_a_second() -> None:
    assert DEADLINE_S < 1


def test_server_is_configured_if_a_provider_has_its_address() -> None:
    assert not FoundServer("openai", "vLLM", "http://127.0.0.1:8000").is_configured
    assert FoundServer("openai", "vLLM", "http://127.0.0.1:8000", configured_as="vllm").is_configured
