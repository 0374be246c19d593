"""The pool of providers."""

from __future__ import annotations

import asyncio

import pytest

from tests.fault_server import JSON, FaultServer, replies
from tui.config.settings import ProviderSettings
from tui.demo.server import DemoServer
from tui.errors import ConfigError
from tui.runtime.api_keys import ApiKeys
from tui.runtime.provider_pool import ProviderPool, max_parallel_answers

VERSION = replies(200, b'{"version":"1"}', JSON)


async def no_demo() -> str:
    raise AssertionError("the demo server is not needed")


def ollama(url: str = "http://server.test") -> ProviderSettings:
    return ProviderSettings(name="server", type="ollama", base_url=url)


async def test_concurrent_calls_return_the_same_provider() -> None:
    pool = ProviderPool(ApiKeys({}), no_demo)
    first, second = await asyncio.gather(pool.get(ollama()), pool.get(ollama()))
    assert first is second
    await pool.aclose()


async def test_provider_without_an_address_uses_the_demo_server(demo: DemoServer) -> None:
    async def demo_url() -> str:
        return demo.url

    pool = ProviderPool(ApiKeys({}), demo_url)
    provider = await pool.get(ProviderSettings(name="demo", type="demo"))
    assert "guide" in [model.name for model in await provider.list_models()]
    await pool.aclose()


async def test_retired_provider_stays_open_until_the_pool_is_closed() -> None:
    async with FaultServer(VERSION) as server:
        pool = ProviderPool(ApiKeys({}), no_demo)
        retired = await pool.get(ollama(server.url))
        await retired.check()
        pool.retire_all()

        assert await pool.get(ollama(server.url)) is not retired
        await retired.check()
        assert server.open_connections == 1

        await pool.aclose()
        await server.wait_until_disconnected()


async def test_invalid_api_key_creates_no_provider() -> None:
    settings = ProviderSettings(name="server", type="openai", base_url="http://server.test", api_key_env="KEY")
    with pytest.raises(ConfigError, match="KEY"):
        await ProviderPool(ApiKeys({"KEY": "ключ"}), no_demo).get(settings)


async def test_invalid_address_creates_no_provider() -> None:
    with pytest.raises(ConfigError, match="ftp"):
        await ProviderPool(ApiKeys({}), no_demo).get(ollama("ftp://server.test"))


@pytest.mark.parametrize(
    ("url", "count"),
    [("http://127.0.0.1:11434", 1), ("http://192.168.1.5:8080", 1), ("https://models.example.org/v1", 4)],
)
def test_near_server_answers_one_prompt_at_a_time(url: str, count: int) -> None:
    assert max_parallel_answers(ollama(url), url) == count


def test_configured_number_of_parallel_answers_is_used() -> None:
    settings = ProviderSettings(name="server", type="ollama", base_url="http://127.0.0.1:11434", parallel=3)
    assert max_parallel_answers(settings, settings.base_url) == 3


def test_demo_answers_many_prompts_at_a_time() -> None:
    assert max_parallel_answers(ProviderSettings(name="demo", type="demo"), "http://127.0.0.1:5000") == 16
