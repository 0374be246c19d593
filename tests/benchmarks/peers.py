"""Other ways to read the same stream, to measure against: `python -m tests.benchmarks.peers HOW URL MODEL`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any


async def floor_of_ollama(url: str, model: str) -> None:
    """httpx, and nothing decoded: nothing that streams over it can cost less."""
    await _floor(f"{url}/api/chat", model)


async def floor_of_openai(url: str, model: str) -> None:
    """httpx, and nothing decoded."""
    await _floor(f"{url}/v1/chat/completions", model)


async def _floor(url: str, model: str) -> None:
    import httpx

    size = 0
    asked = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with httpx.AsyncClient(timeout=None) as client, client.stream("POST", url, json=asked) as reply:
        async for data in reply.aiter_raw():
            size += len(data)
    print(size)


async def official_ollama(url: str, model: str) -> None:
    """The `ollama` package, its text printed as it comes."""
    import ollama  # type: ignore[import-not-found,unused-ignore]  # Measured where it is installed.

    client: Any = ollama.AsyncClient(host=url)
    async for part in await client.chat(model=model, messages=[{"role": "user", "content": "hi"}], stream=True):
        print(part.message.content or "", end="", flush=True)


async def official_openai(url: str, model: str) -> None:
    """The `openai` package, its text printed as it comes."""
    import openai  # type: ignore[import-not-found,unused-ignore]  # Measured where it is installed.

    client: Any = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none")
    asked = [{"role": "user", "content": "hi"}]
    async for part in await client.chat.completions.create(model=model, messages=asked, stream=True):
        for choice in part.choices:
            print(choice.delta.content or "", end="", flush=True)


WAYS = {
    "ollama": (floor_of_ollama, official_ollama),
    "openai": (floor_of_openai, official_openai),
}

if __name__ == "__main__":
    how, kind, url, model = sys.argv[1:]
    asyncio.run(WAYS[kind][how == "official"](url, model))
