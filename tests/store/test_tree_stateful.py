"""Stateful test: after any sequence of operations, the store equals a simple model in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.store.factories import is_sound
from tui.chat.chunk import JSONObject
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

WORDS = ("apple", "pear", "plum")


@dataclass
class Tree:
    """The expected state of a conversation, as simple as possible."""

    parents: dict[str, str | None] = field(default_factory=dict)
    """Parent ids by message id, in the order the messages were sent."""
    roles: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    """When each message was sent, as a running number."""
    head: str | None = None
    title: str = ""
    is_pinned: bool = False
    system_prompt: str | None = None
    options: JSONObject = field(default_factory=dict)

    def copy(self) -> Tree:
        return replace(
            self,
            parents=dict(self.parents),
            roles=dict(self.roles),
            texts=dict(self.texts),
            numbers=dict(self.numbers),
        )

    def put(self, id_: str, parent: str | None, role: str, text: str, number: int) -> None:
        self.parents[id_], self.roles[id_], self.texts[id_], self.numbers[id_] = parent, role, text, number
        self.head = id_

    def children(self, id_: str | None) -> list[str]:
        return [child for child, parent in self.parents.items() if parent == id_]

    def latest_leaf(self, id_: str) -> str:
        """The latest message below a message."""
        children = self.children(id_)
        return self.latest_leaf(children[-1]) if children else id_

    def subtree(self, id_: str) -> list[str]:
        return [id_, *(deeper for child in self.children(id_) for deeper in self.subtree(child))]

    def delete(self, id_: str) -> None:
        gone, parent, role = self.subtree(id_), self.parents[id_], self.roles[id_]
        for each in gone:
            del self.parents[each], self.roles[each], self.texts[each], self.numbers[each]
        if self.head in gone:
            versions = [each for each in self.children(parent) if self.roles[each] == role]
            self.head = self.latest_leaf(versions[-1]) if versions else parent

    def path(self) -> list[str]:
        backwards = []
        current = self.head
        while current is not None:
            backwards.append(current)
            current = self.parents[current]
        return backwards[::-1]


class TreeMachine(RuleBasedStateMachine):
    """Sends, edits, regenerates, switches versions, forks, deletes, undoes, renames, pins and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = self.open()
        self.trees: dict[str, Tree] = {}
        self.count = 0
        self.undo_delete: Callable[[], None] | None = None
        """Undoes the last deletion. None if there is none to undo."""
        self.undo_conversation_id = ""

    def open(self) -> ConversationStore:
        return ConversationStore(Path(self.folder.name))

    def teardown(self) -> None:
        self.store.close()
        assert is_sound(Path(self.folder.name))
        self.folder.cleanup()

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def draw_conversation(self, data: st.DataObject) -> tuple[Tree, Conversation]:
        """Any conversation: as the model has it, and as loaded from the store."""
        id_ = data.draw(st.sampled_from([*self.trees]))
        return self.trees[id_], self.store.load(id_)

    def write_turn(
        self, conversation: Conversation, tree: Tree, parent: str | None, prompt: ChatMessage | None
    ) -> None:
        """Write a turn below a message: with a new prompt, or if None with another answer to the message."""
        conversation = conversation.at(parent)
        if prompt is None:
            assert parent is not None
            prompt = conversation.messages[parent]
        else:
            conversation = conversation.append(prompt)
            tree.put(prompt.id, parent, "user", prompt.content, int(prompt.created_at))
            tree.title = tree.title or prompt.content
        answer_id = self.new("a")
        answer = ChatMessage(
            answer_id, "assistant", "", prompt.id, created_at=float(self.count), provider="p", outcome="streaming"
        )
        conversation = conversation.append(answer)
        self.store.begin_turn(conversation, prompt, answer)
        self.store.append_to_answer(answer_id, "to ", "")
        whole = replace(answer, content=f"to {prompt.content}", outcome="complete")
        self.store.end_turn(conversation.with_message(whole), whole)
        tree.put(answer_id, prompt.id, "assistant", whole.content, self.count)
        self.forget_undo(conversation.id)

    def prompt(self, word: str, parent: str | None) -> ChatMessage:
        id_ = self.new("q")
        return ChatMessage(id_, "user", word, parent, created_at=float(self.count))

    def forget_undo(self, conversation_id: str) -> None:
        """Do not undo a deletion after later changes, which the simple model cannot merge."""
        if self.undo_conversation_id == conversation_id:
            self.undo_delete = None

    @rule(word=st.sampled_from(WORDS))
    def begin(self, word: str) -> None:
        id_ = self.new("c")
        tree = self.trees[id_] = Tree()
        self.write_turn(Conversation(id_), tree, None, self.prompt(word, None))

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), word=st.sampled_from(WORDS))
    def send(self, data: st.DataObject, word: str) -> None:
        tree, conversation = self.draw_conversation(data)
        self.write_turn(conversation, tree, conversation.head_id, self.prompt(word, conversation.head_id))

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), word=st.sampled_from(WORDS))
    def edit(self, data: st.DataObject, word: str) -> None:
        tree, conversation = self.draw_conversation(data)
        if prompts := [id_ for id_ in tree.path() if tree.roles[id_] == "user"]:
            parent = tree.parents[data.draw(st.sampled_from(prompts))]
            self.write_turn(conversation, tree, parent, self.prompt(word, parent))

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def regenerate(self, data: st.DataObject) -> None:
        tree, conversation = self.draw_conversation(data)
        if prompts := [id_ for id_ in tree.path() if tree.roles[id_] == "user"]:
            self.write_turn(conversation, tree, data.draw(st.sampled_from(prompts)), None)

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def switch_version(self, data: st.DataObject) -> None:
        tree, conversation = self.draw_conversation(data)
        if tree.parents:
            wanted = data.draw(st.sampled_from([*tree.parents]))
            self.store.set_head(conversation.id, conversation.through(wanted).head_id)
            tree.head = tree.latest_leaf(wanted)
            self.forget_undo(conversation.id)

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        tree, conversation = self.draw_conversation(data)
        path = tree.path()
        if not path:
            return
        index = data.draw(st.integers(0, len(path) - 1))
        ids = iter([self.new("c"), *(self.new("f") for _ in path)])
        fork = conversation.forked(path[index], conversation.title, lambda: next(ids), float(self.count))
        self.store.add(fork)
        copy = Tree(title=tree.title, system_prompt=tree.system_prompt, options=tree.options)
        for old, new in zip(path[: index + 1], fork.messages, strict=True):
            copy.put(new, copy.head, tree.roles[old], tree.texts[old], tree.numbers[old])
        self.trees[fork.id] = copy

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def delete_a_message(self, data: st.DataObject) -> None:
        tree, conversation = self.draw_conversation(data)
        if not tree.parents:
            return
        wanted = data.draw(st.sampled_from([*tree.parents]))
        before = tree.copy()
        left = conversation.without(wanted)
        self.store.delete_messages(left, [id_ for id_ in conversation.messages if id_ not in left.messages])
        tree.delete(wanted)
        if not tree.parents:
            del self.trees[conversation.id]

        def restore() -> None:
            self.store.add(conversation)
            self.trees[conversation.id] = before
            if not tree.parents:
                # The conversation was deleted with its last message, and its settings with it.
                before.is_pinned = False

        self.undo_delete, self.undo_conversation_id = restore, conversation.id

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def delete_a_conversation(self, data: st.DataObject) -> None:
        tree, conversation = self.draw_conversation(data)
        self.store.delete(conversation.id)
        del self.trees[conversation.id]

        def restore() -> None:
            self.store.add(conversation)
            self.store.set_pinned(conversation.id, pinned=tree.is_pinned)
            self.trees[conversation.id] = tree

        self.undo_delete, self.undo_conversation_id = restore, conversation.id

    @precondition(lambda self: self.undo_delete is not None)
    @rule()
    def undo(self) -> None:
        assert self.undo_delete is not None
        self.undo_delete()
        self.undo_delete = None

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), title=st.sampled_from(["Mine", "Yours"]))
    def rename(self, data: st.DataObject, title: str) -> None:
        tree, conversation = self.draw_conversation(data)
        self.store.rename(conversation.id, title)
        tree.title = title
        self.forget_undo(conversation.id)

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), pinned=st.booleans())
    def pin(self, data: st.DataObject, pinned: bool) -> None:
        tree, conversation = self.draw_conversation(data)
        self.store.set_pinned(conversation.id, pinned=pinned)
        tree.is_pinned = pinned
        self.forget_undo(conversation.id)

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), system=st.none() | st.sampled_from(["Be kind."]), seed=st.integers(0, 2))
    def change_settings(self, data: st.DataObject, system: str | None, seed: int) -> None:
        tree, conversation = self.draw_conversation(data)
        self.store.set_conversation_settings(conversation.id, system, {"seed": seed})
        tree.system_prompt, tree.options = system, {"seed": seed}
        self.forget_undo(conversation.id)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()

    @invariant()
    def loads_equal_the_model(self) -> None:
        for id_, tree in self.trees.items():
            conversation = self.store.load(id_)
            assert {each.id: each.parent_id for each in conversation.messages.values()} == tree.parents
            assert [*conversation.messages] == [*tree.parents]
            assert {each.id: each.content for each in conversation.messages.values()} == tree.texts
            assert [each.id for each in conversation.path] == tree.path()
            assert (conversation.title, conversation.system_prompt, conversation.options) == (
                tree.title,
                tree.system_prompt,
                tree.options,
            )

    @invariant()
    def lists_equal_the_model(self) -> None:
        assert {row.id for row in self.store.recent(1000)} == set(self.trees)
        assert {row.id for row in self.store.pinned()} == {id_ for id_, tree in self.trees.items() if tree.is_pinned}

    @invariant()
    def search_equals_the_model(self) -> None:
        for word in WORDS:
            found = {each.message_id for each in self.store.search(word, 10_000)}
            assert found == {
                id_ for tree in self.trees.values() for id_, text in tree.texts.items() if word in text.split()
            }


TestTree = pytest.mark.timeout(300)(TreeMachine.TestCase)
TestTree.settings = settings(derandomize=True, max_examples=30, stateful_step_count=40, deadline=None)
