"""The sidebar in the chat: filtered by title and text, resized by key and mouse, and over the log if narrow."""

from __future__ import annotations

import tomllib

import pytest
from textual import events
from textual.color import Color
from textual.strip import Strip
from textual.widgets import Input

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.demo.server import DemoServer
from tui.store.conversations import ConversationStore
from tui.ui.widgets.sidebar_edge import SidebarEdge

SAVED = {
    "Boats": ("How do boats float?", "They displace water. " * 40 + "Archimedes knew it."),
    "Water cycle": ("Where does rain come from?", "From the sea."),
    "go": ("Which river?", "The water of the Nile."),
    "gopher": ("What is a gopher?", "A rodent."),
}


@pytest.fixture
def saved(program: Program, demo: DemoServer) -> None:
    """Some conversations, the last one first in the list."""
    program.use_server(demo.url)
    store = ConversationStore(program.data)
    for number, (title, (prompt, answer)) in enumerate(SAVED.items()):
        identity = f"go{number}"
        store.add(
            Conversation(identity, title=title, created_at=1_000.0 + number).append(
                ChatMessage(f"{identity}q", "user", prompt, created_at=1_000.0 + number),
                ChatMessage(f"{identity}a", "assistant", answer, f"{identity}q", created_at=1_000.0 + number),
            )
        )
    store.close()


def listed(app: RunningApp) -> list[str]:
    """The rows of the list: titles, and titles with an excerpt behind. Headings end in a colon."""
    rows = []
    for option in app.sidebar.areas[1].options:
        line = str(option.prompt).strip()
        if option.id is None:
            rows.append(f"{line}:")
        elif option.id.startswith("found:"):
            rows.append(line.replace("  ", " | ", 1))
        else:
            rows.append(" ".join(line.split()).rsplit(" ", 2)[0])
    return rows


def title(app: RunningApp) -> str:
    """The title of the current conversation. Empty while there is none."""
    current = app.workspace.current
    return "" if current is None else current.session.conversation.title


async def filtered(app: RunningApp, text: str) -> None:
    """Filter by a text, and wait until the list shows the result."""
    app.sidebar.areas[1].focus()
    await app.press("slash")
    app.sidebar.query_one(Input).value = text
    await app.until(lambda: app.sidebar._listed_for == text)


@pytest.mark.usefixtures("saved")
async def test_titles_come_first_then_conversations_with_the_text(start_app: StartApp) -> None:
    app = await start_app(model="echo")
    await filtered(app, "water")
    rows = listed(app)
    assert [row.split(" | ")[0].split(" ")[0] for row in rows] == ["January", "Water", "In", "go", "Boats"]
    assert rows[3].startswith("go | The water of the Ni")
    assert all("\n" not in str(option.prompt) for option in app.sidebar.areas[1].options if option.id)
    # The row says why it is listed, although the words stand far behind the start of the message.
    await filtered(app, "archimedes")
    assert "Archimedes" in listed(app)[-1]


@pytest.mark.usefixtures("saved")
async def test_exact_title_and_ids_hide_and_add_no_conversation(start_app: StartApp) -> None:
    app = await start_app(model="echo")
    await filtered(app, "go")
    assert [row.split()[0] for row in listed(app)] == ["January", "gopher", "go"]
    await filtered(app, "zebra")
    assert listed(app) == ["Nothing found:"]
    await app.press("enter")
    assert app.screen.focused is app.sidebar.query_one(Input)


@pytest.mark.usefixtures("saved")
async def test_enter_opens_the_message_that_was_found(start_app: StartApp) -> None:
    app = await start_app(model="echo", size=(110, 24))
    await filtered(app, "archimedes")
    await app.press("enter")
    await app.until(lambda: title(app) == "Boats")
    await app.until(lambda: app.log.selected is not None and app.log.selected.id == "go0a")
    await app.until(lambda: app.log.search_count is not None and app.log.search_count.total)
    assert app.screen.focused is app.log
    # The filter hides nothing any more.
    await app.until(lambda: not app.sidebar.query(Input) and not app.sidebar._listed_for)


@pytest.mark.usefixtures("saved")
async def test_filter_ends_when_the_keys_leave_the_sidebar(start_app: StartApp) -> None:
    app = await start_app(model="echo")
    await filtered(app, "nile")
    app.prompt.focus()
    await app.until(lambda: not app.sidebar.query(Input) and not app.sidebar._listed_for)
    assert app.prompt.has_focus


@pytest.mark.usefixtures("saved")
async def test_sidebar_over_the_log_has_the_keys_or_is_closed(start_app: StartApp) -> None:
    app = await start_app(model="echo", size=(80, 24))
    await app.press("ctrl+t")
    await app.until(lambda: app.sidebar.display)
    assert app.screen.focused is app.sidebar.areas[1]
    assert app.sidebar.outer_size.width <= 80 // 3
    await app.press("ctrl+t")
    assert not app.sidebar.display
    assert app.prompt.has_focus
    await app.press("ctrl+t")
    app.prompt.focus()
    await app.until(lambda: not app.sidebar.display)
    await app.type("typed in view")
    assert app.prompt.text == "typed in view"


@pytest.mark.usefixtures("saved")
async def test_sidebar_that_becomes_too_wide_leaves_the_prompt_in_view(start_app: StartApp) -> None:
    app = await start_app(model="echo", size=(120, 24))
    await app.press("ctrl+t", "ctrl+t")
    assert app.sidebar.display
    await app.pilot.resize_terminal(80, 24)
    await app.until(lambda: not app.sidebar.display)
    await app.pilot.resize_terminal(120, 24)
    await app.until(lambda: app.sidebar.display)


@pytest.mark.usefixtures("saved")
async def test_current_conversation_has_a_ground_and_the_cursor_a_bar(start_app: StartApp) -> None:
    app = await start_app(model="echo", resume=True, size=(120, 24))
    conversations = app.sidebar.areas[1]
    await app.until(lambda: app.sidebar._listed[1])
    at = conversations.get_option_index(app.current.id)

    def lines() -> list[Strip]:
        return [conversations.render_line(y) for y in range(conversations.size.height)]

    def on_ground() -> list[str]:
        select = Color.parse(app.app.theme_variables["select"]).rich_color
        return [line.text for line in lines() if all(part.style and part.style.bgcolor == select for part in line)]

    assert len(on_ground()) == 1
    assert title(app) in on_ground()[0]
    assert not [line.text for line in lines() if line.text.startswith("▎")]
    conversations.focus()
    await app.press("up" if at > 1 else "down")
    assert [line.text for line in lines() if line.text.startswith("▎")] == on_ground()
    assert title(app) not in on_ground()[0]


@pytest.mark.usefixtures("saved")
async def test_only_one_row_is_marked_as_here(start_app: StartApp) -> None:
    app = await start_app(model="echo", resume=True, size=(120, 30))
    await app.until(lambda: app.sidebar._listed[1])
    await app.press("f3")
    await app.until(lambda: app.sidebar.is_unfolded)
    shown = [str(option.prompt) for area in app.sidebar.areas for option in area.options]

    assert sum("›" in row for row in shown) == 1
    assert any("in use" in row for row in shown)


@pytest.mark.usefixtures("saved")
async def test_enter_before_the_result_opens_it_when_it_is_there(start_app: StartApp) -> None:
    app = await start_app(model="echo")
    app.sidebar.areas[1].focus()
    await app.press("slash")
    for key in (*"nile", "enter"):
        app.app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
    await app.until(lambda: title(app) == "go")


@pytest.mark.usefixtures("saved")
async def test_escape_shows_all_conversations_again(start_app: StartApp) -> None:
    app = await start_app(model="echo")
    await filtered(app, "nile")
    assert "Esc all conversations" in app.key_hints
    await app.press("escape")
    await app.until(lambda: len([row for row in listed(app) if not row.endswith(":")]) == len(SAVED))


def width(app: RunningApp) -> int:
    return app.sidebar.outer_size.width


async def test_keys_resize_the_sidebar_within_limits_and_keep_its_width(program: Program, app: RunningApp) -> None:
    app.sidebar.areas[1].focus()
    assert width(app) == 31
    await app.press("]")
    await app.until(lambda: width(app) == 33)
    # A third of 120 columns.
    await app.press(*["]"] * 10)
    await app.until(lambda: width(app) == 40)
    await app.press(*["["] * 12)
    await app.until(lambda: width(app) == 24)
    assert app.header.sidebar_width == 24
    await app.until(lambda: tomllib.loads(program.config.read_text()).get("sidebar_width") == 24)


async def test_dragging_the_edge_resizes_the_sidebar(program: Program, app: RunningApp) -> None:
    edge = app.sidebar.query_one(SidebarEdge)
    # Beside the log it is drawn under the mouse only.
    assert edge.render_line(5).text == " "
    await app.pilot.hover(edge, offset=(0, 5))
    await app.until(lambda: edge.render_line(5).text == "│")
    await app.pilot.mouse_down(edge, offset=(0, 5))
    await app.pilot.hover("#body", offset=(35, 8))
    await app.until(lambda: width(app) == 36)
    await app.pilot.hover("#body", offset=(110, 8))
    await app.until(lambda: width(app) == 40)
    await app.pilot.mouse_up("#body", offset=(110, 8))
    await app.pilot.hover("#body", offset=(20, 8))
    await app.pilot.pause()
    assert width(app) == 40
    assert not app.screen.get_selected_text()
    await app.until(lambda: tomllib.loads(program.config.read_text()).get("sidebar_width") == 40)


async def test_width_is_kept_on_a_very_wide_screen(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    app = await start_app(size=(200, 40))
    assert width(app) == 38
    app.sidebar.areas[1].focus()
    await app.press("[")
    await app.until(lambda: width(app) == 36)
    await app.until(lambda: tomllib.loads(program.config.read_text()).get("sidebar_width") == 36)
    await app.close()
    app = await start_app(size=(200, 40))
    assert width(app) == 36


async def narrow(start_app: StartApp) -> RunningApp:
    """The app at 80 columns, with the sidebar open."""
    app = await start_app(model="echo", size=(80, 24))
    assert not app.sidebar.display
    await app.press("f3", "tab")
    assert app.sidebar.display
    return app


@pytest.mark.usefixtures("saved")
async def test_narrow_sidebar_lies_over_the_log_with_an_edge(start_app: StartApp) -> None:
    app = await narrow(start_app)
    assert app.log.region.x == 0
    assert app.log.region.width == 80
    column = app.sidebar.region.right - 1
    for y in range(app.sidebar.region.y, app.sidebar.region.bottom):
        assert app.screen._compositor.render_strips()[y].text[column] == "│", y
    assert app.header.sidebar_width == 0


@pytest.mark.usefixtures("saved")
async def test_narrow_sidebar_closes_on_escape_and_after_choosing(start_app: StartApp) -> None:
    app = await narrow(start_app)
    await app.press("escape")
    assert not app.sidebar.display
    assert app.prompt.has_focus
    await app.press("f3", "tab", "home", "down", "enter")
    await app.until(lambda: title(app))
    assert not app.sidebar.display
    await app.press("f3", "enter")
    await app.until(lambda: not app.sidebar.display)
    # A wider screen shows it again.
    await app.pilot.resize_terminal(120, 24)
    await app.until(lambda: app.sidebar.display and not app.sidebar.has_class("-over"))


@pytest.mark.usefixtures("saved")
async def test_escape_closes_the_sidebar_before_it_stops_the_answer(start_app: StartApp) -> None:
    app = await start_app(model="lorem-5000-50", size=(80, 24))
    await app.ask("go")
    await app.until(lambda: app.is_running)
    await app.press("f3", "escape")
    assert not app.sidebar.display
    assert app.is_running
    await app.press("escape")
    await app.until(lambda: not app.is_running)


@pytest.mark.parametrize("size", [(99, 24), (60, 20), (30, 10), (14, 6)])
async def test_narrow_sidebar_leaves_some_of_the_log_in_view(
    program: Program, demo: DemoServer, start_app: StartApp, size: tuple[int, int]
) -> None:
    program.use_server(demo.url)
    program.config.write_text(f"sidebar_width = 60\n{program.config.read_text()}")
    app = await start_app(size=size)
    await app.press("f3")
    assert 0 < app.sidebar.region.right <= size[0] - 10
