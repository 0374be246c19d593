"""HTTPProvider: lookups, secrets, and the hints for each server type."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from tests.fault_server import (
    Connection,
    FaultServer,
    Script,
    eventually,
    hangs,
    hangs_after,
    refused_port,
    replies,
    streams,
)
from tests.providers.client import HI, LONG_LIMITS, ask, provider_at
from tui.chat.chunk import StreamingChunk
from tui.chat.model_info import ModelInfo
from tui.errors import (
    AuthRefused,
    ConfigError,
    FirstTokenTimedOut,
    IdleTimedOut,
    ProtocolBroken,
    ProviderError,
    StreamBroken,
    TotalTimedOut,
)
from tui.limits import TimeLimits
from tui.providers import http
from tui.providers.base import AnswerStream
from tui.providers.http import HTTPProvider
from tui.providers.network.address import parse_address
from tui.providers.options import ProviderOptions
from tui.providers.response_errors import ServerProfile

ANSWER = b'{"message":{"content":"Hi"},"done":true,"done_reason":"stop"}\n'


class PlainProvider(HTTPProvider):
    """A provider that adds nothing to what all have."""

    async def describe_model(self, model: str) -> ModelInfo:
        return ModelInfo(model)


async def test_provider_without_more_can_neither_manage_nor_direct_its_models() -> None:
    options = ProviderOptions("mine", "nas")
    provider = PlainProvider(options, parse_address("nas"), ServerProfile("mine", "nas"))

    assert await provider.model_manager() is None
    assert await provider.end_thinking("m", "c1") is False
    assert await provider.count_tokens(HI) is None
    assert await provider.thinking_problem("m", "off") == ""
    assert not provider.continues_thinking


class Keys:
    """Returns the next key whenever one is refused; without keys, fails as a command does."""

    def __init__(self, *keys: str) -> None:
        self._keys = list(keys)
        self.refused: list[str] = []

    async def renew(self, refused: str) -> str:
        self.refused.append(refused)
        if not self._keys:
            raise ConfigError("api_key_command of mine failed with exit status 1.", hint="Correct it.")
        return self._keys.pop(0)


def keys_of(server: FaultServer) -> list[str]:
    return [request.headers["authorization"] for request in server.requests]


@pytest.mark.parametrize("status", [401, 403])
async def test_answer_is_requested_again_with_a_new_key(status: int) -> None:
    keys = Keys("new")
    async with (
        FaultServer(replies(status, b"{}"), streams(ANSWER)) as server,
        provider_at("ollama", server, key="old", renew_key=keys.renew) as provider,
    ):
        outcome = await ask(provider)
        assert (outcome.answer.content, outcome.error, outcome.retries) == ("Hi", None, [])
        assert (await ask(provider)).error is None

    assert keys_of(server) == ["Bearer old", "Bearer new", "Bearer new"]
    assert keys.refused == ["old"]


async def test_same_key_is_not_sent_again_after_it_was_refused() -> None:
    keys = Keys("old")
    async with (
        FaultServer(replies(401, b"{}")) as server,
        provider_at("ollama", server, key="old", renew_key=keys.renew) as provider,
    ):
        assert (await ask(provider)).kind == "auth"
    assert keys_of(server) == ["Bearer old"]


async def test_refused_key_is_not_renewed_where_it_does_not_change() -> None:
    async with FaultServer(replies(401, b"{}")) as server, provider_at("ollama", server, key="old") as provider:
        assert (await ask(provider)).kind == "auth"
    assert keys_of(server) == ["Bearer old"]


async def test_failed_key_command_is_named_beside_the_refusal() -> None:
    async with (
        FaultServer(replies(401, b'{"error":"expired"}')) as server,
        provider_at("ollama", server, key="old", renew_key=Keys().renew) as provider,
    ):
        with pytest.raises(AuthRefused, match=r"401 Unauthorized: expired\. api_key_command of mine failed") as refused:
            await provider.list_models()
    assert (refused.value.hint, refused.value.status) == ("Correct it.", 401)


async def test_lookup_timeout_ignores_longer_timeouts_of_the_config() -> None:
    limits = TimeLimits(connect=60, first_token=600, idle=600, total=0)

    async def drips(connection: Connection) -> None:
        await connection.head()
        while True:
            await connection.drip(b'{"version":' + b" " * 100)

    for script in (hangs, hangs_after(b"{"), drips):
        async with (
            FaultServer(script) as server,
            provider_at("ollama", server, limits=limits, lookup_s=0.05) as provider,
        ):
            # Which of the limits ends it first is a matter of milliseconds.
            with pytest.raises(
                (FirstTokenTimedOut, IdleTimedOut, TotalTimedOut),
                match=r"did not answer GET /api/version within 0\.(05|1) s",
            ) as error:
                await provider.check()
            assert "timeouts." not in error.value.hint
            await server.requests[0].disconnected.wait()


@pytest.mark.parametrize("limits", [{"first_token": 0.05}, {"total": 0.05}])
async def test_lookup_heeds_shorter_timeouts_of_the_config(limits: dict[str, float]) -> None:
    configured = replace(LONG_LIMITS, **limits)
    async with FaultServer(hangs) as server, provider_at("ollama", server, limits=configured) as provider:
        with pytest.raises((FirstTokenTimedOut, TotalTimedOut), match=r"within 0\.05 s"):
            await provider.check()


async def test_oversized_lookup_response_is_a_protocol_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_MAX_LOOKUP_BYTES", 100)
    async with FaultServer(replies(200, b" " * 101)) as server, provider_at("ollama", server) as provider:
        with pytest.raises(ProtocolBroken, match="more than 100 bytes"):
            await provider.check()


@pytest.mark.parametrize(
    "body", [b'\xef\xbb\xbf{"version": "1"}', b'{\n"version": "1"\n}\n', b'{"version": "1", "x": "\xff"}']
)
async def test_lookup_accepts_any_json_encoding(body: bytes) -> None:
    async with FaultServer(replies(200, body)) as server, provider_at("ollama", server) as provider:
        assert (await provider.check()).version == "1"


async def test_invalid_lookup_response_error_names_the_url() -> None:
    async with FaultServer(replies(200, b"hello")) as server, provider_at("ollama", server) as provider:
        with pytest.raises(ProtocolBroken, match=f"mine at {server.url}/api/version: The server sent invalid JSON"):
            await provider.check()


@pytest.mark.parametrize(
    ("kind", "base", "path"),
    [
        ("openai", "", "/v1/models"),
        ("openai", "/v1", "/v1/models"),
        ("openai", "/v1beta/openai/", "/v1beta/openai/models"),
        ("openai", "/v1/chat/completions?key=secret", "/v1/models"),
        ("openai", "/openai/deployments/o3", "/openai/deployments/o3/models"),
        ("ollama", "/v1/models", "/api/tags"),
        ("ollama", "/behind/api/version/", "/behind/api/tags"),
        ("lmstudio", "/api/v1/models", "/api/v1/models"),
        ("lmstudio", "/behind/v1/responses", "/behind/api/v1/models"),
    ],
)
@pytest.mark.parametrize(
    "reply", [replies(404), replies(405), replies(302), replies(200, b"<html>"), replies(200, b"hello")]
)
async def test_lookup_errors_name_the_requested_url(kind: str, base: str, path: str, reply: Script) -> None:
    async with FaultServer(reply) as server, provider_at(kind, server.url + base) as provider:
        with pytest.raises(ProviderError) as failed:
            await provider.list_models()
    requested = server.requests[-1].target.partition("?")[0]
    assert server.requests[0].target.partition("?")[0] == path
    assert f"{server.url}{requested}" in str(failed.value)
    assert "secret" not in str(failed.value) + failed.value.hint


async def test_timeout_of_a_lookup_names_the_server_without_its_api_path() -> None:
    async with FaultServer(hangs) as server, provider_at("openai", f"{server.url}/v1", lookup_s=0.05) as provider:
        with pytest.raises(FirstTokenTimedOut, match=f"mine at {server.url} did not answer GET /v1/models"):
            await provider.list_models()


async def test_answer_from_a_missing_path_names_the_requested_url() -> None:
    async with FaultServer(replies(404)) as server, provider_at("openai", f"{server.url}/v2/ai") as provider:
        outcome = await ask(provider)
    assert outcome.error is not None
    assert f"{server.url}/v2/ai/chat/completions answered 404" in str(outcome.error)
    assert f"{server.url}/v2/ai/chat/completions does not exist" in outcome.error.hint


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299])
async def test_any_status_of_success_is_an_answer(status: int) -> None:
    models = replies(status, b'{"models":[{"name":"m"}]}')
    async with (
        FaultServer(replies(status, ANSWER), models) as server,
        provider_at("ollama", server) as provider,
    ):
        outcome = await ask(provider)
        listed = await provider.list_models()

    assert (outcome.answer.content, outcome.error) == ("Hi", None)
    assert [info.name for info in listed] == ["m"]


@pytest.mark.parametrize("status", [204, 205])
async def test_status_without_a_body_is_no_answer(status: int) -> None:
    async with FaultServer(replies(status)) as server, provider_at("openai", server) as provider:
        outcome = await ask(provider)

    assert outcome.kind == "protocol"
    assert f"answered {status}" in str(outcome.error)


async def test_proxy_that_answers_a_lookup_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer(replies(503), replies(200, b"<html><title>Sign in</title>")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with provider_at("ollama", "http://model.example:11434") as provider:
            for _ in range(2):
                with pytest.raises(ProviderError, match=f"through the proxy {proxy.url} ") as error:
                    await provider.check()
                assert "NO_PROXY" in error.value.hint


async def test_unknown_path_error_with_status_200_has_a_hint() -> None:
    body = b'{"error":"Unexpected endpoint or method. (GET /models)"}'
    async with FaultServer(replies(200, body)) as server, provider_at("openai", server) as provider:
        with pytest.raises(StreamBroken, match="Unexpected endpoint") as error:
            await provider.list_models()
    assert "/v1" in error.value.hint


@pytest.mark.parametrize(
    ("kind", "start", "get_model"),
    [
        ("ollama", "ollama serve", "ollama pull m"),
        ("lmstudio", "lms server start", "lms get m"),
        ("openai", "[providers.mine]", "llm-tui models --provider mine"),
    ],
)
async def test_hints_are_specific_to_the_server_type(kind: str, start: str, get_model: str) -> None:
    with refused_port() as port:
        async with provider_at(kind, f"http://127.0.0.1:{port}") as provider:
            unreachable = await ask(provider)
    error_responses = (replies(404, b'{"error": "model \'m\' not found"}'), replies(401))
    async with FaultServer(*error_responses) as server, provider_at(kind, server) as provider:
        missing, unauthorized = await ask(provider), await ask(provider)

    assert unreachable.error is not None
    assert missing.error is not None
    assert unauthorized.error is not None
    assert start in unreachable.error.hint
    assert get_model in missing.error.hint
    assert "api_key_env in [providers.mine]" in unauthorized.error.hint


@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "openai"])
async def test_refused_key_hint_says_where_the_key_is_set(kind: str) -> None:
    async with FaultServer(replies(401)) as server, provider_at(kind, server, key="sk-wrong") as provider:
        with pytest.raises(AuthRefused) as refused:
            await provider.check()
    assert "Check the API key: [providers.mine] sets it with api_key_env or api_key." in refused.value.hint


@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "openai"])
async def test_no_connection_is_opened_before_the_first_request(kind: str) -> None:
    async with FaultServer(hangs) as server, provider_at(kind, server) as provider:
        assert isinstance(provider, HTTPProvider)
        assert provider.transport._client is None
        provider.get_ready()
        assert provider.transport._client is not None
        assert server.connections == []


@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "openai"])
async def test_key_repeated_by_the_server_is_not_shown(kind: str) -> None:
    for script in (
        replies(401, b'{"error": "Bad key sk-0123456789"}'),
        replies(200, b'{"error": "Bad key sk-0123456789"}'),
        replies(200, b"Bad key sk-0123456789\n"),
    ):
        async with FaultServer(script) as server, provider_at(kind, server, key="sk-0123456789") as provider:
            outcome = await ask(provider)
            with pytest.raises(ProviderError, match="Bad key …") as failed:
                await provider.list_models()
            assert "Bad key …" in str(outcome.error)
            assert "sk-0123456789" not in str(failed.value) + str(outcome.error)


@pytest.mark.parametrize("kind", ["ollama", "openai"])
async def test_redirect_target_is_shown_without_the_key(kind: str) -> None:
    key = "sk-0123456789abc"
    target = f"https://nas/{key}/api?key={key}"
    async with (
        FaultServer(replies(302, b"moved", headers={"Location": target})) as server,
        provider_at(kind, server, key=key) as provider,
    ):
        outcome = await ask(provider, HI)
    assert outcome.error is not None
    assert key not in f"{outcome.error} {outcome.error.hint}"
    assert "https://nas/" in outcome.error.hint


async def test_key_takes_precedence_over_url_credentials() -> None:
    async with FaultServer(replies(200, b'{"version":"1"}')) as server:
        url = server.url.replace("http://", "http://me:password@")
        async with provider_at("ollama", url, key="sk-1") as provider:
            await provider.check()
        async with provider_at("ollama", url) as provider:
            await provider.check()
        sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-1", "Basic bWU6cGFzc3dvcmQ="]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502])
async def test_error_names_the_address_of_the_request(status: int) -> None:
    async with FaultServer(replies(status)) as server, provider_at("openai", server) as provider:
        assert f"{server.url}/v1/chat/completions answered {status}" in str((await ask(provider)).error)


async def test_provider_named_like_its_key_stays_readable() -> None:
    async with FaultServer(replies(500)) as server, provider_at("ollama", server, key="mine") as provider:
        assert "mine at http" in str((await ask(provider)).error)


@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "openai"])
async def test_url_password_is_never_shown(kind: str) -> None:
    with refused_port() as port:
        async with provider_at(kind, f"http://me:secret@127.0.0.1:{port}/?key=secret", key="secret") as provider:
            outcome = await ask(provider)
            shown = provider.address + str(outcome.error)
    assert outcome.kind == "connect"
    assert "secret" not in shown


async def text_of(stream: AnswerStream) -> str:
    async with contextlib.aclosing(stream) as chunks:
        return "".join([chunk.content async for chunk in chunks if isinstance(chunk, StreamingChunk)])


async def test_requests_over_the_limit_are_queued_locally_and_reported() -> None:
    async with (
        FaultServer(hangs, streams(ANSWER)) as server,
        provider_at("ollama", server, parallel=1) as provider,
    ):
        first = asyncio.create_task(ask(provider))
        await server.wait_for_requests(1)
        stages: list[str] = []
        second = asyncio.create_task(text_of(provider.stream_chat(HI, lambda activity: stages.append(activity.stage))))
        await eventually(lambda: bool(stages))
        assert stages == ["queued locally"]
        assert len(server.requests) == 1

        first.cancel()
        text = await second

    assert text == "Hi"
    assert stages[:2] == ["queued locally", "connecting"]
