"""The worked example of `.github/CONTRIBUTING.md`, run against the demo server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tui.chat.chunk import StreamingChunk
from tui.chat.message import ChatMessage
from tui.chat.model_info import ChatRequest
from tui.demo.server import DemoServer
from tui.providers.base import Provider
from tui.providers.options import ProviderOptions

GUIDE = Path(__file__).parents[1] / ".github" / "CONTRIBUTING.md"


@pytest.fixture
async def provider(demo: DemoServer) -> AsyncIterator[Provider]:
    """The provider of the example."""
    example = re.search(r"<!-- example -->\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    namespace: dict[str, Any] = {}
    exec(compile(example[1], str(GUIDE), "exec"), namespace)
    provider: Provider = namespace["LabProvider"](ProviderOptions(name="lab", base_url=demo.url))
    yield provider
    await provider.aclose()


async def test_example_provider_lists_models(provider: Provider) -> None:
    capabilities = {model.name: model.capabilities for model in await provider.list_models()}

    assert capabilities["echo"] == {"completion", "vision"}


async def test_example_provider_streams_an_answer(provider: Provider) -> None:
    request = ChatRequest("echo", (ChatMessage("prompt", "user", "Good morning"),))
    async with aclosing(provider.stream_chat(request)) as stream:
        content = [update.content async for update in stream if isinstance(update, StreamingChunk)]

    assert "Good morning" in "".join(content)
