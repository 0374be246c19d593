"""ModelPicker: lists the models of all providers, finds them by typing, and manages them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.fault_server import JSON, StartServer, replies
from tests.program import Program
from tests.ui.running import StartApp
from tests.ui.themed_app import ThemedApp
from tests.workspace.model_servers import ListingProvider, OpenCatalog, ScriptedManager, open_catalog
from tui.chat.model_info import ModelInfo, ModelProgress
from tui.demo.server import DemoServer
from tui.errors import ServerFailed, ServerUnreachable
from tui.ui.screens.dialog import Dialog
from tui.ui.screens.model_forms import LoadScreen, ModelDetailsScreen, PullScreen
from tui.ui.screens.model_picker import ModelPicker
from tui.ui.screens.question import QuestionScreen
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine
from tui.ui.widgets.model_list import ModelList
from tui.workspace.target import Target

SIZE = (100, 40)
NO_MODEL = Target("ollama", "")


class RunningPicker:
    """A running picker, with its keyboard, its catalog and its results."""

    def __init__(
        self, screen: ModelPicker, pilot: Pilot[None], opened: OpenCatalog, results: list[tuple[Target, ...] | None]
    ) -> None:
        self.screen = screen
        self.pilot = pilot
        self.opened = opened
        self.results = results

    @property
    def names(self) -> list[str]:
        """The models that are shown, in their order."""
        return [target.model for target in self.screen.listed]

    @property
    def list_(self) -> ModelList:
        return self.screen.query_one(ModelList)

    @property
    def lines(self) -> list[str]:
        """The lines of the list as they are drawn, blank ones left out."""
        drawn = (self.list_.render_line(y).text.rstrip() for y in range(self.list_.size.height))
        return [line for line in drawn if line]

    @property
    def chosen(self) -> list[str]:
        """The only result as `provider/model` for each model."""
        assert len(self.results) == 1
        return [f"{target.provider}/{target.model}" for target in self.results[0] or ()]

    @property
    def cursor(self) -> str:
        row = self.screen.cursor
        return "" if row is None else row.target.model

    def text(self, selector: str) -> str:
        """What a line of the dialog shows. Empty if it is hidden."""
        widget = self.screen.query_one(selector, Static)
        return str(widget.render()).strip() if widget.display else ""

    @property
    def state(self) -> str:
        subtitle = self.screen.query_one(DialogFrame).border_subtitle
        return "" if subtitle is None else Content.from_markup(subtitle).plain

    @property
    def keys(self) -> str:
        return " · ".join(f"{hint.key} {hint.word}" for hint in self.screen.query_one(KeyLine).hints)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: object) -> None:
        """Wait until a condition is true, or no longer false."""
        assert callable(condition)
        async with asyncio.timeout(10):
            while not condition():
                await self.pilot.pause(0.01)

    async def dialog(self, kind: type[Dialog[Any]]) -> None:
        """Wait until a dialog is above the picker."""
        await self.until(lambda: isinstance(self.pilot.app.screen, kind))
        await self.pilot.pause()


@contextlib.asynccontextmanager
async def open_picker(
    folder: Path,
    *providers: ListingProvider,
    current: Target = NO_MODEL,
    size: tuple[int, int] = SIZE,
    least: int = 1,
    most: int = 1,
    listed: bool = True,
) -> AsyncIterator[RunningPicker]:
    """Run the picker in an app of its own. See `ModelPicker`.

    Args:
        folder: Has the config file.
        providers: The providers.
        current: The model in use.
        size: Columns and lines of the terminal.
        least: The smallest number of models to choose.
        most: The largest number.
        listed: Whether to wait until all providers have answered.
    """
    app = ThemedApp()
    results: list[tuple[Target, ...] | None] = []
    async with open_catalog(folder, *providers) as opened, app.run_test(size=size) as pilot:
        screen = ModelPicker(
            "Models",
            opened.catalog,
            opened.jobs,
            opened.events,
            current,
            address_of=lambda name: f"http://{name}.example:1",
            context_length_of=lambda _: 2048,
            least=least,
            most=most,
        )
        app.push_screen(screen, results.append)
        await pilot.pause()
        picker = RunningPicker(screen, pilot, opened, results)
        if listed:
            await screen.workers.wait_for_complete()
            await pilot.pause()
        yield picker


def ollama(*models: ModelInfo | str) -> ListingProvider:
    return ListingProvider("ollama", *models)


def managed(*models: ModelInfo | str) -> tuple[ListingProvider, ScriptedManager]:
    provider = ollama(*models)
    provider.manager = manager = ScriptedManager(provider)
    return provider, manager


NO_LMSTUDIO = ListingProvider("lmstudio")

# Choosing.


async def test_cursor_starts_on_the_model_in_use(tmp_path: Path) -> None:
    lmstudio = ListingProvider("lmstudio", "x")
    async with open_picker(tmp_path, ollama("a", "b", "c"), lmstudio, current=Target("ollama", "b")) as picker:
        assert picker.names == ["a", "b", "c", "x"]
        await picker.press("enter")
        assert picker.chosen == ["ollama/b"]


async def test_model_of_another_provider_can_be_chosen(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a"), ListingProvider("lmstudio", "x")) as picker:
        await picker.press("down", "enter")
        assert picker.chosen == ["lmstudio/x"]


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
async def test_arrows_and_pages_move_the_cursor_within_the_list(tmp_path: Path, keys: list[str], chosen: str) -> None:
    models = [f"m{at}" for at in range(25)]
    async with open_picker(tmp_path, ollama(*models), NO_LMSTUDIO, size=(80, 24)) as picker:
        await picker.press(*keys)
        assert any(line.lstrip().startswith("›") and chosen in line for line in picker.lines)
        await picker.press("enter")
        assert picker.chosen == [f"ollama/{chosen}"]


async def test_typing_filters_and_ranks_over_all_providers(tmp_path: Path) -> None:
    lmstudio = ListingProvider("lmstudio", "qwen3-8b-mlx", "llama")
    async with open_picker(tmp_path, ollama("Qwen3:8b", "qwen3:14b", "codellama"), lmstudio) as picker:
        await picker.press(*"QWEN", "space", *"8B")
        assert picker.names == ["Qwen3:8b", "qwen3-8b-mlx"]
        assert picker.state == "2 of 5"
        await picker.press("ctrl+u", *"llama")
        assert picker.names == ["llama", "codellama"]
        await picker.press("enter")
        assert picker.chosen == ["lmstudio/llama"]


async def test_matched_letters_are_underlined(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("qwen3:8b"), NO_LMSTUDIO) as picker:
        await picker.press(*"q8")
        segments = list(picker.list_.render_line(1))
        assert "".join(s.text for s in segments if s.style is not None and s.style.underline) == "q8"


async def test_clearing_the_filter_restores_list_and_cursor(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("one", "two"), NO_LMSTUDIO, current=Target("ollama", "two")) as picker:
        await picker.press(*"one")
        assert picker.names == ["one"]
        await picker.press("ctrl+u")
        assert (picker.names, picker.cursor) == (["one", "two"], "two")


async def test_cursor_is_in_view_and_columns_are_whole_when_a_long_list_is_back(tmp_path: Path) -> None:
    models = [f"m{at}" for at in range(40)]
    lmstudio = ListingProvider("lmstudio", "last")
    async with open_picker(
        tmp_path, ollama(*models), lmstudio, current=Target("lmstudio", "last"), size=(80, 24)
    ) as picker:
        await picker.press(*"m3")
        assert picker.names[0] == "m3"
        await picker.press("ctrl+u")
        assert " ".join(picker.lines[-1].split()) == "› last"
        await picker.press(*["pageup"] * 5)
        assert " ".join(picker.lines[2].split()) == "› m0"


async def test_unlisted_name_is_used_as_typed_with_the_provider_in_use(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("one"), NO_LMSTUDIO) as picker:
        await picker.press("space", *"Other:1")
        assert picker.names == []
        assert "uses the name as typed" in picker.text("#message")
        await picker.press("down", "enter")
        assert picker.chosen == ["ollama/Other:1"]


async def test_empty_lists_are_reported_and_enter_does_nothing(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama(), NO_LMSTUDIO) as picker:
        assert picker.text("#message") == "No server lists a model."
        await picker.press("enter")
        assert picker.results == []


async def test_failure_of_the_provider_in_use_is_shown_and_a_name_can_be_typed(tmp_path: Path) -> None:
    provider = ollama()
    provider.failure = ServerUnreachable("Cannot reach [b]it[/].", hint="Is it\x1b running?")
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        assert picker.text("#message") == "Cannot reach [b]it[/]. Is it␛ running?"
        assert any("ollama" in line and "○ no answer" in line for line in picker.lines)
        await picker.press(*"own", "enter")
        assert picker.chosen == ["ollama/own"]


async def test_models_appear_as_providers_answer_and_the_cursor_stays(tmp_path: Path) -> None:
    slow = ollama("one", "two")
    slow.may_list.clear()
    lmstudio = ListingProvider("lmstudio", "x", "y")
    async with open_picker(tmp_path, slow, lmstudio, listed=False) as picker:
        await picker.until(lambda: picker.names == ["x", "y"])
        assert picker.state.startswith("asking ollama…")
        assert any("◌ asking…" in line for line in picker.lines)
        await picker.press("down")
        slow.may_list.set()
        await picker.until(lambda: picker.names == ["one", "two", "x", "y"])
        assert picker.cursor == "y"


async def test_enter_before_the_models_are_there_chooses_when_they_are(tmp_path: Path) -> None:
    slow = ollama("two", "one")
    slow.may_list.clear()
    async with open_picker(tmp_path, slow, NO_LMSTUDIO, listed=False) as picker:
        await picker.press(*"tw", "enter")
        assert picker.results == []
        slow.may_list.set()
        await picker.until(lambda: picker.results)
        assert picker.chosen == ["ollama/two"]


async def test_closing_while_loading_returns_nothing(tmp_path: Path) -> None:
    slow = ollama("a")
    slow.may_list.clear()
    async with open_picker(tmp_path, slow, NO_LMSTUDIO, listed=False) as picker:
        await picker.press("escape")
        assert picker.results == [()]


async def test_click_chooses_a_model_and_the_right_button_only_goes_to_it(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a", "b", "c"), NO_LMSTUDIO) as picker:
        # The titles of the columns and the provider's name are above the models.
        await picker.pilot.click(ModelList, offset=(8, 4), button=3)
        assert (picker.cursor, picker.results) == ("c", [])
        await picker.pilot.click(ModelList, offset=(8, 1))
        assert picker.results == []
        await picker.pilot.click(ModelList, offset=(8, 3))
        assert picker.chosen == ["ollama/b"]


async def test_tab_hides_and_shows_what_may_not_chat(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a", "nomic-embed-text"), NO_LMSTUDIO) as picker:
        assert picker.names == ["a", "nomic-embed-text"]
        assert [line.strip() for line in picker.lines if "Cannot" in line] == ["Cannot chat"]
        await picker.press("tab")
        assert picker.names == ["a"]
        await picker.press("tab")
        assert picker.names == ["a", "nomic-embed-text"]


async def test_several_models_are_marked_to_compare(tmp_path: Path) -> None:
    models = ollama("a", "b", "c", "nomic-embed-text")
    async with open_picker(tmp_path, models, NO_LMSTUDIO, current=Target("ollama", "a"), least=2, most=2) as picker:
        # The model in use is marked, and the cursor on the next one.
        assert (picker.names, picker.cursor) == (["a", "b", "c"], "b")
        await picker.press("tab", "tab", "tab", "down", "tab")
        assert picker.text("#message") == "You can compare at most 2."
        assert [line.strip()[:6] for line in picker.lines if "[x]" in line or "[ ]" in line] == [
            "[x]   ",
            "[x]   ",
            "› [ ] ",
        ]
        await picker.press("enter")
        assert picker.chosen == ["ollama/a", "ollama/b"]


async def test_too_few_marked_models_are_refused(tmp_path: Path) -> None:
    async with open_picker(
        tmp_path, ollama("a"), NO_LMSTUDIO, current=Target("ollama", "a"), least=2, most=4
    ) as picker:
        await picker.press("enter")
        assert picker.text("#message") == "Choose at least 2. Tab marks one."
        assert picker.results == []


# What is shown.

QWEN = ModelInfo(
    "qwen3:8b",
    loaded=True,
    size_bytes=5_200_000_000,
    context_length=40_960,
    loaded_context_length=8_192,
    parameters="8.2B",
    quantization="Q4_K_M",
    capabilities=frozenset({"completion", "thinking", "tools"}),
    gpu_fraction=0.81,
)


async def test_row_shows_marks_columns_and_abilities(tmp_path: Path) -> None:
    cloud = ModelInfo("gpt-oss:120b-cloud", loaded=False, is_remote=True)
    plain = ModelInfo("plain", loaded=False, size_bytes=0)
    async with open_picker(tmp_path, ollama(QWEN, cloud, plain), NO_LMSTUDIO, size=(120, 40)) as picker:
        rows = [" ".join(line.split()) for line in picker.lines]
        assert rows == [
            "Model Params Quant Size Context Can",
            "ollama ● ollama.example:1",
            "› ↗ gpt-oss:120b-cloud cloud",
            "□ plain",
            "■ qwen3:8b 8.2B Q4_K_M 5.2 GB 8k think tools",
        ]
        assert picker.text("#facts") == "ollama · ↗ leaves this machine"
        assert picker.text("#legend") == "■ in memory   □ on disk   ↗ leaves this machine"
        await picker.press("alt+l")
        await picker.until(lambda: picker.text("#message"))
        assert "gpt-oss:120b-cloud is a cloud model" in picker.text("#message")
        await picker.press("down", "down")
        assert picker.text("#facts") == "ollama · in memory · 81% on the GPU · loaded with 8k of its 40k"


async def test_narrow_window_drops_columns_and_keeps_names(tmp_path: Path) -> None:
    name = "a-model-with-a-name-of-37-characters-"
    async with open_picker(tmp_path, ollama(QWEN, name), NO_LMSTUDIO, size=(60, 24)) as picker:
        assert any(name in line for line in picker.lines)
        assert "Quant" not in picker.lines[0]
        assert all(len(line) <= picker.list_.size.width for line in picker.lines)


async def test_foreign_text_in_rows_is_safe(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama(ModelInfo("[b]m[/]\x1b[2J", parameters="\x9b1B")), NO_LMSTUDIO) as picker:
        assert " ".join(picker.lines[-1].split()) == "› [b]m[/]␛[2J \ufffd1B"


async def test_details_of_all_rows_are_asked_for_in_the_background(tmp_path: Path) -> None:
    provider = ollama("a", "b")
    provider.lists_details = False
    provider.model_info = ModelInfo("b", context_length=4_096)
    async with open_picker(tmp_path, provider, NO_LMSTUDIO, current=Target("ollama", "b")) as picker:
        await picker.until(lambda: sorted(provider.described) == ["a", "b"])
        await picker.until(lambda: sum("4k" in line for line in picker.lines) == 2)


async def test_remote_model_is_only_asked_about_when_the_cursor_rests_on_it(tmp_path: Path) -> None:
    provider = ollama("a", ModelInfo("z-cloud", is_remote=True))
    provider.lists_details = False
    provider.model_info = ModelInfo("", context_length=4_096)
    async with open_picker(tmp_path, provider, NO_LMSTUDIO, current=Target("ollama", "a")) as picker:
        assert provider.described == ["a"]
        await picker.press("down")
        await picker.until(lambda: provider.described == ["a", "z-cloud"])


async def test_filter_finds_what_only_the_details_say(tmp_path: Path) -> None:
    provider = ollama(*(f"m{at}" for at in range(60)))
    provider.lists_details = False
    provider.model_info = ModelInfo("", context_length=4_096, capabilities=frozenset({"completion", "vision"}))
    async with open_picker(tmp_path, provider, NO_LMSTUDIO, size=(80, 24)) as picker:
        await picker.press(*"see")
        assert len(picker.names) == 60


async def test_provider_stands_behind_the_name_where_no_heading_says_it(tmp_path: Path) -> None:
    lmstudio = ListingProvider("lmstudio", "x", "whisper-1")
    async with open_picker(tmp_path, ollama("a", QWEN), lmstudio, size=(120, 40)) as picker:
        picker.opened.catalog.toggle_favourite(Target("lmstudio", "x"))
        await picker.pilot.pause()
        rows = [" ".join(line.split()) for line in picker.lines]
        assert rows == [
            "Model Params Quant Size Context Can",
            "Favourites",
            "› ★ x lmstudio",
            "ollama ● ollama.example:1",
            "a",
            "■ qwen3:8b 8.2B Q4_K_M 5.2 GB 8k think tools",
            "Cannot chat",
            "whisper-1 lmstudio may not chat",
        ]
        # The filtered list has no headings.
        await picker.press("a")
        assert "› a ollama" in [" ".join(line.split()) for line in picker.lines]


async def test_provider_is_not_repeated_where_there_is_only_one(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a", "b"), NO_LMSTUDIO) as picker:
        picker.opened.catalog.toggle_favourite(Target("ollama", "b"))
        await picker.pilot.pause()
        assert not any("ollama" in line for line in picker.lines if "●" not in line)


async def test_dialog_follows_the_size_of_the_window(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama(QWEN), NO_LMSTUDIO, size=(80, 24)) as picker:
        for size, width in (((200, 50), 100), ((60, 20), 56), ((200, 50), 100)):
            await picker.pilot.resize_terminal(*size)
            frame = picker.screen.query_one(DialogFrame)
            await picker.until(lambda frame=frame, width=width: frame.outer_size.width == width)
            assert ("Quant" in picker.lines[0]) is (width == 100)
            assert frame.has_class("-airy") is (size[1] == 50)


async def test_narrow_key_line_names_what_matters_most(tmp_path: Path) -> None:
    provider, _ = managed(ModelInfo("a", loaded=False))
    async with open_picker(tmp_path, provider, NO_LMSTUDIO, size=(80, 24)) as picker:
        await picker.until(lambda: "Alt+D delete" in picker.keys)
        shown = " ".join(str(picker.screen.query_one(KeyLine).render()).split())
        assert shown == "Enter use Alt+L load Alt+P pull Alt+D delete Esc close"


async def test_columns_stay_while_typing(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama(QWEN, "x", "a-long-name-for-a-model"), NO_LMSTUDIO) as picker:
        before = picker.lines[0]
        height = picker.list_.size.height
        await picker.press("x")
        assert picker.names == ["x"]
        assert (picker.lines[0], picker.list_.size.height) == (before, height)


# Managing.


async def test_favourite_goes_to_the_top_with_the_cursor(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a", "b", "c"), NO_LMSTUDIO, current=Target("ollama", "b")) as picker:
        await picker.press("down", "alt+f")
        assert (picker.names, picker.cursor) == (["c", "a", "b"], "c")
        assert "unmark" in picker.keys
        await picker.press("alt+f")
        assert (picker.names, picker.cursor) == (["a", "b", "c"], "c")


async def test_alt_f_is_understood_as_older_terminals_send_it(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a", "b"), NO_LMSTUDIO) as picker:
        await picker.press(*"b", "home", "ctrl+right")
        field = picker.screen.query_one(Input)
        assert (field.cursor_position, picker.keys.count("unmark")) == (1, 0)
        await picker.press("ctrl+right")
        assert "unmark" in picker.keys
        await picker.press("ctrl+u")
        assert picker.names == ["b", "a"]


async def test_download_goes_on_when_the_picker_is_closed(tmp_path: Path) -> None:
    provider, manager = managed("old")
    finish = asyncio.Event()
    manager.script = [ModelProgress("pulling", 410, 1000), finish]
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        await picker.press("alt+p")
        await picker.dialog(PullScreen)
        await picker.press(*"new:1b", "enter")
        await picker.until(lambda: any("pull 41%" in line for line in picker.lines))
        assert "Downloads" in picker.lines[1]
        # The cursor is on it, so that it can be stopped.
        assert picker.cursor == "new:1b"
        assert picker.text("#facts") == "ollama · downloading 41% · 410 B of 1 kB"
        await picker.press("enter")
        assert picker.text("#message") == "It is not downloaded yet."
        await picker.press("escape")
        assert picker.results == [()]
        finish.set()
        await picker.until(lambda: not picker.opened.jobs.jobs)
        assert "Downloaded new:1b." in picker.opened.notices


async def test_download_can_be_stopped_and_continued(tmp_path: Path) -> None:
    provider, manager = managed("old")
    manager.script = [ModelProgress("pulling", 1, 2), asyncio.Event()]
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        picker.opened.jobs.pull(Target("ollama", "new"))
        await picker.until(lambda: any("pull 50%" in line for line in picker.lines))
        await picker.press("up", "alt+c")
        await picker.until(lambda: any("stopped" in line for line in picker.lines))
        assert manager.closed == 1
        await picker.until(lambda: "Alt+P pull again" in picker.keys)
        manager.script = []
        await picker.press("alt+p")
        await picker.until(lambda: "new" in picker.names and not picker.opened.jobs.jobs)
        assert manager.calls == [("pull", "new"), ("pull", "new")]


async def test_keys_say_that_a_download_cannot_be_stopped(tmp_path: Path) -> None:
    provider, manager = managed("old")
    manager.can_stop_pulls = False
    manager.script = [ModelProgress("pulling", 1, 2), asyncio.Event()]
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        picker.opened.jobs.pull(Target("ollama", "new"))
        await picker.until(lambda: any("pull 50%" in line for line in picker.lines))
        await picker.press("up")
        await picker.until(lambda: "Alt+C stop following" in picker.keys)
        await picker.press("alt+c")
        await picker.until(lambda: any("continues" in line for line in picker.lines))
        assert "the server continues by itself" in picker.text("#facts")
        await picker.until(lambda: "Alt+P follow" in picker.keys)


async def test_failed_download_says_what_to_do_until_it_is_dismissed(tmp_path: Path) -> None:
    provider, manager = managed("old")
    manager.script = [ServerFailed("The disk is full.", hint="Free some space.")]
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        picker.opened.jobs.pull(Target("ollama", "new"))
        await picker.until(lambda: any("✗ failed" in line for line in picker.lines))
        await picker.press("up")
        assert picker.text("#message") == "The disk is full. Free some space."
        await picker.press("alt+c")
        await picker.until(lambda: "new" not in picker.names)
        assert not picker.pilot.app.screen.query_one("#message", Static).display


async def test_long_error_leaves_the_keys_in_view(tmp_path: Path) -> None:
    provider, manager = managed(*(f"model-{number}" for number in range(30)))
    advice = "Check the network of the server."
    manager.script = [ServerFailed("The server reported an error: " + "no such host, " * 12, hint=advice)]
    async with open_picker(tmp_path, provider, NO_LMSTUDIO, size=(80, 24)) as picker:
        picker.opened.jobs.pull(Target("ollama", "new"))
        await picker.until(lambda: any("✗ failed" in line for line in picker.lines))
        await picker.press("up")
        await picker.until(lambda: advice in picker.text("#message"))
        await picker.pilot.pause()
        screen = picker.pilot.app.screen
        frame, message = screen.query_one(DialogFrame), screen.query_one("#message", Static)
        assert frame.region.bottom <= 23
        assert frame.region.contains_region(screen.query_one(KeyLine).region)
        assert message.region.bottom <= screen.query_one(KeyLine).region.y


async def test_model_is_loaded_with_a_context_length(tmp_path: Path) -> None:
    provider, manager = managed(ModelInfo("a", loaded=False, context_length=40_960))
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        await picker.until(lambda: "Alt+L load" in picker.keys)
        await picker.press("alt+l")
        await picker.dialog(LoadScreen)
        field = picker.pilot.app.screen.query_one(Input)
        assert field.value == "2048"
        refused = {
            "lots": "A whole number of tokens",
            "k": "A whole number of tokens",
            "99999": "The model supports up to 40,960 tokens.",
            "41k": "The model supports up to 40,960 tokens.",
        }
        for typed, note in refused.items():
            field.value = typed
            await picker.press("enter")
            assert note in str(picker.pilot.app.screen.query_one("#note", Static).render())
        field.value = "8k"
        await picker.press("enter")
        await picker.until(lambda: manager.calls == [("load", "a", 8192)])


async def test_empty_context_length_leaves_it_to_the_server(tmp_path: Path) -> None:
    provider, manager = managed(ModelInfo("a", loaded=False))
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        await picker.press("alt+l")
        await picker.dialog(LoadScreen)
        await picker.press("ctrl+u", "enter")
        await picker.until(lambda: manager.calls == [("load", "a", 0)])


async def test_loaded_model_is_unloaded(tmp_path: Path) -> None:
    provider, manager = managed(ModelInfo("a", loaded=True))
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        await picker.until(lambda: "Alt+U unload" in picker.keys)
        await picker.press("alt+u")
        await picker.until(lambda: manager.calls == [("unload", "a")])


async def test_model_is_deleted_only_after_a_question(tmp_path: Path) -> None:
    provider, manager = managed(ModelInfo("a", size_bytes=5_000_000_000), "b")
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        for answer in ("enter", "n"):
            await picker.press("alt+d")
            await picker.dialog(QuestionScreen)
            assert "5.0 GB" in str(picker.pilot.app.screen.query_one("#what", Static).render())
            await picker.press(answer, "escape" if answer == "enter" else "down")
        assert manager.calls == []
        await picker.press("up", "alt+d")
        await picker.dialog(QuestionScreen)
        await picker.press("y")
        await picker.until(lambda: picker.names == ["b"])
        assert manager.calls == [("delete", "a")]


async def test_server_that_cannot_manage_models_is_explained(tmp_path: Path) -> None:
    async with open_picker(tmp_path, ollama("a"), NO_LMSTUDIO) as picker:
        assert "Alt+P" not in picker.keys
        for key in ("alt+p", "alt+l", "alt+u", "alt+d"):
            await picker.press(key)
            await picker.until(lambda: "its server has no interface for it" in picker.text("#message"))
            assert "Ollama, LM Studio and llama.cpp's router can do that." in picker.text("#message")
            await picker.press("down")
            assert picker.text("#message") == ""


async def test_download_can_go_to_another_provider(tmp_path: Path) -> None:
    first, _ = managed("a")
    second = ListingProvider("lmstudio", "x")
    second.manager = manager = ScriptedManager(second)
    async with open_picker(tmp_path, first, second) as picker:
        await picker.press(*"zz", "alt+p")
        await picker.dialog(PullScreen)
        screen = picker.pilot.app.screen
        # What was typed and not found is probably what to download.
        assert screen.query_one(Input).value == "zz"
        assert "ollama" in str(screen.query_one("#provider", Static).render())
        await picker.press("tab")
        assert "lmstudio" in str(screen.query_one("#provider", Static).render())
        await picker.press("enter")
        await picker.until(lambda: manager.calls == [("pull", "zz")])


async def test_details_tell_all_that_is_known(tmp_path: Path) -> None:
    provider = ollama(QWEN)
    provider.lists_details = False
    provider.model_info = ModelInfo("qwen3:8b", thinking=("off", "on"), thinking_default="on")
    async with open_picker(tmp_path, provider, NO_LMSTUDIO) as picker:
        await picker.press("alt+i")
        await picker.dialog(ModelDetailsScreen)
        shown = str(picker.pilot.app.screen.query_one("#facts", Static).render())
        facts = dict(line.split(None, 1) for line in shown.splitlines() if not line.startswith("In memory"))
        assert facts == {
            "Name": "qwen3:8b",
            "Provider": "ollama",
            "Address": "http://ollama.example:1",
            "Parameters": "8.2B",
            "Quantization": "Q4_K_M",
            "Size": "5.2 GB",
            "Context": "40,960 tokens",
            "Can": "think, tools",
            "Thinking": "off, on (default: on)",
            "Reported": "completion, thinking, tools",
        }
        await picker.press("escape")
        assert picker.pilot.app.screen is picker.screen


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("rounds", [1, 5, *range(0, 38, 2)])
async def test_picker_closed_as_its_models_arrive_leaves_the_app_running(
    tmp_path: Path, fails: bool, rounds: int
) -> None:
    provider = ollama("m")
    provider.may_list.clear()
    provider.failure = ServerUnreachable("gone") if fails else None
    async with open_picker(tmp_path, provider, NO_LMSTUDIO, listed=False) as picker:
        steps = (provider.may_list.set, lambda: picker.screen.dismiss(()))
        for step in steps if rounds % 2 else reversed(steps):
            step()
            for _ in range(rounds // 2):
                await asyncio.sleep(0)
        await picker.pilot.pause(0.01)
        assert len(picker.pilot.app.screen_stack) == 1
        assert picker.pilot.app._exception is None


# In the chat.


async def test_chosen_model_reaches_the_header_and_next_request(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="guide")
    await app.press("f4")
    picker = app.screen
    assert isinstance(picker, ModelPicker)
    await app.until(lambda: len(picker.listed) > 3)
    await app.type("echo")
    await app.press("enter")
    await app.until(lambda: app.header.model == "echo")
    await app.ask("picked")
    await app.until(lambda: app.shows("◆ echo", "picked"))


async def test_model_of_another_provider_switches_the_provider(
    program: Program, demo: DemoServer, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(replies(200, b'{"version":"1"}', JSON), replies(200, b'{"models":[]}', JSON))
    program.use_server(server.url, more=f'[providers.other]\ntype = "ollama"\nbase_url = "{demo.url}"\n')
    app = await start_app(model="m")
    await app.press("f4")
    picker = app.screen
    assert isinstance(picker, ModelPicker)
    await app.until(lambda: Target("other", "echo") in picker.listed)
    await app.type("echo")
    await app.press("enter")
    await app.until(lambda: (app.header.provider, app.header.model) == ("other", "echo"))
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
    await app.until(lambda: "boom" in str(picker.query_one("#message", Static).render()))
    await app.press("escape")
    await app.until(lambda: len(app.app.screen_stack) == 1)
    assert app.header.model == "m"
