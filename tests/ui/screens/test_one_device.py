"""A whole session with the keyboard only, and one with the mouse only: the text is typed, all else is clicked."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import OptionList

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.compare import CompareScreen
from tui.ui.screens.compare_prompt import ComparePromptScreen
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.screens.palette import Palette
from tui.ui.widgets.key_bar import KeyBar
from tui.ui.widgets.model_list import ModelList
from tui.ui.widgets.search_bar import SearchBar
from tui.ui.widgets.sidebar import Sidebar


def column_texts(app: RunningApp) -> list[str]:
    assert isinstance(app.screen, CompareScreen)
    return [column.log_.text for column in app.screen.columns]


async def test_session_with_the_keyboard_only(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-5000-50", size=(120, 40))
    # Chat and stop.
    await app.ask("go")
    await app.until(lambda: app.is_running and "orem" in app.log.text)
    await app.press("escape")
    await app.until(lambda: not app.is_running and "Stopped" in app.log.text)
    # Another model.
    await app.press("f4")
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await app.press(*"echo")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and len(app.screen.listed) == 1)
    await app.press("enter")
    await app.until(lambda: app.screen is app.chat and app.session.model == "echo")
    await app.ask_and_wait("hello there")
    assert app.messages[-1] == "hello there"
    # Another version, and back.
    await app.press("f5")
    await app.until(lambda: "2/2" in app.log.text)
    await app.answered()
    await app.press("tab", "up", "left")
    await app.until(lambda: "1/2" in app.log.text)
    await app.press("right")
    await app.until(lambda: "2/2" in app.log.text)
    # Search.
    await app.press("ctrl+f", *"there")
    bar = app.chat.query_one(SearchBar)
    await app.until(lambda: bar.count == "2 of 2")
    await app.press("up")
    await app.until(lambda: bar.count == "1 of 2")
    await app.press("escape")
    await app.until(lambda: app.screen.focused is app.prompt)
    # The sidebar.
    await app.press("ctrl+n")
    await app.until(lambda: not app.messages)
    await app.press("f3", "tab")
    await app.until(lambda: app.sidebar.areas[1].has_focus and app.sidebar.areas[1].option_count > 1)
    await app.press("home", "enter")
    await app.until(lambda: app.workspace.current is not None and app.messages[-1:] == ["hello there"])
    # Compare.
    await app.press("ctrl+n")
    await app.until(lambda: app.workspace.current is not None and not app.messages)
    await app.press("f9")
    await app.until(lambda: isinstance(app.screen, ComparePromptScreen))
    await app.press(*"compare", "enter")
    await app.until(lambda: isinstance(app.screen, ModelPicker) and len(app.screen.listed) > 3)
    await app.press(*"think", "tab", "enter")
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.until(lambda: "compare" in column_texts(app)[0])
    await app.press("c")
    await app.until(lambda: app.clipboard == "compare")
    await app.press("1")
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: app.messages == ["compare", "compare"])


class Mouse:
    """Clicks on what is painted."""

    def __init__(self, app: RunningApp) -> None:
        self._app = app

    async def click(
        self, text: str, *, within: type[Widget] | None = None, button: int = 1, last: bool = False
    ) -> None:
        """Click on the first character of a text, once it is on screen.

        Args:
            text: The text.
            within: The widget that it stands in. None for anywhere.
            button: 1 for the left one, 3 for the right one.
            last: Whether to click on the last such text. Otherwise on the first.
        """
        await self._app.until(lambda: self._places(text, within))
        await self._app.pilot.click(offset=self._places(text, within)[-1 if last else 0], button=button)
        await self._app.pilot.pause()

    async def run(self, command: str) -> None:
        """Choose a command in the palette."""
        await self.click("Ctrl+P", within=KeyBar)
        await self._app.until(lambda: isinstance(self._app.screen, Palette))
        await self._app.type(command.lower())
        await self.click(command, within=OptionList)

    def _places(self, text: str, within: type[Widget] | None) -> list[tuple[int, int]]:
        screen = self._app.screen
        regions = [widget.region for widget in screen.query(within)] if within else [screen.region]
        return [
            (x, y)
            for y, strip in enumerate(screen._compositor.render_strips())
            if (x := strip.text.find(text, min((region.x for region in regions), default=0))) >= 0
            and any(region.contains(x, y) for region in regions)
        ]


async def test_session_with_the_mouse_only(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-5000-50", size=(80, 24))
    await app.until(lambda: app.header.model == "lorem-5000-50")
    mouse = Mouse(app)
    # Chat and stop.
    await app.type("go")
    await mouse.click("Enter send", within=KeyBar)
    await app.until(lambda: app.is_running and "orem" in app.log.text)
    await mouse.click("Esc stop", within=KeyBar)
    await app.until(lambda: not app.is_running and "Stopped" in app.log.text)
    # Another model.
    await mouse.click("lorem-5000-50", within=type(app.header))
    await app.until(lambda: isinstance(app.screen, ModelPicker))
    await mouse.click("echo", within=ModelList)
    await app.until(lambda: app.screen is app.chat and app.session.model == "echo")
    await app.pilot.click(app.prompt)
    await app.type("hello there")
    await mouse.click("Enter send", within=KeyBar)
    await app.until(lambda: app.messages[-1] == "hello there" and not app.is_running)
    # Another version, and back.
    await mouse.click("hello there", within=type(app.log), button=3, last=True)
    await mouse.click("again", within=OptionList)
    await app.until(lambda: "2/2" in app.log.text and not app.is_running)
    for word, version in (("previous version", "1/2"), ("next version", "2/2")):
        await mouse.click("hello there", within=type(app.log), button=3, last=True)
        await mouse.click(word, within=OptionList)
        await app.until(lambda version=version: version in app.log.text)  # type: ignore[misc]
    # Search.
    await app.pilot.click(app.prompt)
    await mouse.run("Search in this conversation")
    await app.until(lambda: app.chat.query(SearchBar))
    await app.type("there")
    bar = app.chat.query_one(SearchBar)
    await app.until(lambda: bar.count == "2 of 2")
    await mouse.click("↑ previous", within=KeyBar)
    await app.until(lambda: bar.count == "1 of 2")
    await mouse.click("Esc close", within=KeyBar)
    await app.until(lambda: app.screen.focused is app.prompt)
    # The sidebar.
    await app.workspace.new()
    if not app.sidebar.display:
        await mouse.run("Hide or show the sidebar")
    await mouse.click("go", within=Sidebar)
    await app.until(lambda: app.workspace.current is not None and app.messages[-1:] == ["hello there"])
    # Compare.
    await app.workspace.new()
    await app.until(lambda: not app.messages)
    await mouse.run("Compare models")
    await app.until(lambda: isinstance(app.screen, ComparePromptScreen))
    await app.type("compare")
    await mouse.click("Enter choose models", within=KeyBar)
    await app.until(lambda: isinstance(app.screen, ModelPicker) and len(app.screen.listed) > 3)
    await mouse.click("guide", within=ModelList)
    await mouse.click("Enter continue", within=KeyBar)
    await app.until(lambda: isinstance(app.screen, CompareScreen))
    await app.until(lambda: "compare" in column_texts(app)[0])
    assert isinstance(app.screen, CompareScreen)
    await app.pilot.click(app.screen.columns[1].log_)
    await app.pilot.click(app.screen.columns[0].log_)
    await mouse.click("c copy", within=KeyBar)
    await app.until(lambda: app.clipboard == "compare")
    await mouse.click("Enter use this answer", within=KeyBar)
    await app.until(lambda: app.screen is app.chat)
    await app.until(lambda: app.messages == ["compare", "compare"])
