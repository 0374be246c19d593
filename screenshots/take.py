"""Takes the pictures in this folder, by driving the app against the demo server: `python screenshots/take.py`."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from textual.pilot import Pilot  # noqa: E402

from tui.config.load import load  # noqa: E402
from tui.demo.server import DemoServer  # noqa: E402
from tui.runtime import Runtime  # noqa: E402
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
    name: str, scene: Scene, *, size: tuple[int, int] = (110, 34), model: str = "guide", theme: str = "textual-dark"
) -> None:
    """Play a scene, and take a picture of how it ends.

    Args:
        name: Of the picture.
        scene: What is pressed.
        size: Columns and lines.
        model: The demo's model to begin with.
        theme: The colours.
    """
    # Pictures name no folder of whoever takes them.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        async with DemoServer() as demo:
            config = Path("config.toml")
            config.write_text(CONFIG.format(url=demo.url, theme=theme))  # noqa: ASYNC240  Nobody else waits here.
            runtime = Runtime(load(config, {}), {}, Path("data"))
            app = LlmTuiApp(runtime, model=model)
            async with app.run_test(size=size, notifications=True) as pilot:
                await pilot.pause(0.6)
                await scene(pilot)
                # Without the address of a font that the browser would fetch from somebody else.
                picture = _FONT_FACE.sub("", app.export_screenshot(title="llm-tui"))
            await runtime.aclose()
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")
    print(f"{name}.svg")


async def ask(pilot: Pilot[None], text: str, seconds: float) -> None:
    """Type a prompt, send it, and let the answer stream for a while."""
    await pilot.press(*("space" if character == " " else character for character in text), "enter")
    await pilot.pause(seconds)


async def streaming(pilot: Pilot[None]) -> None:
    """An answer in mid-stream, with all that Markdown has."""
    await ask(pilot, "Show me some Markdown", 2.6)


async def welcome(pilot: Pilot[None]) -> None:
    """Nothing said yet."""


async def cut(pilot: Pilot[None]) -> None:
    """An answer whose connection broke."""
    await ask(pilot, "Tell me a long story", 4.0)


async def thinking(pilot: Pilot[None]) -> None:
    """A model that thinks."""
    await ask(pilot, "Why is the sky blue?", 7.0)
    await pilot.press("tab", "space")


async def settings(pilot: Pilot[None]) -> None:
    """The settings."""
    await pilot.press("f2")
    await pilot.pause(0.3)


async def models(pilot: Pilot[None]) -> None:
    """The model picker."""
    await pilot.press("f4")
    await pilot.pause(0.5)


async def help_screen(pilot: Pilot[None]) -> None:
    """Every key."""
    await pilot.press("f1")
    await pilot.pause(0.3)


async def searched(pilot: Pilot[None]) -> None:
    """A conversation in which something is looked for."""
    await ask(pilot, "Show me some Markdown", 9.0)
    await pilot.press("ctrl+f", *"code")
    await pilot.pause(0.5)


async def scrolled_up(pilot: Pilot[None]) -> None:
    """A reader who has scrolled up while the answer goes on."""
    await ask(pilot, "Go on", 4.0)
    await pilot.press("pageup")
    await pilot.pause(1.5)


async def edited(pilot: Pilot[None]) -> None:
    """A prompt that was edited, and is about to be edited again."""
    await ask(pilot, "Tell me about panda", 1.0)
    await pilot.press("tab", "up", "up", "e", "s", "enter")
    await pilot.pause(1.0)
    await pilot.press("tab", "up", "up")
    await pilot.pause(0.3)


async def all_searched(pilot: Pilot[None]) -> None:
    """All conversations, searched."""
    await ask(pilot, "What do pandas eat", 1.0)
    await pilot.press("ctrl+n")
    await ask(pilot, "Where do pandas live", 1.0)
    await pilot.press("ctrl+g", *"pandas")
    await pilot.pause(0.5)


async def main() -> None:
    """Take them all."""
    await take("chat", streaming)
    await take("chat-80x24", streaming, size=(80, 24))
    await take("chat-200x50-light", streaming, size=(200, 50), theme="textual-light")
    await take("welcome", welcome)
    await take("cut-off", cut, model="cut")
    await take("thinking", thinking, model="think")
    await take("settings", settings, size=(100, 36))
    await take("models", models)
    await take("help", help_screen, size=(100, 54))
    await take("search", searched)
    await take("search-all", all_searched, model="echo")
    await take("versions", edited, model="echo")
    await take("scrolled-up-80x24", scrolled_up, size=(80, 24), model="lorem-2000-60")
    await take("settings-80x24", settings, size=(80, 24))


if __name__ == "__main__":
    asyncio.run(main())
