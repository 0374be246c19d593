"""A minimal chat with Textual's own `MarkdownStream`: `python -m tests.benchmarks.bare_markdown URL`.

The typed text is the name of the model.
"""

from __future__ import annotations

import json
import sys
from typing import ClassVar

import httpx
from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown


class BareMarkdown(App[None]):
    """An answer above an input. Esc stops it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", "Stop")]

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._client = httpx.AsyncClient(timeout=None)

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Markdown()
        yield Input(placeholder="Write a prompt")

    @on(Input.Submitted)
    def _send(self, event: Input.Submitted) -> None:
        event.input.clear()
        self._stream(event.value)

    def action_stop(self) -> None:
        """Cancel the answer."""
        self.workers.cancel_all()

    @work
    async def _stream(self, model: str) -> None:
        self.query_one(VerticalScroll).anchor()
        stream = Markdown.get_stream(self.query_one(Markdown))
        request = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
        async with self._client.stream("POST", f"{self._url}/api/chat", json=request) as response:
            async for line in response.aiter_lines():
                await stream.write(json.loads(line)["message"]["content"])
        await stream.stop()


if __name__ == "__main__":
    BareMarkdown(sys.argv[1]).run()
