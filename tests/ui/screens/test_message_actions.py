"""Actions on messages: edit, regenerate, choose a version, fork, delete, undo."""

from __future__ import annotations

from textual import events

from tests.program import Program
from tests.ui.running import RunningApp, StartApp
from tui.demo.server import DemoServer


async def saved_messages(app: RunningApp) -> list[str]:
    """The text of each saved message on the current path."""
    conversation = await app.runtime.conversations.call(lambda store: store.latest())
    return [message.content for message in conversation.path] if conversation else []


async def test_edited_prompt_becomes_a_second_version(app: RunningApp) -> None:
    await app.ask_and_wait("one", "two")
    await app.type("draft")
    await app.press("tab", "k", "k", "k", "k", "e")
    await app.until(lambda: app.prompt.text == "one")
    assert "Editing" in app.composer_note
    await app.press("1", "enter")
    await app.answered()
    assert app.messages[0] == "one1"
    assert len(app.messages) == 2
    assert app.prompt.text == "draft"
    assert not app.composer_note
    assert "‹ 2/2 ›" in app.log.text
    await app.press("tab", "k", "k", "left")
    await app.until(lambda: app.messages[0] == "one")
    assert len(app.messages) == 4
    assert "‹ 1/2 ›" in app.log.text
    assert app.log.selected is not None
    assert app.log.selected.content == "one"
    assert await saved_messages(app) == app.messages
    await app.press("left")
    assert app.messages[0] == "one"
    await app.press("right")
    await app.until(lambda: app.messages[0] == "one1")
    assert await saved_messages(app) == app.messages


async def test_escape_cancels_editing_and_restores_the_draft(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.type("draft")
    await app.press("tab", "e")
    await app.until(lambda: app.prompt.text == "one")
    await app.press("escape")
    assert app.prompt.text == "draft"
    await app.press("enter")
    await app.answered()
    assert app.messages[::2] == ["one", "draft"]


async def test_earlier_answer_is_regenerated_in_place(app: RunningApp) -> None:
    await app.ask_and_wait("one", "two")
    await app.press("tab", "k", "k", "k", "r")
    await app.until(lambda: len(app.messages) == 2 and not app.is_running)
    assert "‹ 2/2 ›" in app.log.text
    # The new answer is selected.
    await app.press("left")
    await app.until(lambda: len(app.messages) == 4)


async def test_fork_is_a_separate_conversation(app: RunningApp) -> None:
    await app.ask_and_wait("one", "two")
    first = app.session
    assert first is not None
    await app.press("tab", "k", "k", "k", "f")
    await app.until(lambda: app.session is not first and len(app.messages) == 2)
    await app.press("escape")
    await app.ask_and_wait("three")
    assert app.messages[::2] == ["one", "three"]
    assert [message.content for message in first.conversation.path][::2] == ["one", "two"]
    listed = await app.runtime.conversations.call(lambda store: store.recent(9))
    assert [each.title for each in listed] == ["one (fork)", "one"]
    await app.press("tab", "f")
    await app.until(lambda: app.has_notice("one (fork 2)"))


async def test_prompt_typed_behind_fork_goes_to_the_fork(app: RunningApp) -> None:
    await app.ask_and_wait("one", "two", "three")
    first = app.session
    await app.press("tab", "k", "k", "shift+tab")
    for key in (*"/fork", "enter", *"four", "enter"):
        app.app.post_message(events.Key(key, "\r" if key == "enter" else key))
    await app.until(lambda: app.session is not first and app.messages[::2] == ["one", "two", "four"])
    assert len(first.conversation.path) == 6
    assert app.prompt.text == ""


async def test_deleted_messages_are_restored_by_undo(app: RunningApp) -> None:
    await app.ask_and_wait("one", "two")
    whole = app.messages
    await app.press("tab", "k", "k", "d")
    await app.until(lambda: app.messages == whole[:2])
    assert await saved_messages(app) == whole[:2]
    assert app.has_notice("Deleted 2 messages")
    await app.press("u")
    await app.until(lambda: app.messages == whole)
    assert await saved_messages(app) == whole
    await app.press("u")
    await app.until(lambda: app.has_notice("Nothing to undo"))
    await app.press("k", "k", "k", "k", "d")
    await app.until(lambda: app.messages == [])
    assert await saved_messages(app) == []
    await app.press("escape")
    await app.ask_and_wait("anew")
    assert await saved_messages(app) == app.messages


async def test_message_actions_are_refused_while_an_answer_streams(
    program: Program, demo: DemoServer, start_app: StartApp
) -> None:
    program.use_server(demo.url)
    app = await start_app(model="lorem-5000-100")
    await app.ask("go")
    await app.until(lambda: "Lorem" in app.log.text or "lorem" in app.log.text)
    await app.press("tab", "d", "e", "f")
    await app.until(lambda: app.has_notice("still streaming"))
    assert len(app.messages) == 2
    await app.press("escape")
    await app.answered()


async def test_delete_without_a_selection_explains_how_to_select(app: RunningApp) -> None:
    await app.ask_and_wait("one")
    await app.press("tab", "d")
    await app.app.run_action("screen.delete_message", app.chat)
    await app.until(lambda: app.has_notice("Select a message"))
    assert len(app.messages) == 2
