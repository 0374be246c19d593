"""Open conversations: background answers, queues, drafts, and temporary conversations."""

from __future__ import annotations

import asyncio

from tests.fault_server import JSON, Connection, Script, StartServer, eventually, hangs_after, replies, streams
from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer
from tui.ui.screens.chat_body import ChatBody

VERSION = replies(200, b'{"version":"1"}', JSON)
HEL = b'{"message":{"content":"Hel"},"done":false}\n'
LO = b'{"message":{"content":"lo there"},"done":true,"done_reason":"stop"}\n'
DONE = b'{"message":{"content":"Hello"},"done":true,"done_reason":"stop"}\n'
FAILED = b'{"error":"it broke"}\n'


class PausingServer:
    """A server that pauses in the middle of every answer until its event is set."""

    def __init__(self) -> None:
        self.resume: dict[str, asyncio.Event] = {}
        """The event of each prompt."""

    async def __call__(self, connection: Connection) -> None:
        if not connection.request.target.endswith("/chat"):
            await VERSION(connection)
            return
        prompt = connection.request.json["messages"][-1]["content"]
        resume = self.resume.setdefault(prompt, asyncio.Event())
        await connection.head(200)
        await connection.body(b'{"message":{"content":"To %s: Hel"},"done":false}\n' % prompt.encode())
        await resume.wait()
        await connection.body(LO)
        await connection.end()


def fails_after(event: asyncio.Event) -> Script:
    """A reply with the beginning of an answer, and an error as soon as the event is set."""

    async def handle(connection: Connection) -> None:
        await connection.head(200)
        await connection.body(HEL)
        await event.wait()
        await connection.body(FAILED)
        await connection.end()

    return handle


def marks(app: RunningApp) -> dict[str, str]:
    """The mark before each title in the sidebar."""
    return {title: mark for mark, title, _ in app.conversation_rows}


async def open_conversation(app: RunningApp, title: str) -> None:
    """Open a conversation from the sidebar."""
    options = app.sidebar.areas[1]
    ids = [option.id for option in options.options if option.id is not None]
    at = options.get_option_index(ids[list(marks(app)).index(title)])
    options.focus()
    options.highlighted = at
    await app.press("enter")
    await app.until(lambda: f"▌ {title}" in app.log.text)


async def test_answer_keeps_streaming_in_the_background(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    pausing = PausingServer()
    server = await start_server(pausing)
    program.use_server(server.url, more="parallel = 2")
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "To one: Hel" in app.log.text)
    await app.press("ctrl+n")
    await app.until(lambda: "▌" not in app.log.text)
    await app.until(lambda: marks(app) == {"one": "»"})
    await app.ask("two")
    await app.until(lambda: "To two: Hel" in app.log.text)
    assert app.key_bar.detail == "» 1 in the background"
    # Back in the middle of the answer: the received text is shown once, and the rest is appended.
    await open_conversation(app, "one")
    assert app.log.text.count("Hel") == 1
    pausing.resume["one"].set()
    await app.until(lambda: "To one: Hello there" in app.log.text)
    await app.until(lambda: marks(app) == {"two": "»", "one": "›"})
    pausing.resume["two"].set()
    await app.until(lambda: marks(app) == {"two": "◆", "one": "›"})
    assert app.has_notice("'two' has a new answer")
    await open_conversation(app, "two")
    assert "To two: Hello there" in app.log.text
    await app.until(lambda: marks(app)["two"] == "›")


async def test_unseen_failure_stays_marked_after_restart(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    failing = asyncio.Event()
    server = await start_server(VERSION, fails_after(failing))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("ctrl+n")
    await app.until(lambda: "▌" not in app.log.text)
    failing.set()
    await app.until(lambda: marks(app) == {"one": "✗"})
    await app.close()
    app = await start_app()
    await app.until(lambda: marks(app) == {"one": "✗"})
    await open_conversation(app, "one")
    await app.until(lambda: marks(app) == {"one": "›"})
    assert "it broke" in app.log.text


async def test_prompt_over_the_concurrency_limit_is_shown_as_queued(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    pausing = PausingServer()
    server = await start_server(pausing)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "To one: Hel" in app.log.text)
    await app.press("ctrl+n")
    await app.until(lambda: "▌" not in app.log.text)
    await app.ask("two")
    await app.until(lambda: "queued" in app.log.text)
    await app.until(lambda: marks(app).get("two") == "…")
    assert [r.json["messages"][0]["content"] for r in server.requests if r.target.endswith("/chat")] == ["one"]
    pausing.resume["one"].set()
    await app.until(lambda: "To two: Hel" in app.log.text)
    pausing.resume["two"].set()
    await app.answered()


async def test_queued_prompt_is_sent_when_the_answer_ends(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    pausing = PausingServer()
    server = await start_server(pausing)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "To one: Hel" in app.log.text)
    await app.ask("two")
    await app.ask("three")
    await app.until(lambda: "Queued: two (+1)" in app.composer_note)
    # The last one is returned to the composer.
    await app.press("up")
    assert app.prompt.text == "three"
    await app.until(lambda: "(+" not in app.composer_note)
    pausing.resume["one"].set()
    await app.until(lambda: "To two: Hel" in app.log.text)
    assert not app.composer_note
    pausing.resume["two"].set()
    await app.answered()
    assert app.messages == ["one", "To one: Hello there", "two", "To two: Hello there"]
    assert app.prompt.text == "three"


async def test_queued_prompt_is_restored_when_the_answer_fails(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    failing = asyncio.Event()
    server = await start_server(VERSION, fails_after(failing))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await app.ask("two")
    await app.type("three")
    await app.until(lambda: "Queued: two" in app.composer_note)
    failing.set()
    await app.until(lambda: "it broke" in app.log.text)
    assert app.prompt.text == "two\nthree"


async def test_draft_stays_with_its_conversation_and_after_restart(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo")
    await app.ask_and_wait("one")
    await app.type("more of one")
    await app.press("ctrl+n")
    await app.until(lambda: app.prompt.text == "")
    await app.type("something new")
    await open_conversation(app, "one")
    await app.until(lambda: app.prompt.text == "more of one")
    await app.press("ctrl+n")
    await app.until(lambda: app.prompt.text == "something new")
    await app.press("ctrl+q")
    await app.close()
    app = await start_app()
    await app.until(lambda: app.prompt.text == "something new")
    await open_conversation(app, "one")
    await app.until(lambda: app.prompt.text == "more of one")
    await app.press("enter")
    await app.answered()
    await app.close()
    app = await start_app(resume=True)
    assert "more of one" in app.log.text
    assert app.prompt.text == ""


async def test_draft_is_saved_while_typing(app: RunningApp) -> None:
    await app.type("half a tho")
    draft = ""
    while draft != "half a tho":
        draft = await app.runtime.conversations.call(lambda store: store.draft(""))
        await app.pilot.pause(0.02)


async def test_temporary_conversation_is_discarded_unless_saved(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="echo")
    await app.press("alt+n")
    await app.until(lambda: app.header.settings == "temporary")
    await app.ask_and_wait("a secret")
    await app.until(lambda: marks(app) == {"a secret": "›"})
    await app.press("alt+n")
    await app.until(lambda: "▌" not in app.log.text)
    await app.ask_and_wait("not so secret")
    # The first one is still open.
    await open_conversation(app, "a secret")
    await open_conversation(app, "not so secret")
    await app.press("alt+k")
    await app.until(lambda: app.header.settings == "")
    await app.ask_and_wait("go on")
    await app.press("alt+k")
    await app.until(lambda: app.has_notice("Already saved"))
    await app.close()
    app = await start_app(resume=True)
    await app.until(lambda: list(marks(app)) == ["not so secret"])
    assert app.shows("◆ echo", "go on")


async def test_saving_a_temporary_conversation_keeps_the_whole_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    pausing = PausingServer()
    server = await start_server(pausing)
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.press("alt+n")
    await app.ask("one")
    await app.until(lambda: "To one: Hel" in app.log.text)
    await app.press("alt+k")
    await app.until(lambda: marks(app) == {"one": "»"})
    pausing.resume["one"].set()
    await app.answered()
    await app.close()
    app = await start_app(resume=True)
    assert "To one: Hello there" in app.log.text


async def test_pinned_conversation_stays_on_top(app: RunningApp) -> None:
    await app.press("alt+p")
    await app.until(lambda: app.has_notice("Nothing to pin"))
    for prompt in ("one", "two"):
        await app.press("ctrl+n")
        await app.ask_and_wait(prompt)
    await app.until(lambda: list(marks(app)) == ["two", "one"])
    options = app.sidebar.areas[1]
    options.focus()
    options.highlighted = 2
    await app.press("p")
    await app.until(lambda: list(marks(app)) == ["one", "two"])
    assert str(options.options[0].prompt).strip() == "Pinned"
    # Still pinned after delete and undo.
    options.highlighted = 1
    await app.press("d")
    await app.until(lambda: list(marks(app)) == ["two"])
    await app.press("u")
    await app.until(lambda: list(marks(app)) == ["one", "two"])
    options.highlighted = 1
    await app.press("p")
    await app.until(lambda: list(marks(app)) == ["two", "one"])


async def test_slash_filters_the_conversation_list_by_title(app: RunningApp) -> None:
    for prompt in ("apples", "pears", "more apples"):
        await app.press("ctrl+n")
        await app.ask_and_wait(prompt)
    await app.until(lambda: len(marks(app)) == 3)
    app.sidebar.areas[1].focus()
    await app.press("slash", *"apple")
    await app.until(lambda: list(marks(app)) == ["more apples", "apples"])
    await app.press("down", "down", "enter")
    await app.until(lambda: "▌ apples" in app.log.text)
    app.sidebar.areas[1].focus()
    await app.press("escape")
    await app.until(lambda: len(marks(app)) == 3)


async def test_deleting_a_conversation_stops_its_answer(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await app.press("ctrl+n")
    await app.until(lambda: marks(app) == {"one": "»"})
    app.sidebar.areas[1].focus()
    await app.press("d")
    await eventually(server.requests[-1].disconnected.is_set)
    await app.until(lambda: marks(app) == {})
    await app.press("u")
    await app.until(lambda: list(marks(app)) == ["one"])


async def test_quitting_saves_all_streaming_answers(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    pausing = PausingServer()
    server = await start_server(pausing)
    program.use_server(server.url, more="parallel = 3")
    app = await start_app(model="m")
    for prompt in ("one", "two"):
        await app.press("ctrl+n")
        await app.until(lambda: "▌" not in app.log.text)
        await app.ask(prompt)
        await app.until(lambda: f"To {prompt}: Hel" in app.log.text)  # noqa: B023  awaited within the loop
    await app.press("ctrl+q")
    await app.close()
    app = await start_app()
    for prompt in ("one", "two"):
        await open_conversation(app, prompt)
        assert f"To {prompt}: Hel" in app.log.text
        assert "Stopped" in app.log.text


async def test_prompt_sent_during_a_switch_goes_to_its_target(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, streams(DONE))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask_and_wait("one")
    await app.press("ctrl+n")
    await app.until(lambda: "▌" not in app.log.text)
    conversation = (await app.runtime.conversations.call(lambda store: store.recent(1)))[0]
    # The prompt gets the keys in this handler, so this is the earliest moment at which a prompt can be sent.
    app.chat.query_one(ChatBody).on_sidebar_conversation_chosen(app.sidebar.ConversationChosen(conversation.id))
    app.prompt.submit("two")
    await app.until(lambda: len(server.requests) == 3)
    sent = [message["content"] for message in server.requests[-1].json["messages"]]
    assert sent == ["one", "Hello", "two"]
    await app.answered()


async def test_queued_prompt_is_saved_as_a_draft(
    program: Program, start_server: StartServer, start_app: StartApp
) -> None:
    server = await start_server(VERSION, hangs_after(HEL))
    program.use_server(server.url)
    app = await start_app(model="m")
    await app.ask("one")
    await app.until(lambda: "Hel" in app.log.text)
    await app.ask("two")
    conversation = (await app.runtime.conversations.call(lambda store: store.recent(1)))[0]
    draft = await app.runtime.conversations.call(lambda store: store.draft(conversation.id))
    assert draft == "two"
