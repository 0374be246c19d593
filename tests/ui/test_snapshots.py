"""Whole screens, compared with pictures that were looked at. `pytest --snapshot-update` makes them anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import textual

from tests.program import Program
from tui.chat.chunk import Usage
from tui.chat.conversation import Conversation
from tui.chat.message import AnswerStats, ChatMessage
from tui.config.load import load
from tui.runtime import Runtime
from tui.store.conversations import ConversationStore
from tui.ui.app import LlmTuiApp

PINNED = "8.2.8"
"""The version of Textual that the pictures were made with. Another one may draw details differently."""

pytestmark = pytest.mark.skipif(textual.__version__ != PINNED, reason=f"the pictures are of Textual {PINNED}")

Compare = Callable[..., bool]

ANSWER = """Cats have **five** toes on each front paw:

1. one dewclaw, and
2. four that touch the ground.

| paw | toes |
| --- | ---: |
| front | 5 |
| hind | 4 |

```python
toes = 2 * 5 + 2 * 4
```
"""


def app_for(program: Program, *, resume: bool = False) -> LlmTuiApp:
    environment = program.environment()
    runtime = Runtime(load(program.config, environment, {}), environment, program.data)
    return LlmTuiApp(runtime, model="echo", resume=resume)


async def settled(pilot: Any) -> None:
    """Wait until the provider is chosen and everything is painted."""
    app = pilot.app
    for _ in range(500):
        if app.screen_stack[0]._directory.ready.is_set():
            break
        await pilot.pause(0.01)
    await pilot.pause(0.2)


def test_empty_chat(snap_compare: Compare, program: Program) -> None:
    program.configure('provider = "demo"\n')

    assert snap_compare(app_for(program), run_before=settled, terminal_size=(80, 24))


def test_conversation_with_markdown(snap_compare: Compare, program: Program) -> None:
    conversation = Conversation("c1", title="Cats", created_at=1_700_000_000.0, provider="demo", model="echo").append(
        ChatMessage("q1", "user", "How many toes does a cat have?", created_at=1_700_000_000.0),
        ChatMessage(
            "a1",
            "assistant",
            ANSWER,
            "q1",
            1_700_000_001.0,
            provider="demo",
            model="echo",
            finish_reason="stop",
            stats=AnswerStats(Usage(30, 64), first_token_s=0.42, total_s=1.9, tokens_per_second=43.2),
        ),
    )
    store = ConversationStore(program.data)
    store.add(conversation)
    store.close()
    program.configure('provider = "demo"\n')

    assert snap_compare(app_for(program, resume=True), run_before=settled, terminal_size=(120, 40))
