"""Whatever is done to conversations, in whatever order: the store has what a simple model in memory has."""

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
    """What a conversation should be: who follows whom, and where it ends. As plain as it can be."""

    parents: dict[str, str | None] = field(default_factory=dict)
    """In the order in which they were said."""
    roles: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    """The how-manieth of all it was."""
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

    def go_down(self, id_: str) -> str:
        """What was said last below a message."""
        below = self.children(id_)
        return self.go_down(below[-1]) if below else id_

    def below(self, id_: str) -> list[str]:
        return [id_, *(deeper for child in self.children(id_) for deeper in self.below(child))]

    def delete(self, id_: str) -> None:
        gone, parent, role = self.below(id_), self.parents[id_], self.roles[id_]
        for each in gone:
            del self.parents[each], self.roles[each], self.texts[each], self.numbers[each]
        if self.head in gone:
            versions = [each for each in self.children(parent) if self.roles[each] == role]
            self.head = self.go_down(versions[-1]) if versions else parent

    def path(self) -> list[str]:
        backwards = []
        at = self.head
        while at is not None:
            backwards.append(at)
            at = self.parents[at]
        return backwards[::-1]


class TreeMachine(RuleBasedStateMachine):
    """Sends, edits, regenerates, goes to other versions, forks, deletes, takes back, renames, pins and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = self.open()
        self.trees: dict[str, Tree] = {}
        self.count = 0
        self.gone: Callable[[], None] | None = None
        """Takes back what was deleted last."""
        self.gone_from = ""

    def open(self) -> ConversationStore:
        return ConversationStore(Path(self.folder.name))

    def teardown(self) -> None:
        self.store.close()
        assert is_sound(Path(self.folder.name))
        self.folder.cleanup()

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def some(self, data: st.DataObject) -> tuple[Tree, Conversation]:
        """A conversation, as the model has it and as a screen would get it."""
        id_ = data.draw(st.sampled_from([*self.trees]))
        return self.trees[id_], self.store.load(id_)

    def take_turn(self, said: Conversation, tree: Tree, parent: str | None, prompt: ChatMessage | None) -> None:
        """A turn after a message: with a new prompt, or with another answer to the one that it is."""
        said = said.at(parent)
        if prompt is None:
            assert parent is not None
            prompt = said.messages[parent]
        else:
            said = said.append(prompt)
            tree.put(prompt.id, parent, "user", prompt.content, int(prompt.created_at))
            tree.title = tree.title or prompt.content
        answer_id = self.new("a")
        answer = ChatMessage(
            answer_id, "assistant", "", prompt.id, created_at=float(self.count), provider="p", outcome="streaming"
        )
        said = said.append(answer)
        self.store.begin_turn(said, prompt, answer)
        self.store.append_to_answer(answer_id, "to ", "")
        whole = replace(answer, content=f"to {prompt.content}", outcome="complete")
        self.store.end_turn(said.with_message(whole), whole)
        tree.put(answer_id, prompt.id, "assistant", whole.content, self.count)
        self.no_way_back(said.id)

    def prompt(self, word: str, parent: str | None) -> ChatMessage:
        id_ = self.new("q")
        return ChatMessage(id_, "user", word, parent, created_at=float(self.count))

    def no_way_back(self, conversation_id: str) -> None:
        """What is said after something was deleted makes the model's undo too simple: it is not tried then."""
        if self.gone_from == conversation_id:
            self.gone = None

    @rule(word=st.sampled_from(WORDS))
    def begin(self, word: str) -> None:
        id_ = self.new("c")
        tree = self.trees[id_] = Tree()
        self.take_turn(Conversation(id_), tree, None, self.prompt(word, None))

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), word=st.sampled_from(WORDS))
    def send(self, data: st.DataObject, word: str) -> None:
        tree, said = self.some(data)
        self.take_turn(said, tree, said.head_id, self.prompt(word, said.head_id))

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), word=st.sampled_from(WORDS))
    def edit(self, data: st.DataObject, word: str) -> None:
        tree, said = self.some(data)
        if asked := [id_ for id_ in tree.path() if tree.roles[id_] == "user"]:
            parent = tree.parents[data.draw(st.sampled_from(asked))]
            self.take_turn(said, tree, parent, self.prompt(word, parent))

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def regenerate(self, data: st.DataObject) -> None:
        tree, said = self.some(data)
        if asked := [id_ for id_ in tree.path() if tree.roles[id_] == "user"]:
            self.take_turn(said, tree, data.draw(st.sampled_from(asked)), None)

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def go_to_another_version(self, data: st.DataObject) -> None:
        tree, said = self.some(data)
        if tree.parents:
            wanted = data.draw(st.sampled_from([*tree.parents]))
            self.store.set_head(said.id, said.through(wanted).head_id)
            tree.head = tree.go_down(wanted)
            self.no_way_back(said.id)

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        tree, said = self.some(data)
        path = tree.path()
        if not path:
            return
        at = data.draw(st.integers(0, len(path) - 1))
        ids = iter([self.new("c"), *(self.new("f") for _ in path)])
        fork = said.forked(path[at], lambda: next(ids), float(self.count))
        self.store.add(fork)
        copy = Tree(title=tree.title, system_prompt=tree.system_prompt, options=tree.options)
        for old, new in zip(path[: at + 1], fork.messages, strict=True):
            copy.put(new, copy.head, tree.roles[old], tree.texts[old], tree.numbers[old])
        self.trees[fork.id] = copy

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def delete_a_message(self, data: st.DataObject) -> None:
        tree, said = self.some(data)
        if not tree.parents:
            return
        wanted = data.draw(st.sampled_from([*tree.parents]))
        before = tree.copy()
        left = said.without(wanted)
        self.store.delete_messages(left, [id_ for id_ in said.messages if id_ not in left.messages])
        tree.delete(wanted)
        if not tree.parents:
            del self.trees[said.id]

        def take_back() -> None:
            self.store.add(said)
            self.trees[said.id] = before
            if not tree.parents:
                # With its last message the conversation itself went, and all that was set for it.
                before.is_pinned = False

        self.gone, self.gone_from = take_back, said.id

    @precondition(lambda self: self.trees)
    @rule(data=st.data())
    def delete_a_conversation(self, data: st.DataObject) -> None:
        tree, said = self.some(data)
        self.store.delete(said.id)
        del self.trees[said.id]

        def take_back() -> None:
            self.store.add(said)
            self.store.set_pinned(said.id, pinned=tree.is_pinned)
            self.trees[said.id] = tree

        self.gone, self.gone_from = take_back, said.id

    @precondition(lambda self: self.gone is not None)
    @rule()
    def take_back(self) -> None:
        assert self.gone is not None
        self.gone()
        self.gone = None

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), title=st.sampled_from(["Mine", "Yours"]))
    def rename(self, data: st.DataObject, title: str) -> None:
        tree, said = self.some(data)
        self.store.rename(said.id, title)
        tree.title = title
        self.no_way_back(said.id)

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), pinned=st.booleans())
    def pin(self, data: st.DataObject, pinned: bool) -> None:
        tree, said = self.some(data)
        self.store.set_pinned(said.id, pinned=pinned)
        tree.is_pinned = pinned
        self.no_way_back(said.id)

    @precondition(lambda self: self.trees)
    @rule(data=st.data(), system=st.none() | st.sampled_from(["Be kind."]), seed=st.integers(0, 2))
    def choose(self, data: st.DataObject, system: str | None, seed: int) -> None:
        tree, said = self.some(data)
        self.store.set_conversation_settings(said.id, system, {"seed": seed})
        tree.system_prompt, tree.options = system, {"seed": seed}
        self.no_way_back(said.id)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()

    @invariant()
    def loads_equal_the_model(self) -> None:
        for id_, tree in self.trees.items():
            said = self.store.load(id_)
            assert {each.id: each.parent_id for each in said.messages.values()} == tree.parents
            assert [*said.messages] == [*tree.parents]
            assert {each.id: each.content for each in said.messages.values()} == tree.texts
            assert [each.id for each in said.path] == tree.path()
            assert (said.title, said.system_prompt, said.options) == (tree.title, tree.system_prompt, tree.options)

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
TestTree.settings = settings(derandomize=True, max_examples=60, stateful_step_count=40, deadline=None)
