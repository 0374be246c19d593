"""Takes the screenshots in this folder, by driving the app with the demo server: `python screenshots/take.py`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

HERE = Path(__file__).parent
# The pictures are the same in every terminal.
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
sys.path.insert(0, str(HERE.parent))

from textual.pilot import Pilot  # noqa: E402

from tui.chat.conversation import Conversation  # noqa: E402
from tui.chat.message import ChatMessage  # noqa: E402
from tui.config.load import load  # noqa: E402
from tui.demo.server import DemoServer  # noqa: E402
from tui.runtime import Runtime  # noqa: E402
from tui.store.conversations import ConversationStore  # noqa: E402
from tui.ui.app import LlmTuiApp  # noqa: E402

Scene = Callable[[Pilot[None]], Awaitable[None]]

_FONT_FACE = re.compile(r"@font-face \{.*?\}", re.DOTALL)

CONFIG = """
provider = "ollama"
theme = "{theme}"
[providers.ollama]
base_url = "{url}"
[providers.lmstudio]
base_url = "http://127.0.0.1:9"
[providers.my-gateway]
type = "openai"
base_url = "{url}/v1"
"""


async def take(
    name: str,
    scene: Scene,
    *,
    size: tuple[int, int] = (110, 34),
    model: str = "guide",
    theme: str = "lamplight",
    with_history: bool = False,
) -> None:
    """Run a scene, and take a screenshot of its end.

    Args:
        name: The file name, without its extension.
        scene: Presses the keys.
        size: Columns and lines.
        model: The selected model of the demo server.
        theme: The name of the theme.
        with_history: Whether there are saved conversations from earlier days.
    """
    # Screenshots may show paths, so use a temporary folder.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        async with DemoServer() as demo:
            config = Path("config.toml")
            config.write_text(CONFIG.format(url=demo.url, theme=theme))  # noqa: ASYNC240  No other task is running.
            if with_history:
                save_conversations(Path("data"))
            runtime = Runtime(load(config, {}), {}, Path("data"))
            app = LlmTuiApp(runtime, model=model)
            async with app.run_test(size=size, notifications=True) as pilot:
                await pilot.pause(0.6)
                await scene(pilot)
                # Remove the web font, which browsers would download from a third party.
                svg = _FONT_FACE.sub("", app.export_screenshot(title="llm-tui"))
            await runtime.aclose()
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"{name}.svg")


def save_conversations(folder: Path) -> None:
    """Save conversations from several days."""
    store = ConversationStore(folder)
    prompts = {
        "Regular expressions for dates": 1,
        "A birthday poem for Ada": 1,
        "Why does my loop never end?": 3,
        "Translate a letter to the landlord": 5,
        "SQLite or a plain file?": 20,
        "Names for a sailing boat": 60,
    }
    for number, (prompt, days) in enumerate(prompts.items()):
        when = time.time() - days * 86_400 - number
        conversation = Conversation(f"c{number}", created_at=when, provider="ollama", model="guide").append(
            ChatMessage(f"q{number}", "user", prompt, created_at=when),
            ChatMessage(f"a{number}", "assistant", "Well.", f"q{number}", created_at=when, model="guide"),
        )
        store.add(conversation)
    store.set_pinned("c4", pinned=True)
    store.set_unread("c1", unread=True)
    store.close()


def write_prompts(folder: Path) -> None:
    """Write some saved prompts."""
    folder.mkdir()
    for name in ("coder", "editor", "translator"):
        (folder / f"{name}.md").write_text(f"You are a careful {name}.\n")


async def ask(pilot: Pilot[None], text: str, seconds: float) -> None:
    """Type a prompt, send it, and let the answer stream for a while."""
    await pilot.press(*("space" if character == " " else character for character in text), "enter")
    await pilot.pause(seconds)


async def streaming(pilot: Pilot[None]) -> None:
    """A streaming answer, with every kind of Markdown block."""
    await ask(pilot, "Show me some Markdown", 2.6)


async def welcome(pilot: Pilot[None]) -> None:
    """A new conversation."""


async def interrupted(pilot: Pilot[None]) -> None:
    """An interrupted answer."""
    await ask(pilot, "Tell me a long story", 4.0)


async def thinking(pilot: Pilot[None]) -> None:
    """An answer with thinking."""
    await ask(pilot, "Why is the sky blue?", 7.0)
    await pilot.press("tab", "space")


async def settings(pilot: Pilot[None]) -> None:
    """The settings screen."""
    await pilot.press("f2")
    await pilot.pause(0.3)


async def models(pilot: Pilot[None]) -> None:
    """The model picker."""
    await pilot.press("f4")
    await pilot.pause(0.5)


async def help_screen(pilot: Pilot[None]) -> None:
    """The help screen."""
    await pilot.press("f1")
    await pilot.pause(0.3)


async def search(pilot: Pilot[None]) -> None:
    """A search in the conversation."""
    await ask(pilot, "Show me some Markdown", 9.0)
    await pilot.press("ctrl+f", *"code")
    await pilot.pause(0.5)


async def scrolled_up(pilot: Pilot[None]) -> None:
    """The transcript scrolled up during an answer."""
    await ask(pilot, "Go on", 4.0)
    await pilot.press("pageup")
    await pilot.pause(1.5)


async def versions(pilot: Pilot[None]) -> None:
    """Two versions of an edited prompt."""
    await ask(pilot, "Tell me about panda", 1.0)
    await pilot.press("tab", "up", "up", "e", "s", "enter")
    await pilot.pause(1.0)
    await pilot.press("tab", "up", "up")
    await pilot.pause(0.3)


async def search_all(pilot: Pilot[None]) -> None:
    """A search in all conversations."""
    await ask(pilot, "What do pandas eat", 1.0)
    await pilot.press("ctrl+n")
    await ask(pilot, "Where do pandas live", 1.0)
    await pilot.press("ctrl+g", *"pandas")
    await pilot.pause(0.5)


async def background_answers(pilot: Pilot[None]) -> None:
    """The sidebar, with two answers that stream in the background."""
    for prompt in ("Plan a week in Lisbon", "Explain how bees navigate"):
        await ask(pilot, prompt, 0.8)
        await pilot.press("ctrl+n")
        await pilot.pause(0.3)
    await ask(pilot, "Write a haiku about terminals", 1.0)
    await pilot.press(*"and", "space", *"another")
    await pilot.pause(0.3)


async def comparison(pilot: Pilot[None]) -> None:
    """Two models compared side by side."""
    await pilot.press(*"Show", "space", *"me", "space", *"some", "space", *"Markdown", "f9")
    await pilot.pause(1.0)
    await pilot.press(*"my-gateway", "space", *"think", "tab", "enter")
    await pilot.pause(4.0)


async def editing(pilot: Pilot[None]) -> None:
    """A prompt during editing."""
    await ask(pilot, "Tell me about pandas", 1.0)
    await pilot.press("tab", "up", "up", "e", "end", *", briefly")
    await pilot.pause(0.3)


async def completing(pilot: Pilot[None]) -> None:
    """The completion of slash commands."""
    await pilot.press("slash")
    await pilot.pause(0.5)


async def conversation_settings(pilot: Pilot[None]) -> None:
    """The settings of a conversation: its system prompt and options."""
    write_prompts(Path("prompts"))
    await pilot.press("alt+s")
    await pilot.pause(0.5)
    await pilot.press("tab", "enter", "tab", *"temperature=0.2", "enter", *"num_ctx=8192")
    await pilot.pause(0.3)


async def palette(pilot: Pilot[None]) -> None:
    """The palette, with something typed."""
    await pilot.press("ctrl+p")
    await pilot.pause(0.3)
    await pilot.press(*"conv")
    await pilot.pause(0.3)


async def selected(pilot: Pilot[None]) -> None:
    """A selected answer, with its keys."""
    await ask(pilot, "show markdown", 9)
    await pilot.press("tab", "up")
    await pilot.pause(0.3)


async def main() -> None:
    """Take all screenshots."""
    await take("chat", streaming, size=(120, 40), with_history=True)
    await take("chat-light", streaming, size=(120, 40), theme="daylight", with_history=True)
    await take("chat-80x24", streaming, size=(80, 24))
    await take("chat-80x24-light", streaming, size=(80, 24), theme="daylight")
    await take("chat-80x24-16-colours", streaming, size=(80, 24), theme="lamplight-16")
    await take("chat-200x50", streaming, size=(200, 50), with_history=True)
    await take("chat-200x50-light", streaming, size=(200, 50), theme="daylight", with_history=True)
    await take("welcome", welcome, size=(120, 40), with_history=True)
    await take("welcome-80x24-light", welcome, size=(80, 24), theme="daylight")
    await take("cut-off", interrupted, model="cut")
    await take("cut-off-80x24-light", interrupted, size=(80, 24), model="cut", theme="daylight")
    await take("thinking", thinking, model="think")
    await take("selected-light", selected, size=(120, 40), theme="daylight", with_history=True)
    await take("settings", settings, size=(120, 40))
    await take("settings-80x24-light", settings, size=(80, 24), theme="daylight")
    await take("models", models, size=(120, 40))
    await take("models-80x24-light", models, size=(80, 24), theme="daylight")
    await take("palette", palette, size=(120, 40))
    await take("palette-80x24-light", palette, size=(80, 24), theme="daylight")
    await take("help", help_screen, size=(120, 48))
    await take("help-80x24-light", help_screen, size=(80, 24), theme="daylight")
    await take("search", search)
    await take("search-all", search_all, model="echo", with_history=True)
    await take("versions", versions, model="echo")
    await take("scrolled-up-80x24", scrolled_up, size=(80, 24), model="lorem-2000-60")
    await take("sidebar", background_answers, size=(120, 40), model="lorem-900-30", with_history=True)
    await take("sidebar-200x50", background_answers, model="lorem-900-30", with_history=True, size=(200, 50))
    await take("compare", comparison, size=(120, 40))
    await take("compare-80x24-light", comparison, size=(80, 24), theme="daylight")
    await take("edit", editing, model="echo")
    await take("commands-80x24", completing, size=(80, 24))
    await take("system-prompt", conversation_settings, size=(120, 40))


if __name__ == "__main__":
    asyncio.run(main())
