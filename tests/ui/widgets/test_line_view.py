"""LineView: scrolling, following, drawing and selecting lines, without a conversation."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator

import pygments.lexers
import pytest
from pygments.lexer import Lexer
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Offset, Region
from textual.pilot import Pilot
from textual.selection import Selection

from tests.ui.themed_app import ThemedApp
from tui.chat.message import ChatMessage, Role
from tui.ui.log.entries import AnswerEntry, Entry, PromptEntry
from tui.ui.log.scrollback import Scrollback
from tui.ui.markdown import lexers
from tui.ui.markdown.lines import Look
from tui.ui.text_column import AIRY_LINES
from tui.ui.widgets.line_view import LineView

HEIGHT = 10


class ViewApp(ThemedApp):
    """Shows a line view, and collects the clicks that it reports."""

    def __init__(self, entries: list[Entry]) -> None:
        super().__init__()
        self.scrollback = Scrollback()
        self.scrollback.show(entries)
        self.view = LineView(self.scrollback)
        self.clicks: list[LineView.EntryClicked] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_line_view_entry_clicked(self, message: LineView.EntryClicked) -> None:
        self.clicks.append(message)

    def append(self, *entries: Entry) -> None:
        for entry in entries:
            self.scrollback.append(entry)
        self.view.update_entry(len(self.scrollback.entries) - 1)

    @property
    def lines(self) -> list[str]:
        """The text of the lines in view."""
        return [strip.text.rstrip() for strip in self.view.render_lines(self.view.size.region)]


def entry(text: str) -> Entry:
    return PromptEntry(ChatMessage(text, "user", text))


def entries(count: int) -> list[Entry]:
    """Entries of three lines each: the role line, their text, and a blank line."""
    return [entry(f"line {number}") for number in range(count)]


@contextlib.asynccontextmanager
async def showing(*shown: Entry, width: int = 40) -> AsyncIterator[tuple[ViewApp, Pilot[None]]]:
    app = ViewApp(list(shown))
    async with app.run_test(size=(width, HEIGHT)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_view_follows_the_end() -> None:
    async with showing(*entries(20)) as (app, _):
        assert app.view.is_following
        assert app.lines[-2:] == ["  ▌ line 19", ""]
        app.append(entry("another"))
        assert app.lines[-2:] == ["  ▌ another", ""]


async def test_lines_stay_in_place_after_scrolling_up() -> None:
    async with showing(*entries(20)) as (app, pilot):
        app.view.scroll_to(y=12, animate=False)
        await pilot.pause()
        assert not app.view.is_following
        before = app.lines
        app.append(*entries(3))
        assert app.lines[:-1] == before[:-1]
        app.view.scroll_end(animate=False)
        await pilot.pause()
        assert app.view.is_following


@pytest.mark.parametrize(
    ("key", "count", "label"), [("", 1, "↓ 3 new lines below"), ("End", 2, "↓ 6 new lines below · End")]
)
async def test_label_counts_new_lines_below(key: str, count: int, label: str) -> None:
    async with showing(*entries(20)) as (app, pilot):
        app.view.below_key = key
        app.view.scroll_to(y=0, animate=False)
        await pilot.pause()
        app.append(*entries(count))
        assert app.lines[-1].endswith(label)
        await pilot.click(app.view, offset=(app.view.size.width - 4, HEIGHT - 1))
        assert app.view.is_following
        assert "below" not in app.lines[-1]
        assert app.clicks == []


async def test_unchanged_line_is_the_same_strip_again() -> None:
    async with showing(*entries(20)) as (app, _):
        region = app.view.size.region
        before = app.view.render_lines(region)
        app.view.update_lines()
        assert all(first is second for first, second in zip(before, app.view.render_lines(region), strict=True))
        app.append(entry("another"))
        after = app.view.render_lines(region)
        assert all(first is second for first, second in zip(before[3:], after[:-3], strict=True))


async def test_change_of_theme_draws_new_strips() -> None:
    async with showing(*entries(1)) as (app, pilot):
        before = app.view.render_lines(app.view.size.region)[0]
        app.theme = "textual-light"
        await pilot.pause()
        after = app.view.render_lines(app.view.size.region)[0]
        assert after.text == before.text
        assert [segment.style for segment in after] != [segment.style for segment in before]


async def test_entry_is_marked_while_the_view_has_focus() -> None:
    async with showing(*entries(2)) as (app, pilot):
        app.view.marked = 1
        assert app.view.has_focus
        assert app.lines[:5] == ["  ▌ You", "  ▌ line 0", "", "▎ ▌ You", "▎ ▌ line 1"]
        app.screen.set_focus(None)
        await pilot.pause()
        assert app.lines[:5] == ["  ▌ You", "  ▌ line 0", "", "  ▌ You", "  ▌ line 1"]


async def test_highlights_have_a_style_of_their_own() -> None:
    async with showing(*entries(2)) as (app, _):
        plain = app.view.render_line(1)
        app.view.highlights = lambda at, line: [(0, 4, True)] if (at, line) == (0, 1) else []
        marked = {segment.text for segment in app.view.render_line(1) if segment not in list(plain)}
        assert "line" in marked
        assert app.view.render_line(4).text.strip() == "▌ line 1"


async def test_update_of_one_entry_draws_only_the_rows_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(*entries(3)) as (app, _):
        drawn: list[tuple[Region, ...]] = []
        monkeypatch.setattr(app.view, "refresh", lambda *regions, **_: drawn.append(regions))
        app.scrollback.entries[1].changed()
        app.view.update_entry(1)
        assert drawn == []
        app.scrollback.entries[1] = entry("other")
        app.view.update_entry(1)
        assert drawn == [(Region(0, 4, app.view.size.width, 1),)]


async def test_entry_that_grows_draws_the_rows_that_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(*entries(3)) as (app, _):
        drawn: list[tuple[Region, ...]] = []
        app.scrollback.entries[1] = entry("two\nlines")
        monkeypatch.setattr(app.view, "refresh", lambda *regions, **_: drawn.append(regions))
        app.view.update_entry(1)
        ((region,),) = drawn
        assert (region.y, region.bottom) == (4, 9)


async def test_entry_that_grows_below_the_view_scrolls_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(*entries(HEIGHT)) as (app, _):
        drawn: list[tuple[Region, ...]] = []
        app.scrollback.entries[-1] = entry("two\nlines")
        monkeypatch.setattr(app.view, "refresh", lambda *regions, **_: drawn.append(regions))
        app.view.update_entry(HEIGHT - 1)
        assert () in drawn


async def test_new_lines_do_not_lay_out_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(*entries(HEIGHT)) as (app, pilot):
        laid_out: list[bool] = []

        def refresh(*regions: Region, layout: bool = False, **more: bool) -> LineView:
            laid_out.append(layout)
            return LineView.refresh(app.view, *regions, layout=layout, **more)

        monkeypatch.setattr(app.view, "refresh", refresh)
        app.scrollback.entries[-1] = entry("two\nlines")
        app.view.update_entry(HEIGHT - 1)
        await pilot.pause()
        assert app.view.virtual_size.height == app.scrollback.total
        assert app.view.vertical_scrollbar.window_virtual_size == app.scrollback.total
        assert True not in laid_out


async def test_click_reports_the_text_and_its_entry() -> None:
    answer = AnswerEntry(ChatMessage("a", "assistant", "see [here](https://example.org)"))
    async with showing(*entries(1), answer) as (app, pilot):
        await pilot.click(app.view, offset=(9, 4))
        await pilot.click(app.view, offset=(30, 4))
        await pilot.click(app.view, offset=(2, 4))
        await pilot.click(app.view, offset=(0, 4))
        await pilot.click(app.view, offset=(5, HEIGHT - 1))
        assert [bool(click.look.link) for click in app.clicks] == [True, False, False, False]
        click = app.clicks[0]
        assert click.entry is answer
        assert click.look.link == "https://example.org"


async def test_top_line_stays_when_the_width_changes() -> None:
    long = "word " * 60
    async with showing(entry(long), *entries(20), width=60) as (app, pilot):
        app.view.scroll_to(y=app.scrollback.top_of(3), animate=False)
        await pilot.pause()
        assert app.lines[:2] == ["  ▌ You", "  ▌ line 2"]
        await pilot.resize_terminal(30, HEIGHT)
        await pilot.pause()
        assert app.lines[:2] == ["  ▌ You", "  ▌ line 2"]
        assert app.view.text_width == app.scrollback.width < 30


async def test_selected_text_is_readable_in_every_theme() -> None:
    code = AnswerEntry(ChatMessage("code", "assistant", "plain `code`\n\n```python\ndef f(): ...\n```"))
    async with showing(code) as (app, pilot):
        for theme in app.available_themes:
            app.theme = theme
            await pilot.pause()
            app.screen.selections = {app.view: Selection(None, None)}
            styles = [segment.style for strip in app.view.render_lines(app.view.size.region) for segment in strip]
            selected = [style for style in styles if style and style.bgcolor == selected_style(app.view).bgcolor]
            assert len(selected) > 3, theme
            assert min(map(contrast, selected)) > 3, theme


def selected_style(view: LineView) -> Style:
    return view._painter.style(Look("selected"))


def contrast(style: Style) -> float:
    """The contrast ratio of a style's colour and its background, from 1 to 21. Colours of the terminal count as 21."""
    assert style.color is not None
    assert style.bgcolor is not None
    if style.color.triplet is None or style.bgcolor.triplet is None:
        return 21 if style.color != style.bgcolor else 1
    dark, light = sorted(luminance(color.triplet) for color in (style.color, style.bgcolor) if color.triplet)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: ColorTriplet) -> float:
    """The relative luminance of WCAG 2.

    Source: https://www.w3.org/TR/WCAG20/#relativeluminancedef
    """
    red, green, blue = (
        (part / 12.92) if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def test_selected_text_is_joined_and_has_no_borders() -> None:
    async with showing(entry("one two three four five six seven eight nine"), width=24) as (app, _):
        selected = app.view.get_selection(Selection(Offset(4, 1), Offset(9, 2)))
        assert selected is not None
        assert "one two three four".startswith(selected[0][:10])
        assert "\n" not in selected[0]
        assert "▌" not in selected[0]


async def test_text_equals_the_whole_scrollback() -> None:
    async with showing(*entries(20)) as (app, _):
        assert app.view.text.splitlines()[:3] == ["▌ You", "▌ line 0", ""]
        assert app.view.text.count("line") == 20


async def test_selection_is_drawn_and_copied_without_bars_names_and_half_lines() -> None:
    app = ViewApp([entry("one"), AnswerEntry(ChatMessage("a", "assistant", "two", model="m", created_at=1.0))])
    async with app.run_test(size=(60, AIRY_LINES)) as pilot:
        await pilot.pause()
        assert app.lines[0].strip("▄ ") == ""
        whole = Selection(Offset(0, 0), Offset(60, 20))
        app.screen.selections = {app.view: whole}
        await pilot.pause()
        selected = app.view.get_selection(whole)
        assert selected is not None
        assert selected[0].split() == ["one", "two"]
        style = selected_style(app.view)
        drawn = [
            segment.text
            for y in range(8)
            for segment in app.view.render_line(y)
            if segment.style is not None and segment.style.bgcolor == style.bgcolor
        ]
        assert not set("▌▄◆") & set("".join(drawn))
        assert "one" in "".join(drawn)


@pytest.mark.parametrize("width", [40, 160])
async def test_clicks_and_highlights_are_where_the_column_is(width: int) -> None:
    app = ViewApp([AnswerEntry(ChatMessage("a", "assistant", "see [here](https://example.org) now"))])
    app.view = LineView(app.scrollback, 60)
    async with app.run_test(size=(width, HEIGHT)) as pilot:
        await pilot.pause()
        left = app.view.render_line(1).text.index("see")
        assert (left > 40) == (width == 160)
        for offset in (3, 4, 7, 8):
            await pilot.click(app.view, offset=(left + offset, 1))
        assert [bool(click.look.link) for click in app.clicks] == [False, True, True, False]
        app.view.highlights = lambda at, line: [(4, 8, True)] if line == 1 else []
        found = app.view.get_component_rich_style("line-view--found-here").bgcolor
        assert [each.text for each in app.view.render_line(1) if each.style and each.style.bgcolor == found] == ["here"]


def is_coloured(app: ViewApp) -> bool:
    """Whether the code in view has more than one colour."""
    strips = app.view.render_lines(app.view.size.region)
    code = next(strip for strip in strips if "define x" in strip.text)
    return len({segment.style.color for segment in code if segment.style and segment.text.strip(" ▌")}) > 1


@pytest.mark.parametrize("kind", [AnswerEntry, PromptEntry])
async def test_code_is_plain_until_its_lexer_is_loaded_in_thread(
    kind: type[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexers, "_lexers", {})
    monkeypatch.setattr(lexers, "_loading", set())
    is_released = threading.Event()
    load = pygments.lexers.get_lexer_by_name

    def slow(language: str, **options: bool) -> Lexer:
        assert is_released.wait(20)
        return load(language, **options)

    monkeypatch.setattr(pygments.lexers, "get_lexer_by_name", slow)
    role: Role = "assistant" if kind is AnswerEntry else "user"
    code = kind(ChatMessage("a", role, "```racket\n(define x 1)\n```"))
    async with showing(code, entry("other")) as (app, pilot):
        assert not is_coloured(app)
        lines = app.lines
        is_released.set()
        while lexers._loading:
            await pilot.pause(0.01)
        await pilot.pause()

        assert is_coloured(app)
        assert app.lines == lines
    assert lexers._listeners == []
