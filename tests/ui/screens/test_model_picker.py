"""ModelPicker: lists and filters the models of a provider, and returns a name."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from textual.containers import Vertical
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.fault_server import JSON, StartServer, replies
from tests.program import Program
from tests.ui.running import StartApp
from tests.ui.themed_app import ThemedApp
from tui.chat.model_info import ModelInfo
from tui.demo.server import DemoServer
from tui.errors import ServerUnreachable
from tui.ui.screens.model_picker import ModelPicker

Lister = Callable[[], Awaitable[tuple[ModelInfo, ...]]]


class RunningPicker:
    """A running picker, with its keyboard and results."""

    def __init__(self, screen: ModelPicker, pilot: Pilot[None], results: list[str | None]) -> None:
        self.screen = screen
        self.results = results
        self.pilot = pilot

    @property
    def options(self) -> OptionList:
        return self.screen.query_one(OptionList)

    @property
    def names(self) -> list[str | None]:
        return [option.id for option in self.options.options]

    @property
    def rows(self) -> list[str]:
        return [str(option.prompt).rstrip() for option in self.options.options]

    @property
    def message(self) -> str:
        """The message below the list. Empty if no message is shown."""
        message = self.screen.query_one("#message", Static)
        return str(message.content) if message.display else ""

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)


def lists(*models: ModelInfo | str) -> Lister:
    """A lister that returns the models."""

    async def list_models() -> tuple[ModelInfo, ...]:
        return tuple(model if isinstance(model, ModelInfo) else ModelInfo(model) for model in models)

    return list_models


async def fails_to_list() -> tuple[ModelInfo, ...]:
    raise ServerUnreachable("Cannot reach [b]it[/].", hint="Is it\x1b running?")


@contextlib.asynccontextmanager
async def open_picker(list_models: Lister, *, current: str = "", provider: str = "p") -> AsyncIterator[RunningPicker]:
    """Run the picker in an app of its own."""
    app = ThemedApp()
    results: list[str | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        screen = ModelPicker(provider, current, list_models)
        app.push_screen(screen, results.append)
        await pilot.pause()
        yield RunningPicker(screen, pilot, results)


async def test_current_model_is_highlighted() -> None:
    async with open_picker(lists("a", "b", "c"), current="b") as picker:
        assert picker.names == ["a", "b", "c"]
        await picker.press("enter")
        assert picker.results == ["b"]


async def test_first_model_is_highlighted_if_the_current_is_missing() -> None:
    async with open_picker(lists("a", "b"), current="gone") as picker:
        await picker.press("enter")
        assert picker.results == ["a"]


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (["down"], "m1"),
        (["down", "down", "up"], "m1"),
        (["up"], "m0"),
        (["pagedown"], "m10"),
        (["pagedown", "pagedown", "pagedown"], "m24"),
        (["pagedown", "pageup"], "m0"),
    ],
)
async def test_arrows_and_pages_move_the_highlight_within_the_list(keys: list[str], chosen: str) -> None:
    async with open_picker(lists(*(f"m{at}" for at in range(25)))) as picker:
        await picker.press(*keys, "enter")
        assert picker.results == [chosen]


async def test_filter_matches_all_words_ignoring_case() -> None:
    async with open_picker(lists("Qwen3:8b", "qwen3:14b", "llama3:8b")) as picker:
        await picker.press(*"QWEN", "space", *"8B")
        assert picker.names == ["Qwen3:8b"]
        await picker.press("enter")
        assert picker.results == ["Qwen3:8b"]


async def test_clearing_the_filter_restores_the_list() -> None:
    async with open_picker(lists("one", "two"), current="two") as picker:
        await picker.press(*"one")
        assert picker.names == ["one"]
        await picker.press("backspace", "backspace", "backspace")
        assert picker.names == ["one", "two"]
        assert picker.options.highlighted == 1


async def test_exact_name_wins_over_longer_names() -> None:
    async with open_picker(lists("codellama", "llama", "llama-big"), current="codellama") as picker:
        await picker.press(*"llama", "enter")
        assert picker.results == ["llama"]


async def test_unlisted_name_is_used_as_typed() -> None:
    async with open_picker(lists("one")) as picker:
        await picker.press("space", *"Other:1")
        assert picker.names == []
        assert "uses the name as typed" in picker.message
        await picker.press("down", "enter")
        assert picker.results == ["Other:1"]


async def test_empty_list_is_reported_and_enter_does_nothing() -> None:
    async with open_picker(lists()) as picker:
        assert picker.message == "The server lists no models."
        await picker.press("enter")
        assert picker.results == []


async def test_listing_error_is_shown_and_a_name_can_be_typed() -> None:
    async with open_picker(fails_to_list) as picker:
        assert picker.message == "Cannot reach [b]it[/]. Is it␛ running?"
        await picker.press(*"own", "enter")
        assert picker.results == ["own"]


async def test_text_typed_while_loading_filters_the_list() -> None:
    answer = asyncio.Event()

    async def lists_late() -> tuple[ModelInfo, ...]:
        await answer.wait()
        return (ModelInfo("one"), ModelInfo("two"))

    async with open_picker(lists_late) as picker:
        assert picker.message == "loading…"
        await picker.press(*"tw")
        answer.set()
        await picker.screen.workers.wait_for_complete()
        await picker.pilot.pause()
        assert picker.names == ["two"]
        assert picker.message == ""


async def test_closing_while_loading_returns_none() -> None:
    async def never_lists() -> tuple[ModelInfo, ...]:
        await asyncio.Event().wait()
        return ()

    async with open_picker(never_lists) as picker:
        await picker.press("escape")
        assert picker.results == [None]


async def test_click_chooses_a_model() -> None:
    async with open_picker(lists("a", "b", "c")) as picker:
        await picker.pilot.click(picker.options, offset=(4, 2))
        assert picker.results == ["c"]


async def test_duplicate_model_is_shown_once() -> None:
    async with open_picker(lists("a", "b", "a")) as picker:
        assert picker.names == ["a", "b"]


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (ModelInfo("m"), "   m"),
        (ModelInfo("m", loaded=False, parameters="0.6B", size_bytes=500_000_000), " ○ m  0.6B · 500 MB"),
        (ModelInfo("m", loaded=False, parameters="0", size_bytes=0), " ○ m"),
        (
            ModelInfo("m", loaded=True, context_length=131_072, loaded_context_length=4_096),
            " ● m  4,096 tokens · loaded",
        ),
        (
            ModelInfo("m", context_length=131_072, capabilities=frozenset({"vision", "tools"})),
            "   m  131,072 tokens · vision",
        ),
        (ModelInfo("[b]m[/]\x1b[2J", parameters="\x9b1B"), "   [b]m[/]␛[2J  \ufffd1B"),
    ],
)
async def test_row_shows_only_known_properties(model: ModelInfo, row: str) -> None:
    async with open_picker(lists(model)) as picker:
        assert picker.rows == [row]


async def test_provider_name_is_not_read_as_markup() -> None:
    async with open_picker(lists("a"), provider="[red]my\ngateway") as picker:
        title = picker.screen.query_one(Vertical).border_title
        assert title is not None
        assert Content.from_markup(title).plain == "Models of [red]my gateway"


async def test_chosen_model_reaches_the_status_line_and_next_request(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="guide")
    await app.press("f4")
    picker = app.screen
    assert isinstance(picker, ModelPicker)
    await app.until(lambda: picker.query_one(OptionList).option_count)
    await app.type("echo")
    await app.press("enter")
    await app.until(lambda: app.header.model == "echo")
    await app.ask("picked")
    await app.until(lambda: app.shows("◆ echo", "picked"))


async def test_server_error_is_shown_and_escape_keeps_the_model(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    refused = replies(500, b'{"error":"boom"}', JSON)
    server = await start_server(replies(200, b'{"version":"1"}', JSON), refused)
    program.use_server(server.url, more="retry = { attempts = 1 }\n")
    app = await start_app(model="m")
    await app.press("f4")
    picker = app.screen
    assert isinstance(picker, ModelPicker)
    await app.until(lambda: "boom" in str(picker.query_one("#message", Static).content))
    await app.press("escape")
    await app.until(lambda: len(app.app.screen_stack) == 1)
    assert app.header.model == "m"
