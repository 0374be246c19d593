"""`llm-tui export`, run as a process."""

from __future__ import annotations

import json

from tests.program import Program
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore


def save(program: Program, *conversations: tuple[str, str]) -> None:
    """Save conversations, each given as its id and first prompt."""
    store = ConversationStore(program.data)
    for at, (id_, prompt) in enumerate(conversations):
        store.add(Conversation(id_).append(ChatMessage(f"{id_}-q", "user", prompt, created_at=float(at + 1))))
    store.close()


async def test_exports_by_id_prefix_title_or_latest(program: Program) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About dogs"))
    for query, title in (("abc1", "cats"), ("abd", "dogs"), ("CATS", "cats"), ("latest", "dogs")):
        result = await program.run("export", query)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith(f"# About {title}\n")


async def test_exports_json_and_html(program: Program) -> None:
    save(program, ("abc1", "About cats"))
    assert json.loads((await program.run("export", "latest", "--format", "json")).out)["title"] == "About cats"
    assert (await program.run("export", "latest", "--format", "html")).out.startswith("<!doctype html>")


async def test_lists_conversations_latest_first(program: Program) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About\x1b[2J dogs"))
    result = await program.run("export", "--list")
    assert [line.split()[0] for line in result.out.splitlines()] == ["abd2", "abc1"]
    assert "\x1b" not in result.out


async def test_unknown_or_ambiguous_conversation_is_bad_usage(program: Program) -> None:
    save(program, ("abc1", "About cats"), ("abd2", "About dogs"))
    for arguments, message in (
        (["rats"], "No conversation"),
        (["ab"], "Several conversations"),
        ([], "Which"),
        (["x", "--list"], "W"),
    ):
        result = await program.run("export", *arguments)
        assert (result.code, result.out) == (2, "")
        assert message in result.err
        assert result.err.count("\n") == 1


async def test_list_has_every_conversation(program: Program) -> None:
    save(program, *((f"c{number}", f"Prompt {number}") for number in range(2_001)))
    result = await program.run("export", "--list")
    ids = [line.split()[0] for line in result.out.splitlines()]
    assert ids == [f"c{number}" for number in reversed(range(2_001))]


async def test_empty_list_says_so(program: Program) -> None:
    result = await program.run("export", "--list")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("llm-tui: No conversations yet.")


async def test_long_titles_are_shortened_in_lists(program: Program) -> None:
    store = ConversationStore(program.data)
    for id_ in ("abc1", "abd2"):
        prompt = ChatMessage(f"{id_}-q", "user", "Hi", created_at=1.0)
        store.add(Conversation(id_).append(prompt))
        store.rename(id_, "long " * 20_000)
    store.close()
    listed = await program.run("export", "--list")
    ambiguous = await program.run("export", "long")
    assert all(len(line) < 300 and line.endswith("…") for line in listed.out.splitlines())
    assert len(ambiguous.err) < 700
