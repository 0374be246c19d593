"""Another instance: a separate process with a store in the same folder.

    python -m tests.store.other_instance ROLE FOLDER NAME

It prints `ready`, waits for a line on stdin, then performs its role. For `write`, each line is a number of writes.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.store.factories import begin, end, save_begun, save_ended, save_turn
from tui.chat.conversation import Conversation
from tui.chat.message import ChatMessage
from tui.store.conversations import ConversationStore

SHARED = "shared"
"""The conversation that all instances write to."""

MESSAGES = 300
PIECES = 50


def stream(folder: Path, name: str) -> None:
    """Begin an answer, save its pieces, print `grown`, and wait to be killed."""
    store = ConversationStore(folder)
    save_begun(store, begin(Conversation(name), 1))
    for number in range(PIECES):
        store.append_to_answer("a1", f"{number} ", f"({number})")
    report("grown")
    time.sleep(600)


def end_large(folder: Path, name: str) -> None:
    """Save an answer of 2.5 MB, print `half` while its end is saved, and wait to be killed."""
    store = ConversationStore(folder)
    conversation = begin(Conversation(name), 1)
    save_begun(store, conversation)
    for _ in range(PIECES):
        store.append_to_answer("a1", "word " * 10_000, "")
    parts = itertools.count(1)

    def wait(statement: str) -> None:
        if statement.startswith("INSERT INTO parts") and next(parts) == PIECES // 10:
            report("half")
            time.sleep(600)

    store._database.connection.set_trace_callback(wait)
    save_ended(store, end(conversation, "word " * 500_000))


def talk(folder: Path, name: str) -> None:
    """Save messages in the shared conversation, and print the id of each."""
    store = ConversationStore(folder)
    conversation = Conversation(SHARED)
    for number in range(MESSAGES):
        conversation = conversation.append(ChatMessage(f"{name}-{number}", "user", "word " * 50, conversation.head_id))
        store.add(conversation)
        report(f"{name}-{number}")
    store.close()


def write(folder: Path, name: str) -> None:
    """Save turns in the shared conversation, continuing where a killed process of the same name ended.

    Each line of input is a number of writes to make, 0 for no limit. A write is the beginning of a turn, a piece of
    its answer, or its end. Each is printed once it is saved.
    """
    store = ConversationStore(folder)
    conversation = store.load(SHARED) if store.recent(1) else Conversation(SHARED)
    number = sum(id_.startswith(f"{name}-q") for id_ in conversation.messages)
    conversation = conversation.at(f"{name}-q{number - 1}" if number else None)
    writes = write_turns(store, conversation, name, number)
    for line in sys.stdin:
        wanted = int(line)
        for word, _ in zip(writes, itertools.count(1) if wanted == 0 else range(wanted), strict=False):
            report(word)
        report("done")
    store.close()


def write_turns(store: ConversationStore, conversation: Conversation, name: str, number: int) -> Iterator[str]:
    """Write turns without end, and yield each write once it is saved."""
    while True:
        prompt = ChatMessage(
            f"{name}-q{number}", "user", f"word {number}", conversation.head_id, created_at=float(number)
        )
        answer = ChatMessage(
            f"{name}-a{number}", "assistant", "", prompt.id, created_at=float(number), outcome="streaming"
        )
        conversation = conversation.append(prompt, answer)
        store.begin_turn(conversation, prompt, answer)
        yield prompt.id
        store.append_to_answer(answer.id, f"half {number}", "")
        yield f"{answer.id}:half {number}"
        whole = replace(answer, content=f"half {number}, and the other", outcome="complete")
        conversation = conversation.with_message(whole)
        store.end_turn(conversation, whole)
        yield f"{answer.id}:{whole.content}"
        number += 1


def look_in(folder: Path, name: str) -> None:
    """Open a store, save a turn, close it."""
    store = ConversationStore(folder)
    conversation = save_turn(store, Conversation(name), int(name))
    assert store.load(name) == conversation
    store.close()


def upgrade(folder: Path, _: str) -> None:
    """Open a store of an older version, print `half` in the middle of the upgrade, and wait to be killed."""

    def wait(_: str, fraction: float) -> None:
        if fraction > 0.5:
            report("half")
            time.sleep(600)

    ConversationStore(folder, wait)


def report(line: str) -> None:
    """Print a line for the test that started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    report("ready")
    if sys.argv[1] != "write":
        sys.stdin.readline()
    roles = {
        "stream": stream,
        "end_large": end_large,
        "talk": talk,
        "write": write,
        "look_in": look_in,
        "upgrade": upgrade,
    }
    roles[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
