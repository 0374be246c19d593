"""The mouse in the log and in the sidebar: words, blocks, and the menus of the right button."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.markdown.lines import Look
from tui.ui.screens.link import LinkScreen
from tui.ui.screens.menu import MenuScreen
from tui.ui.screens.rename import RenameScreen

RIGHT = 3
ANSWER = "First paragraph with several words.\n\n```py\nx = 1\n\ny = 2\n```\n\n- one\n- two"


@pytest.fixture
async def chat(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app with an answer that has a paragraph, code and a list."""
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(100, 40))
    app.prompt.insert(ANSWER)
    await app.press("enter")
    await app.answered()
    return app


def place_of(app: RunningApp, text: str) -> tuple[int, int]:
    """Where the last line with a text stands in the log."""
    rows = [app.log.render_line(y).text for y in range(app.log.size.height)]
    y = max(y for y, row in enumerate(rows) if text in row)
    return rows[y].index(text), y


@pytest.mark.parametrize("key", ["ctrl+c", "c"])
async def test_double_click_selects_a_word(chat: RunningApp, key: str) -> None:
    x, y = place_of(chat, "several")
    await chat.pilot.double_click(chat.log, offset=(x + 2, y))
    assert chat.screen.get_selected_text() == "several"
    await chat.press(key)
    await chat.until(lambda: chat.clipboard == "several")


@pytest.mark.parametrize(
    ("at", "block"),
    [("several", "First paragraph with several words."), ("x = 1", "x = 1\n\ny = 2"), ("two", "• two")],
)
async def test_triple_click_selects_a_block(chat: RunningApp, at: str, block: str) -> None:
    await chat.pilot.triple_click(chat.log, offset=place_of(chat, at))
    assert chat.screen.get_selected_text() == block
    await chat.press("ctrl+c")
    await chat.until(lambda: chat.clipboard == block)


async def test_double_click_beside_the_text_selects_nothing(chat: RunningApp) -> None:
    _, y = place_of(chat, "several")
    await chat.pilot.double_click(chat.log, offset=(chat.log.size.width - 3, y))
    assert not chat.screen.get_selected_text()


async def test_selecting_a_message_ends_the_selection_of_text(chat: RunningApp) -> None:
    await chat.pilot.double_click(chat.log, offset=place_of(chat, "several"))
    await chat.press("up", "c")
    await chat.until(lambda: chat.clipboard.startswith("First paragraph with several words.\n"))


def menu_rows(app: RunningApp) -> list[list[str]]:
    assert isinstance(app.screen, MenuScreen)
    return [str(option.prompt).split() for option in app.screen.query_one(OptionList).options]


async def open_menu(app: RunningApp, text: str) -> None:
    await app.pilot.click(app.log, offset=place_of(app, text), button=RIGHT)
    await app.until(lambda: isinstance(app.screen, MenuScreen))


async def test_right_click_on_an_answer_opens_its_menu(chat: RunningApp) -> None:
    await open_menu(chat, "several")
    assert menu_rows(chat) == [["copy", "c"], ["again", "r"], ["fork", "f"], ["delete", "d"]]
    # The message that was clicked is selected.
    assert chat.log.selected is not None
    assert chat.log.selected.role == "assistant"
    await chat.press("c")
    await chat.until(lambda: chat.clipboard == ANSWER)
    assert chat.screen is chat.chat


async def test_menu_acts_on_the_message_that_was_clicked(chat: RunningApp) -> None:
    await chat.ask_and_wait("second")
    chat.log.focus()
    await chat.press("up")
    assert chat.log.selected is not None
    assert chat.log.selected.role == "assistant"
    await open_menu(chat, "You")
    assert ["edit", "e"] in menu_rows(chat)
    await chat.press("e")
    await chat.until(lambda: chat.prompt.text == "second")


async def test_menu_is_used_by_mouse_and_closed_beside_it(chat: RunningApp) -> None:
    await open_menu(chat, "several")
    await chat.pilot.click(offset=(90, 38))
    await chat.until(lambda: chat.screen is chat.chat)
    await open_menu(chat, "several")
    menu = chat.screen.query_one(OptionList)
    # The third row: fork.
    await chat.pilot.click(menu, offset=(3, 3))
    await chat.until(lambda: chat.has_notice("Forked"))


@pytest.mark.parametrize("size", [(100, 40), (40, 12)])
async def test_menu_stays_within_the_screen(
    program: Program, demo: DemoServer, start_app: StartApp, size: tuple[int, int]
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=size)
    await app.ask_and_wait("hello there")
    x = app.log.size.width - 3
    await app.pilot.click(app.log, offset=(x, min(4, app.log.size.height - 1)), button=RIGHT)
    await app.until(lambda: isinstance(app.screen, MenuScreen))
    await app.pilot.pause()
    assert app.screen.region.contains_region(app.screen.query_one(OptionList).region)


async def test_right_click_on_the_welcome_opens_no_menu(app: RunningApp) -> None:
    await app.pilot.click(app.log, offset=(30, 5), button=RIGHT)
    await app.pilot.pause(0.1)
    assert app.screen is app.chat
    assert app.log.selected is None


# The sidebar.


def row_of(app: RunningApp, title: str) -> tuple[int, int]:
    """Where a conversation stands in the list."""
    conversations = app.sidebar.areas[1]
    rows = [conversations.render_line(y).text for y in range(conversations.size.height)]
    return 4, next(y for y, row in enumerate(rows) if title in row)


async def right_click(app: RunningApp, title: str) -> None:
    await app.until(lambda: any(title in str(option.prompt) for option in app.sidebar.areas[1].options))
    await app.pilot.click(app.sidebar.areas[1], offset=row_of(app, title), button=RIGHT)
    await app.until(lambda: isinstance(app.screen, MenuScreen))


@pytest.fixture
async def two(program: Program, demo: DemoServer, start_app: StartApp) -> RunningApp:
    """The app with the conversations `two`, which is current, and `one`."""
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(120, 40))
    for prompt in ("one", "two"):
        await app.press("ctrl+n")
        await app.ask_and_wait(prompt)
    return app


async def test_menu_of_a_conversation_opens_it(two: RunningApp) -> None:
    await right_click(two, "one")
    assert menu_rows(two) == [["open", "Enter"], ["rename", "r"], ["pin", "p"], ["delete", "d"]]
    assert two.messages == ["two", "two"]
    await two.press("enter")
    await two.until(lambda: two.workspace.current is not None and two.messages == ["one", "one"])


async def test_menu_of_a_conversation_renames_pins_and_deletes_it(two: RunningApp) -> None:
    await right_click(two, "one")
    await two.press("r")
    await two.until(lambda: isinstance(two.screen, RenameScreen))
    await two.press("end", "x", "enter")
    await right_click(two, "onex")
    await two.press("p")
    await two.until(lambda: "Pinned" in str(two.sidebar.areas[1].get_option_at_index(0).prompt))
    await right_click(two, "onex")
    await two.press("d")
    await two.until(lambda: two.has_notice("Deleted 'onex'"))
    assert two.messages == ["two", "two"]


async def test_right_click_on_a_heading_of_the_list_does_nothing(two: RunningApp) -> None:
    await two.until(lambda: two.sidebar.areas[1].option_count == 3)
    await two.pilot.click(two.sidebar.areas[1], offset=row_of(two, "Today"), button=RIGHT)
    await two.pilot.pause(0.1)
    assert two.screen is two.chat


# Clicks on messages.


def selected_role(app: RunningApp) -> str:
    return "" if app.log.selected is None else app.log.selected.role


async def click_on(app: RunningApp, text: str, beside: int = 0) -> None:
    x, y = place_of(app, text)
    await app.pilot.click(app.log, offset=(x + beside, y))


async def test_click_on_a_message_selects_it(chat: RunningApp) -> None:
    await click_on(chat, "several")
    assert chat.log.has_focus
    assert selected_role(chat) == "assistant"
    assert chat.key_hints.startswith("c copy · b code · r again")
    # Beside the text too.
    await click_on(chat, "You", beside=10)
    assert selected_role(chat) == "user"


async def test_dragging_selects_text_and_no_message(chat: RunningApp) -> None:
    x, y = place_of(chat, "several")
    await chat.pilot.mouse_down(chat.log, offset=(x, y))
    await chat.pilot.hover(chat.log, offset=(x + 6, y))
    await chat.pilot.mouse_up(chat.log, offset=(x + 6, y))
    await chat.pilot.pause()
    assert chat.screen.get_selected_text() == "several"
    assert chat.log.selected is None


async def test_click_on_the_welcome_selects_nothing(app: RunningApp) -> None:
    await app.pilot.click(app.log, offset=(30, 5))
    assert app.log.selected is None


async def test_versions_are_reached_by_mouse(chat: RunningApp) -> None:
    await chat.press("f5")
    await chat.until(lambda: len(chat.session.conversation.messages) == 3)
    await chat.answered()
    latest = chat.session.conversation.head_id
    await click_on(chat, "‹ 2/2 ›")
    await chat.until(lambda: "‹ 1/2 ›" in chat.log.text)
    assert chat.session.conversation.head_id != latest
    # There is no version before the first one: the click selects the message.
    await click_on(chat, "‹ 1/2 ›")
    assert chat.log.selected is not None
    assert "‹ 1/2 ›" in chat.log.text
    bar = chat.key_bar.render_line(0).text
    assert "→ versions" in bar
    await chat.pilot.click(chat.key_bar, offset=(bar.index("→"), 0))
    await chat.until(lambda: chat.session.conversation.head_id == latest)
    bar = chat.key_bar.render_line(0).text
    await chat.pilot.click(chat.key_bar, offset=(bar.index("versions"), 0))
    await chat.until(lambda: chat.session.conversation.head_id != latest)


async def test_keys_of_both_directions_are_clicked_one_by_one(chat: RunningApp) -> None:
    for count in (3, 4):
        await chat.press("f5")
        await chat.until(lambda: len(chat.session.conversation.messages) == count)  # noqa: B023 - awaited at once
        await chat.answered()
    await click_on(chat, "‹ 3/3 ›")
    await chat.until(lambda: "‹ 2/3 ›" in chat.log.text)
    bar = chat.key_bar.render_line(0).text
    await chat.pilot.click(chat.key_bar, offset=(bar.index("←→"), 0))
    await chat.until(lambda: "‹ 1/3 ›" in chat.log.text)


@pytest.mark.parametrize("source", ["[quit now](command:quit)", "[`quit now`](version:1)"])
async def test_link_that_looks_like_a_command_is_only_a_link(
    program: Program, demo: DemoServer, start_app: StartApp, source: str
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo", size=(100, 40))
    app.prompt.insert(source)
    await app.press("enter")
    await app.answered()
    await click_on(app, "quit now")
    await app.until(lambda: isinstance(app.screen, LinkScreen))


async def test_selection_over_messages_does_not_highlight_names_and_times(chat: RunningApp) -> None:
    _, top = place_of(chat, "You")
    x, bottom = place_of(chat, "- two" if "- two" in chat.log.text else "two")
    await chat.pilot.mouse_down(chat.log, offset=(4, top + 1))
    await chat.pilot.hover(chat.log, offset=(x, bottom))
    await chat.pilot.mouse_up(chat.log, offset=(x, bottom))
    await chat.pilot.pause()
    mark = chat.log._painter.style(Look("selected")).bgcolor
    highlighted = [
        segment.text
        for y in range(chat.log.size.height)
        for segment in chat.log.render_line(y)
        if segment.style is not None and segment.style.bgcolor == mark
    ]
    shown = " ".join(highlighted)
    assert "several" in shown
    assert "x = 1" in "".join(highlighted)
    for decoration in ("echo", ":", "copy", "py", "▌"):
        assert not any(decoration in text for text in highlighted), decoration


# The composer.


@pytest.mark.parametrize(
    ("times", "at", "selected"),
    [(2, 5, "well-known"), (3, 5, "one well-known word"), (2, 17, "word"), (3, 17, "one well-known word"), (2, 3, "")],
)
async def test_double_and_triple_click_select_in_the_composer(
    app: RunningApp, times: int, at: int, selected: str
) -> None:
    app.prompt.insert("first\none well-known word\nlast")
    await app.until(lambda: app.prompt.size.height == 3)
    # The text begins after the bar.
    await app.pilot.click(app.prompt, offset=(at + 2, 1), times=times)
    assert app.prompt.selected_text == selected
    await app.press("x")
    assert app.prompt.text == "first\none well-known word\nlast".replace(selected, "x", 1) or not selected


async def test_double_click_right_of_a_line_selects_its_last_word(app: RunningApp) -> None:
    app.prompt.insert("one two\n\nthree")
    await app.until(lambda: app.prompt.size.height == 3)
    await app.pilot.double_click(app.prompt, offset=(40, 0))
    assert app.prompt.selected_text == "two"
    await app.pilot.double_click(app.prompt, offset=(40, 1))
    assert app.prompt.selected_text == ""
