"""Whole screens, compared with the accepted images in `__snapshots__`.

`.ci/run screens` compares them. After an intended change,

    .venv/bin/python -m pytest -n0 tests/ui/test_snapshots.py --snapshot-update

accepts the new images. Look at each one in a browser before committing it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

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
from tui.ui.widgets.message_log import MessageLog

if TYPE_CHECKING:
    from textual.pilot import Pilot

TEXTUAL_VERSION = "8.2.8"
"""The version that the images were made with. Others differ in details of scrollbars, borders and fonts."""

pytestmark = pytest.mark.skipif(
    textual.__version__ != TEXTUAL_VERSION,
    reason=f"the images were made with Textual {TEXTUAL_VERSION}, and this is {textual.__version__}",
)

CONFIG = """
provider = "demo"
[providers.ollama]
base_url = "http://127.0.0.1:9"
[providers.lmstudio]
base_url = "http://127.0.0.1:9"
"""
"""The demo, and no server that happens to run on this machine."""

CREATED_AT = 1_717_243_200.0
"""Noon of 1 June 2024 in UTC: the same month in every time zone, and long enough ago to be shown as a month."""

FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)

ANSWER = """\
A **list comprehension** builds a list from an iterable, in *one* expression:

```python
def squares(numbers: list[int]) -> list[int]:
    \"\"\"The squares of the even numbers.\"\"\"
    return [n * n for n in numbers if n % 2 == 0]
```

| part | example | required |
| :--- | :---: | ---: |
| expression | `n * n` | yes |
| loop | `for n in numbers` | yes |
| condition | `if n % 2 == 0` | no |

## When to use a loop

- if the body has *side effects*,
- if the expression is ~~clever~~ long:
  1. name the steps,
  2. then append.

> Readability counts.

See [PEP 202](https://peps.python.org/pep-0202/).
"""


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is UTC: messages show their time of day."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


class SnapCompare(Protocol):
    """The `snap_compare` fixture."""

    def __call__(
        self,
        app: LlmTuiApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[None]], object],
    ) -> bool: ...


class SnapshotApp(LlmTuiApp):
    """The app, which closes its runtime itself: `snap_compare` owns the event loop."""

    async def on_unmount(self) -> None:
        await self._runtime.aclose()

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        # Without the address of a font that a browser would fetch from another server.
        return FONT_FACE.sub("", super().export_screenshot(title=title, simplify=simplify))


def make_app(program: Program, *, resume: bool = False, theme: str = "lamplight") -> LlmTuiApp:
    program.configure(f'theme = "{theme}"\n{CONFIG}')
    environment = program.environment()
    return SnapshotApp(Runtime(load(program.config, environment), environment, program.data), resume=resume)


def save_conversation(folder: Path) -> None:
    store = ConversationStore(folder)
    stats = AnswerStats(Usage(24, 180), first_token_s=0.4, total_s=6.4, tokens_per_second=30.0)
    prompt = ChatMessage("prompt", "user", "What is a list comprehension?", created_at=CREATED_AT)
    answer = ChatMessage(
        "answer", "assistant", ANSWER, "prompt", CREATED_AT + 7, provider="demo", model="guide", stats=stats
    )
    conversation = Conversation("conversation", created_at=CREATED_AT, provider="demo", model="guide")
    store.add(conversation.append(prompt, answer))
    store.close()


def shows(text: str, *keys: str) -> Callable[[Pilot[None]], object]:
    """Wait until the log shows a text, press keys, and wait until the screen has stopped changing."""

    async def wait(pilot: Pilot[None]) -> None:
        await settle(pilot)
        if keys:
            await pilot.press(*keys)
            await settle(pilot)

    async def settle(pilot: Pilot[None]) -> None:
        last, repeats = "", 0
        async with asyncio.timeout(30):
            while repeats < 5:
                await pilot.pause(0.05)
                is_shown = any(text in log.text for log in pilot.app.screen_stack[0].query(MessageLog))
                image = pilot.app.export_screenshot() if is_shown else ""
                repeats = repeats + 1 if image and image == last else 0
                last = image

    return wait


def test_empty_chat_with_the_demo(program: Program, snap_compare: SnapCompare) -> None:
    app = make_app(program)

    assert snap_compare(app, terminal_size=(80, 24), run_before=shows("built-in demo"))


def test_answer_with_markdown(program: Program, snap_compare: SnapCompare) -> None:
    save_conversation(program.data)
    app = make_app(program, resume=True)

    assert snap_compare(app, terminal_size=(120, 40), run_before=shows("PEP 202"))


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "daylight"), ((120, 40), "lamplight")], ids=["80x24-light", "120x40-dark"]
)
@pytest.mark.parametrize(
    "keys",
    [("f1",), ("ctrl+p",), ("f3",), ("f4",), ("tab", "up"), ("ctrl+f", *"loop")],
    ids=["help", "palette", "providers", "models", "selected", "search"],
)
def test_main_screens(
    program: Program, snap_compare: SnapCompare, keys: tuple[str, ...], size: tuple[int, int], theme: str
) -> None:
    save_conversation(program.data)
    app = make_app(program, resume=True, theme=theme)

    assert snap_compare(app, terminal_size=size, run_before=shows("PEP 202", *keys))
