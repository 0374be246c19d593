"""SearchScreen: search in all conversations."""

from __future__ import annotations

from textual.widgets import OptionList

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.demo.server import DemoServer
from tui.ui.log.search import Count
from tui.ui.screens.search import SearchScreen
from tui.ui.widgets.dialog_frame import DialogFrame, KeyLine


def hits(app: RunningApp) -> list[str]:
    """The rows of the list."""
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]


async def test_search_finds_a_message_on_another_branch_and_opens_it(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    old = Conversation("old").append(
        ChatMessage("o1", "user", "where is the [bold]needle[/]"), ChatMessage("o2", "assistant", "in the hay", "o1")
    )
    other = old.append(ChatMessage("o3", "assistant", "elsewhere", "o1"))
    app = await start_app(model="echo")
    await app.runtime.conversations.call(lambda store: store.add(other))
    await app.ask_and_wait("hello")
    await app.press("ctrl+g")
    await app.until(lambda: isinstance(app.screen, SearchScreen))
    await app.type("needle")
    await app.until(lambda: len(hits(app)) == 1)
    assert "[bold]needle[/]" in hits(app)[0]
    await app.press(*["backspace"] * 6)
    await app.type("hay")
    await app.until(lambda: len(hits(app)) == 1 and "hay" in hits(app)[0])
    await app.press("enter")
    # The path leads through the hit, although another answer was the last one.
    await app.until(lambda: app.log.selected is not None and app.log.selected.id == "o2")
    assert "elsewhere" not in app.log.text


async def test_search_shows_the_count_and_is_as_high_as_its_hits(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo")
    app.prompt.insert("# A **needle**\n\n- in `the` [hay](https://example.org)")
    await app.press("enter")
    await app.answered()
    await app.press("ctrl+g")
    await app.until(lambda: isinstance(app.screen, SearchScreen))
    await app.type("needle")
    await app.until(lambda: len(hits(app)) == 2)
    frame = app.screen.query_one(DialogFrame)
    assert str(frame.border_subtitle) == "2 messages"
    assert hits(app)[0].endswith("A needle in the hay")
    await app.pilot.pause()
    # The key line is the last row of the frame.
    assert frame.region.bottom - app.screen.query_one(KeyLine).region.bottom == 1
    assert frame.region.height < 14
    await app.type("x")
    await app.until(lambda: str(frame.border_subtitle) == "0 messages")


async def test_search_without_hits_stays_open(app: RunningApp) -> None:
    await app.ask_and_wait("hello")
    await app.press("ctrl+g")
    await app.type("goodbye")
    await app.until(lambda: app.screen.query_one("#message").display)
    await app.press("down", "enter")
    assert isinstance(app.screen, SearchScreen)
    await app.press("escape")
    assert "hello" in app.log.text
    await app.press("ctrl+g")
    await app.type("hel")
    await app.until(lambda: len(hits(app)) == 2)
    await app.press("down", "up", "pagedown", "enter")
    await app.until(lambda: app.log.selected is not None and app.log.selected.role == "user")


async def test_hit_is_scrolled_to_and_marked(program: Program, demo: DemoServer, start_app: StartApp) -> None:
    program.use_server(demo.url)
    long = "\n\n".join([*(f"paragraph {number}" for number in range(200)), "a needle here", *["more"] * 200])
    conversation = Conversation("old").append(
        ChatMessage("o1", "user", "needles and more"), ChatMessage("o2", "assistant", f"{long}\n\nneedle", "o1")
    )
    app = await start_app(model="echo")
    await app.runtime.conversations.call(lambda store: store.add(conversation))
    await app.press("ctrl+g")
    await app.until(lambda: isinstance(app.screen, SearchScreen))
    await app.type("here nee")
    await app.until(lambda: len(hits(app)) == 1)
    await app.press("enter")
    await app.until(lambda: app.log.selected is not None and app.log.selected.id == "o2")
    await app.until(lambda: "a needle here" in visible_text(app))
    assert app.log._search.words == ("needle", "here")
    assert app.log.search_count == Count(1, 3)
    await app.press("escape")
    assert app.log.search_count is None
    assert "a needle here" in visible_text(app)


async def test_hit_that_is_not_shown_leaves_the_view_at_its_message(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    conversation = Conversation("old").append(
        ChatMessage("o1", "user", "\n".join(["needle", *["line"] * 100])),
        ChatMessage("o2", "assistant", "see [this](https://example.com/needle)\n\n" + "more\n\n" * 100, "o1"),
    )
    app = await start_app(model="echo")
    await app.runtime.conversations.call(lambda store: store.add(conversation))
    await app.press("ctrl+g")
    await app.until(lambda: isinstance(app.screen, SearchScreen))
    await app.type("see needle")
    await app.until(lambda: len(hits(app)) == 1)
    await app.press("enter")
    await app.until(lambda: "see this" in visible_text(app))


def visible_text(app: RunningApp) -> str:
    """What the log shows now."""
    return "\n".join(app.log.render_line(y).text for y in range(app.log.size.height))
