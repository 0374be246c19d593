"""A chat that is Textual's own `MarkdownStream` and nothing else: `python -m tests.benchmarks.bare_markdown URL`.

What is typed is the model that is asked.
"""

from __future__ import annotations

import json
import sys

import httpx
from textual import on, work
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown


class BareMarkdown(App[None]):
    """One answer above, one input below."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._client = httpx.AsyncClient(timeout=None)

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Markdown()
        yield Input(placeholder="Ask something")

    @on(Input.Submitted)
    def _send(self, event: Input.Submitted) -> None:
        event.input.clear()
        self._stream(event.value)

    @work
    async def _stream(self, model: str) -> None:
        self.query_one(VerticalScroll).anchor()
        stream = Markdown.get_stream(self.query_one(Markdown))
        asked = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
        async with self._client.stream("POST", f"{self._url}/api/chat", json=asked) as reply:
            async for line in reply.aiter_lines():
                await stream.write(json.loads(line)["message"]["content"])
        await stream.stop()


if __name__ == "__main__":
    BareMarkdown(sys.argv[1]).run()
