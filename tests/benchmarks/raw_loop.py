"""The least that a chat can be: httpx, json, print. `python -m tests.benchmarks.raw_loop URL`.

What is typed is the model that is asked.
"""

from __future__ import annotations

import asyncio
import json
import sys


async def _stream(url: str, model: str) -> None:
    import httpx

    asked = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with httpx.AsyncClient(timeout=None) as client, client.stream("POST", f"{url}/api/chat", json=asked) as reply:
        async for line in reply.aiter_lines():
            print(json.loads(line)["message"]["content"], end="", flush=True)


if __name__ == "__main__":
    print("w00000 ready")
    asyncio.run(_stream(sys.argv[1], input()))
    # So that it can be seen what it has cost.
    input()
