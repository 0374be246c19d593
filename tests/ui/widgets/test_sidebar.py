"""Sidebar: lists of providers and conversations, and choosing from them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest
from textual import on
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.ui.themed_app import ThemedApp
from tui.chat.conversation import ConversationSummary
from tui.chat.message import Outcome
from tui.ui.widgets.sidebar import Sidebar
from tui.ui.widgets.sidebar_rows import State, day_label, time_label
from tui.workspace.provider_status import ProviderStatus, Reachability


class SidebarApp(ThemedApp):
    """A sidebar, with a record of its messages."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield Sidebar()

    @on(Sidebar.ProviderChosen)
    def _record_provider(self, message: Sidebar.ProviderChosen) -> None:
        self.chosen.append(f"provider {message.name}")

    @on(Sidebar.ConversationChosen)
    def _record_conversation(self, message: Sidebar.ConversationChosen) -> None:
        self.chosen.append(f"conversation {message.conversation_id}")

    @on(OptionList.OptionSelected)
    def _record_option(self) -> None:
        self.chosen.append("an option of the inner list")


@contextlib.asynccontextmanager
async def running_sidebar() -> AsyncIterator[tuple[SidebarApp, Sidebar, Pilot[None]]]:
    """Run the sidebar in an app of its own."""
    app = SidebarApp()
    async with app.run_test(size=(80, 24)) as pilot:
        yield app, app.query_one(Sidebar), pilot


def rows(options: OptionList) -> list[str]:
    return [str(option.prompt).rstrip() for option in options.options]


TODAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12).astimezone().timestamp()


def summaries(*titles: str) -> list[ConversationSummary]:
    """Conversations with the IDs c0, c1, …"""
    return [ConversationSummary(f"c{at}", title, NOON) for at, title in enumerate(titles)]


@pytest.mark.parametrize(
    ("reachability", "mark"), [("unknown", "◌"), ("reachable", "●"), ("unreachable", "○"), ("refused", "▲")]
)
async def test_mark_shows_the_reachability(reachability: Reachability, mark: str) -> None:
    async with running_sidebar() as (_, sidebar, _):
        sidebar.show_providers([ProviderStatus("ollama", reachability, "0.12")], "other")
        assert [row.split() for row in rows(sidebar.areas[0])] == [[mark, "ollama", "0.12"]]


async def test_current_rows_are_highlighted_initially() -> None:
    async with running_sidebar() as (_, sidebar, _):
        sidebar.show_providers([ProviderStatus("a"), ProviderStatus("b")], "b")
        sidebar.show_conversations(summaries("one", "two"), "c1", TODAY)
        assert [area.highlighted for area in sidebar.areas] == [1, 2]
        split = [row.split() for row in rows(sidebar.areas[1])]
        assert split == [["Today"], ["one", "12:00"], ["›", "two", "12:00"]]


async def test_highlight_stays_on_its_row_when_rows_change() -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        sidebar.show_providers([ProviderStatus("a"), ProviderStatus("b"), ProviderStatus("c")], "a")
        sidebar.focus_providers()
        await pilot.press("down", "down")
        sidebar.show_providers([ProviderStatus("c", "reachable"), ProviderStatus("a"), ProviderStatus("b")], "a")
        assert sidebar.areas[0].highlighted == 0
        sidebar.show_providers([ProviderStatus("a"), ProviderStatus("b")], "a")
        assert sidebar.areas[0].highlighted == 0


async def at_cursor(sidebar: Sidebar) -> str | None:
    """The id of the conversation at the cursor."""
    highlighted = sidebar.areas[1].highlighted
    return None if highlighted is None else sidebar.areas[1].get_option_at_index(highlighted).id


@pytest.mark.parametrize(("removed", "cursor"), [(1, "c2"), (3, "c2"), (0, "c1")])
async def test_cursor_stays_in_its_place_when_its_row_is_removed(removed: int, cursor: str) -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        whole = summaries("zero", "one", "two", "three")
        sidebar.show_conversations(whole, "c0", TODAY)
        sidebar.areas[1].focus()
        await pilot.press(*["down"] * removed)
        assert await at_cursor(sidebar) == f"c{removed}"
        sidebar.show_conversations([each for each in whole if each.id != f"c{removed}"], "c0", TODAY)
        assert await at_cursor(sidebar) == cursor
        sidebar.show_conversations(whole, "c0", TODAY, restored=f"c{removed}")
        assert await at_cursor(sidebar) == f"c{removed}"


async def test_cursor_goes_past_the_heading_of_a_group() -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        rows_ = [ConversationSummary("a", "a", NOON), ConversationSummary("b", "b", 5.0)]
        sidebar.show_conversations(rows_, "a", TODAY)
        sidebar.areas[1].focus()
        await pilot.pause()
        sidebar.show_conversations(rows_[1:], "a", TODAY)
        assert await at_cursor(sidebar) == "b"


async def test_restored_row_does_not_move_the_cursor_without_focus() -> None:
    async with running_sidebar() as (_, sidebar, _):
        sidebar.show_conversations(summaries("zero", "one"), "c0", TODAY, restored="c1")
        assert await at_cursor(sidebar) == "c0"


@pytest.mark.parametrize("time", [0.0, 1e300, -1.0, float("nan"), 1.7e12])
async def test_conversation_with_impossible_time_is_listed(time: float) -> None:
    async with running_sidebar() as (_, sidebar, _):
        sidebar.show_conversations([ConversationSummary("c", "Cats", time)], "", TODAY)
        assert rows(sidebar.areas[1]) == ["   Unknown date", "   Cats"]


async def test_empty_list_ignores_keys() -> None:
    async with running_sidebar() as (app, sidebar, pilot):
        sidebar.show_conversations(summaries("one"), "c0", TODAY)
        sidebar.show_conversations([], "", TODAY)
        assert all(option.disabled for option in sidebar.areas[1].options)
        sidebar.areas[1].focus()
        await pilot.press("down", "enter")
        assert app.chosen == []


async def test_enter_posts_only_the_typed_message() -> None:
    async with running_sidebar() as (app, sidebar, pilot):
        sidebar.show_providers([ProviderStatus("a"), ProviderStatus("b")], "a")
        sidebar.show_conversations(summaries("one", "two"), "c0", TODAY)
        sidebar.focus_providers()
        await pilot.press("down", "enter", "tab", "down", "enter")
        assert app.chosen == ["provider b", "conversation c1"]


async def test_click_chooses_a_provider() -> None:
    async with running_sidebar() as (app, sidebar, pilot):
        sidebar.show_providers([ProviderStatus("a"), ProviderStatus("b")], "a")
        await pilot.pause()
        await pilot.click("#fold")
        assert sidebar.is_unfolded
        assert sidebar.areas[0].has_focus
        await pilot.click(sidebar.areas[0], offset=(3, 1))
        assert app.chosen == ["provider b"]


async def test_names_and_titles_are_escaped_and_not_markup() -> None:
    async with running_sidebar() as (_, sidebar, _):
        sidebar.show_providers([ProviderStatus("[red]x[/]", "refused", "\x1b[2J")], "")
        sidebar.show_conversations(summaries("[@click=app.quit]a[/]", "b\n\x1bc", ""), "", TODAY)
        assert rows(sidebar.areas[0]) == ["   ▲ [red]x[/]           ␛[2J"]
        titles = [row.removesuffix("12:00").strip() for row in rows(sidebar.areas[1])]
        assert titles == ["Today", "[@click=app.quit]a[…", "b ␛c", "(untitled)"]


@pytest.mark.parametrize("letter", ["x", "漢", "🙂"])
async def test_long_title_is_truncated_to_one_line(letter: str) -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        sidebar.show_conversations(summaries(letter * 100, "after"), "", TODAY)
        sidebar.show_providers([ProviderStatus(letter * 100)], "")
        await pilot.pause()
        assert rows(sidebar.areas[0])[0].endswith("…")
        assert rows(sidebar.areas[1])[1].endswith("… 12:00")
        assert "after" in sidebar.areas[1].render_line(2).text


async def test_long_conversation_list_scrolls_below_the_providers() -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        sidebar.show_providers([ProviderStatus("a")], "a")
        sidebar.show_conversations(summaries(*map(str, range(200))), "c0", TODAY)
        sidebar.areas[1].focus()
        await pilot.pause()
        await pilot.press("end")
        await pilot.wait_for_animation()
        assert sidebar.areas[1].highlighted == 200
        assert sidebar.screen.find_widget(sidebar.query_one("#fold")).visible_region.height == 1
        bottom = sidebar.areas[1].size.height - 1
        assert "199" in sidebar.areas[1].render_line(bottom).text


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 4, 2), "Today"),
        (date(2026, 3, 31), "Today"),
        (date(2026, 3, 30), "Yesterday"),
        (date(2026, 3, 25), "This week"),
        (date(2026, 3, 24), "This month"),
        (date(2026, 1, 5), "January 2026"),
    ],
)
def test_day_label_is_relative(day: date, label: str) -> None:
    assert day_label(day, TODAY) == label


def at(days_ago: int) -> float:
    """Some days ago at 9:05, in seconds since the epoch."""
    return (datetime(2026, 3, 31, 9, 5).astimezone() - timedelta(days=days_ago)).timestamp()


@pytest.mark.parametrize(
    ("days_ago", "has_month", "label"),
    [
        (0, False, "09:05"),
        (1, False, "09:05"),
        (2, False, "Sun"),
        (6, False, "Wed"),
        (7, False, "24"),
        (30, False, "1"),
        (7, True, "24 Mar"),
        (30, True, "1 Mar"),
    ],
)
def test_time_label_is_as_short_as_its_group_allows(days_ago: int, has_month: bool, label: str) -> None:
    assert time_label(at(days_ago), TODAY, has_month=has_month) == label


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 1e300])
def test_unknown_time_has_no_label(seconds: float) -> None:
    assert time_label(seconds, TODAY) == ""


@pytest.mark.parametrize(
    ("state", "is_unread", "outcome", "mark", "time"),
    [
        (None, False, "complete", "", "12:00"),
        (None, True, "complete", "◆", "12:00"),
        (None, True, "failed", "✗", "12:00"),
        ("streaming", False, "streaming", "»", "now"),
        ("waiting", False, "streaming", "…", "queued"),
    ],
)
async def test_row_shows_what_a_conversation_is_doing(
    state: State | None, is_unread: bool, outcome: Outcome, mark: str, time: str
) -> None:
    async with running_sidebar() as (_, sidebar, _):
        row = ConversationSummary("c", "one", NOON, is_unread=is_unread, outcome=outcome)
        sidebar.show_conversations([row], "", TODAY, {} if state is None else {"c": state})
        assert rows(sidebar.areas[1])[1].split() == [*([mark] if mark else []), "one", time]


async def test_rows_are_one_line_below_the_name_of_their_group() -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        listed = [
            ConversationSummary("t", "secret", NOON, is_temporary=True),
            ConversationSummary("p", "pinned one", at(9), is_pinned=True),
            ConversationSummary("n", "new", at(0)),
            ConversationSummary("o", "old", at(9)),
        ]
        sidebar.show_conversations(listed, "n", TODAY)
        await pilot.pause()
        lines = [sidebar.areas[1].render_line(y).text.split() for y in range(11)]
        assert lines == [
            ["Temporary"],
            ["secret", "12:00"],
            [],
            ["Pinned"],
            ["pinned", "one", "22", "Mar"],
            [],
            ["Today"],
            ["›", "new", "09:05"],
            [],
            ["This", "month"],
            ["old", "22"],
        ]


async def test_providers_are_one_line_until_they_are_unfolded() -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        statuses = [ProviderStatus("a", "reachable"), ProviderStatus("b", "reachable"), ProviderStatus("c", "refused")]
        sidebar.show_providers(statuses, "b")
        sidebar.show_conversations(summaries("one"), "c0", TODAY)
        await pilot.pause()
        fold = sidebar.query_one("#fold")
        assert fold.render_line(0).text.split() == ["▸", "Providers", "●", "2", "▲", "1"]
        assert not sidebar.areas[0].display
        sidebar.focus_providers()
        await pilot.pause()
        assert fold.render_line(0).text.split() == ["▾", "Providers"]
        assert sidebar.areas[0].highlighted == 1
        # They fold again when the cursor leaves them.
        sidebar.areas[1].focus()
        await pilot.pause()
        assert not sidebar.areas[0].display
        # A click on the line does the same as the key, and closes the list again.
        await pilot.click(fold)
        assert sidebar.areas[0].has_focus
        await pilot.click(fold)
        assert not sidebar.areas[0].display


async def test_provider_that_leaves_this_machine_is_marked() -> None:
    async with running_sidebar() as (_, sidebar, pilot):
        sidebar.show_providers(
            [ProviderStatus("near", "reachable"), ProviderStatus("far", "reachable", leaves_machine=True)], "near"
        )
        await pilot.pause()
        assert [row.strip() for row in rows(sidebar.areas[0])] == ["● near              in use", "● ↗ far"]


async def test_empty_list_says_how_to_begin() -> None:
    async with running_sidebar() as (_, sidebar, _):
        conversations = sidebar.areas[1]
        assert rows(conversations) == []
        sidebar.show_conversations([], "", TODAY)
        assert " ".join("\n".join(rows(conversations)).split()) == (
            "No conversations yet. Send a prompt to start one. /import adds exported ones."
        )
        assert all(len(line) <= sidebar.content_size.width for row in rows(conversations) for line in row.split("\n"))
        sidebar.show_conversations([], "", TODAY, filtered_by="xyzzy")
        assert rows(conversations) == ["   Nothing found"]


async def test_what_arrives_while_the_program_ends_is_ignored() -> None:
    async with running_sidebar() as (_, sidebar, _):
        await sidebar.remove_children()
        sidebar.show_providers([], "")
        sidebar.show_conversations([], "", TODAY)
        sidebar.show_jobs([])
        sidebar.show_imports([])
        assert not sidebar.children
