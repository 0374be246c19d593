"""Other clients that read the same stream, for comparison.

Usage: `python -m tests.benchmarks.baseline_clients {baseline,official} {ollama,openai} URL MODEL`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any


async def baseline_ollama(url: str, model: str) -> None:
    """httpx without decoding: the minimum cost of a client that uses httpx."""
    await _discard_stream(f"{url}/api/chat", model)


async def baseline_openai(url: str, model: str) -> None:
    """httpx without decoding."""
    await _discard_stream(f"{url}/v1/chat/completions", model)


async def _discard_stream(url: str, model: str) -> None:
    import httpx

    size = 0
    request = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with httpx.AsyncClient(timeout=None) as client, client.stream("POST", url, json=request) as response:
        async for data in response.aiter_raw():
            size += len(data)
    print(size)


async def official_ollama(url: str, model: str) -> None:
    """The `ollama` package. Prints the text as it arrives."""
    import ollama  # type: ignore[import-not-found,unused-ignore]  # Optional: compared only if installed.

    client: Any = ollama.AsyncClient(host=url)
    async for part in await client.chat(model=model, messages=[{"role": "user", "content": "hi"}], stream=True):
        print(part.message.content or "", end="", flush=True)


async def official_openai(url: str, model: str) -> None:
    """The `openai` package. Prints the text as it arrives."""
    import openai  # type: ignore[import-not-found,unused-ignore]  # Optional: compared only if installed.

    client: Any = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none")
    messages = [{"role": "user", "content": "hi"}]
    async for part in await client.chat.completions.create(model=model, messages=messages, stream=True):
        for choice in part.choices:
            print(choice.delta.content or "", end="", flush=True)


CLIENTS = {
    "ollama": (baseline_ollama, official_ollama),
    "openai": (baseline_openai, official_openai),
}

if __name__ == "__main__":
    client_kind, kind, url, model = sys.argv[1:]
    asyncio.run(CLIENTS[kind][client_kind == "official"](url, model))
