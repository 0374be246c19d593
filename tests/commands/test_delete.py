"""`llm-tui delete`, run as a process."""

from __future__ import annotations

from tests.commands.test_export import save
from tests.program import Program
from tests.terminal import StartTerminal
from tui.chat.image import Image
from tui.files.images import write_pasted
from tui.store.conversations import ConversationStore


def ids(program: Program) -> tuple[str, ...]:
    store = ConversationStore(program.data)
    found = store.ids()
    store.close()
    return found


async def test_one_conversation_is_deleted(program: Program) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About dogs"))
    result = await program.run("delete", "cats", "--yes")
    assert (result.code, result.out, result.err) == (0, "1 conversation deleted.\n", "")
    assert ids(program) == ("abd2",)


async def test_conversations_are_deleted_by_age_or_all(program: Program) -> None:
    save(program, *((f"c{number}", "About cats") for number in range(120)))
    assert (await program.run("delete", "--older-than", "36500", "--yes")).err.endswith(
        f"There is nothing to delete in {program.data}.\n"
    )
    assert (await program.run("delete", "--older-than", "30", "--yes")).out == "120 conversations deleted.\n"
    save(program, ("abc1", "About cats"))
    pasted = write_pasted(Image("image/png", b"png", "pasted.png"), program.data)
    assert (await program.run("delete", "--all", "--yes")).out == "1 conversation deleted.\n"
    assert ids(program) == ()
    assert not pasted.exists()


async def test_bad_usage_deletes_nothing(program: Program) -> None:
    save(program, ("abc1", "About cats"))
    for arguments, message in (
        (["--all"], "Add --yes"),
        ([], "Which conversations?"),
        (["--all", "abc1", "--yes"], "Which conversations?"),
        (["rats", "--yes"], "No conversation matches"),
        (["--older-than", "0", "--yes"], "not a number of days"),
    ):
        result = await program.run("delete", *arguments)
        assert (result.code, result.out) == (2, "")
        assert message in result.err
    assert ids(program) == ("abc1",)


async def test_without_a_database_none_is_created(program: Program) -> None:
    result = await program.run("delete", "--all", "--yes")
    assert (result.code, result.out) == (0, "")
    assert not program.data.exists()


async def test_question_is_asked_on_a_terminal(program: Program, start_terminal: StartTerminal) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About dogs"))
    for typed, code, left in (("\n", 1, ("abc1", "abd2")), ("y\n", 0, ())):
        terminal = await start_terminal("delete", "--all", wait=False)
        await terminal.shows("This cannot be undone. [y/N]")
        terminal.type(typed)
        assert await terminal.ended() == code
        assert b"Delete all 2 conversations in " in terminal.received
        assert ids(program) == left
