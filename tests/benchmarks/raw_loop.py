"""A minimal chat of httpx, json and print: `python -m tests.benchmarks.raw_loop URL`.

The typed text is the name of the model.
"""

from __future__ import annotations

import asyncio
import json
import sys


async def _stream(url: str, model: str) -> None:
    import httpx

    request = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    async with (
        httpx.AsyncClient(timeout=None) as client,
        client.stream("POST", f"{url}/api/chat", json=request) as response,
    ):
        async for line in response.aiter_lines():
            print(json.loads(line)["message"]["content"], end="", flush=True)


if __name__ == "__main__":
    print("w00000 ready")
    asyncio.run(_stream(sys.argv[1], input()))
    # Keep the process alive until its CPU time has been read.
    input()
