"""TurnPresenter: what is shown of a running turn."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.fault_server import JSON, Connection, StartServer, replies
from tests.program import Program
from tests.ui.running import StartApp


async def test_stage_is_over_with_the_first_text(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    may_answer, may_end = asyncio.Event(), asyncio.Event()

    async def serve(connection: Connection) -> None:
        async def send(**event: Any) -> None:
            await connection.body(f"data: {json.dumps(event)}\n\n".encode())

        if connection.request.method != "POST":
            await replies(200, json.dumps({"data": [{"id": "m"}]}).encode(), JSON)(connection)
            return
        await connection.head(200, "text/event-stream")
        await send(choices=[], prompt_progress={"total": 8, "processed": 4})
        await may_answer.wait()
        await send(choices=[{"delta": {"content": "Hello"}}])
        await may_end.wait()
        await send(choices=[{"delta": {}, "finish_reason": "stop"}])
        await connection.end()

    server = await start_server(serve)
    program.use_server(server.url, "openai")
    app = await start_app()
    await app.until(lambda: app.session.model == "m")
    await app.type("hi")
    await app.press("enter")
    await app.until(lambda: "reading the prompt 50%" in app.log.text)
    may_answer.set()
    await app.until(lambda: "Hello" in app.log.text)
    assert "reading the prompt" not in app.log.text
    may_end.set()
    await app.until(lambda: not app.current.is_running)
